"""The workload `arrays`: what its tasks read, and what all of them come to."""

import pickle

import numpy as np
import pytest

from workloads.builtin.arrays.reading import ROW_BYTES, make_array, read_rows
from workloads.builtin.arrays.workload import ARRAYS, combine
from workloads.core.task import Shared, opened


def test_the_array_has_the_size_that_was_asked_for_and_the_seed_decides_its_numbers():
    array = make_array(500_000, 7)
    assert array.nbytes == 500_000
    assert np.array_equal(array, make_array(500_000, 7))
    assert not np.array_equal(array, make_array(500_000, 8))
    assert make_array(1, 7).nbytes == ROW_BYTES


@pytest.mark.parametrize(("rows", "read"), [(3, 3), (1000, 10)])
def test_a_task_reads_each_of_its_rows_once(rows: int, read: int):
    array = make_array(10 * ROW_BYTES, 7)
    result = read_rows(array, 4, rows)
    chosen = np.array([(4 + n * 10 // read) % 10 for n in range(read)])
    numbers = [int(number) for row in chosen for number in array[row]]
    assert len(set(chosen)) == read
    assert (result["count"], result["sum"]) == (len(numbers), sum(numbers))
    assert result["squares"] == sum(number**2 for number in numbers)


def test_a_task_says_whether_it_could_have_written_into_the_array():
    array = make_array(ROW_BYTES, 7)
    assert read_rows(array, 0, 1)["writable"] is True
    array.flags.writeable = False
    assert read_rows(array, 0, 1)["writable"] is False


def test_all_tasks_share_one_array_which_pickling_copies():
    params = ARRAYS.complete({"tasks": 3, "size": 2000, "rows": 1})
    tasks = ARRAYS.make_tasks(params, 7, ())
    shared = {task.args[0] for task in tasks}
    (only,) = shared
    assert isinstance(only, Shared)
    assert opened(only) is only.value
    copy = opened(pickle.loads(pickle.dumps(only)))
    assert copy is not only.value
    assert np.array_equal(copy, only.value)
    assert [task.function(*task.args) for task in tasks] == [
        read_rows(copy, number, 1) for number in range(3)
    ]


def test_the_answer_is_that_of_all_numbers_that_were_read():
    array = make_array(4 * ROW_BYTES, 7)
    answer = combine([read_rows(array, number, 2) for number in range(2)])
    assert (answer["tasks"], answer["numbers"], answer["sum"]) == (2, 1000, int(array.sum()))
    assert answer["mean"] == pytest.approx(array.mean())
    assert answer["std"] == pytest.approx(array.std())
