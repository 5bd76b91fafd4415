"""The timeline under keys, wheel and drag: one window for all lanes, and a reason where a key can't
act.
"""

import pytest
from textual.events import MouseEvent, MouseScrollDown, MouseScrollUp

from tests.fabricate import fabricated_race
from tests.tui.staged import GO, Staged, done, notices, pi_race, settle, showing, words
from tui.app import RaytasksApp
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.scoreboard import Scoreboard
from tui.widgets.race.timeline_panel import Timeline

RACE = pi_race(tasks=24)
OVER = 1000.0


def shown(app: RaytasksApp) -> TimeWindow:
    return app.screen.query_one(Timeline).shown


def reading(app: RaytasksApp) -> str:
    """The line below the lanes."""
    return next(line for line in words(app).splitlines() if " task " in line and "  took " in line)


def wheel(app: RaytasksApp, kind: type[MouseEvent], x: int, shift: bool = False) -> None:
    timeline = app.screen.query_one(Timeline)
    timeline.post_message(kind(timeline, x, 5, 0, 0, 0, shift, False, False))


async def test_keys_zoom_and_pan_and_fit_all_lanes_at_once() -> None:
    async with showing(Staged(RACE, OVER)) as (app, pilot):
        whole, before = shown(app), words(app)
        await pilot.press("plus", "plus")
        await settle(pilot)
        zoomed = shown(app)
        assert zoomed.span == pytest.approx(whole.span / 4)
        assert zoomed.middle == pytest.approx(whole.middle)
        assert " 0 s " not in words(app).splitlines()[1]
        await pilot.press("shift+right")
        await settle(pilot)
        assert shown(app).begin == pytest.approx(zoomed.begin + zoomed.span / 4)
        await pilot.press("shift+left", "minus")
        await settle(pilot)
        assert shown(app).middle == pytest.approx(whole.middle)
        assert shown(app).span == pytest.approx(whole.span / 2)
        await pilot.press("0")
        await settle(pilot)
        assert shown(app) == whole
        assert words(app) == before


async def test_the_wheel_zooms_where_the_mouse_is_and_a_drag_pans() -> None:
    async with showing(Staged(RACE, OVER)) as (app, pilot):
        whole = shown(app)
        wheel(app, MouseScrollUp, 7)
        await settle(pilot)
        first = shown(app)
        assert first.begin < 0.1
        assert first.span == pytest.approx(0.8 * whole.span)
        wheel(app, MouseScrollDown, 7, shift=True)
        await settle(pilot)
        assert shown(app).begin > first.begin
        panned = shown(app)
        await pilot.mouse_down(Timeline, (20, 5))
        await pilot.hover(Timeline, (30, 5))
        await pilot.mouse_up(Timeline, (30, 5))
        await settle(pilot)
        assert shown(app).begin < panned.begin
        assert shown(app).span == pytest.approx(panned.span)
        wheel(app, MouseScrollDown, 7)
        await settle(pilot)
        assert shown(app) == whole


async def test_a_window_follows_the_newest_until_it_is_panned_and_again_with_f() -> None:
    session = Staged(RACE, GO + 4)
    async with showing(session) as (app, pilot):
        await pilot.press("plus", "plus")
        await settle(pilot)
        assert shown(app).holds(4)
        session.feed_to(RACE, GO + 6)
        await settle(pilot)
        assert shown(app).holds(6)
        assert not shown(app).holds(4)
        await pilot.press("shift+left")
        await settle(pilot)
        held = shown(app)
        session.feed_to(RACE, GO + 8)
        await settle(pilot)
        assert shown(app) == held
        await pilot.press("f")
        await settle(pilot)
        assert shown(app).holds(8)


async def test_a_key_that_cannot_zoom_or_pan_says_why() -> None:
    async with showing(Staged(RACE, OVER)) as (app, pilot):
        for key, why in (
            ("minus", "All of the race is shown. Press + to zoom in."),
            ("shift+left", "All of the race is shown. Press + to zoom in."),
            ("f", "Nothing is selected: the newest is followed already."),
            ("up", ""),
            ("right", "This is the last task of its worker."),
            ("down", ""),
            ("down", ""),
            ("down", "This is the last row."),
        ):
            await pilot.press(key)
            await done(app)
            assert not why or notices(app)[-1] == why
        await pilot.press("escape", "plus", *["shift+right"] * 3)
        await done(app)
        assert notices(app)[-1] == "The race ends here."
        await pilot.press(*["plus"] * 20)
        await done(app)
        assert notices(app)[-1] == "The timeline can't show a shorter time than this."


async def test_the_cursor_selects_for_the_whole_app_and_follows_its_selection() -> None:
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        assert "← → ↑ ↓ select a task" in words(app)
        await pilot.press("left")
        await settle(pilot)
        newest, lane = session.selected, session.selected_lane
        assert lane == "ray"
        assert f" task {newest} " in reading(app)
        await pilot.press("h", "h", "l")
        await settle(pilot)
        ran = session.race.lane("ray").rows[0].between(-1, OVER)
        assert session.selected == ran.task[-2]
        assert f" took {ran.end[-2] - ran.start[-2]:.3f} s " in reading(app)
        await pilot.press("k")
        await settle(pilot)
        assert session.selected_lane == "serial"
        session.select(3, "ray")
        await settle(pilot)
        assert " task 3 " in reading(app)
        assert "ref 00000000000…" in reading(app)
        await pilot.press("3")
        await settle(pilot)
        assert session.selected == 3
        await pilot.press("1", "escape")
        await settle(pilot)
        assert session.selected is None
        assert "select a task" in words(app)


