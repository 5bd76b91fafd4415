"""The spans in time of one worker, kept so that drawing costs the columns on screen, not the
tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.columns import cells
from workloads.ledger.tables import State

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
    """The spans of one worker: those that ended in columns, those still open beside them. `actor`
    is the name of the actor that lives there; empty for none.

    Prefix sums over the ended spans (seconds at work; failed or lost attempts) bin a window of any
    width and zoom by two look-ups per column. They are brought up to date when they are read.
    """

    def __init__(self, worker: int, pid: int = 0, id: str = "", node: str = "") -> None:
        self.worker, self.pid, self.id, self.node = worker, pid, id, node
        self.elsewhere = False
        self.lost = ""
        self.version = 0
        self.clear()

    def clear(self) -> None:
        """Forget the spans: a new run begins."""
        self.count = 0
        self.actor = ""
        self.open: dict[int, tuple[float, int]] = {}
        self.version += 1
        self._start, self._end = np.empty(16), np.empty(16)
        self._task, self._state = np.empty(16, np.int32), np.empty(16, np.uint8)
        self._busy, self._bad = np.zeros(17), np.zeros(17, np.int32)
        self._summed = 0
        self._open_cells()

    def begin(self, task: int, start: float, attempt: int) -> None:
        """The worker began `task` at `start` seconds."""
        self.open[task] = (start, attempt)
        self.version += 1

    def close(self, task: int, start: float, end: float, state: int) -> None:
        """The span of `task` ended, in seconds; `state` is that of the task after it."""
        self.open.pop(task, None)
        self.version += 1
        at = self.count
        if at == len(self._start):
            self._grow()
        starts, ends, tasks, states = self._cells
        if at and start < starts[at - 1]:
            at = self._insert(start)
        starts[at], ends[at], tasks[at], states[at] = start, end, task, state
        self.count += 1

    def _insert(self, start: float) -> int:
        """Make room for a span among those that started later; returns its place."""
        at = int(np.searchsorted(self._start[: self.count], start, side="right"))
        for column in (self._start, self._end, self._task, self._state):
            column[at + 1 : self.count + 1] = column[at : self.count].copy()
        self._summed = min(self._summed, at)
        return at

    def _grow(self) -> None:
        def longer(column: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([column, np.zeros(len(column) // 2, column.dtype)])

        self._start, self._end = longer(self._start), longer(self._end)
        self._task, self._state = longer(self._task), longer(self._state)
        self._busy, self._bad = longer(self._busy), longer(self._bad)
        self._open_cells()

    def _open_cells(self) -> None:
        self._cells = cells(self._start, self._end, self._task, self._state)

    def _sum(self) -> None:
        """Bring the prefix sums up to date."""
        first, last = self._summed, self.count
        state = self._state[first:last]
        self._busy[first + 1 : last + 1] = self._end[first:last] - self._start[first:last]
        self._bad[first + 1 : last + 1] = (state == State.FAILED) | (state == State.RETRYING)
        for sums in (self._busy[first : last + 1], self._bad[first : last + 1]):
            np.add.accumulate(sums, out=sums)
        self._summed = last

    def between(self, t0: float, t1: float) -> Spans:
        """The ended spans that touch [t0, t1], as views."""
        first = int(np.searchsorted(self._end[: self.count], t0, side="right"))
        last = int(np.searchsorted(self._start[: self.count], t1, side="left"))
        cut = slice(first, max(first, last))
        return Spans(self._start[cut], self._end[cut], self._task[cut], self._state[cut], first)

    def busy_until(self, times: Floats) -> Floats:
        """Seconds this worker had spent in ended spans at each of `times` (ascending or not)."""
        self._sum()
        index = np.searchsorted(self._start[: self.count], times, side="right")
        before = np.maximum(index - 1, 0)
        if not self.count:
            return np.zeros(len(times))
        partial = np.clip(times - self._start[before], 0, self._end[before] - self._start[before])
        return np.asarray(np.where(index > 0, self._busy[before] + partial, 0.0))

    def bad_until(self, times: Floats) -> NDArray[np.int32]:
        """The failed or lost attempts that had ended on this worker at each of `times`, counted."""
        self._sum()
        return self._bad[np.searchsorted(self._end[: self.count], times, side="right")]

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        columns = (self._start, self._end, self._task, self._state, self._busy, self._bad)
        return sum(column.nbytes for column in columns)


class RowsByNumber:
    """The rows of a lane's workers, for whom `numbered` are those of its run by the numbers by
    which they are shown, from 0 without gaps.

    Events number a lane's workers over all its runs: one that has no part in a run would leave a
    gap.
    """

    def __init__(self) -> None:
        self.numbered: dict[int, WorkerRow] = {}
        self._joined: dict[int, WorkerRow] = {}
        self._numbers: dict[int, int] = {}

    def join(self, row: WorkerRow) -> None:
        """A worker is up; its number is that of the events."""
        worker = row.worker
        self._joined[worker] = row
        self.numbered.pop(self.number(worker), None)
        self.of(worker)

    def prepare(self, workers: Sequence[int]) -> None:
        """These workers have a part in the run that comes; others once they take a task."""
        self.numbered, self._numbers = {}, {}
        if workers and max(workers) >= len(workers):
            self._numbers = {worker: number for number, worker in enumerate(sorted(set(workers)))}
        for worker in workers:
            self.of(worker)

    def number(self, worker: int) -> int:
        """The number by which a worker is shown, by its number in the events."""
        if not self._numbers or worker < 0:
            return worker
        return self._numbers.setdefault(worker, len(self._numbers))

    def of(self, worker: int) -> WorkerRow:
        """The row of a worker, by its number in the events."""
        number = self.number(worker)
        row = self.numbered.get(number)
        if row is None:
            row = self.numbered[number] = self._joined.setdefault(worker, WorkerRow(number))
            row.worker = number
        return row

    def clear(self) -> None:
        """Forget all spans: a new run begins."""
        for row in self._joined.values():
            row.clear()
