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


@given(st.lists(st.lists(times, max_size=30), max_size=5), st.lists(times, min_size=1))
def test_moments_are_counted_and_summed_in_whatever_order_they_come(
    parts: list[list[float]], asked: list[float]
) -> None:
    moments, known = Moments(4), []
    for part in parts:
        for t in part:
            moments.add(t)
            known.append(t)
        counts = moments.until(np.array(asked))
        assert counts.tolist() == [sum(t <= limit for t in known) for limit in asked]
        ordered = sorted(known)
        assert moments.sums(counts) == pytest.approx([sum(ordered[:n]) for n in counts])


@given(
    st.lists(st.tuples(times, times, times), max_size=40),
    st.lists(times, max_size=3),
    st.lists(times, min_size=1),
)
def test_load_is_what_a_count_of_all_attempts_gives(
    attempts: list[tuple[float, float, float]], running: list[float], asked: list[float]
) -> None:
    load, whole = Load(8), []
    for each in attempts:
        submitted, start, end = sorted(each)
        load.submit(submitted)
        load.run(start, end)
        whole.append((submitted, start, end))
    for start in running:
        load.submit(start)
    moments = np.array(asked)
    flying = [sum(s <= t < e for s, _, e in whole) + sum(s <= t for s in running) for t in asked]
    busy = [
        sum(min(max(t - b, 0), e - b) for _, b, e in whole)
        + sum(max(t - start, 0) for start in running)
        for t in asked
    ]
    assert load.in_flight(moments).tolist() == flying
    assert load.busy(moments, running) == pytest.approx(busy, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 9))
def test_of_a_race_it_is_what_its_tables_say(t: float) -> None:
    events = fabricated_race(tasks=16, workers=3, failures=[2], retries=[5], cancel=4.0)
    for lane in folded(events).raced():
        load, tasks = lane.tasks.load, lane.tasks
        assert load.in_flight(np.array([1000.0])).tolist() == [0]
        spans = [row.between(-1, 1000) for row in lane.rows.values()]
        ran = sum(float((s.end - s.start).sum()) for s in spans)
        assert load.busy(np.array([1000.0])) == pytest.approx([ran])
        by = np.array([t])
        rows = [float(row.busy_until(by)[0]) for row in lane.rows.values()]
        assert load.busy(by) == pytest.approx([sum(rows)], abs=1e-9)
        assert load.in_flight(by)[0] <= tasks.count


def test_a_task_that_was_never_said_to_be_submitted_is_in_flight_while_it_runs() -> None:
    lane = Lane("serial")
    lane.apply(ev.RunStarted(t=at(0), run=1, tasks=2, workers=1))
    lane.apply(ev.Started(t=at(1), task=0, worker=0))
    lane.apply(ev.Finished(t=at(2), task=0, worker=0, start=at(1), cpu_s=1))
    lane.apply(ev.Finished(t=at(4), task=1, worker=0, start=at(3), cpu_s=1))
    moments = np.array([0.5, 1.5, 2.5, 3.5, 4.5])
    assert lane.tasks.load.in_flight(moments).tolist() == [0, 1, 0, 1, 0]
