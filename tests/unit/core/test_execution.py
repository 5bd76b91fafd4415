"""The order in which tasks are submitted, by the size that the workload gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.builtin.noop import nothing
from workloads.builtin.pi import PI
from workloads.builtin.sleep import SLEEP
from workloads.core.errors import BadInput
from workloads.core.execution import (
    ORDER_TEXTS,
    USUAL,
    Execution,
    check_order,
    execution_of,
    execution_texts,
    ordered,
    possible,
    setting_values,
)
from workloads.core.task import Task
from workloads.functions.workload import described


def tasks(*sizes: float) -> list[Task]:
    return [Task(number, nothing, (size,)) for number, size in enumerate(sizes)]


def size(task: Task) -> float:
    return float(task.args[0])


def numbers(order: str, *sizes: float) -> list[int]:
    return [task.number for task in ordered(tasks(*sizes), size, order)[0]]  # type: ignore[arg-type]


def test_tasks_of_the_same_size_stay_in_their_order() -> None:
    assert numbers("as-submitted", 1, 3, 2, 3) == [0, 1, 2, 3]
    assert numbers("longest-first", 1, 3, 2, 3) == [1, 3, 2, 0]
    assert numbers("shortest-first", 1, 3, 2, 3) == [0, 2, 1, 3]


@given(st.lists(st.floats(0, 1e9)), st.sampled_from(sorted(ORDER_TEXTS)))
def test_no_task_is_lost(sizes: list[float], order: str) -> None:
    assert sorted(numbers(order, *sizes)) == list(range(len(sizes)))


def test_an_order_that_changes_nothing_says_so() -> None:
    made = PI.make_tasks(PI.complete({"tasks": 3}), 1, ())
    queue, note = ordered(made, PI.cost, "longest-first")
    assert list(queue) == list(made)
    assert note == "All tasks have the same size: longest first changes nothing."
    assert ordered(tasks(1, 2), size, "longest-first")[1] == ""
    assert ordered(tasks(1, 2), None, "as-submitted") == (tasks(1, 2), "")


def test_where_no_size_is_known_an_order_by_it_is_refused() -> None:
    function = described("math:sqrt")
    for order in ("longest-first", "shortest-first"):
        with pytest.raises(BadInput, match="math:sqrt doesn't say how large its tasks are") as told:
            check_order(order, function)
        assert str(told.value).endswith(f"can't be ordered {ORDER_TEXTS[order]}.")
    check_order("as-submitted", function)
    check_order("longest-first", SLEEP)
    assert possible(Execution("longest-first"), function) == USUAL
    assert possible(Execution("longest-first"), SLEEP).order == "longest-first"


def test_it_is_a_setting() -> None:
    chosen = Execution("shortest-first", 5, 2)
    assert execution_of(setting_values(chosen)) == chosen
    assert setting_values(USUAL) == {"order": "as-submitted", "batch": 1, "threads-per-task": 0}


def test_what_is_unusual_of_it_is_said() -> None:
    assert execution_texts(USUAL, 16) == []
    assert execution_texts(Execution(batch=5), 16) == ["16 tasks in 4 batches"]
    assert execution_texts(Execution("longest-first", 100, 2), 1) == [
        "1 task in 1 batch",
        "2 threads per task",
        "longest first",
    ]


def test_a_task_has_a_thread_for_each_cpu_that_it_asks_for() -> None:
    assert [USUAL.threads_of(cpus) for cpus in (0.25, 1, 3)] == [1, 1, 3]
    assert Execution(threads=2).threads_of(4) == 2
