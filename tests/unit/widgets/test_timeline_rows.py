"""Lanes with more workers than there is room for: they scroll, in groups by node."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import fabricated_race, folded
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.widgets.race.cursor import locate
from tui.widgets.race.lane_view import LaneView, window_of
from tui.widgets.race.shelf import Heading, Shelf, keys_of, rows_of_lane
from tui.widgets.race.timeline import Drawn, arrange
from tui.widgets.race.timeline_look import TimelineLook
from workloads.core import events as ev


def on_nodes(event: ev.AnyEvent) -> ev.AnyEvent:
    """Eight workers a node, and nodes in another order than workers."""
    if isinstance(event, ev.WorkerJoined) and event.lane == "ray":
        return msgspec.structs.replace(event, node=f"{7 - event.worker // 8}cafe")
    return event


EVENTS = fabricated_race(tasks=96, workers=32, reports=0, seconds=60)
RACE = folded([on_nodes(event) for event in EVENTS])
VIEWS = [LaneView(lane, 1000.0) for lane in RACE.raced()]


def drawn(look: TimelineLook, height: int = 20) -> Drawn:
    return arrange(VIEWS, window_of(VIEWS), Page(100, height, DARK), "", look)


def texts(of: Drawn) -> list[str]:
    return ["".join(segment.text for segment in line) for line in of.lines]


def workers(of: Drawn) -> list[int]:
    return [place.worker for place in of.places if place.lane == "ray" and place.worker >= 0]


@given(
    st.lists(st.integers(1, 5), max_size=5),
    st.integers(0, 30),
    st.integers(-5, 30),
    st.integers(0, 24),
)
def test_a_shelf_shows_as_many_rows_as_it_can_and_the_wanted_one(
    groups: list[int], room: int, top: int, key: int
) -> None:
    keys, number = [], 0
    for group in groups:
        keys += [-1, *range(number, number + group)]
        number += group
    shelf = Shelf(np.array(keys, np.intp), room, top)
    places = shelf.in_view()
    assert len(places) == (len(keys) if len(keys) <= room else max(room - 1, 0))
    assert all(a < b for a, b in pairwise(places))
    if places and len(places) < len(keys):
        assert keys[places[0]] == -1, "the first row names the node of those below"
    wanted = shelf.showing(key)
    if key in keys and len(wanted.in_view()) > 1:
        assert keys.index(key) in wanted.in_view()
    assert wanted.showing(key) == wanted
    assert 0 <= shelf.scrolled(3).first <= max(len(keys) - len(places), 0)


def test_workers_are_grouped_by_node() -> None:
    rows = rows_of_lane(VIEWS[1])
    heads = [row for row in rows if isinstance(row, Heading)]
    assert [(head.id, head.workers) for head in heads] == [(f"{7 - n}cafe", 8) for n in range(4)]
    assert keys_of(rows).tolist()[:10] == [-1, *range(8), -1]
    assert not any(isinstance(row, Heading) for row in rows_of_lane(VIEWS[0]))
    text = "\n".join(texts(drawn(TimelineLook(), 60)))
    assert text.count(" node ") == 4
    assert "7cafe  8 workers" in text


def test_rows_scroll_and_the_last_line_stands_for_the_others() -> None:
    top = drawn(TimelineLook())
    assert workers(top)[:3] == [0, 1, 2]
    room = len(workers(top))
    assert f"+{32 - room}" in texts(top)[-1]
    assert f" {32 - room} workers" in texts(top)[-1]
    later = drawn(TimelineLook(tops={"ray": 14}))
    assert workers(later)[0] == 13
    assert "node 1" in texts(later)[5]
    end = drawn(TimelineLook(tops={"ray": 1000}))
    assert workers(end)[-1] == 31


@pytest.mark.parametrize("height", range(6, 40, 3))
@pytest.mark.parametrize("task", [0, 17, 60, 95])
def test_the_cursors_row_is_in_view_at_any_height(height: int, task: int) -> None:
    cursor = locate(VIEWS[1], task)
    of = drawn(TimelineLook(cursor), height)
    if len(workers(of)) > 0:
        assert cursor.worker in workers(of)
        assert sum(line.startswith("▌w") for line in texts(of)) == 1


def test_without_room_there_are_workers_and_no_headings() -> None:
    assert not any("node" in line for line in texts(drawn(TimelineLook(), 9)))
    assert len(workers(drawn(TimelineLook(), 9))) > 1
