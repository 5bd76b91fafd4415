"""The baseline: tasks one after the other in the lane's own process and main thread."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from workloads.core import events as ev
from workloads.core.errors import TaskInterrupted
from workloads.core.task import Task
from workloads.engines import (
    STREAMED_AT_MOST,
    Demand,
    Emit,
    EngineOptions,
    ReadyWorkers,
    Stop,
    WarmUp,
    load_here,
    running,
)
from workloads.engines.actors import PlainObjects
from workloads.engines.driver_log import DriverLog
from workloads.engines.measure import (
    BEGAN,
    RETURNED,
    Record,
    interrupted,
    last_record,
    record_to_event,
    records,
)
from workloads.machine import clock


class Serial:
    """Runs tasks in a plain loop. A cancel breaks into the running task by a signal to the main
    thread.
    """

    def __init__(self, options: EngineOptions) -> None:
        self._stop: Stop | None = None
        self._task = -1
        self._emit: Emit = lambda event: None

    def open(self, emit: Emit) -> None:
        """There is nothing to start: the one worker is this process."""
        self._emit = emit
        running.here.attach(0)
        signal.signal(signal.SIGUSR1, self._break_in)
        emit(ev.WorkerJoined(t=clock.now(), worker=0, pid=os.getpid()))

    def prepare(
        self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        """Load the workload's modules, as the other engines' workers do."""
        load_here(warm_up, self._emit)
        return ReadyWorkers(1, [0])

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks in order."""
        signal.signal(
            signal.SIGUSR1, self._break_in
        )  # again: the workload's modules may have set their own
        main = threading.main_thread().ident or 0
        self._stop, stop.interrupt = stop, lambda: signal.pthread_kill(main, signal.SIGUSR1)
        yield from self._drive(tasks, stop)

    def _drive(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks one after the other, in this process."""
        driver, streamed = DriverLog(), len(tasks) <= STREAMED_AT_MOST
        objects = PlainObjects()
        for task in tasks:
            if stop.held:
                yield from driver.enter("idle", lasting=True)
                stop.wait_while_held()
            if stop.requested:
                yield ev.Cancelled(t=clock.now(), task=task.number)
                continue
            yield from driver.enter("computing", len(tasks), lasting=True)
            function = objects.function_of(task)
            for record in self._run_task(task, function, streamed, stop):
                yield from _events(task, record, streamed)
        yield from driver.end()

    def _run_task(
        self, task: Task, function: Callable[..., Any], streamed: bool, stop: Stop
    ) -> Iterator[Record]:
        """Call the task's function; yields its records, until a request breaks into it."""
        run = records if streamed else _last
        steps = run(function, task.args, (TaskInterrupted,))
        self._task = task.number
        running.here.enter(0, task.number)
        while True:
            try:
                stop.inside = True
                try:
                    # A request that came while we were outside found nobody to break into.
                    record = None if stop.ends(task.number) else next(steps, None)
                finally:
                    stop.inside = False
            except TaskInterrupted:
                stop.inside, record = False, None  # it may have come before the line above
            if record is None:
                record = interrupted(stop, task.number)
            if record[0] >= RETURNED:
                running.here.leave(0)
            yield record
            if record[0] >= RETURNED:
                return

    def _break_in(self, number: int, frame: FrameType | None) -> None:
        if self._stop and self._stop.inside and self._stop.ends(self._task):
            raise TaskInterrupted

    def check(self) -> None:
        """A loop can't break while it is idle."""

    def close(self) -> None:
        """There is nothing to stop."""


def _events(task: Task, record: Record, streamed: bool) -> Iterator[ev.AnyEvent]:
    """The events of a record: a task that begins was submitted at that moment."""
    if record[0] == BEGAN or (record[0] == RETURNED and not streamed):
        yield ev.Submitted(t=record[1], task=task.number)
    yield record_to_event(task.number, 0, 0, record)


def _last(
    function: Callable[..., Any], args: tuple[Any, ...], propagate: tuple[type[BaseException], ...]
) -> Iterator[Record]:
    """As `records`, but only the last one: of very many tasks, whose reports would take more time
    than they do.
    """
    yield last_record(function, args, propagate)
