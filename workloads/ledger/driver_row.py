"""What a lane's driver did, kept so that drawing costs the columns on screen, not the tasks.

The row holds, at moments of the run, the seconds spent in each state until then: between two
moments they grow evenly. Any window is binned by one interpolation, and a row that has grown too
long is halved by leaving out every other moment, which changes no total.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.core import events as ev
from workloads.core.draining import BUSY, Driving

Floats = NDArray[np.float64]

MAX_MOMENTS = 8192


class Doing(NamedTuple):
    """What the driver does since a moment (seconds into the run), and with how many tasks."""

    state: Driving = "idle"
    since: float = 0.0
    tasks: int = 0


class DriverRow:
    """A driver's states over a run, in seconds since its zero. `now` is what it does at the end of
    what is known; `cpu_s` its process's CPU time until then.
    """

    def __init__(self) -> None:
        self.now = Doing()
        self.cpu_s = 0.0
        self.version = 0
        self._count = 1
        self._times = np.zeros(16)
        self._spent = np.zeros((len(BUSY), 16))
        self._gets = np.zeros(16, np.int32)

    def __bool__(self) -> bool:
        return self._count > 1 or self.now.state != "idle"

    def take(self, event: ev.DriverChanged, at: float) -> None:
        """Take the lane's next event, `at` seconds of the lane's clock.

        Seconds that didn't pass by that clock, as it was stopped meanwhile, are taken off the state
        that they were in: the longest.
        """
        before = float(self._times[self._count - 1])
        at = max(at, before)
        seconds = np.array([getattr(event, f"{state}_s") for state in BUSY])
        longest, passed = int(seconds.argmax()), at - before
        if (excess := seconds.sum() - passed) > 0:
            seconds[longest] = max(seconds[longest] - excess, 0.0)
            if (total := seconds.sum()) > passed:
                seconds *= passed / total
        self.now, self.cpu_s = Doing(event.doing, at, event.tasks), event.cpu_s
        self.version += 1
        self._add(at, seconds, seconds[longest] > 0 and BUSY[longest] == "getting")

    def _add(self, at: float, seconds: Floats, got: bool) -> None:
        if self._count == MAX_MOMENTS:
            self._halve()
        elif self._count == len(self._times):
            self._times = np.concatenate([self._times, np.zeros(self._count)])
            self._gets = np.concatenate([self._gets, np.zeros(self._count, np.int32)])
            self._spent = np.concatenate([self._spent, np.zeros_like(self._spent)], axis=1)
        last, at_end = self._count - 1, self._count
        self._times[at_end] = at
        self._spent[:, at_end] = self._spent[:, last] + seconds
        self._gets[at_end] = self._gets[last] + got
        self._count += 1

    def _halve(self) -> None:
        kept = np.append(np.arange(0, self._count, 2), self._count - 1)
        self._count = len(kept)
        for column in (self._times, self._gets, *self._spent):
            column[: self._count] = column[kept]

    def spent_until(self, times: Floats) -> Floats:
        """Seconds that the driver had spent in each of the BUSY states (rows) at each of `times`,
        of which the last counts as now: what it does then it does since the last change.
        """
        known = slice(self._count)
        spent = np.array([np.interp(times, self._times[known], row[known]) for row in self._spent])
        if self.now.state != "idle":
            spent[BUSY.index(self.now.state)] += np.maximum(times - self.now.since, 0)
        return spent

    def gets_at(self, times: Floats) -> NDArray[np.int32]:
        """The number of stretches of getting that had ended at each of `times`."""
        index = np.searchsorted(self._times[: self._count], times, side="right") - 1
        return self._gets[np.maximum(index, 0)]

    def total(self, until: float) -> dict[Driving, float]:
        """Seconds in each of the BUSY states until a moment."""
        spent = self.spent_until(np.array([until]))[:, 0].tolist()
        return dict(zip(BUSY, spent, strict=True))

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        return self._times.nbytes + self._spent.nbytes + self._gets.nbytes
