"""The heart of the screen: every lane of a race on one time axis, with its workers' spans.

`draw_timeline` is pure: the same ledgers, times and page give the same lines. The widget only calls
it.
"""

import math
from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from tui.drawing.cells import Cells, Line, text
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.spans import WorkerSpans, draw_spans, draw_together
from tui.drawing.themes import lane_letter
from tui.drawing.time_axis import TimeAxis
from tui.widgets.race.lane_bar import LaneBar, draw_bars
from tui.widgets.race.lane_view import LaneView, window_of
from tui.widgets.race.layout import lay_out
from tui.widgets.race.phases import draw_phases
from tui.widgets.race.reasons import reasons_of
from tui.widgets.race.states import state_word
from workloads.core.engine_info import is_baseline
from workloads.core.wording import seconds
from workloads.figures.durations import mean_rate
from workloads.figures.startup import startup_text
from workloads.ledger.rows import WorkerRow

_NOBODY = [WorkerRow(0)]
"""The rows of a lane that has started but whose workers haven't joined yet."""


def draw_timeline(
    views: Sequence[LaneView], window: tuple[float, float], page: Page, stated: str = ""
) -> list[Line]:
    """The lanes on one axis, at most as many lines as the page has; `window` in seconds of the
    axis. Reasons for a failure that are `stated` elsewhere are left out.
    """
    if page.empty or not views:
        return []
    page = page.on(page.colors.background)
    views = views[: page.height]
    rows = [_rows(view) for view in views]
    widest = max((len(str(row.worker)) for own in rows for row in own), default=1)
    margin = min(max(7, widest + 5), page.width - 1)
    axis = TimeAxis(page.sized(page.width - margin), window)
    axis = axis._replace(grid=tuple(x for x, _ in axis.ticks()))
    reasons = reasons_of(views, axis.page, stated)
    wants = [max(len(own), 1) + len(reason) for own, reason in zip(rows, reasons, strict=True)]
    layout = lay_out(wants, page.height)
    pen = _Pen(axis, margin, layout.tall)
    raced = any(view.lane.zero is not None for view in views)
    lines = _draw_axis(views, pen)[: layout.axis]
    bars = draw_bars(_bars(views), page)
    for view, bar, own, reason, room in zip(views, bars, rows, reasons, layout.rows, strict=True):
        if layout.blank and len(lines) > layout.axis:
            lines.append(pen.write())
        lines.append(bar)
        lane = _LaneBlocks(view, own, pen.of(view))
        blocks = [*lane.reasons(reason), *lane.blocks(room - len(reason), raced)]
        for index, block in enumerate(blocks[:room]):
            if layout.gap and index > len(reason):
                lines.append(pen.write())
            lines += block
    return lines[: page.height]


def _rows(view: LaneView) -> list[WorkerRow]:
    """The lane's workers in order; none before its run."""
    if not view.lane.zero:
        return []
    return [view.lane.rows[worker] for worker in sorted(view.lane.rows)] or _NOBODY


def _bars(views: Sequence[LaneView]) -> list[LaneBar]:
    """The contents of the lanes' bars; the others' show where serial was after as many seconds."""
    baselines = (v for v in views if is_baseline(v.lane.engine) and v.lane.zero is not None)
    serial = next(baselines, None)
    busy = any(view.running for view in views)
    bars = []
    for view in views:
        lane, (failed, retried) = view.lane, view.bad()
        bar = LaneBar(
            lane.engine,
            view.done(),
            lane.tasks.count or view.planned,
            state_word(lane, view.over, view.ghost, busy and not view.running),
            failed,
            retried,
        )
        if view.running:
            bar = replace(bar, running=lane.running)
        if lane.zero is not None:
            rate = mean_rate(view.done(), view.elapsed)
            bar = replace(bar, elapsed=view.offset + view.elapsed, rate=rate)
            if serial and serial is not view and serial.lane.tasks.count:
                after = view.offset + view.elapsed - serial.offset
                share = _done_after(serial, after) / serial.lane.tasks.count
                bar = replace(bar, serial_share=share)
        bars.append(bar)
    return bars


def _done_after(view: LaneView, elapsed: float) -> int:
    """The tasks that a lane had finished after so many seconds."""
    if view.at_edge and elapsed >= view.elapsed:
        return view.done()
    return view.lane.done_at(elapsed)


