"""What five repeated runs tell of a speedup, alternating and in turn:
`python -m tests.bench.repeating [--quick] [--disturbed]`.

In each round the two schedules have five races each of the same work, in random order, on lanes
that stay warm. Printed is the width of the 95 % interval of the mean of the logarithms of their
speedups (Student's t), in per cent of the speedup; that of alternating races is scaled to the time
that those in turn took, as an interval shrinks with the root of the runs. Then the median of the
rounds' ratios, alternating ÷ in turn: below 1, alternating gives the narrower interval for the same
time.
"""

import argparse
import asyncio
import math
import os
import random
import statistics
from dataclasses import replace

from tests.bench.alternating import disturbance, interval
from workloads.engines import EngineOptions
from workloads.figures.gain import gains
from workloads.figures.projection import student_t
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.machine import clock

RUNS = 5

PARAMS = {"tasks": 12, "samples": 750_000}
"""About 2 s of serial work."""


def width(speedups: list[float], seconds: float, as_long_as: float) -> float:
    """The width of the 95 % interval of the mean speedup, as a share of it, had the runs taken
    `as_long_as` so many seconds.
    """
    error = statistics.stdev(map(math.log, speedups)) / math.sqrt(len(speedups))
    return 2 * student_t(len(speedups) - 1) * error * math.sqrt(seconds / as_long_as)


async def measure(lanes: tuple[str, ...], rounds: int, disturbed: bool) -> None:
    """Run the rounds and print what they show."""
    race = Race()
    coordinator = Coordinator(EngineOptions(), [lambda event: race.apply(event)])
    alternating = Plan("pi", dict(PARAMS), 1, lanes, "alternate")
    in_turn = replace(alternating, schedule="in-turn")
    ratios: dict[str, list[float]] = {}
    try:
        for plan in (in_turn, alternating):
            await coordinator.race(plan)
        for _ in range(rounds):
            speedups: dict[str, dict[str, list[float]]] = {}
            took = {"alternate": 0.0, "in-turn": 0.0}
            with disturbance(disturbed):
                for plan in random.sample([alternating, in_turn] * RUNS, 2 * RUNS):
                    began = clock.monotonic()
                    assert await coordinator.race(plan) == "finished"
                    took[plan.schedule] += clock.monotonic() - began
                    for name, gain in gains(race).items():
                        of_lane = speedups.setdefault(name, {})
                        of_lane.setdefault(plan.schedule, []).append(gain.speedup)
            for name, of_lane in speedups.items():
                widths = {
                    schedule: width(values, took[schedule], took["in-turn"])
                    for schedule, values in of_lane.items()
                }
                ratios.setdefault(name, []).append(widths["alternate"] / widths["in-turn"])
                texts = [
                    f"{schedule} {statistics.median(of_lane[schedule]):.3f}×, {wide:.1%} wide"
                    for schedule, wide in sorted(widths.items())
                ]
                print(f"{name:9}  {'  '.join(texts)}", flush=True)
    finally:
        await coordinator.close()
    for name, values in ratios.items():
        low, high = interval(values)
        print(
            f"{name:9}  width, alternating ÷ in turn: {statistics.median(values):.2f} "
            f"({low:.2f}–{high:.2f}) over {len(values)} rounds of {RUNS} runs each"
        )


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 10")
    parser.add_argument("--disturbed", action="store_true", help="with a load that comes and goes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--lanes", default="serial,ray")
    given = parser.parse_args()
    began = clock.monotonic()
    rounds = given.rounds or (3 if given.quick else 10)
    asyncio.run(measure(tuple(given.lanes.split(",")), rounds, given.disturbed))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{clock.monotonic() - began:.0f} s; load averages {load}")


if __name__ == "__main__":
    main()
