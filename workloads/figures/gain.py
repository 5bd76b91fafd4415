"""A lane's speedup over serial, or why there is none; speedups that are more than the workers give.

The report, the scoreboard and the sweeps read it here, so that all say the same.
"""

from dataclasses import dataclass, replace
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads import catalog
from workloads.core.wording import lane_name, seconds, times
from workloads.figures import speedup
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.ledger.tables import State, TaskTable

UNKNOWN = "reason unknown"
UNFINISHED = "not every lane finished"
OTHER_COUNT = "its number of tasks differs from serial's"
NONE_FINISHED = "every task failed"
NO_ANSWER = "tasks failed, and there is no answer without them"

EXPLAINS = 0.5
"""The share of the seconds in question that a measured cause must explain to be named."""

WAITING = 0.02
"""Tasks that had a CPU for less than this share of their time wait; on a crowded machine computing
ones have little.
"""


@dataclass(frozen=True)
class RunTotals:
    """The totals of a lane's run by which it is compared, times in seconds.

    Of its `tasks`, `finished` is how many did and `failed` which ones failed, a bit each (empty:
    none). `taken` (the sum), `longest` and `cpu` are of the finished ones.
    """

    engine: str
    workers: int
    wall_s: float
    startup_s: float
    tasks: int
    finished: int
    failed: bytes
    taken: float
    longest: float
    cpu: float

    @classmethod
    def of(cls, lane: Lane) -> "RunTotals | None":
        """The run of a lane; None unless it got to an answer in a possible time."""
        wall = lane.wall_s
        if wall is None or not isfinite(wall) or wall <= 0:
            return None
        total = task_totals(lane)
        return cls(
            lane.engine,
            lane.workers,
            wall,
            lane.startup_s,
            lane.tasks.count,
            total.finished,
            lane.tasks.failed,
            total.taken,
            total.longest,
            total.cpu,
        )

    def times(self, work: float) -> "RunTotals":
        """As it is with so many times the tasks, one after the other."""
        if work == 1:
            return self
        return replace(
            self,
            wall_s=self.wall_s * work,
            taken=self.taken * work,
            cpu=self.cpu * work,
            tasks=round(self.tasks * work),
        )

    def seconds(self, startup: bool) -> float:
        """The wall time, with start-up if that counts."""
        return self.wall_s + self.startup_s * startup


class TaskTotals(NamedTuple):
    """The tasks that `finished`: their seconds (`taken`), the `longest`'s, those of `cpu` time."""

    finished: int
    taken: float
    longest: float
    cpu: float

    @classmethod
    def of(cls, tasks: TaskTable) -> "TaskTotals":
        """The totals of a table."""
        durations, cpu = tasks.durations, tasks.cpu[tasks.state == State.FINISHED]
        longest = float(durations.max(initial=0.0))
        return cls(
            len(durations), float(durations.sum()), longest, float(cpu.sum(dtype=np.float64))
        )


class Gain(NamedTuple):
    """A lane's `speedup` over serial on `workers` workers. `beyond` is the measured reason, or
    UNKNOWN, where that is more than these can give; empty where it isn't.
    """

    speedup: float
    workers: int
    beyond: str = ""

    @property
    def efficiency(self) -> float:
        """The share of the workers that the speedup makes use of."""
        return speedup.efficiency(self.speedup, self.workers)


def compare(serial: RunTotals, lane: RunTotals, startup: bool = False) -> Gain | str:
    """The speedup of a run over a serial one of the same work, with start-up if `startup`; or why
    there is none.
    """
    if serial.tasks != lane.tasks:
        return OTHER_COUNT
    same = serial.failed == lane.failed
    if same and serial.failed and not serial.finished:
        return NONE_FINISHED
    if why := speedup.why_incomparable(same, (serial.startup_s, lane.startup_s), startup):
        return why
    gained = speedup.speedup(serial.seconds(startup), lane.seconds(startup))
    missing = _missing(serial, lane, gained, startup)
    if missing > 0:
        return Gain(gained, lane.workers, _reason(serial, lane, missing))
    return Gain(gained, lane.workers)


def compared(race: Race, lane: Lane, startup: bool = False) -> Gain | str:
    """The speedup of a race's lane over its serial one; why there is none, empty if the lane isn't
    compared at all.
    """
    if race.serial is None or lane is race.serial:
        return ""
    if why := suspended(race):
        return why
    serial, other = RunTotals.of(race.serial), RunTotals.of(lane)
    if serial is not None and other is not None:
        return compare(serial, other, startup)
    if any(lacks_answer(each) for each in (race.serial, lane)):
        return NO_ANSWER
    return UNFINISHED


def lacks_answer(lane: Lane) -> bool:
    """True if the run is over, but has no answer as tasks of it failed."""
    over = lane.run_s is not None and lane.wall_s is None
    return over and lane.failed > 0 and lane.done + lane.failed == lane.tasks.count


def suspended(race: Race) -> str:
    """The reason why a race that was stopped, or whose submission was held, has no times to
    compare; empty if neither was.
    """
    if race.suspended_s:
        return f"the race was suspended for {seconds(race.suspended_s)}"
    held = [lane.interventions for lane in race.raced() if lane.interventions.ever_held]
    if not held:
        return ""
    if any(lane.held for lane in held):
        return "submission is held"
    return f"submission was held for {seconds(max(lane.held_s for lane in held))}"


def gain(race: Race, lane: Lane, startup: bool = False) -> Gain | None:
    """The speedup of a lane over serial; None if there is none."""
    outcome = compared(race, lane, startup)
    return outcome if isinstance(outcome, Gain) else None


