"""How many tasks of a lane were in flight and running at any moment, kept so that a look-up costs
the moments asked for, not the tasks.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.columns import cells

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]


BLOCK = 64
"""Times of which one sum is kept: less memory for a few more steps in a look-up."""


class Moments:
    """Times that come in about their order, each with a weight: how many there were until a moment,
    and what their times and weights add up to.

    They are put in order when they are read.
    """

    def __init__(self, room: int, weighted: bool = False) -> None:
        self.count = self._sorted = 0
        room = max(room, 16)
        self._times = np.empty(room)
        self._weights = np.zeros(room * weighted, np.float32)
        self._sums, self._weight_sums = np.zeros(1), np.zeros((2, 1))
        self._open_cells()

    def _open_cells(self) -> None:
        self._cells, self._weight_cells = cells(self._times, self._weights)

    def add(self, t: float) -> None:
        """One more, which weighs nothing yet."""
        if self.count == len(self._times):
            more = self.count // 4 + 16
            self._times = np.concatenate([self._times, np.empty(more)])
            if len(self._weights):
                self._weights = np.concatenate([self._weights, np.zeros(more, np.float32)])
            self._open_cells()
        self._cells[self.count] = t
        self.count += 1

    def weigh(self, weight: float) -> None:
        """The weight of the one that came last, before anything was read."""
        if len(self._weights):
            self._weight_cells[self.count - 1] = weight

    def _order(self) -> None:
        if self._sorted == self.count:
            return
        times = self._times
        first = int(np.searchsorted(times[: self._sorted], times[self._sorted : self.count].min()))
        cut = slice(first, self.count)
        order = np.argsort(times[cut], kind="stable")  # nearly in order: linear time
        times[cut] = times[cut][order]
        if len(self._weights):
            self._weights[cut] = self._weights[cut][order]
        self._sum(first // BLOCK)
        self._sorted = self.count

    def _sum(self, block: int) -> None:
        """Bring the sums of the blocks from that one on up to date."""
        last = self.count // BLOCK
        cut = slice(block * BLOCK, last * BLOCK)
        times = self._times[cut].reshape(-1, BLOCK)
        self._sums = _extended(self._sums[: block + 1], times.sum(axis=1))
        if len(self._weights):
            weights = self._weights[cut].reshape(-1, BLOCK).astype(np.float64)
            both = np.stack([weights.sum(axis=1), (weights * times).sum(axis=1)])
            self._weight_sums = _extended(self._weight_sums[:, : block + 1], both)

    def until(self, moments: Floats) -> Counts:
        """How many there were by each of the moments."""
        self._order()
        return np.searchsorted(self._times[: self.count], moments, side="right")

    def since(self, moments: Floats) -> Floats:
        """The seconds that had passed since all times before each of the moments, added up."""
        counts = self.until(moments)
        sums = self._sums[counts // BLOCK] + _rest(self._times, counts)
        return np.asarray(moments * counts - sums)

    def weighed(self, moments: Floats) -> Floats:
        """The same, each times its weight."""
        counts = self.until(moments)
        weights, products = self._weight_sums[:, counts // BLOCK]
        weights = weights + _rest(self._weights, counts)
        products = products + _rest(self._weights, counts, self._times)
        return np.asarray(moments * weights - products)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        columns = (self._times, self._weights, self._sums, self._weight_sums)
        return sum(column.nbytes for column in columns)


def _extended(sums: Floats, more: Floats) -> Floats:
    """The sums up to a block, and those after each of the blocks that follow."""
    return np.concatenate([sums, sums[..., -1:] + np.cumsum(more, axis=-1)], axis=-1)


def _rest(column: NDArray[Any], counts: Counts, factor: Floats | None = None) -> Floats:
    """The sum of what lies between the last whole block and each of the counts."""
    places = (counts // BLOCK)[:, None] * BLOCK + np.arange(BLOCK)
    values = column.take(places, mode="clip").astype(np.float64)
    if factor is not None:
        values = values * factor.take(places, mode="clip")
    return np.asarray(np.where(places < counts[:, None], values, 0.0).sum(axis=1))


class Load:
    """The attempts of a lane's tasks: when they were submitted, started and ended, in seconds of
    the run, and the CPU time that they used.
    """

    def __init__(self, tasks: int) -> None:
        self._submitted, self._dropped = Moments(tasks), Moments(16)
        self._started, self._ended = Moments(tasks, weighted=True), Moments(tasks, weighted=True)
        self._last_s = 0.0

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
        self._last_s = end - start

    def spend(self, cpu_s: float) -> None:
        """The attempt that was the last to run used so many seconds of CPU."""
        if self._last_s > 0:
            self._started.weigh(cpu_s / self._last_s)
            self._ended.weigh(cpu_s / self._last_s)

    def drop(self, at: float) -> None:
        """A task that was in flight ended without having run."""
        self._dropped.add(at)

    def in_flight(self, moments: Floats) -> Floats:
        """Seconds that all tasks together had been in flight, submitted and not ended, at each of
        the moments.
        """
        over = self._ended.since(moments) + self._dropped.since(moments)
        return self._submitted.since(moments) - over

    def ended(self, moments: Floats) -> Counts:
        """Attempts that had ended by each of the moments."""
        return self._ended.until(moments)

    def cpu(self, moments: Floats) -> Floats:
        """Seconds of CPU that the tasks which have ended had used at each of the moments, if they
        used them evenly.
        """
        return self._started.weighed(moments) - self._ended.weighed(moments)

    def busy(self, moments: Floats, running: Sequence[float] = ()) -> Floats:
        """Seconds that all workers together had spent in tasks at each of the moments; `running`
        are the starts of the tasks that haven't ended.
        """
        busy = self._started.since(moments) - self._ended.since(moments)
        for start in running:
            busy += np.maximum(moments - start, 0.0)
        return busy

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        columns = (self._submitted, self._started, self._ended, self._dropped)
        return sum(column.nbytes for column in columns)
