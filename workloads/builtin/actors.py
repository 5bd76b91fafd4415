"""A stateful counter beside stateless tasks: its calls queue on one worker and each finds what the
one before it left; tasks go to any worker.
"""

from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Any

from workloads.core.actor import Actor
from workloads.core.task import Parameter, Params, Progress, Task, Workload
from workloads.core.wording import listed, plural
from workloads.machine.clock import clocks

REPORTS = 2
"""Reports of a stateless task."""


class Counter:
    """Counts its calls. The total is its state: it is kept between calls, and gone with its
    process.
    """

    def __init__(self) -> None:
        self.total = 0

    def add(self, seconds: float) -> dict[str, int]:
        """Add one, which takes `seconds`; returns the total so far."""
        clocks().sleep(seconds)
        self.total += 1
        return {"total": self.total}


def stateless_task(number: int, seconds: float) -> Generator[Progress, None, int]:
    """Wait for `seconds` and return the square of `number`: all that it needs is passed to it."""
    for report in range(1, REPORTS + 1):
        clocks().sleep(seconds / REPORTS)
        yield Progress(report, REPORTS)
    return number * number


COUNTER = Actor("Counter", Counter)


def restarts(totals: Sequence[int]) -> list[int]:
    """The numbers of calls (from 1) after which the counter restarted: the total of the next one
    isn't larger.
    """
    steps = enumerate(pairwise(totals), 1)
    return [call for call, (total, after) in steps if after <= total]


def counted_text(totals: Sequence[int]) -> str:
    """`counted 17 of 30: the actor restarted empty after call 13`."""
    last = totals[-1] if totals else 0
    text = f"counted {last:,} of {len(totals):,}"
    if lost := restarts(totals):
        numbers = listed([f"{call:,}" for call in lost])
        text += f": the actor restarted empty after {plural('call', len(lost))} {numbers}"
    return text


def combine(results: Sequence[Any]) -> dict[str, Any]:
    """The answer: the totals that the calls returned, in their order, what they say of the
    counter, and the sum of the squares. None in place of a result is a task that failed.
    """
    totals = [result["total"] for result in results if isinstance(result, dict)]
    return {
        "calls": len(totals),
        "counted": totals[-1] if totals else 0,
        "restarted_after": restarts(totals),
        "text": counted_text(totals),
        "squares": sum(result for result in results if isinstance(result, int)),
    }


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    seconds, every = float(params["seconds"]), int(params["every"])
    tasks = []
    for number in range(int(params["tasks"])):
        if (number + 1) % every:
            tasks.append(Task(number, stateless_task, (number, seconds)))
        else:
            tasks.append(Task(number, Counter.add, (seconds,), actor=COUNTER))
    return tasks


ACTORS = Workload(
    name="actors",
    title="A stateful actor beside tasks",
    help="Every second task calls a counter that keeps its total: calls queue, other tasks don't.",
    parameters=(
        Parameter("tasks", 24, "number of tasks and calls", 1, 100_000),
        Parameter("seconds", 0.2, "seconds that each of them takes", 0, 3600, unit="s"),
        Parameter("every", 2, "every n-th task is a call of the counter; 1: each", 1, 100_000),
        Parameter("workers", 4, "tasks that run concurrently, beside the actor", 1, 64),
    ),
    make_tasks=_tasks,
    combine=combine,
    size="seconds",
    slots=lambda params: int(params["workers"]),
    waits=True,
    partial=True,
    picture="counter",
    code=lambda params: [Counter, stateless_task],
    actors=(COUNTER,),
)
