"""The table of a sweep: one row per value, each lane's time and its speedup; measured, being
measured, to come.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui.drawing.cells import Cells, Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from tui.widgets.compare.sweep_notes import notes_of
from tui.widgets.wheel import Wheeled
from workloads.core.engine_info import baseline_of, compared_lanes
from workloads.core.errors import plain
from workloads.core.wording import lane_name, seconds, times
from workloads.sweeps.fold import SweepFold, SweepPoint
from workloads.sweeps.kinds import value_text

LIVE = 2
"""Cells behind a lane's seconds that hold the sign that it runs."""


@dataclass(frozen=True)
class SweepView:
    """A sweep's table: its `parameter`, all its `values`, the `points` measured, the `cursor`'s
    value; `now` are the seconds that lanes have run at the value being measured, where those in
    `live` run. `at` is that value where it isn't the first without a point; `notes` are a few words
    on a value, under `head`. Rows are sorted by `sort`, the name of a column (see `columns`), the
    other way round with `reverse`; `top` is the first row to show, None for those that matter now.
    `kind` is that of the sweep.
    """

    parameter: str = "tasks"
    values: Sequence[int] = ()
    lanes: Sequence[str] = ()
    points: Sequence[SweepPoint] = ()
    now: dict[str, float] | None = None
    live: Collection[str] = ()
    cursor: float | None = None
    at: int | None = None
    head: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    sort: str = "value"
    reverse: bool = False
    top: int | None = None
    kind: str = ""

    @classmethod
    def of(
        cls,
        fold: SweepFold,
        now: dict[str, float],
        live: Collection[str] = (),
        cursor: float | None = None,
    ) -> "SweepView":
        """The contents for a fold; `now` doesn't count unless a value is being measured."""
        opened = fold.opened
        if opened is None:
            return cls()
        view = cls(
            opened.parameter,
            opened.values,
            opened.lanes,
            fold.points,
            live=live,
            cursor=cursor,
            at=fold.at,
            kind=opened.sweep,
        )
        if fold.running and not fold.calibrating:
            view = replace(view, now=now)
        head, notes = notes_of(fold, opened.sweep)
        return replace(view, head=head, notes=notes)

    @property
    def compared(self) -> list[str]:
        """The lanes that are compared with serial."""
        if baseline_of(self.lanes) is None:
            return []
        return compared_lanes(self.lanes)

    @property
    def columns(self) -> list[str]:
        """The names of the columns: `value`, `note` where there are notes, `time LANE`, `speedup
        LANE`.
        """
        notes = ["note"][: bool(self.head)]
        times = [f"time {lane}" for lane in self.lanes]
        return ["value", *notes, *times, *(f"speedup {lane}" for lane in self.compared)]

    @property
    def ordered(self) -> list[int]:
        """The values in the order of their rows; those without a figure to sort by come last."""
        if self.sort == "value":
            return sorted(self.values, key=self.values.index, reverse=self.reverse)
        kind, lane = self.sort.split(" ", 1)
        figures = {point.value: point.speedup for point in self.points}
        if kind == "time":
            figures = {point.value: point.seconds for point in self.points}
        sortable = [value for value in self.values if lane in figures.get(value, {})]
        sortable.sort(key=lambda value: figures[value][lane], reverse=self.reverse)
        return [*sortable, *(value for value in self.values if value not in sortable)]

    @property
    def measuring(self) -> int | None:
        """The value being measured, or next; None once all have a point."""
        if self.at in self.values:
            return self.at
        measured = {point.value for point in self.points}
        return next((value for value in self.values if value not in measured), None)


def draw_sweep_table(view: SweepView, page: Page) -> list[Line]:
    """The heads, then a line a value, at most the page's height.

    Where not all fit, the last that were started are shown, or those nearest to them that hold the
    cursor's.
    """
    if page.empty or not view.values:
        return []
    pen = _TablePen(view, page.on(page.colors.panel))
    return [pen.heads().line(), *(pen.row(value).line() for value in _rows(view, page.height - 1))]


