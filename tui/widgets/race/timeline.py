"""The heart of the screen: every lane of a race on one time axis, with its workers' spans.

`draw_timeline` is pure: the same ledgers, times and page give the same lines. The widget that calls
it is in `timeline_panel`.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.spans import ChosenSpan, WorkerSpans, draw_spans, draw_together
from tui.drawing.time_axis import TimeAxis
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.axis_lines import Pen, draw_axis
from tui.widgets.race.cursor import Cursor
from tui.widgets.race.driver_line import (
    blocked_text,
    driver_key,
    driver_line,
    has_driver,
    stamped_mark,
)
from tui.widgets.race.lane_bar import bars_of, draw_bars
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.layout import lay_out
from tui.widgets.race.phases import draw_phases
from tui.widgets.race.reasons import reasons_of
from tui.widgets.race.shelf import Row, Shelf, keys_of, rows_of_lane, without_headings
from tui.widgets.race.timeline_look import PLAIN, TimelineLook, lines_above, lines_below
from workloads.core.wording import plural, seconds
from workloads.figures.startup import startup_text
from workloads.ledger.rows import WorkerRow

_NOBODY = [WorkerRow(0)]
"""The rows of a lane that has started but whose workers haven't joined yet."""


class LinePlace(NamedTuple):
    """What a line of the timeline shows: a part of it (`map`, `axis`, `bar`, `driver`, `row`,
    `reading`), of which lane, and of which of its workers.
    """

    part: str = ""
    lane: str = ""
    worker: int = -1


NOWHERE = LinePlace()


class Drawn:
    """Lines, what each of them shows, and the rows of each lane by its name."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.places: list[LinePlace] = []
        self.shelves: dict[str, Shelf] = {}

    def add(self, lines: Iterable[Line], place: LinePlace = NOWHERE) -> None:
        """Append lines that show this."""
        for line in lines:
            self.lines.append(line)
            self.places.append(place)


def draw_timeline(
    views: Sequence[LaneView],
    window: TimeWindow,
    page: Page,
    stated: str = "",
    look: TimelineLook = PLAIN,
) -> list[Line]:
    """The lanes on one axis, at most as many lines as the page has. Reasons for a failure that are
    `stated` elsewhere are left out.
    """
    return arrange(views, window, page, stated, look).lines


def arrange(
    views: Sequence[LaneView],
    window: TimeWindow,
    page: Page,
    stated: str = "",
    look: TimelineLook = PLAIN,
) -> Drawn:
    """The lines of `draw_timeline`, and what each of them shows."""
    drawn = Drawn()
    if page.empty or not views:
        return drawn
    page = page.on(page.colors.background)
    views = views[: page.height]
    rows, margin = [rows_of_lane(view) or _nobody(view) for view in views], margin_of(views, page)
    axis = TimeAxis(page.sized(page.width - margin), window.seconds)
    marks = tuple(min(axis.eighth(t) // 8, axis.width - 1) for t in look.marks if axis.holds(t))
    axis = axis._replace(grid=tuple(x for x, _ in axis.ticks()), marks=marks)
    reasons = reasons_of(views, axis.page, stated)
    wants = [max(len(own), 1) + len(reason) for own, reason in zip(rows, reasons, strict=True)]
    room = page.height - 2 * len(views) - 2
    below = lines_below(views, axis, page.sized(page.width), look, room)
    if not (look.cursor or look.marks) and page.height - len(views) - 3 < sum(wants):
        below = []
    above = lines_above(views, axis, look, room - len(below))
    room = page.height - len(above) - len(below)
    layout = lay_out(wants, room, sum(map(has_driver, views)))
    pen = Pen(axis, margin, layout.tall)
    drawn.add([pen.beside(" map", page.colors.dim, line) for line in above], LinePlace("map"))
    drawn.add(draw_axis(views, pen, look.marks)[: layout.axis], LinePlace("axis"))
    top = len(drawn.lines)
    bars = draw_bars(bars_of(views), page)
    raced = any(view.lane.zero is not None for view in views)
    for view, bar, own, reason, room in zip(views, bars, rows, reasons, layout.rows, strict=True):
        if layout.blank and len(drawn.lines) > top:
            drawn.add([pen.write()])
        drawn.add([bar], LinePlace("bar", view.lane.name))
        own = without_headings(own, room - len(reason))
        shelf = Shelf(keys_of(own), room - len(reason), look.tops.get(view.lane.name, 0))
        if look.reveals and look.cursor is not None and look.lane == view.lane.name:
            shelf = shelf.showing(look.cursor.worker)
        drawn.shelves[view.lane.name] = shelf
        lane = _LaneBlocks(view, own, pen.of(view), shelf, look.cursor)
        if layout.drivers and has_driver(view):
            drawn.add([lane.driver()], LinePlace("driver", view.lane.name))
        blocks = [*lane.reasons(reason), *lane.blocks(raced)]
        for index, block in enumerate(blocks[:room]):
            if layout.gap and index > len(reason):
                drawn.add([pen.write()])
            drawn.add(block.lines, LinePlace("row", view.lane.name, block.worker))
    if below:
        drawn.add([pen.write()] * (page.height - len(below) - len(drawn.lines)))
        drawn.add(below, LinePlace("reading"))
    del drawn.lines[page.height :]
    return drawn


def margin_of(views: Sequence[LaneView], page: Page) -> int:
    """Cells beside the axis, for the workers' names."""
    widest = max((len(str(max(view.lane.rows, default=0))) for view in views), default=1)
    return min(max(7, widest + 5), page.width - 1)


