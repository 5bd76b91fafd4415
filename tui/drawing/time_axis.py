"""The axis of time that lanes, workers and start-ups share: where a moment lies, and its labels."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tui.drawing.cells import Cells
from tui.drawing.page import Page
from tui.drawing.themes import on

STEPS = (
    *(k * 10.0**e for e in range(-4, 1) for k in (1, 2, 5)),
    10,
    20,
    30,
    60,
    120,
    300,
    600,
    1200,
    3600,
)
"""Seconds from one label to the next."""


class TimeAxis(NamedTuple):
    """An axis that several lines share: the page's width in cells, the `window` of seconds it
    shows, the columns of upright lines, the column of a bound that is drawn over the spans (-1:
    none), and those of marks, which are too.
    """

    page: Page
    window: tuple[float, float]
    grid: tuple[int, ...] = ()
    bound: int = -1
    marks: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Cells from one end to the other."""
        return self.page.width

    @property
    def empty(self) -> bool:
        """True if there is nothing to draw on."""
        return self.width < 1 or not self.window[1] - self.window[0] > 1e-9

    def holds(self, seconds: float) -> bool:
        """True if the axis shows that moment."""
        return self.window[0] <= seconds <= self.window[1]

    def draw_bound(self, cells: Cells) -> None:
        """Draw the bound and the marks over what is there."""
        for x in self.marks:
            if 0 <= x < self.width:
                cells.put(x, self.page.pick("│", "|"), on(cells.ground[x]), bold=True)
        if self.bound >= 0:
            ground = cells.background
            if self.bound < self.width:
                ground = cells.ground[self.bound]
            cells.put(self.bound, self.page.pick("┊", ":"), on(ground), bold=True)

    def draw_grid(self, cells: Cells, left: int = 0) -> None:
        """Draw the upright lines where nothing has been drawn; the axis starts at cell `left`."""
        cells.grid((left + x for x in self.grid), self.page.colors.rule)

    def later(self, seconds: float) -> "TimeAxis":
        """The same axis for a run that starts `seconds` later."""
        return self._replace(window=(self.window[0] - seconds, self.window[1] - seconds))

    def eighth(self, seconds: float) -> int:
        """Where a moment lies, in eighths of a cell, within the line."""
        if self.empty:
            return 0
        t0, t1 = self.window
        return round(min(max((seconds - t0) / (t1 - t0), 0.0), 1.0) * self.width * 8)

    def _apart(self, step: float) -> bool:
        """True if labels that many seconds apart have room."""
        t0, t1 = self.window
        longest = max(len(_label(t, step)) for t in self.window)
        return step * self.width / (t1 - t0) >= max(10, longest + 1)

    def ticks(self) -> list[tuple[int, str]]:
        """Columns and labels: round steps, at least ten cells apart, and further where labels are
        longer than that.
        """
        if self.empty:
            return []
        t0, t1 = self.window
        span = t1 - t0
        widest = 3600 * math.ceil(span / 36000)
        step = next((step for step in STEPS if self._apart(step)), widest)
        first, last = math.ceil(t0 / step - 1e-9), math.floor(t1 / step + 1e-9)
        ticks = []
        for n in range(first, last + 1):
            x = int((n * step - t0) / span * self.width + 1e-6)
            if x < self.width:
                ticks.append((x, _label(n * step, step)))
        return ticks


def _label(t: float, step: float) -> str:
    if step < 60 and not (t >= 60 and step >= 1):
        return f"{t:.{max(0, -math.floor(math.log10(step) + 1e-9))}f} s"
    minutes, seconds = divmod(round(t), 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def centred(cells: Cells, first: int, last: int, options: Sequence[str], ink: str) -> None:
    """The first of `options` that fits between two cells, free of texture so that it reads from
    afar.
    """
    first, last = max(first, 0), min(last, cells.width)
    for words in options:
        if len(words) + 2 <= last - first:
            at = first + (last - first - len(words) - 2) // 2
            cells.put(at, f" {words} ", ink, bold=True)
            return
