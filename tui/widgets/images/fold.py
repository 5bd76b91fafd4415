"""The fold of a lane's events about pictures, for any time of its run.

The gallery and the portrait draw from it; every question takes `t`, the seconds since RunStarted,
so that a ghost or a replay asks about its own moment and gets what was known then.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.widgets.images.picture import Picture, picture_of
from workloads.core.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Progressed,
    Retried,
    RunEnded,
    RunStarted,
    Started,
)

PICTURES_KEPT = 10_000
"""Pictures whose details are remembered, the newest; earlier ones only count in the totals."""

THUMBNAILS_KEPT = 2_000
THUMBNAIL_TEXT_KEPT = 128_000_000
"""Pictures whose thumbnails are remembered, the newest, and the characters they may take
together.
"""

RUNNING_KEPT = 1 << 15


@dataclass
class Totals:
    """Sums over pictures: how many were done and failed, and the pixels of those done."""

    done: int = 0
    failed: int = 0
    pixels: int = 0

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.pixels / 1e6

    def add(self, picture: Picture) -> None:
        """Count a picture in."""
        if picture.error:
            self.failed += 1
            return
        self.done += 1
        self.pixels += picture.pixels


@dataclass
class _OpenAttempt:
    """A task at work: from when (seconds), by whom, and until when if it came to nothing."""

    start: float
    worker: int
    end: float = math.inf


class ImagesFold:
    """The fold of one lane's events. `tasks` counts the run's pictures, `generation` the runs
    started.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._reset(0, 0, 0)

    def _reset(self, started: int, tasks: int, workers: int) -> None:
        self.tasks, self._workers = tasks, workers
        self._started = started
        self._now = 0.0
        self._pictures: list[Picture] = []
        self._times: list[float] = []
        self._by_task: dict[int, Picture] = {}
        self._open: dict[int, _OpenAttempt] = {}
        self._attempts: dict[int, int] = {}
        self._bare = self._encoded = 0
        self._forgotten = Totals()
        self._sums, self._summed = Totals(), 0

    # -- events in ---------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take in one event of the lane; those that say nothing of pictures are passed over."""
        if isinstance(event, Started | Progressed | Finished | Failed | Retried | Cancelled):
            if 0 <= event.task < self.tasks:
                self._task_event(event)
        elif isinstance(event, RunStarted):
            self.generation += 1
            self._reset(event.t, max(event.tasks, 0), max(event.workers, 1))
        elif isinstance(event, RunEnded):
            self._end(event)

    def _task_event(
        self, event: Started | Progressed | Finished | Failed | Retried | Cancelled
    ) -> None:
        task, t = event.task, self._seconds(event.t)
        if isinstance(event, Cancelled):
            self._stop(task, t)
            return
        latest = self._attempts.get(task, 0)
        if event.attempt < latest:
            return  # A late word of an attempt that was lost.
        if event.attempt > latest:
            self._attempts[task] = event.attempt
            self._stop(task, t)
            self._remove(task)
        if isinstance(event, Started):
            if task not in self._by_task and len(self._open) < RUNNING_KEPT:
                self._open[task] = _OpenAttempt(t, event.worker)
        elif isinstance(event, Finished | Failed) and task not in self._by_task:
            self._open.pop(task, None)
            # Workers' clocks differ: what becomes known later is never put before what was known
            # already.
            self._now = max(self._now, t)
            self._add(picture_of(event, self._now, self._seconds))

    def _end(self, event: RunEnded) -> None:
        """Nothing is at work any more, and what a worker's clock put after the end was known at the
        end.
        """
        for attempt in self._open.values():
            attempt.end = min(attempt.end, self._seconds(event.t))
        for index in range(bisect_right(self._times, event.wall_s), len(self._times)):
            picture = self._pictures[index] = replace(self._pictures[index], at=event.wall_s)
            self._times[index], self._by_task[picture.task] = event.wall_s, picture

    def _seconds(self, t: int) -> float:
        return max(-1 << 62, min(t - self._started, 1 << 62)) / 1e9

    def _stop(self, task: int, t: float) -> None:
        if attempt := self._open.get(task):
            attempt.end = min(attempt.end, t)

    def _add(self, picture: Picture) -> None:
        self._pictures.append(picture)
        self._times.append(picture.at)
        self._by_task[picture.task] = picture
        self._encoded += picture.encoded
        while (
            self._encoded > THUMBNAIL_TEXT_KEPT
            or len(self._pictures) - self._bare > THUMBNAILS_KEPT
        ):
            self._strip()
        if len(self._pictures) > PICTURES_KEPT:
            oldest = self._take_out(0)
            self._forgotten.add(oldest)
            if self._summed:  # The sums hold it already.
                self._summed -= 1
            else:
                self._sums = replace(self._forgotten)

    def _strip(self) -> None:
        """The oldest picture that has thumbnails loses them."""
        picture = self._pictures[self._bare]
        self._encoded -= picture.encoded
        self._pictures[self._bare] = self._by_task[picture.task] = picture.bare()
        self._bare += 1

    def _remove(self, task: int) -> None:
        """Forget what an attempt that turned out to be lost had made of a picture."""
        index = self.place(task)
        if index is not None:
            self._take_out(index)
            self._sums, self._summed = replace(self._forgotten), 0

    def _take_out(self, index: int) -> Picture:
        picture = self._pictures.pop(index)
        del self._times[index], self._by_task[picture.task]
        self._encoded -= picture.encoded
        self._bare -= index < self._bare
        return picture

    # -- questions about a moment ------------------------------------------------------------------

    def until(self, t: float) -> Sequence[Picture]:
        """The pictures known `t` seconds into the run, in the order they were done, failed ones
        among them.
        """
        return self._pictures[: bisect_right(self._times, t)]

    def picture(self, task: int, t: float = math.inf) -> Picture | None:
        """A task's picture as it was `t` seconds into the run; None while that wasn't
        known.
        """
        picture = self._by_task.get(task)
        if picture is None or picture.at > t:
            return None
        return picture

    def place(self, task: int) -> int | None:
        """Where a task's picture stands among all in the order they were done; None while it isn't
        known.
        """
        picture = self._by_task.get(task)
        if picture is None:
            return None
        index = bisect_left(self._times, picture.at)
        while self._pictures[index].task != task:
            index += 1
        return index

    @property
    def forgotten(self) -> int:
        """How many pictures are only counted any more."""
        return self._forgotten.done + self._forgotten.failed

    def running(self, t: float) -> list[tuple[int, int]]:
        """The tasks at work `t` seconds into the run and their workers, the longest at
        work first.
        """
        running = [
            (a.start, task, a.worker) for task, a in self._open.items() if a.start <= t < a.end
        ]
        for picture in self._pictures[bisect_right(self._times, t) :]:
            if len(running) >= self._workers:
                break
            if picture.at - picture.ran_s <= t and picture.ran_s:
                running.append((picture.at - picture.ran_s, picture.task, picture.worker))
        return [(task, worker) for _, task, worker in sorted(running)]

    def totals(self, t: float) -> Totals:
        """The sums over the pictures known `t` seconds into the run (forgotten ones are known at
        any time).
        """
        count = bisect_right(self._times, t)
        if count < self._summed:
            self._sums, self._summed = replace(self._forgotten), 0
        for picture in self._pictures[self._summed : count]:
            self._sums.add(picture)
        self._summed = count
        return replace(self._sums)
