"""The selected picture, large: before beside after, with the figures of its task.

`draw_portrait` is pure; the widget calls it. On a flat screen the figures stand beside the
pictures, else below them; what doesn't fit is left out, the pictures last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.widgets.images.look import ARROW, FLAT, Look, Part, figures, size_of
from tui.widgets.images.picture import Picture
from tui.widgets.images.sides import Block, beside, draw_pair, draw_stacked, stacked_width
from workloads.core.errors import plain
from workloads.core.events import Stored
from workloads.core.wording import brief, size_text

LABEL = 12
"""Cells that the names of figures take, a blank included."""

BESIDE = 28
"""Cells that the task's figures need at least."""


@dataclass(frozen=True)
class PortraitView:
    """A picture of lane `engine`, None while there is none; how it was `stored` in the object
    store, where it was; whether a part of it is shown pixel by pixel.
    """

    picture: Picture | None = None
    engine: str = ""
    ghost: bool = False
    stored: Stored | None = None
    zoomed: bool = False


def draw_portrait(view: PortraitView, page: Page) -> list[Line]:
    """As many lines as the page has; one sentence where there is no picture."""
    width, height, picture = page.width, page.height, view.picture
    look = Look(page, view.engine, view.ghost)
    if picture is None:
        return look.note(["No image to show yet."], look.colors.dim, width, height, page.ground)
    lines = [_heading(picture, look)]
    if view.zoomed:
        lines.append(look.row(width, [(f" {_part(picture)}", look.colors.dim, False)]))
        if picture.crop:
            picture = picture.enlarged()
    if height >= FLAT:
        lines.append(look.blank(width))
    room = height - len(lines)
    if width >= LABEL:  # else there is no room for anything but the name
        if picture.error:
            lines += look.failure(picture.error, width, room, ["", _worker(picture)[0]])
        elif height < FLAT and width >= 60:
            lines += _beside(picture, view.stored, room, look)
        else:
            lines += _below(picture, view.stored, room, look)
    return [*lines, *[look.blank(width)] * height][:height]


def _heading(picture: Picture, look: Look) -> Line:
    width, dim = look.page.width, look.colors.dim
    if width <= 3:
        return look.blank(width)
    left: list[Part] = [(f" {picture.title}", look.words_ink, True)]
    if look.ghost:
        left.append(("  ghost", dim, False))
    right: list[Part] = []
    if picture.name:
        right = [(f"task {picture.task}", dim, False)]
    return [*look.badge(), *look.row(width - 3, left, right)]


def _part(picture: Picture) -> str:
    """Which part of the picture is shown, where it is zoomed."""
    if not picture.crop:
        return "This recording has no part of the image in its own pixels."
    left, top, width, height = picture.crop
    return f"{width}×{height} of {size_of(picture.before)} pixels, {left} from the left, {top} down"


