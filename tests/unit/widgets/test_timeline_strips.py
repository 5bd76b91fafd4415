"""The strips below a lane's rows: cores in use and tasks in flight, over time."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.widgets.race.lane_view import LaneView, window_of
from tui.widgets.race.layout import Extras, lay_out
from tui.widgets.race.strips import strips_of
from tui.widgets.race.timeline import arrange
from tui.widgets.race.timeline_look import TimelineLook
from workloads.core import events as ev


def half_idle(event: ev.AnyEvent) -> ev.AnyEvent:
    """Tasks that used a core half of their time."""
    if isinstance(event, ev.Finished):
        return msgspec.structs.replace(event, cpu_s=(event.t - event.start) / 2e9)
    return event


EVENTS = [half_idle(event) for event in fabricated_race(tasks=24, workers=3)]
RACE = folded(EVENTS)


def view_of(name: str, t: float = 1000.0, until: float = 1e6) -> LaneView:
    race = RACE
    if until < 1e6:
        race = folded([event for event in EVENTS if event.t <= at(until)])
    return LaneView(race.lane(name), t, running=race.lane(name).live)


def test_cores_are_the_cpu_time_of_tasks_and_not_busy_workers() -> None:
    cores, flying = strips_of(view_of("ray"), (0.0, 3.0), 30)
    assert cores.means[5:25] == pytest.approx([1.5] * 20, abs=0.06)
    assert cores.most == 3
    assert cores.words == "at most 1.5 cores"
    assert cores.open == 0
    assert (np.diff(flying.means) <= 1e-9).all(), "all were submitted at once, and end one by one"
    assert flying.words == "at most 24 in flight"
    alone, one = strips_of(view_of("serial"), (0.0, 3.0), 30)
    assert alone.means == pytest.approx([0.5] * 30, abs=0.06)
    assert one.words == "at most 1 in flight"


def test_what_running_tasks_use_is_not_measured_yet() -> None:
    view = view_of("ray", 2.0, until=8.4)
    first = min(start for row in view.lane.rows.values() for start, _ in row.open.values())
    cores, _ = strips_of(view, (0.0, 4.0), 40)
    assert 40 - cores.open == int(first * 10)


def drawn(height: int, **look: object) -> list[str]:
    views = [view_of("serial"), view_of("ray")]
    page = Page(110, height, DARK)
    look_of = TimelineLook(**look)  # type: ignore[arg-type]
    of = arrange(views, window_of(views), page, "", look_of)
    return ["".join(segment.text for segment in line) for line in of.lines]


def test_they_are_there_where_height_allows() -> None:
    assert sum(line.startswith((" cores", "flight")) for line in drawn(40)) == 4
    assert not any(line.startswith(" cores") for line in drawn(12))
    assert sum(line.startswith(" cores") for line in drawn(40, by_task=True)) == 2
    assert any("at most 1.5 cores" in line for line in drawn(40))


def test_strips_come_before_the_tallest_rows_and_after_tall_ones() -> None:
    for height in range(4, 40):
        plain, both = lay_out([1, 3], height), lay_out([1, 3], height, Extras(0, 4))
        if both.strips:
            assert both.tall > 1 or height - 4 >= 24
            assert both.rows == plain.rows
        else:
            assert both == plain
    assert lay_out([1, 3], 40, Extras(2, 4)).strips
    assert lay_out([1, 3], 40, Extras(2, 4)).drivers


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, len(EVENTS)),
    st.floats(0, 8),
    st.tuples(st.floats(0, 8), st.floats(0.001, 8)),
    st.integers(1, 100),
)
def test_strips_of_any_prefix_are_finite_and_within_their_most(
    count: int, t: float, place: tuple[float, float], columns: int
) -> None:
    race = folded(EVENTS[:count])
    for lane in race.raced():
        for strip in strips_of(LaneView(lane, t), (place[0], place[0] + place[1]), columns):
            assert np.isfinite(strip.means).all()
            assert (strip.means <= strip.most * (1 + 1e-6)).all()
            assert 0 <= strip.open <= columns
