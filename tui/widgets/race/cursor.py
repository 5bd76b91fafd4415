"""The timeline's cursor: where it stands, where keys and the mouse take it, and what it reads.

All functions are pure: they look at the lanes as they are drawn, and give another cursor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.widgets.race.lane_view import LaneView
from workloads.ledger.rows import Floats, WorkerRow
from workloads.ledger.tables import State


@dataclass(frozen=True)
class Cursor:
    """The cursor stands on a task of a lane, at `t` seconds of the lane's run, in the row of that
    worker; -1 where no worker has the task.
    """

    lane: str
    task: int
    worker: int = -1
    t: float = 0.0


class Span(NamedTuple):
    """A worker's span: the task, when it ran in seconds of the run, and its state after that."""

    task: int
    start: float
    end: float
    state: int


class Columns(NamedTuple):
    """The axis as the cursor sees it: the seconds that its window begins at and that a cell stands
    for, and how many cells it has.
    """

    begin: float
    cell: float
    cells: int

    def around(self, t: float) -> tuple[float, float]:
        """The seconds at which the cell that shows `t` begins and ends."""
        first = self.begin + (t - self.begin) // self.cell * self.cell
        return first, first + self.cell

    def later(self, seconds: float) -> "Columns":
        """The same axis for a run that starts as many seconds later."""
        return self._replace(begin=self.begin - seconds)


class RowSpans:
    """The spans of a worker by `t` seconds in order of their start, running ones included. Of a
    run that is `over` there are all: clocks of workers may put the last end after the run's.
    """

    def __init__(self, row: WorkerRow, t: float, over: bool = False) -> None:
        ended = row.between(-np.inf, np.inf if over else t)
        running = sorted((start, task) for task, (start, _) in row.open.items() if start <= t)
        self._start: Floats = np.concatenate([ended.start, [start for start, _ in running]])
        self._ended, self._running, self._t, self._over = ended, running, t, over

    def __len__(self) -> int:
        return len(self._start)

    def at(self, index: int) -> Span:
        """The span of that number."""
        ended = self._ended
        if index < len(ended.start):
            end, state = float(ended.end[index]), int(ended.state[index])
            if end > self._t and not self._over:
                end, state = self._t, State.RUNNING
            return Span(int(ended.task[index]), float(ended.start[index]), end, state)
        start, task = self._running[index - len(ended.start)]
        return Span(task, start, self._t, State.RUNNING)

    def before(self, t: float) -> int:
        """The number of the last span that had started by `t`; -1 for none."""
        return int(np.searchsorted(self._start, t, side="right")) - 1

    def nearest(self, t: float) -> int | None:
        """The number of the span that ran at `t`, or else nearest to it; None without any."""
        if not len(self):
            return None
        index = self.before(t)
        if index < 0:
            return 0
        if index + 1 < len(self):
            gap = t - self.at(index).end
            if gap > 0 and self.at(index + 1).start - t < gap:
                return index + 1
        return index

    def of(self, task: int, t: float) -> int | None:
        """The number of the span of a task that ran at `t`, or else of its last; None without
        any.
        """
        index = self.nearest(t)
        if index is not None and self.at(index).task == task:
            return index
        for number, (_, running) in enumerate(self._running):
            if running == task:
                return len(self._ended.start) + number
        found = np.flatnonzero(self._ended.task == task)
        if len(found):
            return int(found[-1])
        return None

    def within(self, begin: float, end: float) -> int:
        """How many spans touch that stretch of time."""
        starts, ends = self._start, self._ended.end
        first = int(np.searchsorted(ends, begin, side="right"))
        return max(int(np.searchsorted(starts, end, side="left")) - first, 0)


def spans_of(view: LaneView, worker: int) -> RowSpans | None:
    """The spans of a lane's worker as they are drawn; None if there is no such worker."""
    row = view.lane.rows.get(worker)
    if row is None or view.lane.zero is None:
        return None
    return RowSpans(row, view.t, view.over)


def span_of(view: LaneView, cursor: Cursor) -> Span | None:
    """The span that the cursor stands on; None where its task has none."""
    spans = spans_of(view, cursor.worker)
    if spans is None:
        return None
    index = spans.of(cursor.task, cursor.t)
    if index is None:
        return None
    return spans.at(index)


def find(views: Sequence[LaneView], name: str) -> LaneView | None:
    """The view of the lane of that name."""
    return next((view for view in views if view.lane.name == name), None)


def locate(view: LaneView, task: int) -> Cursor:
    """The cursor on a task, in the midst of what it ran last."""
    name, tasks = view.lane.name, view.lane.tasks
    worker = int(tasks.worker[task])
    start, end = float(tasks.start[task]), float(tasks.end[task])
    if worker < 0 or not np.isfinite(start):
        return Cursor(name, task)
    if not end >= start:
        end = max(view.t, start)
    return Cursor(name, task, worker, (start + end) / 2)


