"""The fold of a sweep's events: the points measured, what an empty task costs, and the curves
fitted to them.

`workloads.sweeps.run` reports and judges it; charts and tables draw it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, NamedTuple

import msgspec

from workloads import catalog
from workloads.builtin.noop import NOOP
from workloads.comparison.answers import agreement
from workloads.core import events as ev
from workloads.core.engine_info import baseline_of, rivals_of
from workloads.core.errors import plain
from workloads.figures import scaling
from workloads.figures.gain import Gain, RunTotals, compare, compared, computes, cores, crowded
from workloads.figures.verdict import title
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.sweeps.calibration import counts
from workloads.sweeps.kinds import MOST_POINTS, SERIAL_ONCE


class SweepPoint(msgspec.Struct, frozen=True):
    """What came of the race at `value`: each lane's seconds, those whose run got to an answer; its
    speedup over serial; why a lane has none.

    `workers` are how many tasks each lane ran at once. `figures` are numbers of the answer: `pi`
    and its `error` in a sweep over samples, `task_s` (mean seconds of a task) in one over grain.
    `whole`: no lane is without a time. `beyond` has the reason of each speedup that is more than
    the lane's workers can give, `no_speedup` why a lane that finished has none. `cores` are this
    machine's, 0 where that isn't known; lanes in `crowded` had more tasks at once than these.
    `computes`: the tasks don't only wait.
    """

    value: int
    status: ev.Status
    seconds: dict[str, float]
    speedup: dict[str, float]
    startup: dict[str, float]
    same_answer: bool | None
    reason: str = ""
    workers: dict[str, int] = {}
    figures: dict[str, float] = {}
    whole: bool = True
    beyond: dict[str, str] = {}
    no_speedup: dict[str, str] = {}
    cores: int = 0
    crowded: list[str] = []
    computes: bool = True

    def sound(self, lane: str) -> float | None:
        """The lane's speedup, if it has one that its workers can give: conclusions rest on such."""
        return None if lane in self.beyond else self.speedup.get(lane)

    def efficiency(self, lane: str) -> float | None:
        """The speedup's share of the workers that the lane had; None without either."""
        workers = self.workers.get(lane)
        return self.speedup[lane] / workers if workers and lane in self.speedup else None


class Overhead(NamedTuple):
    """What a task costs on a lane with so many `workers`, whatever it does: the median of the
    `runs` that counted.
    """

    seconds: float
    workers: int
    runs: int


@dataclass(frozen=True)
class _Base:
    """Serial's run at the first value of a sweep in which it races but once."""

    lane: str
    value: int
    run: RunTotals
    answer: Any


