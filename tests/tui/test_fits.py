"""Every screen, sheet, help, palette and notice at many sizes: nothing is cut off; --ascii draws
nothing else.
"""

import pytest
from rich.cells import cell_len

from tests.tui.staged import done, resize, settle, showing, words
from tests.tui.test_fuzz import STATES
from tui.app import RaytasksApp
from tui.drawing.glyphs import OnlyAscii, in_cells
from tui.drawing.lines import Lines

SIZES = ((60, 16), (80, 24), (99, 31), (100, 32), (120, 40), (159, 50), (160, 60), (250, 80))


def cut_off(app: RaytasksApp) -> list[str]:
    """The widgets that draw more than they have room for, and what of."""
    found = []
    for widget in app.screen.query(Lines):
        width, height = widget.content_size
        if not widget.region or not width or not height or not widget.display:
            continue
        lines = ["".join(segment.text for segment in line) for line in widget.draw(widget.page)]
        found += [
            f"{type(widget).__name__} {width}x{height}: {line!r}"
            for line in lines
            if cell_len(line) > width
        ]
        found += (
            [f"{type(widget).__name__} {width}x{height}: {len(lines)} lines"]
            if len(lines) > height
            else []
        )
    return found


@pytest.mark.parametrize("state", ["after", "images"])
async def test_nothing_is_cut_off_at_any_size(state: str):
    async with showing(STATES[state](), (80, 24)) as (app, pilot):
        for screen in "12347":
            await pilot.press(screen)
            for size in SIZES:
                await resize(pilot, *size)
                assert cut_off(app) == [], f"screen {screen} at {size}"


@pytest.mark.parametrize("state", ["after", "images"])
async def test_ascii_draws_nothing_else_anywhere(state: str):
    async with showing(STATES[state](), (80, 24), ascii=True) as (app, pilot):
        places = [
            ("1",),
            ("2",),
            ("enter",),
            ("3",),
            ("enter",),
            ("4",),
            ("y",),
            ("7",),
            ("f1",),
            ("x",),
            ("ctrl+p",),
        ]
        sheets = [("1", key) for key in "swev"]
        for size in ((60, 16), (120, 40)):
            await resize(pilot, *size)
            for keys in (*places, *sheets):
                await pilot.press(*keys)
                await settle(pilot)
                shown = words(app)
                assert [line for line in shown.splitlines() if not line.isascii()] == [], keys
                assert "??" not in shown, (
                    f"{keys}: a glyph of ours has no likeness in ASCII\n{shown}"
                )
                if len(app.screen_stack) > 1:
                    await pilot.press("escape", "escape")
                    await done(app)
            if app.screen.query("Help"):
                await pilot.press("f1")


def test_every_cell_keeps_its_width():
    for text in ("│é日🔎█ä\u0301…√²µ×π≈", "plain"):
        assert in_cells(text).isascii()
        assert len(in_cells(text)) == cell_len(text)
    assert OnlyAscii().enabled
