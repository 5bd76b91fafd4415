"""How long the tasks of each lane took: percentiles, and a histogram on an axis that all share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Line
from tui.drawing.lines import Lines
from tui.drawing.listing import heading, put_badge
from tui.drawing.page import Page
from tui.drawing.scales import Scale
from tui.drawing.themes import lane_letter
from tui.drawing.ticks import ticks
from workloads.core.wording import brief
from workloads.figures.durations import DurationStats

LEFT = 5
"""Cells for a lane's letter, in front of everything."""


@dataclass(frozen=True)
class LaneDurations:
    """The statistics of a lane's finished tasks, None before any has; how many `failed`."""

    engine: str
    stats: DurationStats | None = None
    failed: int = 0


HEADS = (("p50", "p90", "p99", "max"), ("p50", "p99", "max"), ("p50", "max"))
"""The columns of the table, and those that remain where it is narrow."""

COLUMN = 8
"""Cells that a column takes at least."""


def draw_durations(lanes: Sequence[LaneDurations], page: Page) -> list[Line]:
    """The table of percentiles, and below it a histogram for each lane where there is room."""
    if page.empty:
        return []
    page = page.on(page.colors.panel)
    table = [_texts(lane, page) for lane in lanes]
    columns = _columns_for(
        max((len(text) for texts in table for text in texts.values()), default=0), page
    )
    heads = page.cells()
    for name, end in columns:
        heads.put(end - len(name), name, page.colors.dim)
    lines = [_title(lanes, page), heads.line()]
    lines += [_row(*row, columns, page) for row in zip(lanes, table, strict=True)]
    room = (page.height - len(lines) - 3) // max(len(lanes), 1)
    if room >= 1 and any(lane.stats for lane in lanes):
        lines += [page.blank(), *_histograms(lanes, min(room, 5), page)]
    return lines[: page.height]


def _title(lanes: Sequence[LaneDurations], page: Page) -> Line:
    """The heading, and that failed tasks have no part in the figures."""
    cells, left_out = heading("TASK DURATIONS", page), "without failed tasks"
    at = page.width - 1 - len(left_out)
    if any(lane.failed for lane in lanes) and at > len("TASK DURATIONS") + 2:
        cells.put(at, left_out, page.colors.dim)
    return cells.line()


def _texts(lane: LaneDurations, page: Page) -> dict[str, str]:
    """A lane's figures by their heads; empty before any task has finished."""
    stats = lane.stats
    if stats is None:
        return {}
    figures = zip(HEADS[0], (stats.p50_s, stats.p90_s, stats.p99_s, stats.max_s), strict=True)
    return {name: page.words(brief(value)) for name, value in figures}


def _columns_for(widest: int, page: Page) -> list[tuple[str, int]]:
    """The heads of the columns that have room for texts of so many cells, and the cells at which
    each ends.
    """
    room, least = page.width - LEFT, max(COLUMN, widest + 1)
    heads = next((heads for heads in HEADS if room >= least * len(heads)), HEADS[-1])
    each = min(max(11, widest + 2), max(room // len(heads), 1))
    return [(name, page.width - 1 - each * after) for after, name in enumerate(reversed(heads))]


def _row(
    lane: LaneDurations, texts: dict[str, str], columns: Sequence[tuple[str, int]], page: Page
) -> Line:
    """A lane's figures under their heads."""
    cells = page.cells()
    put_badge(cells, 1, lane.engine, page)
    if not texts:
        none = page.clip("no finished tasks", page.width - LEFT)
        cells.put(LEFT + 1, none, page.colors.dim)
        return cells.line()
    for name, end in columns:
        cells.put(end - len(texts[name]), texts[name], page.colors.text, bold=name == "p50")
    return cells.line()


def scale_of(edges: Sequence[float]) -> Scale:
    """The axis on which the bins between these edges are equally wide."""
    low, high = edges[0], edges[-1]
    return Scale(low, high, log=low > 0)


def _histograms(lanes: Sequence[LaneDurations], tall: int, page: Page) -> list[Line]:
    """A histogram of `tall` lines for each lane, and the axis under them."""
    width, lines = max(page.width - LEFT - 1, 1), []
    binned = [lane.stats.histogram for lane in lanes if lane.stats]
    edges = binned[0].edges_s
    for lane in lanes:
        counts = np.zeros(len(edges) - 1, int)
        if lane.stats:
            counts = np.array(lane.stats.histogram.counts)
        # A bin over several columns, or several bins in one.
        columns = np.add.reduceat(counts, np.arange(width) * len(counts) // width)
        lines += _columns(columns, lane.engine, tall, page)
    scale = scale_of(edges)
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
