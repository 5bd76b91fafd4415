"""The Compare screen as a person sees it: where a race's time went, a sweep as it grows, its
cursor, and replays.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, Static

from tests.fabricate import START, at
from tests.fabricate_sweeps import cancelled_at, fabricated_sweep, told_sweep
from tests.tui.staged import (
    Held,
    Staged,
    colours,
    notices,
    pi_race,
    prose,
    replanned,
    resize,
    settle,
    showing,
    strips,
    watching,
    words,
)
from tests.tui.test_screens import CONTROL, SIZES
from tui.app import RaytasksApp
from tui.drawing.themes import CONTRAST, DARK, LIGHT
from tui.opening import Opening
from tui.replay import Replay
from tui.scores import score
from tui.screens.compare import CompareScreen
from tui.session import Session
from tui.sheets.sweep import SweepSheet
from tui.widgets.bars import KeyBar
from tui.widgets.compare.chart import ChartView
from tui.widgets.compare.sweep_table import SweepTable
from tui.widgets.race.slowest import SlowestTasks
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.core.wording import seconds, times, times_range
from workloads.lanes.coordinator import Plan
from workloads.sweeps.kinds import Sweep
from workloads.sweeps.report import report
from workloads.sweeps.values import read


def of_pi(events: Sequence[ev.AnyEvent]) -> list[ev.AnyEvent]:
    """The sweep as one of π, on the machine of all these tests; each value is told before
    its race.
    """
    made: list[ev.AnyEvent] = []
    for event in events:
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(
                event, workload="pi", host={"logical_cpus": 2, "physical_cpus": 2}
            )
            made.append(ev.SweepAt(t=event.t, value=int(event.params["tasks"])))
        made.append(event)
    return made


SWEEP = of_pi(fabricated_sweep((10, 20, 30, 40, 50)))
FAILING = of_pi(fabricated_sweep((10, 20, 30), failing=[20]))
RAY_STARTS = [
    (event.t - START) / 1e9
    for event in SWEEP
    if isinstance(event, ev.RunStarted) and event.lane == "ray"
]
MIDWAY, OVER = RAY_STARTS[2] + 3.0, 1000.0
"""Moments of SWEEP: two points are measured, Ray is at the third, serial has done it; all
is over.
"""

MOMENTS = {
    "midway": lambda: watching(SWEEP, MIDWAY),
    "finished": lambda: watching(SWEEP, OVER),
    "cancelled": lambda: watching(cancelled_at(SWEEP, MIDWAY), OVER),
}


class Swept(Staged):
    """A staged session that notes the sweeps asked of it too."""

    def start_sweep(self, sweep: Sweep) -> None:
        left = f" missing {sweep.missing}" if sweep.missing is not None else ""
        self.asked.append(f"sweep {sweep.plan.workload} {sweep.values}{left}")


async def compare(app: RaytasksApp, pilot: Any) -> CompareScreen:
    await pilot.press("4")
    await settle(pilot)
    assert isinstance(app.screen, CompareScreen)
    return app.screen


def read_outs(app: RaytasksApp) -> list[str]:
    """What each chart tells of its point, and the row of the table that the cursor marks."""
    lines = [line for line in words(app).splitlines()[1:-1] if line.strip()]
    charts = next(
        " ".join(line.split())
        for line in lines
        if line.lstrip().startswith("tasks ") and "S" in line
    )
    return [charts, *(" ".join(line.strip("▌ ").split()) for line in lines if line.startswith("▌"))]


LANES = ("serial", "threads", "processes", "ray")


def repeated(count: int, lanes: Sequence[str] = LANES, **more: Any) -> list[ev.AnyEvent]:
    """The same race so often, each a little slower or faster than the first."""
    events: list[ev.AnyEvent] = []
    for number in range(count):
        moved = events[-1].t + 1_000_000_000 - START if events else 0
        factor = (1, 1.04, 0.97, 1.09, 0.99)[number % 5]
        for event in pi_race(lanes=lanes, schedule="in-turn", **more):
            changed: dict[str, Any] = {"t": event.t + moved}
            if isinstance(event, ev.RunEnded):
                changed["wall_s"] = event.wall_s * factor
            elif isinstance(event, ev.Finished | ev.Failed):
                changed["start"] = event.start + moved
            events.append(msgspec.structs.replace(event, **changed))
    return events


def moment(events: Sequence[ev.AnyEvent], share: float, lane: str = "ray", race: int = 0) -> float:
    """When that share of the lane's tasks had finished in that race, in seconds."""
    opened = [event.t for event in events if isinstance(event, ev.RaceOpened)][race]
    ends = [
        event.t
        for event in events
        if isinstance(event, ev.Finished) and event.lane == lane and event.t > opened
    ]
    return (ends[int(share * 16) - 1] - START) / 1e9


