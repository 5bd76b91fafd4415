"""The fold of a lane's events about π, for any time of its run: totals, their history, points.

The widgets of the π picture draw from it; every question takes `t`, the seconds since RunStarted,
so that a ghost or a replay asks about its own moment and gets what was known then.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.builtin.pi import GRID, estimate
from workloads.core.events import Event, Finished, Progressed, Retried, RunEnded, RunStarted

POINTS_KEPT = 1 << 16
"""Points remembered: the largest picture (240×240 dots) holds 20,000 of them at a readable density,
and a ghost that runs again from zero needs the early ones too. 2 MB a lane at most.
"""

TASKS_MOST = 10_000_000
"""A recording that claims more tasks is broken, and must not take the memory for them."""

HISTORY_ROWS = 4096
HISTORY_HEAD = 1024
"""The first rows of the history are never thinned: a logarithmic axis shows them as wide as the
rest.
"""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Floats32 = NDArray[np.float32]


class PiEstimate(NamedTuple):
    """π, its standard error, and the samples and hits it comes from."""

    pi: float
    stderr: float
    samples: int
    inside: int


class PiFold:
    """The fold of one lane's events; O(1) an event (amortised), whatever the number of tasks.

    `tasks` counts the run's tasks, `samples` and `inside` are the totals now, `target` the samples
    that the whole run will draw (0 while unknown), `generation` counts the runs started.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._reset(0, 0)

    def _reset(self, started: int, tasks: int) -> None:
        self.tasks = tasks
        self.samples = self.inside = self.target = 0
        self._started = started
        self._now = 0.0
        self._done: Ints = np.zeros(tasks, np.int64)
        self._hits: Ints = np.zeros(tasks, np.int64)
        self._attempt: Ints = np.zeros(tasks, np.int64)
        self._finished: NDArray[np.bool_] = np.zeros(tasks, np.bool_)
        self._times: Floats = np.zeros(HISTORY_ROWS)
        self._totals: Ints = np.zeros((2, HISTORY_ROWS), np.int64)
        self._rows = self._since = 0
        self._stride = 1
        self._open = False
        self._xy: Floats32 = np.zeros((2, 1024), np.float32)
        self._xy_times: Floats = np.zeros(1024)
        self._kept = self._forgotten = 0

    # -- events in ---------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take in one event of the lane; those that say nothing of π are passed over."""
        if isinstance(event, Progressed | Finished | Retried):
            if 0 <= event.task < self.tasks:
                self._now = max(self._now, (event.t - self._started) / 1e9)
                self._task_event(event)
        elif isinstance(event, RunStarted):
            self.generation += 1
            self._reset(event.t, min(max(event.tasks, 0), TASKS_MOST))
        elif isinstance(event, RunEnded):
            # What a worker's clock put after the end was there at the end.
            np.minimum(self._times, event.wall_s, out=self._times)
            np.minimum(self._xy_times, event.wall_s, out=self._xy_times)

    def _task_event(self, event: Progressed | Finished | Retried) -> None:
        task = event.task
        if event.attempt < self._attempt[task]:
            return  # A late word of an attempt that was lost.
        if isinstance(event, Retried):
            self._attempt[task] = event.attempt
            self._finished[task] = False
            self._set(task, 0, 0)
        elif isinstance(event, Finished):
            result = _whole_pair(event.result)
            if result and not self._finished[task]:
                self._attempt[task] = event.attempt
                self._finished[task] = True
                self._expect(result[0])
                self._set(task, *result)
        else:
            self._progress(event)

    def _progress(self, event: Progressed) -> None:
        task, partial = event.task, event.partial
        if not isinstance(partial, list | tuple) or not partial:
            return
        counts = _whole_pair([event.done, partial[0]])
        restarted = event.attempt > self._attempt[task]
        if counts and (restarted or (counts[0] > self._done[task] and not self._finished[task])):
            self._attempt[task] = event.attempt
            self._finished[task] = False
            self._expect(event.total)
            self._set(task, *counts)
            if len(partial) > 1:
                self._add_points(partial[1])

    def _expect(self, each: int) -> None:
        self.target = max(self.target, each * self.tasks)

    def _set(self, task: int, done: int, inside: int) -> None:
        self.samples += done - int(self._done[task])
        self.inside += inside - int(self._hits[task])
        self._done[task], self._hits[task] = done, inside
        self._add_row()

    def _add_row(self) -> None:
        # The last row is open while its stride isn't over: it follows the totals, so the newest are
        # always in the history, and a long run has rows at even distances.
        if not self._open:
            if self._rows == HISTORY_ROWS:
                half = (HISTORY_ROWS - HISTORY_HEAD) // 2
                kept = slice(HISTORY_HEAD, HISTORY_HEAD + half)
                self._times[kept] = self._times[HISTORY_HEAD + 1 :: 2].copy()
                self._totals[:, kept] = self._totals[:, HISTORY_HEAD + 1 :: 2].copy()
                self._rows = HISTORY_HEAD + half
                self._stride *= 2
            self._rows += 1
            self._since = 0
        row = self._rows - 1
        self._times[row] = self._now
        self._totals[0, row], self._totals[1, row] = self.samples, self.inside
        self._since += 1
        self._open = self._rows > HISTORY_HEAD and self._since < self._stride

    def _add_points(self, flat: Any) -> None:
        try:
            xy = np.asarray(flat, np.float32)
        except (TypeError, ValueError, OverflowError):
            return  # A recording is foreign data: what isn't points isn't drawn.
        if xy.ndim != 1 or len(xy) < 2:
            return
        points = xy[: len(xy) // 2 * 2].reshape(-1, 2).T / np.float32(GRID) - np.float32(1)
        points = points[:, (np.abs(points) <= 1).all(axis=0)][:, -POINTS_KEPT:]
        new = points.shape[1]
        if self._kept + new > len(self._xy_times):
            self._make_room(new)
        place = slice(self._kept, self._kept + new)
        self._xy[:, place] = points
        self._xy_times[place] = self._now
        self._kept += new

    def _make_room(self, new: int) -> None:
        """Grow by doubling up to twice what is remembered; from then on drop the older half at
        once.
        """
        excess = 0
        if len(self._xy_times) >= 2 * POINTS_KEPT:
            excess = max(0, self._kept + new - POINTS_KEPT)
        size = min(2 * POINTS_KEPT, max(2 * len(self._xy_times), self._kept + new))
        if self._kept + new - excess > size:
            excess = self._kept + new - size
        xy, times = np.zeros((2, size), np.float32), np.zeros(size)
        left = self._kept - excess
        xy[:, :left] = self._xy[:, excess : self._kept]
        times[:left] = self._xy_times[excess : self._kept]
        self._xy, self._xy_times, self._kept = xy, times, left
        self._forgotten += excess

    # -- questions about a moment ------------------------------------------------------------------

    def samples_at(self, t: float) -> int:
        """Samples known to be drawn `t` seconds into the run."""
        return self._totals_at(t)[0]

    def estimate_at(self, t: float) -> PiEstimate | None:
        """π as known at `t`; None before the first sample."""
        samples, inside = self._totals_at(t)
        if not samples:
            return None
        return PiEstimate(*estimate(samples, inside), samples, inside)

    def _totals_at(self, t: float) -> tuple[int, int]:
        """Samples and hits known at `t`."""
        row = self._row(t)
        if row < 0:
            return 0, 0
        return int(self._totals[0, row]), int(self._totals[1, row])

    def history_until(self, t: float) -> tuple[Floats, Ints, Ints]:
        """The history up to `t`: seconds, total samples, total hits; at most HISTORY_ROWS rows."""
        end = self._row(t) + 1
        return self._times[:end], self._totals[0, :end], self._totals[1, :end]

    def point_count(self, t: float) -> int:
        """How many points had arrived by `t`, forgotten ones included (exact while any is
        remembered).
        """
        return self._forgotten + int(np.searchsorted(self._xy_times[: self._kept], t, side="right"))

    def points_between(self, first: int, last: int) -> tuple[Floats32, Floats32]:
        """The points numbered first ≤ n < last in order of arrival, as x and y in −1…1, less those
        forgotten.
        """
        low, high = (max(0, n - self._forgotten) for n in (first, last))
        return self._xy[0, low : min(high, self._kept)], self._xy[1, low : min(high, self._kept)]

    def _row(self, t: float) -> int:
        return int(np.searchsorted(self._times[: self._rows], t, side="right")) - 1


def _whole_pair(value: Any) -> tuple[int, int] | None:
    """(samples, inside) where `value` holds two such counts, else None."""
    if not isinstance(value, list | tuple) or len(value) < 2:
        return None
    samples, inside = value[:2]
    if type(samples) is not int or type(inside) is not int or not 0 <= inside <= samples < 1 << 53:
        return None
    return samples, inside
