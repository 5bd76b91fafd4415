"""The plot of a chart: the series' lines, their marked points and spread bars, and the positions
that have a note.

`plot` draws them into the cells that `draw_chart` has set its axes in; `Page` is what both know of
the look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from rich.cells import cell_len

from tui.drawing.digits import to_ascii
from tui.drawing.plot import Area, Floats, braille, trace
from tui.drawing.spans import Cells
from tui.drawing.themes import Palette, blend, on
from workloads.core.errors import plain


@dataclass(frozen=True)
class Series:
    """Points (`xs`, `ys`) of one kind, in any order; those past the shorter of the two are ignored.

    The points of a `dotted` line were computed (ideal, fitted): they have no marks, the cursor
    doesn't stop there, and the read-out tells of them only where one lies at the x of a measured
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


class Page(NamedTuple):
    """How to draw: what every part below needs to know."""

    width: int
    colors: Palette
    ground: str
    ascii: bool

    def words(self, content: str) -> str:
        """Foreign words made safe to show."""
        line = plain(content, 200)
        return (
            to_ascii(line.replace("µ", "u").replace("√", "sqrt ").replace("–", "-"))
            if self.ascii
            else line
        )

    def cells(self) -> Cells:
        """A blank line."""
        return Cells(self.width, self.ground)

    def ink(self, series: Series) -> str:
        """A series' colour; a ghost's is nearer to the ground."""
        return blend(series.ink, self.ground, 0.35) if series.ghost else series.ink

    def badge(self, series: Series) -> tuple[str, str, str, bool]:
        """How a measured series' points are marked: a letter of one cell, its colour, its ground,
        its weight.
        """
        letter, ink = self.words(series.letter)[:1], self.ink(series)
        letter = letter if cell_len(letter) == 1 else "o" if self.ascii else "●"
        return (letter, ink, self.ground, True) if series.ghost else (letter, on(ink), ink, True)


class Curve(NamedTuple):
    """A series' points by x; NaN where there is no y, or no spread."""

    series: Series
    x: Floats
    y: Floats
    low: Floats
    high: Floats

    @property
    def measured(self) -> bool:
        """Whether its points were measured, not computed."""
        return self.series.line != "dotted"


def plot(
    body: list[Cells],
    curves: Sequence[Curve],
    marks: Sequence[tuple[float, str]],
    cursor: float | None,
    area: Area,
    page: Page,
) -> None:
    """Draw all that lies in `area` into the lines of `body`; `marks` and `cursor` are positions on
    the x axis.
    """
    upright = ":" if page.ascii else "┊"
    notes = [
        (column, words) for value, words in marks if (column := area.column(value)) is not None
    ]
    for column, _ in notes:
        for cells in body:
            cells.put(column, upright, page.colors.text)
    here = area.column(cursor) if cursor is not None else None
    if here is not None:
        for cells in body:
            cells.put(
                here,
                "|" if page.ascii else "│",
                page.colors.accent,
                blend(page.ground, page.colors.accent, 0.2),
            )
    _lines(body, curves, area, page)
    _points(body, curves, area, page)
    for column, words in sorted(notes):
        _note(body, column, page.words(words), area, page)


def _lines(body: list[Cells], curves: Sequence[Curve], area: Area, page: Page) -> None:
    """The series' lines in dots: a cell of several takes the colour of the last, live over ghost
    over computed.
    """
    wide, tall = 2 * area.columns, 4 * area.rows
    codes, owner = (
        np.zeros((area.rows, area.columns), np.uint32),
        np.full((area.rows, area.columns), -1),
    )
    order = sorted(curves, key=lambda curve: (curve.measured, not curve.series.ghost))
    computed = sum(not curve.measured for curve in order)
    for number, curve in enumerate(order):
        if curve.series.line == "none":
            continue
        x, y = area.x.dots(curve.x, wide), area.y.dots(curve.y, tall)
        cells = braille(
            trace(
                x,
                y,
                wide,
                tall,
                gap=0 if curve.measured else 3,
                thick=not (page.ascii or curve.series.ghost),
            )
        )
        # What was computed lends no dots to a measured line: they would look measured.
        shared = owner >= (computed if curve.measured else 0)
        codes = np.where(cells > 0, np.where(shared, codes | cells, cells), codes)
        owner[cells > 0] = number
    for row, column in np.argwhere(owner >= 0).tolist():
        curve = order[owner[row, column]]
        simple = (
            "."
            if not curve.measured
            else "~"
            if curve.series.ghost
            else page.badge(curve.series)[0].lower()
        )
        mark = simple if page.ascii else chr(0x2800 + int(codes[row, column]))
        body[row].put(area.left + column, mark, page.ink(curve.series))


def _points(body: list[Cells], curves: Sequence[Curve], area: Area, page: Page) -> None:
    """The marks and spread bars of what was measured; of marks that would meet, the later steps
    aside.
    """
    taken: dict[tuple[int, int], Curve] = {}
    for curve in sorted((c for c in curves if c.measured), key=lambda curve: curve.series.ghost):
        seen = area.spots(curve.x, curve.y)
        if len(seen) * 5 > area.columns and curve.series.line == "solid":
            seen = seen[-1:]  # so close that the line itself shows where they are
        for row, column, i in seen:
            aside = (column, column + 1, column - 1, column + 2, column - 2)
            spot = next(
                (c for c in aside if area.left <= c < page.width and (row, c) not in taken), None
            )
            if spot is not None:
                taken[row, spot] = curve
                _bar(body, spot, curve, i, area, page)
    for (row, column), curve in taken.items():
        letter, ink, ground, bold = page.badge(curve.series)
        body[row].put(column, letter, ink, ground, bold)
        sides = "()" if curve.series.ghost else "" if page.ascii else "▐▌"
        for side, half in zip((column - 1, column + 1), sides, strict=False):
            if (row, side) not in taken and side >= area.left:
                body[row].put(side, half, ink if curve.series.ghost else ground)


def _bar(body: list[Cells], column: int, curve: Curve, i: int, area: Area, page: Page) -> None:
    """The spread of a point, from its low to its high end; ends beyond the axis are cut off."""
    if np.isnan(curve.low[i] + curve.high[i]):
        return
    ends = np.clip(area.y.dots([curve.high[i], curve.low[i]], 4 * area.rows), 0, 4 * area.rows - 1)
    top, bottom = (area.rows - 1 - int(dot) // 4 for dot in ends.tolist())
    for row in range(top, bottom + 1) if top < bottom else ():
        mark = "┳" if row == top else "┻" if row == bottom else "┃"
        body[row].put(column, "|" if page.ascii else mark, page.ink(curve.series))


def _note(body: list[Cells], column: int, words: str, area: Area, page: Page) -> None:
    """A position's words beside its line, in the first row from the top that has room for them."""
    size = cell_len(words) + 2
    for cells in body:
        for first in (column + 1, column - size):
            free = all(char in " ┈" for char in cells.chars[first : first + size])
            if area.left <= first <= page.width - size and free:
                cells.put(first, f" {words} ", page.colors.text, bold=True)
                return
