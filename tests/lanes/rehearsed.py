"""Workloads with a rehearsal and no modules to load: each task tells how often its process has
rehearsed.
"""

from collections.abc import Callable, Sequence
from typing import Any

from workloads.core.task import Parameter, Params, Task, Workload

TIMES: dict[str, int] = {}


def rehearse(name: str) -> None:
    """Count it in the process that rehearses; found by name there, as on Ray this comes
    by value.
    """
    from tests.lanes import rehearsed

    rehearsed.TIMES[name] = rehearsed.TIMES.get(name, 0) + 1


def times(name: str) -> int:
    """How often this process has rehearsed that workload."""
    from tests.lanes import rehearsed

    return rehearsed.TIMES.get(name, 0)


def first_rehearsal() -> None:
    """Of the first workload."""
    rehearse("first")


def second_rehearsal() -> None:
    """Of the second workload."""
    rehearse("second")


def broken_rehearsal() -> None:
    """Of one that can't."""
    raise SystemExit("no instrument")


def _workload(name: str, rehearsal: Callable[[], object]) -> Workload:
    def tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
        return [Task(n, times, (name,)) for n in range(int(params["tasks"]))]

    def combine(results: Sequence[Any]) -> list[Any]:
        return list(results)

    return Workload(
        name=name,
        title=name,
        help=name,
        parameters=(Parameter("tasks", 6, "tasks", 1, 100),),
        make_tasks=tasks,
        combine=combine,
        rehearsal=lambda: rehearsal,
    )


FIRST, SECOND = _workload("first", first_rehearsal), _workload("second", second_rehearsal)
BROKEN = _workload("broken", broken_rehearsal)
