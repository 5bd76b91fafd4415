"""The worker processes of the processes engine: started, warmed, heard, missed and replaced.

They come from multiprocessing's fork server where there is one: the lane has threads, so it must
not fork itself, and the fork server has loaded what every worker needs. Each worker has a pipe of
its own, so that it is known which tasks are lost with it; concurrent.futures' pool gives up all
workers and all tasks.
"""

import atexit
import contextlib
import functools
import itertools
import multiprocessing
import os
import pickle
import selectors
import shutil
import signal
import sys
import tempfile
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from workloads.core import events as ev
from workloads.core.errors import EngineFailed, plain, shortage
from workloads.core.wording import exit_text
from workloads.engines import Emit
from workloads.engines.processes import worker as child
from workloads.machine import clock
from workloads.machine.host import oom_kills, patience
from workloads.machine.places import private_folder

STILLBORN_MOST = 3
"""As many workers that die one after the other before they are warm mean that none ever will be."""

JOIN_S = 1.0
"""Seconds for a process that has closed its pipe to end; one that goes on without it is killed."""

SOCKET_FOLDER_BYTES = 70
"""Room for `pymp-…/listener-…` below it: a Unix socket's path has at most 104 bytes on macOS."""


@dataclass(slots=True, eq=False)
class Worker:
    """A worker process. `flights` are the numbers of the tasks that it has, in the order in which
    it got them.

    `unanswered` orders to get warm are not carried out yet. `brief` says that its tasks are thought
    to be short, `since` (monotonic seconds) when it last spoke or was handed some; a `late` one
    turned out to have a long one, and was `recalled` until it has given back the others. `ended`
    tells that we ended it ourselves.
    """

    number: int
    process: BaseProcess
    pipe: "Connection[Any, Any]"
    flights: dict[int, None] = field(default_factory=dict)
    warm: child.Warm | None = None
    unanswered: int = 0
    since: float = 0.0
    brief: bool = False
    late: bool = False
    recalled: bool = False
    joined: bool = False
    ended: bool = False

    @property
    def ready(self) -> bool:
        """True if it is warm."""
        return self.joined and not self.unanswered

    @property
    def may_be_late(self) -> bool:
        """True if it has brief tasks, of which one may turn out long."""
        return self.brief and not self.late and bool(self.flights)

    def order(self, order: child.Order) -> None:
        """Send it an order; that it is dead will be heard."""
        with contextlib.suppress(OSError):
            self.pipe.send(order)


@dataclass(frozen=True, slots=True)
class Death:
    """A worker is gone, with whatever tasks its `flights` name; `reason` says how it ended."""

    worker: Worker
    reason: str


