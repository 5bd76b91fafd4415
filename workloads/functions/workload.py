"""Any function of a user's as a workload: it is found by its name, called once an input, and its
results are told.

What runs in a worker is `returning` or `reporting`: they carry the name and look the function up
where they are, so that nothing of the user's has to be pickled.
"""

import base64
import contextlib
import inspect
import operator
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from workloads.comparison import keeping
from workloads.comparison.contents import LONGEST_S, TOO_LARGE
from workloads.comparison.contents import digest as content_digest
from workloads.comparison.leaves import Leaves
from workloads.core.errors import BadInput, Incomparable, plain
from workloads.core.task import (
    REPORT_EVERY,
    STAGE_CHARACTERS,
    Comparison,
    Parameter,
    Params,
    Progress,
    Returned,
    Task,
    Workload,
)
from workloads.functions import inputs, scripts
from workloads.functions.finding import (
    BY_VALUE,
    STARTED_IN,
    absolute,
    content,
    is_installed,
    load_named,
    unpickled,
)
from workloads.functions.results import data, digest, is_cut, is_described, to_json
from workloads.machine.clock import clocks

COMPARED_S = 20.0
"""Seconds of CPU that a worker may take to read results for their comparison beyond those that the
calls took.
"""

LATER = "would have taken longer to compare than to compute"

HOW_TO_GET_INPUTS = f"use --inputs to say what each call gets: {inputs.FORMS}"


@dataclass(frozen=True, slots=True)
class Target:
    """A function by its name, as it is sent to workers; `value` is its pickle where workers lack
    its module.

    `keep_in` is the folder where they keep its results until these are compared.
    """

    name: str
    folder: str
    value: bytes | None = None
    keep_in: str | None = field(default=None, compare=False)

    def load(self) -> Any:
        """The function, imported here at the first call. Raises BadInput."""
        # Kept on a module that every process has: by value, as Ray sends it, this one is made anew
        # for each task.
        loaded: dict[Target, Any] = sys.__dict__.setdefault("_raytasks_functions", {})
        if self not in loaded:
            loaded[self] = self._loaded(), scripts.current()
        function, script = loaded[self]
        if script is not None and sys.__dict__.get("_raytasks_script") is not script:
            scripts.become(
                script
            )  # in this process, another function may have been raced in between
            sys.__dict__["_raytasks_script"] = script
        return function

    def _loaded(self) -> Any:
        if self.value is None:
            return load_named(self.name)
        sys.argv = [self.name.rpartition(":")[0]]
        return unpickled(self.value)


# -- the workload ----------------------------------------------------------------------------------


def described(name: str, count: int = inputs.MOST, help: str = "") -> Workload:
    """The workload of the function of that name, for `count` inputs; the function itself is loaded
    with its tasks.
    """
    return Workload(
        name=name,
        title=f"{plain(name.rpartition(':')[2], 40)}()",
        help=help or f"Your function: {plain(name, 80)}.",
        parameters=(
            Parameter("tasks", count, "number of inputs to use; one call per input", 1, count),
        ),
        make_tasks=partial(_tasks, name),
        combine=combine,
        keep=kept,
        rehearsal=lambda: _rehearsal(name),
        partial=True,
        input_text=_input_text,
        code=lambda params: [_target(name).load()],
    )


def _input_text(task: Task) -> str:
    args, named = task.args
    try:
        given = [*map(repr, args), *(f"{name}={value!r}" for name, value in named.items())]
    except Exception:  # an object's own __repr__
        return ""
    return plain(", ".join(given), 120)


def _target(name: str) -> Target:
    target = Target(absolute(name, STARTED_IN), STARTED_IN)
    function = target.load()
    file = name.rpartition(":")[0]
    if file.endswith(BY_VALUE):
        return replace(target, value=content(file))
    return replace(target, value=_for_a_cluster(function))


def _rehearsal(name: str) -> Callable[[], object]:
    """Has each worker import the function before the race."""
    return _target(name).load


