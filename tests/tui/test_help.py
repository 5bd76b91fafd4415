"""Help: our screens, keys, marks and terms first and only, readable to the end at 80×24."""

import asyncio

import pytest
from rich.console import Console
from textual import events
from textual.widgets import Static

from tests.tui.staged import Staged, done, pi_race, settle, showing, words
from tui.drawing.themes import palette
from tui.legend import LEGENDS
from tui.screens.help import HEADS, UPDATE_S, Help
from tui.widgets.bars import TABS
from workloads.core.glossary import GLOSSARY
from workloads.figures.definitions import DEFINITIONS

RACE = pi_race(schedule="in-turn")
PLUMBING = (
    "focus",
    "copy selected",
    "screenshot",
    "maximize",
    "minimize",
    "textual",
    "command_palette",
)


async def read_to_the_end(app, pilot) -> str:
    """Everything that the help says, read page by page."""
    help = app.screen.query_one(Help)
    pages = [words(app)]
    while help.scroll_y < help.max_scroll_y:
        app.post_message(events.Key("pagedown", None))
        await done(app)
        await settle(pilot)
        pages.append(words(app))
    return "\n".join(pages)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("screen", "123467")
async def test_help_has_keys_legend_and_terms_on_every_screen(screen: str, ascii: bool) -> None:
    async with showing(Staged(RACE, 23.0), (80, 24), ascii=ascii) as (app, pilot):
        await pilot.press(*([] if screen == "1" else [screen]), "f1")
        await settle(pilot)
        help = app.screen.query_one(Help)
        assert (help.region.y, help.region.bottom) == (1, 23), "the bars stay readable"
        assert help.max_scroll_y > 0
        assert help.show_vertical_scrollbar
        assert help.scrollbars_enabled[0]
        said = " ".join((await read_to_the_end(app, pilot)).split())
        assert [head for head in HEADS if head not in said] == []
        assert said.index(HEADS[0]) < said.index(HEADS[-2]) < said.index(HEADS[-1])
        assert [term for term in GLOSSARY if term not in said] == []
        assert [each.name for each in DEFINITIONS if app.printable(each.name) not in said] == []
        assert app.printable(DEFINITIONS[-1].text).split()[-1] in said
        for sign in LEGENDS[app.screen.TAB]:
            mark = (sign.mark, sign.ascii)[ascii]
            assert mark.strip().split()[0] in said
            assert sign.meaning.split()[-1] in said
        assert [word for word in PLUMBING if word in said.lower()] == []
        await pilot.press("escape")
        await settle(pilot)
        assert not app.screen.query(Help)


@pytest.mark.parametrize("screen", "123467")
async def test_help_names_the_same_keys_once_it_has_the_focus(screen: str) -> None:
    """Its own keys that scroll don't take the place of the screen's."""
    async with showing(Staged(RACE, 23.0), (80, 24)) as (app, pilot):
        await pilot.press(*([] if screen == "1" else [screen]), "f1")
        help = app.screen.query_one(Help)
        opened = words(app), help.max_scroll_y
        await asyncio.sleep(2 * UPDATE_S)
        await settle(pilot)
        assert (words(app), help.max_scroll_y) == opened
        assert app.focused is help


async def test_help_has_the_definition_of_every_figure_as_it_stands() -> None:
    async with showing(Staged(RACE, 23.0), (80, 24)) as (app, pilot):
        await pilot.press("f1")
        await settle(pilot)
        console = Console(width=1000)
        with console.capture() as drawn:
            console.print(app.screen.query_one("#all-keys", Static).content)
        said = drawn.get()
        assert [each.name for each in DEFINITIONS if each.text not in said] == []


def test_every_screen_has_a_legend_in_colours_of_the_palette() -> None:
    assert set(LEGENDS) == set(TABS)
    colors = palette("raytasks-dark")
    for signs in LEGENDS.values():
        assert signs
        for sign in signs:
            assert getattr(colors, sign.color).startswith("#")
            assert sign.ascii.isascii()


def test_every_term_is_one_sentence() -> None:
    for term, meaning in GLOSSARY.items():
        assert meaning.endswith("."), term
        assert ". " not in meaning, term
        assert meaning[0].isupper(), term