class ProcessPool:
    """As many warm worker processes as wanted, whatever happens to single ones. Used by the main
    thread only.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._numbers = itertools.count()
        self._warm: child.Warm | None = None
        self._stillborn = 0
        self._oom_kills = oom_kills()
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self.workers: list[Worker] = []
        self._context: ForkServerContext | SpawnContext
        if "forkserver" in multiprocessing.get_all_start_methods():
            self._context = multiprocessing.get_context("forkserver")
            forkserver.set_forkserver_preload([child.__name__])
            with _as_nobody(), _starting(), _with_short_paths():
                forkserver.ensure_running()
        else:
            self._context = multiprocessing.get_context("spawn")

    @property
    def ready(self) -> list[Worker]:
        """The workers that are warm."""
        return [worker for worker in self.workers if worker.ready]

    def warm(self, least: int, most: int, warm: child.Warm) -> None:
        """Have between `least` and `most` workers, and all get ready in that way; `hear` tells when
        they are.
        """
        # Libraries keep the number of threads that they were loaded with.
        kept = most
        if self._warm is not None and self._warm.threads != warm.threads:
            kept = 0
        self._warm = warm
        for worker in self.workers[kept:]:
            self.end(worker)
            self._remove(worker)
        for worker in self.workers:
            self._order_warm(worker)
        while len(self.workers) < least:
            self._start()

    def wake(self) -> None:
        """Have `hear` return at once; called from any thread."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._waker, b"!")

    def hear(self, within_s: float) -> Iterator[Death | tuple[Worker, list[child.PickledRecord]]]:
        """Yield what workers send within that time, and which of them died; for these new ones are
        started.

        Raises EngineFailed if a worker can't get ready, or can't be started.
        """
        for key, _ in self._selector.select(within_s):
            if key.fd == self._woken:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                continue
            worker: Worker = key.data
            if worker not in self.workers:
                continue  # its pipe and its sentinel both reported its death
            message = None
            try:
                # What a dead worker has said before counts; only then its death does.
                if key.fd != worker.process.sentinel or worker.pipe.poll():
                    message = worker.pipe.recv()
            except (EOFError, OSError, pickle.UnpicklingError):
                message = None
            if message is None:
                yield self._on_worker_exit(worker)
            elif message[0][0] == child.READY:
                self._answered(worker, pickle.loads(message[0][1]))
            else:
                worker.since = clock.monotonic()
                if message[0][0] == child.RECALLED:
                    worker.recalled = False
                    del message[0]
                yield worker, message

    def end(self, worker: Worker) -> None:
        """Kill it; its death will be heard, but isn't told as a loss."""
        worker.ended = True
        worker.process.kill()

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers:
            self.end(worker)
        for worker in list(self.workers):
            self._remove(worker)

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        number = next(self._numbers)
        process = self._context.Process(target=child.serve, args=(theirs,), name=f"worker-{number}")
        with _as_nobody(), _starting(), theirs:
            process.start()
        worker = Worker(number, process, ours)
        self.workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)
        self._selector.register(process.sentinel, selectors.EVENT_READ, worker)
        self._order_warm(worker)

    def _order_warm(self, worker: Worker) -> None:
        if self._warm and worker.warm != self._warm:
            worker.warm = self._warm
            worker.unanswered += 1
            worker.order(self._warm)

    def _answered(self, worker: Worker, why_not: str) -> None:
        if why_not:
            raise EngineFailed(f"A worker process can't load the tasks' code: {why_not}")
        worker.unanswered -= 1
        self._stillborn = 0
        if not worker.joined:
            worker.joined = True
            self._emit(
                ev.WorkerJoined(t=clock.now(), worker=worker.number, pid=worker.process.pid or 0)
            )

    def _on_worker_exit(self, worker: Worker) -> Death:
        reason = self._remove(worker)
        if worker.joined and not worker.ended:
            self._emit(ev.WorkerLost(t=clock.now(), worker=worker.number, reason=reason))
        if not worker.ready and not worker.ended:
            self._stillborn += 1
            if self._stillborn >= STILLBORN_MOST:
                raise EngineFailed(f"The worker processes died before they were ready: {reason}.")
        self._start()
        return Death(worker, reason)

    def _remove(self, worker: Worker) -> str:
        """Let go of a worker that has ended, or ends as its pipe does; returns how it ended."""
        self.workers.remove(worker)
        self._selector.unregister(worker.pipe)
        self._selector.unregister(worker.process.sentinel)
        worker.pipe.close()
        worker.process.join(patience(JOIN_S))
        if (code := worker.process.exitcode) is None:
            worker.process.kill()
            worker.process.join(JOIN_S)
            reason = "its process closed the pipe to the lane"
        else:
            reason = f"its process {exit_text(code)}"
            if code == -signal.SIGKILL and oom_kills() > self._oom_kills:
                self._oom_kills = oom_kills()
                reason += ", as memory had run out"
        with contextlib.suppress(ValueError):  # still not gone
            worker.process.close()
        return reason


@contextlib.contextmanager
def _as_nobody() -> Iterator[None]:
    """Hide the lane's own main module: multiprocessing would have every child import it again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@functools.cache
def _socket_folder() -> str:
    """A folder for the fork server's socket, whose path would be too long below many a TMPDIR."""
    folder = private_folder(SOCKET_FOLDER_BYTES)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextlib.contextmanager
def _with_short_paths() -> Iterator[None]:
    """Have multiprocessing make its folder of sockets, which this process keeps, in a short one."""
    usual, tempfile.tempdir = tempfile.tempdir, _socket_folder()
    try:
        yield
    finally:
        tempfile.tempdir = usual


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError) as error:
        why = shortage(error) or f"{type(error).__name__}: {plain(error, 300)}"
        raise EngineFailed(f"Can't start a worker process: {why}.") from error
