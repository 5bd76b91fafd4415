"""The slowest tasks of a race, and how many tasks ended in each part of its time."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Line
from tui.drawing.lines import Lines
from tui.drawing.listing import heading, note, put_badge
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter
from workloads.core.wording import brief, per_second, seconds


@dataclass(frozen=True)
class SlowTask:
    """A finished task of the lane of that name: its number, the worker's, and its seconds."""

    engine: str
    task: int
    worker: int
    seconds: float
    lane: str = ""


@dataclass(frozen=True)
class Throughput:
    """How many tasks of a lane ended per second, in equal parts of the time from 0 to `end_s`, and
    over all of it (`mean`).
    """

    engine: str
    rates: tuple[float, ...] = ()
    end_s: float = 0.0
    mean: float = 0.0


@dataclass(frozen=True)
class SlowestView:
    """The slowest tasks, the slowest first, the throughput of each lane, and the task that is
    selected, on the lane of that name if on any; `hint` names the keys that select and open a task.
    """

    slowest: tuple[SlowTask, ...] = ()
    throughput: tuple[Throughput, ...] = ()
    selected: int | None = None
    selected_lane: str = ""
    hint: str = ""

    def is_selected(self, slow: SlowTask) -> bool:
        """True for the selected task."""
        return slow.task == self.selected and self.selected_lane in ("", slow.lane)


def rows_for(height: int, lanes: int) -> int:
    """How many of the slowest tasks are listed in `height` lines beside the lanes' throughput."""
    if height >= lanes + 7:
        return height - lanes - 3
    return max(height - 1, 0)


def draw_slowest(view: SlowestView, page: Page) -> list[Line]:
    """The list, and below it the throughput where there is room."""
    if page.empty:
        return []
    page = page.on(page.colors.panel)
    rows = view.slowest[: rows_for(page.height, len(view.throughput))]
    head = heading("SLOWEST TASKS", page)
    if rows and cell_len(view.hint) + 16 < page.width:
        head.put(page.width - 1 - cell_len(view.hint), view.hint, page.colors.dim)
    lines = [head.line(), *(_row(task, view.is_selected(task), page) for task in rows)]
    if not rows:
        lines.append(note("no finished tasks", page))
    if page.height - len(lines) >= len(view.throughput) + 2 and any(
        lane.rates for lane in view.throughput
    ):
        lines += [page.blank(), *_throughput(view.throughput, page)]
    return lines[: page.height]


def _row(task: SlowTask, selected: bool, page: Page) -> Line:
    """The lane's letter, the task, its worker and its seconds."""
    dim = page.colors.dim
    if selected:
        page, dim = page.on(page.colors.rule), page.colors.text
    cells = page.cells()
    put_badge(cells, 1, task.engine, page)
    cells.put(5, f"task {task.task:,}", page.colors.text)
    time = page.words(brief(task.seconds))
    cells.put(page.width - 1 - len(time), time, page.colors.text, bold=True)
    worker = f"w{task.worker}"
    if task.worker >= 0 and page.width >= 34:
        cells.put(page.width - 12 - len(worker), worker, dim)
    return cells.line()


def _throughput(lanes: Sequence[Throughput], page: Page) -> list[Line]:
    """A line for each lane on one axis of time, all to one scale."""
    head = heading("TASKS PER SECOND", page)
    end = f"0 to {seconds(max(lane.end_s for lane in lanes))}"
    head.put(page.width - 1 - len(end), end, page.colors.dim)
    most = max((rate for lane in lanes for rate in lane.rates), default=0.0)
    ladder, lines = page.pick(LEVELS, ASCII_LEVELS), [head.line()]
    longest = max(lane.end_s for lane in lanes)
    for lane in lanes:
        cells, color = page.cells(), page.colors.lane(lane.engine)
        cells.put(1, lane_letter(lane.engine), color, bold=True)
        if lane.rates:
            mean, width = per_second(lane.mean), max(page.width - 4 - 12, 1)
            if longest > 0 and most > 0:
                cells.put(3, _sparkline(lane, longest, most, width, ladder), color)
            cells.put(page.width - 1 - len(mean), mean, page.colors.dim)
        lines.append(cells.line())
    return lines


def _sparkline(lane: Throughput, longest: float, most: float, width: int, ladder: str) -> str:
    """The rates as levels, on an axis that ends with the longest lane."""
    drawn = ""
    for column in range(round(width * lane.end_s / longest)):
        part = int(column / width * longest / lane.end_s * len(lane.rates))
        rate = lane.rates[min(part, len(lane.rates) - 1)]
        level = round(rate / most * 8)
        drawn += ladder[max(level, int(rate > 0))]
    return drawn


class SlowestTasks(Lines):
    """The slowest tasks and the throughput."""

    class Picked(Message):
        """A task was clicked."""

        def __init__(self, slow: SlowTask) -> None:
            super().__init__()
            self.slow = slow

    _view = SlowestView()

    def update(self, view: SlowestView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The panel's lines."""
        return draw_slowest(self._view, page)

    def on_click(self, event: events.Click) -> None:
        """A click on a task selects it."""
        rows = self._view.slowest[: rows_for(self.content_size.height, len(self._view.throughput))]
        at = event.y - 1 - self.styles.padding.top
        if 0 <= at < len(rows):
            self.post_message(self.Picked(rows[at]))
