"""The lanes of the race that a sweep is running: one line each, with its tasks as a bar."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from tui.drawing import paints
from tui.drawing.cells import Cells, Line
from tui.drawing.eighths import fill
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from tui.widgets.race.states import state_mark
from workloads.core.wording import lane_name, seconds

COUNT, TIME, STATE = 15, 10, 11
"""Cells of the figures to the right of a bar."""


@dataclass(frozen=True)
class SweepLane:
    """A lane's `state` (a key of STATES), its tasks `done` of `total`, and the seconds of its run
    so far.
    """

    engine: str
    state: str
    done: int = 0
    total: int = 0
    elapsed_s: float | None = None


def draw_sweep_lanes(lanes: Sequence[SweepLane], page: Page) -> list[Line]:
    """One line per lane, as many as the page has."""
    left = 5 + max((cell_len(page.words(lane_name(lane.engine))) for lane in lanes), default=0) + 1
    shown = lanes[: page.height]
    return [_lane(lane, left, page).line() for lane in shown]


def _lane(lane: SweepLane, left: int, page: Page) -> Cells:
    cells, colors = page.cells(), page.colors
    ink = colors.lane(lane.engine)
    cells.put(1, f" {page.clip_foreign(lane_letter(lane.engine), 2)} ", on(ink), ink, bold=True)
    cells.put(5, page.words(lane_name(lane.engine)), ink, bold=True)
    right = page.width - COUNT - TIME - STATE
    if right - left >= 8 and lane.total:
        _draw_bar(cells, lane, left, right - left, page)
    if lane.total:
        count = f"{lane.done:,}/{lane.total:,}"
        cells.put(max(right, left) + COUNT - 1 - len(count), count, colors.text)
    if lane.elapsed_s is not None:
        elapsed = page.words(seconds(lane.elapsed_s))
        cells.put(page.width - STATE - 1 - cell_len(elapsed), elapsed, colors.text)
    state = f"{state_mark(lane.state, page)} {lane.state}"
    state_ink = {"failed": colors.failed, "running": ink}.get(lane.state, colors.dim)
    cells.put(page.width - STATE, state, state_ink, bold=lane.state == "running")
    return cells


def _draw_bar(cells: Cells, lane: SweepLane, left: int, width: int, page: Page) -> None:
    eighths = np.full(width * 8, paints.TODO, np.uint8)
    done = min(lane.done / lane.total, 1.0)
    kind = paints.SHADE
    if lane.state == "running":
        kind = paints.RUNNING
    eighths[: round(done * width) * 8] = kind
    fill(cells, eighths, paints.paints(page.colors, lane.engine), left)


class SweepLanes(Lines):
    """The lanes of the race that a sweep is running."""

    DEFAULT_CSS = "SweepLanes { background: $panel; }"

    _lanes: Sequence[SweepLane] = ()

    def update(self, lanes: Sequence[SweepLane]) -> None:
        """Show these."""
        self._lanes = lanes
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lanes' lines."""
        return draw_sweep_lanes(self._lanes, page)
