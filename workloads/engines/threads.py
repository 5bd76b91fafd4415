"""Tasks in the threads of a ThreadPoolExecutor in the lane's own process: they share its
interpreter lock. How a cancel breaks into a task is in `thread_slot`.
"""

import contextlib
import math
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import thread as pool_threads
from functools import partial
from os import getpid, register_at_fork
from typing import Any

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
from workloads.engines.actors import PlainObjects, actors_of
from workloads.engines.driver_log import DriverLog
from workloads.engines.measure import (
    RETURNED,
    Fetched,
    Record,
    by_hand,
    interrupted,
    last_record,
    record_to_event,
    records,
)
from workloads.engines.pool import LATE_S, TELL_EVERY_S, Handfuls, pool_size
from workloads.engines.thread_slot import ThreadSlot
from workloads.machine import clock

TaskRecord = tuple[int, int, Record]
"""A task's number, the number of its worker, and a record of it."""

Inbox = queue.SimpleQueue["tuple[Hand, list[TaskRecord], bool] | None"]
"""Messages to the main thread: from which hand, its records, whether it is empty now. None only
wakes it.
"""


class Hand:
    """A handful of tasks that one thread runs in turn. What it tells is kept for a while if the
    tasks are `brief`. Calls of an `actor` go to its thread, one hand with all of them.
    """

    actor = ""

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
                self.stop.wait_while_held()
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


class ThreadsRun:
    """One run: which tasks wait, and which hands the threads have. Used by the main thread only."""

    def __init__(
        self, tasks: Sequence[Task], handfuls: Handfuls, threads: int, stop: Stop, inbox: Inbox
    ) -> None:
        self._stop, self._inbox = stop, inbox
        self._streamed = len(tasks) <= STREAMED_AT_MOST
        self._handfuls, self._max_hands = handfuls, 2 * threads + 2
        self._waiting = deque(task for task in tasks if task.actor is None)
        self._calls = [task for task in tasks if task.actor is not None]
        self._given_back, self._dropped = set[int](), set[int]()
        self._hands = set[Hand]()
        self._looked = clock.perf_counter()
        self._driver = DriverLog()

    def drive(self, submit: Callable[[Hand], object]) -> Iterator[ev.AnyEvent]:
        """Have all tasks run by threads, to which `submit` hands them."""
        yield from self._queue_calls(submit)
        while self._waiting or self._hands:
            if self._stop.requested:
                for task in self._waiting:
                    yield ev.Cancelled(t=clock.now(), task=task.number)
                self._waiting.clear()
            yield from self._drop_cancelled()
            while self._waiting and len(self._hands) < self._max_hands and not self._stop.held:
                yield from self._driver.enter("submitting")
                yield from self._hand_out(submit)
            if self._hands or self._waiting:
                yield from self._driver.enter("waiting", len(self._hands))
                yield from self._listen()
        yield from self._driver.end()

    def _queue_calls(self, submit: Callable[[Hand], object]) -> Iterator[ev.AnyEvent]:
        """Hand each actor's thread all calls of the actor."""
        for actor in actors_of(self._calls):
            calls = [task for task in self._calls if task.actor == actor]
            hand = Hand(calls, self._streamed, False, self._stop, self._inbox)
            hand.actor = actor.name
            for task in calls:
                yield ev.Submitted(t=clock.now(), task=task.number)
            self._hands.add(hand)
            self._max_hands += 1
            submit(hand)

    def _drop_cancelled(self) -> Iterator[ev.AnyEvent]:
        """End the tasks that wait and were cancelled since the last look."""
        asked = self._stop.cancelled - self._dropped
        if not asked:
            return
        self._dropped |= asked
        for task in [task for task in self._waiting if task.number in asked]:
            self._waiting.remove(task)
            yield by_hand(task.number)

    def _hand_out(self, submit: Callable[[Hand], object]) -> Iterator[ev.AnyEvent]:
        count = self._handfuls.handful(len(self._waiting))
        handful = [self._waiting.popleft() for _ in range(count)]
        for task in handful:
            if task.number not in self._given_back:
                yield ev.Submitted(t=clock.now(), task=task.number)
        hand = Hand(handful, self._streamed, self._handfuls.brief, self._stop, self._inbox)
        self._hands.add(hand)
        submit(hand)

    def _listen(self) -> Iterator[ev.AnyEvent]:
        """Wait for the next records of a hand; take back tasks that wait behind a long one."""
        message, within_s = None, None
        if any(hand.brief for hand in self._hands):
            within_s = LATE_S
        with contextlib.suppress(queue.Empty):
            message = self._inbox.get(timeout=within_s)
        if clock.perf_counter() - self._looked > LATE_S:
            self._take_back()
        if message is None:
            return
        hand, task_records, over = message
        if over:
            self._hands.discard(hand)
        fetched = Fetched(clock.now())
        for number, worker, record in task_records:
            if record[0] == RETURNED:
                self._handfuls.note((record[2] - record[1]) / 1e9)
            yield record_to_event(number, worker, 0, record, fetched)

    def _take_back(self) -> None:
        self._looked = clock.perf_counter()
        if self._handfuls.fixed:
            return
        for hand in self._hands:
            if hand.brief:
                for task in hand.take_back():
                    self._given_back.add(task.number)
                    self._waiting.appendleft(task)


