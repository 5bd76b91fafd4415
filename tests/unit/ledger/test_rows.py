"""A worker's spans, against a list of them that is searched from end to end."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.ledger.rows import RowsByNumber, WorkerRow
from workloads.ledger.tables import State


@dataclass(frozen=True)
class Span:
    start: float
    end: float
    bad: bool


@st.composite
def shuffled_spans(draw: st.DrawFn) -> list[Span]:
    """What a worker did, one thing at a time, in the order in which it became known."""
    steps = draw(
        st.lists(st.tuples(st.integers(0, 8), st.integers(1, 12), st.booleans()), max_size=60)
    )
    now, spans = 0.0, []
    for wait, length, bad in steps:
        spans.append(Span(now + wait / 4, now + (wait + length) / 4, bad))
        now += (wait + length) / 4
    return draw(st.permutations(spans)) if draw(st.booleans()) else spans


def row_of(spans: list[Span]) -> WorkerRow:
    row = WorkerRow(0)
    for number, span in enumerate(spans):
        row.begin(number, span.start, 0)
        row.close(number, span.start, span.end, State.FAILED if span.bad else State.FINISHED)
    return row


TIMES = st.lists(st.integers(-8, 400).map(lambda n: n / 8), min_size=1, max_size=30)


@given(shuffled_spans(), TIMES)
def test_busy_and_bad_are_what_counting_gives(spans: list[Span], times: list[float]):
    row = row_of(spans)
    busy = [sum(min(max(t - s.start, 0), s.end - s.start) for s in spans) for t in times]
    bad = [sum(s.bad and s.end <= t for s in spans) for t in times]
    assert row.busy_until(np.array(times)).tolist() == pytest.approx(busy)
    assert row.bad_until(np.array(times)).tolist() == bad


@given(shuffled_spans(), st.tuples(st.integers(-4, 200), st.integers(0, 100)))
def test_a_window_holds_the_spans_that_touch_it(spans: list[Span], window: tuple[int, int]):
    t0, t1 = window[0] / 4, (window[0] + window[1]) / 4
    row = row_of(spans)
    found = row.between(t0, t1)
    ordered = sorted(spans, key=lambda s: s.start)
    touching = [s for s in ordered if s.end > t0 and s.start < t1]
    assert list(zip(found.start, found.end, strict=True)) == [(s.start, s.end) for s in touching]
    assert [spans[task] for task in found.task] == touching
    if touching:
        assert found.first == ordered.index(touching[0])


@given(shuffled_spans())
def test_the_order_in_which_spans_end_changes_nothing(spans: list[Span]):
    ordered = row_of(sorted(spans, key=lambda s: s.start))
    mixed = row_of(spans)
    times = np.arange(0, 100, 0.5)
    assert mixed.count == ordered.count == len(spans)
    assert mixed.busy_until(times).tolist() == pytest.approx(ordered.busy_until(times).tolist())
    assert mixed.bad_until(times).tolist() == ordered.bad_until(times).tolist()


def test_a_span_is_open_until_it_is_closed():
    row = WorkerRow(2, pid=7)
    before = row.version
    row.begin(5, 1.0, 1)
    assert row.open == {5: (1.0, 1)}
    assert row.version > before
    before = row.version
    row.close(5, 1.0, 2.0, State.FINISHED)
    assert row.open == {}
    assert row.version > before
    assert row.count == 1


def test_nothing_done_is_nothing():
    row = WorkerRow(0)
    assert row.busy_until(np.array([0.0, 5.0])).tolist() == [0, 0]
    assert row.bad_until(np.array([0.0, 5.0])).tolist() == [0, 0]
    assert len(row.between(0, 5).start) == 0


def test_a_new_run_forgets_the_old_one():
    row = row_of([Span(n, n + 0.5, True) for n in range(40)])
    row.begin(99, 40, 0)
    version = row.version
    row.clear()
    assert (row.count, row.open) == (0, {})
    assert row.version > version
    assert row.busy_until(np.array([100.0])).tolist() == [0]
    assert row.bad_until(np.array([100.0])).tolist() == [0]


def test_memory_grows_with_the_spans_and_by_no_more_than_twice():
    for count in (17, 1000, 5000):
        row = row_of([Span(n, n + 0.5, False) for n in range(count)])
        assert row.nbytes <= 2 * 33 * count + 12 * 16


def test_workers_are_numbered_without_gaps_whatever_earlier_runs_had():
    rows = RowsByNumber()
    for worker in range(3):
        rows.join(WorkerRow(worker, pid=70 + worker))
    assert [row.worker for row in rows.numbered.values()] == [0, 1, 2]
    rows.prepare([0, 2])
    assert {number: row.pid for number, row in rows.numbered.items()} == {0: 70, 1: 72}
    assert (rows.of(2).worker, rows.number(2)) == (1, 1)
    rows.join(WorkerRow(3, pid=73))  # in place of one that was lost
    assert {number: row.pid for number, row in rows.numbered.items()} == {0: 70, 1: 72, 2: 73}
    assert [row.worker for row in rows.numbered.values()] == [0, 1, 2]
    rows.prepare([0, 1, 2])
    assert [rows.of(worker).pid for worker in range(3)] == [70, 71, 72]
    assert [row.worker for row in rows.numbered.values()] == [0, 1, 2]


def test_a_recording_that_names_no_workers_of_a_run_keeps_their_numbers():
    rows = RowsByNumber()
    rows.prepare([])
    assert (rows.of(2).worker, rows.of(0).worker) == (2, 0)
