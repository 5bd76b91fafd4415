"""A lane's clock, which stands still for a worker while it reads a result in order to compare it.

Comparing is our wish, not the function's work: it must not lengthen a lane's time. Each worker's
later times are earlier by the seconds that it spent on comparing before, as if it had gone on to
its next task at once; the lane's own times by those of the worker that it last heard of: to that
one it hands the next task. The serial lane is exact in this. Where a lane has workers, one that had
nothing to do after it had compared may have lost nothing by it: time that it waited for its next
task is taken off what it is set back by, so that a lane never seems faster than it was.
"""

from collections import defaultdict

import msgspec

from workloads.core import events as ev


class LaneClock:
    """Sets back the times of a run's events. `alone`: tasks run one after the other in the lane's
    own process, where none waits for anything but the one before.
    """

    def __init__(self, alone: bool = False) -> None:
        self._alone = alone
        self._compared = 0
        self._heard = -1
        self._stood: dict[int, int] = defaultdict(int)
        self._ended: dict[int, int] = defaultdict(int)
        self._worker: dict[int, int] = {}

    @property
    def compared_s(self) -> float:
        """Seconds that all workers together spent on comparing."""
        return self._compared / 1e9

    @property
    def excess_s(self) -> float:
        """Seconds by which the run ended later because of it: its last worker would have ended so
        much earlier.
        """
        if not self._ended:
            return 0.0
        last = max(self._ended.values())
        return (
            max(0, last - max(end - self._stood[worker] for worker, end in self._ended.items()))
            / 1e9
        )

    def set_back(self, event: ev.AnyEvent) -> ev.AnyEvent:
        """The event at the time that the clock shows; the very same event as long as nothing was
        compared.
        """
        if not self._compared and not getattr(event, "compare_s", 0.0):
            self._take(event)
            return event
        worker = getattr(event, "worker", -1)
        if isinstance(event, ev.Started):
            self._worker[event.task] = worker
        elif isinstance(event, ev.Progressed):
            worker = self._worker.get(event.task, -1)
        elif isinstance(event, ev.Finished | ev.Failed):
            self._worker.pop(event.task, None)
        self._wait(worker, event)
        back = self._stood.get(worker if worker >= 0 else self._heard, 0)
        if isinstance(event, ev.Failed) and worker >= 0:
            self._ended[worker] = max(self._ended[worker], event.t)
        if isinstance(event, ev.Finished):
            compared = round(event.compare_s * 1e9)
            self._ended[worker] = max(self._ended[worker], event.t + compared)
            self._stood[worker] += compared
            self._compared += compared
            self._heard = worker
        if not back:
            return event
        times = {"t": event.t - back}
        if isinstance(event, ev.Finished | ev.Failed) and event.start:
            times["start"] = event.start - back
        return msgspec.structs.replace(event, **times)

    def _take(self, event: ev.AnyEvent) -> None:
        """Remember what may matter once something is compared; a task can be shorter than more than
        this takes.
        """
        if isinstance(event, (ev.Finished, ev.Failed)):
            self._worker.pop(event.task, None)
            if event.worker >= 0:
                self._ended[event.worker] = event.t
        elif isinstance(event, ev.Started):
            self._worker[event.task] = event.worker

    def _wait(self, worker: int, event: ev.AnyEvent) -> None:
        """Take off the time that the worker waited for this task, if it begins here."""
        begun = event.t if isinstance(event, ev.Started) else getattr(event, "start", 0)
        if self._alone or worker not in self._ended or begun <= self._ended[worker]:
            return
        self._stood[worker] = max(0, self._stood[worker] - (begun - self._ended[worker]))
        self._ended[worker] = begun