def _tasks(name: str, params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    if not files:
        raise BadInput(f"{plain(name, 80)} is a function; {HOW_TO_GET_INPUTS}.")
    target = _target(name)
    function = target.load()
    if keeping.lane_folder is not None:
        target = replace(target, keep_in=keeping.new_run(keeping.lane_folder))
    call: Callable[..., Any] = returning
    if inspect.isgeneratorfunction(function):
        call = reporting
    run = partial(call, target)
    calls = inputs.calls(files[0])[: int(params["tasks"])]
    return [Task(number, run, (given.args, given.named)) for number, given in enumerate(calls)]


def _for_a_cluster(function: Any) -> bytes | None:
    """The function's pickle for a Ray that isn't our own, whose machines may lack its module; else
    None.
    """
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return None
    from workloads.engines.ray.cluster import WINDOW_SHARE

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
        raise BadInput(
            f"{plain(function.__qualname__, 80)} can't be sent to the cluster: {why}"
        ) from error
    finally:
        ray.cloudpickle.unregister_pickle_by_value(package)
    return pickled


class Kept(NamedTuple):
    """The part of a call's result that a lane keeps until the end: its digest, whether it is stored
    only in part, and whether the digest is of the whole of it.
    """

    digest: str
    cut: bool
    described: bool
    whole: bool = False


def kept(result: Any, content: str = "") -> Kept:
    """The part of a result that the answer needs: a million of them may be a megabyte each.
    `content` is its digest.

    A result that can't be compared has none; that of its JSON data takes its place.
    """
    return Kept(content or digest([result]), is_cut(result), is_described(result), bool(content))


def combine(results: Sequence[Kept | None]) -> dict[str, Any]:
    """The answer: how many calls there were, how many returned, and a digest over all results, by
    which lanes are compared; None stands for a call that failed.

    `cut` and `described` count the results that were told by their size, or by their type and text,
    only; that is also printed, which in a lane goes to the log. `not_compared` counts those that
    can't be compared.
    """
    returned = [result for result in results if result is not None]
    answer: dict[str, Any] = {
        "calls": len(results),
        "results": len(returned),
        "digest": digest([result and result.digest for result in results]),
    }
    if cut := sum(result.cut for result in returned):
        answer["cut"] = cut
        print(
            f"Results larger than 1 MB, stored as their size and a preview: {cut:,}. Have the "
            "function write files instead."
        )
    if described := sum(result.described for result in returned):
        answer["described"] = described
        print(f"Results that JSON can't represent, stored as their type and repr: {described:,}.")
    if not_compared := sum(not result.whole for result in returned):
        answer["not_compared"] = not_compared
    return answer


# -- in a worker -----------------------------------------------------------------------------------


def returning(target: Target, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Call the function; gives a Returned with its result. A generator that it returns is
    followed.
    """
    result = target.load()(*args, **named)
    if isinstance(result, Generator):
        return _followed(result, target)
    return Returned(partial(settled, result, target.keep_in))


def reporting(
    target: Target, args: tuple[Any, ...], named: dict[str, Any]
) -> Generator[Progress, None, Any]:
    """Call a generator function: passes on its reports, at most one every REPORT_EVERY s, and
    returns its result.
    """
    return (yield from _followed(target.load()(*args, **named), target))


def settled(result: Any, keep_in: str | None, call_s: float) -> tuple[Any, Comparison]:
    """The result as `to_json` makes it, and by what it is compared; it is kept in that folder, if
    there is one.

    `call_s` are the seconds that the call took.
    """
    # As in Target.load: on a module that every process has.
    spent: list[float] = sys.__dict__.setdefault("_raytasks_compared", [0.0, 0.0])
    spent[0] += call_s
    as_data = to_json(result)
    if (left := COMPARED_S + spent[0] - spent[1]) <= 0:
        return as_data, Comparison(why_not=LATER)
    seconds = clocks().thread_time
    began = seconds()
    try:
        within_s = min(left, LONGEST_S)
        if keep_in:
            leaves = Leaves()
            content = content_digest(result, leaves, within_s)
            keeping.keep(keep_in, content, leaves)
        else:
            content = content_digest(result, None, within_s)
        return as_data, Comparison(base64.b64encode(content).decode())
    except Incomparable as error:
        return as_data, Comparison(why_not=_why_not(error, left))
    finally:
        spent[1] += seconds() - began


def _why_not(error: Incomparable, left: float) -> str:
    if error.what == TOO_LARGE and left < LONGEST_S:
        return LATER
    if error.path and error.what != TOO_LARGE:
        return plain(f"returned a value with {error.what} at {error.path}", 300)
    return plain(f"returned {error.what}", 300)


def _followed(task: Generator[Any, None, Any], target: Target) -> Generator[Progress, None, Any]:
    seconds, reported = clocks().perf_counter, 0.0
    while True:
        try:
            report = next(task)
        except StopIteration as end:
            return Returned(partial(settled, end.value, target.keep_in))
        progress = _progress(report, target.name)
        now = seconds()
        if now - reported >= REPORT_EVERY or progress.done == progress.total:
            reported = now
            yield progress


def _counted(done: int, total: int) -> tuple[int, int]:
    """The numbers of a report as events hold them, in 64 bits; larger ones keep their ratio."""
    excess = max(abs(done), abs(total), 1).bit_length() - 63
    excess = max(excess, 0)
    return done >> excess, total >> excess


def _progress(report: Any, name: str) -> Progress:
    """The report checked: (done, total) and perhaps more. Raises TypeError for anything else that
    was yielded.
    """
    # By its shape, not its class: on Ray, ours comes by value and is another one than that of the
    # user's module.
    if isinstance(report, tuple) and 2 <= len(report) <= 4:
        with contextlib.suppress(TypeError):
            done, total = (operator.index(number) for number in report[:2])
            so_far, stage = None, ""
            if len(report) > 2:
                so_far = report[2]
            if len(report) > 3:
                stage = str(report[3])[:STAGE_CHARACTERS]
            return Progress(*_counted(done, total), data(so_far), data(stage))
    yielded = plain(repr(report), 60)
    raise TypeError(
        f"{name.rpartition(':')[2]}() yielded {yielded}; a generator must yield Progress(done, "
        "total), both whole numbers, and return its result"
    )
