"""The list of nodes: what each offers and what is held of it, and what its workers do."""

import math
from collections.abc import Iterator

import numpy as np
from textual import events
from textual.message import Message

from tui.drawing.cells import Cells, Line
from tui.drawing.lines import Lines
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.phase_text import counted
from tui.widgets.cluster.meters import WIDTH, meters_of, put_meter
from tui.widgets.cluster.view import ClusterView, Item
from tui.widgets.tasks.table import scrolled
from tui.widgets.wheel import Wheeled
from workloads.core.wording import brief, lane_name, percent, plural
from workloads.ledger.lane import Lane
from workloads.ledger.usage import WorkerUse, worker_use

INDENT = 2
HEAD = 2
"""Lines above the list."""

ID = 8
"""Characters of a node's id that are shown: enough to tell nodes apart."""

MOST_LINES = 200
"""Lines of the largest screen."""

MARKS = {"running": "●", "idle": "○", "busy": "◐", "lost": "✗"}
ASCII_MARKS = {"running": "*", "idle": "o", "busy": "+", "lost": "X"}


def draw_nodes(view: ClusterView, top: int, page: Page) -> list[Line]:
    """The heading, and the list from item `top` on."""
    lines = [_heading(view, page), page.blank()]
    lane = view.lane
    if not lane.nodes.rows and not lane.rows:
        return [*lines, *_start_up(view, page)][: page.height]
    room = max(page.height - HEAD, 0)
    items = items_of(view, page)
    for item in items[top : top + room]:
        lines.append(_DRAWERS[item.kind](view, item, page))
    return lines


def items_of(view: ClusterView, page: Page) -> list[Item]:
    """The lines of the list, with gaps between nodes where there is room for all of them."""
    most = max(
        (len(meters_of(view.lane, row, [])) for row in view.lane.nodes.rows.values()), default=0
    )
    meter_lines = math.ceil(most / _columns(page))
    items = view.items(meter_lines, gaps=True)
    if len(items) <= page.height - HEAD:
        return items
    return view.items(meter_lines, gaps=False)


