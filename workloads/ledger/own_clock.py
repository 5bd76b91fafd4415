"""A lane's own clock, which runs only in the lane's slices while lanes take turns.

Whoever sees a fact stamps it with the real time, which goes on while its process is stopped. Read
on the lane's own clock, a time is the run's zero plus how long the lane ran in its slices since; a
time in between two slices is that of the first one's end. So the clock never runs backwards, and a
stop adds nothing to what it falls into: a task, the time between its end and its report, a wait for
a lock.
"""

from bisect import bisect_right

import msgspec
import numpy as np
from numpy.typing import NDArray

from workloads.core import events as ev
from workloads.ledger.comparing_clock import LaneClock

TIMED = (
    ev.Submitted
    | ev.Started
    | ev.Progressed
    | ev.Stored
    | ev.Finished
    | ev.Failed
    | ev.Retried
    | ev.Cancelled
    | ev.StoreFilled
    | ev.Intervened
    | ev.DriverChanged
    | ev.RunEnded
)
"""The events whose times are read on the lane's own clock."""


class Slices:
    """The times (ns) at which a lane's slices began and ended; none if it takes no turns."""

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._ran: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._begins)

    @property
    def running(self) -> bool:
        """True while a slice lasts."""
        return len(self._begins) > len(self._ends)

    def take(self, event: ev.Sliced) -> None:
        """Begin a slice, or end it; what can't be (a recording may hold any event) is left out."""
        last = (self._ends or self._begins or [event.t])[-1]
        if event.runs == self.running or event.t < last:
            return
        if event.runs:
            self._ran.append(self.ran(event.t))
            self._begins.append(event.t)
        elif event.t >= self._begins[-1]:
            self._ends.append(event.t)

    def begins_after(self, t: int) -> list[int]:
        """The times at which slices began after `t`."""
        return self._begins[bisect_right(self._begins, t) :]

    def ran(self, t: int) -> int:
        """Nanoseconds for which the lane ran in its slices until `t`."""
        index = bisect_right(self._begins, t) - 1
        if index < 0:
            return 0
        if index < len(self._ends):
            t = min(t, self._ends[index])
        return self._ran[index] + t - self._begins[index]


class OwnClock:
    """Reads a lane's events on its own clock; without slices it changes none.

    `elapsed_s` is the real time in seconds of the run that has ended.
    """

    def __init__(self) -> None:
        self.slices = Slices()
        self.elapsed_s: float | None = None
        self._zero: int | None = None
        self._end_ns = 0
        self._pid = 0
        self._works = False
        self._comparing = LaneClock()

    def at(self, t: int) -> int:
        """The time on the own clock (ns since the epoch) at the real time `t`."""
        if not self.slices or self._zero is None or t <= self._zero:
            return t
        return self._zero + self.slices.ran(t) - self.slices.ran(self._zero)

    def edges(self) -> NDArray[np.float64]:
        """The seconds on the own clock at which the run's slices begin, and at which it ended."""
        zero, end = self._zero or 0, self._end_ns
        begins = [self.at(t) - zero for t in self.slices.begins_after(zero)]
        return np.array([0, *(t for t in begins if t < end), end]) / 1e9

    def read(self, event: ev.AnyEvent) -> ev.AnyEvent:
        """Take the lane's next event; returns it with its times on the own clock."""
        if isinstance(event, ev.Sliced):
            self.slices.take(event)
        elif isinstance(event, ev.LaneOpened):
            self._pid, self._works = event.pid, False
        elif isinstance(event, ev.WorkerJoined):
            self._works |= event.pid == self._pid
        elif isinstance(event, ev.LaneReady):
            self.slices, self._zero, self.elapsed_s = Slices(), None, None
        elif isinstance(event, ev.RunStarted):
            self._zero = event.t
            self._comparing = LaneClock(alone=event.workers == 1 and self._works)
        elif self.slices and isinstance(event, TIMED):
            return self._comparing.set_back(self._read(event))
        return event

    def _read(self, event: TIMED) -> TIMED:
        times: dict[str, float] = {"t": self.at(event.t)}
        if isinstance(event, ev.Finished | ev.Failed) and event.start:
            times["start"] = self.at(event.start)
        if isinstance(event, ev.Finished | ev.Failed) and event.fetch_s:
            times["fetch_s"] = self._span(event.t + _ns(event.fetch_s), event.fetch_s)
        if isinstance(event, ev.Finished) and event.compare_s:
            times["compare_s"] = self._span(event.t + _ns(event.compare_s), event.compare_s)
        if isinstance(event, ev.Stored):
            times["put_s"] = self._span(event.t, event.put_s)
            times["load_s"] = self._span(event.t - _ns(event.put_s), event.load_s)
        if isinstance(event, ev.RunEnded) and self._zero is not None:
            times |= self._totals(event, self._zero)
        return msgspec.structs.replace(event, **times)

    def _totals(self, ended: ev.RunEnded, zero: int) -> dict[str, float]:
        """The run's own time, and what the machine did in it: of what others used in the whole
        time, the part that falls into the lane's slices.
        """
        self.elapsed_s = ended.wall_s
        wall_s = self._span(zero + _ns(ended.wall_s), ended.wall_s) - self._comparing.excess_s
        times = {"wall_s": wall_s}
        self._end_ns = _ns(wall_s)
        if ended.machine_cpu_s > 0 and ended.wall_s > 0:
            part = wall_s / ended.wall_s
            own_s = ended.driver_cpu_s + ended.task_cpu_s * (not self._works)
            others_s = max(ended.machine_cpu_s - ended.own_cpu_s, 0.0) * part
            times |= {
                "own_cpu_s": own_s,
                "machine_cpu_s": own_s + others_s,
                "io_wait_s": ended.io_wait_s * part,
                "withheld_s": ended.withheld_s * part,
            }
        return times

    def _span(self, end: int, seconds: float) -> float:
        """Seconds on the own clock of so many real ones before `end` (ns)."""
        return (self.at(end) - self.at(end - _ns(seconds))) / 1e9


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
