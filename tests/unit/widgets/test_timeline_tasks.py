"""The timeline by task: a row for each, in the order of submission, with all of its life."""

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded
from tui.drawing.page import Page
from tui.drawing.task_life import LifeLook, Lost, TaskLife, draw_life
from tui.drawing.themes import DARK
from tui.drawing.time_axis import TimeAxis
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.cursor import locate, task_above
from tui.widgets.race.lane_view import LaneView, window_of
from tui.widgets.race.task_rows import life_of, tasks_in_order
from tui.widgets.race.timeline import Drawn, arrange
from tui.widgets.race.timeline_look import TimelineLook
from workloads.core import events as ev
from workloads.ledger.race import Race
from workloads.ledger.tables import State

AXIS = TimeAxis(Page(100, 1, DARK, ascii=True), (0.0, 10.0))


def life(*moments: float | None, state: int = State.FINISHED) -> str:
    now = 8.0
    lines = draw_life(TaskLife(3, state, *moments), LifeLook("ray", now), AXIS)
    return "".join(segment.text for segment in lines[0])


def fetched(event: ev.AnyEvent) -> ev.AnyEvent:
    if isinstance(event, ev.Finished):
        return msgspec.structs.replace(event, fetch_s=0.5)
    return event


EVENTS = [fetched(e) for e in fabricated_race(tasks=30, workers=3, failures=[2], retries=[5])]
RACE = folded(EVENTS)


def views_of(race: Race, t: float = 1000.0) -> list[LaneView]:
    return [LaneView(lane, min(t, lane.end_s() or t), running=lane.live) for lane in race.raced()]


def drawn(views: list[LaneView], height: int = 24, **look: object) -> Drawn:
    page = Page(110, height, DARK)
    return arrange(views, window_of(views), page, "", TimelineLook(by_task=True, **look))  # type: ignore[arg-type]


def texts(of: Drawn) -> list[str]:
    return ["".join(segment.text for segment in line) for line in of.lines]


def listed(of: Drawn, lane: str) -> list[int]:
    return [place.task for place in of.places if place.lane == lane and place.task >= 0]


def test_a_task_waits_runs_is_ready_and_is_fetched() -> None:
    line = life(1.0, 2.0, 5.0, 7.0)
    assert line[:10].strip() == ""
    assert set(line[10:20]) == {"."}
    assert set(line[20:50]) == {"="}
    assert set(line[50:70]) == {"~"}
    assert line[70:].strip() == "3.00 s  fetched +2.00 s"


def test_what_has_not_come_yet_is_not_drawn() -> None:
    assert set(life(1.0, state=State.SUBMITTED)[10:80]) == {"."}
    assert life(1.0, state=State.SUBMITTED)[80:].strip() == ""
    assert set(life(1.0, 2.0, state=State.RUNNING)[20:80]) == {">"}
    assert life(state=State.WAITING).strip() == ""
    assert set(life(1.0, 2.0, 5.0, state=State.FAILED)[20:50]) == {"X"}
    assert "s" not in life(1.0, 20.0, 21.0, 22.0)


def test_rows_are_in_the_order_of_submission_and_waiting_tasks_last() -> None:
    race = folded(EVENTS)
    lane = race.lane("ray")
    lane.apply(ev.RunStarted(t=at(100), run=2, tasks=4, workers=1))
    for second, task in ((101, 2), (102, 0)):
        lane.apply(ev.Submitted(t=at(second), task=task))
    assert tasks_in_order(LaneView(lane, 5.0)).tolist() == [2, 0, 1, 3]
    lane.apply(ev.Submitted(t=at(103), task=3))
    assert tasks_in_order(LaneView(lane, 5.0)).tolist() == [2, 0, 3, 1]


