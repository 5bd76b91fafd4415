"""Any function of a user's as a workload: it is found by its name, called once an input, and its results are told.

What runs in a worker is `returning` or `reporting`: they carry the name and look the function up where they are, so
that nothing of the user's has to be pickled.
"""

import contextlib
import inspect
import operator
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from workloads import inputs
from workloads.clock import clocks
from workloads.errors import BadInput, plain
from workloads.finding import BY_VALUE, STARTED_IN, absolute, content, found, is_installed, unpickled
from workloads.results import data, digest, is_cut, is_described, told
from workloads.task import REPORT_EVERY, Parameter, Params, Progress, Task, Workload

HOW_TO_GET_INPUTS = f"say with --inputs what each call gets: {inputs.FORMS}"


@dataclass(frozen=True, slots=True)
class Target:
    """A function by its name, as it is sent to workers; `value` is its pickle where workers lack its module."""

    name: str
    folder: str
    value: bytes | None = None

    def load(self) -> Any:
        """The function, imported here at the first call. Raises BadInput."""
        # Kept on a module that every process has: by value, as Ray sends it, this one is made anew for each task.
        known: dict[Target, Any] = sys.__dict__.setdefault("_raytasks_functions", {})
        if self not in known:
            if self.value is not None:
                known[self] = unpickled(self.value)
            else:
                if self.folder not in sys.path:
                    sys.path.append(self.folder)
                known[self] = found(self.name)
        return known[self]


# -- the workload --------------------------------------------------------------------------------------


def described(name: str, count: int = inputs.MOST, help: str = "") -> Workload:
    """The workload of the function of that name, for `count` inputs; the function itself is loaded with its tasks."""
    return Workload(
        name=name, title=f"{plain(name.rpartition(':')[2], 40)}()", 
        help=help or f"A function of yours: {plain(name, 80)}.",
        parameters=(Parameter("tasks", count, "how many of the inputs are used; each is a call", 1, count),),
        make_tasks=partial(_tasks, name), combine=combine, keep=kept, rehearsal=lambda: _rehearsal(name), partial=True,
    )  # fmt: skip


def _target(name: str) -> Target:
    target = Target(absolute(name, STARTED_IN), STARTED_IN)
    function = target.load()
    value = content(name.rpartition(":")[0]) if name.rpartition(":")[0].endswith(BY_VALUE) else None
    return Target(target.name, target.folder, value or _for_a_cluster(function))


def _rehearsal(name: str) -> Callable[[], object]:
    """Has each worker import the function before the race."""
    return _target(name).load


def _tasks(name: str, params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    if not files:
        raise BadInput(f"{plain(name, 80)} is a function; {HOW_TO_GET_INPUTS}.")
    target = _target(name)
    function = target.load()
    run = partial(reporting if inspect.isgeneratorfunction(function) else returning, target)
    calls = inputs.calls(files[0])[: int(params["tasks"])]
    return [Task(number, run, (call.args, call.named)) for number, call in enumerate(calls)]


def _for_a_cluster(function: Any) -> bytes | None:
    """The function's pickle for a Ray that isn't our own, whose machines may lack its module; else None."""
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return None
    from workloads.engines.ray_cluster import WINDOW_SHARE

    if WINDOW_SHARE in ray.cluster_resources():
        return None
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    if module is None or is_installed(module):
        return None  # what is installed here should be so there
    package = sys.modules[module.__name__.partition(".")[0]]
    ray.cloudpickle.register_pickle_by_value(package)
    try:
        pickled: bytes = ray.cloudpickle.dumps(function)
    except Exception as error:
        why = f"{type(error).__name__}: {plain(error, 200)}"
        raise BadInput(f"{plain(function.__qualname__, 80)} can't be sent to the cluster: {why}") from error
    finally:
        ray.cloudpickle.unregister_pickle_by_value(package)
    return pickled


class Kept(NamedTuple):
    """What a lane keeps of a call's result until the end: its digest, and whether it was told only in part."""

    digest: str
    cut: bool
    described: bool


def kept(result: Any) -> Kept:
    """What the answer needs of a result: a million of them may be a megabyte each."""
    return Kept(digest([result]), is_cut(result), is_described(result))


def combine(results: Sequence[Kept | None]) -> dict[str, Any]:
    """The answer: how many calls there were, how many returned, and a digest over all results, by which lanes are
    compared; None stands for a call that failed.

    `cut` and `described` count the results that were told by their size, or by their type and text, only; that is
    also printed, which in a lane goes to the log.
    """
    returned = [result for result in results if result is not None]
    answer: dict[str, Any] = {
        "calls": len(results),
        "results": len(returned),
        "digest": digest([result and result.digest for result in results]),
    }
    if cut := sum(result.cut for result in returned):
        answer["cut"] = cut
        print(f"Results larger than 1 MB, told by size and beginning only: {cut:,}. Have the function write files.")
    if described := sum(result.described for result in returned):
        answer["described"] = described
        print(f"Results that JSON can't hold, told by their type and text: {described:,}.")
    return answer


# -- in a worker ---------------------------------------------------------------------------------------


def returning(target: Target, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Call the function; returns its result as `told` makes it. A generator that it returns is followed."""
    result = target.load()(*args, **named)
    return _followed(result, target.name) if isinstance(result, Generator) else told(result)


def reporting(target: Target, args: tuple[Any, ...], named: dict[str, Any]) -> Generator[Progress, None, Any]:
    """Call a generator function: passes on its reports, at most one every REPORT_EVERY s, and returns its result."""
    return (yield from _followed(target.load()(*args, **named), target.name))


def _followed(task: Generator[Any, None, Any], name: str) -> Generator[Progress, None, Any]:
    seconds, reported = clocks().perf_counter, 0.0
    while True:
        try:
            report = next(task)
        except StopIteration as end:
            return told(end.value)
        progress = _progress(report, name)
        now = seconds()
        if now - reported >= REPORT_EVERY or progress.done == progress.total:
            reported = now
            yield progress


def _progress(report: Any, name: str) -> Progress:
    """The report checked: (done, total) and perhaps more. Raises TypeError for anything else that was yielded."""
    # By its shape, not its class: on Ray, ours comes by value and is another one than that of the user's module.
    if isinstance(report, tuple) and 2 <= len(report) <= 4:
        with contextlib.suppress(TypeError):
            done, total = (operator.index(number) for number in report[:2])
            return Progress(
                done,
                total,
                data(report[2]) if len(report) > 2 else None,
                data(str(report[3])) if len(report) > 3 else "",
            )
    shown = plain(repr(report), 60)
    raise TypeError(
        f"{name.rpartition(':')[2]}() yielded {shown}; a generator yields Progress(done, total), both whole "
        "numbers, and returns its result"
    )
