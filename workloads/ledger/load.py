"""How many tasks of a lane were in flight and running at any moment, kept so that a look-up costs
the moments asked for, not the tasks.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.columns import cells

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]


BLOCK = 64
"""Times of which one sum is kept: less memory for a few more steps in a look-up."""


class Moments:
    """Times that come in about their order: how many there were until a moment, and their sum.

    They are put in order when they are read.
    """

    def __init__(self, room: int) -> None:
        self.count = self._sorted = 0
        self._times, self._sums = np.empty(room), np.zeros(room // BLOCK + 1)
        (self._cells,) = cells(self._times)

    def add(self, t: float) -> None:
        """One more."""
        if self.count == len(self._times):
            self._times = np.concatenate([self._times, np.empty(self.count // 4 + 16)])
            (self._cells,) = cells(self._times)
        self._cells[self.count] = t
        self.count += 1

    def _order(self) -> None:
        if self._sorted == self.count:
            return
        times = self._times
        times[self._sorted : self.count].sort()
        first = int(np.searchsorted(times[: self._sorted], times[self._sorted], side="right"))
        times[first : self.count].sort(kind="stable")  # two runs in order: merged in linear time
        self._sum(first // BLOCK)
        self._sorted = self.count

    def _sum(self, block: int) -> None:
        """Bring the sums of the blocks from that one on up to date."""
        last = self.count // BLOCK
        missing = len(self._times) // BLOCK + 1 - len(self._sums)
        if missing > 0:
            self._sums = np.concatenate([self._sums, np.zeros(missing)])
        times = self._times[block * BLOCK : last * BLOCK].reshape(-1, BLOCK)
        self._sums[block + 1 : last + 1] = self._sums[block] + np.cumsum(times.sum(axis=1))

    def until(self, moments: Floats) -> Counts:
        """How many there were by each of the moments."""
        self._order()
        return np.searchsorted(self._times[: self.count], moments, side="right")

    def sums(self, counts: Counts) -> Floats:
        """The sums of so many first ones each."""
        self._order()
        blocks = counts // BLOCK
        places = blocks[:, None] * BLOCK + np.arange(BLOCK)
        within = np.where(places < counts[:, None], self._times.take(places, mode="clip"), 0.0)
        return np.asarray(self._sums[blocks] + within.sum(axis=1))

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        return self._times.nbytes + self._sums.nbytes


class Load:
    """The attempts of a lane's tasks: when they were submitted, started and ended, in seconds of
    the run.
    """

    def __init__(self, tasks: int) -> None:
        self._submitted, self._started, self._ended = (Moments(tasks) for _ in range(3))
        self._dropped = Moments(16)

    @property
    def submissions(self) -> int:
        """How many attempts have been submitted."""
        return self._submitted.count

    def submit(self, at: float) -> None:
        """A task was handed to the engine."""
        self._submitted.add(at)

    def run(self, start: float, end: float) -> None:
        """An attempt ran, from one moment to the other."""
        self._started.add(start)
        self._ended.add(end)

    def drop(self, at: float) -> None:
        """A task that was in flight ended without having run."""
        self._dropped.add(at)

    def in_flight(self, moments: Floats) -> Counts:
        """Tasks that had been submitted and hadn't ended at each of the moments."""
        over = self._ended.until(moments) + self._dropped.until(moments)
        return np.maximum(self._submitted.until(moments) - over, 0)

    def ended(self, moments: Floats) -> Counts:
        """Attempts that had ended by each of the moments."""
        return self._ended.until(moments)

    def busy(self, moments: Floats, running: Sequence[float] = ()) -> Floats:
        """Seconds that all workers together had spent in tasks at each of the moments; `running`
        are the starts of the tasks that haven't ended.
        """
        started, ended = self._started.until(moments), self._ended.until(moments)
        busy = moments * (started - ended)
        busy -= self._started.sums(started) - self._ended.sums(ended)
        for start in running:
            busy += np.maximum(moments - start, 0.0)
        return busy

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        columns = (self._submitted, self._started, self._ended, self._dropped)
        return sum(column.nbytes for column in columns)
