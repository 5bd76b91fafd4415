"""How the tasks of a race are executed, the same on every lane: the order in which they are
submitted, by the size that the workload gives, how many travel in one call, and how many
threads each computes with.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from workloads.core.errors import BadInput, plain
from workloads.core.task import Parameter, Task, Value, Workload
from workloads.core.wording import plural

Order = Literal["as-submitted", "longest-first", "shortest-first"]

ORDER_TEXTS: dict[Order, str] = {
    "as-submitted": "as submitted",
    "longest-first": "longest first",
    "shortest-first": "shortest first",
}
"""The orders of submission, in words."""

_SIGNS: dict[Order, int] = {"longest-first": -1, "shortest-first": 1}


class Execution(msgspec.Struct, frozen=True, omit_defaults=True):
    """How tasks are executed. `order` is that in which they are submitted: as the workload makes
    them, or by their expected cost (see Workload.cost). So many of them travel to a worker in one
    call, a `batch`, which runs them one after the other (1: the engine decides). Each computes with
    so many `threads` of its libraries (0: as many as the CPUs that it asks for, at least one).
    """

    order: Order = "as-submitted"
    batch: int = 1
    threads: int = 0

    def threads_of(self, num_cpus: float) -> int:
        """The threads of a task that asks for so many CPUs."""
        return self.threads or max(1, int(num_cpus))


USUAL = Execution()

ORDER = Parameter(
    "order",
    "as-submitted",
    "order of submission, by the size that the workload says its tasks have",
    choices=tuple(ORDER_TEXTS),
)
"""The order as a setting."""

BATCH = Parameter(
    "batch", 1, "tasks that travel to a worker in one call; 1: the engine decides", 1, 100_000
)
"""The size of a batch as a setting."""

THREADS = Parameter(
    "threads-per-task", 0, "threads of a task's libraries; 0: one per CPU it asks for", 0, 1024
)
"""The threads of a task as a setting."""

SETTINGS = (ORDER, BATCH, THREADS)
"""How tasks are executed as settings of a race."""


def setting_values(execution: Execution) -> dict[str, Value]:
    """The value of each of SETTINGS, by its name."""
    values: tuple[Value, ...] = (execution.order, execution.batch, execution.threads)
    return {parameter.name: value for parameter, value in zip(SETTINGS, values, strict=True)}


def execution_of(values: Mapping[str, Value]) -> Execution:
    """The execution with these values of SETTINGS, by their names."""
    order, batch, threads = (values[parameter.name] for parameter in SETTINGS)
    return msgspec.convert({"order": order, "batch": batch, "threads": threads}, Execution)


def check_order(order: Order, workload: Workload) -> None:
    """Raises BadInput for an order by size where the workload gives no sizes."""
    if order in _SIGNS and workload.cost is None:
        raise BadInput(
            f"{plain(workload.name, 60)} doesn't say how large its tasks are before they run, so "
            f"they can't be ordered {ORDER_TEXTS[order]}."
        )


def possible(execution: Execution, workload: Workload) -> Execution:
    """How tasks of another workload are executed: as before, but as submitted where it doesn't know
    their sizes.
    """
    if workload.cost is None:
        return msgspec.structs.replace(execution, order="as-submitted")
    return execution


def batches(execution: Execution, tasks: int) -> int:
    """The calls in which so many tasks travel."""
    return -(-tasks // execution.batch)


def execution_texts(execution: Execution, tasks: int) -> list[str]:
    """What is unusual of it with so many tasks, in a few words each: `longest first`, `16 tasks in
    4 batches`, `2 threads per task`.
    """
    texts = []
    if execution.batch > 1:
        count = batches(execution, tasks)
        many = f"{tasks:,} {plural('task', tasks)}"
        noun = {True: "batch", False: "batches"}[count == 1]
        texts.append(f"{many} in {count:,} {noun}")
    if execution.threads:
        texts.append(f"{execution.threads:,} {plural('thread', execution.threads)} per task")
    if execution.order in _SIGNS:
        texts.append(ORDER_TEXTS[execution.order])
    return texts


def ordered(
    tasks: Sequence[Task], cost: Callable[[Task], float] | None, order: Order
) -> tuple[Sequence[Task], str]:
    """The tasks in the order of their submission, those of equal cost by number; and a sentence if
    all cost the same, so that the order changes nothing.

    Longest first is LPT, whose makespan is at most 4/3 − 1/(3p) of the shortest possible on p
    workers (R. L. Graham, "Bounds on multiprocessing timing anomalies", 1969).
    """
    sign = _SIGNS.get(order)
    if sign is None or cost is None:
        return tasks, ""
    costs = {task.number: sign * cost(task) for task in tasks}
    if len(set(costs.values())) < 2:
        return tasks, f"All tasks have the same size: {ORDER_TEXTS[order]} changes nothing."
    return sorted(tasks, key=lambda task: costs[task.number]), ""
