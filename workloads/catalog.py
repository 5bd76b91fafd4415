"""Finds a workload by its name; the command line and the app list what is here.

A name is that of a workload of ours, that of an entry point in the group `raytasks.workloads` of an
installed package, or `module:NAME`, where NAME is a function or a Workload of that module. Code of
somebody else's is only loaded by `find` in a lane; the app has it described by a process of its own
(`describe`), after which `find` gives that.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from workloads.builtin.actors import ACTORS
from workloads.builtin.arrays.workload import ARRAYS
from workloads.builtin.images.workload import IMAGES
from workloads.builtin.noop import NOOP
from workloads.builtin.pi import PI
from workloads.builtin.sleep import SLEEP
from workloads.core import events as ev
from workloads.core import plugins
from workloads.core.errors import BadInput, plain
from workloads.core.plugins import Added
from workloads.core.task import EstimatedNumber, Parameter, Params, Workload

WORKLOADS: tuple[Workload, ...] = (PI, IMAGES, SLEEP, ACTORS, ARRAYS, NOOP)

GROUP = "raytasks.workloads"

_described: dict[str, Workload] = {}


def added() -> tuple[Added, ...]:
    """The workloads that installed packages add, by name; none of them is loaded."""
    ours = {workload.name for workload in WORKLOADS}
    return tuple(point for point in plugins.entry_points(GROUP) if point.name not in ours)


def described() -> list[Workload]:
    """The workloads that can be raced without loading third-party code: the built-in ones, and
    those that were described in this process.
    """
    return [*WORKLOADS, *_described.values()]


def _loaded(name: str) -> Workload | None:
    ours = next((workload for workload in WORKLOADS if workload.name == name), None)
    return ours or _described.get(name)


def waits(name: str) -> bool:
    """True if that workload's tasks only wait, and leave the cores alone; one that isn't loaded is
    taken to compute.
    """
    workload = _loaded(name)
    return workload is not None and workload.waits


def estimate(name: str) -> EstimatedNumber | None:
    """The number that the workload estimates; None for one that isn't loaded."""
    if workload := _loaded(name):
        return workload.estimate
    return None


def picture(name: str) -> str:
    """The name of the view that draws the workload; one that isn't loaded has that of its own."""
    workload = _loaded(name)
    return (workload and workload.picture) or name


def is_foreign(name: str) -> bool:
    """True if a name isn't a built-in workload's but could be a third-party one's."""
    if any(workload.name == name for workload in WORKLOADS):
        return False
    return ":" in name or any(point.name == name for point in added())


def find(name: str) -> Workload:
    """The workload called `name`: one of ours, one described before, or else somebody's, whose code
    is loaded now.

    Raises BadInput if there is none, naming those there are, or if it can't be loaded.
    """
    if workload := _loaded(name):
        return workload
    if not is_foreign(name):
        names = ", ".join([*(w.name for w in WORKLOADS), *(point.name for point in added())])
        raise BadInput(f"Unknown workload “{plain(name, 60)}”. Choose from {names}.")
    from workloads.functions import finding
    from workloads.functions import workload as function

    where = reference(name)
    loaded = finding.load_named(where)
    if isinstance(loaded, Workload):
        return replace(loaded, name=name)
    return function.described(where)


def is_function(workload: Workload) -> bool:
    """True if it is a user's function, whose calls take inputs."""
    from workloads.functions import workload as function

    return workload.combine is function.combine


def reference(name: str) -> str:
    """The `module:NAME` that a foreign name stands for."""
    return next((point.value for point in added() if point.name == name), name)


def describe(name: str, sealed: str | None = None) -> Workload:
    """Somebody else's workload, described by a process that loads it; `find` gives the same from
    then on.

    `sealed` are the inputs of a function (see workloads.functions.inputs), the first of which are
    held against what it takes. Raises BadInput if it can't be raced.
    """
    from workloads.functions import probe

    _described[name] = probe.probe(name, reference(name), sealed)
    return _described[name]


def describe_recorded(events: Sequence[ev.AnyEvent]) -> None:
    """Have `find` know the foreign workloads of a recording by what it tells of them: none of their
    code is loaded.
    """
    for event in events:
        if (
            isinstance(event, ev.RaceOpened)
            and event.workload not in _described
            and is_foreign(event.workload)
        ):
            _described[event.workload] = _recorded(event.workload, event.params)


def _recorded(name: str, params: Params) -> Workload:
    title = plain(name, 60)

    def unable(*given: object) -> NoReturn:
        raise BadInput(f"{title} is available only in a recording.")

    parameters = tuple(Parameter(key, value, "") for key, value in params.items())
    return Workload(
        title,
        title,
        "A third-party workload, read from a recording.",
        parameters,
        unable,
        unable,
    )
