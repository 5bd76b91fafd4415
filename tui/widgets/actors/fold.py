"""Follows the calls of a counter on one lane: which totals they returned, and how they waited."""

import math
from array import array

import numpy as np
from numpy.typing import NDArray

from workloads.core import events as ev

Floats = NDArray[np.float64]


class CounterFold:
    """The totals of one lane by time, in seconds of its run. `calls` is how many calls there are,
    as far as they were submitted; `workers` are those that carried them out, in their order.
    """

    def __init__(self) -> None:
        self._clear(0)

    def _clear(self, zero: int) -> None:
        self._zero = zero
        self.calls = 0
        self.workers: list[int] = []
        self.restarts: list[tuple[float, int]] = []
        self.waited_s = 0.0
        self._submitted: dict[int, int] = {}
        self._times, self._totals = array("d"), array("q")

    def apply(self, event: ev.AnyEvent) -> None:
        """Take the lane's next event; RunStarted resets the fold."""
        if isinstance(event, ev.RunStarted):
            self._clear(event.t)
        elif isinstance(event, ev.Submitted) and event.call > 0:
            self.calls = max(self.calls, event.call)
            self._submitted[event.task] = event.t
        elif isinstance(event, ev.ActorStarted) and event.restarts:
            self.restarts.append((self._seconds(event.t), event.calls))
        elif isinstance(event, ev.Finished) and event.task in self._submitted:
            self._finish(event)

    def _finish(self, event: ev.Finished) -> None:
        total = event.result.get("total") if isinstance(event.result, dict) else None
        if type(total) is not int or abs(total) > 1 << 40:  # a recording may hold anything
            return
        waited_ns = event.start - self._submitted.pop(event.task)
        self.waited_s = max(self.waited_s, waited_ns / 1e9)
        if not self.workers or self.workers[-1] != event.worker:
            self.workers.append(event.worker)
        self._times.append(self._seconds(event.t))
        self._totals.append(total)

    def _seconds(self, t: int) -> float:
        return (t - self._zero) / 1e9

    def totals_until(self, t: float) -> tuple[Floats, NDArray[np.int64]]:
        """When calls returned, up to `t` seconds, and the totals that they did."""
        times = np.frombuffer(self._times) if self._times else np.empty(0)
        totals = np.frombuffer(self._totals, np.int64) if self._totals else np.empty(0, np.int64)
        count = int(np.searchsorted(times, t, side="right"))
        return times[:count].copy(), totals[:count].copy()

    def restarts_until(self, t: float) -> list[tuple[float, int]]:
        """The restarts up to `t`: when, and how many calls had returned."""
        return [restart for restart in self.restarts if restart[0] <= t]

    def steps(self, t: float, moments: Floats) -> Floats:
        """The total that the counter had at each of the moments, by what its calls returned up to
        `t`; 0 from a restart on, NaN after `t`.
        """
        times, totals = self.totals_until(t)
        restarts = self.restarts_until(t)
        at = np.concatenate([[-math.inf], times, [when for when, _ in restarts]])
        values = np.concatenate([[0.0], totals, [0.0] * len(restarts)])
        order = np.argsort(at, kind="stable")
        place = np.searchsorted(at[order], moments, side="right") - 1
        return np.where(moments <= t, values[order][place], math.nan)
