"""The interval of a speedup from slices: a machine whose speed drifts, and one true speedup."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.fabricate import alternating, fabricated_race, folded, run_ended
from workloads.core import events as ev
from workloads.core.wording import times
from workloads.figures.gain import gain
from workloads.figures.paired import speedup_interval
from workloads.figures.reliability import reliable
from workloads.figures.report import race_report
from workloads.ledger.race import Race

Floats = NDArray[np.float64]

STEP_S = 0.005
S = 10**9


def drifting(seed: int) -> Callable[[float], float]:
    """The speed of a machine at a time: it drifts, and another program comes and goes."""
    rng = np.random.default_rng(seed)
    phase, swing = rng.uniform(0, 6), rng.uniform(0, 0.15)
    edges = np.cumsum(rng.uniform(0.4, 2.5, 200))
    taken = rng.uniform(0.1, 0.4)

    def speed(t: float) -> float:
        busy = np.searchsorted(edges, t) % 2
        return float((1 + swing * np.sin(t / 2 + phase)) * (1 - taken * busy))

    return speed


class Simulated:
    """A lane on a machine of that speed; each of its workers runs slower by the `factor`."""

    def __init__(self, name: str, workers: int, factor: float, work: Floats, seed: int) -> None:
        self.name, self.workers, self.factor, self.work = name, workers, factor, work
        self.left = work.copy()
        self.waiting = list(range(len(work)))
        self.at: dict[int, tuple[int, float]] = {}
        self.begun = 0.0
        self.events: list[ev.AnyEvent] = [
            ev.LaneReady(t=0, lane=name, run=1, tasks=len(work), workers=workers, startup_s=0)
        ]
        self._rng = np.random.default_rng(seed)

    @property
    def over(self) -> bool:
        return not self.at and not self.waiting

    def run(self, now: float, speed: Callable[[float], float]) -> float:
        """A slice from `now` on; returns when it ended."""
        self.events.append(ev.Sliced(t=round(now * S), lane=self.name, runs=True))
        if not self.begun:
            self.begun = now
            self.events.append(
                ev.RunStarted(
                    t=round(now * S), lane=self.name, run=1, tasks=len(self.work),
                    workers=self.workers,
                )
            )  # fmt: skip
        until = now + 0.3
        while now < until and not self.over:
            for worker in range(self.workers):
                if worker not in self.at and self.waiting:
                    self.at[worker] = self.waiting.pop(0), now
            now += STEP_S
            self._work(now, STEP_S * speed(now) * self.factor * float(self._rng.normal(1, 0.05)))
        if self.over:
            self.events.append(run_ended(t=round(now * S), lane=self.name, wall_s=now - self.begun))
        else:
            self.events.append(ev.Sliced(t=round(now * S), lane=self.name, runs=False))
        return now

    def _work(self, now: float, done: float) -> None:
        for worker, (task, start) in list(self.at.items()):
            self.left[task] -= done
            if self.left[task] <= 0:
                del self.at[worker]
                self.events.append(
                    ev.Finished(
                        t=round(now * S), lane=self.name, task=task, worker=worker,
                        start=round(start * S), cpu_s=float(self.work[task]),
                    )
                )  # fmt: skip


def simulated(speed: Callable[[float], float], contention: float, tasks: int, seed: int) -> Race:
    """A race of serial and a lane of two workers that alternate in slices of 0.3 s."""
    work = np.random.default_rng(seed).uniform(0.3, 0.5, tasks)
    lanes = [
        Simulated("serial", 1, 1.0, work, seed), Simulated("ray", 2, contention, work, seed + 1),
    ]  # fmt: skip
    now = 1.0
    while not all(lane.over for lane in lanes):
        for lane in lanes:
            if not lane.over:
                now = lane.run(now, speed) + 0.005
    names = [lane.name for lane in lanes]
    opened = ev.RaceOpened(
        t=0, workload="noop", params={"tasks": tasks}, seed=0, schedule="alternate", lanes=names
    )
    return folded([opened, *lanes[0].events, *lanes[1].events])


def interval(race: Race) -> tuple[float, float] | None:
    gained = gain(race, race.lane("ray"))
    assert gained is not None
    return speedup_interval(race, race.lane("ray"), gained)


def test_the_interval_holds_the_true_speedup_of_a_drifting_machine() -> None:
    held, widths, count = 0, [], 60
    for seed in range(count):
        true = gain(steady := simulated(lambda t: 1.0, 0.9, 24, seed), steady.lane("ray"))
        bounds = interval(simulated(drifting(seed), 0.9, 24, seed))
        assert true is not None
        assert bounds is not None
        low, high = bounds
        held += low <= true.speedup <= high
        widths.append(high / low)
    assert held / count >= 0.95
    assert np.median(widths) < 1.12


def test_a_steady_machine_gives_a_narrow_interval() -> None:
    race = simulated(lambda t: 1.0, 0.9, 24, 1)
    bounds = interval(race)
    gained = gain(race, race.lane("ray"))
    assert bounds is not None
    assert gained is not None
    assert bounds[0] <= gained.speedup <= bounds[1]
    assert bounds[1] / bounds[0] < 1.1


def raced(
    speed: Callable[[float], float], begin: float, slices: int, seed: int
) -> tuple[float, float]:
    """When a race of about 2 s of serial work ended, and the logarithm of its speedup; the lanes
    change after so many slices.
    """
    work = np.random.default_rng(1).uniform(0.05, 0.25, 14)
    lanes = [Simulated("serial", 1, 1.0, work, seed), Simulated("ray", 2, 0.9, work, seed + 1)]
    now, took = begin, dict.fromkeys(["serial", "ray"], 0.0)
    while any(not lane.over for lane in lanes):
        for lane in lanes:
            for _ in range(slices):
                if not lane.over:
                    end = lane.run(now, speed)
                    took[lane.name] += end - now
                    now = end
            now += 0.005
    return now, float(np.log(took["serial"] / took["ray"]))


@pytest.mark.parametrize(("drifts", "most"), [(True, 0.7), (False, 1.2)])
def test_repeats_scatter_less_if_lanes_alternate_and_the_machine_drifts(
    drifts: bool, most: float
) -> None:
    ratios = []
    for seed in range(12):
        speed = drifting(seed) if drifts else lambda t: 1.0
        now, logs = 1.0, {1: [], 1000: []}  # type: ignore[var-annotated]
        for run, slices in enumerate(np.random.default_rng(seed).permutation([1, 1000] * 5)):
            now, value = raced(speed, now, int(slices), 100 * seed + run)
            logs[int(slices)].append(value)
        ratios.append(np.std(logs[1]) / np.std(logs[1000]))
    assert np.median(ratios) < most


@given(st.integers(0, 10**6), st.floats(0.4, 3.0), st.integers(8, 24))
@settings(max_examples=30)
def test_the_speedup_lies_in_its_interval_as_it_is_printed(
    seed: int, factor: float, tasks: int
) -> None:
    race = simulated(drifting(seed), factor, tasks, seed)
    gained = gain(race, race.lane("ray"))
    bounds = interval(race)
    assert gained is not None
    assume(bounds is not None)
    assert bounds is not None
    low, high = bounds
    assert low <= gained.speedup <= high
    printed = [float(times(value).removesuffix("×")) for value in (low, gained.speedup, high)]
    assert printed == sorted(printed)
    reported = race_report(race)
    assert reported.speedup["ray"] == gained.speedup
    assert reported.speedup_interval["ray"] == bounds


@given(st.lists(st.floats(0.001, 1000), min_size=3, max_size=3), st.sampled_from([1e-4, 0.01, 1]))
def test_rounding_keeps_the_order_of_speedups(values: list[float], near: float) -> None:
    ordered = sorted(1 + (value - 1) * near for value in values)
    printed = [float(times(value).removesuffix("×").replace(",", "")) for value in ordered]
    assert printed == sorted(printed)


@pytest.mark.parametrize("kinds", [{"retries": [3]}, {"failures": [2]}, {"tasks": 3}])
def test_there_is_none_where_pairs_say_too_little(kinds: dict[str, list[int]]) -> None:
    race = folded(alternating(fabricated_race(**kinds), [0.3] * 40))  # type: ignore[arg-type]
    gained = gain(race, race.lane("ray"))
    if gained is not None:
        assert speedup_interval(race, race.lane("ray"), gained) is None
    together = folded(fabricated_race())
    assert interval(together) is None


def test_tasks_that_wait_in_slices_have_unreliable_times() -> None:
    events = alternating(fabricated_race(), [0.3] * 40)
    waited = [
        msgspec.structs.replace(event, cpu_s=0.0) if isinstance(event, ev.Finished) else event
        for event in events
    ]
    assert reliable(folded(events)) == {"serial": True, "ray": True}
    assert reliable(folded(waited)) == {"serial": False, "ray": False}
