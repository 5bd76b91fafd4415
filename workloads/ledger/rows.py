"""What one worker did: its spans in time, kept so that drawing costs the columns on screen, not the
tasks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of a worker in order of their start; times in seconds since the run's zero."""

    start: Floats
    end: Floats
    task: NDArray[np.int32]
    state: NDArray[np.uint8]
    first: int
    """The number of the first of these spans within the row: shades alternate by it."""


class WorkerRow:
    """The spans of one worker: those that ended in columns, those still open beside them.

    `busy` and `bad` are prefix sums over the ended spans (seconds at work; failed or lost
    attempts), so that a window of any width and zoom is binned by two look-ups a column.
    """

    def __init__(self, worker: int, pid: int = 0, id: str = "", node: str = "") -> None:
        self.worker, self.pid, self.id, self.node = worker, pid, id, node
        self.lost = ""
        self.version = 0
        self.clear()

    def clear(self) -> None:
        """Forget the spans: a new run begins."""
        self.count = 0
        self.open: dict[int, tuple[float, int]] = {}
        self.version += 1
        self._start, self._end = np.empty(16), np.empty(16)
        self._task, self._state = np.empty(16, np.int32), np.empty(16, np.uint8)
        self._busy, self._bad = np.zeros(17), np.zeros(17, np.int32)

    def begin(self, task: int, start: float, attempt: int) -> None:
        """The worker began `task` at `start` seconds."""
        self.open[task] = (start, attempt)
        self.version += 1

    def close(self, task: int, start: float, end: float, state: int, bad: bool) -> None:
        """The span of `task` ended; `bad` marks a failed or lost attempt."""
        self.open.pop(task, None)
        if self.count == len(self._start):
            self._grow()
        at = self.count
        if at and start < self._start[at - 1]:
            at = int(np.searchsorted(self._start[:at], start, side="right"))
            for column in (self._start, self._end, self._task, self._state):
                column[at + 1 : self.count + 1] = column[at : self.count].copy()
        self._start[at], self._end[at], self._task[at], self._state[at] = start, end, task, state
        self.count += 1
        if at == self.count - 1:
            self._busy[at + 1] = self._busy[at] + end - start
            self._bad[at + 1] = self._bad[at] + bad
        else:
            self._resum(bad, at)
        self.version += 1

    def _resum(self, bad: bool, at: int) -> None:
        flags = np.diff(self._bad[: self.count])
        self._busy[1 : self.count + 1] = np.cumsum(
            self._end[: self.count] - self._start[: self.count]
        )
        self._bad[1 : self.count + 1] = np.cumsum(np.insert(flags, at, int(bad)))

    def _grow(self) -> None:
        def doubled(column: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([column, np.zeros(len(column), column.dtype)])

        self._start, self._end = doubled(self._start), doubled(self._end)
        self._task, self._state = doubled(self._task), doubled(self._state)
        self._busy, self._bad = doubled(self._busy), doubled(self._bad)

    def between(self, t0: float, t1: float) -> Spans:
        """The ended spans that touch [t0, t1], as views."""
        first = int(np.searchsorted(self._end[: self.count], t0, side="right"))
        last = int(np.searchsorted(self._start[: self.count], t1, side="left"))
        cut = slice(first, max(first, last))
        return Spans(self._start[cut], self._end[cut], self._task[cut], self._state[cut], first)

    def busy_until(self, times: Floats) -> Floats:
        """Seconds this worker had spent in ended spans at each of `times` (ascending or not)."""
        index = np.searchsorted(self._start[: self.count], times, side="right")
        before = np.maximum(index - 1, 0)
        if not self.count:
            return np.zeros(len(times))
        partial = np.clip(times - self._start[before], 0, self._end[before] - self._start[before])
        return np.asarray(np.where(index > 0, self._busy[before] + partial, 0.0))

    def bad_until(self, times: Floats) -> NDArray[np.int32]:
        """How many failed or lost attempts had ended on this worker at each of `times`."""
        return self._bad[np.searchsorted(self._end[: self.count], times, side="right")]

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        columns = (self._start, self._end, self._task, self._state, self._busy, self._bad)
        return sum(column.nbytes for column in columns)