async def test_tab_shows_the_same_task_on_the_next_lane() -> None:
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        session.select(7, "serial")
        await settle(pilot)
        for lane in ("ray", "serial"):
            await pilot.press("tab")
            await settle(pilot)
            assert (session.selected, session.selected_lane) == (7, lane)
            assert f" {lane[0].upper()}  w" in reading(app)
        alone = Staged(fabricated_race(tasks=8, lanes=("ray",)), OVER)
    async with showing(alone) as (app, pilot):
        await pilot.press("right", "tab")
        await done(app)
        assert notices(app) == ["No other lane has run this task."]


async def test_a_zoomed_window_goes_where_the_cursor_goes() -> None:
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await pilot.press(*["plus"] * 4)
        session.select(0, "serial")
        await settle(pilot)
        assert shown(app).begin < float(session.race.lane("serial").tasks.end[0])
        await pilot.press(*["right"] * 12)
        await settle(pilot)
        tasks = session.race.lane("serial").tasks
        assert session.selected == 12
        assert shown(app).holds(float(tasks.start[12] + tasks.end[12]) / 2)


async def test_a_click_selects_and_a_drag_does_not() -> None:
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        row = next(y for y, line in enumerate(words(app).splitlines()) if line.startswith(" w0"))
        await pilot.click(Timeline, offset=(30, row - 1))
        await settle(pilot)
        assert session.selected_lane == "serial"
        time = shown(app).begin + (30.5 - 7) / (app.screen.query_one(Timeline).size.width - 7) * (
            shown(app).span
        )
        tasks = session.race.lane("serial").tasks
        assert session.selected is not None
        assert tasks.start[session.selected] <= time <= tasks.end[session.selected]
        session.select(None)
        await pilot.press("plus")
        await pilot.mouse_down(Timeline, (30, row - 1))
        await pilot.hover(Timeline, (20, row - 1))
        await pilot.mouse_up(Timeline, (20, row - 1))
        await settle(pilot)
        assert session.selected is None


async def test_two_marks_measure_what_lies_between() -> None:
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await pilot.press("M")
        await done(app)
        assert notices(app) == ["Select a task first: ← →."]
        for task in (2, 6):
            session.select(task, "serial")
            await settle(pilot)
            await pilot.press("M")
            await settle(pilot)
        tasks = session.race.lane("serial").tasks
        line = next(line for line in words(app).splitlines() if "A–B" in line)
        assert f"A–B {tasks.end[6] - tasks.start[2]:.2f} s" in line
        assert "S  5 tasks ended" in line
        assert app.screen.query_one(Timeline).marks == (tasks.start[2], tasks.end[6])
        await pilot.press("escape")
        await settle(pilot)
        assert "A–B" not in words(app)
        assert session.selected == 6


async def test_while_zoomed_a_map_shows_the_whole_and_takes_the_mouse() -> None:
    async with showing(Staged(RACE, OVER)) as (app, pilot):
        assert not any(line.startswith(" map") for line in words(app).splitlines())
        await pilot.press(*["plus"] * 3)
        await settle(pilot)
        row = next(line for line in words(app).splitlines() if line.startswith(" map"))
        assert row.count("▐") == row.count("▌") == 1
        before = shown(app)
        await pilot.mouse_down(Timeline, (10, 0))
        await settle(pilot)
        assert shown(app).begin == 0.0
        await pilot.hover(Timeline, (60, 0))
        await pilot.mouse_up(Timeline, (60, 0))
        await settle(pilot)
        assert shown(app).begin > before.begin
        assert shown(app).span == pytest.approx(before.span)


async def test_more_workers_than_lines_scroll_under_keys_and_cursor() -> None:
    events = fabricated_race(tasks=96, workers=32, reports=0)
    session = Staged(events, OVER)
    async with showing(session, (80, 24)) as (app, pilot):
        assert " w0 " in words(app)
        assert " w9 " not in words(app)
        await pilot.press(*["shift+down"] * 9)
        await settle(pilot)
        assert " w9 " in words(app)
        await pilot.press(*["shift+up"] * 9)
        await settle(pilot)
        assert " w9 " not in words(app)
        await pilot.press(*["down"] * 10)
        await settle(pilot)
        assert "▌w9 " in words(app)


async def test_y_shows_a_row_for_each_task_and_back() -> None:
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        before = words(app)
        await pilot.press("y")
        await settle(pilot)
        assert "      2 " in words(app)
        await pilot.press("down")
        await settle(pilot)
        newest = session.selected
        assert f"▌   {newest}" in words(app)
        await pilot.press("up")
        await settle(pilot)
        assert session.selected == (newest or 0) - 1
        row = next(y for y, line in enumerate(words(app).splitlines()) if "   20" in line[:7])
        await pilot.click(Timeline, offset=(30, row - 1))
        await settle(pilot)
        assert session.selected == 20
        await pilot.press("escape", "y")
        await settle(pilot)
        assert words(app) == before


async def test_m_shows_the_timeline_alone_and_back() -> None:
    async with showing(Staged(RACE, OVER), (200, 60)) as (app, pilot):
        before, timeline = words(app), app.screen.query_one(Timeline)
        await pilot.press("m")
        await settle(pilot)
        assert timeline.size.width == 200
        assert timeline.size.height > 50
        assert not any(board.region for board in app.screen.query(Scoreboard))
        await pilot.press("m")
        await settle(pilot)
        assert words(app) == before
        await pilot.press("m", "escape")
        await settle(pilot)
        assert words(app) == before
