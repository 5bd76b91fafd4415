"""The tasks that are left when a run is cancelled with very many in flight: they are ended in a
thread, after the run.

`ray.cancel` takes about 50 µs for each ref, and letting go of one another 10: of 100,000 refs that
is several seconds, which nobody who cancels should have to wait.

A driver that cancels a task at the moment it ends is aborted by Ray (2.60), and of very many short
tasks some end at any moment. So the workers of this machine are stopped meanwhile.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psutil

from workloads.core import events as ev
from workloads.engines import Stop
from workloads.engines.ray.cancelling import FORCE_AFTER_S
from workloads.engines.ray.cluster import Cluster
from workloads.engines.ray.fetching import ready_now
from workloads.engines.ray.flights import RayRun
from workloads.machine import clock
from workloads.machine.host import patience

MANY = 1000
"""Tasks in flight from which a run is over before they are."""

CHUNK = 100
"""Refs that are looked at and cancelled at a time: the time between both must be short."""

LOOK_EVERY_S = 0.05

SETTLE_S = 0.5
"""Seconds from the run's end until its tasks are: its last events leave the process first, and what
workers sent before they were stopped has reached the driver by then.
"""


class Leftovers:
    """Ends tasks that nobody waits for. Its thread and the lane's use Ray side by side, which Ray
    allows.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._leaving, self._run_over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, run: RayRun) -> Iterator[ev.AnyEvent]:
        """If the run is to end with very many tasks in flight, of which no result was to be taken
        before all are ready, its driver gives them up: they are ended after the run.
        """
        if not (run.stop.requested and run.submission.all_at_once and len(run.flights) > MANY):
            return
        self._begin(list(run.flights))
        for flight in run.flights.values():
            for number in flight.turns:
                yield ev.Cancelled(t=clock.now(), task=number)
        run.flights.clear()

    def _begin(self, refs: list[Any]) -> None:
        self._run_over.clear()
        # In the order of their submission, which is that in which Ray starts them.
        thread = threading.Thread(target=self._end, args=(refs,), daemon=True, name="leftovers")
        try:
            thread.start()
            self._thread = thread
        except RuntimeError:  # the system has no thread left
            self._run_over.set()
            self._end(refs)

    def run_is_over(self) -> None:
        """What is left of the run may take the process' time now."""
        self._run_over.set()

    def wait(self, stop: Stop) -> None:
        """Return once all have ended, or the run that waits for it should."""
        while self._thread and self._thread.is_alive() and not stop.requested:
            self._thread.join(LOOK_EVERY_S)

    def leave(self) -> None:
        """Leave the rest to Ray's own end."""
        self._leaving.set()
        if self._thread:
            self._thread.join()

    def _end(self, refs: list[Any]) -> None:
        # Ray may end meanwhile, and its tasks with it.
        with contextlib.suppress(self._cluster.ray.exceptions.RayError):
            with stopped_workers():
                self._run_over.wait()
                self._leaving.wait(SETTLE_S)
                running = self._sweep(refs)
            began, forced = clock.monotonic(), False
            while running and not self._leaving.wait(LOOK_EVERY_S):
                running = self._unready(running)
                if not forced and clock.monotonic() - began > patience(FORCE_AFTER_S):
                    forced = True
                    self._cancel(running, force=True)

    def _sweep(self, refs: list[Any]) -> list[Any]:
        """Cancel all once; returns the refs of those that were running and haven't ended yet."""
        refs.reverse()
        running: list[Any] = []
        while refs and not self._leaving.is_set():
            chunk = [refs.pop() for _ in range(min(CHUNK, len(refs)))]
            unready = self._unready(chunk)
            self._cancel(unready)
            running += self._unready(unready)
        return running

    def _cancel(self, unready: Sequence[Any], force: bool = False) -> None:
        for ref in unready:
            self._cluster.ray.cancel(ref, force=force)

    def _unready(self, refs: list[Any]) -> list[Any]:
        return ready_now(self._cluster.ray, refs)[1]


@contextlib.contextmanager
def stopped_workers() -> Iterator[None]:
    """Have the Ray workers that descend from this process stand still meanwhile."""
    workers = list(filter(_is_worker, psutil.Process().children(recursive=True)))
    try:
        for worker in workers:
            with contextlib.suppress(psutil.Error):
                worker.suspend()
        yield
    finally:
        for worker in workers:
            with contextlib.suppress(psutil.Error):
                worker.resume()


def _is_worker(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error, IndexError):
        return process.cmdline()[0].startswith("ray::")
    return False