class _Pen(NamedTuple):
    """An axis with a margin beside it for labels; a row is `tall` lines high."""

    axis: TimeAxis
    margin: int
    tall: int

    def beside(self, label: str, ink: str, line: Line) -> Line:
        """A line with its label in the margin."""
        label = label[: self.margin].ljust(self.margin)
        return [text(label, ink, self.axis.page.ground, bold=True), *line]

    def of(self, view: LaneView) -> "_Pen":
        """The pen for a lane's rows, with the lane's own bound."""
        column = self.column(view)
        if column is None:
            return self
        return self._replace(axis=self.axis._replace(bound=column))

    def column(self, view: LaneView) -> int | None:
        """Where the lane's bound stands; None where it has none on the axis."""
        if view.ideal is None:
            return None
        bound = view.ideal + view.offset
        if not self.axis.window[0] <= bound <= self.axis.window[1]:
            return None
        return min(self.axis.eighth(bound) // 8, self.axis.width - 1)

    def write(self, words: str = "", ink: str | None = None) -> Line:
        """A line with the grid and these words."""
        return self.beside("", self.axis.page.colors.dim, _gridded(self.axis, words, ink))

    def block(self, label: str, ink: str, lines: Sequence[Line]) -> list[Line]:
        """A tall row, its label beside the line that has the words."""
        labels = [""] * self.tall
        labels[self.tall // 3] = label
        return [self.beside(at, ink, line) for at, line in zip(labels, lines, strict=True)]


@lru_cache(maxsize=64)
def _gridded(axis: TimeAxis, words: str, ink: str | None) -> Line:
    cells = axis.page.cells()
    axis.draw_grid(cells)
    cells.put(0, words, ink, bold=True)
    return cells.line()


def _draw_axis(views: Sequence[LaneView], pen: _Pen) -> list[Line]:
    """The labels, and the line under them with the lanes' bounds and the mark of now."""
    axis, bounds = pen.axis, _bounds(views, pen)
    now = [view.t + view.offset for view in views if view.lane.zero is not None and not view.over]
    if not now:
        now = [
            view.started
            for view in views
            if view.lane.zero is None and view.lane.state == "starting"
        ]
    marked = None
    if now and axis.window[0] <= max(now) <= axis.window[1]:
        marked = min(axis.eighth(max(now)) // 8, axis.width - 1)
    return list(_axis_lines(pen, bounds, marked))


def _bounds(views: Sequence[LaneView], pen: _Pen) -> tuple[tuple[int, str], ...]:
    """The columns of the lanes' lower bounds and their names; with the lanes' letters where these
    differ.
    """
    lanes: dict[tuple[int, str], str] = {}
    for view in views:
        column = pen.column(view)
        if column is not None and view.ideal is not None:
            mark = column, seconds(view.ideal + view.offset)
            lanes[mark] = lanes.get(mark, "") + lane_letter(view.lane.engine)
    if len(lanes) == 1:
        return tuple((column, f"lower bound {time}") for column, time in lanes)
    return tuple((column, f"{of} lower bound {time}") for (column, time), of in lanes.items())


@lru_cache(maxsize=64)
def _axis_lines(
    pen: _Pen, bounds: Sequence[tuple[int, str]], marked: int | None
) -> tuple[Line, Line]:
    """The two lines of the axis; kept, since they are the same in most frames."""
    axis, page, colors = pen.axis, pen.axis.page, pen.axis.page.colors
    labels, line = page.sized(pen.margin + axis.width).cells(), page.cells()
    line.put(0, page.pick("─", "-") * axis.width, colors.rule)
    for x, label in axis.ticks():
        at = max(0, pen.margin + x - len(label.split(" ")[0]) // 2)
        labels.put(min(at, labels.width - len(label)), label, colors.text, bold=True)
        line.put(x, page.pick("┬", "+"), colors.dim)
    _name_bounds(line, bounds, page)
    if marked is not None:
        line.put(marked, page.pick("▼", "V"), colors.accent, bold=True)
    return labels.line(), pen.beside("", colors.dim, line.line())


def _name_bounds(line: Cells, bounds: Sequence[tuple[int, str]], page: Page) -> None:
    """The lower bounds' marks on the axis, each named at a side where no other stands."""
    taken = {column for column, _ in bounds}
    for column, name in reversed(bounds):  # the last lane is the one to look at
        for label in (f" {name} ", f" {name.replace('lower bound ', '')} "):
            first = _free(column, len(label), taken, line.width)
            if first is not None:
                line.put(first, label, page.colors.text)
                taken.update(range(first, first + len(label)))
                break
    for column, _ in bounds:
        line.put(column, page.pick("┊", ":"), page.colors.text, bold=True)


def _free(column: int, size: int, taken: Set[int], width: int) -> int | None:
    """The first of `size` free cells right or left of a column; None without any."""
    for first in (column + 1, column - size):
        if 0 <= first <= width - size and taken.isdisjoint(range(first, first + size)):
            return first
    return None


class _LaneBlocks(NamedTuple):
    """The lines under a lane's bar: why it failed, its start-up, its workers."""

    view: LaneView
    rows: list[WorkerRow]
    pen: _Pen

    def reasons(self, reason: Sequence[str]) -> list[list[Line]]:
        """The reason why the lane failed or was cancelled."""
        ink = self.pen.axis.page.colors.failed
        if self.view.lane.state == "cancelled":
            ink = self.pen.axis.page.colors.dim
        return [[self.pen.write(words, ink)] for words in reason]

    def blocks(self, room: int, raced: bool) -> list[list[Line]]:
        """The lane's start-up before its run, or its workers, in `room` blocks."""
        view, pen, colors = self.view, self.pen, self.pen.axis.page.colors
        if raced and view.warm:
            text = f"ready ({startup_text(view.lane, view.now)}), waiting for its turn"
            return [[pen.write(text, colors.dim)]]
        if raced and view.lane.zero is None and view.lane.stopped:
            text = f"failed after {seconds(view.started)} of start-up"
            return [[pen.write(text, colors.dim)]]
        if view.lane.zero is None:
            engine = view.lane.engine
            lines = draw_phases(view.lane.phases, pen.axis, view.now, engine, pen.tall)
            return [pen.block(" start", colors.dim, lines)]
        single, rest = self.rows, []
        if len(self.rows) > room:
            cut = max(room - 1, 0)
            single, rest = self.rows[:cut], self.rows[cut:]
        blocks = [self._worker(row) for row in single]
        if rest:
            label = " all"
            if single:
                label = f"+{len(rest)}".rjust(4)
            blocks.append([pen.beside(label, colors.dim, self._together(rest))])
        return blocks

    def _worker(self, row: WorkerRow) -> list[Line]:
        """One worker's row; its window counts from the run's zero."""
        named, view, pen = row is self.rows[0], self.view, self.pen

        def draw() -> list[Line]:
            colors, lane, marks = pen.axis.page.colors, view.lane, None
            if lane.tasks.stages:
                marks = lane.tasks.marks
            text = startup_text(lane, view.now)
            spans = WorkerSpans(row, view.t, lane.engine, view.ghost, view.offset, marks, text)
            axis = pen.axis.later(view.offset)
            lines = draw_spans(spans, axis, named=named, tall=pen.tall)
            if row.lost:
                label = f" w{row.worker}" + pen.axis.page.pick(" ✗", " X")
                return pen.block(label, colors.failed, lines)
            return pen.block(f" w{row.worker}", colors.text, lines)

        return _once(row, "spans", (self._key([row]), named), draw)

    def _together(self, rows: list[WorkerRow]) -> Line:
        """The workers that have no line of their own."""
        view, axis = self.view, self.pen.axis.later(self.view.offset)

        def draw() -> list[Line]:
            return [draw_together(rows, axis, view.t, view.lane.engine, view.ghost)]

        return _once(rows[0], "rest", self._key(rows), draw)[0]

    def _key(self, rows: Sequence[WorkerRow]) -> Hashable:
        """Everything that the look of these rows depends on; `t`, in eighths, only where time alone
        changes them.
        """
        view, tip = self.view, None
        if any(row.open or len(row.between(view.t, math.inf).start) for row in rows):
            tip = self.pen.axis.eighth(view.t + view.offset)
        versions = tuple((row.version, row.count, row.lost) for row in rows)
        return view.lane.engine, view.lane.zero, versions, tip, view.ghost, view.offset, self.pen


_memo: WeakKeyDictionary[Any, dict[str, tuple[Hashable, list[Line]]]] = WeakKeyDictionary()


def _once(owner: object, slot: str, key: Hashable, draw: Callable[[], list[Line]]) -> list[Line]:
    """The lines drawn last for this owner and slot if nothing that they depend on has changed."""
    slots = _memo.setdefault(owner, {})
    kept = slots.get(slot)
    if kept is None or kept[0] != key:
        kept = slots[slot] = (key, draw())
    return kept[1]


class Timeline(Lines):
    """The lanes of a race on one time axis."""

    _views: Sequence[LaneView] = ()
    _stated = ""

    def update(self, views: Sequence[LaneView], stated: str = "") -> None:
        """Show all of these lanes; reasons that are `stated` elsewhere are left out."""
        self._views, self._stated = views, stated
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The timeline's lines."""
        return draw_timeline(self._views, window_of(self._views), page, self._stated)
