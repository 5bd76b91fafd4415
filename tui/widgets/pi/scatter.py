"""The picture of Monte Carlo: points falling into the square (−1, 1)², and the circle that catches
some.

`draw_scatter` draws from a fold at a moment; a `Canvas` kept between calls makes it incremental.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style

from tui.drawing.cells import Line, style, text
from tui.drawing.eighths import runs
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.raster import BRAILLE, DOTS, Codes, braille, by_cell
from tui.drawing.themes import Palette, blend
from tui.widgets.pi.fold import Floats32, PiFold
from workloads.core.wording import lane_name

FILL = 0.3
"""The share of dots set when a page is full; denser, the points are no longer seen as points."""

_OUTSIDE, _INSIDE, _ARC = 0, 1, 2


@lru_cache(maxsize=16)
def _circle(rows: int) -> tuple[Codes, NDArray[np.int8], NDArray[np.bool_]]:
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
    codes = braille(arc)
    mostly = by_cell(core).sum(axis=(1, 3)) >= 4
    kinds = np.where(codes > 0, _ARC, np.where(mostly, _INSIDE, _OUTSIDE)).astype(np.int8)
    return codes, kinds, mostly


@lru_cache(maxsize=64)
def _runs(rows: int, colors: Palette) -> tuple[tuple[tuple[int, int, Style], ...], ...]:
    """For each row the runs of cells of one style: (first, end, style)."""
    _, kinds, mostly = _circle(rows)
    inks = (colors.outside, colors.inside, colors.arc)
    tints = [blend(colors.background, ink, 0.14) for ink in (colors.outside, colors.inside)]
    lines = []
    for row in range(rows):
        line = []
        for a, b in runs(kinds[row] * 2 + mostly[row]):
            look = style(inks[int(kinds[row, a])], tints[int(mostly[row, a])])
            line.append((a, b, look))
        lines.append(tuple(line))
    return tuple(lines)


class ScatterView(NamedTuple):
    """The points of engine `lane`, as they were `t` seconds into its run."""

    fold: PiFold
    t: float
    lane: str


class Canvas:
    """The dots of one picture, kept between frames so that a frame costs only its new points."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._first = self._end = 0
        self._codes: Codes = np.zeros((0, 0), np.uint32)
        self._lines: list[Line] = []

    def draw(self, view: ScatterView, rows: int, page: Page) -> tuple[list[Line], int]:
        """`rows` lines of 2·rows cells, and how many points they show.

        What is shown is a function of the number of points alone, so that a replay turns the leaf
        at the same point: it holds half of what fits to all of it, and drops the older half when
        full.
        """
        fold, count = view.fold, view.fold.point_count(view.t)
        dots = 16 * rows * rows
        if page.ascii:
            dots = 2 * rows * rows
        half = max(1, round(-math.log(1 - FILL) * dots / 2))
        first = max(0, count // half - 1) * half
        key = (fold, fold.generation, rows, page.colors, page.ascii)
        if key != self._key or first != self._first or count < self._end:
            circle, kinds, _ = _circle(rows)
            self._codes = circle + np.uint32(BRAILLE)
            if page.ascii:
                self._codes = np.where(kinds == _ARC, ord("+"), ord(" ")).astype(np.uint32)
            self._lines = [self._line(y, page.colors) for y in range(rows)]
            self._key, self._first, self._end = key, first, first
        if count > self._end:
            x, y = fold.points_between(self._end, count)
            for row in self._plot(x, y, rows, page.ascii):
                self._lines[row] = self._line(row, page.colors)
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
            np.bitwise_or.at(self._codes, (cell_y, cell_x), DOTS[line & 3, column & 1])
        return [int(row) for row in np.unique(cell_y)]

    def _line(self, row: int, colors: Palette) -> Line:
        content = self._codes[row].tobytes().decode("utf-32-le")
        return [Segment(content[a:b], ink) for a, b, ink in _runs(len(self._codes), colors)[row]]


def draw_scatter(view: ScatterView, page: Page, canvas: Canvas | None = None) -> list[Line]:
    """The points in at most the page's lines.

    A caption stands under the picture where there is room for one; `canvas` makes the next call
    cheap.
    """
    width, height = page.width, page.height
    captioned = height >= 4 and width >= 8
    rows = min(height - captioned, width // 2)
    if rows < 1:
        return [page.blank()] * min(height, 1)
    picture, points = (canvas or Canvas()).draw(view, rows, page)
    left = (width - 2 * rows) // 2
    before, after = page.sized(left).blank(), page.sized(width - 2 * rows - left).blank()
    lines = [[*before, *line, *after] for line in picture]
    if captioned:
        lines.append(_caption(view, points, page))
    spare = (height - len(lines)) // 2
    return [page.blank()] * spare + lines


def _caption(view: ScatterView, points: int, page: Page) -> Line:
    samples, width, tail = view.fold.samples_at(view.t), page.width, ""
    words = f"last {points:,} of {samples:,} samples"
    if not samples:
        words = "no samples yet"
    if view.lane:
        tail = f" · {lane_name(view.lane)}"
    choices = (
        (words, tail),
        (words, ""),
        (f"{samples:,} samples", ""),
        (f"{samples:,}", ""),
        ("", ""),
    )
    words, tail = next((a, b) for a, b in choices if len(a + b) <= width)
    words, tail = page.words(words), page.words(tail)
    left = (width - len(words) - len(tail)) // 2
    dim = page.colors.dim
    parts = [
        text(" " * left + words, dim, page.ground),
        text(tail, page.colors.lane(view.lane), page.ground, bold=True),
        text(" " * (width - len(words) - len(tail) - left), dim, page.ground),
    ]
    return [part for part in parts if part.text]


class Scatter(Lines):
    """The points of one lane, live or at any moment of its run."""

    _view: ScatterView | None = None
    _canvas: Canvas | None = None

    def update(self, view: ScatterView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lines to show, from the top."""
        self._canvas = self._canvas or Canvas()
        return draw_scatter(self._view or ScatterView(PiFold(), 0.0, ""), page, self._canvas)