ONCE, FIVE = repeated(1), repeated(5)


def raced(events: Sequence[ev.AnyEvent], seconds: float) -> Staged:
    """As `watching`, with settings that are still those of the race."""
    return replanned(watching(events, seconds))


TIMES = {
    "two": lambda: raced(pi_race(schedule="in-turn"), OVER),
    "four": lambda: raced(ONCE, OVER),
    "repeated": lambda: raced(FIVE, OVER),
    "racing": lambda: raced(FIVE, moment(FIVE, 0.5, race=2)),
    "failed": lambda: raced(pi_race(lanes=LANES, schedule="in-turn", failures=[3]), OVER),
}


# -- what it looks like ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_look(moment: str, size: tuple[int, int], screens: SnapshotAssertion):
    async with showing(MOMENTS[moment](), size) as (app, pilot):
        await compare(app, pilot)
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        assert words(app) == screens


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", TIMES)
async def test_look_of_times(scene: str, size: tuple[int, int], screens: SnapshotAssertion):
    async with showing(TIMES[scene](), size) as (app, pilot):
        await compare(app, pilot)
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        assert words(app) == screens


async def test_before_any_race_it_says_what_it_is_for():
    async with showing(Staged(), (80, 24)) as (app, pilot):
        await compare(app, pilot)
        assert "No race yet." in prose(app)
        assert "Press space to start." in prose(app)
        body = [line for line in words(app).splitlines()[1:-4] if line]
        assert all(line.startswith("    ") and len(line) <= 76 for line in body)
        await pilot.press("left", "right", "up", "down", "z")
        await pilot.press("y")
        await settle(pilot)
        assert "No sweep yet." in prose(app)
        assert "v Sweep" in words(app).splitlines()[-1]
        assert "← → Points" not in words(app)


async def test_points_come_as_races_end():
    session = Staged()
    ends = [(event.t - START) / 1e9 for event in SWEEP if isinstance(event, ev.RaceEnded)]
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        for number, end in enumerate(ends, 1):
            session.feed_to(SWEEP, end)
            await settle(pilot)
            over = number == len(ends)
            assert (
                "Sweep complete. Best speedup over serial: "
                if over
                else f"Sweep: {number} of 5 points"
            ) in prose(app)
            assert words(app).count("▐S▌") == number
            assert words(app).count("▐R▌") == 2 * number


async def test_a_value_without_an_answer_says_why_and_breaks_the_line():
    async with showing(watching(FAILING, OVER)) as (app, pilot):
        await compare(app, pilot)
        assert "At 20 tasks: Serial: 1 task failed. Ray: 1 task failed." in prose(app)
        charts = "".join(strip.text for strip in strips(app)[3:30])
        assert "▐R▌" in charts
        assert not any(0x2800 < ord(char) < 0x2900 for char in charts)


@pytest.mark.parametrize("scene", [MOMENTS["midway"], TIMES["repeated"]], ids=["sweep", "times"])
async def test_a_theme_colours_everything(scene: Callable[[], Session]):
    async with showing(scene()) as (app, pilot):
        await compare(app, pilot)
        await pilot.press("left")
        for palette in (DARK, LIGHT, CONTRAST):
            await settle(pilot)
            assert app.theme == palette.name
            inks, grounds = colours(app)
            assert {palette.background, palette.panel, palette.serial, palette.ray} <= grounds
            assert {palette.text, palette.dim, palette.serial, palette.ray, palette.accent} <= inks
            for other in {DARK, LIGHT, CONTRAST} - {palette}:
                assert (
                    not ({other.background, other.panel} - {palette.background, palette.text})
                    & grounds
                )
            await pilot.press("T")


