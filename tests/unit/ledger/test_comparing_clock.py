"""A lane's clock stands still while workers read results in order to compare them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.core import events as ev
from workloads.ledger.comparing_clock import LaneClock

S = 10**9


def ran(
    clock: LaneClock, task: int, worker: int, start: float, end: float, compare_s: float
) -> list[ev.AnyEvent]:
    """A task's events as the clock has them."""
    return [
        clock.set_back(ev.Started(t=round(start * S), task=task, worker=worker)),
        clock.set_back(ev.Progressed(t=round((start + end) / 2 * S), task=task, done=1, total=2)),
        clock.set_back(
            ev.Finished(
                t=round(end * S),
                task=task,
                worker=worker,
                start=round(start * S),
                cpu_s=0,
                compare_s=compare_s,
            )
        ),
    ]


def test_a_lane_that_compares_nothing_keeps_its_events() -> None:
    clock = LaneClock()
    event = ev.Finished(t=5, task=0, worker=0, start=1, cpu_s=0)
    assert clock.set_back(event) is event
    assert (clock.excess_s, clock.compared_s) == (0, 0)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.1, 5), st.floats(0, 5)), min_size=1, max_size=8))
def test_serial_is_as_if_nothing_had_been_compared(tasks: list[tuple[float, float]]) -> None:
    clock, now, without = LaneClock(alone=True), 0.0, 0.0
    for number, (took, compare_s) in enumerate(tasks):
        submitted = clock.set_back(ev.Submitted(t=round(now * S), task=number))
        assert submitted.t == pytest.approx(without * S, abs=10)
        began, reported, ended = ran(clock, number, 0, now, now + took, compare_s)
        assert [event.t for event in (began, reported, ended)] == pytest.approx(
            [without * S, (without + took / 2) * S, (without + took) * S], abs=10
        )
        assert isinstance(ended, ev.Finished)
        assert ended.start == began.t
        now, without = now + took + compare_s, without + took
    assert now - clock.excess_s == pytest.approx(without, abs=1e-6)
    assert clock.compared_s == pytest.approx(now - without, abs=1e-6)


def test_workers_have_times_of_their_own() -> None:
    clock = LaneClock()
    ran(clock, 0, 0, 0, 4, 3)
    assert clock.set_back(ev.Submitted(t=7 * S, task=2)).t == 4 * S, (
        "handed to the worker that was just heard"
    )
    ran(clock, 1, 1, 0, 6, 1)
    assert clock.set_back(ev.Submitted(t=7 * S, task=3)).t == 6 * S
    assert [event.t / S for event in ran(clock, 2, 0, 7, 8, 0)] == [4, 4.5, 5]
    assert [event.t / S for event in ran(clock, 3, 1, 7, 9, 2)] == [6, 7, 8]
    assert clock.excess_s == 3, "the last worker ended at 11 and had stood still for 3"
    failed = clock.set_back(
        ev.Failed(t=9 * S, task=4, worker=0, start=8 * S, error="E", message="")
    )
    assert isinstance(failed, ev.Failed)
    assert (failed.t, failed.start) == (6 * S, 5 * S)


def test_a_worker_that_waited_for_its_next_task_lost_nothing_by_comparing() -> None:
    clock = LaneClock()
    ran(clock, 0, 0, 0, 4, 3)
    assert [event.t / S for event in ran(clock, 1, 0, 9, 10, 0)] == [8, 8.5, 9], (
        "3 s compared, then 2 s idle"
    )
    assert [event.t / S for event in ran(clock, 2, 0, 20, 21, 0)] == [20, 20.5, 21]
    assert (clock.excess_s, clock.compared_s) == (0, 3)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 2), *[st.floats(0, 3)] * 3), min_size=1, max_size=12))
def test_times_stay_in_order_and_after_the_start(
    tasks: list[tuple[int, float, float, float]],
) -> None:
    clock = LaneClock()
    now, shown = [0.0] * 3, [0] * 3
    for number, (worker, waited, took, compare_s) in enumerate(tasks):
        start = now[worker] + waited
        began, reported, ended = ran(clock, number, worker, start, start + took, compare_s)
        assert shown[worker] - 100 <= began.t <= reported.t + 100 <= ended.t + 200
        now[worker], shown[worker] = start + took + compare_s, ended.t
    assert 0 <= clock.excess_s <= sum(task[3] for task in tasks) + 1e-6


def test_a_task_that_failed_was_no_wait() -> None:
    clock = LaneClock()
    ran(clock, 0, 0, 0, 4, 3)
    failed = clock.set_back(
        ev.Failed(t=12 * S, task=1, worker=0, start=7 * S, error="E", message="")
    )
    assert failed.t == 9 * S
    assert [event.t / S for event in ran(clock, 2, 0, 12, 13, 0)] == [9, 9.5, 10]
    assert clock.excess_s == 3
