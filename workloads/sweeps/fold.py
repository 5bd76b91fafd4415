"""The fold of a sweep's events: the points measured, and the cost of a no-op task on each lane.

`fits` and `break_even` draw conclusions from it, `report` and `verdict` write them down.
"""

from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

import msgspec

from workloads import catalog
from workloads.builtin.noop import NOOP
from workloads.comparison.answers import agreement
from workloads.core import events as ev
from workloads.core.engine_info import baseline_of, compared_lanes
from workloads.core.errors import plain
from workloads.figures.errors import error
from workloads.figures.gain import Gain, RunTotals, compare, compared, computes, cores, crowded
from workloads.figures.history import Spread, spread
from workloads.figures.reliability import reliable, unreliable_reason
from workloads.figures.speedup import speedup
from workloads.figures.verdict import title
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.sweeps.calibration import counts
from workloads.sweeps.kinds import BY_WORKERS, MAX_POINTS, MAX_REPEATS, POINT_KEYS
from workloads.sweeps.points import SweepPoint as SweepPoint
from workloads.sweeps.points import merged

CLEAR = 1.1
"""A speedup of no more than this is no clear one: two runs of the same race differ by as much."""


class Overhead(NamedTuple):
    """The cost in `seconds` of a task on a lane with so many `workers`, whatever it does: the
    median of the `runs` that counted.
    """

    seconds: float
    workers: int
    runs: int


@dataclass(frozen=True)
class _Base:
    """Serial's run at the first value of a sweep over workers, in recordings of versions that raced
    it there only.
    """

    lane: str
    value: int
    run: RunTotals
    answer: Any


