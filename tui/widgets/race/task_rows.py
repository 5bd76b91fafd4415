"""The rows of the timeline by task: one for each, in the order in which they were submitted."""

from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from tui.drawing.cells import Line
from tui.drawing.task_life import LifeLook, Lost, TaskLife, draw_life
from tui.widgets.race.axis_lines import Pen
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.shelf import Keys, Shelf
from tui.widgets.tasks.state import state_ink
from workloads.ledger.tables import OVER, State, TaskTable

ENDED = (*OVER, State.CANCELLED)

FEW, SOON = 5_000, 1.05
"""Submissions up to which each of them changes the order at once, and the growth that does so from
there on.
"""

AHEAD = 2
"""Rows below the newest task that are in view while a lane runs."""


class LifeRow(NamedTuple):
    """The lines of a task's row; of those out of view, with the task -1."""

    lines: Sequence[Line]
    task: int = -1


def tasks_in_order(view: LaneView) -> Keys:
    """The numbers of the lane's tasks in the order in which they were submitted, those that weren't
    yet after them.

    Of very many that aren't in the order of their numbers, the order is worked out anew only once
    in a while: sorting them takes longer than a frame may.
    """
    tasks, submissions = view.lane.tasks, view.lane.tasks.load.submissions
    known = _orders.get(tasks)
    if known is not None and known[0] == submissions:
        return known[1]
    moments = np.where(np.isnan(tasks.submitted), tasks.start, tasks.submitted)
    begun = int(np.count_nonzero(np.isfinite(moments)))
    if np.isfinite(moments[:begun]).all() and (np.diff(moments[:begun]) >= 0).all():
        order = np.arange(tasks.count)
    elif known is not None and FEW < submissions < known[0] * SOON < tasks.count * SOON:
        return known[1]
    else:
        order = np.argsort(moments, kind="stable")  # NaN last, equal ones by number
    _orders[tasks] = submissions, order
    return order


_orders: WeakKeyDictionary[TaskTable, tuple[int, Keys]] = WeakKeyDictionary()


def newest_place(view: LaneView, keys: Keys, room: int) -> int:
    """The place of the task that was started last, or of one a little after it where there is
    room.
    """
    begun = np.flatnonzero(view.lane.tasks.state[keys] >= State.RUNNING)
    last = 0
    if len(begun):
        last = int(begun[-1])
    return min(last + min(AHEAD, room // 4), len(keys) - 1)


def life_of(view: LaneView, task: int) -> TaskLife:
    """What has happened to a task by the moment of the view."""
    tasks, t = view.lane.tasks, view.t

    def passed(at: float) -> float | None:
        if np.isfinite(at) and (at <= t or view.over):
            return at
        return None

    def moment(column: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float | None:
        return passed(float(column[task]))

    state = int(tasks.state[task])
    submitted, start, end = (moment(c) for c in (tasks.submitted, tasks.start, tasks.end))
    lost = tasks.lost.get(task, ())
    earlier = tuple(Lost(passed(a.submitted), passed(a.start), passed(a.end)) for a in lost)
    if earlier and submitted == earlier[-1].submitted:  # it isn't submitted again yet
        submitted = None
    if end is None and state in ENDED:  # by then it hadn't
        state = State.SUBMITTED
        if start is not None:
            state = State.RUNNING
    return TaskLife(task, state, submitted, start, end, moment(tasks.fetched), earlier)


def task_blocks(view: LaneView, shelf: Shelf, pen: Pen, chosen: int) -> list[LifeRow]:
    """The tasks in view, and a line that counts the others."""
    blocks = [_row(view, int(shelf.keys[place]), pen, chosen) for place in shelf.in_view()]
    if shelf.full and shelf.room > 0:
        above = shelf.first
        below = len(shelf.keys) - above - shelf.shown
        counts = ((above, "above"), (below, "below"))
        parts = [f"{count:,} {where}" for count, where in counts if count]
        words = f"more tasks: {', '.join(parts)}"
        page = pen.axis.page
        line = pen.write(page.clip(words, page.width), page.colors.dim)
        blocks.append(LifeRow([line]))
    return blocks


def _row(view: LaneView, task: int, pen: Pen, chosen: int) -> LifeRow:
    life, colors, here = life_of(view, task), pen.axis.page.colors, task == chosen
    now = view.t
    if life.end is not None:
        now = max(life.end, life.fetched or life.end)  # it moves no more
    look = LifeLook(view.lane.engine, now, view.ghost, here)
    lines = draw_life(life, look, pen.axis.later(view.offset), pen.tall)
    mark, ink = " ", state_ink(life.state, view.lane.engine, colors)
    if here:
        mark, ink = pen.axis.page.pick("▌", ">"), colors.accent
    label = f"{mark}{task:>{max(pen.margin - 2, 0)}}"
    return LifeRow(pen.block(label, ink, lines), task)
