"""The mini-map: how busy a lane was in the whole race, and which part of it is shown."""

from collections.abc import Sequence

import numpy as np

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Line
from tui.drawing.page import Page
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.cursor import find
from tui.widgets.race.lane_view import LaneView
from workloads.ledger.load import Floats


def mapped(views: Sequence[LaneView], lane: str) -> LaneView | None:
    """The lane that the mini-map shows: that of the name, else the last that has started."""
    started = [view for view in views if view.lane.zero is not None]
    return find(started, lane) or next(reversed(started), None)


def busy_share(view: LaneView, edges: Floats) -> Floats:
    """The share of its workers that a lane kept busy between each two of `edges`, in seconds of
    the axis.
    """
    moments = np.minimum(edges - view.offset, view.t)
    rows = view.lane.rows.values()
    running = [start for row in rows for start, _ in row.open.values() if start <= view.t]
    busy = np.diff(view.lane.tasks.load.busy(moments, running))
    return np.asarray(busy / np.maximum(np.diff(edges), 1e-12) / max(len(rows), 1))


def draw_map(view: LaneView, whole: TimeWindow, shown: TimeWindow, page: Page) -> Line:
    """One line: how busy the lane was over `whole`; what is `shown` of that stands out."""
    cells, colors = page.cells(), page.colors
    if page.empty or not whole.span > 0:
        return cells.line()
    share = busy_share(view, np.linspace(whole.begin, whole.end, page.width + 1))
    levels = np.clip(np.rint(share * 8), share > 0, 8).astype(int).tolist()
    ladder = page.pick(LEVELS, ASCII_LEVELS)
    text = "".join(ladder[level] for level in levels)
    first, last = (
        int(min(max((t - whole.begin) / whole.span, 0.0), 1.0) * page.width)
        for t in (shown.begin, shown.end)
    )
    first = min(first, page.width - 1)
    last = min(max(last, first + 1), page.width)
    cells.put(0, text, colors.faint)
    cells.put(first, text[first:last], colors.lane(view.lane.engine), colors.rule)
    for at, mark in ((first - 1, page.pick("▐", "[")), (last, page.pick("▌", "]"))):
        if 0 <= at < page.width:
            cells.put(at, mark, colors.accent, bold=True)
    return cells.line()
