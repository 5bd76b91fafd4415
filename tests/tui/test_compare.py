"""The Compare screen as a person sees it: a sweep as it grows, its cursor, the sheet that begins one, and replays."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, Static

from tests.fabricate import START, at
from tests.fabricate_sweeps import cancelled_at, fabricated_sweep
from tests.tui.staged import (
    Held,
    Staged,
    colours,
    prose,
    resize,
    settle,
    showing,
    strips,
    told,
    watching,
    words,
)  # fmt: skip
from tests.tui.test_screens import CONTROL, SIZES
from tui.app import RaytasksApp
from tui.screens.compare import CompareScreen, SweepSheet
from tui.session import Replay
from tui.themes import CONTRAST, DARK, LIGHT
from tui.widgets.chart import ChartView
from workloads import events as ev
from workloads.sweep import Sweep


def of_pi(events: Sequence[ev.AnyEvent]) -> list[ev.AnyEvent]:
    """The sweep as one of π, on the machine of all these tests."""
    return [
        msgspec.structs.replace(event, workload="pi", host={"logical_cpus": 2, "physical_cpus": 2})
        if isinstance(event, ev.RaceOpened)
        else event
        for event in events
    ]


SWEEP = of_pi(fabricated_sweep((10, 20, 30, 40, 50)))
FAILING = of_pi(fabricated_sweep((10, 20, 30), failing=[20]))
RAY_STARTS = [(event.t - START) / 1e9 for event in SWEEP if isinstance(event, ev.RunStarted) and event.lane == "ray"]
MIDWAY, OVER = RAY_STARTS[2] + 3.0, 1000.0
"""Moments of SWEEP: two points are measured, Ray is at the third, serial has done it; all is over."""

MOMENTS = {
    "midway": lambda: watching(SWEEP, MIDWAY),
    "finished": lambda: watching(SWEEP, OVER),
    "cancelled": lambda: watching(cancelled_at(SWEEP, MIDWAY), OVER),
}


class Swept(Staged):
    """A staged session that notes the sweeps asked of it too."""

    def start_sweep(self, sweep: Sweep) -> None:
        self.asked.append(f"sweep {sweep.plan.workload} {sweep.values}")


async def compare(app: RaytasksApp, pilot: Any) -> CompareScreen:
    await pilot.press("4")
    await settle(pilot)
    assert isinstance(app.screen, CompareScreen)
    return app.screen


def read_outs(app: RaytasksApp) -> list[str]:
    """What each chart tells of its point, and the row of the table that the cursor marks."""
    lines = [line for line in words(app).splitlines()[1:-1] if line.strip()]
    charts = next(" ".join(line.split()) for line in lines if line.lstrip().startswith("tasks ") and "S" in line)
    return [charts, *(" ".join(line.strip("▌ ").split()) for line in lines if line.startswith("▌"))]


# -- what it looks like --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_look(moment: str, size: tuple[int, int], screens: SnapshotAssertion):
    async with showing(MOMENTS[moment](), size) as (app, pilot):
        await compare(app, pilot)
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        assert words(app) == screens


async def test_without_a_sweep_it_says_what_it_is_for():
    async with showing(Staged(), (80, 24)) as (app, pilot):
        await compare(app, pilot)
        assert "Nothing has been swept yet: v races in batches of growing size" in prose(app)
        assert "v Sweep" in words(app).splitlines()[-1]
        assert "← → Points" not in words(app)
        assert "Space starts the race." in prose(app)
        await pilot.press("left", "right")


async def test_points_come_as_races_end():
    session = Staged()
    ends = [(event.t - START) / 1e9 for event in SWEEP if isinstance(event, ev.RaceEnded)]
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        for number, end in enumerate(ends, 1):
            session.feed_to(SWEEP, end)
            await settle(pilot)
            over = number == len(ends)
            assert ("The sweep is over: Ray was up to " if over else f"Sweep: {number} of 5 points") in prose(app)
            assert words(app).count("▐S▌") == number
            assert words(app).count("▐R▌") == 2 * number


async def test_a_value_without_an_answer_says_why_and_breaks_the_line():
    async with showing(watching(FAILING, OVER)) as (app, pilot):
        await compare(app, pilot)
        assert "At 20 tasks – Serial: 1 task failed. Ray: 1 task failed. v sweeps again." in prose(app)
        charts = "".join(strip.text for strip in strips(app)[3:30])
        assert "▐R▌" in charts
        assert not any(0x2800 < ord(char) < 0x2900 for char in charts)


async def test_a_theme_colours_everything():
    async with showing(watching(SWEEP, MIDWAY)) as (app, pilot):
        await compare(app, pilot)
        await pilot.press("left")
        for palette in (DARK, LIGHT, CONTRAST):
            await settle(pilot)
            assert app.theme == palette.name
            inks, grounds = colours(app)
            assert {palette.background, palette.panel, palette.serial, palette.ray} <= grounds
            assert {palette.text, palette.dim, palette.serial, palette.ray, palette.accent} <= inks
            for other in {DARK, LIGHT, CONTRAST} - {palette}:
                assert not ({other.background, other.panel} - {palette.background, palette.text}) & grounds
            await pilot.press("T")


async def test_ascii_draws_it_with_nothing_else():
    for session in (MOMENTS["midway"](), watching(FAILING, OVER), Replay(SWEEP, Held(0))):
        async with showing(session, ascii=True) as (app, pilot):
            await compare(app, pilot)
            await pilot.press("left")
            await settle(pilot)
            assert [line for line in words(app).splitlines() if not line.isascii()] == []


# -- the cursor ----------------------------------------------------------------------------------------


async def test_arrows_move_the_cursor_in_charts_and_table():
    async with showing(watching(SWEEP, OVER)) as (app, pilot):
        await compare(app, pilot)
        points = {point.value: point for point in app.session.sweep.points}
        assert "← → Points" in words(app)
        assert len(read_outs(app)) == 1
        for key, value in (("left", 50), ("h", 40), ("left", 30), ("right", 40), ("l", 50), ("right", 50)):
            await pilot.press(key)
            await settle(pilot)
            charts, row = read_outs(app)
            serial, ray, gained = (
                points[value].seconds["serial"],
                points[value].seconds["ray"],
                points[value].speedup["ray"],
            )
            assert (
                f"tasks {value} S serial {serial:.3g} s R Ray {ray:.3g} s tasks {value} R Ray {gained:.3g}×" in charts
            )
            assert row.split()[0] == str(value)
            assert row.split()[-1] == f"{gained:.2f}×"
        for _ in range(6):
            await pilot.press("left")
        await settle(pilot)
        assert read_outs(app)[1].split()[0] == "10"


async def test_both_charts_stand_at_the_same_value():
    # Ray has no answer at 20: one chart has a point there, and the other hasn't.
    events = [
        msgspec.structs.replace(event, status="failed", answer=None)
        if isinstance(event, ev.RunEnded) and event.lane == "ray" and number == 1
        else event
        for number, event in _numbered(SWEEP)
    ]
    async with showing(watching(events, OVER)) as (app, pilot):
        await compare(app, pilot)
        for _ in range(4):
            await pilot.press("left")
        await settle(pilot)
        charts, row = read_outs(app)
        assert row.split()[0] == "20"
        assert charts.startswith("tasks 20 S serial 10.1 s R Ray ")
        times, gains = app.screen.query(ChartView)
        assert times.cursor == gains.cursor == 20


def _numbered(events: Sequence[ev.AnyEvent]) -> Any:
    """Each event with the number of races that had ended before it."""
    over = 0
    for event in events:
        yield over, event
        over += isinstance(event, ev.RaceEnded)


async def test_the_cursor_stays_while_points_come_and_leaves_with_its_sweep():
    session = Staged(SWEEP, MIDWAY)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        await pilot.press("left", "left")
        await settle(pilot)
        assert read_outs(app)[1].startswith("10 ")
        session.feed_to(SWEEP, OVER)
        await settle(pilot)
        assert read_outs(app)[1].startswith("10 ")
        await pilot.press("1", "4")
        await settle(pilot)
        assert read_outs(app)[1].startswith("10 ")
        for event in of_pi(fabricated_sweep((10, 20))):
            session.apply(event)
        await settle(pilot)
        assert len(read_outs(app)) == 1
        assert "▌" not in "".join(line[0] for line in words(app).splitlines() if line)


async def test_a_resize_keeps_the_cursor():
    async with showing(watching(SWEEP, OVER)) as (app, pilot):
        await compare(app, pilot)
        await pilot.press("left", "left")
        await settle(pilot)
        before = words(app)
        for size in ((80, 24), (60, 16), (200, 60), (30, 8), (120, 40)):
            await resize(pilot, *size)
        assert words(app) == before


# -- the sheet, and the keys ---------------------------------------------------------------------------


async def test_v_opens_the_sheet_and_enter_begins_the_sweep():
    session = Swept()
    async with showing(session) as (app, pilot):
        await pilot.press("v")
        await pilot.pause()
        sheet = app.screen
        assert isinstance(sheet, SweepSheet)
        assert "Sweep of π by Monte Carlo" in words(app)
        field, wrong = sheet.query_one(Input), sheet.query_one("#wrong", Static)
        assert field.value == "10,20,30,40,50"
        assert field.has_focus
        field.value = ""
        for typed, said in (
            ("2,,x", "tasks takes a whole number between 1 and 100,000, not “x”."),
            ("2,0", "tasks must lie between 1 and 100,000, not 0."),
            ("2,2", "Each batch can be swept once: “2,2” names one twice."),
            ("[b]", "tasks takes a whole number between 1 and 100,000, not “[b]”."),
            ("", "Batches are 1 to 100 numbers of tasks such as 10,20,30, not “”."),
        ):
            field.value, field.cursor_position = f"{typed}1", len(typed) + 1
            await pilot.press("backspace")
            await pilot.pause()
            assert str(wrong.content) == said
            assert said in words(app)
            assert field.has_class("-bad")
            await pilot.press("enter")
            await pilot.pause()
            assert app.screen is sheet
        await pilot.press("escape")
        await pilot.pause()
        assert app.current_mode == "race"
        assert session.asked == ["open"]
        await pilot.press("v")
        await pilot.pause()
        sheet = app.screen
        field, wrong = sheet.query_one(Input), sheet.query_one("#wrong", Static)
        assert "Enter begins   Esc leaves" in words(app)
        field.value, field.cursor_position = "2,4", 3
        await pilot.press(",", "8")
        await pilot.pause()
        assert str(wrong.content) == ""
        assert not field.has_class("-bad")
        await pilot.press("enter")
        await settle(pilot)
        assert session.asked == ["open", "sweep pi (2, 4, 8)"]
        assert app.current_mode == "compare"


async def test_a_sweep_asked_for_on_the_command_line_begins_on_its_screen():
    session = Swept()
    app = RaytasksApp(lambda: session, sweep=Sweep("batches", "tasks", (1, 2), session.plan))
    async with app.run_test() as pilot, asyncio.timeout(60):
        while not (opened(app, "race") and app.current_mode == "compare"):
            await pilot.pause()
        assert session.asked == ["open", "sweep pi (1, 2)"]


def opened(app: RaytasksApp, mode: str) -> bool:
    """Whether that screen was made; the race's is the last of all."""
    with suppress(KeyError):
        return bool(app.get_screen_stack(mode))
    return False


