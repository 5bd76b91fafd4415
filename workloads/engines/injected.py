"""Faults on demand around the functions of tasks, in whatever worker and on whatever engine they
run; see `workloads.core.faults`.

The wrappers have no state and travel like the functions in them: by pickle, or by value to a Ray
worker that lacks this package.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workloads.core.faults import STRAGGLES, Fault, Faults
from workloads.core.task import Task
from workloads.machine.clock import clocks

SLEEP_S = 0.05
"""Seconds of a sleep, between which a cancel can break in."""

COMPUTES = 0.1
"""A task that had a CPU for less than this share of its time waits."""


class InjectedFault(Exception):
    """Raised by a task on purpose."""


def inject(tasks: Sequence[Task], faults: Faults) -> Sequence[Task]:
    """The tasks with the faults; each attempt but the first runs the task as it is."""
    if not faults.every():
        return tasks
    wrapped: dict[tuple[Fault, Callable[..., Any]], Callable[..., Any]] = {}
    injected = []
    for task in tasks:
        fault = faults.of(task.number)
        if fault is not None:
            # One wrapper for all tasks of a function: Ray sends each function once.
            key = fault, task.function
            if key not in wrapped:
                wrapped[key] = WRAPPERS[fault](task.function)
            task = replace(task, function=wrapped[key], retry=task.function)
        injected.append(task)
    return injected


@dataclass(frozen=True)
class Failing:
    """The function, whose result is lost: it raises instead of returning."""

    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        """Run the task to its end, with its reports, then raise InjectedFault."""
        outcome = self.function(*args)
        if issubclass(type(outcome), Generator):
            return _failing(outcome)
        raise InjectedFault("raised on purpose")


def _failing(task: Generator[Any, None, Any]) -> Generator[Any, None, None]:
    yield from task
    raise InjectedFault("raised on purpose")


@dataclass(frozen=True)
class Hanging:
    """A task that never ends, in place of the function."""

    function: Callable[..., Any]

    def __call__(self, *args: Any) -> None:
        """Wait for a cancel."""
        while True:
            clocks().sleep(SLEEP_S)


@dataclass(frozen=True)
class Straggling:
    """The function, which takes STRAGGLES times as long: of CPU time if it computes, else of real
    time. Real time would also count what a task waits for a core, or for its turn.
    """

    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        """Run the task, and stay for the rest of the time after each of its reports."""
        began = _times()
        outcome = self.function(*args)
        if issubclass(type(outcome), Generator):
            return _slowed(outcome)
        _linger(*began)
        return outcome


def _slowed(task: Generator[Any, None, Any]) -> Generator[Any, None, Any]:
    while True:
        began = _times()
        try:
            report = next(task)
        except StopIteration as end:
            _linger(*began)
            return end.value
        _linger(*began)
        yield report


def _times() -> tuple[float, float]:
    """The CPU time of this thread and the real time, in seconds."""
    return clocks().thread_time(), clocks().perf_counter()


def _linger(cpu_began: float, began: float) -> None:
    """Take the rest of STRAGGLES times what has passed since."""
    clock = clocks()
    cpu, wall = clock.thread_time() - cpu_began, clock.perf_counter() - began
    more = STRAGGLES - 1
    if cpu >= COMPUTES * wall:
        until = clock.thread_time() + more * cpu
        while clock.thread_time() < until:
            pass
        return
    until = clock.perf_counter() + more * wall
    while (left := until - clock.perf_counter()) > 0:
        clock.sleep(min(left, SLEEP_S))


WRAPPERS: dict[Fault, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    Fault.FAIL: Failing,
    Fault.HANG: Hanging,
    Fault.STRAGGLE: Straggling,
}
