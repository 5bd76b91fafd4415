"""The staircase of a counter: one step for each call on each lane, over the time that they share.

State that is kept between calls climbs; a counter that restarted falls back to the ground.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tui.drawing.cells import LEVELS, Line, text
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.views import LanePicture, PictureLines
from tui.widgets.actors.fold import CounterFold
from workloads.core.wording import brief, lane_name, listed, plural

LEAST_ROWS = 1
"""Rows of a lane's stairs, below which lanes have only their sentence."""

WAITED_S = 0.001
"""A call that waited less has not waited: that is the way to its actor."""


class CounterLane(NamedTuple):
    """A lane to draw: its calls, and the seconds of its run."""

    engine: str
    fold: CounterFold
    t: float
    ghost: bool = False


def lane_sentence(lane: CounterLane) -> str:
    """What the lane's counter came to, as its calls returned it."""
    times, totals = lane.fold.totals_until(lane.t)
    calls = lane.fold.calls
    if not calls:
        return "no call yet"
    last = int(totals[-1]) if len(totals) else 0
    text = f"counted {last:,} in {len(times):,} {plural('call', len(times))}"
    if restarts := lane.fold.restarts_until(lane.t):
        after = listed([f"{count:,}" for _, count in restarts])
        text += f": restarted empty after {plural('call', len(restarts))} {after}"
    if lane.fold.workers:
        text += f"; all on {listed([f'w{worker}' for worker in lane.fold.workers])}"
    if (queued := calls - len(times) - 1) > 0:
        text += f", {queued:,} wait"
    if lane.fold.waited_s >= WAITED_S:
        text += f", waited up to {brief(lane.fold.waited_s)}"
    return text


def draw_staircase(lanes: Sequence[CounterLane], page: Page) -> list[Line]:
    """Each lane's sentence with its stairs below, and the axis of time."""
    if page.empty:
        return []
    if not lanes:
        words = page.clip("No call has been submitted yet.", page.width)
        return [[text(words, page.colors.dim, page.ground)]]
    lanes = lanes[: page.height]
    axis = page.height > 2 * len(lanes)
    room = (page.height - axis) // len(lanes) - 1
    seconds = max(max(lane.t for lane in lanes), 1e-6)
    highest = max(*(lane.fold.calls for lane in lanes), 1)
    lines: list[Line] = []
    for lane in lanes:
        lines.append(_head(lane, page))
        if room >= LEAST_ROWS:
            lines += _stairs(lane, seconds, highest, page.sized(page.width, room))
    if axis:
        lines.append(_axis(seconds, page))
    return lines


def _head(lane: CounterLane, page: Page) -> Line:
    cells = page.cells()
    put_badge(cells, 0, lane.engine, page)
    ghost = " (ghost)" * lane.ghost
    name = page.clip_foreign(f"{lane_name(lane.engine)}{ghost}", 20)
    cells.put(4, name, page.colors.text, bold=True)
    at = 4 + max(len(name), 9) + 2
    cells.put(at, page.clip(lane_sentence(lane), page.width - at), page.colors.dim)
    return cells.line()


def _stairs(lane: CounterLane, seconds: float, highest: int, page: Page) -> list[Line]:
    """The total by column, to an eighth of a row."""
    ends = (np.arange(page.width) + 1) / page.width * seconds
    begins = ends - seconds / page.width
    # A column shows the total at its end; the last one, that of now.
    moments = np.where(begins <= lane.t, np.minimum(ends, lane.t), ends)
    totals = lane.fold.steps(lane.t, moments)
    eighths = np.nan_to_num(np.round(totals / highest * page.height * 8)).astype(int)
    eighths = np.where((totals > 0) & (eighths == 0), 1, np.clip(eighths, 0, page.height * 8))
    restarts = {
        min(int(when / seconds * page.width), page.width - 1)
        for when, _ in lane.fold.restarts_until(lane.t)
    }
    ink = page.colors.lane(lane.engine)
    if lane.ghost:
        ink = page.colors.subdued(ink, page.ground)
    lines = []
    for row in range(page.height):
        below = (page.height - 1 - row) * 8
        cells = page.cells()
        levels = np.clip(eighths - below, 0, 8)
        for x in np.flatnonzero(levels).tolist():
            cells.put(x, page.pick(LEVELS[levels[x]], "#" if levels[x] >= 4 else "_"), ink)
        for x in restarts:
            mark = page.pick("↻", "R") if row == page.height - 1 else page.pick("┊", ":")
            cells.put(x, mark, page.colors.failed, bold=True)
        lines.append(cells.line())
    return lines


def _axis(seconds: float, page: Page) -> Line:
    cells = page.cells()
    cells.put(0, "0 s", page.colors.dim)
    end = brief(seconds)
    middle = page.clip("total after each call, over time", max(page.width - 2 * len(end) - 8, 0))
    cells.put((page.width - len(middle)) // 2, middle, page.colors.dim)
    cells.put(page.width - len(end), end, page.colors.dim)
    return cells.line()


class Staircase(PictureLines):
    """The stairs of all lanes."""

    _counters: Sequence[CounterLane] = ()

    def show(self, lanes: Sequence[LanePicture], ascii: bool) -> None:
        """Draw the lanes; the page knows of `ascii` by itself."""
        self._counters = [
            CounterLane(lane.engine, lane.fold, lane.t, lane.ghost)
            for lane in lanes
            if isinstance(lane.fold, CounterFold)
        ]
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lines to show, from the top."""
        return draw_staircase(self._counters, page)
