"""A task on an axis of time: waiting for a worker, running, ready, fetched. Pure functions for the
timeline.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from tui.drawing.cells import Line, tall_row
from tui.drawing.eighths import Eighths, fill
from tui.drawing.paints import (
    CANCELLED,
    CHOSEN,
    FAILED,
    LOST,
    READY,
    RUNNING,
    SENT,
    SHADE,
    TIP,
    life_paints,
)
from tui.drawing.time_axis import TimeAxis
from workloads.core.wording import brief
from workloads.ledger.tables import State

KINDS = {
    State.RUNNING: RUNNING,
    State.FAILED: FAILED,
    State.RETRYING: LOST,
    State.CANCELLED: CANCELLED,
}
"""The look of a task that ran, other than to its good end."""


class Lost(NamedTuple):
    """An attempt that was lost: when it was submitted, started and lost, None where that hasn't
    come or isn't recorded.
    """

    submitted: float | None = None
    start: float | None = None
    end: float | None = None


class TaskLife(NamedTuple):
    """A task's moments in seconds of the run, None where they haven't come: when it was submitted
    and started, when its worker had done it, and when the driver had its result. `earlier` are the
    attempts that were lost.
    """

    task: int
    state: int
    submitted: float | None = None
    start: float | None = None
    end: float | None = None
    fetched: float | None = None
    earlier: tuple[Lost, ...] = ()


class LifeLook(NamedTuple):
    """How a task is drawn: `now` is the end of what hasn't ended, in seconds of the run."""

    engine: str
    now: float
    ghost: bool = False
    chosen: bool = False


@lru_cache(maxsize=512)
def draw_life(life: TaskLife, look: LifeLook, axis: TimeAxis, tall: int = 1) -> tuple[Line, ...]:
    """A task in a row of `tall` lines; kept, as most are the same in the next frame."""
    cells = axis.page.cells()
    if axis.empty:
        return (cells.line(),) * tall
    paints = life_paints(axis.page.colors, look.engine, look.ghost)
    fill(cells, _eighths(life, look, axis), paints)
    axis.draw_grid(cells)
    axis.draw_bound(cells)
    bare: Line = []
    if tall > 1:
        bare = cells.line()
    words, last = _words(life, look), max((part[1] for part in _stretches(life, look)), default=0.0)
    after = axis.eighth(last) // 8 + 2
    if words and axis.holds(last) and after + cell_len(words) <= axis.width:
        ink = axis.page.colors.dim
        if look.chosen:
            ink = axis.page.colors.text
        cells.put(after, axis.page.words(words), ink, axis.page.ground)
    return tuple(tall_row(cells.line(), bare, tall))


def _stretches(life: TaskLife, look: LifeLook) -> list[tuple[float, float, int]]:
    """The parts of the task's life that have begun: from when to when, and how they look."""
    parts: list[tuple[float, float, int]] = []
    now = look.now
    for attempt in (*life.earlier, Lost(life.submitted, life.start, life.end)):
        if attempt.submitted is not None:
            until = next((t for t in (attempt.start, attempt.end) if t is not None), now)
            parts.append((attempt.submitted, min(until, now), SENT))
    for lost in life.earlier:
        if lost.start is not None and lost.end is not None:
            parts.append((lost.start, min(lost.end, now), LOST))
    if life.start is not None:
        kind = KINDS.get(State(life.state), SHADE)
        if look.chosen:
            kind = CHOSEN
        end = now
        if life.end is not None:
            end = life.end
        parts.append((life.start, min(end, now), kind))
    if life.end is not None and life.fetched is not None:
        parts.append((life.end, min(life.fetched, now), READY))
    return [(begin, end, kind) for begin, end, kind in parts if begin <= now]


def _eighths(life: TaskLife, look: LifeLook, axis: TimeAxis) -> Eighths:
    """The kind that each eighth of the line shows."""
    eighths = np.zeros(axis.width * 8, np.uint8)
    t0, t1 = axis.window
    for begin, end, kind in _stretches(life, look):
        if end < t0 or begin > t1:
            continue
        first = min(axis.eighth(begin), axis.width * 8 - 1)
        last = max(axis.eighth(end), first + 1)
        eighths[first:last] = kind
        if kind == RUNNING and not look.ghost:
            eighths[max(first, last - 8) : last] = TIP
    return eighths


def _words(life: TaskLife, look: LifeLook) -> str:
    """How long the task ran, and how much later its result was fetched."""
    if life.start is None or life.end is None or life.end > look.now:
        return ""
    words = brief(max(life.end - life.start, 0.0))
    if life.fetched is not None and life.fetched > life.end:
        words += f"  fetched +{brief(life.fetched - life.end)}"
    return words
