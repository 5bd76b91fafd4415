"""The registry of engines: what the program knows of each, without loading any of them.

Every module that treats one engine unlike another asks here; none compares an engine's name. An
installed package adds an engine by an entry point in the group `raytasks.engines`: an EngineInfo.
Its module is imported when a race names the engine or the list of lanes is opened, so it should
hold little more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from workloads.core import plugins
from workloads.core.draining import Drain
from workloads.core.errors import BadInput, plain

GROUP = "raytasks.engines"

ColorRole = Literal["serial", "threads", "processes", "ray", "spare"]
"""The colours that a theme has for lanes; `spare` is for engines of other packages."""


Intervening = Literal["hold", "cancel-task", "kill-worker"]
"""What a person can do to a lane's run."""


@dataclass(frozen=True)
class EngineInfo:
    """The description of an engine: all that the program asks about it.

    `implementation` is where its class is, as `module:Class`; only a lane process imports it.
    `summary` is a few words for the list of lanes, `title` the name within a sentence (default:
    `name`), `letter` what stands beside its colour (default: the first of the name).
    `cancel_timeout_s` is how many seconds a lane may take to end a cancelled run before it is
    killed. `has_workers` is False for an engine that always runs one task at a time. The
    `is_baseline` engine is the one that others are compared with. `can_alternate` is False for an
    engine whose processes can't be stopped and continued at any time: ctrl+z leaves its lane
    running. `daemons` are names of processes of its own that compute nothing: they go on while the
    lane is stopped. `joins_cluster` says that it runs where EngineOptions.address says, `has_refs`
    that its tasks have ObjectRefs, `starts_slowly` that it needs seconds to start, and `shares_gil`
    that its tasks share one interpreter's lock. `interventions` are what a person can do to its
    run: hold submission, cancel one task, kill the process of a worker. `drains` are the ways of
    taking results that it has, none where it has one of its own. With `batches`, several tasks can
    travel to a worker in one call.
    The engines `by_default` race where no lanes are named; one that `sends_inputs`, pickled with
    each call, races too where all tasks read the same data. `driver` and `worker` name the
    functions (`module:qualname`) that hand out its tasks and that run around each of them in a
    worker: those whose source is shown; `driver_by_get` those in the place of `driver` where
    results are taken by `ray.get`, `worker_by_batch` those in the place of `worker` where tasks
    travel in batches, `stores` those that put large inputs into its object store.
    `actor` names those that create an actor and call it, shown where tasks are calls; without any,
    the engine has no actors. `calls` are the calls of its library that are lit there (`ray.wait`).

    An installed package adds an engine under its own letter if that is free, else under another of
    its name or a digit; it is never the baseline, nor `by_default`.
    """

    name: str
    implementation: str
    summary: str
    title: str = ""
    letter: str = ""
    color: ColorRole = "spare"
    cancel_timeout_s: float = 5.0
    has_workers: bool = True
    is_baseline: bool = False
    can_alternate: bool = True
    daemons: tuple[str, ...] = ()
    joins_cluster: bool = False
    has_refs: bool = False
    starts_slowly: bool = False
    shares_gil: bool = False
    interventions: tuple[Intervening, ...] = ()
    drains: tuple[Drain, ...] = ()
    batches: bool = False
    by_default: bool = False
    sends_inputs: bool = False
    driver: tuple[str, ...] = ()
    driver_by_get: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    worker: tuple[str, ...] = ()
    actor: tuple[str, ...] = ()
    worker_by_batch: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def has_actors(self) -> bool:
        """True if tasks can be calls of actors."""
        return bool(self.actor)


PLAIN_OBJECTS = ("workloads.engines.actors:PlainObjects",)

