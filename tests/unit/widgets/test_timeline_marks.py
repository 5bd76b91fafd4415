"""Marks on the time axis, what lies between them, and the mini-map, as text."""

import numpy as np
import pytest

from tests.fabricate import at, fabricated_race, folded
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.marks import Marks, marked
from tui.widgets.race.overview import busy_share, draw_map
from tui.widgets.race.timeline import draw_timeline
from tui.widgets.race.timeline_look import TimelineLook

RACE = folded(fabricated_race(tasks=24, workers=3))
VIEWS = [LaneView(lane, 1000.0, ideal=bound) for lane, bound in zip(RACE.raced(), (None, 5.0))]  # noqa: B905


def drawn(marks: Marks, window: TimeWindow, width: int = 107, ascii: bool = False) -> list[str]:
    page, look = Page(width, 20, DARK, ascii), TimelineLook(marks=marks)
    lines = draw_timeline(VIEWS, window, page, "", look)
    assert all(sum(segment.cell_length for segment in line) == width for line in lines)
    return ["".join(segment.text for segment in line) for line in lines]


def test_marks_are_set_at_a_start_then_at_an_end_then_anew() -> None:
    first = marked((), 1.0, 2.0)
    assert first == (1.0,)
    assert marked(first, 3.0, 4.0) == (1.0, 4.0)
    assert marked(first, 1.0, 2.0) == (1.0, 2.0)
    assert marked((3.0,), 1.0, 2.0) == (3.0, 1.0)
    assert marked((1.0, 4.0), 5.0, 6.0) == (5.0,)


def test_the_axis_has_the_marks_and_the_time_between_and_the_bound_steps_aside() -> None:
    lines = drawn((2.0, 4.5), TimeWindow(0.0, 10.0))
    axis = lines[1]
    assert axis[7 + 20] == "A"
    assert axis[7 + 45] == "B"
    assert " 2.50 s " in axis
    assert "lower bound" in axis
    assert axis.index("lower bound") > 7 + 45 or axis.index("lower bound") + 20 < 7 + 20
    ended = [int(np.diff(lane.tasks.load.ended(np.array([2.0, 4.5])))[0]) for lane in RACE.raced()]
    for letter, count in zip("SR", ended, strict=True):
        assert f" {letter}  {count} tasks ended" in lines[-1]


@pytest.mark.parametrize("marks", [(1.0,), (9.0, 1.0), (-5.0, 50.0), (4.0, 4.0)])
@pytest.mark.parametrize("width", [1, 8, 9, 20, 60, 107])
@pytest.mark.parametrize("ascii", [False, True])
def test_no_marks_and_no_size_break_it(marks: Marks, width: int, ascii: bool) -> None:
    for window in (TimeWindow(0.0, 10.0), TimeWindow(3.0, 3.5)):
        text = "".join(drawn(marks, window, width, ascii))
        assert text.isascii() or not ascii


def test_the_map_shows_how_busy_a_lane_was_and_what_is_shown_of_it() -> None:
    ray, whole = VIEWS[1], TimeWindow(0.0, 10.0)
    share = busy_share(ray, np.linspace(0, 10, 101))
    rows = ray.lane.rows.values()
    ran = sum(float((s.end - s.start).sum()) for s in (row.between(-1, 99) for row in rows))
    assert share.sum() * 0.1 * 3 == pytest.approx(ran)
    line = draw_map(ray, whole, TimeWindow(2.0, 4.0), Page(100, 1, DARK))
    text = "".join(segment.text for segment in line)
    assert (text[19], text[40]) == ("▐", "▌")
    assert text.strip("▐▌ ")[:10] == "█" * 10
    assert text.endswith(" " * 40)
    tiny = draw_map(ray, whole, TimeWindow(9.999, 10.0), Page(10, 1, DARK, ascii=True))
    assert "".join(segment.text for segment in tiny)[8] == "["


def test_running_tasks_are_on_the_map() -> None:
    race = folded(fabricated_race(tasks=4, until=8.0))
    view = next(v for v in [LaneView(lane, 1.5, now=at(8.0)) for lane in race.raced()])
    assert view.lane.running
    assert busy_share(view, np.linspace(0, 3, 31))[12:15] == pytest.approx([1.0, 1.0, 1.0])
    assert busy_share(view, np.linspace(0, 3, 31))[15:].max() == 0
