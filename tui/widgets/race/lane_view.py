"""A lane and the moment to draw it at; and the window of time that shows several of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tui.drawing.time_window import TimeWindow
from workloads.figures.startup import startup_s
from workloads.ledger.lane import Lane
from workloads.ledger.tables import State


@dataclass(frozen=True)
class LaneView:
    """A lane and the moment to draw it at.

    `t` is seconds into the lane's run; `now` (ns since the epoch) counts for a lane that hasn't run
    yet and shows its start-up; `offset` seconds of start-up are drawn before the run; `planned` is
    how many tasks wait while the lane doesn't know its own yet; `ideal` is the least seconds in
    which the lane's workers could have done serial's tasks, None where that isn't known.
    """

    lane: Lane
    t: float
    ghost: bool = False
    running: bool = False
    now: int = 0
    offset: float = 0.0
    planned: int = 0
    ideal: float | None = None

    @property
    def over(self) -> bool:
        """True if the run had ended by `t`."""
        end = self.lane.end_s()
        return end is not None and self.t >= end

    @property
    def elapsed(self) -> float:
        """Seconds from the run's zero to `t` or its end."""
        end = self.lane.end_s()
        if end is None:
            return max(0.0, self.t)
        return max(0.0, min(self.t, end))

    @property
    def started(self) -> float:
        """Seconds that the start-up took, or has taken by `now`."""
        return startup_s(self.lane, self.now)

    @property
    def warm(self) -> bool:
        """True if the start-up is over and the lane waits to run."""
        return self.lane.zero is None and self.lane.state in ("ready", "prepared")

    @property
    def still(self) -> bool:
        """True if nothing of it moves any more: its run is over, or the lane failed."""
        unstarted = self.lane.zero is None and self.lane.ended is not None
        return self.lane.stopped or self.over or unstarted

    @property
    def at_edge(self) -> bool:
        """True if `t` has reached all that is known, so that the ledger's own counts hold."""
        lane = self.lane
        return (
            lane.zero is None
            or self.over
            or (lane.live and self.t >= (lane.last - lane.zero) / 1e9)
        )

    def done(self) -> int:
        """Tasks finished by `t`."""
        if self.at_edge:
            return self.lane.done
        return self.lane.done_at(self.t)

    def bad(self) -> tuple[int, int]:
        """Tasks failed and attempts lost by `t`."""
        lane, tasks = self.lane, self.lane.tasks
        if self.at_edge or not (lane.failed or lane.retried):
            return lane.failed, lane.retried
        failed = int(np.count_nonzero((tasks.state == State.FAILED) & (tasks.end <= self.t)))
        bad = sum(int(row.bad_until(np.array([self.t]))[0]) for row in lane.rows.values())
        return failed, max(0, bad - failed)


def fit_window(longest: float) -> float:
    """Where the time axis ends for `longest` seconds: it grows by a quarter at a time, from 1 s."""
    if not 1 < longest < 1e12:
        return 1.0
    return float(1.25 ** math.ceil(math.log(longest, 1.25) - 1e-9))


def window_of(views: Sequence[LaneView]) -> TimeWindow:
    """The window that shows all of every lane; exact once no lane moves any more."""
    longest, moving = 0.0, not views
    raced = any(view.lane.zero is not None for view in views)
    for view in views:
        moving = moving or not view.still
        if view.lane.zero is not None:
            longest = max(longest, view.offset + _length(view))
        else:
            # Once a race has started the axis is the race's; a lane that is warm or failed to start
            # has no time of its own on it.
            if not (raced and (view.warm or view.still)):
                longest = max(longest, view.started)
    if moving:
        return TimeWindow(0.0, fit_window(longest))
    return TimeWindow(0.0, max(longest * 1.02, 1e-3))


def _length(view: LaneView) -> float:
    """Seconds of a run to have room for."""
    # A ghost's length is known: room for all of it, so that the axis stands still beside it.
    end = view.lane.end_s()
    if view.ghost and end is not None:
        return end
    return view.elapsed


def now_of(views: Sequence[LaneView]) -> float:
    """The moment on the axis that the views have come to: that of the lane that is furthest."""
    raced = [view.offset + view.elapsed for view in views if view.lane.zero is not None]
    return max(raced or [view.started for view in views], default=0.0)
