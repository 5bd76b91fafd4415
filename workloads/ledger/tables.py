"""The parts of a lane's ledger beside its workers' rows: the table of tasks, the phases of the
start-up, the object store's usage.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import count as counting
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.columns import cells
from workloads.ledger.load import Load

T = TypeVar("T")

REF = np.dtype("V28")
"""An ObjectRef's id: 28 bytes."""

MAX_STAGES = 12

MAX_RETRIED = 1000
"""Tasks of which a table keeps the attempts that were lost."""

MAX_LOST = 256
"""Lost attempts of a task that are kept."""

MAX_BYTES = 1 << 62
"""More than any object has: a recording may hold any number."""

_stamps = counting()


class State(IntEnum):
    """The state of a task."""

    WAITING = 0
    SUBMITTED = 1
    RUNNING = 2
    FINISHED = 3
    FAILED = 4
    RETRYING = 5
    CANCELLED = 6


IN_FLIGHT = (State.SUBMITTED, State.RUNNING)
"""The states in which a task is with the engine."""

OVER = (State.FINISHED, State.FAILED)
"""The states in which a task counts in a comparison."""


@dataclass(slots=True)
class Phase:
    """A part of a lane's start-up; times in ns since the epoch, `end` None while it lasts.

    `done` of `total` of it are over, where it has parts that can be counted. `failed` is True where
    the lane failed in it.
    """

    name: str
    start: int
    end: int | None = None
    detail: str = ""
    done: int = 0
    total: int = 0
    failed: bool = False

    def seconds(self, now: int) -> float:
        """Seconds that it took, or has taken by `now` (ns since the epoch)."""
        end = self.end
        if end is None:
            end = now
        return max(0, end - self.start) / 1e9


def fail_phases(phases: Iterable[Phase], t: int) -> None:
    """End the phases that last at `t` (ns since the epoch): the lane failed in them."""
    for phase in phases:
        if phase.end is None:
            phase.end, phase.failed = max(t, phase.start), True


@dataclass(slots=True)
class StoreUsage:
    """The bytes that a lane's object store holds, and what was put there during the run: `puts`,
    their bytes and seconds, and the seconds that it took to load what was put.

    `peak` is the most that it held, `spilled` the most that lay on disk for lack of room; None
    where that isn't measured.
    """

    used: int = 0
    capacity: int = 0
    spilled: int | None = None
    peak: int = 0
    puts: int = 0
    put_bytes: int = 0
    put_s: float = 0.0
    load_s: float = 0.0


class Attempt(NamedTuple):
    """An attempt of a task: when it was submitted, started and ended, in seconds since the run's
    zero (NaN: not recorded, or not yet), on which worker (-1: on none), with which ObjectRef (hex),
    and why it was lost, if it was.
    """

    submitted: float = math.nan
    start: float = math.nan
    end: float = math.nan
    worker: int = -1
    ref: str = ""
    lost: str = ""


