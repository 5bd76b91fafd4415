"""Keys that come faster than the screen: each acts on what the one before it left; nothing is asked
or left twice.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.staged import Held, Staged, done, pi_race, sampled, settle, showing
from tui import input_order
from tui.app import RaytasksApp
from tui.replay import Replay
from tui.session import Session
from tui.sheets.full_text import FullTextSheet
from tui.sheets.lanes import LanesSheet
from tui.sheets.settings import SettingsSheet
from tui.sheets.sweep import SweepSheet
from tui.sheets.workload import WorkloadSheet

IN_TURN = pi_race(tasks=8, schedule="in-turn")
OVER = 1000.0
SHEETS = {"s": SettingsSheet, "w": WorkloadSheet, "e": LanesSheet, "v": SweepSheet}
STATES = {
    "before": lambda: Staged(),
    "during": lambda: Staged(IN_TURN, 12.0),
    "after": lambda: Staged(IN_TURN, OVER),
    "replay": lambda: Replay(IN_TURN, Held(5)),
}


def at_once(app: RaytasksApp, *keys: str) -> None:
    """Keys as they come in one read of the terminal: all of them are posted before the first is
    handled.
    """
    for key in keys:
        character = key if len(key) == 1 else {"enter": "\r", "space": " "}.get(key)
        app.post_message(events.Key(key, character))


@asynccontextmanager
async def opened(session: Session, *keys: str) -> AsyncIterator[tuple[RaytasksApp, Pilot[int]]]:
    async with showing(session, (80, 24), animated=True) as (app, pilot):
        for key in keys:
            at_once(app, key)
            await settle(pilot)
        yield app, pilot


@pytest.mark.parametrize("sheet", SHEETS)
async def test_two_enters_take_a_sheet_once(sheet: str):
    session = Staged()
    async with opened(session, sheet) as (app, pilot):
        assert isinstance(app.screen, SHEETS[sheet])
        at_once(app, "enter", "enter")
        await settle(pilot)
        # The second one is the screen's below, which shows the summary in full.
        assert [type(screen) for screen in app.screen_stack[1:]] == [FullTextSheet]


@pytest.mark.parametrize("sheet", SHEETS)
async def test_a_sheet_opens_once_and_gets_what_is_typed_after_its_key(sheet: str):
    async with opened(Staged()) as (app, pilot):
        at_once(app, sheet, sheet)
        await settle(pilot)
        assert [type(screen) for screen in app.screen_stack[1:]] == [SHEETS[sheet]]


async def test_what_is_typed_before_the_sheet_is_there_is_in_its_field():
    session = Staged()
    async with opened(session) as (app, pilot):
        at_once(app, "s", "end", "backspace", "backspace", "2", "4", "enter", "space")
        await settle(pilot)
        assert app.screen_stack == [app.screen]
        assert session.plan.params["tasks"] == 24
        assert session.asked == ["open", "start"]


async def test_text_pasted_right_after_the_key_reaches_the_field():
    async with opened(Staged()) as (app, pilot):
        at_once(app, "s")
        app.post_message(events.Paste("77"))
        await settle(pilot)
        assert "77" in app.screen.query(Input).first().value


async def test_keys_typed_before_the_first_screen_is_there_act_on_it():
    session = Staged()
    app = RaytasksApp(lambda: session)
    async with app.run_test(size=(80, 24)) as pilot:
        at_once(app, "space", "2")
        while app.current_mode != "picture":
            await pilot.pause()
        await settle(pilot)
        assert session.asked == ["open", "start"]


async def test_only_the_screen_that_is_open_is_made():
    async with opened(Staged()) as (app, pilot):
        assert [type(screen).__name__ for screen in app.screen_stack] == ["RaceScreen"]
        assert set(app._screen_stacks) == {"_default", "race"}
        at_once(app, "2")
        await settle(pilot)
        assert set(app._screen_stacks) == {"_default", "race", "picture"}


@pytest.mark.parametrize("moment", ["first", "third", "fifth"])
async def test_closing_while_it_opens_raises_nothing(moment: str):
    """The app is told to exit at a moment of its start; Textual then walks through the screens that
    there are.
    """
    app = RaytasksApp(lambda: Staged())
    count = {"first": 1, "third": 3, "fifth": 5}[moment]
    async with app.run_test(size=(80, 24)):
        for _ in range(count):
            await asyncio.sleep(0)
        app.exit(143)
    assert app.return_value == 143
    assert app._exception is None


@pytest.mark.parametrize("leave", ["q", "ctrl+q"])
async def test_the_app_can_be_left_before_its_first_screen_is_there(leave: str):
    app = RaytasksApp(lambda: Staged())
    async with app.run_test(size=(80, 24)) as pilot:
        at_once(app, leave)
        while app.is_running and app.return_code is None:
            await pilot.pause()
    assert app.return_code == 0


OTHER_KEYS = (
    "a",
    "5",
    "space",
    "enter",
    "tab",
    "up",
    "down",
    "backspace",
    "f2",
    "ctrl+c",
    "ctrl+p",
)


@pytest.mark.parametrize(
    ("place", "state"),
    sampled(["1", "2", "3", "4", "7", "s", "w", "e", "v", "f1", "ctrl+p"], STATES),
)
async def test_every_key_twice_within_a_millisecond(place: str, state: str):
    """On every screen and sheet, in every state: nothing raises, no sheet is left that Escape
    doesn't close.
    """
    session = STATES[state]()
    async with showing(session, (60, 16), animated=True) as (app, pilot):
        at_once(app, place)
        await settle(pilot)
        there = app.screen
        keys = dict.fromkeys((*there.active_bindings, *OTHER_KEYS))
        for number, key in enumerate(keys):
            if key not in ("q", "ctrl+q"):
                way = () if app.screen is there else ("1", place)
                with app.batch_update():  # to paint after each would take most of the time
                    at_once(app, *way, key, key, *["escape"] * 4)
                    await done(app)
                if number % 8 == 0:
                    await pilot.pause()
                assert app.screen_stack == [app.screen], f"{place} {key} {key} left {app.screen}"
        await pilot.pause()
        assert app.is_running


async def for_ever(app: RaytasksApp) -> bool:
    return await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("leave", ["q", "ctrl+q"])
async def test_it_can_be_left_before_its_first_screen_whatever_key_came_first(leave: str):
    app = RaytasksApp(lambda: Staged(), prepare=for_ever)
    async with app.run_test(size=(80, 24)) as pilot, asyncio.timeout(60):
        at_once(app, "space", "2")
        await pilot.pause()
        at_once(app, "ctrl+c")
        while not app._notifications:
            await pilot.pause()
        at_once(app, leave)
        while app.return_code is None:
            await pilot.pause()
        assert [event.key for event in app._waiting if isinstance(event, events.Key)] == [
            "space",
            "2",
        ]


async def test_a_character_typed_alone_is_followed_for_one_round_only(
    monkeypatch: pytest.MonkeyPatch,
):
    followed: list[MessagePump] = []
    flush = input_order._flush

    async def noted(node: MessagePump) -> None:
        followed.append(node)
        await flush(node)

    async with opened(Staged(), "s") as (app, _pilot):
        monkeypatch.setattr(input_order, "_flush", noted)
        for key, rounds in (("1", 1), ("left", input_order.ROUNDS)):
            followed.clear()
            at_once(app, key)
            await done(app)
            assert sum(isinstance(node, Input) for node in followed) == rounds