def _nobody(view: LaneView) -> list[Row]:
    """The rows of a lane whose workers haven't joined yet; none before its run."""
    if not view.lane.zero:
        return []
    return [*_NOBODY]


class _Block(NamedTuple):
    """The lines of a row, and the worker that they show; -1 for none, or for several."""

    lines: list[Line]
    worker: int = -1


class _LaneBlocks(NamedTuple):
    """The lines under a lane's bar: why it failed, its start-up, its workers."""

    view: LaneView
    rows: list[Row]
    pen: Pen
    shelf: Shelf
    cursor: Cursor | None = None

    def reasons(self, reason: Sequence[str]) -> list[_Block]:
        """The reason why the lane failed or was cancelled."""
        ink = self.pen.axis.page.colors.failed
        if self.view.lane.state == "cancelled":
            ink = self.pen.axis.page.colors.dim
        return [_Block([self.pen.write(words, ink)]) for words in reason]

    def driver(self) -> Line:
        """What the lane's driver did."""
        view, pen = self.view, self.pen
        key = driver_key(view, pen)
        return _once(view.lane.driver, "driver", key, lambda: [driver_line(view, pen)])[0]

    @property
    def workers(self) -> list[WorkerRow]:
        """The lane's workers."""
        return [row for row in self.rows if isinstance(row, WorkerRow)]

    def blocks(self, raced: bool) -> list[_Block]:
        """The lane's start-up before its run, or its workers."""
        view, pen, colors = self.view, self.pen, self.pen.axis.page.colors
        if raced and view.warm:
            text = f"ready ({startup_text(view.lane, view.now)}), waiting for its turn"
            return [_Block([pen.write(text, colors.dim)])]
        if raced and view.lane.zero is None and view.lane.stopped:
            text = f"failed after {seconds(view.started)} of start-up"
            return [_Block([pen.write(text, colors.dim)])]
        if view.lane.zero is None:
            engine = view.lane.engine
            lines = draw_phases(view.lane.phases, pen.axis, view.now, engine, pen.tall)
            return [_Block(pen.block(" start", colors.dim, lines))]
        if words := blocked_text(view, self.workers, pen.axis.page):
            return [_Block([pen.write(words, colors.text), *[pen.write()] * (pen.tall - 1)])]
        places = self.shelf.in_view()
        blocks = [self._row(self.rows[place]) for place in places]
        seen = set(places)
        hidden = [row for place, row in enumerate(self.rows) if place not in seen]
        rest = [row for row in hidden if isinstance(row, WorkerRow)]
        if rest:
            label = " all"
            if blocks:
                label = f"+{len(rest)}".rjust(4)
            blocks.append(_Block([pen.beside(label, colors.dim, self._together(rest))]))
        return blocks

    def _row(self, row: Row) -> _Block:
        """A worker's row, or the heading of a node."""
        if isinstance(row, WorkerRow):
            return _Block(self._worker(row), row.worker)
        page = self.pen.axis.page
        words = f"node {row.number}  {page.safe(row.address or row.id, 16)}  "
        words += f"{row.workers:,} {plural('worker', row.workers)}"
        line = self.pen.write(page.clip(words, page.width), page.colors.dim)
        return _Block([*[self.pen.write()] * (self.pen.tall - 1), line])

    def _worker(self, row: WorkerRow) -> list[Line]:
        """One worker's row; its window counts from the run's zero."""
        named, view, pen, chosen = self._first(row), self.view, self.pen, self._chosen(row)

        def draw() -> list[Line]:
            colors, lane, marks = pen.axis.page.colors, view.lane, None
            if lane.tasks.stages:
                marks = lane.tasks.marks
            text = startup_text(lane, view.now)
            spans = WorkerSpans(
                row, view.t, lane.engine, view.ghost, view.offset, marks, text, chosen
            )
            axis = pen.axis.later(view.offset)
            lines = draw_spans(spans, axis, named=named, tall=pen.tall)
            label, ink = f" w{row.worker}{stamped_mark(view, pen.axis.page)}", colors.text
            if row.lost:
                label, ink = label + pen.axis.page.pick(" ✗", " X"), colors.failed
            if chosen:
                label, ink = pen.axis.page.pick("▌", ">") + label[1:], colors.accent
            return pen.block(label, ink, lines)

        return _once(row, "spans", (self._key([row]), named, chosen), draw)

    def _first(self, row: WorkerRow) -> bool:
        """True for the first worker of the lane."""
        return row is self.workers[0]

    def _chosen(self, row: WorkerRow) -> ChosenSpan | None:
        """The task in this row that the cursor stands on."""
        cursor = self.cursor
        if cursor is None or (cursor.lane, cursor.worker) != (self.view.lane.name, row.worker):
            return None
        return ChosenSpan(cursor.task, cursor.t)

    def _together(self, rows: Sequence[WorkerRow]) -> Line:
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