async def test_ascii_draws_it_with_nothing_else():
    for session in (
        MOMENTS["midway"](),
        watching(FAILING, OVER),
        Replay(SWEEP, Held(0)),
        *(scene() for scene in TIMES.values()),
    ):
        async with showing(session, ascii=True) as (app, pilot):
            await compare(app, pilot)
            await pilot.press("left")
            await settle(pilot)
            assert [line for line in words(app).splitlines() if not line.isascii()] == []


# -- where the time went ---------------------------------------------------------------------------


def row_of(app: RaytasksApp, name: str) -> str:
    """The first line that has this name at its left."""
    return next(line for line in words(app).splitlines()[1:] if name in line[:18])


async def test_a_key_changes_between_times_and_sweep():
    async with showing(watching(SWEEP, OVER)) as (app, pilot):
        await compare(app, pilot)
        for key, seen, not_seen in (
            ("", "speedup over serial", "WHERE THE TIME WENT"),
            ("y", "WHERE THE TIME WENT", "speedup over serial"),
            ("4", "WHERE THE TIME WENT", "speedup over serial"),
            ("y", "speedup over serial", "WHERE THE TIME WENT"),
        ):
            if key:
                await pilot.press(key)
                await settle(pilot)
            assert seen in words(app)
            assert not_seen not in words(app)


async def test_what_is_newest_is_shown_until_another_view_is_chosen():
    session = Staged(SWEEP, OVER)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        assert "speedup over serial" in words(app)
        later = round((SWEEP[-1].t - START) / 1e9) + 10
        for event in pi_race(schedule="in-turn", until=7.0):
            session.apply(msgspec.structs.replace(event, t=event.t + later * 10**9))
        session.held.seconds = later + 7.0
        await settle(pilot)
        assert "WHERE THE TIME WENT" in words(app)
        await pilot.press("y", "1", "4")
        await settle(pilot)
        assert "speedup over serial" in words(app)
        for event in of_pi(fabricated_sweep((10,))):
            session.apply(event)
        await pilot.press("y")
        await settle(pilot)
        assert "WHERE THE TIME WENT" in words(app)


async def test_the_figures_are_those_of_the_runs():
    async with showing(watching(FIVE, OVER)) as (app, pilot):
        await compare(app, pilot)
        session = app.session
        runs = session.history.runs(session.history.key)
        assert len(runs) == 5
        taken = sorted(run.lanes["ray"].wall_s for run in runs)
        gained = sorted(run.lanes["serial"].wall_s / run.lanes["ray"].wall_s for run in runs)[2]
        assert row_of(app, "RAY").split()[-8:] == [
            f"{taken[2]:.2f}",
            "s",
            f"{gained:.2f}×",
            f"{gained / 2:.0%}",
            "12.60",
            "s",
            "0.120",
            "s",
        ]
        assert f"5 runs {taken[0]:.2f}–{taken[-1]:.2f} s" in words(app)
        assert "median of 5 runs" in words(app)
        assert "last of 5 runs" in words(app)
        wall = session.race.lane("ray").wall_s
        assert f"{wall:.2f} s" in row_of(app, "run time")


async def test_arrows_and_tab_select_a_lane():
    async with showing(watching(ONCE, OVER)) as (app, pilot):
        await compare(app, pilot)
        seen = []
        for key in ("", "up", "k", "k", "up", "tab", "j", "down", "shift+tab"):
            if key:
                await pilot.press(key)
                await settle(pilot)
            row = next(line for line in words(app).splitlines() if line.startswith("▌"))
            title = next(line for line in words(app).splitlines() if "WHERE THE TIME WENT" in line)
            assert row.split()[1] == title.split()[4]
            seen.append(title.split()[4])
        assert seen == ["R", "P", "T", "S", "R", "S", "T", "P", "T"]


@pytest.mark.parametrize("size", SIZES)
async def test_the_waterfall_is_of_a_lane_that_did_not_fail(size: tuple[int, int]):
    race = pi_race(lanes=("serial", "processes", "ray"), schedule="in-turn")
    events = [event for event in race if getattr(event, "lane", "") != "ray"]
    gone = ev.LaneFailed(t=at(1.0), lane="ray", reason="Ray failed to start: /dev/shm is full.")
    events.insert(-1, gone)
    async with showing(watching(events, OVER), size) as (app, pilot):
        await compare(app, pilot)
        assert "enter shows why" in row_of(app, "RAY") or "/dev/shm is full" in row_of(app, "RAY")
        assert row_of(app, "run time")
        title = next(line for line in words(app).splitlines() if "WHERE THE TIME WENT" in line)
        assert title.split()[4:6] == ["P", "processes"]
        assert "no task has finished yet" not in prose(app), "the race is over"
        await pilot.press("tab")
        await settle(pilot)
        assert "WHERE THE TIME WENT R Ray" in prose(app)