class SweepFold:
    """The points measured so far, in the order they were; `at` is the value that is raced, if any
    is, `since` when that began (ns since the epoch). `took_s` are the seconds that each value took,
    with all that passed between its lanes' runs.

    A `race` that is given takes each event before this does: a session has one ledger. Without it
    the fold keeps a ledger of its own.
    """

    def __init__(self, race: Race | None = None) -> None:
        self.opened: ev.SweepOpened | None = None
        self.ended: ev.SweepEnded | None = None
        self._race = race or Race()
        self._folds_race = race is None
        self._begin()

    def _begin(self) -> None:
        self.points: list[SweepPoint] = []
        self.overheads: dict[str, Overhead] = {}
        self.at: int | None = None
        self.since = 0
        self.took_s: dict[int, float] = {}
        self._costs: dict[str, list[float]] = {}
        self._races: dict[int, list[SweepPoint]] = {}
        self._base: _Base | None = None

    @property
    def running(self) -> bool:
        """True if a sweep was opened and hasn't ended."""
        return self.opened is not None and self.ended is None

    def repeats(self, race: ev.RaceOpened | None) -> bool:
        """True if the race is a run of this sweep, which is over and repeats one race."""
        return self.opened is not None and self.opened.sweep == "runs" and self.holds(race)

    def holds(self, race: ev.RaceOpened | None) -> bool:
        """True if the race is one of this sweep, which is over."""
        if race is None or self.opened is None or self.ended is None:
            return False
        return self.opened.t <= race.t <= self.ended.t

    @property
    def calibrating(self) -> bool:
        """True while no-op tasks are raced, and when the last of these races has just ended."""
        return self.running and self.at is None and self._noop()

    @property
    def elsewhere(self) -> list[str]:
        """The lanes whose tasks run on other machines."""
        return self._race.elsewhere

    @property
    def compared_lanes(self) -> list[str]:
        """The lanes that are compared with serial, in their order."""
        if self.opened is None:
            return []
        return compared_lanes(self.opened.lanes)

    @property
    def rounds(self) -> int:
        """The number of races at each value."""
        if self.opened is None:
            return 1
        return min(max(self.opened.repeats, 1), MAX_REPEATS)

    @property
    def races(self) -> dict[int, int]:
        """The number of races done at each value in which every lane got to an answer."""
        return {value: sum(race.whole for race in races) for value, races in self._races.items()}

    def measured(self) -> set[int]:
        """The values at which every lane got to an answer, in each of the races there."""
        return {value for value, count in self.races.items() if count >= self.rounds}

    def apply(self, event: ev.AnyEvent) -> None:
        """Take one event of the sweep or of a race in it; values that no sweep has (a recording may
        hold any JSON) are left out.
        """
        if isinstance(event, ev.SweepOpened):
            values = [value for value in event.values[:MAX_POINTS] if abs(value) < 1 << 53]
            kept = event.resumes and self.opened is not None and same(self.opened, event)
            self.opened = msgspec.structs.replace(event, values=values)
            self.ended = self.at = None
            if not kept:
                self._begin()
            self.points = [point for point in self.points if point.value in values]
            self._races = {value: its for value, its in self._races.items() if value in values}
        elif isinstance(event, ev.SweepAt):
            self.at, self.since = None, event.t
            if self.opened and event.value in self.opened.values:
                self.at = event.value
        elif isinstance(event, ev.SweepEnded):
            self.ended, self.at = event, None
        elif self._folds_race and not isinstance(event, ev.Logged | ev.Progressed):
            self._race.apply(event)
        if isinstance(event, ev.RaceEnded) and self.opened and self.running:
            self._raced(self.opened, event)
            self.at = None

    def _noop(self) -> bool:
        """True if the race is one of the calibration, not a point."""
        swept, raced = self.opened, self._race.opened
        if swept is None or raced is None or raced.t < swept.t:
            return False
        if swept.sweep != "grain" or raced.workload != NOOP.name:
            return False
        # Where no-op tasks are themselves swept, only the races outside the values calibrate.
        return self.at is None or swept.workload != NOOP.name

    def _raced(self, swept: ev.SweepOpened, event: ev.RaceEnded) -> None:
        race = self._race
        if race.opened is None or event.status == "cancelled" or race.suspended_s:
            return
        if self._noop():
            for lane in race.raced():
                self._cost(lane)
            return
        value: object = self.at
        if value is None:  # recordings of the first version have it in the race's parameters only
            value = race.opened.params.get(swept.parameter)
        if isinstance(value, int) and value in swept.values:
            # A race that failed makes way for the next one at its value.
            whole = [race for race in self._races.get(value, []) if race.whole]
            races = [*whole[: self.rounds - 1], self._point(swept, value, event.status)]
            self._races[value] = races
            self.points = [point for point in self.points if point.value != value]
            self.points.append(merged(races))
            self.took_s[value] = (event.t - self.since) / 1e9

    def _cost(self, lane: Lane) -> None:
        wall, tasks = lane.wall_s, lane.tasks.count
        if wall and counts(tasks, wall):
            costs = self._costs.setdefault(lane.name, [])
            costs.append(wall / tasks)
            self.overheads[lane.name] = Overhead(median(costs), lane.workers, len(costs))

    def _point(self, swept: ev.SweepOpened, value: int, status: ev.Status) -> SweepPoint:
        race = self._race
        raced = race.raced()
        walls = {lane.name: lane.wall_s for lane in raced if lane.wall_s is not None}
        outcomes = {lane.name: compared(race, lane) for lane in raced}
        same_answer = race.same_answer()
        self._note_base(value)
        if race.serial is None and swept.sweep in BY_WORKERS and self._base:
            outcomes, same_answer = self._against_base(swept, value, self._base)
        gained = {name: gain for name, gain in outcomes.items() if isinstance(gain, Gain)}
        why_none = {
            name: why
            for name, why in outcomes.items()
            if isinstance(why, str) and why and name in walls
        }
        return SweepPoint(
            value,
            status,
            walls,
            {name: gain.speedup for name, gain in gained.items()},
            {lane.name: lane.startup_s for lane in raced},
            same_answer,
            " ".join(f"{title(lane)}: {plain(lane.reason)}" for lane in raced if lane.reason),
            {lane.name: lane.workers for lane in raced},
            self._figures(swept, raced),
            len(walls) == len(raced),
            {name: gain.beyond for name, gain in gained.items() if gain.beyond},
            why_none,
            cores(race),
            [lane.name for lane in raced if crowded(race, lane)],
            computes(race),
            reliable(race),
            unreliable_reason(race),
            race.opened.schedule if race.opened else "",
        )

    def _note_base(self, value: int) -> None:
        serial = self._race.serial
        if serial and serial.ended and (run := RunTotals.of(serial)):
            self._base = _Base(serial.name, value, run, serial.ended.answer)

    def _against_base(
        self, swept: ev.SweepOpened, value: int, base: _Base
    ) -> tuple[dict[str, Gain | str], bool | None]:
        """Each lane's speedup over serial's one run, scaled by the work if that grew; True if the
        answers agree, None if they can't be compared.
        """
        race = self._race
        work = 1.0
        if swept.sweep == "weak" and base.value > 0:
            work = value / base.value
        runs = {lane: run for lane in race.raced() if (run := RunTotals.of(lane))}
        outcomes = {lane.name: compare(base.run.times(work), run) for lane, run in runs.items()}
        if swept.sweep == "weak" and value != base.value:
            return outcomes, race.same_answer()  # another work, another answer
        ended = [lane.ended for lane in runs if isinstance(outcomes[lane.name], Gain)]
        answers = {str(number): end.answer for number, end in enumerate(ended) if end}
        if not answers or any(lane.partial for lane in race.raced()):
            return outcomes, None
        return outcomes, agreement({base.lane: base.answer, **answers}, 0).same

    def _figures(self, swept: ev.SweepOpened, raced: list[Lane]) -> dict[str, float]:
        """The numbers to draw of the answer, or of the tasks, of the first lane that has one."""
        for lane in raced:
            if lane.wall_s is None or lane.ended is None:
                continue
            if swept.sweep == "grain" and len(lane.tasks.durations):
                return {"task_s": float(lane.tasks.durations.mean())}
            if swept.sweep != "samples" or not isinstance(lane.ended.answer, dict):
                continue
            estimate = catalog.estimate(swept.workload)
            value = estimate and lane.ended.answer.get(estimate.key)
            if estimate and isinstance(value, int | float) and abs(value) < 1e300:
                key = estimate.key
                if key in POINT_KEYS or key.endswith("_s"):
                    key = f"estimate_{key}"
                return {key: float(value), "error": error(value, estimate.exact)}
        return {}