def test_each_lane_has_its_tasks_and_says_how_many_more_there_are() -> None:
    of = drawn(views_of(RACE))
    assert listed(of, "ray")[0] == 0
    hidden = 30 - len(listed(of, "ray"))
    assert f"more tasks: {hidden} below" in texts(of)[-1]
    scrolled = drawn(views_of(RACE), tops={"ray": 4})
    assert listed(scrolled, "ray")[0] == 4
    assert f"more tasks: 4 above, {hidden - 4} below" in texts(scrolled)[-1]


def test_the_cursors_task_is_in_view_on_all_lanes_and_chosen_on_one() -> None:
    views = views_of(RACE)
    of = drawn(views, cursor=locate(views[1], 21))
    assert 21 in listed(of, "ray")
    assert 21 in listed(of, "serial")
    assert sum(line.startswith("▌   21") for line in texts(of)) == 1


def test_while_a_lane_runs_its_newest_tasks_are_in_view() -> None:
    race = folded([event for event in EVENTS if event.t <= at(8.5)])
    views = views_of(race, 2.1)
    running = np.flatnonzero(race.lane("ray").tasks.state == State.RUNNING).tolist()
    assert running
    assert set(running[-2:]) <= set(listed(drawn(views, 12), "ray"))


def test_up_and_down_go_through_the_lanes_in_order() -> None:
    views = views_of(RACE)
    orders = {view.lane.name: tasks_in_order(view) for view in views}
    cursor, way = locate(views[0], int(orders["serial"][0])), []
    while cursor is not None:
        way.append((cursor.lane, cursor.task))
        cursor = task_above(views, cursor, 1, orders)  # type: ignore[assignment]
    assert way == [(name, task) for name in orders for task in orders[name].tolist()]
    last = locate(views[1], way[-1][1])
    assert task_above(views, last, -1, orders) == locate(views[1], way[-2][1])
    assert task_above(views, locate(views[1], way[30][1]), -1, orders) == locate(
        views[0], way[29][1]
    )


def test_nothing_is_known_of_a_moment_before_it_comes() -> None:
    view = next(view for view in views_of(RACE, 1.0) if view.lane.name == "ray")
    lives = [life_of(view, task) for task in range(30)]
    states = {each.state for each in lives}
    assert states == {State.FINISHED, State.FAILED, State.RUNNING, State.SUBMITTED}
    for each in lives:
        assert all(moment is None or moment <= 1.0 for moment in each[2:6])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(EVENTS)),
    st.floats(0, 8),
    st.integers(1, 130),
    st.integers(1, 30),
    st.booleans(),
    st.tuples(st.floats(0, 8), st.floats(0.001, 8)),
)
def test_any_prefix_of_a_race_can_be_drawn_by_task(
    count: int, t: float, width: int, height: int, ascii: bool, place: tuple[float, float]
) -> None:
    race, window = folded(EVENTS[:count]), TimeWindow(place[0], place[0] + place[1])
    views = [LaneView(lane, t, now=at(t), running=lane.live) for lane in race.raced()]
    if views:
        of = arrange(
            views, window, Page(width, height, DARK, ascii), "", TimelineLook(by_task=True)
        )
        assert len(of.lines) <= height
        for line in of.lines:
            assert sum(segment.cell_length for segment in line) == width


def test_an_attempt_that_was_lost_stays_in_outline_before_the_one_that_followed() -> None:
    lost = Lost(0.5, 1.0, 3.0)
    again = TaskLife(3, State.FINISHED, 3.0, 4.0, 6.0, earlier=(lost,))
    line = "".join(s.text for s in draw_life(again, LifeLook("ray", 8.0), AXIS)[0])
    assert line[12:29] == 17 * "/", "the first attempt"
    assert line[31:39] == 8 * ".", "submitted again"
    assert line[41:59] == 18 * "="
    view = next(view for view in views_of(RACE) if view.lane.name == "ray")
    attempts = view.lane.tasks.attempts(5)
    assert life_of(view, 5).earlier == (Lost(*attempts[0][:3]),)
    before = life_of(views_of(RACE, attempts[0].end - 1e-3)[1], 5)
    assert before.earlier == (Lost(*attempts[0][:2]),), "it isn't lost yet"
