"""A workload whose race is traced: its answer says which lines ran in the lane's own process, and
which in the processes that ran tasks.
"""

import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from workloads.core.task import Parameter, Params, Task, Workload

LINES: list[tuple[str, int]] = []
"""The lines of this process, in order: file and number."""

ENGINES = "/workloads/engines/"


def trace() -> None:
    """Trace what this thread calls from now on; found by name, as on Ray this comes by value."""
    from tests.lanes import traced

    sys.settrace(traced.follow)


def follow(frame: FrameType, event: str, given: Any) -> Callable[..., Any] | None:
    """Follow the functions of the engines and the task; nothing once another workload runs."""
    if frame.f_code is traced_task.__code__:
        return note
    if ENGINES not in frame.f_code.co_filename:
        return None
    if frame.f_locals.get("function", traced_task) is not traced_task:
        sys.settrace(None)
        return None
    return note


def note(frame: FrameType, event: str, given: Any) -> Callable[..., Any]:
    """Note a line."""
    if event == "line":
        LINES.append((frame.f_code.co_filename, frame.f_lineno))
    return note


def traced_task(number: int) -> list[tuple[str, int]]:
    """The lines that have run in this process so far. It takes long enough for what the driver does
    meanwhile to be told.
    """
    time.sleep(0.05)
    lines = sorted(set(LINES))
    return lines


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    LINES.clear()
    trace()
    return [Task(n, traced_task, (n,)) for n in range(int(params["tasks"]))]


def _combine(results: Sequence[list[list[Any]]]) -> dict[str, Any]:
    sys.settrace(None)
    workers = {(file, line) for lines in results for file, line in lines}
    return {"driver": list(LINES), "worker": sorted(workers)}


TRACED = Workload(
    name="traced",
    title="traced",
    help="traced",
    parameters=(Parameter("tasks", 40, "tasks", 1, 1000),),
    make_tasks=_tasks,
    combine=_combine,
    rehearsal=lambda: trace,
)
