"""The tiles of the gallery: how they lie, and what stands on each of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tui.drawing.cells import Line, text
from tui.drawing.themes import blend
from tui.widgets.images.look import ARROW, FLAT, Look, Part, figures, size_of
from tui.widgets.images.picture import Picture, PictureSide
from workloads.core.wording import brief

LEAST_THUMB = 8
"""Cells a thumbnail is wide where tiles are at their smallest; it is half as many lines high."""

FADE = 0.5
"""How far a ghost's pictures are blended towards the ground."""


class Tiling(NamedTuple):
    """How tiles lie: so many in a line, and lines of them on the screen; a thumbnail's cells and
    lines; the lines of words under both thumbnails or, `beside` cells wide, at their side; the
    blank cells and lines between tiles.
    """

    columns: int
    rows: int
    thumb: int
    lines: int
    caption: int
    beside: int = 0
    spread: int = 2
    gap: int = 1

    @property
    def pair(self) -> int:
        """Cells of both thumbnails and what is between them."""
        return 2 * self.thumb + ARROW

    @property
    def words(self) -> int:
        """Cells that the words have."""
        return self.beside or self.pair

    @property
    def height(self) -> int:
        """Lines of a tile."""
        if self.beside:
            return self.lines
        return self.lines + self.caption


def tiling(width: int, height: int, total: int) -> Tiling:
    """How to lay out tiles in width × height cells, the heading not counted.

    Two lines of tiles at least are shown where that is possible; few pictures get large tiles.
    """
    flat = height < FLAT
    if 56 <= width < 66 and not flat:
        return Tiling(1, max(1, (height + 1) // 10), 18, 9, 9, width - 42)
    columns = max(1, (width + 2) // 34)
    if flat:
        columns = max(1, (width + 2) // 26)
    best = _below(width, height, columns, flat)
    while columns > 1 and total <= best.columns * best.rows:
        columns -= 1
        larger = _below(width, height, columns, flat)
        if total > larger.columns * larger.rows or larger.thumb > 3 * larger.lines:
            break
        best = larger
    return best


def _below(width: int, height: int, columns: int, flat: bool) -> Tiling:
    """Tiles with their words underneath."""
    thumb = max(1, ((width - 2 * (columns - 1)) // columns - 1 - ARROW) // 2)
    lines, caption = thumb // 2, 4
    if flat and 2 * (lines + 4) + 1 > height:
        caption = 3
    if 2 * (lines + caption) + 1 > height:
        # Rather smaller pictures than only one line of them, but not so small that nothing is seen.
        half = height // 2 - caption
        if half < LEAST_THUMB // 2:
            half = height - caption
        lines = min(lines, half)
    if lines < 3:
        caption = max(0, min(caption, height - 3))
        lines = max(1, min(thumb // 2, height - caption))
    gap = int(2 * (lines + caption) != height)
    rows = max(1, (height + gap) // (lines + caption + gap))
    spare = width - columns * (1 + 2 * thumb + ARROW)
    return Tiling(columns, rows, thumb, lines, caption, 0, spare // max(1, columns - 1), gap)


@lru_cache(maxsize=512)
def draw_tile(picture: Picture, lay: Tiling, look: Look, selected: bool) -> Sequence[Line]:
    """One picture that was done or failed: `lay.height` lines, in the first cell the edge that
    marks it.
    """
    if picture.error:
        thumbs = look.failure(picture.error, lay.pair, lay.lines)
    else:
        fade = FADE * look.ghost
        before = look.picture(picture.original, lay.thumb, lay.lines, fade)
        after = look.picture(picture.outcome, lay.thumb, lay.lines, fade)
        between = [look.blank(ARROW)] * lay.lines
        between[lay.lines // 2] = look.arrow()
        thumbs = [[*a, *b, *c] for a, b, c in zip(before, between, after, strict=True)]
    if lay.beside:
        return _assembled(thumbs, _words_beside(picture, lay, look, selected), lay, look, selected)
    return _assembled(thumbs, _words_below(picture, lay, look, selected), lay, look, selected)


def _assembled(
    thumbs: Sequence[Line], words: Sequence[Line], lay: Tiling, look: Look, selected: bool
) -> Sequence[Line]:
    edge = text(" ", None, look.page.ground)
    if selected:
        edge = text(look.page.pick("▌", ">"), look.colors.accent, look.page.ground, bold=True)
    if not lay.beside:
        return [[edge, *line] for line in (*thumbs, *words)]
    blank = look.blank(lay.beside)
    filled = [*words, *[blank] * lay.lines][: lay.lines]
    return [[edge, *a, *look.blank(2), *b] for a, b in zip(thumbs, filled, strict=True)]


def _name(name: str, look: Look, selected: bool) -> Part:
    if selected:
        return name, look.colors.accent, True
    return name, look.words_ink, False


def _worker(worker: int, look: Look, gap: str = "") -> Part:
    if worker < 0:
        return "", look.lane, True
    return f"{gap}w{worker}", look.lane, True


def _change(picture: Picture, look: Look) -> Part:
    """The augmentation, or that the task failed."""
    if picture.error:
        return "failed", look.colors.failed, True
    return picture.change or "?", look.words_ink, False


def _words_below(picture: Picture, lay: Tiling, look: Look, selected: bool) -> list[Line]:
    wide, half, colors = lay.pair, lay.thumb, look.colors
    size: list[Part] = []
    if not picture.error:
        size = [(size_of(picture.before), colors.dim, False)]
    lines = [
        look.row(wide, [_name(picture.title, look, selected)], size),
        look.row(wide, [_change(picture, look)], [_worker(picture.worker, look)]),
    ]
    if not picture.error:
        (a, b), (c, d) = (
            (
                look.row(half, [(figures(side, half), look.words_ink, False)]),
                look.chart(side, half, 1)[0],
            )
            for side in (picture.original, picture.outcome)
        )
        lines += [[*a, *look.arrow(), *c], [*b, *look.blank(ARROW), *d]]
    return [*lines, *[look.blank(wide)] * 4][: lay.caption]


def _words_beside(picture: Picture, lay: Tiling, look: Look, selected: bool) -> list[Line]:
    wide, dim = lay.beside, look.colors.dim
    name = look.row(wide, [_name(picture.title, look, selected)])
    seconds = (f"  {look.page.words(brief(picture.ran_s))}", dim, False)
    worker = look.row(wide, [_worker(picture.worker, look), seconds])
    change = look.row(wide, [_change(picture, look)])
    if picture.error:
        return [name, change, worker]
    size = look.row(wide, [(size_of(picture.before), dim, False)])
    arrow = look.page.pick("→ ", "-> ")
    before = _side_beside(picture.original, " " * len(arrow), wide, look)
    after = _side_beside(picture.outcome, arrow, wide, look)
    return [name, size, change, look.blank(wide), *before, *after, worker]


def _side_beside(side: PictureSide, lead: str, wide: int, look: Look) -> list[Line]:
    """A picture's figures and histogram, after `lead`."""
    room = wide - len(lead)
    parts = [(lead, look.colors.dim, False), (figures(side, room), look.words_ink, False)]
    return [look.row(wide, parts), [*look.blank(len(lead)), *look.chart(side, room, 1)[0]]]


@lru_cache(maxsize=64)
def draw_frame(task: int, worker: int, lay: Tiling, look: Look, selected: bool) -> Sequence[Line]:
    """A picture at work; as large as a tile."""
    colors, wide = look.colors, lay.words
    tone = blend(look.box, look.lane, 0.22)
    half = look.note([""], colors.text, lay.thumb, lay.lines, tone)
    thumbs = [[*line, *look.blank(ARROW), *line] for line in half]
    title = look.row(wide, [_name(f"task {task}", look, selected)])
    state = look.row(wide, [("running", colors.dim, False), _worker(worker, look, " ")])
    words = [title, state, *[look.blank(wide)] * lay.caption]
    return _assembled(thumbs, words[: lay.caption], lay, look, selected)


@lru_cache(maxsize=64)
def draw_empty(lay: Tiling, look: Look) -> Sequence[Line]:
    """A picture still to come; as large as a tile."""
    tone = blend(look.page.ground, look.colors.rule, 0.3)
    half = look.note([look.page.pick(" ", ".")], look.colors.faint, lay.thumb, lay.lines, tone)
    thumbs = [[*line, *look.blank(ARROW), *line] for line in half]
    return _assembled(thumbs, [look.blank(lay.words)] * lay.caption, lay, look, False)
