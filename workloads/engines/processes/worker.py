"""A worker process of the processes engine: a small lane of its own, without a screen
or a Ray.

The main thread runs tasks. A second thread reads orders, so that the lane never waits to hand one
over, tasks behind a long one can be taken back, a cancel breaks into the task (by a signal to the
main thread, as in the serial lane), and the end of the pipe, however the lane ended, ends this
process at once.
"""

import contextlib
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, NamedTuple

from workloads.core.errors import TaskInterrupted, plain, shortage
from workloads.engines import Stop, streams
from workloads.engines.measure import (
    RAISED,
    RETURNED,
    Record,
    interrupted,
    records,
    trace,
    use_threads,
)
from workloads.engines.pool import GIVEN_BACK, TELL_EVERY_S
from workloads.machine import clock

READY, RECALLED = -1, -2
"""Stand in place of a task's number, first in a message: the worker is warm, or tells in a sentence
why it can't be; it gives back what it was asked to.
"""

PickledRecord = tuple[int, bytes]
"""A task's number and a pickled record of it. Messages to the lane are pickled lists of these."""


class Warm(NamedTuple):
    """The order to get ready: `payload` is the pickled WarmUp and the functions of the tasks to
    come.
    """

    threads: int
    payload: bytes


class Handful(NamedTuple):
    """The order to run tasks in turn: their numbers and their pickled function and arguments.

    Records of `brief` tasks travel together; without `streamed`, only each task's last record is
    told.
    """

    run: int
    streamed: bool
    brief: bool
    tasks: list[tuple[int, bytes]]


class Recall(NamedTuple):
    """The order to give back the tasks that are not begun, and to tell what is kept of
    the others.
    """


class CancelRun(NamedTuple):
    """The order to end what was ordered in that run."""

    run: int


class EndTask(NamedTuple):
    """The order to end one task of that run."""

    run: int
    number: int


Order = Warm | Handful | Recall | CancelRun | EndTask


class _Turn(NamedTuple):
    """A task's turn; `last` of its handful."""

    number: int
    payload: bytes
    order: Handful
    last: bool


Turns = queue.SimpleQueue[Warm | _Turn]


class _Teller:
    """Sends records to the lane, from both threads; keeps those of brief tasks for a while."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._kept: list[PickledRecord] = []
        self._at = 0.0

    def keep(self, record: PickledRecord) -> None:
        """Have it travel with what comes after it, unless the last message was long ago."""
        with self._lock:
            self._kept.append(record)
            if clock.perf_counter() - self._at > TELL_EVERY_S:
                self._send()

    def tell(self, record: PickledRecord) -> None:
        """Send what is kept, then this."""
        with self._lock:
            self._kept.append(record)
            self._send()

    def give_back(self, numbers: list[int]) -> None:
        """Send that these tasks are not begun, and what is kept."""
        back = pickle.dumps((GIVEN_BACK,))
        with self._lock:
            self._kept[:0] = [(RECALLED, b""), *((number, back) for number in numbers)]
            self._send()

    def _send(self) -> None:
        self._at = clock.perf_counter()
        self._pipe.send(self._kept)
        self._kept = []


def serve(pipe: "Connection[Any, Any]") -> None:
    """The process: carry out orders until the pipe ends."""
    turns, teller = Turns(), _Teller(pipe)
    turn: Warm | _Turn | None = None
    stop, main = Stop(), threading.get_ident()

    def break_in(number: int, frame: FrameType | None) -> None:
        if stop.inside and isinstance(turn, _Turn) and stop.ends(turn.number):
            raise TaskInterrupted

    def mark() -> str:
        """The number of the task, if it is the main thread that prints."""
        if isinstance(turn, _Turn) and threading.get_ident() == main:
            return str(turn.number)
        return ""

    signal.signal(signal.SIGUSR1, break_in)
    stop.interrupt = lambda: signal.pthread_kill(main, signal.SIGUSR1)
    streams.own(mark)
    try:
        threading.Thread(
            target=_read, args=(pipe, turns, teller, stop), daemon=True, name="orders"
        ).start()
    except RuntimeError as error:  # no thread is left
        teller.tell((READY, pickle.dumps(shortage(error) or str(error))))
        os._exit(1)
    try:
        while True:
            turn = turns.get()
            if isinstance(turn, Warm):
                teller.tell((READY, pickle.dumps(_warmed(turn))))
                streams.end_lines()
            else:
                _run(turn, turns, teller, stop)
    except OSError:  # the lane is gone
        os._exit(1)


def _read(pipe: "Connection[Any, Any]", turns: Turns, teller: _Teller, stop: Stop) -> None:
    try:
        while True:
            order = pipe.recv()
            if isinstance(order, CancelRun):
                stop.request(order.run)
            elif isinstance(order, EndTask):
                stop.cancel(order.run, order.number)
            elif isinstance(order, Recall):
                teller.give_back(_taken_back(turns))
            elif isinstance(order, Handful):
                for place, (number, payload) in enumerate(order.tasks, 1):
                    turns.put(_Turn(number, payload, order, place == len(order.tasks)))
            else:
                turns.put(order)
    finally:
        os._exit(0)


def _taken_back(turns: Turns) -> list[int]:
    """The tasks that are not begun, the last one first, as they are put in front again
    one by one.
    """
    taken: list[int] = []
    with contextlib.suppress(queue.Empty):
        while True:
            turn = turns.get_nowait()
            assert isinstance(turn, _Turn), "no worker is warmed while it has tasks"
            taken.append(turn.number)
    return taken[::-1]


def _warmed(order: Warm) -> str:
    """Get ready; returns why that can't be, or nothing."""
    use_threads(order.threads)
    try:
        warm_up, _ = pickle.loads(order.payload)
        warm_up()
        use_threads(order.threads)  # a module may have changed the environment
    except BaseException as error:
        traceback.print_exc()
        return f"{type(error).__name__}: {plain(error, 300)}"
    return ""


