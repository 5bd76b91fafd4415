"""The rows of the timeline by task: one for each, in the order in which they were submitted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tui.drawing.cells import Line
from tui.drawing.task_life import LifeLook, TaskLife, draw_life
from tui.widgets.race.axis_lines import Pen
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.shelf import Keys, Shelf
from tui.widgets.tasks.state import state_ink
from workloads.ledger.tables import OVER, State

ENDED = (*OVER, State.CANCELLED)

AHEAD = 2
"""Rows below the newest task that are in view while a lane runs."""


class LifeRow(NamedTuple):
    """The lines of a task's row; of those out of view, with the task -1."""

    lines: Sequence[Line]
    task: int = -1


def tasks_in_order(view: LaneView) -> Keys:
    """The numbers of the lane's tasks in the order in which they were submitted, those that weren't
    yet after them.
    """
    tasks = view.lane.tasks

    def order() -> Keys:
        submitted = np.where(np.isnan(tasks.submitted), tasks.start, tasks.submitted)
        return np.argsort(submitted, kind="stable")  # NaN last, equal ones by number

    return tasks.kept("in order of submission", order, tasks.load.submissions)


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

    def moment(column: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float | None:
        at = float(column[task])
        if np.isfinite(at) and (at <= t or view.over):
            return at
        return None

    state = int(tasks.state[task])
    submitted, start, end = (moment(c) for c in (tasks.submitted, tasks.start, tasks.end))
    if end is None and state in ENDED:  # by then it hadn't
        state = State.SUBMITTED
        if start is not None:
            state = State.RUNNING
    return TaskLife(task, state, submitted, start, end, moment(tasks.fetched))


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
