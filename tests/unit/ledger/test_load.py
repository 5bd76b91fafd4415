"""How many tasks were in flight and running: against a count of all events, whatever their
order.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded
from workloads.core import events as ev
from workloads.ledger.lane import Lane
from workloads.ledger.load import Load, Moments

times = st.floats(0, 100)


@given(
    st.lists(st.lists(st.tuples(times, st.floats(0, 4)), max_size=80), max_size=4),
    st.lists(times, min_size=1),
)
def test_moments_are_counted_and_added_up_in_whatever_order_they_come(
    parts: list[list[tuple[float, float]]], asked: list[float]
) -> None:
    moments, seen = Moments(4, weighted=True), []
    for part in parts:
        for t, weight in part:
            moments.add(t)
            moments.weigh(weight)
            seen.append((t, weight))
        by = np.array(asked)
        assert moments.until(by).tolist() == [sum(t <= limit for t, _ in seen) for limit in asked]
        since = [sum(limit - t for t, _ in seen if t <= limit) for limit in asked]
        assert moments.since(by) == pytest.approx(since, abs=1e-6)
        weighed = [sum(w * (limit - t) for t, w in seen if t <= limit) for limit in asked]
        assert moments.weighed(by) == pytest.approx(weighed, abs=1e-2)


def overlap(begin: float, end: float, t: float) -> float:
    """The seconds of a stretch that had passed by `t`."""
    return min(max(t - begin, 0.0), end - begin)


@given(
    st.lists(st.tuples(times, times, times, st.floats(0, 2)), max_size=40),
    st.lists(times, max_size=3),
    st.lists(times, min_size=1),
)
def test_load_is_what_a_count_of_all_attempts_gives(
    attempts: list[tuple[float, float, float, float]], running: list[float], asked: list[float]
) -> None:
    load, whole = Load(8), []
    for *moments, share in attempts:
        submitted, start, end = sorted(moments)
        load.submit(submitted)
        load.run(start, end)
        load.spend(share * (end - start))
        whole.append((submitted, start, end, share * (end > start)))
    for start in running:
        load.submit(start)
    by = np.array(asked)
    open_s = [sum(max(t - start, 0.0) for start in running) for t in asked]
    flying = [sum(overlap(s, e, t) for s, _, e, _ in whole) for t in asked]
    busy = [sum(overlap(b, e, t) for _, b, e, _ in whole) for t in asked]
    cpu = [sum(share * overlap(b, e, t) for _, b, e, share in whole) for t in asked]
    assert load.in_flight(by) == pytest.approx(np.add(flying, open_s), abs=1e-6)
    assert load.busy(by, running) == pytest.approx(np.add(busy, open_s), abs=1e-6)
    assert load.cpu(by) == pytest.approx(cpu, abs=1e-2)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 9))
def test_of_a_race_it_is_what_its_tables_say(t: float) -> None:
    events = fabricated_race(tasks=16, workers=3, failures=[2], retries=[5], cancel=4.0)
    for lane in folded(events).raced():
        load, tasks, last = lane.tasks.load, lane.tasks, np.array([900.0, 1000.0])
        assert np.diff(load.in_flight(last)).tolist() == [0]
        spans = [row.between(-1, 1000) for row in lane.rows.values()]
        ran = sum(float((s.end - s.start).sum()) for s in spans)
        assert load.busy(last) == pytest.approx([ran, ran])
        assert load.cpu(last) == pytest.approx([tasks.cpu.sum()] * 2, rel=1e-4)
        by = np.array([t])
        rows = [float(row.busy_until(by)[0]) for row in lane.rows.values()]
        assert load.busy(by) == pytest.approx([sum(rows)], abs=1e-9)


def test_a_task_that_was_never_said_to_be_submitted_is_in_flight_while_it_runs() -> None:
    lane = Lane("serial")
    lane.apply(ev.RunStarted(t=at(0), run=1, tasks=2, workers=1))
    lane.apply(ev.Started(t=at(1), task=0, worker=0))
    lane.apply(ev.Finished(t=at(2), task=0, worker=0, start=at(1), cpu_s=1))
    lane.apply(ev.Finished(t=at(4), task=1, worker=0, start=at(3), cpu_s=1))
    seconds = np.diff(lane.tasks.load.in_flight(np.arange(6.0)))
    assert seconds == pytest.approx([0, 1, 0, 1, 0])
