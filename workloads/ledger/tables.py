"""What a lane's ledger keeps beside its workers' rows: the table of tasks, the start-up, the object
store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from itertools import count as counting
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

REF = np.dtype("V28")
"""An ObjectRef's id: 28 bytes."""

_stamps = counting()


class State(IntEnum):
    """Where a task stands."""

    WAITING = 0
    SUBMITTED = 1
    RUNNING = 2
    FINISHED = 3
    FAILED = 4
    RETRYING = 5
    CANCELLED = 6


OVER = (State.FINISHED, State.FAILED)
"""The states in which a task counts in a comparison."""


@dataclass(slots=True)
class Phase:
    """A part of a lane's start-up; times in ns since the epoch, `end` None while it lasts.

    `done` of `total` of it are over, where it has parts that can be counted.
    """

    name: str
    start: int
    end: int | None = None
    detail: str = ""
    done: int = 0
    total: int = 0

    def seconds(self, now: int) -> float:
        """How long it took, or has taken by `now`."""
        return max(0, (now if self.end is None else self.end) - self.start) / 1e9


@dataclass(slots=True)
class Store:
    """What a lane's object store holds, in bytes, and what it has taken in during the run, in
    seconds and bytes.

    `peak` is the most that it held, `spilled` the most that lay on disk for want of room, None
    where nobody can tell.
    """

    used: int = 0
    capacity: int = 0
    spilled: int | None = None
    peak: int = 0
    puts: int = 0
    put_bytes: int = 0
    put_s: float = 0.0
    load_s: float = 0.0


def cells(*columns: NDArray[Any]) -> "tuple[memoryview[Any], ...]":
    """The memory of the columns. Reading or writing a single cell of it takes half the time that it
    takes numpy.
    """
    return tuple(column.data for column in columns)


class TaskTable:
    """One row a task. Times in seconds since the run's zero, NaN where not known; `ref` is binary.

    `marks` holds when each stage of a task ended, in seconds since the task's start, a column a
    stage. `stamp` changes whenever a task ends, or begins again after it had ended; no tables share
    one.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.state = np.zeros(count, np.uint8)
        self.attempt = np.zeros(count, np.uint8)
        self.worker = np.full(count, -1, np.int16)
        self.fraction = np.zeros(count, np.float32)
        self.submitted = np.full(count, np.nan)
        self.start = np.full(count, np.nan)
        self.end = np.full(count, np.nan)
        self.cpu = np.zeros(count, np.float32)
        self.ref = np.zeros(count, REF)
        self.marks = np.zeros((count, 0), np.float32)
        self.stamp = next(_stamps)
        self._kept: dict[object, tuple[tuple[object, ...], Any]] = {}
        self._state, self._attempt, self._worker = cells(self.state, self.attempt, self.worker)
        self._fraction, self._cpu = cells(self.fraction, self.cpu)
        self._submitted, self._start, self._end = cells(self.submitted, self.start, self.end)
        (self._ref,) = cells(self.ref.view(np.uint8))

    # -- what happens to a task, as the fold learns of it ---------------------------------------

    def submit(self, task: int, at: float) -> None:
        """The task was handed to the engine `at` seconds."""
        if self._state[task] in OVER:
            self.changed()
        self._state[task] = State.SUBMITTED
        self._submitted[task] = at

    def refer(self, task: int, ref: bytes) -> None:
        """The task's result is the ObjectRef of that id; empty for none."""
        size = REF.itemsize
        self._ref[size * task : size * (task + 1)] = ref[:size].ljust(size, b"\0")

    def begin(self, task: int, start: float, worker: int, attempt: int) -> int:
        """A worker began the task; returns the state in which it was before."""
        before: int = self._state[task]
        if before in OVER:
            self.changed()
        self._state[task] = State.RUNNING
        self._start[task], self._worker[task] = start, worker
        self._attempt[task], self._fraction[task] = attempt, 0
        if self.marks.shape[1]:
            self.marks[task] = np.nan
        return before

    def report(self, task: int, share: float) -> None:
        """That share of the task is done, 0…1."""
        self._fraction[task] = share

    def finish(self, task: int, cpu_s: float, attempt: int) -> None:
        """The task, whose end is noted, returned; it used `cpu_s` seconds of CPU."""
        self._cpu[task], self._fraction[task], self._attempt[task] = cpu_s, 1, attempt

    def end_attempt(self, task: int, worker: int, start: float, end: float, state: State) -> int:
        """An attempt of the task ended, on that worker (-1: on none); returns the state in which
        the task was before.
        """
        before: int = self._state[task]
        self._state[task] = state
        self._end[task] = end
        if worker >= 0:
            self._start[task], self._worker[task] = start, worker
        self.changed()
        return before

    def retry(self, task: int, attempt: int) -> None:
        """The task, whose attempt has ended, waits to run again."""
        self._start[task] = self._end[task] = np.nan
        self._fraction[task], self._attempt[task] = 0, attempt

    def changed(self) -> None:
        """A task ended, or one that had ended didn't: nothing that was kept holds any longer."""
        self.stamp = next(_stamps)
        self._kept.clear()

    def kept(self, name: object, make: Callable[[], T], *on: object) -> T:
        """What `make` finds in the table's ended tasks and in `on`, made again once they have
        changed.

        For what frames ask for: a scan of very many tasks takes longer than a frame may.
        """
        known = self._kept.get(name)
        if known is None or known[0] != on:
            known = self._kept[name] = on, make()
        found: T = known[1]
        return found

    @property
    def failed(self) -> bytes:
        """The tasks that failed, a bit each; empty if none did."""
        return self.kept("failed", self._failed)

    def _failed(self) -> bytes:
        failed = self.state == State.FAILED
        return np.packbits(failed).tobytes() if failed.any() else b""

    def mark(self, task: int, stage: int, seconds: float) -> None:
        """The stage of that number ended; columns are made as stages become known."""
        if stage >= self.marks.shape[1]:
            more = np.full((self.count, stage + 1 - self.marks.shape[1]), np.nan, np.float32)
            self.marks = np.concatenate([self.marks, more], axis=1)
        self.marks[task, stage] = seconds

    def ref_hex(self, task: int) -> str:
        """The task's ObjectRef id as Ray prints it, empty where the engine has none."""
        raw = self.ref[task].tobytes()
        return raw.hex() if any(raw) else ""

    @property
    def durations(self) -> NDArray[np.float64]:
        """Seconds that each finished task ran."""
        done = self.state == State.FINISHED
        return np.asarray(self.end[done] - self.start[done])

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        return sum(
            column.nbytes for column in vars(self).values() if isinstance(column, np.ndarray)
        )