async def test_startup_is_beside_the_sum_until_it_counts():
    async with showing(watching(ONCE, OVER)) as (app, pilot):
        await compare(app, pilot)
        assert "not counted: u counts it" in row_of(app, "start-up")
        wall = app.session.race.lane("ray").wall_s
        assert f"{wall:.2f} s" in row_of(app, "RAY")
        await pilot.press("u")
        await settle(pilot)
        assert row_of(app, "start-up").endswith(" counted")
        assert f"{wall + 5.9:.2f} s" in row_of(app, "RAY")
        assert "░" in row_of(app, "RAY")


async def test_z_puts_the_steps_on_the_lanes_axis():
    async with showing(watching(ONCE, OVER)) as (app, pilot):
        await compare(app, pilot)
        assert "//" in row_of(app, "lower bound")
        await pilot.press("z")
        await settle(pilot)
        assert "//" not in row_of(app, "lower bound")


async def test_bars_grow_while_lanes_race_and_the_waterfall_says_when_it_is_known():
    session = Staged()
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        lengths = []
        for share in (0.25, 0.5):
            session.feed_to(ONCE, moment(ONCE, share))
            await settle(pilot)
            assert f"{int(16 * share)}/16  ● running" in row_of(app, "RAY")
            assert "Shown when serial and Ray have finished." in prose(app)
            strip = next(strip for strip in strips(app) if strip.text.startswith("▌"))
            styled = [
                (segment.cell_length, segment.style.bgcolor) for segment in strip if segment.style
            ]
            lengths.append(
                sum(
                    length for length, ground in styled if ground and ground.name != DARK.background
                )
            )
        assert lengths[0] < lengths[1]
        session.feed_to(ONCE, OVER)
        await settle(pilot)
        assert "Measured when" not in prose(app)
        assert prose(app).count("100.0%") == 1


async def test_repeated_races_say_which_runs():
    events = [
        ev.SweepOpened(
            t=START, sweep="runs", parameter="run", values=[1, 2, 3, 4, 5], lanes=list(LANES)
        ),
        ev.SweepAt(t=START + 1, value=3),
        *ONCE[:40],
    ]
    async with showing(watching(events, OVER)) as (app, pilot):
        await compare(app, pilot)
        assert "WHERE THE TIME WENT" in words(app)
        assert "run 3 of 5" in words(app).splitlines()[1]
        assert "Repeat: 0 of 5 runs done; measuring run 3." in prose(app)
        await pilot.press("y")
        await settle(pilot)
        assert "run times" in words(app)


async def test_a_cancelled_race_leaves_the_figures_of_those_before():
    race = pi_race(lanes=LANES, schedule="in-turn", cancel=3.0)
    later = FIVE[-1].t + 10**9 - START
    events = [*FIVE, *(msgspec.structs.replace(event, t=event.t + later) for event in race)]
    async with showing(watching(events, 1e6)) as (app, pilot):
        await compare(app, pilot)
        assert "median of 5 runs" in words(app)
        assert (
            "Shown after a race in which serial and Ray ran the same tasks to their end."
            in prose(app)
        )


async def test_a_race_without_serial_has_times_and_no_ideal():
    async with showing(watching(pi_race(lanes=("processes", "ray"), schedule="in-turn"), OVER)) as (
        app,
        pilot,
    ):
        await compare(app, pilot)
        assert "Add the serial lane to see the lower bound." in prose(app)
        assert "×" not in row_of(app, "RAY")
        assert "┊" not in words(app)


# -- the cursor ------------------------------------------------------------------------------------