async def test_x_ends_a_sweep_and_v_says_why_not_now():
    session = Swept(SWEEP, MIDWAY)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        # Serial keeps its time while Ray runs, whatever its ghost is doing.
        serial = session.race.lane("serial").wall_s
        row = next(line.split() for line in words(app).splitlines() if line.startswith("    30  "))
        assert row == ["30", f"{serial:.1f}", "s", "3.00", "s", "●"]
        assert "Sweep: 2 of 5 points measured; now 30 tasks, Ray runs. x ends it." in prose(app)
        await pilot.press("v", "s", "r")
        assert told(app) == ["A race is running: x ends it."] * 3
        assert app.current_mode == "compare"
        await pilot.press("x")
        assert session.asked == ["open", "cancel"]
        for event in cancelled_at(SWEEP, MIDWAY)[-3:]:
            session.apply(event)
        await settle(pilot)
        assert "The sweep ended early: Ray was up to " in prose(app)
        assert "v sweeps again." in prose(app)
        assert "30" in words(app)
        await pilot.press("x")
        assert told(app)[3:] == ["No race is running."]


async def test_between_two_races_the_sweep_goes_on():
    end = next((event.t - START) / 1e9 for event in SWEEP if isinstance(event, ev.RaceEnded))
    second = next(event for event in SWEEP if isinstance(event, ev.RaceOpened) and event.t > at(end) - 1)
    session = Swept([event for event in SWEEP if event is not second], end)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        assert session.race.ended is not None
        assert session.racing
        assert "Sweep: 1 of 5 points measured; now 20 tasks. x ends it." in prose(app)
        await pilot.press("v")
        assert told(app) == ["A race is running: x ends it."]
        await pilot.press("x")
        assert session.asked == ["open", "cancel"]


