"""The way the Ray lane hands out a run's tasks: streamed with their reports or whole, and how many
are in flight.
"""

from collections import deque

from workloads.core.draining import Drain
from workloads.core.task import REPORT_EVERY
from workloads.engines import STREAMED_AT_MOST

JUDGED = 4
"""Tasks that must have finished, at least, before their length says anything."""


class Submission:
    """Decides for the tasks of one run of `workers` at once; `exactly` if more must never be in
    flight.

    A streamed task tells when it begins and how far it is, which costs a few ms; one that is over
    before its first report is due has nothing to tell. So a run of few tasks begins streamed, goes
    on with whole ones if the latest were short, and comes back if tasks turn long. A run of very
    many is never streamed, nor is one whose results are taken by `ray.get`, which takes no
    generators: by one of all refs (`drain` "get"), or by one of each as it is submitted
    ("get-each").
    """

    def __init__(
        self, tasks: int, workers: int, exactly: bool = False, drain: Drain = "wait"
    ) -> None:
        self._tasks, self._workers, self._exactly, self._drain = tasks, workers, exactly, drain
        self._adapts = streams(tasks, drain)
        self._latest: deque[float] = deque(maxlen=max(JUDGED, 2 * workers))
        self.streamed = self._adapts

    def finished(self, seconds: float) -> None:
        """A task has finished that ran so long."""
        self._latest.append(seconds)
        if not self._adapts or len(self._latest) < (self._latest.maxlen or 0):
            return
        mean = sum(self._latest) / len(self._latest)
        if mean < REPORT_EVERY / 2:
            self.streamed = False
        elif mean > REPORT_EVERY:
            self.streamed = True

    @property
    def window(self) -> int:
        """Tasks in flight at most. A longer window hides the round trip of tiny tasks; each
        streamed one costs a look.
        """
        if self.one_at_a_time:
            return 1
        if self.all_at_once:
            return self._tasks
        if self._exactly:
            return self._workers
        if self.streamed:
            return max(8, 2 * self._workers)
        return max(256, 16 * self._workers)

    @property
    def one_at_a_time(self) -> bool:
        """True if each result is taken before the next task is submitted."""
        return self._drain == "get-each"

    @property
    def waits(self) -> bool:
        """True if results are taken as they come, by `ray.wait`."""
        return self._drain == "wait"

    @property
    def all_at_once(self) -> bool:
        """True if all tasks are submitted before any result is taken."""
        return self._drain == "get"

    @property
    def front(self) -> int | None:
        """The number of tasks in flight that are waited for, the oldest; None if all are.

        Ray starts tasks in the order in which they were submitted, so what finishes is among the
        oldest, and a wait costs by the ref.
        """
        if self._exactly or self.streamed or not self.waits:
            return None
        return self.window // 2

    @property
    def handful(self) -> int:
        """Results to wait for at a time: for tiny tasks a wait and a get each would cost more than
        the task.
        """
        if self.streamed or not self.waits:
            return 1
        return max(1, (self.front or self.window) // 2)


def streams(tasks: int, drain: Drain) -> bool:
    """True if some of so many tasks may be streamed."""
    return drain == "wait" and tasks <= STREAMED_AT_MOST