BUILT_IN = (
    EngineInfo(
        name="serial",
        implementation="workloads.engines.serial:Serial",
        summary="one task at a time: the baseline",
        letter="S",
        color="serial",
        cancel_timeout_s=3.0,
        interventions=("hold", "cancel-task"),
        has_workers=False,
        is_baseline=True,
        by_default=True,
        driver=("workloads.engines.serial:Serial._drive",),
        actor=PLAIN_OBJECTS,
    ),
    EngineInfo(
        name="threads",
        implementation="workloads.engines.threads:Threads",
        summary="threads of one process; Python code takes turns at the GIL",
        letter="T",
        color="threads",
        cancel_timeout_s=3.0,
        interventions=("hold", "cancel-task"),
        shares_gil=True,
        batches=True,
        driver=("workloads.engines.threads:ThreadsRun.drive",),
        worker=("workloads.engines.threads:Threads._work",),
        actor=PLAIN_OBJECTS,
    ),
    EngineInfo(
        name="processes",
        implementation="workloads.engines.processes.engine:Processes",
        summary="worker processes connected by pipes, as in multiprocessing",
        letter="P",
        color="processes",
        sends_inputs=True,
        interventions=("hold", "cancel-task", "kill-worker"),
        batches=True,
        driver=(
            "workloads.engines.processes.engine:ProcessRun.drive",
            "workloads.engines.processes.engine:ProcessRun._feed",
        ),
        worker=("workloads.engines.processes.worker:_run",),
        actor=("workloads.engines.actors:RemoteCall", *PLAIN_OBJECTS),
    ),
    EngineInfo(
        name="ray",
        implementation="workloads.engines.ray.tasks:RayTasks",
        summary="remote tasks on Ray worker processes",
        title="Ray",
        letter="R",
        color="ray",
        cancel_timeout_s=12.0,
        daemons=("gcs_server", "raylet"),
        joins_cluster=True,
        interventions=("hold", "cancel-task", "kill-worker"),
        has_refs=True,
        starts_slowly=True,
        drains=("wait", "get", "get-each"),
        batches=True,
        by_default=True,
        driver=(
            "workloads.engines.ray.tasks:RayTasks._drive",
            "workloads.engines.ray.tasks:RayTasks._by_wait",
            "workloads.engines.ray.fetching:fetch",
        ),
        driver_by_get=(
            "workloads.engines.ray.tasks:RayTasks._drive",
            "workloads.engines.ray.getting:by_get",
            "workloads.engines.ray.fetching:fetch",
        ),
        stores=("workloads.engines.ray.store:ObjectStore._put",),
        worker=(
            "workloads.engines.ray.remote:streaming",
            "workloads.engines.ray.remote:whole",
        ),
        actor=(
            "workloads.engines.ray.actors:actor_class",
            "workloads.engines.ray.actors:ActorCall",
        ),
        worker_by_batch=(
            "workloads.engines.ray.remote:streaming_batch",
            "workloads.engines.ray.remote:whole_batch",
        ),
        calls=("ray.remote", ".remote", "ray.wait", "ray.get", "ray.put"),
    ),
)

ENGINES: dict[str, EngineInfo] = {info.name: info for info in BUILT_IN}
"""The engines that are built in or loaded, by name, in the order in which they are listed."""

DEFAULT_LANES = tuple(info.name for info in BUILT_IN if info.by_default)
"""The lanes of a race for which none are named."""


def default_lanes(same_data: bool) -> tuple[str, ...]:
    """The lanes of a race for which none are named; `same_data`: all its tasks read the same."""
    if not same_data:
        return DEFAULT_LANES
    return tuple(info.name for info in BUILT_IN if info.by_default or info.sends_inputs)


def engine_names() -> list[str]:
    """All engines, those of installed packages too; none is imported."""
    added = [point.name for point in plugins.entry_points(GROUP)]
    return list(dict.fromkeys([*ENGINES, *added]))


def find_engine(name: str) -> EngineInfo:
    """The engine of that name, imported now if a package adds it. Raises BadInput if there is none,
    or if it can't be imported.
    """
    if name not in ENGINES:
        point = plugins.entry_point(GROUP, name)
        if point is None:
            there = ", ".join(plain(engine, 40) for engine in engine_names())
            raise BadInput(f"Unknown lane “{plain(name, 40)}”. Choose from {there}.")
        ENGINES[name] = _registered(name, plugins.load(point, EngineInfo))
    return ENGINES[name]


def load_added() -> list[str]:
    """Import the engines of all installed packages; returns a sentence for each that can't be."""
    wrong = []
    for name in engine_names():
        try:
            find_engine(name)
        except BadInput as error:
            wrong.append(str(error))
    return wrong


def _registered(name: str, info: EngineInfo) -> EngineInfo:
    """The engine of another package as it is listed: under a letter that no other has."""
    taken = {engine.letter for engine in ENGINES.values()}
    wanted = f"{info.letter}{name}".upper() + "123456789"
    letters = [c for c in wanted if c.isascii() and c.isalnum() and c not in taken]
    return replace(
        info,
        name=name,
        title=plain(info.title, 40),
        summary=plain(info.summary, 60),
        letter=letters[0] if letters else "?",
        color=info.color if info.color in get_args(ColorRole) else "spare",
        is_baseline=False,
        by_default=False,
    )


def engine_info(name: str) -> EngineInfo:
    """The engine of that name; for one that isn't registered, as in a recording, what its name
    alone says.
    """
    return ENGINES.get(name) or EngineInfo(name=name, implementation="", summary="")


def is_baseline(engine: str) -> bool:
    """True if other engines are compared with this one."""
    return engine_info(engine).is_baseline


def baseline_of(lanes: Iterable[str]) -> str | None:
    """The lane that the others are compared with; None if there is none."""
    return next(filter(is_baseline, lanes), None)


def compared_lanes(lanes: Iterable[str]) -> list[str]:
    """The lanes that are compared with the baseline, in their order."""
    return [lane for lane in lanes if not is_baseline(lane)]