def _columns(page: Page) -> int:
    """The meters that stand side by side."""
    return max(1, (page.width - 2 * INDENT) // WIDTH)


def _heading(view: ClusterView, page: Page) -> Line:
    lane, cells = view.lane, page.cells()
    put_badge(cells, 1, lane.engine, page)
    title = lane_name(lane.engine)
    title = title[:1].upper() + title[1:]
    cells.put(5, title, page.colors.text, bold=True)
    parts = list(_summary(lane))
    while parts and len(text := " · ".join(parts)) > page.width - len(title) - 8:
        parts.pop()
    if parts:
        cells.put(7 + len(title), page.words(text), page.colors.dim)
    return cells.line()


def _summary(lane: Lane) -> Iterator[str]:
    nodes, workers = lane.nodes.count, len(lane.rows)
    if nodes:
        yield f"{nodes:,} {plural('node', nodes)}"
    asks = [f"{amount:g} {name}" for name, amount in lane.nodes.asks.items() if amount]
    if asks:
        yield f"each task asks for {', '.join(asks)}"
    if lane.nodes.strategy and nodes > 1:
        yield f"{lane.nodes.strategy} strategy"
    if workers:
        yield f"{workers:,} {plural('worker', workers)}"


def _start_up(view: ClusterView, page: Page) -> Iterator[Line]:
    """The parts of the lane's start, while it has nothing else to show."""
    for phase in view.lane.phases:
        cells = page.cells()
        mark, ink = page.pick("✔", "+"), page.colors.dim
        if phase.failed:
            mark, ink = page.pick("✗", "X"), page.colors.failed
        elif phase.end is None:
            mark, ink = page.pick("●", "*"), page.colors.text
        cells.put(INDENT, mark, ink)
        took = f"{brief(phase.seconds(view.now))}  {phase.detail}"
        cells.put(INDENT + 2, page.clip_foreign(counted(phase), 24), ink)
        cells.put(INDENT + 28, page.clip_foreign(took, page.width - INDENT - 28), ink)
        yield cells.line()


def _draw_node(view: ClusterView, item: Item, page: Page) -> Line:
    node, colors, cells = item.node, page.colors, page.cells()
    _put_cursor(cells, view, item, page)
    name = f"node {node.number}"
    if not node.id:
        name = "this machine"
    cells.put(INDENT, name, colors.text, bold=True)
    at = INDENT + len(name) + 2
    parts = []
    if node.driver:
        parts.append("driver")
    parts += [node.address, node.id[:ID]]
    if node.ahead is not None:
        sign = "ahead" if node.ahead >= 0 else "behind"
        parts.append(f"clock {brief(abs(node.ahead))} {sign} ± {brief(node.error_s)}")
    if not node.alive:
        lost = f"{page.pick('✗', 'X')} lost: {node.lost}"
        cells.put(at, page.clip_foreign(lost, page.width - at - 1), colors.failed, bold=True)
        return cells.line()
    text = page.clip_foreign("  ".join(filter(None, parts)), page.width - at - 1)
    cells.put(at, text, colors.dim)
    return cells.line()


def _draw_meters(view: ClusterView, item: Item, page: Page) -> Line:
    cells, columns = page.cells(), _columns(page)
    first = item.part * columns
    meters = meters_of(view.lane, item.node, item.workers)[first : first + columns]
    for place, meter in enumerate(meters):
        put_meter(cells, 2 * INDENT + place * WIDTH, meter, view.lane.engine, page)
    return cells.line()


def _draw_worker(view: ClusterView, item: Item, page: Page) -> Line:
    row, lane, colors, cells = item.worker, view.lane, page.colors, page.cells()
    assert row is not None
    use = worker_use(lane, item.node, row, view.t)
    _put_cursor(cells, view, item, page)
    at = 2 * INDENT
    cells.put(
        at, f"w{row.worker}", colors.text, bold=view.task is not None and use.task == view.task
    )
    if row.pid:
        cells.put(at + 5, f"pid {row.pid}", colors.dim)
    mark = page.pick(MARKS[use.state], ASCII_MARKS[use.state])
    ink = {"running": colors.lane(lane.engine), "lost": colors.failed}.get(use.state, colors.dim)
    cells.put(at + 17, f"{mark} {_state_text(use, row.lost)}", ink)
    if use.ran and use.state != "lost":
        cells.put(at + 40, page.clip(_history(view, item, use), page.width - at - 41), colors.dim)
    return cells.line()


def _state_text(use: WorkerUse, reason: str) -> str:
    if use.state == "lost":
        return f"lost: {reason}" if reason else "lost with its node"
    if use.state == "running":
        return f"task {use.task:,}  {brief(use.task_s)}"
    if use.state == "busy":
        return "short tasks"
    return "idle"


def _history(view: ClusterView, item: Item, use: WorkerUse) -> str:
    """What a worker has run, the latest first, and how much of the time it was at work."""
    assert item.worker is not None
    share = percent(min(use.busy_s / view.t, 1.0)) if view.t else ""
    latest = item.worker.between(-np.inf, view.t).task[-6:][::-1].tolist()
    more = ", …" if use.ran > len(latest) else ""
    return f"ran {use.ran:,}, busy {share}: {', '.join(f'{task:,}' for task in latest)}{more}"


def _draw_gap(view: ClusterView, item: Item, page: Page) -> Line:
    return page.blank()


def _put_cursor(cells: Cells, view: ClusterView, item: Item, page: Page) -> None:
    if view.cursor == item.key:
        cells.put(0, page.pick("▌", ">"), page.colors.accent, bold=True)


_DRAWERS = {
    "node": _draw_node,
    "meters": _draw_meters,
    "worker": _draw_worker,
    "gap": _draw_gap,
}


class NodesPanel(Wheeled, Lines):
    """The list of nodes, and where in it one is."""

    class NodeSelected(Message):
        """A node or worker was clicked."""

        def __init__(self, key: tuple[str, int]) -> None:
            super().__init__()
            self.key = key

    _view = ClusterView()
    _top = 0

    @property
    def needed(self) -> int:
        """The lines that the whole list takes."""
        return HEAD + len(items_of(self._view, self.page.sized(self.page.width, MOST_LINES)))

    def update(self, view: ClusterView) -> None:
        """Show this; what is selected comes into view."""
        moved = view.cursor != self._view.cursor
        if view.lane is not self._view.lane:
            self._top = 0
        self._view = view
        if moved:
            self._reveal()
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The panel's lines."""
        room = max(page.height - HEAD, 1)
        self._top = max(0, min(self._top, len(items_of(self._view, page)) - room))
        return draw_nodes(self._view, self._top, page)

    def _reveal(self) -> None:
        page = self.page
        keys = [item.key if item.selectable else None for item in items_of(self._view, page)]
        if self._view.cursor in keys:
            place, room = keys.index(self._view.cursor), max(page.height - HEAD, 1)
            self._top = scrolled(self._top, room, place, len(keys))

    def on_click(self, event: events.Click) -> None:
        """A click on a node or worker selects it."""
        items = items_of(self._view, self.page)
        at = self._top + event.y - HEAD
        if event.y >= HEAD and at < len(items) and items[at].selectable:
            self.post_message(self.NodeSelected(items[at].key))

    def scroll_rows(self, by: int) -> None:
        """Scroll by so many lines."""
        self._top = max(self._top + by, 0)
        self.redraw()