def _run(turn: _Turn, turns: Turns, teller: _Teller, stop: Stop) -> None:
    """Run one task and tell what happens."""
    stop.begin(turn.order.run)
    steps = _encoded(turn.payload, turn.order.streamed)
    over, number = False, turn.number
    while not over:
        step = _next(steps, stop, number)
        over, record = step or (True, pickle.dumps(interrupted(stop, number)))
        if not turn.order.brief or (over and (turn.last or turns.empty())):
            teller.tell((number, record))
        else:
            teller.keep((number, record))


def _next(
    steps: Iterator[tuple[bool, bytes]], stop: Stop, number: int
) -> tuple[bool, bytes] | None:
    """The next step of a task; None if it was broken into, or the request came while nobody was
    inside.
    """
    try:
        stop.inside = True
        try:
            return None if stop.ends(number) else next(steps)
        finally:
            stop.inside = False
    except TaskInterrupted:
        stop.inside = (
            False  # it can come between the step's end and the line that should have kept it off
        )
        return None


def _encoded(payload: bytes, streamed: bool) -> Iterator[tuple[bool, bytes]]:
    """Run one task: its records pickled, the last one marked; whatever can't be pickled fails it.

    All that may call the workload's own code (unpickling, running, pickling) happens in here, where
    a cancel can break in.
    """
    now = clock.now()
    try:
        function, args = pickle.loads(payload)
    except TaskInterrupted:
        raise
    except BaseException as error:
        yield True, _failure("the task can't be unpickled in a worker", error, now, now, 0.0)
        return
    for record in records(function, args, (TaskInterrupted,)):
        over = record[0] >= RETURNED
        if not (over or streamed):
            continue
        try:
            data = pickle.dumps(record, pickle.HIGHEST_PROTOCOL)
        except TaskInterrupted:
            raise
        except BaseException as error:
            what, times = "what the task reports can't be pickled", (now, record[1], 0.0)
            if over:
                what, times = "the result can't be pickled", record[1:4]
            yield True, _failure(what, error, *times)
            return
        yield over, data


def _failure(what: str, error: BaseException, start: int, end: int, cpu_s: float) -> bytes:
    message = f"{what}: {plain(error, 500)}"
    record: Record = (RAISED, start, end, cpu_s, type(error).__name__, message, trace(error))
    return pickle.dumps(record)
