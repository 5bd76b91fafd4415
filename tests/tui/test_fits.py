"""Every screen, sheet, help, palette and notice at many sizes: nothing is cut off; --ascii draws
nothing else.
"""

import re
from collections.abc import Callable

import msgspec
import pytest
from rich.cells import cell_len

from tests.fabricate import at
from tests.tui.staged import done, pi_race, prose, resize, settle, showing, words
from tests.tui.test_compare import LANES as FOUR
from tests.tui.test_fuzz import STATES
from tests.tui.test_race_figures import over
from tui.app import RaytasksApp
from tui.drawing.glyphs import OnlyAscii, in_cells
from tui.drawing.lines import Lines
from tui.session import Session
from workloads.core import events as ev

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
        for screen in "1234567":
            await pilot.press(screen)
            for size in SIZES:
                await resize(pilot, *size)
                assert cut_off(app) == [], f"screen {screen} at {size}"


def cut_texts(app: RaytasksApp) -> list[str]:
    """The ends of the sentences that a line on screen cuts with an ellipsis."""
    lines = words(app).splitlines()
    return [cut[1] for line in lines for cut in re.finditer(r"(\S+ \S+ \S+)…(?=\s|$)", line)]


REASON = "Ray failed to start: the control service (GCS) ended while it started: no space left on"

CUTTING: dict[str, Callable[[], Session]] = {
    "four lanes": lambda: over(pi_race(lanes=FOUR, schedule="in-turn")),
    "failed tasks": lambda: over(pi_race(lanes=FOUR, schedule="in-turn", failures=[3])),
    "lost workers": lambda: over(pi_race(schedule="in-turn", retries=[5])),
    "cancelled": lambda: over(pi_race(cancel=3.0)),
    "failed to start": lambda: over(failed_to_start()),
}


def failed_to_start() -> list[ev.AnyEvent]:
    """Ray has no workers, so serial races alone."""
    kept = [event for event in pi_race(schedule="in-turn") if event.lane != "ray"]
    failed = ev.LaneFailed(t=at(4.0), lane="ray", reason=f"{REASON} the device of /tmp/ray.")
    opened = ev.LaneOpened(t=at(0.0), lane="ray", engine="ray", pid=4000)
    ended = msgspec.structs.replace(kept[-1], status="failed")
    return sorted([*kept[:-1], opened, failed, ended], key=lambda event: event.t)


@pytest.mark.parametrize("state", CUTTING)
async def test_what_a_line_cuts_stands_whole_on_the_screen_or_behind_enter(state: str):
    async with showing(CUTTING[state](), (80, 24)) as (app, pilot):
        for size in ((80, 24), (100, 30)):
            await resize(pilot, *size)
            for screen in "124":
                await pilot.press(screen)
                await settle(pilot)
                cuts, shown = cut_texts(app), prose(app)
                missing = [cut for cut in cuts if not re.search(rf"{re.escape(cut)}[^…]", shown)]
                if missing:
                    await pilot.press("enter")
                    await settle(pilot)
                    full = prose(app).replace(" │ │ ", " ")
                    assert [cut for cut in missing if cut not in full] == [], f"{screen} at {size}"
                    await pilot.press("escape")
                    await settle(pilot)


async def test_a_lane_that_failed_names_the_key_that_shows_why():
    async with showing(CUTTING["failed to start"](), (80, 24)) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        row = next(line for line in words(app).splitlines() if " R  RAY " in line)
        assert "enter shows why" in row
        assert "…" not in row
        await pilot.press("enter")
        await settle(pilot)
        assert "no space left on the device of /tmp/ray" in " ".join(
            re.sub(r"[^\w/().: ]", " ", words(app)).split()
        )


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
