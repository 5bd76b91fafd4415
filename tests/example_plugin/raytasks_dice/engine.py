"""The engine `futures`: tasks in a ProcessPoolExecutor, each reported when it has ended."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from workloads import (
    BadInput,
    Demand,
    Emit,
    EngineFailed,
    EngineOptions,
    ReadyWorkers,
    Record,
    Stop,
    Task,
    WarmUp,
    events,
    last_record,
    record_to_event,
)

CHECK_STOP_EVERY_S = 0.1


def run_task(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[int, Record]:
    """Runs in a worker process: call a task; returns the process id and the task's last record."""
    return os.getpid(), last_record(function, args)


class Futures:
    """Runs tasks in a pool of processes that is made anew for each race."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._emit: Emit = lambda event: None
        self._pool: ProcessPoolExecutor | None = None
        self._workers: dict[int, int] = {}

    def open(self, emit: Emit) -> None:
        """There is nothing to start before the number of workers is known."""
        self._emit = emit

    def prepare(
        self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        """Start the pool, and have each worker load what the tasks need."""
        if any(demand.resources.values()):
            raise BadInput("The lane futures has CPUs only: race without other resources.")
        self.close()
        size = demand.workers or self._options.cpus or os.cpu_count() or 1
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(size, spawn, initializer=warm_up)
        ready = [self._pool.submit(run_task, time.sleep, (0.1,)) for _ in range(size)]
        try:
            numbers = {self._number(future.result()[0]) for future in ready}
        except BrokenProcessPool as error:
            raise EngineFailed("A worker process can't load the tasks' code.") from error
        return ReadyWorkers(size, sorted(numbers))

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[events.AnyEvent]:
        """Hand all tasks to the pool, and report each when it has ended."""
        assert self._pool is not None
        numbers: dict[Future[tuple[int, Record]], int] = {}
        for task in tasks:
            numbers[self._pool.submit(run_task, task.function, task.args)] = task.number
            yield events.Submitted(t=time.time_ns(), task=task.number)
        pending = set(numbers)
        while pending:
            ended, pending = wait(pending, CHECK_STOP_EVERY_S, FIRST_COMPLETED)
            for future in ended:
                try:
                    pid, record = future.result()
                except BrokenProcessPool as error:
                    raise EngineFailed("A worker process ended within a task.") from error
                yield record_to_event(numbers[future], self._number(pid), 0, record)
            if stop.requested:
                self.close()
                for future in pending:
                    yield events.Cancelled(t=time.time_ns(), task=numbers[future])
                return

    def check(self) -> None:
        """An idle pool can't break."""

    def close(self) -> None:
        """End the workers, and what they run."""
        if self._pool is None:
            return
        for process in list((self._pool._processes or {}).values()):
            process.terminate()
        self._pool.shutdown(cancel_futures=True)
        self._pool = None

    def _number(self, pid: int) -> int:
        """The number of the worker with that process id; a new one is reported."""
        if pid not in self._workers:
            self._workers[pid] = len(self._workers)
            joined = events.WorkerJoined(t=time.time_ns(), worker=self._workers[pid], pid=pid)
            self._emit(joined)
        return self._workers[pid]