class SweepFold:
    """The points measured so far, in the order they were; `at` is the value that is raced, if any
    is.

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
        self._costs: dict[str, list[float]] = {}
        self._base: _Base | None = None

    @property
    def running(self) -> bool:
        """Whether a sweep was opened and hasn't ended."""
        return self.opened is not None and self.ended is None

    @property
    def calibrating(self) -> bool:
        """Whether races of tasks that do nothing go on, or the last of them has just ended."""
        return self.running and self.at is None and self._noop()

    def measured(self) -> set[int]:
        """The values at which every lane got to an answer."""
        return {point.value for point in self.points if point.whole}

    def apply(self, event: ev.AnyEvent) -> None:
        """Take one event of the sweep or of a race in it; values that no sweep has (a recording may
        hold any JSON) are left out.
        """
        if isinstance(event, ev.SweepOpened):
            values = [value for value in event.values[:MOST_POINTS] if abs(value) < 1 << 53]
            kept = event.resumes and self.opened is not None and same(self.opened, event)
            self.opened, self.ended, self.at = (
                msgspec.structs.replace(event, values=values),
                None,
                None,
            )
            if not kept:
                self._begin()
            self.points = [point for point in self.points if point.value in values]
        elif isinstance(event, ev.SweepAt):
            self.at = event.value if self.opened and event.value in self.opened.values else None
        elif isinstance(event, ev.SweepEnded):
            self.ended, self.at = event, None
        elif self._folds_race and not isinstance(event, ev.Logged | ev.Progressed):
            self._race.apply(event)
        if isinstance(event, ev.RaceEnded) and self.opened and self.running:
            self._raced(self.opened, event)
            self.at = None

    def _noop(self) -> bool:
        """Whether the race is one of the calibration, not a point."""
        swept, raced = self.opened, self._race.opened
        probe = (
            swept is not None
            and raced is not None
            and raced.t >= swept.t
            and raced.workload == NOOP.name
        )
        # Where tasks that do nothing are themselves swept, only the races outside the values
        # calibrate.
        return bool(
            probe
            and swept
            and swept.sweep == "grain"
            and (self.at is None or swept.workload != NOOP.name)
        )

    def _raced(self, swept: ev.SweepOpened, event: ev.RaceEnded) -> None:
        race = self._race
        if race.opened is None or event.status == "cancelled" or race.suspended_s:
            return
        if self._noop():
            for lane in race.raced():
                self._cost(lane)
            return
        # Recordings of the first version tell the value by the race's parameters alone.
        value = self.at if self.at is not None else race.opened.params.get(swept.parameter)
        if isinstance(value, int) and value in swept.values:
            # A value raced again, as a lane had failed there, has one point: the last.
            self.points = [point for point in self.points if point.value != value]
            self.points.append(self._point(swept, value, event.status))

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
        found, same_answer = {lane.name: compared(race, lane) for lane in raced}, race.same_answer()
        if swept.sweep in SERIAL_ONCE:
            found, same_answer = self._against_base(swept, value)
        gained = {name: known for name, known in found.items() if isinstance(known, Gain)}
        why_none = {
            name: why
            for name, why in found.items()
            if isinstance(why, str) and why and name in walls
        }
        return SweepPoint(
            value,
            status,
            walls,
            {name: known.speedup for name, known in gained.items()},
            {lane.name: lane.startup_s for lane in raced},
            same_answer,
            " ".join(f"{title(lane)}: {plain(lane.reason)}" for lane in raced if lane.reason),
            {lane.name: lane.workers for lane in raced},
            self._figures(swept, raced),
            len(walls) == len(raced),
            {name: known.beyond for name, known in gained.items() if known.beyond},
            why_none,
            cores(race),
            [lane.name for lane in raced if crowded(race, lane)],
            computes(race),
        )

    def _against_base(
        self, swept: ev.SweepOpened, value: int
    ) -> tuple[dict[str, Gain | str], bool | None]:
        """Each lane's speedup over serial where that raced, scaled by the work if that grew;
        whether answers agree.
        """
        race = self._race
        if race.serial and race.serial.ended and (run := RunTotals.of(race.serial)):
            self._base = _Base(race.serial.name, value, run, race.serial.ended.answer)
        base = self._base
        if base is None:
            return {}, race.same_answer()
        work = value / base.value if swept.sweep == "weak" and base.value > 0 else 1.0
        sides = {
            lane: side
            for lane in race.raced()
            if lane is not race.serial and (side := RunTotals.of(lane))
        }
        found = {lane.name: compare(base.run.times(work), side) for lane, side in sides.items()}
        if swept.sweep == "weak" and value != base.value:
            return found, race.same_answer()  # another work, another answer
        ended = [lane.ended for lane in sides if isinstance(found[lane.name], Gain)]
        answers = {str(number): end.answer for number, end in enumerate(ended) if end}
        known = answers and not any(lane.partial for lane in race.raced())
        return found, agreement({base.lane: base.answer, **answers}, 0).same if known else None

    def _figures(self, swept: ev.SweepOpened, raced: list[Lane]) -> dict[str, float]:
        """What is drawn of the answer, or of the tasks, of the first lane that has one."""
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
                return {estimate.key: float(value), "error": abs(value - estimate.exact)}
        return {}


def same(one: ev.SweepOpened, other: ev.SweepOpened) -> bool:
    """Whether both are about the same races, so that points of one belong to the other; values may
    differ.
    """
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("sweep", "parameter", "lanes", "workload", "params", "seed", "inputs")
    )


def rivals(fold: SweepFold) -> list[str]:
    """The lanes that aren't serial, in their order."""
    return rivals_of(fold.opened.lanes if fold.opened else [])


