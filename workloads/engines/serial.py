"""The baseline: tasks one after the other in the lane's own process and main thread."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from workloads import events as ev
from workloads.engines import STREAMED_AT_MOST, Crew, Demand, Emit, EngineOptions, Stop, WarmUp
from workloads.engines.measure import BEGAN, REPORTED, RETURNED, Record, last_record, records
from workloads.errors import TaskInterrupted
from workloads.task import Task


class Serial:
    """Runs tasks in a plain loop. A cancel breaks into the running task by a signal to the main thread."""

    def __init__(self, options: EngineOptions) -> None:
        self._stop: Stop | None = None
        self._emit: Emit = lambda event: None

    def open(self, emit: Emit) -> None:
        """There is nothing to start: the one worker is this process."""
        self._emit = emit
        signal.signal(signal.SIGUSR1, self._break_in)
        emit(ev.WorkerJoined(t=time.time_ns(), worker=0, pid=os.getpid()))

    def prepare(self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop) -> Crew:
        """Load the workload's modules, as the other engines' workers do."""
        if any(module not in sys.modules for module in warm_up.imports):
            self._emit(ev.PhaseBegan(t=time.time_ns(), name="modules"))
            warm_up()
            self._emit(ev.PhaseEnded(t=time.time_ns(), name="modules", detail=", ".join(warm_up.imports)))
        return Crew(1, [0])

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks in order."""
        main = threading.main_thread().ident or 0
        self._stop, stop.interrupt = stop, lambda: signal.pthread_kill(main, signal.SIGUSR1)
        streamed = len(tasks) <= STREAMED_AT_MOST
        for task in tasks:
            if stop.requested:
                yield ev.Cancelled(t=time.time_ns(), task=task.number)
                continue
            yield from self._run_one(task, stop, streamed)

    def _run_one(self, task: Task, stop: Stop, streamed: bool) -> Iterator[ev.AnyEvent]:
        number = task.number
        told = records if streamed else _last
        steps = told(task.function, task.args, (TaskInterrupted,))
        while True:
            try:
                stop.inside = True
                try:
                    # A request that came while we were outside found nobody to break into.
                    record = None if stop.requested else next(steps, None)
                finally:
                    stop.inside = False
            except TaskInterrupted:
                stop.inside, record = False, None  # it may have come before the line above
            if record is None:
                yield ev.Cancelled(t=time.time_ns(), task=number)
                return
            kind, *rest = record
            if kind == BEGAN:
                yield ev.Submitted(t=rest[0], task=number)
                yield ev.Started(t=rest[0], task=number, worker=0)
            elif kind == REPORTED:
                now, done, total, partial, stage = rest
                yield ev.Progressed(t=now, task=number, done=done, total=total, partial=partial, stage=stage)
            elif kind == RETURNED:
                start, end, cpu, result = rest
                if not streamed:
                    yield ev.Submitted(t=start, task=number)
                yield ev.Finished(t=end, task=number, worker=0, start=start, cpu_s=cpu, result=result)
                return
            else:
                start, end, _, error, message, trace = rest
                yield ev.Failed(
                    t=end, task=number, worker=0, start=start, error=error, message=message, traceback=trace
                )
                return

    def _break_in(self, number: int, frame: FrameType | None) -> None:
        if self._stop and self._stop.inside and self._stop.requested:
            raise TaskInterrupted

    def check(self) -> None:
        """A loop can't break while it is idle."""

    def close(self) -> None:
        """There is nothing to stop."""


def _last(
    function: Callable[..., Any], args: tuple[Any, ...], propagate: tuple[type[BaseException], ...]
) -> Iterator[Record]:
    """As `records`, but only the last one: of very many tasks, whose reports would take more time than they do."""
    yield last_record(function, args, propagate)
