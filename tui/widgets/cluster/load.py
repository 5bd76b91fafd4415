"""Tasks at work on each node over the run: where the scheduler placed them, and when."""

import numpy as np
from numpy.typing import NDArray

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Line
from tui.drawing.lines import Lines
from tui.drawing.listing import heading, note
from tui.drawing.page import Page
from tui.drawing.time_axis import TimeAxis
from tui.widgets.cluster.view import ClusterView
from workloads.core.wording import plural
from workloads.ledger.nodes import NodeRow
from workloads.ledger.rows import WorkerRow
from workloads.ledger.usage import nodes_of, tasks_at_work

LABEL = 10
"""Cells before the axis, for the nodes' names."""

TALLEST = 6
"""Lines of a node at most."""

GROWTH = 1.25
"""The axis of a run that goes on grows by this factor, so that columns don't move in each frame."""


def draw_load(view: ClusterView, page: Page) -> list[Line]:
    """The panel's lines: for each node a chart, and the axis below all."""
    lines = [heading("Tasks at work on each node", page).line()]
    nodes = nodes_of(view.lane)
    width, room = page.width - LABEL - 2, page.height - 2
    if view.lane.zero is None or not nodes or width < 8 or room < 1:
        return [*lines, page.blank(), note("Nothing runs yet.", page)][: page.height]
    axis = TimeAxis(page.sized(width), (0.0, _end(view)))
    shown = nodes[:room]
    tall = max(1, min(TALLEST, (room - len(shown) + 1) // len(shown)))
    gap = tall > 1
    for node, rows in shown:
        if len(lines) > 1 and gap:
            lines.append(page.blank())
        lines += _chart(node, rows, axis, tall, view)
    if len(nodes) > len(shown):
        more = len(nodes) - len(shown)
        lines[-1] = note(f"and {more + 1:,} more {plural('node', more + 1)}", page)
    return [*lines[: page.height - 1], _labels(axis, page)]


def _end(view: ClusterView) -> float:
    """The last second that the axis shows."""
    if not view.lane.live:
        return max(view.lane.end_s() or 0.0, 1e-3)
    steps = np.ceil(np.log(max(view.t, 1.0)) / np.log(GROWTH))
    return float(GROWTH**steps)


def _chart(
    node: NodeRow, rows: list[WorkerRow], axis: TimeAxis, tall: int, view: ClusterView
) -> list[Line]:
    """A node's chart, `tall` lines high; full height is a task on each of its workers."""
    page = axis.page.sized(axis.width + LABEL + 2)
    edges = np.linspace(*axis.window, axis.width + 1)
    most, name = max(len(rows), 1), "here"
    if node.id:
        name = f"node {node.number}"
    shares = tasks_at_work(rows, edges, view.t) / most
    levels = _levels(shares, edges, tall, view.t)
    color = page.colors.lane(view.lane.engine)
    signs = page.pick(LEVELS, ASCII_LEVELS)
    lines = []
    for line in range(tall):
        cells = page.cells()
        under = (tall - 1 - line) * (len(signs) - 1)
        part = np.clip(levels - under, 0, len(signs) - 1)
        cells.put(LABEL, "".join(signs[level] for level in part.tolist()), color)
        if line == 0:
            cells.put(1, name, page.colors.text)
        elif line == 1:
            workers = f"{most:,} {plural('worker', most)}"
            cells.put(1, page.clip(workers, LABEL - 2), page.colors.dim)
        lines.append(cells.line())
    return lines


def _levels(
    shares: NDArray[np.float64], edges: NDArray[np.float64], tall: int, t: float
) -> NDArray[np.int64]:
    """The height of each column in levels; a column in which anything ran has one at least."""
    levels = np.rint(np.clip(shares, 0, 1) * tall * (len(LEVELS) - 1)).astype(np.int64)
    some = (shares > 0) & (edges[:-1] < t)
    return np.where(some, np.maximum(levels, 1), 0)


def _labels(axis: TimeAxis, page: Page) -> Line:
    cells = page.cells()
    for column, label in axis.ticks():
        cells.put(LABEL + column, label, page.colors.dim)
    return cells.line()


class LoadPanel(Lines):
    """The charts of the nodes of the lane that is looked at."""

    _view = ClusterView()

    def update(self, view: ClusterView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The panel's lines."""
        return draw_load(self._view, page)