class Fits(NamedTuple):
    """The laws fitted to a lane's times, None where there are too few points for one."""

    amdahl: scaling.AmdahlFit | None
    usl: scaling.USLFit | None

    @property
    def bent(self) -> scaling.USLFit | None:
        """The USL fit where it differs from Amdahl's law: without coherence both are one curve."""
        return self.usl if self.usl and self.usl.kappa > 1e-6 else None

    @property
    def best(self) -> scaling.AmdahlFit | scaling.USLFit | None:
        """The law to tell of: Amdahl's, unless the other explains the times far better."""
        clearly = self.bent and (self.amdahl is None or self.bent.error < self.amdahl.error / 2)
        return self.bent if clearly else self.amdahl


def fits(fold: SweepFold) -> dict[str, Fits]:
    """For each lane of a sweep over workers the laws that its times follow; nothing for other
    sweeps.

    The laws are about cores: points with more tasks at once than this machine has of them don't
    count.
    """
    if fold.opened is None or fold.opened.sweep != "workers":
        return {}
    found = {}
    for lane in rivals(fold):
        known = _within_cores(fold, lane)
        workers, seconds = (
            [point.workers[lane] for point in known],
            [point.seconds[lane] for point in known],
        )
        laws = Fits(scaling.fit_amdahl(workers, seconds), scaling.fit_usl(workers, seconds))
        if laws.amdahl or laws.usl:
            found[lane] = laws
    return found


def _within_cores(fold: SweepFold, lane: str) -> list[SweepPoint]:
    known = [
        point for point in fold.points if point.seconds.get(lane, 0) > 0 and lane in point.workers
    ]
    return [point for point in known if not (_by_cores(fold) and lane in point.crowded)]


def _by_cores(fold: SweepFold) -> bool:
    # With many at once each may get so little of a CPU that it seems to wait: any point that shows
    # more counts.
    return any(point.computes for point in fold.points)


def unfitted(fold: SweepFold) -> dict[str, str]:
    """For each lane of a sweep over workers without a law why it has none, and what to sweep over
    instead.
    """
    if fold.opened is None or fold.opened.sweep != "workers":
        return {}
    found = fits(fold)
    return {lane: _too_few(fold, lane) for lane in rivals(fold) if lane not in found}


def _too_few(fold: SweepFold, lane: str) -> str:
    counts = len({point.workers[lane] for point in _within_cores(fold, lane)})
    least, within = scaling.AMDAHL_POINTS, ""
    cure = f"sweep over 1-{least} workers"
    bounds = [point.cores for point in fold.points if _by_cores(fold) and lane in point.crowded]
    if bounds:
        within = f" within the {min(bounds)} physical core{'s' if min(bounds) != 1 else ''}"
    had = max((point.workers.get(lane, 0) for point in fold.points), default=0)
    if bounds and min(bounds) < least:
        cure = f"sweep on a machine with at least {least} cores"
    elif had < min(least, max((point.value for point in fold.points), default=0)):
        cure = f"give it at least {least} CPUs"
    return (
        f"too few points: {counts} of the {least} different numbers of workers that it "
        f"takes{within}; {cure}"
    )


def beaten(fold: SweepFold) -> list[str]:
    """The lanes that were faster than serial at no point, of those that were compared with it."""
    gained = {
        lane: [p.speedup[lane] for p in fold.points if lane in p.speedup] for lane in rivals(fold)
    }
    return [lane for lane, known in gained.items() if known and max(known) <= 1]


NOISE = 1.05
"""A speedup of no more than this is no gain: two runs of one race differ by as much."""

CALIBRATION_NOISE = 0.2
"""Two calibrations agree within this share of what they find; costs that differ by less are taken
for the same.
"""

LARGE = 10
"""Tasks that last so many times what one costs show the speedup that a lane reaches, nearly free of
that cost.
"""


class BreakEven(NamedTuple):
    """The `seconds` that a task should last on a lane to be done sooner than by serial; the work is
    then cut into `tasks`. `at_most`: the lane won at every size, and this is the smallest measured.
    """

    seconds: float
    tasks: float
    source: Literal["points", "calibration"]
    at_most: bool = False


