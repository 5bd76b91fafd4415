"""The table of a sweep: one row per value, each lane's time and its speedup; measured, being
measured, to come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rich.cells import cell_len

from tui.drawing.cells import Cells, Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from workloads.core.engine_info import baseline_of, compared_lanes
from workloads.core.errors import plain
from workloads.core.wording import brief, lane_name, seconds, times
from workloads.sweeps.fold import SweepFold, SweepPoint

LIVE = 2
"""Cells behind a lane's seconds that hold the sign that it runs."""


@dataclass(frozen=True)
class SweepView:
    """A sweep's table: its `parameter`, all its `values`, the `points` measured, the
    `cursor`'s value; `now` are the seconds that lanes have run at the value being measured, where
    `live` is the lane that runs.

    `at` is that value where it isn't the first without a point; `notes` are a few words on a value,
    under `head`.
    """

    parameter: str = "tasks"
    values: Sequence[int] = ()
    lanes: Sequence[str] = ()
    points: Sequence[SweepPoint] = ()
    now: dict[str, float] | None = None
    live: str = ""
    cursor: float | None = None
    at: int | None = None
    head: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, fold: SweepFold, now: dict[str, float], live: str = "", cursor: float | None = None
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
        )
        if fold.running and not fold.calibrating:
            view = replace(view, now=now)
        points = fold.points
        if opened.sweep == "grain":
            sizes = {p.value: p.figures["task_s"] for p in points if "task_s" in p.figures}
            notes = {value: brief(seconds) for value, seconds in sizes.items()}
            return replace(view, head="a task", notes=notes)
        if opened.sweep == "samples":
            errors = {p.value: p.figures["error"] for p in points if "error" in p.figures}
            notes = {value: f"{error:.2g}" for value, error in errors.items()}
            return replace(view, head="error", notes=notes)
        return view

    @property
    def compared(self) -> list[str]:
        """The lanes that are compared with serial."""
        if baseline_of(self.lanes) is None:
            return []
        return compared_lanes(self.lanes)

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
    values = list(view.values)
    if len(values) <= room:
        return values
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
        widest = max(len(f"{value:,}") for value in view.values)
        self.first = max(cell_len(self.parameter), widest) + 2
        columns = len(view.lanes) + len(view.compared) + bool(view.head)
        self.each = max(7, min(14, (page.width - self.first - 1) // max(columns, 1)))
        self.points = {point.value: point for point in view.points}
        self.measuring = view.measuring

    def heads(self) -> Cells:
        """The heads of all columns."""
        view, page, each, x = self.view, self.page, self.each, self.first
        cells, dim = page.cells(), page.colors.dim
        cells.put(x - 1 - cell_len(self.parameter), page.words(self.parameter), dim)
        if view.head:
            cells.put(x + each - cell_len(view.head), page.words(view.head), dim)
            x += each
        heads = {lane: page.words(lane_letter(lane)) for lane in view.lanes}
        names = {lane: page.words(lane_name(lane)) for lane in view.lanes}
        if all(cell_len(name) + 3 <= each - LIVE for name in names.values()):
            heads = {lane: f"{letter} {names[lane]}" for lane, letter in heads.items()}
        for lane, head in heads.items():
            cells.put(x + each - LIVE - cell_len(head), head, page.colors.lane(lane), bold=True)
            x += each
        for lane in view.compared:
            head = page.words(f"{lane_letter(lane)} ×")
            if len(view.compared) == 1:
                head = "speedup"
            cells.put(x + each - cell_len(head), head, page.colors.text, bold=True)
            x += each
        return cells

    def row(self, value: int) -> Cells:
        """A value, what is said of it, and each lane's figures."""
        view, page, x = self.view, self.page, self.first
        cells, point, now = page.cells(), self.points.get(value), None
        if value == self.measuring and view.now is not None:
            point, now = None, view.now
        here = value == view.cursor
        label, ink = f"{value:,}", page.colors.dim
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
        live, ink = bool(now) and lane == self.view.live, self.page.colors.text
        if live:
            ink = self.page.colors.lane(lane)
            cells.put(x + self.each - 1, self.page.pick("●", "*"), ink, bold=True)
        if lane in now:
            words = self._seconds(now[lane])
            cells.put(x + self.each - LIVE - len(words), words, ink, bold=live)

    def _put_time(self, cells: Cells, x: int, lane: str, point: SweepPoint) -> None:
        """A lane's seconds; a dash where it failed, nothing where it didn't race, as serial in a
        sweep over workers.
        """
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
            if lane in point.beyond:
                words += "!"
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


class SweepTable(Lines):
    """The table of the sweep that goes on, or went on last."""

    DEFAULT_CSS = "SweepTable { background: $panel; }"

    _view = SweepView()

    def update(self, view: SweepView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The table's lines."""
        return draw_sweep_table(self._view, page)
