"""Every pair of text and ground that a screen really paints can be read: in every theme, in every
state that a race can be in.

WCAG 2.2 asks for a contrast of 4.5 for text (1.4.3), of 7 for its strictest level (1.4.6), which
the contrast theme is held to, and of 3 for graphical marks (1.4.11). Not looked at: blank cells, an
image's own pixels, and lines that only divide or guide the eye.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.segment import Segment
from textual.geometry import Offset

from tests.fabricate import at
from tests.tui.staged import Held, Staged, pi_race, sampled, settle, showing, strips, swept
from tests.tui.test_images_screen import image_race
from tests.tui.test_race_figures import large
from tui.app import RaytasksApp
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette, contrast, palette
from tui.replay import Replay
from tui.session import Session
from tui.widgets.images.gallery import Gallery
from tui.widgets.images.portrait import Portrait
from workloads.core import events as ev
from workloads.ledger.recording import read

PALETTES = {each.name: each for each in (DARK, LIGHT, CONTRAST)}
OVER = 1000.0
RECORDINGS = Path(__file__).parent.parent / "recordings"

MARK = 3.0
PIXELS = "▀▄"
"""What an image is drawn with."""

EDGES = "▏▎▍▌▋▊▉"
"""Where two fills meet within a cell: the cells beside it show each of them."""

GUIDES = "│─┃┤┈└┬|-:┊"
"""Grid lines, axes and frames, where they have the theme's colour for them."""


def lane_failed() -> list[ev.AnyEvent]:
    """Ray's start-up fails; serial runs."""
    race = [event for event in pi_race(tasks=4) if event.lane != "ray" or event.t < at(1.5)]
    why = ev.LaneFailed(t=at(1.5), lane="ray", reason="Ray didn't start: no space left on device.")
    return sorted([*race, why], key=lambda event: event.t)


def superlinear() -> list[ev.AnyEvent]:
    """Ray is ten times as fast as serial on two workers."""
    zero = next(e.t for e in pi_race(tasks=8) if isinstance(e, ev.RunStarted) and e.lane == "ray")

    def faster(event: ev.AnyEvent) -> ev.AnyEvent:
        if event.lane != "ray" or event.t < zero:
            return event
        event = msgspec.structs.replace(event, t=zero + (event.t - zero) // 10)
        if isinstance(event, ev.Finished):
            return msgspec.structs.replace(event, start=zero + (event.start - zero) // 10)
        if isinstance(event, ev.RunEnded):
            return msgspec.structs.replace(event, wall_s=event.wall_s / 10)
        return event

    return sorted(map(faster, pi_race(tasks=8)), key=lambda event: event.t)


def cluster() -> list[ev.AnyEvent]:
    """Workers on two nodes."""

    def placed(event: ev.AnyEvent) -> ev.AnyEvent:
        if isinstance(event, ev.WorkerJoined) and event.lane == "ray":
            return msgspec.structs.replace(event, node=f"10.0.0.{event.worker % 2 + 1}")
        return event

    return [placed(event) for event in pi_race(tasks=24, workers=8)]


def logged() -> list[ev.AnyEvent]:
    """A finished race in turn whose lanes print."""
    lines = [
        ev.Logged(t=at(number), lane="ray", text=f"line {number}", task=number)
        for number in range(9)
    ]
    return [*pi_race(schedule="in-turn"), *lines, ev.Logged(t=at(9), text="2 CPUs")]


def changed() -> Staged:
    """After a race, with settings for the next that differ from it."""
    session = Staged(logged(), OVER)
    session.plan = replace(session.plan, params={**session.plan.params, "tasks": 40})
    return session


STATES: dict[str, Callable[[], Session]] = {
    "before": Staged,
    "starting": lambda: Staged(pi_race(), 2.0),
    "running": lambda: Staged(pi_race(lanes=("serial", "threads", "processes", "ray")), 9.0),
    "in turn": lambda: Staged(pi_race(schedule="in-turn"), 22.0),
    "finished": lambda: Staged(logged(), OVER),
    "failed": lambda: Staged(pi_race(failures=[2, 5]), OVER),
    "lane failed": lambda: Staged(lane_failed(), OVER),
    "cancelled": lambda: Staged(pi_race(cancel=4.0), OVER),
    "retried": lambda: Staged(pi_race(retries=[4]), OVER),
    "superlinear": lambda: Staged(superlinear(), OVER),
    "one task": lambda: Staged(pi_race(tasks=1), OVER),
    "100,000 tasks": large,
    "cluster": lambda: Staged(cluster(), OVER),
    "replay": lambda: Replay(logged(), Held(12)),
    "images": lambda: Staged(image_race(failures=[3]), OVER),
    "images run": lambda: Staged(image_race(), 25.0),
    "function": lambda: Replay(read(RECORDINGS / "function-1.jsonl"), Held(OVER)),
    "changed": changed,
    "swept": swept,
}
"""What a race, and the screen, may be in the middle of."""


def cells(app: RaytasksApp) -> Iterator[tuple[Segment, Offset]]:
    """What is on screen, piece by piece, and where."""
    for y, strip in enumerate(strips(app)):
        x = 0
        for segment in strip:
            yield segment, Offset(x, y)
            x += segment.cell_length


def is_mark(char: str) -> bool:
    """True for blocks, lines, dots and shapes, which are seen rather than read."""
    return (
        "─" <= char <= "◿"
        or char in "•·"
        or "⠀" <= char <= "⣿"
        or unicodedata.category(char) == "So"
    )


def unreadable(app: RaytasksApp, colors: Palette) -> set[tuple[float, str, str, str]]:
    """The pairs of ink and ground below what their characters need, with their text."""
    images = [w.region for w in app.screen.query("*") if isinstance(w, Gallery | Portrait)]
    least = 4.5
    if colors is CONTRAST:
        least = 7.0
    found = set()
    for segment, place in cells(app):
        words = segment.text.replace("⠀", " ")
        if any(place in region for region in images):
            words = words.translate(dict.fromkeys(map(ord, PIXELS), " "))
        style = segment.style
        if not words.strip() or not style or not style.color or not style.bgcolor:
            continue
        ink, ground = (c.get_truecolor().hex for c in (style.color, style.bgcolor))
        words = words.translate(dict.fromkeys(map(ord, EDGES), " "))
        if ink == colors.rule:
            words = words.translate(dict.fromkeys(map(ord, GUIDES), " "))
        needed = MARK
        if not all(map(is_mark, words.replace(" ", ""))):
            needed = least
        if words.strip() and contrast(ink, ground) < needed:
            found.add((round(contrast(ink, ground), 2), ink, ground, words.strip()[:40]))
    return found


@pytest.mark.parametrize(("theme", "state"), sampled(PALETTES, STATES, of=len(PALETTES)))
async def test_all_that_a_screen_paints_can_be_read(theme: str, state: str):
    colors = PALETTES[theme]
    async with showing(STATES[state](), (120, 40)) as (app, pilot):
        app.theme = theme
        for screen in "1234567":
            await pilot.press(screen)
            await settle(pilot)
            assert palette(app.theme) is colors
            assert unreadable(app, colors) == set(), f"screen {screen}"
