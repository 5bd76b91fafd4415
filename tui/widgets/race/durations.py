"""How long the tasks of each lane took: percentiles, and a histogram on an axis that all share."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Line
from tui.drawing.lines import Lines
from tui.drawing.listing import heading, put_badge
from tui.drawing.page import Page
from tui.drawing.scales import Scale, scale_over
from tui.drawing.themes import lane_letter
from tui.drawing.ticks import number_text, ticks
from workloads.core.wording import seconds as seconds_text

Floats = NDArray[np.float64]

SPREAD = 100
"""Times the shortest task from which on the longest wouldn't fit on a linear axis with it."""

MIN_BINS, BINS_OF_ROOT = 8, 4
"""A histogram has as many bins as four times the root of its tasks: with more it would be noise."""

LEFT = 5
"""Cells for a lane's letter, in front of everything."""


@dataclass(frozen=True, eq=False)
class LaneDurations:
    """A lane's finished tasks: their `seconds`, and the percentiles `p50`, `p90`, `p99` and the
    longest, in seconds; None before any has finished.
    """

    engine: str
    seconds: Floats = field(default_factory=lambda: np.zeros(0))
    p50: float | None = None
    p90: float | None = None
    p99: float | None = None
    longest: float | None = None

    @property
    def columns(self) -> dict[str, float | None]:
        """The figures of the table by their heads, in its order."""
        return {"p50": self.p50, "p90": self.p90, "p99": self.p99, "max": self.longest}


def time_text(seconds: float) -> str:
    """A duration as in a table: `1.14 s`, `63.2 ms`, `0.934 ms`."""
    if seconds >= 0.0995:
        return seconds_text(seconds)
    return number_text(seconds, "s")


HEADS = (("p50", "p90", "p99", "max"), ("p50", "p99", "max"), ("p50", "max"))
"""The columns of the table, and those that remain where it is narrow."""

COLUMN = 8
"""Cells that a column takes at least."""


def draw_durations(lanes: Sequence[LaneDurations], page: Page) -> list[Line]:
    """The table of percentiles, and below it a histogram for each lane where there is room."""
    if page.empty:
        return []
    page = page.on(page.colors.panel)
    lines = [heading("TASK DURATIONS", page).line(), _heads(page)]
    lines += [_figures(lane, page) for lane in lanes]
    room = (page.height - len(lines) - 3) // max(len(lanes), 1)
    if room >= 1 and any(len(lane.seconds) for lane in lanes):
        lines += [page.blank(), *_histograms(lanes, min(room, 5), page)]
    return lines[: page.height]


def _columns_for(page: Page) -> list[tuple[str, int]]:
    """The heads of the columns that have room, and the cells at which each ends."""
    room = page.width - LEFT
    heads = next((heads for heads in HEADS if room >= COLUMN * len(heads)), HEADS[-1])
    each = min(11, max(room // len(heads), 1))
    return [(name, page.width - 1 - each * after) for after, name in enumerate(reversed(heads))]


def _heads(page: Page) -> Line:
    cells = page.cells()
    for name, end in _columns_for(page):
        cells.put(end - len(name), name, page.colors.dim)
    return cells.line()


def _figures(lane: LaneDurations, page: Page) -> Line:
    cells = page.cells()
    put_badge(cells, 1, lane.engine, page)
    if not len(lane.seconds):
        none = page.clip("no task has finished yet", page.width - LEFT)
        cells.put(LEFT + 1, none, page.colors.dim)
        return cells.line()
    for name, end in _columns_for(page):
        seconds, text = lane.columns[name], "-"
        if seconds is not None:
            text = page.words(time_text(seconds))
        cells.put(end - len(text), text, page.colors.text, bold=name == "p50")
    return cells.line()


def shared_scale(lanes: Sequence[LaneDurations]) -> Scale:
    """The axis on which all lanes' tasks lie; a log one where they differ much."""
    ends = [end for lane in lanes if len(lane.seconds) for end in _ends(lane.seconds)]
    least = min(ends, default=0.0)
    return scale_over(ends, log=least > 0 and max(ends) > SPREAD * least)


def _ends(seconds: Floats) -> tuple[float, float]:
    return float(seconds.min()), float(seconds.max())


def histogram(seconds: Floats, scale: Scale, bins: int) -> NDArray[np.intp]:
    """How many tasks lie in each of `bins` equal parts of the scale."""
    shares = scale.shares(seconds)
    places = np.clip((shares[np.isfinite(shares)] * bins).astype(int), 0, bins - 1)
    return np.bincount(places, minlength=bins)


def _histograms(lanes: Sequence[LaneDurations], tall: int, page: Page) -> list[Line]:
    """A histogram of `tall` lines for each lane, and the axis under them."""
    scale, width, lines = shared_scale(lanes), max(page.width - LEFT - 1, 1), []
    for lane in lanes:
        bins = min(width, max(MIN_BINS, round(BINS_OF_ROOT * len(lane.seconds) ** 0.5)))
        counts = histogram(lane.seconds, scale, bins)[np.arange(width) * bins // width]
        lines += _columns(counts, lane.engine, tall, page)
    axis = page.cells()
    free = 0
    for tick in ticks(scale, width, "s"):
        place = scale.cell(tick.value, width, 1)
        if place is None or not tick.label:
            continue
        at = min(LEFT + max(place - len(tick.label) // 2, 0), page.width - len(tick.label))
        if at >= free:
            axis.put(at, tick.label, page.colors.dim)
            free = at + len(tick.label) + 1
    return [*lines, axis.line()]


def _columns(counts: NDArray[np.intp], engine: str, tall: int, page: Page) -> list[Line]:
    """Counts as columns of `tall` lines, the largest as high as these."""
    ladder, color = page.pick(LEVELS, ASCII_LEVELS), page.colors.lane(engine)
    most = max(int(counts.max(initial=0)), 1)
    levels = np.where(counts > 0, np.maximum(np.rint(counts / most * 8 * tall), 1), 0).astype(int)
    lines = []
    for line in range(tall - 1, -1, -1):
        cells = page.cells()
        part = np.clip(levels - 8 * line, 0, 8).tolist()
        cells.put(LEFT, "".join(ladder[level] for level in part), color)
        if line == 0:
            cells.put(1, lane_letter(engine), color, bold=True)
            cells.put(LEFT - 2, page.pick("│", "|"), page.colors.rule)
        lines.append(cells.line())
    return lines


class Durations(Lines):
    """The durations of each lane's tasks."""

    _lanes: Sequence[LaneDurations] = ()

    def update(self, lanes: Sequence[LaneDurations]) -> None:
        """Show these lanes."""
        self._lanes = lanes
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The panel's lines."""
        return draw_durations(self._lanes, page)
