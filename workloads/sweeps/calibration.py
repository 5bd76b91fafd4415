"""Calibration: the cost of a task on each engine whatever it does, by races of no-op tasks.

A sweep over grain starts with it, and the fold of the sweep keeps the result.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from workloads.builtin.noop import NOOP
from workloads.core import events as ev
from workloads.lanes.coordinator import Coordinator, Plan

RUNS = 3
"""Runs per engine that count; the cost of a task is their median."""

MIN_RUN_S = 0.5
"""Seconds that a run must take to count: shorter ones measure how a run starts and ends."""

AIM_S = 0.7
FIRST_TASKS, MAX_TASKS = 4000, int(NOOP.parameters[0].maximum)
"""Tasks of the first run and of the largest. The first has so many that Ray runs them as plain
tasks: few are streamed with their reports, which costs more, but tasks so small that this matters
are many.
"""

GROWTH = 100
"""A run has at most this many times the tasks of the one before, as a very short one says
little.
"""

ATTEMPTS = 8
"""Races per engine at most, on a machine on which no two take equally long."""


def counts(tasks: int, wall_s: float) -> bool:
    """True if a run of so many no-op tasks took long enough to be taken into account."""
    return wall_s >= MIN_RUN_S or tasks >= MAX_TASKS


def next_tasks(tasks: int, wall_s: float) -> int:
    """The number of tasks that the next run needs in order to count, after a run of `tasks` took
    `wall_s` seconds.
    """
    return min(MAX_TASKS, tasks * GROWTH, math.ceil(tasks * AIM_S / max(wall_s, 1e-9)))


async def calibrate(coordinator: Coordinator, plan: Plan, lanes: Sequence[str]) -> ev.Status:
    """Race no-op tasks on each of `lanes` alone until RUNS runs of each count; tasks ask for what
    `plan`'s do.

    "cancelled" as soon as a race is; "failed" if an engine couldn't be calibrated, which leaves the
    others.
    """
    walls: list[float] = []

    def note(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.RunEnded):
            walls.append(event.wall_s)

    coordinator.listen(note)
    status: ev.Status = "finished"
    noop = replace(plan, workload=NOOP.name, seed=0, schedule="in-turn", inputs=(), workers=None)
    noop = replace(noop, execution=structs.replace(plan.execution, order="as-submitted"))
    try:
        for lane in lanes:
            outcome = await _counted_runs(coordinator, replace(noop, lanes=(lane,)), walls)
            if outcome == "cancelled":
                return outcome
            if outcome != "finished":
                status = outcome
    finally:
        coordinator.forget(note)
    return status


async def _counted_runs(coordinator: Coordinator, noop: Plan, walls: list[float]) -> ev.Status:
    """Races of one lane until RUNS of them counted; the last of `walls` is how long the last one
    took.
    """
    tasks, counted = FIRST_TASKS, 0
    for _ in range(ATTEMPTS):
        walls.clear()
        status = await coordinator.race(replace(noop, params={"tasks": tasks}))
        if status != "finished" or not walls:
            return status
        if counts(tasks, walls[-1]):
            counted += 1
        else:
            tasks = next_tasks(tasks, walls[-1])
        if counted == RUNS:
            break
    return "finished"
