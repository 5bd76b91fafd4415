"""The points of a sweep: the measurements of the race at each value, or of several races there."""

from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from workloads.core import events as ev
from workloads.core.engine_info import baseline_of
from workloads.figures.crossover import Ratio, interval
from workloads.figures.speedup import efficiency


class SweepPoint(msgspec.Struct, frozen=True):
    """The measurements of the race at `value`: the seconds of each lane whose run got to an answer,
    its speedup over serial, or why it has none.

    `workers` are how many tasks each lane ran at once. `figures` are numbers of the answer: `pi`
    and its `error` in a sweep over samples, `task_s` (mean seconds of a task) in one over grain.
    `whole`: no lane is without a time. `beyond` has the reason of each speedup that is more than
    the lane's workers can give, `no_speedup` why a lane that finished has none. `cores` are this
    machine's (0: not recorded); lanes in `crowded` had more tasks at once than these. `computes`:
    the tasks don't only wait. `reliable` says of each lane with a time whether its tasks had a core
    for as long as they should, `unreliable_reason` why not. `schedule` is what the race ran by.
    `each` are the points of the single races, where several were run at the value: times and
    speedups are then their medians.
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
    reliable: dict[str, bool] = {}
    unreliable_reason: str = ""
    schedule: str = ""
    each: "list[SweepPoint]" = []

    def sound(self, lane: str) -> float | None:
        """The lane's speedup, if it has one that its workers can give: conclusions rest on such."""
        if lane in self.beyond:
            return None
        return self.speedup.get(lane)

    def doubtful(self, lane: str) -> bool:
        """True if the lane or serial beside it had too little of the CPU for its time to be
        trusted; more workers than cores are no reason, as they were asked for.
        """
        slowed = {name for name, good in self.reliable.items() if not good}
        return bool(slowed & {lane, baseline_of(self.reliable)} - set(self.crowded))

    def mark(self, lane: str) -> str:
        """`!` where the speedup is more than the workers can give, `?` where times can't be
        trusted; empty elsewhere.
        """
        if lane in self.beyond:
            return "!"
        return "?" * self.doubtful(lane)

    def efficiency(self, lane: str) -> float | None:
        """The speedup's share of the workers that the lane had; None without either."""
        workers = self.workers.get(lane)
        if not workers or lane not in self.speedup:
            return None
        return efficiency(self.speedup[lane], workers)

    @property
    def runs(self) -> int:
        """The number of races at the value."""
        return len(self.each) or 1

    def interval(self, lane: str) -> tuple[float, float] | None:
        """The 95% interval of the lane's seconds, which holds their median; None for few races."""
        found = interval([race.seconds[lane] for race in self.each if lane in race.seconds])
        if found is None:
            return None
        return min(found.low, self.seconds[lane]), max(found.high, self.seconds[lane])

    def ratio(self, lane: str, other: str) -> Ratio | None:
        """How many times as long as the other the lane took: each race is a pair of times."""
        pairs = [
            race.seconds[lane] / race.seconds[other]
            for race in self.each
            if min(race.seconds.get(lane, 0.0), race.seconds.get(other, 0.0)) > 0
        ]
        found = interval(pairs)
        return found and Ratio(self.value, found)


def merged(races: Sequence[SweepPoint]) -> SweepPoint:
    """One point for the races at a value, at least one: medians of times and speedups."""
    last = races[-1]
    if len(races) == 1:
        return last
    answers = {race.same_answer for race in races}
    speedups = _medians([race.speedup for race in races])
    return msgspec.structs.replace(
        last,
        seconds=_medians([race.seconds for race in races]),
        speedup=speedups,
        startup=_medians([race.startup for race in races]),
        same_answer=False if False in answers else last.same_answer,
        reason=next((race.reason for race in races if race.reason), ""),
        whole=all(race.whole for race in races),
        beyond={lane: why for race in races for lane, why in race.beyond.items()},
        no_speedup={lane: why for lane, why in last.no_speedup.items() if lane not in speedups},
        reliable={
            lane: all(race.reliable.get(lane, True) for race in races)
            for race in races
            for lane in race.reliable
        },
        unreliable_reason=next(
            (race.unreliable_reason for race in races if race.unreliable_reason), ""
        ),
        each=list(races),
    )


def _medians(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each lane that has a figure."""
    lanes = dict.fromkeys(lane for by_lane in figures for lane in by_lane)
    return {lane: median(each[lane] for each in figures if lane in each) for lane in lanes}
