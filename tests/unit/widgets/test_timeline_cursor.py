"""The timeline's cursor and what it reads, over races that never ran."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.cursor import Columns, Cursor, above, beside, locate, on_row, span_of, start
from tui.widgets.race.lane_view import LaneView, window_of
from tui.widgets.race.reading import draw_reading, read
from tui.widgets.race.timeline import TimelineLook, arrange, draw_timeline
from workloads.ledger.race import Race
from workloads.ledger.tables import State

WIDE = Columns(0.0, 0.01, 2000)
"""An axis on which every task is drawn by itself."""


def views_of(race: Race, t: float = 1000.0) -> list[LaneView]:
    return [LaneView(lane, min(t, lane.end_s() or t)) for lane in race.raced()]


def walk(views: list[LaneView], cursor: Cursor, by: int, columns: Columns) -> list[Cursor]:
    """The cursors from this one to the end of its row."""
    way = [cursor]
    while following := beside(views, way[-1], by, columns):
        way.append(following)
    return way


def text(reading: object, width: int) -> str:
    line = draw_reading(reading, Page(width, 1, DARK))  # type: ignore[arg-type]
    return "".join(segment.text for segment in line).rstrip()


RETRIED = folded(fabricated_race(tasks=12, workers=3, failures=[2], retries=[5]))


def test_the_cursor_visits_every_span_of_a_row_in_order_and_back() -> None:
    views = views_of(RETRIED)
    row = RETRIED.lane("ray").rows[0]
    first = on_row(views, "ray", 0, 0.0)
    assert first is not None
    way = walk(views, first, 1, WIDE)
    assert [cursor.task for cursor in way] == row.between(-1, 1000).task.tolist()
    assert [each.task for each in walk(views, way[-1], -1, WIDE)] == [
        each.task for each in reversed(way)
    ]


def test_both_attempts_of_a_task_can_be_read() -> None:
    views = views_of(RETRIED)
    lane = RETRIED.lane("ray")
    rows = [n for n in lane.rows if 5 in lane.rows[n].between(-1, 1000).task]
    assert len(rows) == 2
    states = set()
    for worker in rows:
        spans = lane.rows[worker].between(-1, 1000)
        index = spans.task.tolist().index(5)
        cursor = on_row(views, "ray", worker, float(spans.start[index] + spans.end[index]) / 2)
        assert cursor is not None
        reading = read(views, cursor, WIDE)
        assert reading is not None
        assert reading.worker == worker
        states.add((reading.state, reading.attempt))
    assert states == {(State.RETRYING, 0), (State.FINISHED, 1)}


def test_it_climbs_from_row_to_row_at_one_moment() -> None:
    views = views_of(folded(fabricated_race(tasks=40, workers=4)))
    cursor = on_row(views, "serial", 0, 2.0)
    assert cursor is not None
    places = []
    while cursor is not None:
        span = span_of(next(v for v in views if v.lane.name == cursor.lane), cursor)
        assert span is not None
        assert span.start <= 2.0 <= span.end or cursor.t != 2.0
        places.append((cursor.lane, cursor.worker))
        cursor = above(views, cursor, 1)
    assert places == [("serial", 0), *(("ray", n) for n in range(4))]


def test_where_spans_are_too_thin_it_goes_from_cell_to_cell_and_says_how_many_there_are() -> None:
    race = folded(fabricated_race(tasks=4000, workers=2, reports=0))
    views, columns = views_of(race), Columns(0.0, 0.1, 100)
    first = on_row(views, "ray", 0, 0.0)
    assert first is not None
    way = walk(views, first, 1, columns)
    cells = [cursor.t // 0.1 for cursor in way]
    assert all(a < b for a, b in pairwise(cells))
    assert len(way) < 100
    row = race.lane("ray").rows[0]
    for cursor in way[5:8]:
        reading = read(views, cursor, columns)
        assert reading is not None
        begin, end = columns.around(cursor.t)
        assert reading.share == len(row.between(begin, end).task) > 10
        assert f"one of {reading.share} tasks in this cell" in text(reading, 200)
        assert f"{reading.share} tasks" in text(reading, 70)
    back = walk(views, way[-1], -1, columns)
    assert len(back) >= len(way) - 1


def test_a_task_of_another_screen_is_found_and_one_that_has_not_started_too() -> None:
    race = folded(fabricated_race(tasks=16, until=9.0))
    view = next(view for view in views_of(race, 2.6) if view.lane.name == "ray")
    assert locate(view, 0).worker >= 0
    waiting = locate(view, 15)
    assert waiting.worker == -1
    reading = read([view], waiting, WIDE)
    assert reading is not None
    assert reading.start is None
    assert "task 15  ○ submitted" in text(reading, 100)


def test_a_running_task_has_no_end_yet() -> None:
    race = folded(fabricated_race(tasks=16, until=9.0))
    views = views_of(race, 2.6)
    cursor = start(views, 2.6)
    assert cursor is not None
    reading = read(views, cursor, WIDE)
    assert reading is not None
    assert reading.state == State.RUNNING
    assert reading.end is None
    assert "● running" in text(reading, 100)


@pytest.mark.parametrize("width", range(1, 140, 7))
def test_a_short_read_out_keeps_the_task(width: int) -> None:
    views = views_of(RETRIED)
    cursor = locate(views[1], 3)
    reading = read(views, cursor, WIDE)
    line = text(reading, width)
    assert len(line) <= width
    if width >= 14:
        assert "task 3" in line


def test_the_chosen_task_is_marked_in_its_row_and_read_below() -> None:
    views = views_of(RETRIED)
    cursor = locate(views[1], 3)
    page, window = Page(120, 24, DARK), window_of(views)
    plain = draw_timeline(views, window, page)
    drawn = arrange(views, window, page, "", TimelineLook(cursor))
    assert len(drawn.lines) == 24
    texts = ["".join(segment.text for segment in line) for line in drawn.lines]
    assert sum(line.startswith("▌w") for line in texts) == 1
    assert "task 3" in texts[-1]
    assert drawn.places[-1].part == "reading"
    chosen = next(y for y, line in enumerate(texts) if line.startswith("▌w"))
    assert drawn.places[chosen].worker == cursor.worker
    white = [s for s in drawn.lines[chosen] if s.style and s.style.bgcolor.name == DARK.text]  # type: ignore[union-attr]
    assert any("3" in segment.text for segment in white)
    assert not any(
        segment.style and segment.style.bgcolor and segment.style.bgcolor.name == DARK.text
        for line in plain
        for segment in line
    )


EVENTS = fabricated_race(tasks=12, workers=3, failures=[2], retries=[5], reports=1)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(EVENTS)),
    st.floats(0, 8),
    st.integers(0, 11),
    st.sampled_from(["serial", "ray", "none"]),
    st.builds(Page, st.integers(1, 130), st.integers(1, 30), st.just(DARK)),
    st.tuples(st.floats(0, 8), st.floats(0.001, 8)),
)
def test_any_task_of_any_prefix_of_a_race_can_be_chosen(
    count: int, t: float, task: int, name: str, page: Page, place: tuple[float, float]
) -> None:
    race, window = folded(EVENTS[:count]), TimeWindow(place[0], place[0] + place[1])
    views = [LaneView(lane, t, now=at(t)) for lane in race.raced()]
    for view in views:
        if view.lane.name == name and task < view.lane.tasks.count:
            cursor = locate(view, task)
            for line in draw_timeline(views, window, page, "", TimelineLook(cursor, "hint")):
                assert sum(segment.cell_length for segment in line) == page.width
            columns = Columns(window.begin, window.span / page.width, page.width)
            for other in (beside(views, cursor, 1, columns), above(views, cursor, -1)):
                assert other is None or read(views, other, columns) is not None
