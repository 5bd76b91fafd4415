"""Tasks that do nothing: all that a race of them takes is what an engine costs; the calibration
races these.
"""

from collections.abc import Sequence
from typing import Any

from workloads.core.task import Parameter, Params, Task, Workload


def nothing() -> None:
    """Do nothing."""


def combine(results: Sequence[None]) -> dict[str, Any]:
    """The answer: how many tasks there were."""
    return {"tasks": len(results)}


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    return [Task(n, nothing) for n in range(int(params["tasks"]))]


NOOP = Workload(
    name="noop",
    title="Tasks that do nothing",
    help="Tasks that return immediately: what is left is each engine's overhead per task.",
    parameters=(Parameter("tasks", 10_000, "number of tasks", 1, 1_000_000),),
    make_tasks=_tasks,
    combine=combine,
    code=lambda params: [nothing],
    cost=lambda task: 0,
)
