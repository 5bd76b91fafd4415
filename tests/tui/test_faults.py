"""A fault costs its own panel, says so there and is logged; what takes long is waited for with the
keys at work.
"""

import errno
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static

from tests.fabricate import fabricated_race
from tests.tui.staged import Staged, done, notices, pi_race, prose, settle, showing, words
from tests.tui.test_images_screen import image_race
from tui.app import RaytasksApp
from tui.screens import race as race_screen
from tui.screens.images import ImagesView
from tui.sheets import settings
from tui.sheets.settings import SettingsSheet
from tui.sheets.workload import WorkloadSheet
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.fold import PiFold
from tui.widgets.race.timeline_panel import Timeline
from workloads import catalog
from workloads.core import events as ev
from workloads.core import plugins
from workloads.functions import probe
from workloads.ledger.lane import Lane

IN_TURN = pi_race(tasks=6, schedule="in-turn")
OVER = 1000.0


class Odd(Exception):
    """An exception whose text can't be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def failing(*given: Any, **named: Any) -> Any:
    raise ValueError("boom [bold]\x1b[31m")


async def the_log(app: RaytasksApp, pilot: Any) -> str:
    await pilot.press("7")
    await settle(pilot)
    return prose(app)


async def test_a_fold_that_fails_costs_its_picture_and_says_so_there(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(PiFold, "apply", failing)
    session = Staged(IN_TURN, OVER)
    async with showing(session, faulty=True) as (app, pilot):
        assert "The workload's view failed: ValueError: boom" in prose(app)
        assert "Press space to start." in prose(app)
        assert session.race.lane("ray").done == 6
        assert app.screen.query_one(Convergence).failure
        log = await the_log(app, pilot)
        assert "Traceback (most recent call last):" in log
        assert log.count("Traceback") == 1, "a fault that recurs is logged once"
    monkeypatch.undo()
    session.apply(IN_TURN[0])
    assert session.broken == {}, "the next race has its picture again"


async def test_a_view_that_cannot_be_imported_is_named_on_its_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[raytasks.views]\nnoop = nowhere.to_be_found:VIEW\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(plugins, "installed", plugins.installed.__wrapped__)  # nothing remembered
    race = [
        msgspec.structs.replace(event, workload="noop")
        if isinstance(event, ev.RaceOpened)
        else event
        for event in fabricated_race()
    ]
    async with showing(Staged(race, OVER), (80, 24), faulty=True) as (app, pilot):
        await pilot.press("2")
        await settle(pilot)
        why = "The plugin noop of broken can't be imported: ModuleNotFoundError"
        assert f"The workload's view failed: {why}" in prose(app)
        assert "no view of its own" not in prose(app)
        await pilot.press("1")
        await settle(pilot)
        assert "16/16" in words(app), "the race itself is shown"
        assert why in await the_log(app, pilot)


async def test_a_panel_that_cannot_be_drawn_leaves_the_others(monkeypatch: pytest.MonkeyPatch):
    session = Staged(IN_TURN, 12.0)
    async with showing(session, faulty=True) as (app, pilot):
        with monkeypatch.context() as patched:
            patched.setattr(Timeline, "draw", failing)
            await settle(pilot)
            assert "Timeline failed: ValueError: boom [bold][31m" in prose(app)
            assert "Running serial alone" in prose(app)
            assert "\x1b" not in words(app)
        session.feed_to(IN_TURN, 14.0)
        await settle(pilot)
        assert "Timeline failed" not in " ".join(words(app).split("╭")[0].splitlines()[:20])
        assert "SERIAL" in words(app)


@pytest.mark.parametrize("name", ["score", "show_pi"])
async def test_what_a_panel_is_given_may_fail(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setattr(race_screen, name, failing)
    async with showing(Staged(IN_TURN, OVER), faulty=True) as (app, _pilot):
        assert "failed: ValueError: boom" in prose(app)
        assert "SERIAL" in words(app)
        assert app.is_running


async def test_a_faulty_event_costs_itself(monkeypatch: pytest.MonkeyPatch):
    apply = Lane.apply

    def picky(lane: Lane, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.Finished) and event.task == 3:
            raise Odd
        apply(lane, event)

    monkeypatch.setattr(Lane, "apply", picky)
    session = Staged(IN_TURN, OVER)
    async with showing(session, faulty=True) as (app, _pilot):
        assert session.race.lane("ray").done == 5
        assert session.race.ended is not None
        assert session.broken["race"].startswith("Race tracking failed: Odd: <Odd without text>")
        assert "Race tracking failed: Odd" in prose(app)


async def test_a_click_that_fails_costs_nothing_else(monkeypatch: pytest.MonkeyPatch):
    from tui.widgets.bars import TopBar

    monkeypatch.setattr(TopBar, "on_click", failing)
    async with showing(Staged(IN_TURN, OVER), faulty=True) as (app, pilot):
        await pilot.click(offset=(15, 0))
        await pilot.press("2")
        await settle(pilot)
        assert app.current_mode == "picture"
        assert app.session.failures.sentences[0].startswith("TopBar failed: ValueError")


async def test_a_key_that_fails_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(RaytasksApp, "action_schedule", failing)
    async with showing(Staged(), faulty=True) as (app, pilot):
        await pilot.press("t", "2")
        await settle(pilot)
        assert notices(app)[0].startswith("The key for “schedule” failed: ValueError: boom")
        assert app.current_mode == "picture"


# -- what takes long -------------------------------------------------------------------------------


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Never set while a test looks; at its end, so that the threads go."""
    event = threading.Event()
    yield event
    event.set()


