"""The time of a lane under the schedule `alternate` against its time alone, and what the speedup's
estimate is worth: `python -m tests.bench.alternating [--quick] [--disturbed] [--slice SECONDS]`.

Pairs of races of the same work, one alternating and one in turn, in random order, on lanes that
stay warm. Printed are, for each lane and task length, the median of the ratios of its own time
(alternating ÷ in turn) with the 95 % interval of the median (order statistics: W. J. Conover,
Practical Nonparametric Statistics, 1999, section 3.2), the same in CPU time, and the median
absolute deviation of the speedup under each schedule, from the median of all of them. A bare pool
of processes is measured beside them: the same tasks in a plain loop, then in the pool.
"""

import argparse
import asyncio
import contextlib
import math
import multiprocessing
import multiprocessing.pool
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from workloads.builtin.pi import sampling_task
from workloads.engines import EngineOptions
from workloads.figures.gain import gains
from workloads.figures.paired import paired_speedup
from workloads.lanes import turns
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.machine import clock
from workloads.machine.host import usable_cpus

LANES = ("serial", "threads", "processes", "ray")

SIZES = {"5 ms": (250, 12_000), "0.2 s": (6, 500_000), "2 s": (2, 4_000_000)}
"""Tasks and samples for tasks of about that length; few, so that a pair is over before the machine
changes much.
"""

DISTURBING = """
import random, time
while True:
    end = time.monotonic() + random.uniform(0.5, 2)
    while time.monotonic() < end: pass
    time.sleep(random.uniform(0.5, 2))
"""
"""A load that comes and goes."""


def interval(values: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, by the binomial distribution of order statistics."""
    ordered, n = sorted(values), len(values)
    below, rank = 0.0, 0
    while rank < n // 2 and below + math.comb(n, rank) / 2**n <= 0.025:
        below += math.comb(n, rank) / 2**n
        rank += 1
    rank = max(rank - 1, 0)
    return ordered[rank], ordered[n - 1 - rank]


def spread(values: list[float], best: float) -> float:
    """The median absolute deviation from `best`, as a share of it."""
    return statistics.median(abs(value - best) for value in values) / best


@contextlib.contextmanager
def disturbance(wanted: bool) -> Iterator[None]:
    """A load on one CPU that comes and goes."""
    if not wanted:
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", DISTURBING])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def sample(samples: int) -> None:
    """A task of π, to its end."""
    for _ in sampling_task(samples, 1, 0):
        pass


def bare_speedup(pool: multiprocessing.pool.Pool, tasks: int, samples: int) -> float:
    """The speedup of a bare pool: the time of a plain loop over the time in the pool."""
    began = clock.monotonic()
    for _ in range(tasks):
        sample(samples)
    alone = clock.monotonic() - began
    began = clock.monotonic()
    for _ in pool.imap_unordered(sample, [samples] * tasks):
        pass
    return alone / (clock.monotonic() - began)


Times = dict[tuple[str, str], float]


async def pair(
    run: Callable[[Plan], Awaitable[Race]],
    plans: list[Plan],
    speedups: dict[str, dict[str, list[float]]],
) -> tuple[Times, Times]:
    """Run the plans in random order; returns wall and CPU seconds by schedule and lane, and adds to
    the speedups by lane and schedule.
    """
    walls, cpus = Times(), Times()
    for plan in random.sample(plans, len(plans)):
        raced = await run(plan)
        for lane in raced.raced():
            assert lane.wall_s
            assert lane.ended
            walls[plan.schedule, lane.name] = lane.wall_s
            cpus[plan.schedule, lane.name] = lane.ended.task_cpu_s
        for name, gain in gains(raced).items():
            of_lane = speedups.setdefault(name, {})
            of_lane.setdefault(plan.schedule, []).append(gain.speedup)
            if paired := paired_speedup(raced, raced.lane(name), gain):
                of_lane.setdefault("paired", []).append(paired.value)
    return walls, cpus


async def measure(lanes: tuple[str, ...], pairs: int, sizes: list[str], disturbed: bool) -> None:
    """Run the pairs and print what they show."""
    race = Race()
    pool = multiprocessing.get_context("forkserver").Pool(usable_cpus())
    pool.map(sample, [1000] * 8)
    coordinator = Coordinator(EngineOptions(), [lambda event: race.apply(event)])

    async def run(plan: Plan) -> Race:
        nonlocal race
        status = await coordinator.race(plan)
        assert status == "finished", [(lane.name, lane.reason) for lane in race.raced()]
        return race

    try:
        for size in sizes:
            tasks, samples = SIZES[size]
            params = {"tasks": tasks, "samples": samples}
            alternating = Plan("pi", params, 1, lanes, "alternate")
            in_turn = replace(alternating, schedule="in-turn")
            await run(in_turn)
            ratios: dict[str, list[float]] = {name: [] for name in lanes}
            cpu: dict[str, list[float]] = {name: [] for name in lanes}
            speedups: dict[str, dict[str, list[float]]] = {}
            bare: list[float] = []
            for _ in range(pairs):
                with disturbance(disturbed):
                    walls, cpus = await pair(run, [alternating, in_turn], speedups)
                    bare.append(bare_speedup(pool, tasks, samples))
                for name in lanes:
                    ratios[name].append(walls["alternate", name] / walls["in-turn", name])
                    cpu[name].append(cpus["alternate", name] / cpus["in-turn", name])
            for name in lanes:
                low, high = interval(ratios[name])
                cpu_low, cpu_high = interval(cpu[name])
                print(
                    f"{size:>5}  {name:9}  own ÷ alone {statistics.median(ratios[name]):.3f} "
                    f"({low:.3f}–{high:.3f})  CPU {statistics.median(cpu[name]):.3f} "
                    f"({cpu_low:.3f}–{cpu_high:.3f})  {pairs} pairs",
                    flush=True,
                )
            for name, of_lane in speedups.items():
                best = statistics.median(of_lane["in-turn"] + of_lane["alternate"])
                texts = [
                    f"{schedule} {statistics.median(values):.3f} ± {spread(values, best):.1%}"
                    for schedule, values in sorted(of_lane.items())
                ]
                print(f"{size:>5}  {name:9}  speedup  {'  '.join(texts)}", flush=True)
            middle = statistics.median(bare)
            print(f"{size:>5}  bare pool  speedup  {middle:.3f} ± {spread(bare, middle):.1%}")
    finally:
        pool.terminate()
        await coordinator.close()


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5 pairs instead of 30")
    parser.add_argument("--disturbed", action="store_true", help="with a load that comes and goes")
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--lanes", default=",".join(LANES))
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--slice", type=float, help="seconds of a lane's turn")
    given = parser.parse_args()
    if given.slice:
        turns.SLICE_S = given.slice
    began = clock.monotonic()
    lanes, sizes = tuple(given.lanes.split(",")), given.sizes.split(",")
    asyncio.run(measure(lanes, given.pairs or (5 if given.quick else 30), sizes, given.disturbed))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{clock.monotonic() - began:.0f} s; load averages {load}")


if __name__ == "__main__":
    main()