class _Size(NamedTuple):
    """A point of a lane in a sweep over grain."""

    tasks: int
    task_s: float
    speedup: float


def _sizes(fold: SweepFold, lane: str) -> list[_Size]:
    """The lane's points, the largest tasks first. With fewer tasks than workers some of these idle
    whatever a task costs, so that such points tell nothing about it.
    """
    return sorted(
        _Size(point.value, point.figures["task_s"], point.speedup[lane])
        for point in fold.points
        if (point.sound(lane) or 0) > 0
        and point.figures.get("task_s", 0) > 0
        and point.value >= point.workers.get(lane, 1)
    )


def break_evens(fold: SweepFold) -> dict[str, BreakEven]:
    """For each lane of a sweep over grain that reliably beats serial from some size of its tasks
    on, that size.

    It is the crossing of speedup 1 between measured points. Where there is none, as the lane won at
    every size or has fewer than three points, what calibration lets expect takes its place, unless
    the points refute it.
    """
    found = {lane: _break_even(fold, lane, _sizes(fold, lane)) for lane in rivals(fold)}
    return {lane: size for lane, size in found.items() if size is not None}


def unreliable(fold: SweepFold) -> list[str]:
    """The lanes of a sweep over grain that beat serial at no size, or only by the luck of a single
    point.
    """
    sizes, known = {lane: _sizes(fold, lane) for lane in rivals(fold)}, break_evens(fold)
    return [
        lane
        for lane, points in sizes.items()
        if lane not in known
        and points
        and (len(points) > 2 or max(point.speedup for point in points) <= NOISE)
    ]


def _break_even(fold: SweepFold, lane: str, sizes: Sequence[_Size]) -> BreakEven | None:
    if len(sizes) < 3:
        return _expected(fold, lane, sizes) if all(size.speedup >= 1 for size in sizes) else None
    gains = _smoothed([size.speedup for size in sizes])
    won = next((n for n, gained in enumerate(gains) if gained < 1), len(gains))
    while (
        won and sizes[won - 1].speedup < 1
    ):  # only its neighbours won, by luck or not: it isn't told as a gain
        won -= 1
    if max(gains[:won], default=0.0) <= NOISE:
        return None
    least = sizes[won - 1]
    if won < len(sizes):
        more = sizes[won]
        share = math.log(gains[won - 1]) / math.log(gains[won - 1] / min(gains[won], more.speedup))
        return BreakEven(
            least.task_s * (more.task_s / least.task_s) ** share,
            least.tasks * (more.tasks / least.tasks) ** share,
            "points",
        )
    expected = _expected(fold, lane, sizes)
    if expected and expected.seconds < least.task_s:
        return expected
    return BreakEven(least.task_s, least.tasks, "points", at_most=True)


def _smoothed(gains: Sequence[float]) -> list[float]:
    """Three speedups or more, each as the median of itself and its neighbours, the first as that of
    the first three, so that no single point that had luck counts; what falls steadily crosses 1
    where it did.
    """
    return [
        median(gains[:3]),
        *(median(gains[n - 1 : n + 2]) for n in range(1, len(gains) - 1)),
        gains[-1],
    ]


def _expected(fold: SweepFold, lane: str, sizes: Sequence[_Size]) -> BreakEven | None:
    """What follows from calibration, and from how much faster than serially large tasks are done.

    None if a task's cost is lost in noise, or the speedup isn't shown by two points or is no gain.
    """
    baseline = baseline_of(fold.overheads)
    if lane not in fold.overheads or baseline is None:
        return None
    serial = fold.overheads[baseline].seconds
    cost = fold.overheads[lane].seconds - serial
    large = [size for size in sizes if size.task_s >= LARGE * cost]
    if cost <= CALIBRATION_NOISE * serial or len(large) < 2:
        return None
    gained = median(size.speedup for size in large)
    seconds = scaling.break_even(cost, gained)
    if seconds is None or gained <= NOISE:
        return None
    # The largest tasks measure the work best: they hold the least of what an engine adds.
    return BreakEven(seconds, large[0].tasks * large[0].task_s / seconds, "calibration")