def blocked(event: threading.Event) -> Any:
    def wait(*given: object) -> Any:
        event.wait(60)
        return []

    return wait


async def keys_are_heard(app: RaytasksApp, doing: str) -> None:
    """While it is looked up, keys act: Escape leaves the sheet."""
    await done(app)
    assert doing in prose(app)
    assert "Esc cancels" in prose(app)
    app.post_message(events.Key("escape", "\x1b"))
    await done(app)
    assert len(app.screen_stack) == 1
    app.post_message(events.Key("2", "2"))
    await done(app)
    assert app.current_mode == "picture"


@pytest.mark.parametrize("keys", [("enter",), ("enter", "enter")])
async def test_a_workload_that_takes_long_to_load_can_be_left(
    monkeypatch: pytest.MonkeyPatch, held: threading.Event, keys: Sequence[str]
):
    abandoned: list[bool] = []
    monkeypatch.setattr(catalog, "added", lambda: (catalog.Added("slow", "slow:W", "slowly"),))
    monkeypatch.setattr(catalog, "describe", blocked(held))
    monkeypatch.setattr(probe, "abandon", lambda: abandoned.append(True))
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("w")
        await settle(pilot)
        assert isinstance(app.screen, WorkloadSheet)
        while not any(option.id == "slow" for option in app.screen.query_one(OptionList).options):
            await pilot.pause()
        await pilot.press("end", *keys)
        await keys_are_heard(app, "Loading slow …")
        assert abandoned
        assert session.plan.workload == "pi"


async def test_packages_that_take_long_to_look_through_leave_the_others_to_choose(
    monkeypatch: pytest.MonkeyPatch, held: threading.Event
):
    monkeypatch.setattr(catalog, "added", blocked(held))
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("w", "down", "down", "enter")
        await settle(pilot)
        assert session.plan.workload == "sleep"
        assert len(app.screen_stack) == 1


async def test_packages_that_cannot_be_looked_through_cost_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(catalog, "added", failing)
    async with showing(Staged(), faulty=True) as (app, pilot):
        while not notices(app):
            await pilot.pause()
        assert notices(app)[0].startswith("Loading the other screens failed: ValueError: boom")
        await pilot.press("2")
        await settle(pilot)
        assert app.current_mode == "picture"


async def test_a_workload_that_cannot_be_loaded_says_why_in_the_sheet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(
        catalog, "added", lambda: (catalog.Added("bad", f"{tmp_path}/none.py:W", "badly"),)
    )
    async with showing(Staged(), (80, 24)) as (app, pilot):
        await pilot.press("w")
        await settle(pilot)
        while app.screen.query_one(OptionList).option_count < 5:
            await pilot.pause()
        await pilot.press("end", "enter")
        while "No such file" not in str(app.screen.query_one("#wrong", Static).content):
            await pilot.pause()
        assert isinstance(app.screen, WorkloadSheet)


async def test_a_look_up_that_fails_says_so_in_the_sheet(monkeypatch: pytest.MonkeyPatch):
    def stale(name: str) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(catalog, "added", lambda: (catalog.Added("bad", "bad:W", "badly"),))
    monkeypatch.setattr(catalog, "describe", stale)
    async with showing(Staged(), (80, 24), faulty=True) as (app, pilot):
        await pilot.press("w")
        await settle(pilot)
        while app.screen.query_one(OptionList).option_count < 5:
            await pilot.pause()
        await pilot.press("end", "enter")
        while "Stale file handle" not in str(app.screen.query_one("#wrong", Static).content):
            await pilot.pause()
        await pilot.press("escape")
        assert "Stale file handle" in await the_log(app, pilot)


@pytest.mark.parametrize("what", ["exists", "find"])
async def test_a_folder_that_does_not_answer_can_be_left(
    monkeypatch: pytest.MonkeyPatch, held: threading.Event, tmp_path: Path, what: str
):
    session = Staged()
    session.choose("images")
    before = session.plan
    if what == "exists":
        monkeypatch.setattr(settings, "any_exists", blocked(held))
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("s")
        await settle(pilot)
        sheet = app.screen
        assert isinstance(sheet, SettingsSheet)
        if what == "find":
            assert sheet._workload.inputs
            sheet._workload = replace(
                sheet._workload, inputs=replace(sheet._workload.inputs, find=blocked(held))
            )
        sheet.query_one("#field-files", Input).value = str(tmp_path)
        await settle(pilot)
        await pilot.press("enter")
        while "Looking for" not in prose(app):
            await pilot.pause()
        await keys_are_heard(app, "Looking for")
        assert session.plan == before


async def test_leaving_while_a_screen_is_mounted_is_no_fault(monkeypatch: pytest.MonkeyPatch):
    compose = ImagesView.compose

    def leave(self: ImagesView) -> ComposeResult:
        self.app._exit = True  # as app.exit() does, whose message comes later
        self.app._return_code = 0
        yield from compose(self)

    monkeypatch.setattr(ImagesView, "compose", leave)
    app = RaytasksApp(lambda: Staged(image_race(tasks=1), 1.0))
    await app.run_async(headless=True, size=(80, 24))
    assert app.return_code == 0
