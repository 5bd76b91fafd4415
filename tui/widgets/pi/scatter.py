"""The picture of Monte Carlo: points falling into the square (−1, 1)², and the circle that catches
some.

`draw_scatter` draws from a fold at a moment; a `Canvas` kept between calls makes it incremental.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines, style, text
from tui.drawing.themes import Palette, blend, palette
from tui.widgets.pi.fold import Floats32, PiFold
from workloads.core.wording import lane_name

FILL = 0.3
"""The share of dots set when a page is full; denser, the points are no longer seen as points."""

_BRAILLE = 0x2800
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)
_OUTSIDE, _INSIDE, _ARC = 0, 1, 2

Cells = NDArray[np.uint32]


@lru_cache(maxsize=16)
def _circle(rows: int) -> tuple[Cells, NDArray[np.int8], NDArray[np.bool_]]:
    """For a square of `rows` rows and twice as many columns: the arc's braille dots, each cell's
    kind (outside, inside, arc), and whether most of a cell lies inside.
    """
    n = 4 * rows
    centre = (np.arange(n) + 0.5) * (2 / n) - 1
    radius = np.hypot(centre[None, :], centre[:, None])
    # A dot is on the arc if the circle passes between it and a neighbour: a line one dot thick.
    within = np.pad(radius <= 1, 1)
    core = within[1:-1, 1:-1]
    arc = core & ~(within[:-2, 1:-1] & within[2:, 1:-1] & within[1:-1, :-2] & within[1:-1, 2:])
    by_cell = arc.reshape(rows, 4, 2 * rows, 2)
    codes = (by_cell * _DOTS[None, :, None, :]).sum(axis=(1, 3)).astype(np.uint32)
    mostly = core.reshape(rows, 4, 2 * rows, 2).sum(axis=(1, 3)) >= 4
    kinds = np.where(codes > 0, _ARC, np.where(mostly, _INSIDE, _OUTSIDE)).astype(np.int8)
    return codes, kinds, mostly


@lru_cache(maxsize=64)
def _runs(rows: int, colors: Palette) -> tuple[tuple[tuple[int, int, Style], ...], ...]:
    """For each row the runs of cells of one style: (first, end, style)."""
    _, kinds, mostly = _circle(rows)
    ink = {_OUTSIDE: colors.outside, _INSIDE: colors.inside, _ARC: colors.arc}
    tint = [
        blend(colors.background, colors.outside, 0.14),
        blend(colors.background, colors.inside, 0.14),
    ]
    lines = []
    for row in range(rows):
        key = kinds[row] * 2 + mostly[row]
        edges = [0, *(np.flatnonzero(np.diff(key)) + 1).tolist(), 2 * rows]
        lines.append(
            tuple(
                (a, b, style(ink[int(kinds[row, a])], tint[int(mostly[row, a])]))
                for a, b in pairwise(edges)
            )
        )
    return tuple(lines)


class Canvas:
    """The dots of one picture, kept between frames so that a frame costs only its new points."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._first = self._end = 0
        self._codes: Cells = np.zeros((0, 0), np.uint32)
        self._lines: list[Line] = []

    def draw(
        self, fold: PiFold, t: float, rows: int, colors: Palette, ascii: bool
    ) -> tuple[list[Line], int]:
        """`rows` lines of 2·rows cells, and how many points they show.

        The page is a function of the number of points alone, so that a replay turns it at the same
        point: it holds half a page to a full one, and drops the older half when full.
        """
        count = fold.point_count(t)
        dots = 2 * rows * rows if ascii else 16 * rows * rows
        half = max(1, round(-math.log(1 - FILL) * dots / 2))
        first = max(0, count // half - 1) * half
        key = (fold, fold.generation, rows, colors, ascii)
        if key != self._key or first != self._first or count < self._end:
            circle, kinds, _ = _circle(rows)
            self._codes = (
                np.where(kinds == _ARC, ord("+"), ord(" ")) if ascii else circle + _BRAILLE
            )
            self._codes = self._codes.astype(np.uint32)
            self._lines = [self._line(y, colors) for y in range(rows)]
            self._key, self._first, self._end = key, first, first
        if count > self._end:
            x, y = fold.points_between(self._end, count)
            for row in self._plot(x, y, rows, ascii):
                self._lines[row] = self._line(row, colors)
            self._end = count
        return list(self._lines), len(fold.points_between(first, count)[0])

    def _plot(self, x: Floats32, y: Floats32, rows: int, ascii: bool) -> Sequence[int]:
        """Set the points' dots; returns the rows that changed."""
        n = 4 * rows
        column = np.minimum(((x + 1) * (n / 2)).astype(np.int64), n - 1)
        line = np.minimum(((1 - y) * (n / 2)).astype(np.int64), n - 1)
        cell_y, cell_x = line >> 2, column >> 1
        kinds = _circle(rows)[1][cell_y, cell_x]
        # Cells on the arc belong to it: one cell has one colour, and points there would blur the
        # line.
        free = kinds != _ARC
        cell_y, cell_x, line, column = cell_y[free], cell_x[free], line[free], column[free]
        if ascii:
            self._codes[cell_y, cell_x] = np.where(kinds[free] == _INSIDE, ord("o"), ord("."))
        else:
            np.bitwise_or.at(self._codes, (cell_y, cell_x), _DOTS[line & 3, column & 1])
        return [int(row) for row in np.unique(cell_y)]

    def _line(self, row: int, colors: Palette) -> Line:
        content = self._codes[row].tobytes().decode("utf-32-le")
        return [Segment(content[a:b], ink) for a, b, ink in _runs(len(self._codes), colors)[row]]


def draw_scatter(
    fold: PiFold,
    t: float,
    lane: str,
    width: int,
    height: int,
    colors: Palette,
    *,
    background: str | None = None,
    ascii: bool = False,
    canvas: Canvas | None = None,
) -> list[Line]:
    """The points known `t` seconds into the run of engine `lane`: at most `height` lines of `width`
    cells.

    A caption stands under the picture where there is room for one; `canvas` makes the next call
    cheap.
    """
    ground = background or colors.background
    captioned = height >= 4 and width >= 8
    rows = min(height - captioned, width // 2)
    if rows < 1:
        return [[text(" " * width, colors.dim, ground)] for _ in range(min(height, 1))]
    picture, shown = (canvas or Canvas()).draw(fold, t, rows, colors, ascii)
    left = (width - 2 * rows) // 2
    before = [text(" " * left, colors.dim, ground)] if left else []
    after = (
        [text(" " * (width - 2 * rows - left), colors.dim, ground)]
        if width > 2 * rows + left
        else []
    )
    lines = [[*before, *line, *after] for line in picture]
    if captioned:
        lines.append(_caption(fold, t, lane, shown, width, colors, ground, ascii))
    spare = (height - len(lines)) // 2
    return [[text(" " * width, colors.dim, ground)] for _ in range(spare)] + lines


def _caption(
    fold: PiFold,
    t: float,
    lane: str,
    shown: int,
    width: int,
    colors: Palette,
    ground: str,
    ascii: bool,
) -> Line:
    samples = fold.samples_at(t)
    words, tail = f"last {shown:,} of {samples:,} points", f" · {lane_name(lane)}" if lane else ""
    if not samples:
        words = "no points yet"
    choices = (
        (words, tail),
        (words, ""),
        (f"{samples:,} points", ""),
        (f"{samples:,}", ""),
        ("", ""),
    )
    words, tail = next((a, b) for a, b in choices if len(a + b) <= width)
    if ascii:
        words, tail = to_ascii(words), to_ascii(tail)
    left = (width - len(words) - len(tail)) // 2
    parts = [
        text(" " * left + words, colors.dim, ground),
        text(tail, colors.lane(lane), ground, bold=True),
        text(" " * (width - len(words) - len(tail) - left), colors.dim, ground),
    ]
    return [part for part in parts if part.text]


class Scatter(Lines):
    """The points of one lane, live or at any moment of its run."""

    _source: tuple[PiFold, float, str] | None = None
    _canvas: Canvas | None = None

    def update(self, fold: PiFold, t: float, lane: str) -> None:
        """Show `fold`, the fold of engine `lane`, as it was `t` seconds into its run."""
        self._source = (fold, t, lane)
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines to show, from the top."""
        fold, t, lane = self._source or (PiFold(), 0.0, "")
        self._canvas = self._canvas or Canvas()
        colors, ascii = palette(self.app.theme), self.ascii
        ground = self.background_colors[1].hex6
        return draw_scatter(
            fold,
            t,
            lane,
            width,
            height,
            colors,
            background=ground,
            ascii=ascii,
            canvas=self._canvas,
        )