def _beside(picture: Picture, stored: Stored | None, height: int, look: Look) -> list[Line]:
    """Before beside after, the task's figures at their right."""
    width = look.page.width
    half = max(2, min(2 * (height - 6), (width - BESIDE - 3 - ARROW) // 2))
    wide = 2 * half + ARROW
    facts = _facts(picture, stored, width - wide - 3, look)
    pair = Block(wide, draw_pair(picture, wide, height, look))
    return beside(pair, facts._replace(lines=facts.lines[:height]), 3, look)


def _below(picture: Picture, stored: Stored | None, height: int, look: Look) -> list[Line]:
    """The task's figures below the pictures; before above after where that makes them larger."""
    width = look.page.width
    half = (width - ARROW) // 2
    if half >= BESIDE:
        rest = width - half - ARROW
        table = Block(half, _table(picture, stored, half, look))
        facts = beside(table, Block(rest, _stages(picture, rest, look)), ARROW, look)
    else:
        facts = _facts(picture, stored, width, look).lines
    facts = [look.blank(width), *facts]
    if len(facts) > height - 12:  # gaps go before the last stages
        facts = [line for line in facts if any(part.text.strip() for part in line)]
        facts = facts[: max(0, height - 11)]
    room = height - len(facts)
    wide = stacked_width(picture, width, room)
    if wide > 1.2 * half:
        return [*draw_stacked(picture, wide, room, look), *facts]
    return [*draw_pair(picture, width, room, look), *facts]


# -- the task's figures ----------------------------------------------------------------------------


def _facts(picture: Picture, stored: Stored | None, width: int, look: Look) -> Block:
    """The task's figures, then its stages."""
    table, stages = _table(picture, stored, width, look), _stages(picture, width, look)
    return Block(width, [*table, look.blank(width), *stages])


def _worker(picture: Picture) -> Sequence[str]:
    """Who made it, how long that took, and at which attempt, from the longest wording to the
    shortest.
    """
    who = "worker unknown"
    if picture.worker >= 0:
        who = f"w{picture.worker}"
    took = f"{who}, {brief(picture.ran_s)}"
    return f"{took}, attempt {picture.attempt + 1}", took, who


def _table(picture: Picture, stored: Stored | None, width: int, look: Look) -> list[Line]:
    decoded = "?"
    if picture.nbytes:
        decoded = size_text(picture.nbytes)
    ways = {
        None: ("", ""),
        True: (", read without a copy", ", not copied"),
        False: (", copied to the worker", ", copied"),
    }
    rows: list[tuple[str, Sequence[str]]] = [
        ("augmented", (picture.change or "?",)),
        ("brightness", _brightness(picture)),
        ("transposed", _transposed(picture)),
        ("decoded", [decoded + way for way in (*ways[picture.zero_copy], "")]),
        ("worker", _worker(picture)),
        ("checksum", (picture.checksum or "?",)),
    ]
    if stored is not None:
        rows.insert(4, ("ObjectRef", _stored(stored)))
    return [_figure(name, options, width, look) for name, options in rows]


def _brightness(picture: Picture) -> Sequence[str]:
    """Mean and standard deviation over all pixels and channels, before and after."""
    before, after = (figures(side, 99) for side in (picture.original, picture.outcome))
    return f"mean ± σ {before} → {after}", f"{before} → {after}"


def _transposed(picture: Picture) -> Sequence[str]:
    """The shapes of the tensor and of its transpose: width, height and channels."""
    before, after = size_of(picture.before, True), size_of(picture.after, True)
    return f"tensor {before} → {after}", f"{before} → {after}"


def _stored(stored: Stored) -> Sequence[str]:
    """The picture's own ObjectRef, whose last digits tell it from others, and how long storing it
    took.
    """
    took, ref = f"stored in {brief(stored.put_s)}", plain(stored.ref, 56)
    refs = (ref, f"…{ref[-16:]}", f"…{ref[-8:]}")
    return *(f"{shortened}, {took}" for shortened in refs), took


def _figure(name: str, options: Sequence[str], width: int, look: Look) -> Line:
    words = next((option for option in options if len(option) <= width - LABEL), options[-1])
    label = look.row(LABEL, [(name, look.colors.dim, False)])
    return [*label, *look.row(width - LABEL, [(words, look.words_ink, False)])]


def _stages(picture: Picture, width: int, look: Look) -> list[Line]:
    """The stages of the task, in order, each with a bar as long as it took."""
    longest = max((seconds for _, seconds in picture.stages), default=0.0) or 1.0
    times = [brief(seconds) for _, seconds in picture.stages]
    wide = max((len(time) for time in times), default=0)
    room = width - LABEL - wide - 1
    lines = []
    for (name, seconds), time in zip(picture.stages, times, strict=True):
        label = look.row(LABEL, [(look.page.clip(name, LABEL - 1), look.colors.dim, False)])
        parts: list[Part] = []
        if room >= 4:
            # Lower than a line, so that bars don't run into one block.
            bar = look.page.pick("▆", "#") * max(round(seconds / longest * room), seconds > 0)
            parts.append((f"{bar} ".ljust(room + 1), look.lane, False))
        parts.append((time.rjust(wide), look.words_ink, False))
        lines.append([*label, *look.row(width - LABEL, parts)])
    return lines


class Portrait(Lines):
    """The selected picture of one lane."""

    _view = PortraitView()

    def update(self, view: PortraitView) -> None:
        """Show this picture, or that there is none."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The portrait's lines."""
        return draw_portrait(self._view, page)
