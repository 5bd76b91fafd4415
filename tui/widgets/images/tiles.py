"""The tiles of the gallery: how they lie, and what stands on each of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tui.drawing.lines import Line, text
from tui.drawing.themes import blend
from tui.widgets.images.look import ARROW, FLAT, Look, Part, figures, size_of
from tui.widgets.images.picture import Picture

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
        return self.lines + (0 if self.beside else self.caption)


def tiling(width: int, height: int, total: int) -> Tiling:
    """How to lay out tiles in width × height cells, the heading not counted.

    Two lines of tiles at least are shown where that is possible; few pictures get large tiles.
    """
    flat = height < FLAT
    if 56 <= width < 66 and not flat:
        return Tiling(1, max(1, (height + 1) // 10), 18, 9, 9, width - 42)
    columns = max(1, (width + 2) // (26 if flat else 34))
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
    lines = thumb // 2
    caption = 3 if flat and 2 * (lines + 4) + 1 > height else 4
    if 2 * (lines + caption) + 1 > height:
        # Rather smaller pictures than only one line of them, but not so small that nothing is seen.
        half = height // 2 - caption
        lines = min(lines, half if half >= LEAST_THUMB // 2 else height - caption)
    if lines < 3:
        caption = max(0, min(caption, height - 3))
        lines = max(1, min(thumb // 2, height - caption))
    gap = 0 if 2 * (lines + caption) == height else 1
    rows = max(1, (height + gap) // (lines + caption + gap))
    spare = width - columns * (1 + 2 * thumb + ARROW)
    return Tiling(columns, rows, thumb, lines, caption, 0, spare // max(1, columns - 1), gap)


@lru_cache(maxsize=512)
def draw_tile(picture: Picture, lay: Tiling, look: Look, selected: bool) -> Sequence[Line]:
    """One picture that was done or failed: `lay.height` lines, in the first cell the edge that
    marks it.
    """
    wide = lay.pair
    if picture.error:
        thumbs = look.failure(picture.error, wide, lay.lines)
    else:
        middle = lay.lines // 2
        fade = FADE if look.ghost else 0.0
        before, after = (
            look.picture(side, lay.thumb, lay.lines, fade)
            for side in (picture.original, picture.outcome)
        )
        arrow = look.row(ARROW, [(look.arrow, look.colors.dim, False)])
        pairs = zip(before, after, strict=True)
        thumbs = [
            [*a, *(arrow if y == middle else look.blank(ARROW)), *b]
            for y, (a, b) in enumerate(pairs)
        ]
    words = (_words_beside if lay.beside else _words_below)(picture, lay, look, selected)
    return _assembled(thumbs, words, lay, look, selected)


def _assembled(
    thumbs: Sequence[Line], words: Sequence[Line], lay: Tiling, look: Look, selected: bool
) -> Sequence[Line]:
    mark = (">" if look.ascii else "▌") if selected else " "
    edge = text(mark, look.colors.accent if selected else None, look.ground, bold=selected)
    if not lay.beside:
        return [[edge, *line] for line in (*thumbs, *words)]
    blank = look.blank(lay.beside)
    filled = [*words, *[blank] * lay.lines][: lay.lines]
    return [[edge, *a, *look.blank(2), *b] for a, b in zip(thumbs, filled, strict=True)]


def _name(picture: Picture, look: Look, selected: bool) -> Part:
    return (picture.title, look.colors.accent if selected else look.words_ink, selected)


def _worker(worker: int, look: Look) -> Part:
    return (f"w{worker}" if worker >= 0 else "", look.lane, True)


def _words_below(picture: Picture, lay: Tiling, look: Look, selected: bool) -> list[Line]:
    wide, half, colors = lay.pair, lay.thumb, look.colors
    size = (size_of(picture.before), colors.dim, False)
    lines = [look.row(wide, [_name(picture, look, selected)], [] if picture.error else [size])]
    done = (
        ("failed", look.colors.failed, True)
        if picture.error
        else (picture.change or "?", look.words_ink, False)
    )
    lines.append(look.row(wide, [done], [_worker(picture.worker, look)]))
    if not picture.error:
        sides = (picture.original, picture.outcome)
        said = [look.row(half, [(figures(side, half), look.words_ink, False)]) for side in sides]
        lines.append([*said[0], *look.row(ARROW, [(look.arrow, colors.dim, False)]), *said[1]])
        charts = [look.chart(side, half, 1)[0] for side in sides]
        lines.append([*charts[0], *look.blank(ARROW), *charts[1]])
    return [*lines, *[look.blank(wide)] * 4][: lay.caption]


def _words_beside(picture: Picture, lay: Tiling, look: Look, selected: bool) -> list[Line]:
    wide, colors = lay.beside, look.colors
    name = look.row(wide, [_name(picture, look, selected)])
    worker = look.row(
        wide, [_worker(picture.worker, look), (f"  {picture.ran_s:.2f} s", colors.dim, False)]
    )
    if picture.error:
        return [name, look.row(wide, [("failed", look.colors.failed, True)]), worker]
    arrow = look.arrow.lstrip()
    return [
        name,
        look.row(wide, [(size_of(picture.before), colors.dim, False)]),
        look.row(wide, [(picture.change or "?", look.words_ink, False)]),
        look.blank(wide),
        look.row(
            wide,
            [
                (
                    " " * len(arrow) + figures(picture.original, wide - len(arrow)),
                    look.words_ink,
                    False,
                )
            ],
        ),
        [*look.blank(len(arrow)), *look.chart(picture.original, wide - len(arrow), 1)[0]],
        look.row(
            wide,
            [
                (arrow, colors.dim, False),
                (figures(picture.outcome, wide - len(arrow)), look.words_ink, False),
            ],
        ),
        [*look.blank(len(arrow)), *look.chart(picture.outcome, wide - len(arrow), 1)[0]],
        worker,
    ]


@lru_cache(maxsize=64)
def draw_frame(task: int, worker: int, lay: Tiling, look: Look, selected: bool) -> Sequence[Line]:
    """A picture at work (`task` ≥ 0), or one still to come; as large as a tile."""
    colors, blank = look.colors, lay.words
    if task < 0:
        tone = blend(look.ground, colors.rule, 0.3)
        mark = "." if look.ascii else " "
        empty = look.note([mark], colors.faint, lay.thumb, lay.lines, tone)
        thumbs = [[*line, *look.blank(ARROW), *line] for line in empty]
        return _assembled(thumbs, [look.blank(blank)] * lay.caption, lay, look, False)
    tone = blend(look.box, look.lane, 0.22)
    half = look.note([""], colors.text, lay.thumb, lay.lines, tone)
    thumbs = [[*line, *look.blank(ARROW), *line] for line in half]
    title = look.row(
        blank, [(f"task {task}", colors.accent if selected else look.words_ink, selected)]
    )
    state = look.row(
        blank,
        [("at work", colors.dim, False), (f" w{worker}" if worker >= 0 else "", look.lane, True)],
    )
    words = [title, state, *[look.blank(blank)] * lay.caption]
    return _assembled(thumbs, words[: lay.caption], lay, look, selected)