class Threads:
    """Runs tasks in a pool of threads, kept between runs while its size stays."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._emit: Emit = lambda event: None
        self._executor: ThreadPoolExecutor | None = None
        self._slots: list[ThreadSlot] = []
        self._homes: dict[str, ThreadPoolExecutor] = {}
        self._objects = PlainObjects()
        self._joined, self._batch = 0, 1
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
        self._batch = demand.execution.batch
        load_here(warm_up, self._emit)
        self._emit(ev.PhaseBegan(t=clock.now(), name="workers"))
        homes = [actor.name for actor in actors_of(tasks)]
        self._resize(min(size, max(1, len(tasks))), homes)
        numbers = list(range(len(self._slots)))
        self._emit(ev.PhaseEnded(t=clock.now(), name="workers", detail=f"{len(numbers)} warm"))
        return ReadyWorkers(size + len(homes), numbers)

    def _resize(self, size: int, homes: list[str]) -> None:
        """Have a pool of `size` threads, and one thread beside it for each actor."""
        count = size + len(homes)
        if len(self._slots) == count and list(self._homes) == homes:
            return
        self.close()
        self._slots = []
        self._executor = ThreadPoolExecutor(size, "worker")
        self._homes = {name: ThreadPoolExecutor(1, "actor") for name in homes}
        together = threading.Barrier(count)  # so that each thread gets one slot
        try:
            started = [
                executor.submit(self._start_slot, number, together)
                for number, executor in enumerate([*[self._executor] * size, *self._homes.values()])
            ]
        except RuntimeError as error:  # no thread is left
            together.abort()
            raise EngineFailed(
                f"Not all {count} threads can be started: {shortage(error) or error}."
            ) from error
        for future in started:
            future.result()
        self._slots.sort(key=lambda slot: slot.number)
        for number in range(self._joined, count):
            self._emit(ev.WorkerJoined(t=clock.now(), worker=number, pid=getpid()))
        self._joined = max(self._joined, count)

    def _start_slot(self, number: int, together: threading.Barrier) -> None:
        self._local.slot = ThreadSlot(number)
        running.here.attach(number)
        self._slots.append(self._local.slot)
        together.wait()

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks over a window of a few handfuls a thread; the threads take them from one
        queue.
        """
        assert self._executor is not None, "run comes after prepare"
        inbox, slots, pool, homes = Inbox(), self._slots, self._executor, self._homes
        self._objects = PlainObjects()

        def interrupt() -> None:
            for slot in slots:
                if stop.requested:
                    slot.ask()
                for task in stop.cancelled:
                    slot.ask(task)
            inbox.put(None)

        stop.interrupt = interrupt
        threads = len(slots) - len(homes)
        run = ThreadsRun(tasks, Handfuls(threads, self._batch), threads, stop, inbox)
        return run.drive(lambda hand: homes.get(hand.actor, pool).submit(self._work, hand))

    def _work(self, hand: Hand) -> None:
        """In a thread: run the hand's tasks one after the other."""
        slot: ThreadSlot = self._local.slot
        try:
            for task in hand.turns():
                running.here.enter(slot.number, task.number)
                function = self._objects.function_of(task)
                for record in _records(task, function, hand, slot):
                    hand.tell((task.number, slot.number, record))
                running.here.leave(slot.number)
        finally:
            hand.end()

    def check(self) -> None:
        """Threads can't break while they are idle."""

    def close(self) -> None:
        """End the threads as soon as they are done with their tasks."""
        for executor in filter(None, (self._executor, *self._homes.values())):
            executor.shutdown(wait=False, cancel_futures=True)


def _records(
    task: Task, function: Callable[..., Any], hand: Hand, slot: ThreadSlot
) -> Iterator[Record]:
    """The task's records, only the last one if it isn't streamed."""
    stop = hand.stop
    step: Callable[[], Record | None]
    step = partial(last_record, function, task.args, (TaskInterrupted,))
    if hand.streamed:
        step = partial(next, records(function, task.args, (TaskInterrupted,)), None)
    while True:
        record: Record = slot.call(stop, step, task.number) or interrupted(stop, task.number)
        yield record
        if record[0] >= RETURNED:
            return