def start(views: Sequence[LaneView], now: float) -> Cursor | None:
    """Where the cursor appears: on the newest task of the last lane that has one, `now` on the
    axis.
    """
    for view in reversed(views):
        for worker in sorted(view.lane.rows):
            if cursor := _on_row(view, worker, now):
                return cursor
    return None


def _on_row(view: LaneView, worker: int, moment: float) -> Cursor | None:
    """The cursor in a worker's row at a moment of the axis, on the nearest span."""
    spans = spans_of(view, worker)
    if spans is None:
        return None
    t = moment - view.offset
    index = spans.nearest(t)
    if index is None:
        return None
    span = spans.at(index)
    return Cursor(view.lane.name, span.task, worker, min(max(t, span.start), span.end))


def on_row(views: Sequence[LaneView], lane: str, worker: int, moment: float) -> Cursor | None:
    """The cursor in a worker's row at a moment of the axis; None where nothing has run there."""
    view = find(views, lane)
    if view is None:
        return None
    return _on_row(view, worker, moment)


def beside(views: Sequence[LaneView], cursor: Cursor, by: int, columns: Columns) -> Cursor | None:
    """The cursor on the next span of its row (1), or on the one before (-1); where spans are too
    thin to be drawn each, on the first of the next cell that has any, or the last of the one
    before. None beyond the ends.
    """
    view = find(views, cursor.lane)
    spans = None
    if view is not None:
        spans = spans_of(view, cursor.worker)
    if view is None or spans is None:
        return None
    columns = columns.later(view.offset)
    here = spans.of(cursor.task, cursor.t)
    if here is None:
        here = spans.before(cursor.t)
    index = here + by
    end = columns.begin + columns.cell * columns.cells
    if spans.within(columns.begin, end) > columns.cells // 2:
        first, last = columns.around(cursor.t)
        if by > 0:
            index = max(index, spans.before(np.nextafter(last, -np.inf)) + 1)
        else:
            index = min(index, spans.before(np.nextafter(first, -np.inf)))
    if not 0 <= index < len(spans):
        return None
    span = spans.at(index)
    return Cursor(cursor.lane, span.task, cursor.worker, (span.start + span.end) / 2)


def task_above(
    views: Sequence[LaneView], cursor: Cursor, by: int, orders: Mapping[str, NDArray[np.intp]]
) -> Cursor | None:
    """The cursor on the task above (-1) or below (1) in the `orders` of the lanes' tasks by the
    lanes' names; beyond a lane's last task comes the first of the next. None beyond all.
    """
    listed = [view for view in views if view.lane.zero is not None and len(orders[view.lane.name])]
    at = next((i for i, view in enumerate(listed) if view.lane.name == cursor.lane), None)
    if at is None:
        return None
    order = orders[cursor.lane]
    found = np.flatnonzero(order == cursor.task)
    place = by
    if len(found):
        place += int(found[0])
    if 0 <= place < len(order):
        return locate(listed[at], int(order[place]))
    if not 0 <= at + by < len(listed):
        return None
    view = listed[at + by]
    return locate(view, int(orders[view.lane.name][{-1: -1, 1: 0}[by]]))


def on_lane(views: Sequence[LaneView], cursor: Cursor, by: int) -> Cursor | None:
    """The cursor on the same task of the next lane that has run it (1), or of the one before (-1);
    after the last comes the first. None without another.
    """
    names = [view.lane.name for view in views]
    if cursor.lane not in names:
        return None
    at = names.index(cursor.lane)
    for step in range(1, len(views)):
        view = views[(at + by * step) % len(views)]
        if cursor.task < view.lane.tasks.count:
            found = locate(view, cursor.task)
            if found.worker >= 0:
                return found
    return None


def rows_of(views: Sequence[LaneView]) -> Iterator[tuple[LaneView, int]]:
    """All workers that have a row, from the top."""
    for view in views:
        if view.lane.zero is not None:
            yield from ((view, worker) for worker in sorted(view.lane.rows))


def above(views: Sequence[LaneView], cursor: Cursor, by: int) -> Cursor | None:
    """The cursor in the next row in which something ran, above (-1) or below (1), at the same
    moment of the axis; None beyond the last.
    """
    rows = list(rows_of(views))
    places = [(view.lane.name, worker) for view, worker in rows]
    here = (cursor.lane, cursor.worker)
    if here not in places:
        return None
    index = places.index(here)
    moment = cursor.t + rows[index][0].offset
    index += by
    while 0 <= index < len(rows):
        if found := _on_row(*rows[index], moment):
            return found
        index += by
    return None
