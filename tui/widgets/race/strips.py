"""Strips below a lane's rows: the cores that its tasks used, and how many were in flight, over
time.
"""

import math
from typing import NamedTuple

import numpy as np

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Line
from tui.widgets.race.axis_lines import Pen
from tui.widgets.race.lane_view import LaneView
from workloads.core.wording import amount, plural
from workloads.ledger.load import Floats

STRIPS = 2
"""Lines that a lane's strips take."""


class Strip(NamedTuple):
    """A mean for each column of the axis, of which the last `open` are a lower bound; `most` fills
    a line, and `words` say what there was at most.
    """

    means: Floats
    most: float
    words: str
    open: int = 0


def has_strips(view: LaneView) -> bool:
    """True if tasks of the lane have started."""
    return view.lane.zero is not None and view.lane.tasks.load.submissions > 0


def strips_of(view: LaneView, window: tuple[float, float], columns: int) -> tuple[Strip, Strip]:
    """The cores in use and the tasks in flight in each column of the axis. The CPU time of tasks
    that still run isn't measured yet: from their start on, there are at least so many cores.
    """
    edges = np.linspace(*window, columns + 1) - view.offset
    moments = np.clip(edges, 0.0, max(view.t, 0.0))
    seconds = np.diff(moments)
    width = np.maximum(seconds, (edges[-1] - edges[0]) / columns / 4)
    load = view.lane.tasks.load
    sums = load.cpu(moments), load.in_flight(moments)
    cores, flying = (np.maximum(np.diff(each) / width, 0.0) for each in sums)
    running = [start for row in view.lane.rows.values() for start, _ in row.open.values()]
    first = min(running, default=math.inf)
    unmeasured = int(np.count_nonzero(edges[1:] > first))
    most_cores, most_flying = float(cores.max(initial=0.0)), float(flying.max(initial=0.0))
    tasks = math.ceil(most_flying - 1e-6)
    return (
        Strip(
            cores,
            max(most_cores, view.lane.workers, 1),
            f"at most {amount(most_cores)} {plural('core', most_cores)}",
            unmeasured,
        ),
        Strip(flying, max(most_flying, 1), f"at most {tasks:,} in flight"),
    )


def draw_strips(view: LaneView, pen: Pen) -> list[Line]:
    """The two strips, each with its name in the margin."""
    axis, colors = pen.axis, pen.axis.page.colors
    if axis.empty:
        return [pen.write()] * STRIPS
    cores, flying = strips_of(view, axis.window, axis.width)
    lane = colors.lane(view.lane.engine)
    return [
        pen.beside(" cores", colors.dim, _draw(cores, pen, lane)),
        pen.beside("flight", colors.dim, _draw(flying, pen, colors.dim)),
    ]


def _draw(strip: Strip, pen: Pen, ink: str) -> Line:
    """One line: the higher, the more; what is a lower bound is faint."""
    axis = pen.axis
    cells, page = axis.page.cells(), axis.page
    levels = np.clip(np.rint(strip.means / strip.most * 8), strip.means > 0.01, 8).astype(int)
    ladder = page.pick(LEVELS, ASCII_LEVELS)
    text = "".join(ladder[level] for level in levels.tolist())
    measured = axis.width - strip.open
    cells.put(0, text[:measured], ink)
    cells.put(measured, text[measured:], page.colors.faint)
    after = len(text.rstrip()) + 1
    axis.draw_grid(cells)
    if after + len(strip.words) < axis.width:
        cells.put(after, strip.words, page.colors.dim, page.ground)
    return cells.line()
