"""Tasks in the threads of a ThreadPoolExecutor in the lane's own process: they share its
interpreter lock.

A cancel must break into a task that never reports, such as a plain function in a loop. A signal
reaches only the main thread; another one is reached by PyThreadState_SetAsyncExc, which has the
interpreter raise an exception in that thread at one of its next bytecodes, wherever it is by then.
So that it never hits our own code unprepared, and that none is left over:

* A thread is asked only while `_inside` says that it runs a task's code, and only ASKS times until
  it has left. The second time reaches a task that caught the first exception.
* Leaving ends `_inside`, waits for whoever is asking at that moment, and then runs a loop: where a
  loop goes round, the interpreter raises a pending exception. It must not be taken back instead:
  until the next one is raised, CPython 3.11 and 3.12 would keep every thread of the process on the
  slow path, and 3.11 would never get on where a trace function is set.
* An exception can come at any moment before the end of that loop, also while the thread is leaving.
  Leaving holds no lock that could stay locked, and is tried once more than there can be exceptions.
* No cancel is missed: the run's stop is requested before threads are asked, and a thread looks for
  the request after it has set `_inside`.

A call into C that never returns can't be broken into; the coordinator then kills the lane.
"""

import contextlib
import ctypes
import math
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import thread as pool_threads
from functools import partial
from os import getpid, register_at_fork
from typing import TypeVar

from workloads.core import events as ev
from workloads.core.errors import EngineFailed, TaskInterrupted, shortage
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
from workloads.engines.measure import (
    RETURNED,
    Record,
    interrupted,
    last_record,
    record_to_event,
    records,
)
from workloads.engines.pool import LATE_S, TELL_EVERY_S, Handfuls, pool_size
from workloads.machine import clock

T = TypeVar("T")

ASKS = 2
"""How often a task is broken into until it ends, one less than `ThreadSlot.call` tries to leave
it.
"""

TaskRecord = tuple[int, int, Record]
"""A task's number, the number of its worker, and a record of it."""

Inbox = queue.SimpleQueue["tuple[Hand, list[TaskRecord], bool] | None"]
"""What the main thread hears: from which hand, its records, whether it is empty now. None only
wakes it.
"""


class Hand:
    """A handful of tasks that one thread runs in turn. What it tells is kept for a while if the
    tasks are `brief`.
    """

    def __init__(
        self, tasks: list[Task], streamed: bool, brief: bool, stop: Stop, inbox: Inbox
    ) -> None:
        self.streamed, self.brief, self.stop = streamed, brief, stop
        self._tasks, self._inbox = deque(tasks), inbox
        self._lock = threading.Lock()
        self._kept: list[TaskRecord] = []
        self._at = math.inf

    def turns(self) -> Iterator[Task]:
        """The tasks one after the other, until none is left or the rest was taken back."""
        self._at = clock.perf_counter()
        with contextlib.suppress(IndexError):
            while True:
                yield self._tasks.popleft()

    def tell(self, record: TaskRecord) -> None:
        """Send a record to the main thread, soon."""
        with self._lock:
            self._kept.append(record)
            if not self.brief or clock.perf_counter() - self._at > TELL_EVERY_S:
                self._send()

    def end(self) -> None:
        """Send what is left: the hand is empty."""
        with self._lock:
            self._send(over=True)

    def take_back(self) -> list[Task]:
        """The tasks that aren't begun, if the one that is keeps them waiting for long; called in
        the main thread.
        """
        if clock.perf_counter() - self._at < LATE_S:
            return []
        with self._lock:
            if self._kept:
                self._send()
        back: list[Task] = []
        with contextlib.suppress(IndexError):
            while True:
                back.append(self._tasks.pop())
        return back

    def _send(self, over: bool = False) -> None:
        self._inbox.put((self, self._kept, over))
        self._kept, self._at = [], clock.perf_counter()