def repeated(fold: SweepFold, startup: bool = False) -> dict[str, Spread]:
    """For each lane the median and the range of its speedups over all points, which are runs of one
    race in a sweep over runs; with `startup`, that counts.

    The median is that of the paired ratios: each is serial's time in a run by the lane's in the
    same run.
    """
    gained = {
        lane: [gain for point in fold.points if (gain := _paired(point, lane, startup)) is not None]
        for lane in fold.compared_lanes
    }
    spreads = {lane: spread(values) for lane, values in gained.items()}
    return {lane: its for lane, its in spreads.items() if its is not None}


def _paired(point: SweepPoint, lane: str, startup: bool) -> float | None:
    """The lane's speedup at a point, with start-up if that counts and was measured."""
    baseline = baseline_of(point.seconds)
    if not startup or baseline is None or lane not in point.speedup:
        return point.speedup.get(lane)
    starts = point.startup.get(baseline, 0.0), point.startup.get(lane, 0.0)
    if min(starts) <= 0:
        return None
    return speedup(point.seconds[baseline] + starts[0], point.seconds[lane] + starts[1])


def same(one: ev.SweepOpened, other: ev.SweepOpened) -> bool:
    """True if both are about the same races, so that points of one belong to the other; values may
    differ.
    """
    plan = ("lanes", "workload", "params", "seed", "inputs", "drain", "execution")
    return all(getattr(one, name) == getattr(other, name) for name in ("sweep", "parameter", *plan))