async def test_another_workload_leaves_the_sweep_behind():
    session = Swept(SWEEP, OVER)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        session.choose("sleep")
        await settle(pilot)
        assert "Nothing has been swept yet" in words(app)
        await pilot.press("v")
        await pilot.pause()
        assert "Sweep of Tasks that wait" in words(app)


async def test_every_key_that_the_bar_names_is_bound():
    names = {"←": "left", "→": "right", "[": "left_square_bracket", "]": "right_square_bracket", "F1": "f1"}
    for session in (Staged(), Staged(SWEEP, MIDWAY), Replay(SWEEP, Held(0))):
        async with showing(session) as (app, pilot):
            screen = await compare(app, pilot)
            named = [key for hint in screen.hints() for key in hint.key.split()]
            assert [key for key in named if names.get(key, key) not in app.active_bindings] == []
            assert all(f" {hint.key} {hint.label} " in words(app) + " " for hint in screen.hints()[:6])


# -- recordings ----------------------------------------------------------------------------------------


async def test_a_replay_of_a_sweep_shows_what_the_sweep_showed():
    clock = Held(0)
    async with showing(Replay(SWEEP, clock)) as (app, pilot):
        await compare(app, pilot)
        clock.seconds = OVER
        await settle(pilot)
        await settle(pilot)
        replayed = words(app).splitlines()[1:-2]
        assert "The sweep is over" in prose(app)
        assert "v " not in words(app).splitlines()[-1]
        assert "v sweeps again" not in prose(app)
        await pilot.press("v")
        assert told(app) == ["This is a recording: it can be paused and played again."]
        await pilot.press("r")
        await settle(pilot)
        assert "Sweep: 0 of 5 points measured; now 10 tasks." in prose(app)
        assert "x ends it" not in prose(app)
    async with showing(watching(SWEEP, OVER)) as (app, pilot):
        await compare(app, pilot)
        assert words(app).splitlines()[1:-2] == replayed


