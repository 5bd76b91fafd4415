"""Faults on demand: which tasks they hit, and what happens in them."""

import pickle
from collections.abc import Generator
from typing import Any

import pytest

from workloads.core.faults import STRAGGLES, Fault, Faults
from workloads.core.task import Progress, Task
from workloads.engines import injected
from workloads.engines.injected import InjectedFault, inject
from workloads.engines.measure import RAISED, REPORTED, RETURNED, Record, last_record, records
from workloads.machine.clock import Clocks, clocks


def plain(by: int) -> int:
    return 2 * by


def reporting(by: int) -> Generator[Progress, None, int]:
    yield Progress(1, 2)
    return 2 * by


both = pytest.mark.parametrize("function", [plain, reporting])


def tasks(function: Any = plain, count: int = 6) -> list[Task]:
    return [Task(number, function, (number,)) for number in range(count)]


def all_records(task: Task, attempt: int = 0) -> list[Record]:
    return list(records(task.function_of(attempt), task.args))


def test_every_nth_task_has_the_fault_and_of_several_the_first() -> None:
    faults = Faults(fail_every=6, hang_every=3, straggle_every=2)
    assert [faults.of(number) for number in range(6)] == [
        None,
        Fault.STRAGGLE,
        Fault.HANG,
        Fault.STRAGGLE,
        None,
        Fault.FAIL,
    ]
    assert [Faults(fail_every=1).of(number) for number in range(2)] == [Fault.FAIL] * 2


def test_the_faults_are_named_in_a_sentence() -> None:
    assert Faults().text() == ""
    assert Faults(fail_every=1).text() == "every task raises"
    assert Faults(2, 3, 11).text() == (
        "every 2nd task raises, every 3rd task hangs until it is cancelled and every 11th task "
        "takes 5× as long"
    )


def test_without_faults_the_tasks_are_the_same_object() -> None:
    made = tasks()
    assert inject(made, Faults()) is made


def test_tasks_of_a_function_share_a_wrapper_that_can_be_pickled() -> None:
    made = inject(tasks(), Faults(straggle_every=2))
    assert made[1].function is made[3].function
    assert made[0] == tasks()[0]
    assert pickle.loads(pickle.dumps(made[1].function))(4) == 8


@both
def test_a_failing_task_raises_in_its_first_attempt_only(function: Any) -> None:
    task = inject(tasks(function), Faults(fail_every=3))[2]
    first, again = all_records(task), all_records(task, attempt=1)
    assert first[-1][0] == last_record(task.function, task.args)[0] == RAISED
    assert first[-1][4:6] == ("InjectedFault", "raised on purpose")
    assert again[-1][0] == RETURNED
    assert again[-1][4] == 4
    assert len(first) == len(again), "it gets as far as without the fault"


def test_a_hanging_task_ends_by_what_breaks_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(BaseException):
        pass

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Broken

    slept: list[float] = []
    monkeypatch.setattr(injected, "clocks", lambda: clocks()._replace(sleep=sleep))
    task = inject(tasks(), Faults(hang_every=1))[0]
    with pytest.raises(Broken):
        list(records(task.function, task.args, (Broken,)))
    assert all_records(task, attempt=1)[-1][4] == 0


class Time:
    """Clocks that a test moves: `waits` says that real time passes and no CPU time."""

    def __init__(self, waits: bool) -> None:
        self.waits, self.cpu, self.wall = waits, 0.0, 0.0

    def work(self, seconds: float) -> None:
        self.wall += seconds
        self.cpu += seconds * (not self.waits)

    def _spin(self) -> float:
        self.work(0.001)
        return self.cpu

    def _sleep(self, seconds: float) -> None:
        self.wall += seconds

    def clocks(self) -> Clocks:
        return clocks()._replace(
            thread_time=self._spin, perf_counter=lambda: self.wall, sleep=self._sleep
        )


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("reports", [False, True])
def test_a_straggler_takes_five_times_its_time(
    monkeypatch: pytest.MonkeyPatch, waits: bool, reports: bool
) -> None:
    time = Time(waits)
    monkeypatch.setattr(injected, "clocks", time.clocks)

    def whole() -> str:
        time.work(2.0)
        return "done"

    def in_parts() -> Generator[Progress, None, str]:
        time.work(1.0)
        yield Progress(1, 2)
        time.work(1.0)
        return "done"

    task = inject([Task(0, in_parts if reports else whole)], Faults(straggle_every=1))[0]
    happened = []
    for record in records(task.function, task.args):
        happened.append((record[0], round(time.wall)))
    assert happened[-1] == (RETURNED, 2 * STRAGGLES)
    if reports:
        assert (REPORTED, STRAGGLES) in happened, "it is slow all the way"


def test_what_a_straggler_raises_is_its_own() -> None:
    def raising() -> None:
        raise ValueError("mine")

    task = inject([Task(0, raising)], Faults(straggle_every=1))[0]
    assert last_record(task.function, task.args)[4:6] == ("ValueError", "mine")
    assert issubclass(InjectedFault, Exception)
