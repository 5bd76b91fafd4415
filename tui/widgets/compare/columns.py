"""The columns that the lanes' bars and the waterfall below share, so that both have one axis."""

from typing import NamedTuple

from tui.drawing.cells import Cells
from tui.drawing.page import Page
from tui.drawing.time_axis import TimeAxis

_WIDTHS = ((160, 22, 86), (100, 18, 55), (72, 15, 40), (0, 15, 23))
"""From which width on how many cells stand left and right of the bars."""

LEAST = 24
"""Cells without which there is no room for a name and a figure."""


class BarColumns(NamedTuple):
    """Where the bars stand in a line: after `left` cells, `bars` cells wide; figures follow.

    `roominess` counts from 0 for the widest page.
    """

    left: int
    bars: int
    roominess: int

    @property
    def right(self) -> int:
        """The first cell after the bars."""
        return self.left + self.bars


def columns(width: int) -> BarColumns:
    """The columns in a widget of that width."""
    rank, left, right = next(
        (rank, left, right) for rank, (least, left, right) in enumerate(_WIDTHS) if width >= least
    )
    return BarColumns(left, max(0, width - left - right), rank)


class BarsPage:
    """A page with bars on an axis of seconds between names and figures."""

    def __init__(self, page: Page, window: tuple[float, float], labelled: bool = True) -> None:
        self.page = page
        self.colors = page.colors
        self.at = columns(page.width)
        self.axis = TimeAxis(page.sized(self.at.bars), window)
        self.ticks: list[tuple[int, str]] = []
        if labelled:
            self.ticks = self.axis.ticks()
        self.axis = self.axis._replace(grid=tuple(x for x, _ in self.ticks))

    def blank(self) -> Cells:
        """A line with nothing but the grid."""
        cells = self.page.cells()
        self.axis.draw_grid(cells, self.at.left)
        return cells

    def labels(self) -> Cells:
        """The numbers of the axis, each under its grid line."""
        cells, free = self.page.cells(), 0
        for x, label in self.ticks:
            first = max(self.at.left + x - len(label.split(" ")[0]) // 2, free)
            if first + len(label) <= self.at.right + 2:
                cells.put(first, label, self.colors.dim)
                free = first + len(label) + 1
        return cells