def gains(race: Race, startup: bool = False) -> dict[str, Gain]:
    """The speedup of each lane that has one, in the race's order."""
    gained = {lane.name: gain(race, lane, startup) for lane in race.raced()}
    return {name: gain for name, gain in gained.items() if gain is not None}


def why_none(race: Race, lane: Lane, startup: bool = False) -> str:
    """The reason why a lane has no speedup; empty if it has one, or isn't compared at all."""
    outcome = compared(race, lane, startup)
    return outcome if isinstance(outcome, str) else ""


def without_speedup(race: Race, startup: bool = False) -> dict[str, str]:
    """Why each lane without a speedup over serial has none, in the race's order."""
    reasons = {lane.name: why_none(race, lane, startup) for lane in race.raced()}
    return {name: why for name, why in reasons.items() if why}


def apart(serial: Lane, lane: Lane) -> bool:
    """True if some task failed on one of two lanes, which may still be running, and finished on
    the other.
    """
    if serial.tasks.count != lane.tasks.count or not (serial.failed or lane.failed):
        return False
    one, other = serial.tasks, lane.tasks
    return other.kept("apart", lambda: _apart(one.state, other.state), one.stamp)


def _apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    failed = (one == State.FAILED) & (other == State.FINISHED)
    return bool(np.any(failed | ((one == State.FINISHED) & (other == State.FAILED))))


def karp_flatt(race: Race, gained: Gain) -> float | None:
    """The Karp–Flatt metric of a speedup (see speedup.karp_flatt), 0…1: overhead as if it were
    serial work. None where it means nothing: for one worker, outside of 1 ≤ S ≤ p, and where tasks
    wait instead of computing.
    """
    if not 1 <= gained.speedup <= gained.workers or not computes(race):
        return None
    return speedup.karp_flatt(gained.speedup, gained.workers)


def lower_bound(race: Race, lane: Lane) -> float | None:
    """The seconds that a lane's workers need at least for tasks as long as serial's, failed ones
    included; None unless all those times are measured, and where tasks were less than half of
    serial's run time: what such a race measures is overhead.
    """
    serial = race.serial
    # A recording may have lost some tasks.
    if serial is None or serial.done + serial.failed < serial.tasks.count or suspended(race):
        return None
    alone = serial.tasks.seconds()
    if float(alone.sum()) < EXPLAINS * (serial.run_s or 0.0):
        return None
    return speedup.lower_bound(alone, lane.workers)


def contended(race: Race) -> bool:
    """True if the lanes shared cores: as expected when the race opened, until their tasks show that
    they wait.
    """
    return race.opened is not None and race.opened.contended and computes(race)


def computes(race: Race) -> bool:
    """True if the tasks compute, as far as those that finished on any lane show."""
    if race.opened is None or catalog.waits(race.opened.workload):
        return False
    silent = True
    # What lanes that ended show is kept.
    for lane in sorted(race.raced(), key=lambda lane: lane.live):
        share = _computing(lane)
        if share is not None and share >= WAITING:
            return True
        silent = silent and share is None
    return silent


def crowded(race: Race, lane: Lane) -> bool:
    """True if the lane is on this machine and ran more tasks at once than that has cores."""
    return lane.name not in race.elsewhere and 0 < cores(race) < lane.workers


def cores(race: Race) -> int:
    """The physical cores of the machine that the race was opened on; 0 if they weren't recorded."""
    return _recorded(race, "physical_cpus")


def cpus(race: Race) -> int:
    """The logical CPUs of the machine that the race was opened on; 0 if they weren't recorded."""
    return _recorded(race, "logical_cpus")


def _recorded(race: Race, what: str) -> int:
    count = race.opened and race.opened.host.get(what)
    if not isinstance(count, int):
        return 0
    return max(count, 0)


def _computing(lane: Lane) -> float | None:
    """The share of the finished tasks' time in which they had a CPU; None if none finished."""
    total = task_totals(lane)
    if total.taken > 0:
        return total.cpu / total.taken
    return None


def task_totals(lane: Lane) -> TaskTotals:
    """The totals of the lane's finished tasks."""
    return lane.tasks.kept("spent", lambda: TaskTotals.of(lane.tasks))


def _missing(serial: RunTotals, lane: RunTotals, gained: float, startup: bool) -> float:
    """Seconds that the lane's workers can't account for; 0 where they can, or by no more than
    noise.
    """
    if speedup.beyond(gained, lane.workers):
        return serial.seconds(startup) - lane.workers * lane.seconds(startup)
    if startup:
        return 0.0
    least = max(serial.longest, serial.taken / lane.workers)
    if least > speedup.NOISE * lane.wall_s:
        return least - lane.wall_s
    return 0.0


def _reason(serial: RunTotals, lane: RunTotals, missing: float) -> str:
    """The measured cause that explains most of the missing seconds, as text; UNKNOWN if none
    explains enough.
    """
    other = lane_name(lane.engine)
    its = f"{other}'s"
    if other.endswith("s"):
        its = f"{other}'"
    between = serial.wall_s - serial.taken
    waited = (serial.taken - serial.cpu) - (lane.taken - lane.cpu)
    ratio = "more of the CPU time"
    if lane.cpu > 0:
        ratio = f"{times(serial.cpu / lane.cpu)} the CPU time"
    causes = [
        (between, f"serial spent {seconds(max(between, 0.0))} between tasks"),
        (serial.cpu - lane.cpu, f"serial's tasks used {ratio} of {its}"),
        (
            waited,
            f"serial's tasks waited {seconds(max(waited, 0.0))} longer than {its} "
            "without computing",
        ),
        (
            lane.taken - lane.workers * lane.wall_s,
            f"{other} ran more concurrent tasks than it has workers",
        ),
    ]
    cause, words = max(causes)
    if serial.taken > 0 and cause >= EXPLAINS * missing:
        return words
    return UNKNOWN
