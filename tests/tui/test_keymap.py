"""Keys that a keymap has moved: they act, and bars, help, palette, sheets, sentences name them."""

import pytest

from tests.tui.staged import (
    Staged,
    done,
    notices,
    pi_race,
    prose,
    resize,
    settle,
    showing,
    watching,
    words,
)
from tui.keys import USUAL
from tui.screens.help import Help
from tui.session import Session
from tui.widgets.bars import TABS, KeyBar, TopBar

RACE = pi_race(schedule="in-turn")
MIDWAY, OVER = 23.0, 1000.0

MOVED = {binding: f"f{number}" for number, binding in enumerate(USUAL, 13)}
"""Each binding on a key that no keyboard has."""

NAMES = {key.upper() for key in MOVED.values()}


@pytest.mark.parametrize("moment", ["before", "midway", "over"])
@pytest.mark.parametrize("screen", TABS)
async def test_moved_keys_act_and_are_named(screen: str, moment: str) -> None:
    session: Session = Staged()
    if moment != "before":
        session = watching(RACE, {"midway": MIDWAY, "over": OVER}[moment])
    async with showing(session, (200, 60)) as (app, pilot):
        app.set_keymap(MOVED)
        if screen != "screen.race":
            await pilot.press(MOVED[screen])
        await settle(pilot)
        assert screen == app.screen.TAB  # type: ignore[attr-defined]
        bar = app.screen.query_one(KeyBar)
        assert {key for hint in bar.hints for key in hint.key.split()} <= NAMES
        for binding, name in TABS.items():
            assert f" {MOVED[binding].upper()} {name} " in words(app)
        await pilot.press(MOVED["help"])
        await settle(pilot)
        assert f"{MOVED['help.close'].upper()} closes this help" in prose(app)
        help = app.screen.query_one(Help)
        assert help._drawn is not None
        rows, _ = help._drawn
        named = {word for keys, _, _ in rows for word in keys.split()}
        assert named <= {*NAMES, "ctrl+p"}
        await pilot.press(MOVED["help.close"])
        await settle(pilot)
        assert not app.screen.query(Help)


async def test_sentences_and_notices_name_moved_keys() -> None:
    async with showing(Staged()) as (app, pilot):
        assert "Press space to start." in prose(app)
        app.set_keymap({"race.go": "g", "compare.view": "9", "race.cancel": "ctrl+k"})
        await settle(pilot)
        assert "Press g to start." in prose(app)
        await pilot.press("r", "4")
        await settle(pilot)
        assert notices(app) == ["No race yet. Press g to start."]
        await pilot.press("left")
        await settle(pilot)
        assert notices(app)[-1] == "This key is for the points of a sweep: 9 shows them."
        assert " 9 Sweep " in words(app)
        await pilot.press("g")
        await done(app)
        assert app.session.asked[-1] == "start"  # type: ignore[attr-defined]


async def test_what_screens_draw_names_moved_keys() -> None:
    async with showing(watching(RACE, OVER), (160, 24)) as (app, pilot):
        app.set_keymap({"race.startup": "y", "tasks.pagedown": "f9"})
        await pilot.press("4")
        await settle(pilot)
        assert "not counted: y counts it" in words(app)
        await resize(pilot, 60, 16)
        await pilot.press("3", "enter")
        await settle(pilot)
        assert "more lines: F9" in words(app)


@pytest.mark.parametrize(
    ("opens", "line"),
    [
        ("s", "Enter Apply · F14 Cancel · F15F16 Move · F17 Preset tutorial"),
        ("w", "Enter Apply · F14 Cancel"),
        ("e", "F19 Apply · F14 Cancel · F18 Toggle"),
        ("v", "Enter Start · F14 Cancel · F20F21 Choose"),
    ],
)
async def test_sheets_name_moved_keys(opens: str, line: str) -> None:
    bindings = (
        "sheet.leave",
        "settings.previous",
        "settings.next",
        "settings.preset",
        "lanes.choose",
        "lanes.take",
        "sweep.previous",
        "sweep.next",
    )
    async with showing(Staged()) as (app, pilot):
        app.set_keymap({binding: f"f{number}" for number, binding in enumerate(bindings, 14)})
        await pilot.press(opens)
        await settle(pilot)
        assert line.casefold() in words(app).casefold()
        await pilot.press("f14")
        await settle(pilot)
        assert len(app.screen_stack) == 1


async def test_a_click_on_a_tab_opens_its_screen_by_a_moved_key() -> None:
    async with showing(Staged(), (160, 40)) as (app, pilot):
        app.set_keymap({"screen.tasks": "f30"})
        await settle(pilot)
        at = words(app).splitlines()[0].index("F30 Tasks")
        await pilot.click(TopBar, (at + 1, 0))
        await settle(pilot)
        assert app.current_mode == "tasks"


async def test_the_palette_names_moved_keys() -> None:
    async with showing(Staged()) as (app, _pilot):
        app.set_keymap({"race.again": "f40"})
        texts = [command.help for command in app.get_system_commands(app.screen)]
        assert any(text.startswith("Race again with the same seed  (F40)") for text in texts)