def _rows(view: SweepView, room: int) -> Sequence[int]:
    """The values for which there is room."""
    values = view.ordered
    if len(values) <= room:
        return values
    if view.top is not None:
        return values[min(view.top, len(values) - room) :][:room]
    last = len(values)
    if view.measuring is not None:
        last = values.index(view.measuring) + 1
    top = max(0, last - room)
    for here, value in enumerate(values):
        if value == view.cursor:
            top = min(max(top, here - room + 1), here)
    return values[top:][:room]


class _TablePen:
    """Draws the lines of one table: a column of `first` cells, then columns of `each`."""

    def __init__(self, view: SweepView, page: Page) -> None:
        self.view, self.page = view, page
        self.parameter = plain(view.parameter, 12)
        widest = max(len(value_text(view.kind, value)) for value in view.values)
        self.first = max(cell_len(self.parameter), widest) + 2
        columns = len(view.lanes) + len(view.compared) + bool(view.head)
        self.each = max(7, min(14, (page.width - self.first - 1) // max(columns, 1)))
        self.points = {point.value: point for point in view.points}
        self.measuring = view.measuring
        self.marked = any(point.mark(lane) for point in view.points for lane in view.lanes)

    def column_at(self, x: int) -> str | None:
        """The name of the column that has this cell; None beside them."""
        place = max(1 + (x - self.first) // self.each, 0)
        return dict(enumerate(self.view.columns)).get(place)

    def heads(self) -> Cells:
        """The heads of all columns."""
        view, page, each, x = self.view, self.page, self.each, self.first
        cells, dim = page.cells(), page.colors.dim
        cells.put(x - 1 - cell_len(self.parameter), page.words(self.parameter), dim)
        self._mark_sorted(cells, "value", x - 1 - cell_len(self.parameter))
        if view.head:
            cells.put(x + each - cell_len(view.head), page.words(view.head), dim)
            x += each
        heads = {lane: page.words(lane_letter(lane)) for lane in view.lanes}
        names = {lane: page.words(lane_name(lane)) for lane in view.lanes}
        if all(cell_len(name) + 3 <= each - LIVE for name in names.values()):
            heads = {lane: f"{letter} {names[lane]}" for lane, letter in heads.items()}
        for lane, head in heads.items():
            at = x + each - LIVE - cell_len(head)
            cells.put(at, head, page.colors.lane(lane), bold=True)
            self._mark_sorted(cells, f"time {lane}", at)
            x += each
        for lane in view.compared:
            head = page.words(f"{lane_letter(lane)} ×")
            if len(view.compared) == 1:
                head = "speedup"
            cells.put(x + each - cell_len(head), head, page.colors.text, bold=True)
            self._mark_sorted(cells, f"speedup {lane}", x + each - cell_len(head))
            x += each
        return cells

    def _mark_sorted(self, cells: Cells, column: str, at: int) -> None:
        """The direction in which the rows are sorted, before the head of that column; nothing while
        they stand in the order of the sweep.
        """
        view = self.view
        if column != view.sort or (column == "value" and not view.reverse):
            return
        mark = self.page.pick("▲", "^")
        if view.reverse:
            mark = self.page.pick("▼", "v")
        cells.put(at - 1, mark, self.page.colors.accent)

    def row(self, value: int) -> Cells:
        """A value, what is said of it, and each lane's figures."""
        view, page, x = self.view, self.page, self.first
        cells, point, now = page.cells(), self.points.get(value), None
        if value == self.measuring and view.now is not None:
            point, now = None, view.now
        here = value == view.cursor
        label, ink = value_text(view.kind, value), page.colors.dim
        if here:
            ink = page.colors.accent
            cells.put(0, page.pick("▌", "|"), ink)
        elif point or now is not None:
            ink = page.colors.text
        cells.put(x - 1 - len(label), label, ink, bold=here)
        if view.head:
            note = page.words(view.notes.get(value, ""))
            cells.put(x + self.each - len(note), note, page.colors.text)
            x += self.each
        for lane in view.lanes:
            if now is not None:
                self._put_live_time(cells, x, lane, now)
            elif point:
                self._put_time(cells, x, lane, point)
            x += self.each
        for lane in view.compared:
            if point:
                self._put_speedup(cells, x, lane, point)
            x += self.each
        return cells

    def _put_live_time(self, cells: Cells, x: int, lane: str, now: Mapping[str, float]) -> None:
        """The seconds a lane has run at the value being measured, and the sign that it does."""
        live, ink = bool(now) and lane in self.view.live, self.page.colors.text
        if live:
            ink = self.page.colors.lane(lane)
            cells.put(x + self.each - 1, self.page.pick("●", "*"), ink, bold=True)
        if lane in now:
            words = self._seconds(now[lane])
            cells.put(x + self.each - LIVE - len(words), words, ink, bold=live)

    def _put_time(self, cells: Cells, x: int, lane: str, point: SweepPoint) -> None:
        """A lane's seconds; a dash where it failed, nothing where it didn't race."""
        words, ink = "", self.page.colors.text
        if lane in point.seconds:
            words = self._seconds(point.seconds[lane])
        elif not point.workers or lane in point.workers:
            words, ink = self._none, self.page.colors.failed
        cells.put(x + self.each - LIVE - len(words), words, ink)

    def _put_speedup(self, cells: Cells, x: int, lane: str, point: SweepPoint) -> None:
        words, ink, ground = self._none, self.page.colors.dim, None
        if lane in point.speedup:
            words = self.page.words(times(point.speedup[lane]))
            words += point.mark(lane).ljust(self.marked)
            ground = self.page.colors.lane(lane)
            ink = on(ground)
        cells.put(x + self.each - len(words) - 1, f" {words}", ink, ground, bold=True)

    @property
    def _none(self) -> str:
        return self.page.pick("–", "-")

    def _seconds(self, value: float) -> str:
        words = seconds(value)
        if len(words) >= self.each - LIVE:
            return f"{value:,.0f} s"  # minutes and seconds would run into the column before
        return words


class SweepTable(Wheeled, Lines):
    """The table of a sweep: a click on a head sorts, one on a row chooses its point."""

    DEFAULT_CSS = "SweepTable { background: $panel; }"
    ROWS_A_NOTCH = 1

    class PointChosen(Message):
        """A row was clicked."""

        def __init__(self, value: int) -> None:
            super().__init__()
            self.value = value

    _view = SweepView()
    _sort, _reverse = "value", False
    _top: int | None = None

    def update(self, view: SweepView) -> None:
        """Show this; another cursor comes into view."""
        if view.cursor != self._view.cursor or view.values != self._view.values:
            self._top = None
        if self._sort not in view.columns:
            self._sort, self._reverse = "value", False
        self._view = replace(view, sort=self._sort, reverse=self._reverse, top=self._top)
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The table's lines."""
        return draw_sweep_table(self._view, page)

    def selected_text(self) -> str:
        """The figures of the row at the cursor, between tabs; empty without a cursor on a point."""
        view = self._view
        rows = {
            point.value: [
                point.value,
                *(point.seconds.get(lane, "") for lane in view.lanes),
                *(point.speedup.get(lane, "") for lane in view.compared),
            ]
            for point in view.points
        }
        return "\t".join(map(str, rows.get(int(view.cursor or 0), [])))

    def on_click(self, event: events.Click) -> None:
        """A click on a head sorts by it, or reverses the order; one on a row chooses its point."""
        page = self.page
        if event.y == 0 and self._view.values:
            column = _TablePen(self._view, page.on(page.colors.panel)).column_at(event.x)
            if column and column != "note":
                self._sort_by(column)
            return
        rows = _rows(self._view, page.height - 1)
        if 0 < event.y <= len(rows):
            self.post_message(self.PointChosen(rows[event.y - 1]))

    def _sort_by(self, column: str) -> None:
        self._reverse = column == self._sort and not self._reverse
        self._sort = column
        self.update(self._view)

    def scroll_rows(self, by: int) -> None:
        """Scroll by so many points."""
        room, values = self.page.height - 1, self._view.ordered
        shown = _rows(self._view, room)
        if shown:
            top = values.index(shown[0]) + by
            self._top = max(0, min(top, len(values) - room))
            self.update(self._view)