async def test_arrows_move_the_cursor_in_charts_and_table():
    async with showing(watching(SWEEP, OVER)) as (app, pilot):
        await compare(app, pilot)
        points = {point.value: point for point in app.session.sweep.points}
        assert "← → Points" in words(app)
        assert len(read_outs(app)) == 1
        for key, value in (
            ("left", 50),
            ("h", 40),
            ("left", 30),
            ("right", 40),
            ("l", 50),
            ("right", 50),
        ):
            await pilot.press(key)
            await settle(pilot)
            charts, row = read_outs(app)
            serial, ray, gained = (
                points[value].seconds["serial"],
                points[value].seconds["ray"],
                points[value].speedup["ray"],
            )
            assert (
                f"tasks {value} S serial {seconds(serial)} R Ray {seconds(ray)} tasks {value} "
                f"R Ray {times(gained)}" in charts
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
        assert charts.startswith("tasks 20 S serial 10.08 s R Ray ")
        left, right = app.screen.query(ChartView)
        assert left.cursor == right.cursor == 20


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


# -- the sheet, and the keys -----------------------------------------------------------------------


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
            ("2,,x", "tasks must be a whole number from 1 to 100,000; got “x”."),
            ("2,0", "tasks must be from 1 to 100,000; got 0."),
            ("2,2", "Each batch can be listed only once; got “2,2”."),
            ("[b]", "tasks must be a whole number from 1 to 100,000; got “[b]”."),
            ("", "Batches must be 1 to 100 numbers of tasks such as 10,20,30; got “”."),
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
        assert "Enter Start · Esc Cancel" in words(app)
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
    app = RaytasksApp(
        lambda: session, Opening(sweep=Sweep("batches", "tasks", (1, 2), session.plan))
    )
    async with app.run_test() as pilot, asyncio.timeout(60):
        while app.current_mode != "compare":
            await pilot.pause()
        assert session.asked == ["open", "sweep pi (1, 2)"]


async def test_a_sweep_says_that_it_waits_for_ray_to_start():
    race = pi_race(schedule="in-turn")
    opened = ev.SweepOpened(
        t=START, sweep="batches", parameter="tasks", values=[16, 32], lanes=["serial", "ray"]
    )
    events = sorted([*race, opened, ev.SweepAt(t=START, value=16)], key=lambda event: event.t)
    async with showing(Swept(events, 3.0), (120, 40)) as (app, pilot):
        await compare(app, pilot)
        if "Sweep:" not in prose(app):
            await pilot.press("y")
            await settle(pilot)
        said = "Sweep: 0 of 2 points done; measuring 16 tasks. Starting Ray (start Ray): 3.0 s."
        assert f"{said} Press x to cancel." in prose(app)


async def test_x_ends_a_sweep_and_v_says_why_not_now():
    session = Swept(SWEEP, MIDWAY)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        # Serial keeps its time while Ray runs, whatever its ghost is doing.
        serial = session.race.lane("serial").wall_s
        row = next(line.split() for line in words(app).splitlines() if line.startswith("    30  "))
        assert row == ["30", f"{serial:.2f}", "s", "3.00", "s", "●"]
        sentence = "Sweep: 2 of 5 points done; measuring 30 tasks; about 1 min left. x cancels it."
        assert sentence in prose(app)
        await pilot.press("v", "s", "r")
        assert notices(app) == ["A race is running. Press x to cancel."] * 3
        assert app.current_mode == "compare"
        await pilot.press("x")
        assert session.asked == ["open", "cancel"]
        for event in cancelled_at(SWEEP, MIDWAY)[-3:]:
            session.apply(event)
        await settle(pilot)
        assert "Sweep ended early, after " in prose(app)
        assert "v starts another sweep." in prose(app)
        assert "30" in words(app)
        await pilot.press("x")
        assert notices(app)[3:] == ["No race is running."]


async def test_v_offers_a_sweep_that_ended_early_first_and_races_what_is_missing():
    session = Swept()
    sweep = read("workers", "1,2,4", session.plan)
    events = told_sweep(sweep, lambda lane, value: 8.0 if lane == "serial" else 8.0 / value)
    second = [n for n, event in enumerate(events) if isinstance(event, ev.SweepAt)][1]
    for event in [*events[:second], ev.SweepEnded(t=events[second].t, status="cancelled")]:
        session.apply(event)
    async with showing(session) as (app, pilot):
        await pilot.press("v")
        await pilot.pause()
        assert app.screen.query_one(Input).value == "1,2,4"
        assert "1 of 3 points are done; 2 races left" in words(app)
        await pilot.press("enter")
        await settle(pilot)
        assert session.asked[-1] == "sweep pi (1, 2, 4) missing (2, 4)"


async def test_between_two_races_the_sweep_goes_on():
    end = next((event.t - START) / 1e9 for event in SWEEP if isinstance(event, ev.RaceEnded))
    second = next(
        event for event in SWEEP if isinstance(event, ev.RaceOpened) and event.t > at(end) - 1
    )
    session = Swept([event for event in SWEEP if event is not second], end)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        assert session.race.ended is not None
        assert session.racing
        assert "Sweep: 1 of 5 points done; measuring 20 tasks; about " in prose(app)
        await pilot.press("v")
        assert notices(app) == ["A race is running. Press x to cancel."]
        await pilot.press("x")
        assert session.asked == ["open", "cancel"]


async def test_another_workload_leaves_the_sweep_behind():
    session = Swept(SWEEP, OVER)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        session.choose("sleep")
        await settle(pilot)
        assert "No race yet." in prose(app)
        await pilot.press("v")
        await pilot.pause()
        assert "Sweep of Tasks that wait" in words(app)


async def test_every_key_that_the_bar_names_is_bound():
    names = {
        "←": "left",
        "→": "right",
        "[": "left_square_bracket",
        "]": "right_square_bracket",
        "F1": "f1",
    }
    for session in (Staged(), Staged(SWEEP, MIDWAY), Staged(ONCE, OVER), Replay(SWEEP, Held(0))):
        async with showing(session) as (app, pilot):
            screen = await compare(app, pilot)
            hints = screen.query_one(KeyBar).hints
            named = [key for hint in hints for key in hint.key.split() if "–" not in key]
            assert [key for key in named if names.get(key, key) not in app.active_bindings] == []
            assert all(f" {hint.key} {hint.label} " in words(app) + " " for hint in hints[:6])


# -- recordings ------------------------------------------------------------------------------------


async def test_a_replay_of_a_sweep_shows_what_the_sweep_showed():
    clock = Held(0)
    session = Replay(SWEEP, clock)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        while not session.finished:  # so many events a frame, and the replay's clock waits for them
            clock.seconds += OVER
            await settle(pilot)
        await settle(pilot)
        replayed = words(app).splitlines()[1:-2]
        assert "Sweep complete." in prose(app)
        assert "v " not in words(app).splitlines()[-1]
        assert "v starts another" not in prose(app)
        await pilot.press("v")
        assert notices(app) == ["Replay only: pause or restart."]
        await pilot.press("r")
        await settle(pilot)
        assert "Sweep: 0 of 5 points done; measuring 10 tasks." in prose(app)
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
        assert "Sweep: 2 of 5 points done; measuring 30 tasks; the recording ends here." in prose(
            app
        )


def hostile(event: ev.AnyEvent) -> ev.AnyEvent:
    """The event as a wicked recording might hold it."""
    evil = "\x1b[2J\x07\x9b31m\n\x00[bold @click=app.quit]"
    if isinstance(event, ev.SweepOpened):
        changed: dict[str, Any] = {
            "sweep": evil,
            "lanes": [*event.lanes, evil],
            "values": [10**400, *event.values],
        }
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
        for changed in (
            {"values": []},
            {"lanes": []},
            {"parameter": "\x1b[2J\x07" * 99},
            {"values": [10] * 9},
        ):
            session.apply(msgspec.structs.replace(SWEEP[0], **changed))
            for seconds in (MIDWAY, OVER):
                session.feed_to(SWEEP[1:], seconds)
                await pilot.press("left", "right")
                await settle(pilot)
                assert "weep" in prose(app)
                assert {strip.cell_length for strip in strips(app)} == {80}
            session.feed_to([], -1.0)


REPEAT = read("runs", "5", Plan("pi", PI.complete({"tasks": 4}), 7, lanes=("serial", "ray")))
TAKEN = {0: 9.0, 1: 6.0, 2: 5.0, 3: 6.5, 4: 5.5, 5: 6.2}


def once_and_five_times() -> list[ev.AnyEvent]:
    """A race whose times are far from those of the repeat that follows it."""
    single = told_sweep(replace(REPEAT, values=(1,)), lambda lane, run: 12.0)
    five = told_sweep(
        REPEAT, lambda lane, run: 12.0 if lane == "serial" else TAKEN[run], start_s=100.0
    )
    only_race = [e for e in single if not e.__class__.__name__.startswith("Sweep")]
    return [*only_race, *five]


async def test_a_repeat_counts_its_own_runs_and_names_their_median_everywhere():
    session = watching(once_and_five_times(), 1e6)
    session.plan = replace(REPEAT.plan, schedule="together")  # runs are in turn all the same
    async with showing(session) as (app, pilot):
        data: Any = report(session.sweep)
        gained = data["repeated"]["ray"]
        assert gained["count"] == 5
        assert gained["median"] == pytest.approx(12 / 6.0)
        assert "MEDIAN SPEEDUP" in prose(app)
        span = times_range(gained["low"], gained["high"])
        assert f"median of 5 runs, {span}" in prose(app)
        sentence = f"Speedup over serial, median of 5 runs: 2.00× (Ray, {span})."
        assert sentence in prose(app)
        board = score(session)
        assert (board.speedup, board.efficiency) == (gained["median"], gained["median"] / 2)
        assert [lane.wall for lane in board.lanes] == [12.0, 6.0]
        await compare(app, pilot)
        assert "5 runs" in words(app)
        assert "6 runs" not in words(app)
        assert "2.00×" in row_of(app, "RAY")
        assert "before the settings changed" not in prose(app)
        session.plan = replace(session.plan, params=PI.complete({"tasks": 5}))
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert "Last sweep, before the settings changed." in prose(app)


async def test_the_table_of_a_sweep_is_sorted_scrolled_and_copied_by_mouse():
    async with showing(watching(SWEEP, OVER), (80, 24)) as (app, pilot):
        await compare(app, pilot)
        table = app.screen.query_one(SweepTable)
        head = text_of(table)[0]
        await pilot.click(table, offset=(head.index("Ray"), 0))
        await pilot.click(table, offset=(head.index("Ray"), 0))
        await settle(pilot)
        assert [line.split()[0] for line in text_of(table)[1:]] == ["50", "40", "30", "20", "10"]
        await pilot.click(table, offset=(20, 2))
        await settle(pilot)
        assert app.screen.query_one("#main", ChartView).cursor == 40
        await pilot.press("ctrl+c")
        point = app.session.sweep.points[3]
        serial, ray = point.seconds["serial"], point.seconds["ray"]
        assert app.clipboard == f"40\t{serial}\t{ray}\t{point.speedup['ray']}"


def text_of(table: SweepTable) -> list[str]:
    """The table's lines."""
    return ["".join(segment.text for segment in line) for line in table.draw(table.page)]


async def test_after_a_setting_was_changed_the_figures_are_those_of_the_last_race():
    session = raced(ONCE, OVER)
    async with showing(session) as (app, pilot):
        await compare(app, pilot)
        assert "with other settings" not in prose(app)
        session.plan = replace(session.plan, params=PI.complete({"tasks": 5}))
        await settle(pilot)
        assert "Last race, with other settings than the next. Run time " in prose(app)


async def test_a_large_screen_shows_durations_and_a_slow_task_leads_to_the_tasks():
    session = Staged(ONCE, OVER)
    async with showing(session, (200, 60)) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        assert "TASK DURATIONS" in words(app)
        panel = app.screen.query_one(SlowestTasks)
        lane = session.race.lane("ray")
        slowest = int(lane.tasks.durations.argmax())
        row = next(
            y
            for y, line in enumerate(panel.draw(panel.page))
            if f"task {slowest} " in "".join(s.text for s in line)
        )
        await pilot.click(SlowestTasks, offset=(8, row))
        await settle(pilot)
        assert app.current_mode == "tasks"
        assert session.selected == slowest
    async with showing(Staged(ONCE, OVER), (120, 40)) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        assert "TASK DURATIONS" not in words(app)


@pytest.mark.parametrize("scene", ["two", "four"])
@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
async def test_the_steps_words_come_before_thick_bars(scene: str, size: tuple[int, int]):
    async with showing(TIMES[scene](), size) as (app, pilot):
        await compare(app, pilot)
        for line in ("workers waited for", "workers idle while"):
            assert line in words(app)
        assert "workers waited for…" not in words(app)
        assert "workers idle while…" not in words(app)
