"""The plot of a chart: the series' lines, their marked points and spread bars, and the positions
that have a note.

A `Plot` draws them into the cells that `draw_chart` has set its axes in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui.drawing.cells import Cells
from tui.drawing.page import Page
from tui.drawing.raster import BRAILLE, Codes, Layers, braille, trace
from tui.drawing.scales import Area, Floats
from tui.drawing.themes import blend, on


@dataclass(frozen=True)
class Series:
    """Points (`xs`, `ys`) of one kind, in any order; those past the shorter of the two are ignored.

    The points of a `dotted` line were computed (ideal, fitted): they have no marks, the cursor
    doesn't stop there, and the read-out names them only where one lies at the x of a measured
    point. All others were measured: each is marked by `letter` in `ink` (`#rrggbb`), with a bar
    from `low` to `high` where both are known. NaN breaks a line; what an axis can't show (∞, ≤ 0 if
    log) isn't drawn.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    ink: str
    letter: str = ""
    line: Literal["solid", "dotted", "none"] = "solid"
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    ghost: bool = False

    def color(self, page: Page) -> str:
        """Its colour on the page; a ghost's is nearer to the ground."""
        if self.ghost:
            return page.colors.subdued(self.ink, page.ground)
        return self.ink

    def badge(self, page: Page) -> "Badge":
        """How its points are marked, if they were measured."""
        letter, ink = page.safe(self.letter, 200)[:1], self.color(page)
        if cell_len(letter) != 1:
            letter = page.pick("●", "o")
        if self.ghost:
            return Badge(letter, ink, page.ground)
        return Badge(letter, on(ink), ink)


class Badge(NamedTuple):
    """A letter of one cell, its colour and its ground."""

    letter: str
    ink: str
    ground: str


class Curve(NamedTuple):
    """A series' points by x; NaN where there is no y, or no spread."""

    series: Series
    x: Floats
    y: Floats
    low: Floats
    high: Floats

    @property
    def measured(self) -> bool:
        """True if its points were measured, not computed."""
        return self.series.line != "dotted"

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which of its points have a y."""
        return ~np.isnan(self.y)


@dataclass(frozen=True)
class Plot:
    """The lines of a chart (`body`) and the part of them that points fall into."""

    body: Sequence[Cells]
    area: Area
    page: Page

    def draw(
        self,
        curves: Sequence[Curve],
        marks: Sequence[tuple[float, str]] = (),
        cursor: float | None = None,
    ) -> None:
        """Draw all that lies in the area; `marks` (with a note) and `cursor` are positions on the x
        axis.
        """
        colors = self.page.colors
        notes = []
        for value, words in marks:
            column = self.area.column(value)
            if column is not None:
                notes.append((column, self.page.safe(words, 200)))
                self._upright(column, self.page.pick("┊", ":"), colors.text)
        if cursor is not None:
            column = self.area.column(cursor)
            if column is not None:
                ground = blend(self.page.ground, colors.accent, 0.2)
                self._upright(column, self.page.pick("│", "|"), colors.accent, ground)
        self._draw_lines(curves)
        self._draw_points(curves)
        for column, words in sorted(notes):
            self._write_note(column, words)

    def _upright(self, column: int, mark: str, ink: str, ground: str | None = None) -> None:
        for cells in self.body:
            cells.put(column, mark, ink, ground)

    def _draw_lines(self, curves: Sequence[Curve]) -> None:
        """The series' lines in dots: a cell of several takes the colour of the last, live over
        ghost over computed.
        """
        area, layers = self.area, Layers(self.area.rows, self.area.columns)
        order = sorted(curves, key=lambda curve: (curve.measured, not curve.series.ghost))
        computed = sum(not curve.measured for curve in order)
        for number, curve in enumerate(order):
            if curve.series.line != "none":
                # What was computed lends no dots to a measured line: they would look measured.
                layers.add(number, self._dots(curve), computed * curve.measured)
        marks = [self._ascii_mark(curve) for curve in order]
        for row, column in np.argwhere(layers.owner >= 0).tolist():
            number = layers.owner[row, column]
            mark = self.page.pick(chr(BRAILLE + int(layers.codes[row, column])), marks[number])
            ink = order[number].series.color(self.page)
            self.body[row].put(area.left + column, mark, ink)

    def _dots(self, curve: Curve) -> Codes:
        wide, tall = 2 * self.area.columns, 4 * self.area.rows
        x, y = self.area.x.dots(curve.x, wide), self.area.y.dots(curve.y, tall)
        if not curve.measured:
            return braille(trace(x, y, (tall, wide), gap=3))
        return braille(trace(x, y, (tall, wide), thick=not (self.page.ascii or curve.series.ghost)))

    def _ascii_mark(self, curve: Curve) -> str:
        if not curve.measured:
            return "."
        if curve.series.ghost:
            return "~"
        return curve.series.badge(self.page).letter.lower()

    def _draw_points(self, curves: Sequence[Curve]) -> None:
        """The marks and spread bars of what was measured; of marks that would meet, the later steps
        aside.
        """
        taken: dict[tuple[int, int], Series] = {}
        measured = [curve for curve in curves if curve.measured]
        for curve in sorted(measured, key=lambda curve: curve.series.ghost):
            spots = self.area.spots(curve.x, curve.y)
            if len(spots) * 5 > self.area.columns and curve.series.line == "solid":
                spots = spots[-1:]  # so close that the line itself shows where they are
            for row, column, point in spots:
                for free in (column, column + 1, column - 1, column + 2, column - 2):
                    inside = self.area.left <= free < self.page.width
                    if inside and (row, free) not in taken:
                        taken[row, free] = curve.series
                        self._draw_bar(free, curve, point)
                        break
        for (row, column), series in taken.items():
            letter, ink, ground = series.badge(self.page)
            self.body[row].put(column, letter, ink, ground, bold=True)
            sides, color = self.page.pick("▐▌", ""), ground
            if series.ghost:
                sides, color = "()", ink
            for side, half in zip((column - 1, column + 1), sides, strict=False):
                if (row, side) not in taken and side >= self.area.left:
                    self.body[row].put(side, half, color)

    def _draw_bar(self, column: int, curve: Curve, point: int) -> None:
        """The spread of a point, from its low to its high end; ends beyond the axis are cut off."""
        low, high = curve.low[point], curve.high[point]
        if np.isnan(low + high):
            return
        tall = 4 * self.area.rows
        ends = np.clip(self.area.y.dots([high, low], tall), 0, tall - 1)
        top, bottom = (self.area.rows - 1 - int(dot) // 4 for dot in ends.tolist())
        if top >= bottom:
            return
        glyphs = dict.fromkeys(range(top, bottom + 1), "┃") | {top: "┳", bottom: "┻"}
        for row, glyph in glyphs.items():
            self.body[row].put(column, self.page.pick(glyph, "|"), curve.series.color(self.page))

    def _write_note(self, column: int, words: str) -> None:
        """A position's words beside its line, in the first row from the top that has room for
        them.
        """
        size = cell_len(words) + 2
        for cells in self.body:
            for first in (column + 1, column - size):
                free = all(char in " ┈" for char in cells.chars[first : first + size])
                if self.area.left <= first <= self.page.width - size and free:
                    cells.put(first, f" {words} ", self.page.colors.text, bold=True)
                    return
