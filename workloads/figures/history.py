"""The history of a session: its races as measurements, by plan; a lane's times, median and spread.

A fold of events like the ledger, which keeps a few numbers per race. The Compare screen reads it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workloads.core import events as ev
from workloads.core.engine_info import baseline_of
from workloads.core.execution import Execution
from workloads.core.faults import Faults
from workloads.core.task import Value
from workloads.figures.speedup import speedup, why_incomparable
from workloads.ledger.bounds import MIN_WALL_S

QUARTILES_FROM = 5
"""Runs from which quartiles say more than the runs themselves."""


class Key(NamedTuple):
    """The plan that two races must have in common for their times to be compared: all but the seed.

    `workers` are the tasks that each lane runs at once (0: not recorded), in the lanes' order.
    """

    workload: str
    params: tuple[tuple[str, Value], ...]
    inputs: tuple[str, ...]
    schedule: str
    drain: str
    workers: tuple[tuple[str, int], ...]
    faults: Faults
    execution: Execution


@dataclass(frozen=True)
class LaneTimes:
    """The times of a lane's run in seconds; the numbers of the tasks that failed, of so many."""

    wall_s: float
    startup_s: float
    driver_cpu_s: float
    task_cpu_s: float
    failed: frozenset[int] = frozenset()
    tasks: int = 0


@dataclass(frozen=True)
class RaceTimes:
    """One race that was measured: the times of the lanes whose run got to an answer."""

    seed: int
    lanes: dict[str, LaneTimes]

    def speedup(self, lane: str, startup: bool = False) -> float | None:
        """The lane's speedup over serial in this same race, with `startup` of the times with
        start-up; None for serial itself, if either has no time, if other tasks failed or all did,
        or if a start-up that counts wasn't measured.
        """
        baseline = baseline_of(self.lanes)
        if baseline is None or lane not in self.lanes or lane == baseline:
            return None
        serial, other = self.lanes[baseline], self.lanes[lane]
        same_tasks = (serial.failed, serial.tasks) == (other.failed, other.tasks)
        if 0 < serial.tasks <= len(serial.failed):
            return None
        if why_incomparable(same_tasks, (serial.startup_s, other.startup_s), startup):
            return None
        if startup:
            return speedup(serial.wall_s + serial.startup_s, other.wall_s + other.startup_s)
        return speedup(serial.wall_s, other.wall_s)


@dataclass(frozen=True)
class Spread:
    """The spread of measurements; `quartiles` (the first and the third) from five of them on."""

    count: int
    median: float
    low: float
    high: float
    quartiles: tuple[float, float] | None = None


def spread(values: Sequence[float]) -> Spread | None:
    """The spread of these values; None of none."""
    if not values:
        return None
    first, median, third = np.percentile(values, (25, 50, 75)).tolist()
    quartiles = None
    if len(values) >= QUARTILES_FROM:
        quartiles = first, third
    return Spread(len(values), median, min(values), max(values), quartiles)


class History:
    """The races of a session that ended with a time. One that was cancelled is no run, but stays
    the current race: lanes that had finished have a time.
    """

    def __init__(self) -> None:
        self._runs: dict[Key, list[RaceTimes]] = {}
        self._opened: ev.RaceOpened | None = None
        self._open = self._anew = False
        self._workers: dict[str, int] = {}
        self._started: dict[str, tuple[int, int]] = {}
        self._failed: dict[str, set[int]] = {}
        self._lanes: dict[str, LaneTimes] = {}

    def apply(self, event: ev.AnyEvent) -> None:
        """Take one event, whatever it is about."""
        if isinstance(event, ev.RaceOpened):
            self._opened, self._open = event, True
            self._started, self._failed, self._lanes = {}, {}, {}
            if self._anew and self.key:  # a repeat counts its own runs only
                self._runs.pop(self.key, None)
            self._anew = False
        elif isinstance(event, ev.SweepOpened):
            self._anew = event.sweep == "runs" and not event.resumes
        elif isinstance(event, ev.RaceSuspended) or _is_hold(event):
            self._open = False  # its times include the seconds in which it stood still
        elif isinstance(event, ev.LaneReady):
            self._workers[event.lane] = event.workers
        elif isinstance(event, ev.RunStarted):
            self._workers[event.lane] = event.workers
            self._started[event.lane] = event.run, event.tasks
        elif isinstance(event, ev.Failed):
            self._failed.setdefault(event.lane, set()).add(event.task)
        elif isinstance(event, ev.RunEnded):
            self._on_run_ended(event)
        elif isinstance(event, ev.RaceEnded):
            self._on_race_ended(event)

    def _on_run_ended(self, event: ev.RunEnded) -> None:
        answered = event.status == "finished" or (
            event.status == "failed" and event.answer is not None
        )
        # A recording may hold any number.
        possible = math.isfinite(event.wall_s) and event.wall_s >= MIN_WALL_S
        run, tasks = self._started.get(event.lane, (None, 0))
        if self._open and answered and possible and run == event.run:
            self._lanes[event.lane] = LaneTimes(
                event.wall_s,
                max(event.startup_s, 0.0),
                event.driver_cpu_s,
                event.task_cpu_s,
                frozenset(self._failed.get(event.lane, ())),
                tasks,
            )

    def _on_race_ended(self, event: ev.RaceEnded) -> None:
        if event.status == "cancelled":
            return
        key, run = self.key, self.current
        if key and run and run.lanes:
            self._runs.setdefault(key, []).append(run)
        self._open = False

    # -- reading -----------------------------------------------------------------------------------

    @property
    def key(self) -> Key | None:
        """The key of the race that is running, or ran last; None before any.

        A lane that isn't ready yet is taken to run as many tasks at once as it did last.
        """
        opened = self._opened
        if opened is None:
            return None
        workers = tuple((name, self._workers.get(name, 0)) for name in opened.lanes)
        return Key(
            opened.workload,
            tuple(sorted(opened.params.items())),
            tuple(opened.inputs),
            opened.schedule,
            opened.drain,
            workers,
            opened.faults,
            opened.execution,
        )

    @property
    def current(self) -> RaceTimes | None:
        """The race that is running or was cancelled, with the lanes that finished; None if the last
        one is among the runs.
        """
        if self._opened is None or not self._open:
            return None
        return RaceTimes(self._opened.seed, self._lanes)

    def runs(self, key: Key | None) -> list[RaceTimes]:
        """The races of that kind that have ended, in the order they ran."""
        if key is None:
            return []
        return list(self._runs.get(key, ()))


def _is_hold(event: ev.AnyEvent) -> bool:
    """True if the submission of tasks was held by hand."""
    return isinstance(event, ev.Intervened) and event.action == "hold"


def walls(runs: Sequence[RaceTimes], lane: str, startup: bool = False) -> list[float]:
    """The lane's wall times in seconds over the runs that it finished; with `startup`, its start-up
    included.
    """
    measured = (run.lanes[lane] for run in runs if lane in run.lanes)
    return [times.wall_s + times.startup_s * startup for times in measured]


def speedups(runs: Sequence[RaceTimes], lane: str, startup: bool = False) -> list[float]:
    """The lane's speedup in each run in which serial finished too: interleaved runs share the
    machine's moods.
    """
    return [gained for run in runs if (gained := run.speedup(lane, startup)) is not None]
