"""The palette (ctrl+p): it lists every key of the screen below it, and each command does what the
key does.
"""

from collections.abc import Callable

import pytest
from textual.command import CommandPalette
from textual.widgets import OptionList

from tests.tui.staged import (
    Held,
    Staged,
    done,
    notices,
    pi_race,
    resize,
    sampled,
    settle,
    showing,
    words,
)
from tui.key_table import TABLE
from tui.replay import Replay
from tui.session import Session

IN_TURN = pi_race(tasks=4, schedule="in-turn")
STATES: dict[str, Callable[[], Session]] = {
    "before": Staged,
    "during": lambda: Staged(IN_TURN, 12.0),
    "after": lambda: Staged(IN_TURN, 1000.0),
    "replay": lambda: Replay(IN_TURN, Held(5)),
}


OVERRIDDEN = ("select.large", "select.none", "select.slowest")
"""Bindings of the app on whose keys the race screen has one of its own, or another of the app."""


@pytest.mark.parametrize(("place", "state"), sampled("123467", STATES))
async def test_every_command_works_on_every_screen(place: str, state: str):
    async with showing(STATES[state](), (60, 16)) as (app, pilot):
        await pilot.press(place)
        await done(app)
        screen = app.screen
        listed = {command.title: command for command in app.get_system_commands(screen)}
        assert {
            "Start / freeze",
            "Cancel",
            "Settings",
            "Quit",
            "Help",
            "Theme",
            "Screenshot",
        } <= set(listed)
        assert {"Previous image", "Next image"} <= set(listed) or place == "3", (
            "keys with an argument"
        )
        for title, command in listed.items():
            if title in ("Quit", "Screenshot", "Suspend"):
                continue
            await command.callback()
            await pilot.pause()
            if len(app.screen_stack) > 1:
                await pilot.press("escape")
                await done(app)
            assert app.screen_stack == [app.screen], title
            await app.switch_mode(
                {
                    "1": "race",
                    "2": "picture",
                    "3": "tasks",
                    "4": "compare",
                    "5": "cluster",
                    "6": "code",
                    "7": "log",
                }[place]
            )
        assert app.screen is screen
        assert app.is_running


async def test_a_command_is_found_by_its_name_and_done():
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("ctrl+p")
        await settle(pilot)
        assert isinstance(app.screen, CommandPalette)
        while not app.screen.query_one(OptionList).option_count:
            await pilot.pause()
        await pilot.press(*"more tasks")
        while "Twice as many" not in words(app) or "Fewer" in words(app):
            await pilot.pause()
        await pilot.press("enter", "enter")
        while session.plan.params["tasks"] == 16:
            await pilot.pause()
        assert session.plan.params["tasks"] == 32


async def test_what_cannot_act_says_so_in_the_list_and_when_it_is_chosen():
    async with showing(Staged(), (80, 24)) as (app, _pilot):
        cancel = next(
            command for command in app.get_system_commands(app.screen) if command.title == "Cancel"
        )
        assert "Not now: No race is running." in cancel.help
        await cancel.callback()
        assert notices(app) == ["No race is running."]


async def test_over_a_sheet_it_offers_what_the_sheet_has():
    async with showing(Staged(), (80, 24)) as (app, pilot):
        await pilot.press("s")
        await done(app)
        listed = [command.title for command in app.get_system_commands(app.screen)]
        assert listed == ["Cancel", "Preset", "Screenshot"]


@pytest.mark.parametrize("place", ["s", "w", "e", "v", "f1", "ctrl+p", "x"])
async def test_a_terminal_of_a_few_cells_breaks_nothing(place: str):
    async with showing(Staged(), (80, 24)) as (app, pilot):
        await pilot.press(place)
        await settle(pilot)
        for size in ((1, 1), (2, 100), (5, 3), (200, 1), (9, 9)):
            await resize(pilot, *size)
        await resize(pilot, 80, 24)
        assert app.is_running


async def test_it_lists_every_command_of_the_app_with_its_keys():
    async with showing(Staged(), (80, 24)) as (app, _pilot):
        listed = {command.title: command for command in app.get_system_commands(app.screen)}
        for key in TABLE:
            for use in key.uses:
                if use.where == "app" and use.show and use.id not in OVERRIDDEN:
                    assert f"({app.keys.all(use.id)})" in listed[use.label].help
