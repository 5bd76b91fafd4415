"""Follows the events of one lane whose tasks read one array: what was copied for them, and what of
their workers' time they computed.
"""

from bisect import bisect_right
from typing import NamedTuple

from workloads.core import events as ev


class ArrayCosts(NamedTuple):
    """What a lane's tasks came to by some time: `done` of them, which computed `computing_s`
    seconds, on `workers` that had `elapsed_s` seconds each.

    `calls` were pickled with the array (`sent_bytes`, `pickle_s`); `puts` of `put_bytes` went into
    the object store in `put_s`; `read_only` tasks got an array that they couldn't write to.
    """

    done: int = 0
    computing_s: float = 0.0
    workers: int = 1
    elapsed_s: float = 0.0
    calls: int = 0
    sent_bytes: int = 0
    pickle_s: float = 0.0
    puts: int = 0
    put_bytes: int = 0
    put_s: float = 0.0
    read_only: int = 0

    @property
    def copied(self) -> int:
        """Bytes of the array that the lane's process copied for its tasks."""
        return self.sent_bytes + self.put_bytes

    @property
    def worker_s(self) -> float | None:
        """Seconds of a worker per task, whatever it did in them; None before one is done."""
        if not self.done:
            return None
        return self.workers * self.elapsed_s / self.done

    @property
    def computing_each_s(self) -> float:
        """The part of these in which the task computed."""
        return self.computing_s / max(self.done, 1)


class _Sums:
    """Sums of figures by the time at which each was added, which never goes back."""

    def __init__(self, figures: int) -> None:
        self._times: list[float] = []
        self._sums = [(0.0,) * figures]

    def add(self, t: float, *figures: float) -> None:
        """Add these at `t` seconds."""
        self._times.append(max([t, *self._times[-1:]]))
        last = self._sums[-1]
        self._sums.append(tuple(a + b for a, b in zip(last, figures, strict=True)))

    def until(self, t: float) -> tuple[float, ...]:
        """How many were added by `t`, and their sums."""
        count = bisect_right(self._times, t)
        return count, *self._sums[count]


class ArraysFold:
    """The costs of one lane's run by time."""

    def __init__(self) -> None:
        self._begin(0, 1)

    def _begin(self, zero: int, workers: int) -> None:
        self._zero, self._workers, self._wall_s = zero, workers, float("inf")
        self._sent, self._put, self._done = _Sums(2), _Sums(2), _Sums(2)

    def apply(self, event: ev.AnyEvent) -> None:
        """Take the lane's next event; RunStarted resets the fold."""
        if isinstance(event, ev.RunStarted):
            self._begin(event.t, event.workers)
        elif isinstance(event, ev.Submitted) and event.sent_bytes:
            self._sent.add(self._at(event.t), event.sent_bytes, event.pickle_s)
        elif isinstance(event, ev.Stored):
            self._put.add(self._at(event.t), event.bytes, event.put_s)
        elif isinstance(event, ev.Finished):
            writable = isinstance(event.result, dict) and event.result.get("writable", True)
            self._done.add(
                self._at(event.t), max(event.t - event.start, 0) / 1e9, float(not writable)
            )
        elif isinstance(event, ev.RunEnded):
            self._wall_s = event.wall_s

    def _at(self, t: int) -> float:
        return (t - self._zero) / 1e9

    def until(self, t: float) -> ArrayCosts:
        """The costs by `t` seconds of the run, or by its end."""
        calls, sent, pickle_s = self._sent.until(t)
        puts, put, put_s = self._put.until(t)
        done, computing_s, read_only = self._done.until(t)
        return ArrayCosts(
            int(done),
            computing_s,
            self._workers,
            min(t, self._wall_s),
            int(calls),
            int(sent),
            pickle_s,
            int(puts),
            int(put),
            put_s,
            int(read_only),
        )
