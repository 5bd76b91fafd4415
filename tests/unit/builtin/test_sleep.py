"""Tasks that wait, on a clock that only moves when one sleeps."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workloads.builtin import sleep
from workloads.builtin.sleep import SLEEP, combine, sleeping_task, waits
from workloads.core.task import REPORT_EVERY, Progress


class Clock:
    """Stands in for the race's clocks: sleeping takes a little longer than asked, as it does."""

    def __init__(self) -> None:
        self.now, self.naps = 100.0, 0

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.naps += 1
        self.now += seconds + 1e-4


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(sleep, "clocks", lambda: made)
    return made


def run(seconds: float) -> tuple[list[Progress], float]:
    reports, steps = [], sleeping_task(seconds)
    while True:
        try:
            reports.append(next(steps))
        except StopIteration as end:
            return reports, end.value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seconds=st.floats(0.001, 60))
def test_it_waits_as_long_as_it_says(clock: Clock, seconds: float):
    began = clock.now
    reports, result = run(seconds)
    assert result == seconds
    assert seconds <= clock.now - began < seconds + 1e-3
    done = [report.done for report in reports]
    assert done == sorted(done)
    assert done[-1] == reports[-1].total == round(seconds * 1000)
    assert all(0 <= report.done <= report.total for report in reports)


def test_it_reports_in_steps(clock: Clock):
    reports, _ = run(REPORT_EVERY * 4)
    assert len(reports) == clock.naps == 4


def test_no_time_is_no_wait(clock: Clock):
    assert run(0.0) == ([], 0.0)
    assert clock.naps == 0


def test_the_answer_is_what_was_waited():
    assert combine([0.1] * 10) == {"tasks": 10, "slept_s": 1.0}
    assert combine([]) == {"tasks": 0, "slept_s": 0}


def test_the_workload_is_so_many_tasks_for_so_many_workers():
    params = SLEEP.complete({"tasks": 3, "seconds": 0.5, "workers": 7})
    assert [(t.number, t.function, t.args) for t in SLEEP.make_tasks(params, 1, ())] == [
        (n, sleeping_task, (0.5,)) for n in range(3)
    ]
    assert SLEEP.slots(params) == 7


@given(tasks=st.integers(2, 50), spread=st.floats(1.01, 1000), seed=st.integers(0, 1000))
def test_uneven_tasks_wait_as_long_in_all(tasks: int, spread: float, seed: int):
    params = SLEEP.complete({"tasks": tasks, "seconds": 0.5, "spread": spread})
    lengths = waits(params, seed)
    assert sum(lengths) == pytest.approx(0.5 * tasks)
    assert max(lengths) / min(lengths) == pytest.approx(spread)
    assert lengths == waits(params, seed)
    made = SLEEP.make_tasks(params, seed, ())
    assert SLEEP.cost is not None
    assert [SLEEP.cost(task) for task in made] == lengths
