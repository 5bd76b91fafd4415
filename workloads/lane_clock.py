"""A lane's clock, which stands still for a worker while it reads a result in order to compare it.

Comparing is our wish, not the function's work: it must not lengthen a lane's time. Each worker's later times
are earlier by the seconds that it spent on comparing before, as if it had gone on to its next task at once;
the lane's own times by those of the worker that spent the least. A lane of one worker is exact in this; with
several it is what the same tasks on the same workers would have taken.
"""

from collections import defaultdict

import msgspec

from workloads import events as ev


class LaneClock:
    """Sets back the times of a run's events; `workers` is how many tasks run at once."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._stood: dict[int, int] = defaultdict(int)
        self._ended: dict[int, int] = defaultdict(int)
        self._worker: dict[int, int] = {}

    @property
    def compared_s(self) -> float:
        """Seconds that all workers together spent on comparing."""
        return sum(self._stood.values()) / 1e9

    @property
    def excess_s(self) -> float:
        """Seconds by which the run ended later because of it: its last worker would have ended so much earlier."""
        if not self._ended:
            return 0.0
        last = max(self._ended.values())
        return max(0, last - max(end - self._stood[worker] for worker, end in self._ended.items())) / 1e9

    def set_back(self, event: ev.AnyEvent) -> ev.AnyEvent:
        """The event at the time that the clock shows; the very same event as long as nothing was compared."""
        worker = getattr(event, "worker", -1)
        if isinstance(event, ev.Started):
            self._worker[event.task] = worker
        elif isinstance(event, ev.Progressed):
            worker = self._worker.get(event.task, -1)
        elif isinstance(event, ev.Finished | ev.Failed):
            self._worker.pop(event.task, None)
        back = self._stood.get(worker, 0) if worker >= 0 else self._least()
        if isinstance(event, ev.Finished):
            compared = round(event.compare_s * 1e9)
            self._ended[worker] = max(self._ended[worker], event.t + compared)
            self._stood[worker] += compared
        if not back:
            return event
        times = {"t": event.t - back}
        if isinstance(event, ev.Finished | ev.Failed) and event.start:
            times["start"] = event.start - back
        return msgspec.structs.replace(event, **times)

    def _least(self) -> int:
        return min(self._stood.values()) if len(self._stood) >= self._workers else 0
