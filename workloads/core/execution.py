"""How the tasks of a race are executed, the same on every lane: the order in which they are
submitted, by the size that is known before they run.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from workloads.core.errors import BadInput, plain
from workloads.core.task import Parameter, Task, Value, Workload

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
    them, or by their expected cost (see Workload.cost).
    """

    order: Order = "as-submitted"


USUAL = Execution()

ORDER = Parameter(
    "order",
    "as-submitted",
    "order of submission, by the size that the workload says its tasks have",
    choices=tuple(ORDER_TEXTS),
)
"""The order as a setting."""

SETTINGS = (ORDER,)
"""How tasks are executed as settings of a race."""


def setting_values(execution: Execution) -> dict[str, Value]:
    """The value of each of SETTINGS, by its name."""
    values: tuple[Value, ...] = (execution.order,)
    return {parameter.name: value for parameter, value in zip(SETTINGS, values, strict=True)}


def execution_of(values: Mapping[str, Value]) -> Execution:
    """The execution with these values of SETTINGS, by their names."""
    return msgspec.convert(values, Execution)


def check_order(order: Order, workload: Workload) -> None:
    """Raises BadInput for an order by size where the sizes aren't known before the tasks run."""
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


def execution_texts(execution: Execution) -> list[str]:
    """What is unusual of it, in a few words each: `longest first`."""
    texts = []
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