class TaskTable:
    """One row per task. Times in seconds since the run's zero, NaN until measured; `ref` is binary.

    `fetched` is when the lane had the result in hand, `result_bytes` are those that travelled there
    for it (0: none, or not measured), `in_store` is 1 where they lay in the object store.
    `load` is how many were in flight and running when. `marks` holds when each stage of a task
    ended, in seconds since the task's start, a column for each of `stages`. `lost` are the attempts
    that were lost, by task. `stamp` changes whenever a task ends, or starts again after it had
    ended; no tables share one.
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
        self.fetched = np.full(count, np.nan)
        self.cpu = np.zeros(count, np.float32)
        self.result_bytes = np.zeros(count, np.int64)
        self.in_store = np.zeros(count, np.uint8)
        self.ref = np.zeros(count, REF)
        self.lost: dict[int, list[Attempt]] = {}
        self.stages: list[str] = []
        self.marks = np.zeros((count, 0), np.float32)
        self.load = Load(count)
        self.stamp = next(_stamps)
        self._kept: dict[object, tuple[tuple[object, ...], Any]] = {}
        self._state, self._attempt, self._worker = cells(self.state, self.attempt, self.worker)
        self._fraction, self._cpu = cells(self.fraction, self.cpu)
        self._submitted, self._start, self._end = cells(self.submitted, self.start, self.end)
        self._fetched, self._result_bytes = cells(self.fetched, self.result_bytes)
        (self._ref,) = cells(self.ref.view(np.uint8))

    # -- what happens to a task, as the fold learns of it ---------------------------------------

    def submit(self, task: int, at: float) -> None:
        """The task was handed to the engine `at` seconds."""
        if self._state[task] in OVER:
            self.changed()
        self._state[task] = State.SUBMITTED
        self._submitted[task] = at
        self.load.submit(at)

    def refer(self, task: int, ref: bytes) -> None:
        """The task's result is the ObjectRef of that id; empty for none."""
        size = REF.itemsize
        self._ref[size * task : size * (task + 1)] = ref[:size].ljust(size, b"\0")

    def begin(self, task: int, start: float, worker: int, attempt: int) -> int:
        """A worker began the task; returns the state in which it was before."""
        before: int = self._state[task]
        if before in OVER:
            self.changed()
        if before not in IN_FLIGHT:
            self.load.submit(start)
        self._state[task] = State.RUNNING
        self._start[task], self._worker[task] = start, worker
        self._attempt[task], self._fraction[task] = attempt, 0
        if self.marks.shape[1]:
            self.marks[task] = np.nan
        return before

    def is_over(self, task: int) -> bool:
        """True if the task finished, failed or was cancelled."""
        return self._state[task] in (*OVER, State.CANCELLED)

    def report(self, task: int, share: float) -> None:
        """That share of the task is done, 0…1."""
        self._fraction[task] = share

    def finish(self, task: int, cpu_s: float, attempt: int) -> None:
        """The task, whose end is noted, returned; it used `cpu_s` seconds of CPU."""
        self._cpu[task], self._fraction[task], self._attempt[task] = cpu_s, 1, attempt
        self.load.spend(cpu_s)

    def fetch(self, task: int, at: float, result_bytes: int, in_store: bool) -> None:
        """The lane had what the task returned or raised in hand `at` seconds, of so many bytes."""
        self._fetched[task] = at
        self._result_bytes[task] = min(max(result_bytes, 0), MAX_BYTES)
        self.in_store[task] = in_store

    def end_attempt(self, task: int, worker: int, start: float, end: float, state: State) -> int:
        """An attempt of the task ended, on that worker (-1: on none); returns the state in which
        the task was before.
        """
        before: int = self._state[task]
        self._state[task] = state
        self._end[task] = end
        if worker >= 0:
            self._start[task], self._worker[task] = start, worker
            if before not in IN_FLIGHT:
                self.load.submit(start)
            self.load.run(start, end)
        elif before in IN_FLIGHT:
            self.load.drop(end)
        self.changed()
        return before

    def retry(self, task: int, attempt: int, reason: str) -> None:
        """The task, whose attempt has ended and was lost for that reason, waits to run again."""
        if len(self.lost) < MAX_RETRIED or task in self.lost:
            kept = self.lost.setdefault(task, [])
            kept[MAX_LOST:] = []
            kept.append(self.attempt_of(task)._replace(lost=reason))
        self._start[task] = self._end[task] = np.nan
        self._fraction[task], self._attempt[task] = 0, attempt

    def changed(self) -> None:
        """A task ended, or one that had ended didn't: nothing that was kept holds any longer."""
        self.stamp = next(_stamps)
        self._kept.clear()

    def kept(self, name: object, make: Callable[[], T], *on: object) -> T:
        """The result of `make`, which depends on the tasks that ended and on `on`; made again once
        they have changed.

        Frames ask for it: a scan of very many tasks takes longer than a frame may.
        """
        kept = self._kept.get(name)
        if kept is None or kept[0] != on:
            kept = self._kept[name] = on, make()
        result: T = kept[1]
        return result

    @property
    def failed(self) -> bytes:
        """The tasks that failed, one bit per task; empty if none did."""
        return self.kept("failed", self._failed)

    def _failed(self) -> bytes:
        failed = self.state == State.FAILED
        if not failed.any():
            return b""
        return np.packbits(failed).tobytes()

    def mark(self, task: int, stage: str, at: float) -> None:
        """A stage of the task ended `at` seconds; `marks` gets a column for each new stage."""
        if stage not in self.stages:
            if len(self.stages) == MAX_STAGES:
                return
            self.stages.append(stage)
        start = self._start[task]
        if not math.isfinite(start):
            return
        column = self.stages.index(stage)
        missing = column + 1 - self.marks.shape[1]
        if missing > 0:
            more = np.full((self.count, missing), np.nan, np.float32)
            self.marks = np.concatenate([self.marks, more], axis=1)
        self.marks[task, column] = at - start

    def stage_seconds(self) -> dict[str, float]:
        """Seconds that the finished tasks spent in each stage, in the stages' order; of those that
        reported.
        """
        spent = np.diff(self.marks[self.state == State.FINISHED], axis=1, prepend=0)
        spent[spent < 0] = np.nan  # stages in another order than that of the first task
        stages = self.stages[: spent.shape[1]]
        return {name: float(np.nansum(spent[:, i])) for i, name in enumerate(stages)}

    def stage_means(self) -> dict[str, float]:
        """Mean seconds of each stage over the finished tasks that reported any, in the stages'
        order; empty if none did.
        """
        reported = np.isfinite(self.marks[self.state == State.FINISHED]).any(axis=1)
        count = int(reported.sum())
        if not count:
            return {}
        return {name: spent / count for name, spent in self.stage_seconds().items()}

    def done_at(self, t: float) -> int:
        """The number of tasks that had finished `t` seconds into the run."""
        ends = self.kept("ends", lambda: np.sort(self.end[self.state == State.FINISHED]))
        return int(np.searchsorted(ends, t, side="right"))

    def attempt_of(self, task: int) -> Attempt:
        """The last attempt of a task."""
        start, worker = float(self.start[task]), int(self.worker[task])
        if not math.isfinite(start):  # of the attempt before
            worker = -1
        submitted, end = float(self.submitted[task]), float(self.end[task])
        return Attempt(submitted, start, end, worker, self.ref_hex(task))

    def attempts(self, task: int) -> list[Attempt]:
        """Each attempt of a task from the first to the last; an empty one for each that was lost
        and isn't kept.
        """
        lost, last = self.lost.get(task, []), self.attempt_of(task)
        if lost and last.submitted == lost[-1].submitted:  # it isn't submitted again yet
            last = last._replace(submitted=math.nan, ref="")
        missing = max(int(self.attempt[task]) - len(lost), 0)
        return [*[Attempt()] * missing, *lost, last]

    def ref_hex(self, task: int) -> str:
        """The task's ObjectRef id as Ray prints it, empty where the engine has none."""
        raw: bytes = self.ref[task].tobytes()
        if not any(raw):
            return ""
        return raw.hex()

    @property
    def durations(self) -> NDArray[np.float64]:
        """Seconds that each finished task ran; not to be written to."""

        def ran() -> NDArray[np.float64]:
            done = self.state == State.FINISHED
            seconds = np.asarray(self.end[done] - self.start[done])
            seconds.flags.writeable = False
            return seconds

        return self.kept("durations of the finished", ran)

    def seconds(self) -> NDArray[np.float64]:
        """Seconds that each task ran in its last attempt; 0 where it hasn't ended, or never ran."""
        ran = self.end - self.start
        ended = np.isin(self.state, OVER) & np.isfinite(ran)
        return np.where(ended, np.maximum(ran, 0), 0.0)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        own = (column for column in vars(self).values() if isinstance(column, np.ndarray))
        return sum(column.nbytes for column in own) + self.load.nbytes
