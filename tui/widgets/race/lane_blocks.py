"""What stands on the timeline under a lane's bar: its driver, and its workers or tasks."""

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from tui.drawing.cells import Line
from tui.drawing.spans import ChosenSpan, WorkerSpans, draw_spans, draw_together
from tui.widgets.race.axis_lines import Pen
from tui.widgets.race.cursor import Cursor
from tui.widgets.race.driver_line import (
    blocked_text,
    driver_key,
    driver_line,
    stamped_mark,
)
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.phases import draw_phases
from tui.widgets.race.shelf import (
    EMPTY,
    Keys,
    Row,
    Shelf,
    keys_of,
    without_headings,
)
from tui.widgets.race.task_rows import newest_place, task_blocks
from tui.widgets.race.timeline_look import TimelineLook
from workloads.core.wording import plural, seconds
from workloads.figures.startup import startup_text
from workloads.ledger.rows import WorkerRow


class LinePlace(NamedTuple):
    """What a line of the timeline shows: a part of it (`map`, `axis`, `bar`, `driver`, `row`,
    `strip`, `reading`), of which lane, and of which of its workers or tasks.
    """

    part: str = ""
    lane: str = ""
    worker: int = -1
    task: int = -1


NOWHERE = LinePlace()


class LaneBlock(NamedTuple):
    """The lines of a row, and what they show."""

    lines: Sequence[Line]
    place: LinePlace = NOWHERE


class LaneBlocks(NamedTuple):
    """The lines under a lane's bar: why it failed, its start-up, its workers."""

    view: LaneView
    rows: Sequence[Row] | Keys
    pen: Pen
    look: TimelineLook
    shelf: Shelf = EMPTY

    @property
    def cursor(self) -> Cursor | None:
        """The cursor, if it is on this lane."""
        if self.look.lane == self.view.lane.name:
            return self.look.cursor
        return None

    def shelved(self, room: int) -> "LaneBlocks":
        """The same with the rows that so many lines have room for."""
        rows, cursor, key = self.rows, self.cursor, -1
        if isinstance(rows, np.ndarray):
            keys = rows
            if self.look.cursor is not None:
                key = self.look.cursor.task  # on all lanes, side by side
            elif self.view.running and len(keys):
                key = int(keys[newest_place(self.view, keys, room)])
        else:
            rows = without_headings(rows, room)
            keys = keys_of(rows)
            if cursor is not None:
                key = cursor.worker
        shelf = Shelf(keys, room, self.look.tops.get(self.view.lane.name, 0))
        if self.look.reveals and key >= 0:
            shelf = shelf.showing(key)
        return self._replace(rows=rows, shelf=shelf)

    def reasons(self, reason: Sequence[str]) -> list[LaneBlock]:
        """The reason why the lane failed or was cancelled."""
        ink = self.pen.axis.page.colors.failed
        if self.view.lane.state == "cancelled":
            ink = self.pen.axis.page.colors.dim
        return [LaneBlock([self.pen.write(words, ink)]) for words in reason]

    def driver(self) -> Line:
        """What the lane's driver did."""
        view, pen = self.view, self.pen
        key = driver_key(view, pen)
        return _once(view.lane.driver, "driver", key, lambda: [driver_line(view, pen)])[0]

    def _place(self, worker: int = -1, task: int = -1) -> LinePlace:
        return LinePlace("row", self.view.lane.name, worker, task)

    def blocks(self, raced: bool) -> list[LaneBlock]:
        """The lane's start-up before its run, or its workers."""
        view, pen, colors = self.view, self.pen, self.pen.axis.page.colors
        if raced and view.warm:
            text = f"ready ({startup_text(view.lane, view.now)}), waiting for its turn"
            return [LaneBlock([pen.write(text, colors.dim)])]
        if raced and view.lane.zero is None and view.lane.stopped:
            text = f"failed after {seconds(view.started)} of start-up"
            return [LaneBlock([pen.write(text, colors.dim)])]
        if view.lane.zero is None:
            engine = view.lane.engine
            lines = draw_phases(view.lane.phases, pen.axis, view.now, engine, pen.tall)
            return [LaneBlock(pen.block(" start", colors.dim, lines))]
        if words := blocked_text(view, list(view.lane.rows.values()), pen.axis.page):
            return [LaneBlock([pen.write(words, colors.text), *[pen.write()] * (pen.tall - 1)])]
        rows, cursor = self.rows, self.cursor
        if isinstance(rows, np.ndarray):
            chosen = -1
            if cursor is not None:
                chosen = cursor.task
            tasks = task_blocks(view, self.shelf, pen, chosen)
            return [LaneBlock(row.lines, self._place(task=row.task)) for row in tasks]
        return self._workers(rows)

    def _workers(self, rows: Sequence[Row]) -> list[LaneBlock]:
        """The lane's workers in view, and how busy the others are."""
        places, pen = self.shelf.in_view(), self.pen
        blocks = [self._row(rows[place]) for place in places]
        seen = set(places)
        hidden = [row for place, row in enumerate(rows) if place not in seen]
        rest = [row for row in hidden if isinstance(row, WorkerRow)]
        if rest:
            label = " all"
            if blocks:
                label = f"+{len(rest)}".rjust(4)
            label += stamped_mark(self.view, pen.axis.page)
            line = pen.beside(label, pen.axis.page.colors.dim, self._together(rest))
            blocks.append(LaneBlock([line], self._place()))
        return blocks

    def _row(self, row: Row) -> LaneBlock:
        """A worker's row, or the heading of a node."""
        if isinstance(row, WorkerRow):
            return LaneBlock(self._worker(row), self._place(row.worker))
        page = self.pen.axis.page
        words = f"node {row.number}  {page.safe(row.address or row.id, 16)}  "
        words += f"{row.workers:,} {plural('worker', row.workers)}"
        line = self.pen.write(page.clip(words, page.width), page.colors.dim)
        return LaneBlock([*[self.pen.write()] * (self.pen.tall - 1), line], self._place())

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
            mark, ink = "", colors.text
            if row.actor:  # its worker runs nothing else
                mark = pen.axis.page.pick(" ◈", " A")
            if row.lost:
                mark, ink = pen.axis.page.pick(" ✗", " X"), colors.failed
            label = f" w{row.worker}{stamped_mark(view, pen.axis.page)}{mark}"
            if chosen:
                label, ink = pen.axis.page.pick("▌", ">") + label[1:], colors.accent
            return pen.block(label, ink, lines)

        return _once(row, "spans", (self._key([row]), named, chosen), draw)

    def _first(self, row: WorkerRow) -> bool:
        """True for the first worker of the lane."""
        return row is next(each for each in self.rows if isinstance(each, WorkerRow))

    def _chosen(self, row: WorkerRow) -> ChosenSpan | None:
        """The task in this row that the cursor stands on."""
        cursor = self.cursor
        if cursor is None or cursor.worker != row.worker:
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
