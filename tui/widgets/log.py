"""The lines of the log: when each was written, by which lane, and its text on as many lines as it
takes.

`draw_logged` is pure; the widget keeps what it drew, as a log only grows.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.drawing.cells import Line, text
from tui.drawing.page import Page
from tui.drawing.selection import selectable, selected_text
from tui.drawing.themes import lane_letter, on, palette
from workloads.core.engine_info import engine_info
from workloads.core.events import Logged
from workloads.ledger.race import LOG_LINES, Race

PRECISE = 100
"""Cells from which on times are written to the millisecond."""

LEAST = 20
"""Cells that the text has at least: where there are fewer, only the badge stands before it."""


class LogEntry(NamedTuple):
    """A line that lane `engine` wrote at `t` (ns since the epoch); the app's own if `engine` is
    empty. `task` is the number of the task that wrote it, -1 if unknown, and `origin` says in Ray's
    way where: `(crunch pid=4711)`, with the node if there are several. The texts are foreign.
    """

    t: int
    engine: str
    words: str
    task: int = -1
    origin: str = ""

    @property
    def task_text(self) -> str:
        """`task 12`; empty where the task isn't recorded."""
        if self.task < 0:
            return ""
        return f"task {self.task:,}"

    @classmethod
    def of(cls, logged: Logged, race: Race) -> "LogEntry":
        """The entry of a line in this race's log."""
        engine = ""  # a line of the app's own
        if logged.lane:
            engine = race.lane(logged.lane).engine
        return cls(logged.t, engine, logged.text, logged.task, _origin(logged, race))


def _origin(logged: Logged, race: Race) -> str:
    """The function, process and node that Ray puts before a line of a task."""
    if not logged.pid or not engine_info(race.lane(logged.lane).engine).has_refs:
        return ""
    lane = race.lane(logged.lane)
    tasks = (each.name for each in race.listings.get(logged.lane, ()) if each.role == "task")
    origin = f"{next(tasks, 'task')} pid={logged.pid}"
    worker = next((row for row in lane.rows.values() if row.pid == logged.pid), None)
    if worker is not None and len(lane.nodes.rows) > 1 and worker.node in lane.nodes.rows:
        origin += f", node {lane.nodes.rows[worker.node].number}"
    return f"({origin})"


def task_width(entries: Iterable[LogEntry]) -> int:
    """The cells of a column that names the task of each entry; 0 if none has one."""
    return max((len(entry.task_text) for entry in entries), default=0)


def draw_logged(entry: LogEntry, page: Page, tasks: int = 0) -> list[Line]:
    """The time, the lane's letter, the task in a column of `tasks` cells (0: none), and the text;
    what doesn't fit continues below it.
    """
    colors, ground = page.colors, page.ground
    badge, ink = " ! ", colors.failed
    if entry.engine:
        badge, ink = f" {lane_letter(entry.engine)} ", colors.lane(entry.engine)
    head = [text(badge, on(ink), ink, bold=True), text(" ", None, ground)]
    if tasks and page.width - _width(head) - tasks - 2 >= LEAST:
        head.append(text(f"{entry.task_text:>{tasks}}  ", colors.dim, ground))
    clock = _clock(entry.t, page.width >= PRECISE)
    if page.width - cell_len(clock) - _width(head) - 2 >= LEAST:
        head.insert(0, text(f"{clock}  ", colors.dim, ground))
    room = max(page.width - _width(head), 2)
    blank = text(" " * _width(head), None, ground)
    origin = page.safe(entry.origin)
    first, *rest = page.wrap_foreign(f"{entry.origin} {entry.words}".lstrip(), room)
    words = [text(first, colors.text, ground)]
    if origin and first.startswith(origin):
        said = text(first[len(origin) :], colors.text, ground)
        words = [text(origin, colors.dim, ground), said]
    return [[*head, *words], *([blank, text(part, colors.text, ground)] for part in rest)]


def _clock(t: int, precise: bool) -> str:
    """The time of day at this machine."""
    moment = datetime.fromtimestamp(t / 1e9)
    if precise:
        return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"
    return f"{moment:%H:%M:%S}"


def _width(line: Line) -> int:
    return sum(segment.cell_length for segment in line)


class LogText(ScrollView, can_focus=True):
    """The lines of all lanes: text that can be copied. It follows the newest unless it was scrolled
    back.
    """

    ALLOW_SELECT = True

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[LogEntry] = []
        self._strips: list[Strip] = []
        self._drawn: Page | None = None
        self._tasks = 0

    def clear(self) -> None:
        """Forget all lines."""
        self._entries.clear()
        self._tasks = 0
        self._draw_anew()

    def write(self, entries: Iterable[LogEntry]) -> None:
        """Add lines at the end; the oldest beyond LOG_LINES go."""
        new = list(entries)
        self._entries += new
        excess = len(self._entries) - LOG_LINES
        tasks = max(self._tasks, task_width(new))
        if excess > 0 or tasks > self._tasks:
            self._tasks = tasks
            del self._entries[: max(excess, 0)]
            self._draw_anew()
        elif self._drawn:
            self._add(new)

    def _add(self, entries: Iterable[LogEntry]) -> None:
        page, following = self._drawn, self.scroll_offset.y >= self.max_scroll_y
        if page is None:
            return
        for entry in entries:
            self._strips += [Strip(line) for line in draw_logged(entry, page, self._tasks)]
        self.virtual_size = Size(page.width, len(self._strips))
        if following:
            self.scroll_end(animate=False, immediate=False, x_axis=False)
        self.refresh()

    def _draw_anew(self) -> None:
        size = self.scrollable_content_region.size
        if not size:
            return
        ascii, ground = getattr(self.app, "ascii", False), self.background_colors[1].hex6
        self._drawn = Page(size.width, 1, palette(self.app.theme), ascii, ground)
        self._strips = []
        self._add(self._entries)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the lines again at another width."""
        if self._drawn is None or self._drawn.width != self.scrollable_content_region.width:
            self._draw_anew()

    def notify_style_update(self) -> None:
        """Styles were applied: the theme may be another."""
        super().notify_style_update()
        if self._drawn:
            self.call_later(self._draw_anew)

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        at, width = self.scroll_offset.y + y, self.scrollable_content_region.width
        if at >= len(self._strips):
            return Strip.blank(width, self.rich_style)
        return selectable(self, self._strips[at].adjust_cell_length(width, self.rich_style), at)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text that is selected."""
        return selected_text((strip.text for strip in self._strips), selection)
