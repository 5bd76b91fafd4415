"""A workload for the pools, found by lanes as `tests.lanes.pooled:POOLED`: tasks that behave in
many ways.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from workloads.core.task import Parameter, Params, Progress, Task, Workload

HUGE = 50_000_000


class Stubborn:
    """What can be pickled, but never comes to life again."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _refuse, ()


def _refuse() -> None:
    raise ValueError("not again")


def _busy(number: int) -> int:
    """A plain loop, which never reports."""
    print(f"task {number} is busy", flush=True)
    while True:
        number += 1


def _deaf(number: int) -> int:
    """As busy, and it swallows the word to end."""
    while True:
        try:
            _busy(number)
        except BaseException:
            continue


def _asleep(number: int) -> Generator[Progress, None, int]:
    while True:
        yield Progress(1, 2)
        time.sleep(0.05)


def _huge(number: int) -> bytes:
    return b"x" * HUGE


def _odd(number: int) -> Any:
    return [number, lambda: None] if number == 1 else number


def _odd_report(number: int) -> Generator[Progress, None, int]:
    yield Progress(1, 2, (lambda: None) if number == 1 else None)
    return number


def _deadly(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _interrupted_once(number: int, folder: str, tasks: int) -> int:
    """The first time, task 1 waits for ever."""
    mark = Path(folder) / "waited"
    if number == 1 and not mark.exists():
        mark.touch()
        print("task 1 waits", flush=True)
        time.sleep(600)
    return number


def _stubborn(number: int, answer: Any) -> int:
    return number


def _exit(number: int) -> int:
    return sys.exit(3) if number == 1 else number


def _patient(number: int, folder: str, tasks: int) -> int:
    """Takes no time, but for one in the middle: it waits until every other is done."""
    if number != tasks // 2:
        (Path(folder) / str(number)).touch()
    while number == tasks // 2 and len(os.listdir(folder)) < tasks - 1:
        time.sleep(0.01)
    return number


HOW: dict[str, Callable[..., Any]] = {
    "busy": _busy,
    "deaf": _deaf,
    "asleep": _asleep,
    "huge": _huge,
    "odd": _odd,
    "odd-report": _odd_report,
    "deadly": _deadly,
    "once": _interrupted_once,
    "exit": _exit,
    "patient": _patient,
    "stubborn": _stubborn,
    "lambda": lambda number: number,
}


def folder_of(seed: int) -> str:
    """Where the tasks of a race leave their marks, if its lane began before the test."""
    return f"{tempfile.gettempdir()}/pooled-{seed}"


def _tasks(params: Params, seed: int, files: Sequence[str]) -> Sequence[Task]:
    how = str(params["how"])
    more: tuple[Any, ...] = ()
    if how in ("once", "patient"):
        more = (os.environ.get("POOLED_FOLDER") or folder_of(seed), params["tasks"])
    return [
        Task(n, HOW[how], (n, Stubborn() if n == 1 else None) if how == "stubborn" else (n, *more))
        for n in range(int(params["tasks"]))
    ]


def _combine(results: Sequence[Any]) -> list[Any]:
    return [len(result) if isinstance(result, bytes) else result for result in results]


POOLED = Workload(
    "pooled",
    "Pooled",
    "tasks that behave in many ways",
    (
        Parameter("tasks", 4, "how many", 1, 100_000),
        Parameter("how", "odd", "what tasks do", choices=tuple(HOW)),
    ),
    _tasks,
    _combine,
)

LACKING = Workload(
    "lacking",
    "Lacking",
    "tasks that need a module that isn't there",
    POOLED.parameters,
    _tasks,
    _combine,
    imports=lambda params: ("a_module_that_is_nowhere",),
)
