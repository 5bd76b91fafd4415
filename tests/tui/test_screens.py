"""The screens as a person sees them: what they show, and what every key does. No lanes, a held
clock.
"""

import re
from dataclasses import replace

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from textual import events
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, Static

from tests.fabricate import at, fabricated_race
from tests.tui.staged import (
    GO,
    Held,
    Staged,
    colours,
    done,
    notices,
    pi_race,
    plan,
    prose,
    resize,
    settle,
    showing,
    strips,
    watching,
    words,
)
from tui.app import RaytasksApp
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.replay import Replay
from tui.scores import score
from tui.screens.help import Help
from tui.screens.picture import PictureScreen
from tui.screens.race import RaceScreen
from tui.session import Session
from tui.sheets.settings import SettingsSheet
from tui.sheets.workload import WorkloadSheet
from tui.widgets.bars import KeyBar, Status, TopBar
from tui.widgets.log import LogText
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.core.faults import Faults
from workloads.engines import local_nodes

IN_TURN = pi_race(schedule="in-turn")
TOGETHER = pi_race(schedule="together")
WHILE_STARTING, MIDWAY, OVER = 2.5, 23.0, 1000.0
"""Moments of IN_TURN: Ray starts; serial is a ghost beside Ray; all is over."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SIZES = [(80, 24), (120, 40), (200, 60)]


def before_the_race(seconds: float) -> Session:
    """A session whose lanes are starting; no race was opened yet."""
    return watching([event for event in IN_TURN if not isinstance(event, ev.RaceOpened)], seconds)


MOMENTS = {
    "starting": lambda: before_the_race(WHILE_STARTING),
    "midway": lambda: watching(IN_TURN, MIDWAY),
    "finished": lambda: watching(IN_TURN, OVER),
}


# -- what they look like ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", ["race", "picture"])
@pytest.mark.parametrize("moment", MOMENTS)
async def test_look(moment: str, screen: str, size: tuple[int, int], screens: SnapshotAssertion):
    async with showing(MOMENTS[moment](), size) as (app, pilot):
        await pilot.press("1" if screen == "race" else "2")
        await settle(pilot)
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        assert words(app) == screens


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
@pytest.mark.parametrize("key", ["1", "2"])
async def test_a_theme_colours_everything(palette: Palette, key: str):
    async with showing(
        watching(TOGETHER, GO + 4), (160, 40), theme=palette.name.removeprefix("raytasks-")
    ) as (app, pilot):
        await pilot.press(key)
        await settle(pilot)
        inks, grounds = colours(app)
        assert {palette.background, palette.panel, palette.ray, palette.accent} <= grounds
        assert {palette.text, palette.dim} <= inks
        assert {palette.serial, palette.ray} <= inks | grounds
        for other in {DARK, LIGHT, CONTRAST} - {palette}:
            assert (
                not ({other.background, other.panel} - {palette.background, palette.text}) & grounds
            )


async def test_t_goes_through_the_themes_and_back():
    async with showing(watching(TOGETHER, GO + 4)) as (app, pilot):
        first, seen = words(app), []
        for _ in range(3):
            seen.append((app.theme, frozenset(colours(app)[1])))
            await pilot.press("T")
            await settle(pilot)
            assert words(app) == first
        assert len({name for name, _ in seen}) == len({grounds for _, grounds in seen}) == 3
        assert (app.theme, frozenset(colours(app)[1])) == seen[0]


async def test_ascii_draws_the_race_with_nothing_else():
    race = pi_race(schedule="in-turn", failures=[3], retries=[5])
    for seconds in (WHILE_STARTING, 12.0, MIDWAY, OVER):
        async with showing(watching(race, seconds), ascii=True) as (app, _pilot):
            region = app.screen.query_one("#upper").region
            body = [strip.text for strip in strips(app)][region.y : region.bottom]
            assert "SERIAL" in "\n".join(body)
            assert [line for line in body if not line.isascii()] == []


async def test_a_ghost_says_that_it_is_one():
    async with showing(watching(IN_TURN, MIDWAY)) as (app, _pilot):
        serial, ray = (
            next(line for line in words(app).splitlines() if name in line)
            for name in (" SERIAL ", " RAY ")
        )
        assert "◌ ghost" in serial
        assert "● running" in ray
        assert "finished lanes replay as ghosts" in prose(app)


async def test_a_broken_lane_shows_its_reason():
    session = before_the_race(3.0)
    session.apply(
        ev.LaneFailed(t=at(3.0), lane="ray", reason="Ray failed to start: /dev/shm is full.")
    )
    session.apply(ev.LaneExited(t=at(3.1), lane="ray", status=1))
    for size in SIZES:
        async with showing(session, size) as (app, pilot):
            said = "Ray failed to start. Press e to race without Ray. Cause: /dev/shm is full."
            assert said in prose(app)
            log_too = size == (200, 60)
            assert prose(app).count("/dev/shm") == 1 + log_too
            assert "✗ RAY FAILED" in words(app).splitlines()[0]
            assert "measured when" not in words(app)
            before = words(app)
            session.clock = lambda: at(90.0)
            await settle(pilot)
            assert words(app) == before
            assert "no speedup: Ray failed" in prose(app)
            await pilot.press("7")
            await settle(pilot)
            assert "Ray failed to start: /dev/shm is full." in prose(app)


async def test_words_of_lanes_are_never_taken_for_markup():
    session = before_the_race(3.0)
    session.apply(ev.LaneFailed(t=at(3.0), lane="ray", reason="no [bold]room[/bold] \x1b[31mhere"))
    async with showing(session) as (app, _pilot):
        assert "no [bold]room[/bold] [31mhere" in words(app)
        assert "\x1b" not in words(app)


async def test_a_failed_race_says_why_in_its_verdict():
    events = pi_race(schedule="in-turn", failures=[3])
    async with showing(watching(events, OVER)) as (app, _pilot):
        assert "Serial has no answer: 1 of 16 tasks failed." in words(app)
        assert "no speedup: tasks failed" in words(app)
        assert words(app).count("✔ finished, 1 failed") == 2


async def test_a_cancelled_race_says_how_far_it_came():
    async with showing(watching(pi_race(cancel=3.0), OVER)) as (app, _pilot):
        assert "Cancelled. Serial completed 4 of 16 tasks. Ray completed 7 of 16 tasks." in prose(
            app
        )


def hostile(event: ev.AnyEvent) -> ev.AnyEvent:
    """The event as a wicked recording might hold it: escape codes and markup in every text."""
    evil = "\x1b[2J\x07\x9b31m\n\x00[bold @click=app.quit]"
    changed = {
        f.name: getattr(event, f.name) + evil
        for f in msgspec.structs.fields(event)
        if f.type is str and f.name != "ref"
    }
    if isinstance(event, ev.RaceOpened):
        changed = {"host": {"logical_cpus": 2, "system": evil}, "params": {"tasks": 16, evil: evil}}
        changed["lanes"] = [name + evil for name in event.lanes]
    return msgspec.structs.replace(event, **changed)


@pytest.mark.parametrize("seconds", [WHILE_STARTING, 13.0, MIDWAY, OVER])
async def test_no_text_of_a_recording_reaches_the_terminal_as_it_is(seconds: float):
    events = [hostile(event) for event in pi_race(schedule="in-turn", failures=[3], retries=[5])]
    session = watching(events, seconds)
    if seconds == MIDWAY:
        session.apply(hostile(ev.LaneFailed(t=at(seconds), lane="ray", reason="gone")))
    session.apply(hostile(ev.Logged(t=at(seconds), lane="ray", text="said")))
    async with showing(session) as (app, pilot):
        for key in ("1", "2", "7"):
            await pilot.press(key)
            await settle(pilot)
            lines = [strip.text for strip in strips(app)]
            assert [line for line in lines if CONTROL.search(line)] == []
            assert {strip.cell_length for strip in strips(app)} == {120}
        assert "said" in words(app)


# -- room ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [(20, 5), (59, 40), (120, 15), (1, 1)])
@pytest.mark.parametrize("key", ["1", "2", "7"])
async def test_a_tiny_terminal_asks_for_room_and_gets_everything_back(
    small: tuple[int, int], key: str
):
    async with showing(watching(IN_TURN, OVER)) as (app, pilot):
        await pilot.press(key)
        await settle(pilot)
        before = words(app)
        await resize(pilot, *small)
        if small != (1, 1):
            middle = " ".join(
                " ".join(line.split()) for line in words(app).splitlines()[1:-1]
            ).strip()
            assert middle == "raytasks-tui needs a terminal of at least 60×16."
        await resize(pilot, 120, 40)
        assert words(app) == before


async def test_the_smallest_terminal_that_works_works():
    async with showing(watching(IN_TURN, MIDWAY), (60, 16)) as (app, _pilot):
        assert "SERIAL" in words(app)
        assert "at least" not in words(app)


async def test_a_storm_of_sizes_changes_nothing():
    async with showing(watching(IN_TURN, MIDWAY)) as (app, pilot):
        for key in ("1", "2", "7"):
            await resize(pilot, 120, 40)
            await pilot.press(key)
            await settle(pilot)
            before = words(app)
            for n in range(12):
                await pilot.resize_terminal(1 + 37 * n % 230, 1 + 13 * n % 70)
            await resize(pilot, 120, 40)
            assert words(app) == before


# -- keys ------------------------------------------------------------------------------------------


async def test_digits_switch_the_screens():
    async with showing(watching(IN_TURN, MIDWAY), (160, 40)) as (app, pilot):
        for key, mode in (
            ("2", "picture"),
            ("7", "log"),
            ("1", "race"),
            ("2", "picture"),
            ("1", "race"),
        ):
            await pilot.press(key)
            await settle(pilot)
            assert app.current_mode == mode
            assert words(app).startswith(" raytasks ")


async def test_a_click_on_a_tab_switches_too():
    async with showing(watching(IN_TURN, MIDWAY)) as (app, pilot):
        for name, mode in (("2 Workload", "picture"), ("7 Log", "log"), ("1 Race", "race")):
            await pilot.click(offset=(words(app).splitlines()[0].index(name) + 2, 0))
            await settle(pilot)
            assert app.current_mode == mode


async def test_n_and_brackets_change_the_next_race_within_its_limits():
    session = Staged()
    async with showing(session) as (app, pilot):
        for key, name, value in (
            ("N", "tasks", 32),
            ("n", "tasks", 16),
            ("n", "tasks", 8),
            ("left_square_bracket", "samples", 1_500_000),
            ("right_square_bracket", "samples", 3_000_000),
        ):
            await pilot.press(key)
            await settle(pilot)
            assert session.plan.params[name] == value
            assert f"{value:,} {name}" in words(app)
        session.plan = replace(session.plan, params={"tasks": 2, "samples": 3, "kernel": "numpy"})
        for _ in range(3):
            await pilot.press("n", "left_square_bracket")
        assert session.plan.params == {"tasks": 1, "samples": 1, "kernel": "numpy"}
        assert set(notices(app)) == {
            "tasks is already at its minimum, 1.",
            "samples is already at its minimum, 1.",
        }
        notices(app).clear()
        session.plan = replace(
            session.plan, params={"tasks": 60_000, "samples": 6 * 10**9, "kernel": "numpy"}
        )
        await pilot.press("N", "right_square_bracket")
        assert session.plan.params == {"tasks": 60_000, "samples": 6 * 10**9, "kernel": "numpy"}
        assert notices(app) == [
            "tasks must be from 1 to 100,000; got 120,000.",
            "samples must be from 1 to 10,000,000,000; got 12,000,000,000.",
        ]
        assert session.asked == ["open"]


async def test_space_starts_and_r_starts_again():
    session = Staged()
    async with showing(session) as (app, pilot):
        assert "Press space to start." in prose(app)
        await pilot.press("r")
        assert notices(app) == ["No race yet. Press space to start."]
        await pilot.press("space")
        assert session.asked == ["open", "start"]
        assert session.plan.seed == 7
        session.feed_to(IN_TURN, OVER)
        await pilot.press("r")
        assert session.asked == ["open", "start", "start"]
        assert session.plan.seed == 7
        await pilot.press("space")
        assert session.asked == ["open", "start", "start", "start"]
        assert session.plan.seed != 7


async def test_a_race_that_was_asked_for_begins_by_itself():
    session = Staged()
    async with showing(session, begin=True):
        assert session.asked == ["open", "start"]


async def test_x_cancels_or_says_why_not():
    session = Staged()
    async with showing(session) as (app, pilot):
        await pilot.press("x")
        assert notices(app) == ["No race is running."]
        assert session.asked == ["open"]
        session.feed_to(IN_TURN, 9.0)
        await pilot.press("x")
        assert session.asked == ["open", "cancel"]


async def test_what_cannot_be_changed_while_a_race_runs_says_so():
    session = Staged(IN_TURN, 9.0)
    async with showing(session) as (app, pilot):
        before = session.plan
        for count, key in enumerate(("n", "N", "left_square_bracket", "s", "w", "t", "r"), 1):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, RaceScreen)
            assert notices(app) == ["A race is running. Press x to cancel."] * count
        assert session.plan == before
        assert session.asked == ["open"]


async def test_space_freezes_the_view_while_the_race_runs_on():
    session = Staged(IN_TURN, 9.0)

    async def frames(app, pilot):
        for _ in range(6):
            app.screen.tick()
            await pilot.pause()
        return words(app)

    async with showing(session) as (app, pilot):
        await pilot.press("space")
        held = await frames(app, pilot)
        assert "‖ VIEW FROZEN" in held
        assert "Resume view" in held
        session.feed_to(IN_TURN, 12.0)
        assert await frames(app, pilot) == held
        assert session.race.lane("serial").last > at(11)
        await pilot.press("space")
        moved = await frames(app, pilot)
        assert "FROZEN" not in moved
        assert "5.60 s" in moved
        assert session.asked == ["open"]


async def test_t_goes_through_the_schedules():
    session = Staged()
    async with showing(session) as (app, pilot):
        for schedule, said in (
            ("together", "together. Press space"),
            ("alternate", "alternating. Press space"),
            ("in-turn", "in turn. Press space"),
        ):
            await pilot.press("t")
            await settle(pilot)
            assert session.plan.schedule == schedule
            assert said in prose(app)


async def test_u_counts_the_startup():
    session = watching(IN_TURN, OVER)
    async with showing(session) as (app, pilot):
        plain, shown = score(session).speedup, words(app)
        assert plain is not None
        assert plain > 1.8
        await pilot.press("u")
        await settle(pilot)
        counted = score(session).speedup
        serial, ray = session.race.lanes["serial"], session.race.lanes["ray"]
        assert counted == pytest.approx((serial.wall_s + 0.05) / (ray.wall_s + 5.9))
        assert "including start-up" in words(app)
        assert "start-up counted" not in shown
        await pilot.press("u")
        await settle(pilot)
        assert words(app) == shown


@pytest.mark.parametrize("key", ["f1", "question_mark"])
async def test_f1_shows_and_hides_the_help(key: str):
    async with showing(watching(IN_TURN, OVER)) as (app, pilot):
        before = words(app)
        for leave in (key, "escape"):
            await pilot.press(key)
            await settle(pilot)
            assert "Every lane runs the" in words(app)
            await pilot.press(leave)
            await settle(pilot)
            assert words(app) == before


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize("screen", "123467")
async def test_the_help_can_be_read_to_its_end(screen: str, size: tuple[int, int]):
    async with showing(watching(IN_TURN, OVER), size) as (app, pilot):
        await pilot.press(*([] if screen == "1" else [screen]), "f1")
        await settle(pilot)
        help = app.screen.query_one(Help)
        assert help.region.width >= 50
        assert "Escape closes this help" in words(app)
        for _ in range(40):
            app.post_message(events.Key("pagedown", None))
            await done(app)
            await pilot.wait_for_scheduled_animations()
            if help.scroll_y == help.max_scroll_y:
                break
        assert help.scroll_y == help.max_scroll_y
        await pilot.press("home")
        await pilot.wait_for_scheduled_animations()
        assert help.scroll_y == 0
        help.post_message(events.MouseScrollDown(help, 5, 5, 0, 1, 0, False, False, False))
        await pilot.wait_for_scheduled_animations()
        assert help.scroll_y > 0 or help.max_scroll_y == 0
        await pilot.press("escape")
        await settle(pilot)
        assert not app.screen.query(Help)


async def test_every_key_that_the_bar_names_is_bound():
    keys = {
        "[": "left_square_bracket",
        "]": "right_square_bracket",
        "F1": "f1",
        "+": "plus",
        "-": "minus",
    }
    for session in (
        Staged(),
        Staged(IN_TURN, 9.0),
        Staged(IN_TURN, OVER),
        Replay(IN_TURN, Held(0)),
    ):
        async with showing(session) as (app, _pilot):
            bound = set(app.active_bindings)
            hints = app.screen.query_one(KeyBar).hints
            named = [key for hint in hints for key in hint.key.split() if "–" not in key]
            assert [key for key in named if keys.get(key, key) not in bound] == []


async def test_q_quits_with_status_0():
    async with showing(Staged(), (80, 24)) as (app, pilot):
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


# -- the sheets ------------------------------------------------------------------------------------


def said_wrong(app: RaytasksApp) -> str:
    return str(app.screen.query_one("#wrong", Static).content)


async def test_the_sheet_says_what_is_wrong_while_one_types():
    session = Staged()
    before = session.plan
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("s")
        await pilot.pause()
        sheet = app.screen
        assert isinstance(sheet, SettingsSheet)
        field = sheet.query_one("#field-tasks", Input)
        assert field.has_focus
        field.value = ""
        await pilot.press("0")
        await pilot.pause()
        assert said_wrong(app) == "tasks must be from 1 to 100,000; got 0."
        assert said_wrong(app) in words(app)
        assert field.has_class("-bad")
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is sheet
        field.value = "[bold]"
        await pilot.pause()
        assert "got “[bold]”" in words(app)
        field.value = "2_4"
        await pilot.pause()
        assert said_wrong(app) == ""
        assert not field.has_class("-bad")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, RaceScreen)
        assert session.plan.params == {**before.params, "tasks": 24}


@pytest.mark.parametrize("size", [(60, 16), (60, 20), (80, 24), (100, 30), (120, 40)])
@pytest.mark.parametrize("workload", ["images", "pi"])
async def test_the_settings_name_their_keys_at_every_size(workload: str, size: tuple[int, int]):
    session = Staged()
    session.choose(workload)
    async with showing(session, size) as (app, pilot):
        await pilot.press("s")
        await settle(pilot)
        assert "Enter Apply · Esc Cancel" in words(app)
        if size[1] >= 20:  # where they take two lines
            assert "F2 Preset tutorial" in re.sub(r"[\s▎▊█▁▔]+", " ", words(app))


async def test_escape_leaves_the_plan_alone():
    session = Staged()
    before = session.plan
    async with showing(session, (80, 24)) as (app, pilot):
        for key, sheet in (("s", SettingsSheet), ("w", WorkloadSheet)):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, sheet)
            await pilot.press("5", "escape")
            await pilot.pause()
            assert isinstance(app.screen, RaceScreen)
        assert session.plan == before


async def test_f2_fills_in_the_preset_and_schedule_and_seed_are_settings():
    session = Staged()
    async with showing(session) as (app, pilot):
        await pilot.press("s")
        await pilot.pause()
        await pilot.press("f2")
        await pilot.pause()
        assert app.screen.query_one("#field-samples", Input).value == "10,000,000"
        app.screen.query_one("#field-seed", Input).value = "1234"
        app.screen.query_one("#field-schedule", Input).value = "alternating"
        await pilot.pause()
        assert "schedule must be one of alternate, in-turn, together" in prose(app)
        app.screen.query_one("#field-schedule", Input).value = "together"
        app.screen.query_one("#field-fail-every", Input).value = "some"
        await pilot.pause()
        assert "fail-every must be a whole number from 0 to 100,000" in prose(app)
        app.screen.query_one("#field-fail-every", Input).value = "3"
        await pilot.press("enter")
        await settle(pilot)
        assert session.plan.faults == Faults(fail_every=3)
        assert "together, fail-every 3. Press space to start." in prose(app)
        await pilot.press("v")
        assert "Faults are injected: set them to 0 in the settings (s) first." in notices(app)
        assert session.plan.params["samples"] == 10_000_000
        assert session.plan.seed == 1234
        assert session.plan.schedule == "together"


async def test_nodes_of_a_local_cluster_are_settings_and_a_preset(monkeypatch: pytest.MonkeyPatch):
    session = Staged()
    session.choose("sleep")
    async with showing(session) as (app, pilot):
        await pilot.press("s", "f2")
        await settle(pilot)
        assert app.screen.query_one("#field-nodes", Input).value == "0"
        await pilot.press("f2")
        await settle(pilot)
        assert app.screen.query_one("#field-nodes", Input).value == "4"
        app.screen.query_one("#field-num_cpus", Input).value = "1.5"
        await pilot.pause()
        assert "num_cpus must be a fraction or a whole number; got 1.5." in prose(app)
        app.screen.query_one("#field-num_cpus", Input).value = "0.5"
        monkeypatch.setattr(local_nodes.memory, "available", lambda: 0)
        app.screen.query_one("#field-cpus_per_node", Input).value = "2"
        await pilot.pause()
        assert "4 local nodes of 2 CPUs need about" in prose(app)
        monkeypatch.undo()
        await pilot.press("enter")
        await settle(pilot)
        plan = session.plan
        assert (plan.nodes, plan.cpus_per_node, plan.num_cpus) == (4, 2, 0.5)
        assert plan.strategy == "spread"
        assert plan.shaped(session.options).cpus == 8
        assert "4 local nodes, spread strategy" in prose(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_whole_sheet_can_be_walked_with_the_arrows(size: tuple[int, int]):
    async with showing(Staged(), size) as (app, pilot):
        await pilot.press("s")
        await pilot.pause()
        seen = []
        for _ in app.screen.query(Input):
            assert app.focused is not None
            seen.append(app.focused.id)
            await pilot.press("down")
            await pilot.pause()
        assert seen == [
            f"field-{name}"
            for name in (
                *("tasks", "samples", "kernel", "schedule", "drain", "order"),
                *("batch", "threads-per-task"),
                *("nodes", "cpus_per_node", "num_cpus", "strategy", "seed"),
                *("fail-every", "hang-every", "straggle-every"),
            )
        ]
        assert app.screen.query_one(VerticalScroll).max_scroll_y > 0 or size != (80, 24)
        assert "Esc Cancel" in words(app)


async def test_w_brings_a_workload_back_as_it_was_set():
    session = Staged()
    session.plan = replace(
        session.plan, params={**session.plan.params, "tasks": 5}, inputs=("a", "b")
    )
    before = session.plan
    async with showing(session) as (_, pilot):
        for keys in (("w", "down", "down", "enter"), ("w", "enter"), ("w", "home", "enter")):
            await pilot.press(*keys)  # the workload of now is the one that enter takes
            await settle(pilot)
            assert (session.plan == before) == ("home" in keys)
        assert session.plan == before


async def test_w_chooses_a_workload_and_one_without_a_picture_says_so():
    session = Staged(IN_TURN, OVER)
    async with showing(session) as (app, pilot):
        await pilot.press("w")
        await pilot.pause()
        assert "π by Monte Carlo" in words(app)
        options = app.screen.query_one(OptionList)
        await pilot.press("down", "down", "enter")
        assert options.option_count == 6
        await settle(pilot)
        assert session.plan.workload == "sleep"
        assert session.plan.params == {"tasks": 10, "seconds": 1.0, "workers": 4, "spread": 1.0}
        assert session.race.opened is None
        assert "Tasks that wait" in words(app)
        assert "samples" not in words(app)
        await pilot.press("2")
        await settle(pilot)
        assert isinstance(app.screen, PictureScreen)
        assert "This workload has no view of its own" in words(app)


async def test_choosing_the_workload_again_brings_the_picture_back():
    session = Staged(IN_TURN, OVER)
    async with showing(session) as (app, pilot):
        for keys in (("w", "down", "enter"), ("w", "home", "enter")):
            await pilot.press(keys[0])
            await pilot.pause()
            await pilot.press(*keys[1:])
            await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        assert "no picture" not in words(app)
        assert "no samples yet" in words(app)


# -- the log ---------------------------------------------------------------------------------------


async def test_the_log_shows_every_line_as_it_is():
    session = Staged()
    lines = [
        "(raylet) started",
        "[bold]not bold[/bold] [@click=app.quit]x[/]",
        "\x1b[31mred\x07 \x9b2Jclear",
        "λ ¼ 日本語",
    ]
    async with showing(session) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        for number, text in enumerate(lines):
            session.apply(ev.Logged(t=at(number), lane="ray", text=text))
        await settle(pilot)
        shown = words(app)
        assert not CONTROL.search(shown.replace("\n", ""))
        body = [line.strip() for line in shown.splitlines()[1:-1] if line.strip()]
        assert body == [
            "08:00:00.000   R  (raylet) started",
            f"08:00:01.000   R  {lines[1]}",
            "08:00:02.000   R  [31mred 2Jclear",
            "08:00:03.000   R  λ ¼ 日本語",
        ]


async def test_the_log_names_the_task_of_each_line_in_a_column_of_its_own():
    session = Staged()
    lines = [("from C", -1), ("two", 2), ("many", 1200)]
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        for text, task in lines[:1]:
            session.apply(ev.Logged(t=at(0), lane="ray", text=text, task=task))
        await settle(pilot)
        assert "08:00:00   R  from C" in words(app)
        for text, task in lines[1:]:
            session.apply(ev.Logged(t=at(0), lane="ray", text=text, task=task))
        await settle(pilot)
        body = [line.strip() for line in words(app).splitlines()[1:-1] if line.strip()]
        assert body == [
            "08:00:00   R              from C",
            "08:00:00   R      task 2  two",
            "08:00:00   R  task 1,200  many",
        ]
        await resize(pilot, 60, 20)
        assert "task 1,200  many" in words(app)


async def test_a_long_line_of_the_log_is_wrapped_below_its_own_text_at_any_width():
    session = Staged()
    text = "a sentence of the tasks " * 8
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        session.apply(ev.Logged(t=at(0), lane="ray", text=text))
        for width in (80, 120, 60):
            await resize(pilot, width, 24)
            assert not app.screen.query_one(LogText).show_horizontal_scrollbar
            body = [line for line in words(app).splitlines()[1:-1] if line.strip()]
            start = body[0].index("a sentence")
            assert {line[:start].strip() for line in body[1:]} == {""}
            assert " ".join(line[start:].strip() for line in body) == text.strip()


async def test_lines_that_are_wrapped_need_no_scrollbar_below_them():
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        for _ in range(4):
            for _ in range(10):
                session.apply(ev.Logged(t=at(0), lane="ray", text="some words " * 12))
            await settle(pilot)
        log = app.screen.query_one(LogText)
        assert log.show_vertical_scrollbar
        assert not log.show_horizontal_scrollbar


async def test_the_log_follows_the_newest_line_unless_it_was_scrolled_back():
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        for number in range(100):
            session.apply(ev.Logged(t=at(0), lane="serial", text=f"line {number}"))
        await settle(pilot)
        assert "line 99" in words(app)
        await pilot.press("pageup")
        await settle(pilot)
        await pilot.wait_for_scheduled_animations()
        first = words(app).splitlines()[1][:20]
        session.apply(ev.Logged(t=at(0), lane="serial", text="line 100"))
        await settle(pilot)
        assert words(app).splitlines()[1][:20] == first
        assert "line 99" not in words(app)
        await pilot.press("end")
        await settle(pilot)
        await pilot.wait_for_scheduled_animations()
        assert "line 100" in words(app)


async def test_the_log_keeps_up_with_a_flood():
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        for number in range(12_000):
            session.apply(ev.Logged(t=at(0), lane="serial", text=f"line {number}"))
        await settle(pilot)
        assert "line 11999" in words(app)
        assert "line 12\n" not in words(app)


# -- replays ---------------------------------------------------------------------------------------


async def test_a_replay_plays_pauses_and_plays_again():
    clock = Held(0)
    async with showing(Replay(TOGETHER, clock)) as (app, pilot):
        assert "↺ REPLAY" in words(app)
        clock.seconds = 9.0
        await settle(pilot)
        midway = words(app)
        assert "● running" in midway
        await pilot.press("space")
        clock.seconds = 1000.0
        await settle(pilot)
        assert "‖ PAUSED" in words(app)
        assert words(app).splitlines()[1:-1] == midway.splitlines()[1:-1]
        await pilot.press("space")
        clock.seconds = 2000.0
        await settle(pilot)
        await settle(pilot)
        over = words(app)
        assert "Every lane computed the same answer." in prose(app)
        await pilot.press("r")
        await settle(pilot)
        assert "same answer" not in prose(app)
        clock.seconds = 4000.0
        await settle(pilot)
        await settle(pilot)
        assert words(app) == over


async def test_a_replay_shows_what_the_race_showed():
    events = pi_race(schedule="in-turn")
    clock = Held(0)
    async with showing(Replay(events, clock)) as (app, pilot):
        for step in range(1, 40):
            clock.seconds = step
            await settle(pilot)
        replayed = words(app).splitlines()[1:-2]
    async with showing(watching(events, OVER)) as (app, pilot):
        assert words(app).splitlines()[1:-2] == replayed


async def test_what_a_replay_cannot_do_says_so():
    async with showing(Replay(TOGETHER, Held(0))) as (app, pilot):
        for key in ("x", "n", "s", "w", "t"):
            await pilot.press(key)
        assert notices(app) == ["Replay only: pause or restart."] * 5


async def test_a_race_of_very_many_tasks_and_workers_fits_the_screen():
    events = fabricated_race(tasks=3000, workers=40, reports=0, seconds=300)
    opened = msgspec.structs.replace(events[0], host={"logical_cpus": 40})
    async with showing(watching([opened, *events[1:]], 12.0), (80, 24)) as (app, _pilot):
        assert "3,000" in words(app)
        assert re.search(r"\+\d+ ", words(app))


def test_the_plan_of_these_tests_is_that_of_the_app():
    assert plan().params == {"tasks": 16, "samples": 3_000_000, "kernel": "python"}


@pytest.mark.parametrize("columns", [80, 100, 120, 200])
async def test_the_first_line_says_what_is_raced_and_the_races_state(columns: int):
    moments = {
        "░ STARTING": lambda: before_the_race(WHILE_STARTING),
        "● RACING": lambda: watching(IN_TURN, MIDWAY),
        "✔ FINISHED": lambda: watching(IN_TURN, OVER),
        "↺ REPLAY": lambda: Replay(IN_TURN),
    }
    for word, make in moments.items():
        async with showing(make(), (columns, 30)) as (app, pilot):
            await settle(pilot)
            line = words(app).splitlines()[0]
            assert word in line
            assert "π · 16 × 3,000,000" in line


@pytest.mark.parametrize("columns", range(60, 201, 5))
def test_the_first_line_names_what_is_raced_beside_a_state_of_any_length(columns: int):
    bar = TopBar()
    for length in range(6, 24):
        bar.status = Status("x" * length, "plain", (("π · 16 × 3,000", "π · 16"),))
        line = "".join(segment.text for segment in bar.draw(Page(columns, 1, DARK))[0])
        assert "π · 16" in line
        assert len(line) == columns


async def test_a_summary_in_full_has_nothing_but_the_summary():
    async with showing(watching(IN_TURN, OVER), (120, 40)) as (app, pilot):
        await settle(pilot)
        assert "Next: r again" in prose(app)
        await pilot.press("enter")
        await settle(pilot)
        text = app.screen.query_one("#full-text", Static).content
        assert "faster than serial" in str(text)
        assert "Next:" not in str(text)


async def test_what_a_setting_is_for_can_be_read_to_its_end():
    async with showing(Staged(), (80, 24)) as (app, pilot):
        await pilot.press("s")
        await settle(pilot)
        left, _, width, _ = app.screen.query_one(".sheet").region
        lines = [line[left + 1 : left + width - 1] for line in words(app).splitlines()]
        scroll_bar = re.compile("[▁-▏]")
        form = " ".join(scroll_bar.sub(" ", " ".join(lines)).split())
        for parameter in PI.parameters:
            assert f"{parameter.help} ({parameter.limits()})" in form