class ThreadSlot:
    """A thread's place: where a cancel may break into the task that it runs. See the module's
    words.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._thread = ctypes.c_ulong(threading.get_ident())
        self._inside = False
        self._asking = set[object]()
        self._permits = deque[None](maxlen=ASKS)

    def call(self, stop: Stop, step: Callable[[], T]) -> T | None:
        """What `step()` returns, called in the slot's thread; None if the run was cancelled before
        or in it.
        """
        done = None
        try:
            try:
                try:
                    self._permits.extend([None] * ASKS)
                    self._inside = True
                    if not stop.requested:
                        done = step()
                finally:
                    self._leave()
            except TaskInterrupted:
                self._leave()
        except TaskInterrupted:
            self._leave()
        return done

    def ask(self) -> None:
        """Break into the task, if there is one; called from other threads and from signal
        handlers.
        """
        caller = object()
        self._asking.add(caller)
        try:
            if self._inside:
                self._permits.pop()
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    self._thread, ctypes.py_object(TaskInterrupted)
                )
        except IndexError:  # asked often enough
            return
        finally:
            self._asking.discard(caller)

    def _leave(self) -> None:
        """Raises TaskInterrupted if it was asked for and hasn't come yet; after that none
        can come.
        """
        self._inside = False
        while self._asking:
            clock.sleep(0)
        if len(self._permits) < ASKS:
            for _ in range(2):
                pass


class Threads:
    """Runs tasks in a pool of threads, kept between runs while its size stays."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._emit: Emit = lambda event: None
        self._executor: ThreadPoolExecutor | None = None
        self._slots: list[ThreadSlot] = []
        self._joined = 0
        self._local = threading.local()

    def open(self, emit: Emit) -> None:
        """There is nothing to start before the number of threads is known."""
        self._emit = emit
        # A process that a task forks has only that task's thread: at its end, Python would have it
        # wait for itself, and make 1 of its exit status.
        register_at_fork(after_in_child=pool_threads._threads_queues.clear)  # type: ignore[attr-defined]

    def prepare(
        self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        """Load the workload's modules, once for all threads, and have the threads wait for work."""
        size = pool_size(demand, self._options)
        load_here(warm_up, self._emit)
        self._emit(ev.PhaseBegan(t=clock.now(), name="workers"))
        self._resize(min(size, max(1, len(tasks))))
        numbers = list(range(len(self._slots)))
        self._emit(ev.PhaseEnded(t=clock.now(), name="workers", detail=f"{len(numbers)} warm"))
        return ReadyWorkers(size, numbers)

    def _resize(self, count: int) -> None:
        if len(self._slots) == count:
            return
        self.close()
        self._slots = []
        self._executor = ThreadPoolExecutor(count, "worker")
        together = threading.Barrier(count)  # so that each thread sits down once
        try:
            seated = [
                self._executor.submit(self._sit_down, number, together) for number in range(count)
            ]
        except RuntimeError as error:  # no thread is left
            together.abort()
            raise EngineFailed(
                f"Not all {count} threads can be started: {shortage(error) or error}."
            ) from error
        for sitting in seated:
            sitting.result()
        self._slots.sort(key=lambda slot: slot.number)
        for number in range(self._joined, count):
            self._emit(ev.WorkerJoined(t=clock.now(), worker=number, pid=getpid()))
        self._joined = max(self._joined, count)

    def _sit_down(self, number: int, together: threading.Barrier) -> None:
        self._local.slot = ThreadSlot(number)
        self._slots.append(self._local.slot)
        together.wait()

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks over a window of a few handfuls a thread; the threads take them from one
        queue.
        """
        assert self._executor is not None, "run comes after prepare"
        inbox, slots = Inbox(), self._slots

        def interrupt() -> None:
            if stop.requested:
                for slot in slots:
                    slot.ask()
            inbox.put(None)

        stop.interrupt = interrupt
        handfuls = Handfuls(len(slots))
        streamed = len(tasks) <= STREAMED_AT_MOST
        waiting, given_back = deque(tasks), set[int]()
        hands = set[Hand]()
        looked = clock.perf_counter()
        while waiting or hands:
            if stop.requested:
                for task in waiting:
                    yield ev.Cancelled(t=clock.now(), task=task.number)
                waiting.clear()
            while waiting and len(hands) < 2 * len(slots) + 2:
                handful = [waiting.popleft() for _ in range(handfuls.handful(len(waiting)))]
                for task in handful:
                    if task.number not in given_back:
                        yield ev.Submitted(t=clock.now(), task=task.number)
                hand = Hand(handful, streamed, handfuls.brief, stop, inbox)
                hands.add(hand)
                self._executor.submit(self._work, hand)
            if not hands:
                continue
            heard = None
            with contextlib.suppress(queue.Empty):
                heard = inbox.get(timeout=LATE_S if any(hand.brief for hand in hands) else None)
            if clock.perf_counter() - looked > LATE_S:
                looked = clock.perf_counter()
                for late in [task for hand in hands if hand.brief for task in hand.take_back()]:
                    given_back.add(late.number)
                    waiting.appendleft(late)
            if heard is None:
                continue
            hand, heard_of, over = heard
            if over:
                hands.discard(hand)
            for number, worker, record in heard_of:
                if record[0] == RETURNED:
                    handfuls.note((record[2] - record[1]) / 1e9)
                yield record_to_event(number, worker, 0, record)

    def _work(self, hand: Hand) -> None:
        """In a thread: run the hand's tasks one after the other."""
        slot: ThreadSlot = self._local.slot
        try:
            for task in hand.turns():
                running.here.enter(slot.number, task.number)
                for record in _records(task, hand.streamed, slot, hand.stop):
                    hand.tell((task.number, slot.number, record))
                running.here.leave(slot.number)
        finally:
            hand.end()

    def check(self) -> None:
        """Threads can't break while they are idle."""

    def close(self) -> None:
        """End the threads as soon as they are done with their tasks."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)


def _records(task: Task, streamed: bool, slot: ThreadSlot, stop: Stop) -> Iterator[Record]:
    """The task's records, only the last one if it isn't streamed."""
    whole = partial(last_record, task.function, task.args, (TaskInterrupted,))
    step = (
        partial(next, records(task.function, task.args, (TaskInterrupted,)), None)
        if streamed
        else whole
    )
    while True:
        record: Record = slot.call(stop, step) or interrupted(stop.requested)
        yield record
        if record[0] >= RETURNED:
            return
