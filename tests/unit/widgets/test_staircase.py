"""The staircase of a counter as text: steps climb, a restart falls back, no size breaks it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate_actors import CALL_S, counter_race
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.widgets.actors.fold import CounterFold
from tui.widgets.actors.staircase import CounterLane, draw_staircase, lane_sentence
from workloads.core import events as ev


def fold(events: list[ev.AnyEvent]) -> CounterFold:
    made = CounterFold()
    for event in events:
        made.apply(event)
    return made


def lane(calls: int, t: float | None = None, **more: int) -> CounterLane:
    return CounterLane("ray", fold(counter_race(calls=calls, **more)), t or CALL_S * calls)  # type: ignore[arg-type]


def drawn(lanes: list[CounterLane], width: int, height: int, ascii: bool = False) -> list[str]:
    lines = draw_staircase(lanes, Page(width, height, DARK, ascii))
    return ["".join(segment.text for segment in line) for line in lines]


def test_each_call_is_a_step() -> None:
    stairs = drawn([lane(4)], 8, 6)[1:5]
    assert [row.rstrip() for row in stairs] == [
        "       █",
        "     ███",
        "   █████",
        " ███████",
    ]


def test_a_restart_falls_back_to_the_ground_and_is_marked() -> None:
    (row,) = drawn([lane(4, restart_after=2)], 8, 3)[1:2]
    assert row == " ▂▂ ↻▂▂▄"
    (row,) = drawn([lane(4, restart_after=2)], 8, 3, ascii=True)[1:2]
    assert row == " __ R__#"


def test_the_total_at_a_moment_is_that_of_the_last_call_before_it() -> None:
    counter = lane(4, restart_after=2).fold
    moments = np.array([0.0, 0.6, 1.2, 1.6, 1.9])
    assert counter.steps(1.7, moments)[:4].tolist() == [0, 1, 0, 1]
    assert np.isnan(counter.steps(1.7, moments)[4])


def test_the_sentence_says_what_the_calls_returned() -> None:
    assert lane_sentence(lane(6, restart_after=4)) == (
        "counted 2 in 6 calls: restarted empty after call 4; all on w0 and w1, waited up to 2.50 s"
    )
    running = lane(6, t=0.6, until=1)
    assert lane_sentence(running) == "counted 1 in 1 call; all on w0, 4 wait"
    assert lane_sentence(CounterLane("ray", CounterFold(), 1.0)) == "no call yet"


@pytest.mark.parametrize("result", [None, 3, {"total": "many"}, {"total": 1 << 80}, {"x": 1}])
def test_results_of_another_kind_are_left_out(result: object) -> None:
    counter = CounterFold()
    counter.apply(ev.RunStarted(t=0, run=1, tasks=1, workers=1))
    counter.apply(ev.Submitted(t=0, task=0, actor="Counter", call=1))
    counter.apply(ev.Finished(t=9, task=0, worker=0, start=0, cpu_s=0, result=result))
    assert not len(counter.totals_until(1.0)[1])


@settings(max_examples=40)
@given(
    st.integers(1, 200), st.integers(1, 40), st.integers(0, 30), st.integers(0, 9), st.booleans()
)
def test_it_fits_any_size(width: int, height: int, calls: int, restart: int, ascii: bool) -> None:
    lanes = [lane(calls, restart_after=restart), lane(1), CounterLane("serial", CounterFold(), 0.0)]
    lines = drawn(lanes, width, height, ascii)
    assert len(lines) <= height
    assert all(len(line) == width for line in lines)
    assert not ascii or "".join(lines).isascii()