async def test_a_recording_that_was_cut_says_where_it_ends():
    clock = Held(0)
    cut = [event for event in SWEEP if event.t <= at(MIDWAY)]
    async with showing(Replay(cut, clock)) as (app, pilot):
        await compare(app, pilot)
        clock.seconds = OVER
        await settle(pilot)
        await settle(pilot)
        assert "Sweep: 2 of 5 points measured; the recording ends here." in prose(app)


def hostile(event: ev.AnyEvent) -> ev.AnyEvent:
    """The event as a wicked recording might hold it."""
    evil = "\x1b[2J\x07\x9b31m\n\x00[bold @click=app.quit]"
    if isinstance(event, ev.SweepOpened):
        changed: dict[str, Any] = {"sweep": evil, "lanes": [*event.lanes, evil], "values": [10**400, *event.values]}
    elif isinstance(event, ev.RaceOpened):
        changed = {"lanes": [*event.lanes, evil]}
    else:
        changed = {name: evil for name in ("message", "reason") if hasattr(event, name)}
    return msgspec.structs.replace(event, **changed)


async def test_no_text_of_a_recording_reaches_the_terminal_as_it_is():
    session = Staged()
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        for seconds in (2.5, MIDWAY, OVER):
            session.feed_to([hostile(event) for event in FAILING], seconds)
            await pilot.press("left")
            await settle(pilot)
            lines = [strip.text for strip in strips(app)]
            assert [line for line in lines if CONTROL.search(line)] == []
            assert {strip.cell_length for strip in strips(app)} == {120}


async def test_odd_sweeps_are_survived():
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await compare(app, pilot)
        for changed in ({"values": []}, {"lanes": []}, {"parameter": "\x1b[2J\x07" * 99}, {"values": [10] * 9}):
            session.apply(msgspec.structs.replace(SWEEP[0], **changed))
            for seconds in (MIDWAY, OVER):
                session.feed_to(SWEEP[1:], seconds)
                await pilot.press("left", "right")
                await settle(pilot)
                assert "weep" in prose(app)
                assert {strip.cell_length for strip in strips(app)} == {80}
            session.feed_to([], -1.0)
