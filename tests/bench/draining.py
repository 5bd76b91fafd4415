"""What the ways of taking Ray's results cost, and what it costs to tell what the driver does.

uv run python -m tests.bench.draining [--quick] [--only a|b]
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from tests.bench.figures import Others, add_ratio, arguments, console, median, spread, table
from workloads.builtin.noop import NOOP
from workloads.core import events as ev
from workloads.core.draining import DRAIN_TEXTS, Drain
from workloads.core.task import Task
from workloads.engines import Demand, EngineOptions, Stop, WarmUp
from workloads.engines.driver_log import DriverLog
from workloads.engines.ray import tasks as ray_tasks
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.lanes.writer import EventWriter

TASKS, SECONDS, WORKERS = 64, 0.05, 2


def plan(drain: Drain, *lanes: str) -> Plan:
    """Tasks that wait, on those lanes."""
    params = {"tasks": TASKS, "seconds": SECONDS, "workers": WORKERS}
    return Plan("sleep", params, 1, lanes, drain=drain)


def ways(rounds: int) -> None:
    """(a) Serial, then each way of draining, by turns on one Ray."""
    walls: dict[str, list[float]] = defaultdict(list)
    foreign: list[float] = []
    now = ""

    def listen(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.RunEnded):
            walls[now].append(event.wall_s)

    async def races() -> None:
        nonlocal now
        coordinator = Coordinator(EngineOptions(), [listen])
        turns: list[tuple[str, Plan]] = [("serial", plan("wait", "serial"))]
        turns += [(drain, plan(drain, "ray")) for drain in DRAIN_TEXTS]
        try:
            for _, each in turns:  # warms Ray and each path
                await coordinator.race(each)
            walls.clear()
            for number in range(rounds):
                others = Others()
                for name, each in turns[:: -1 if number % 2 else 1]:
                    now = name
                    await coordinator.race(each)
                foreign.append(others.share())
        finally:
            await coordinator.close()

    asyncio.run(races())
    made = table(
        f"(a) {TASKS} tasks of {1000 * SECONDS:.0f} ms on {WORKERS} workers, seconds",
        "drained by",
        "median (range)",
        "n",
        "target",
    )
    for name, measured in walls.items():
        made.add_row(name, spread(measured), str(len(measured)), "")
    add_ratio(made, "get ÷ wait", walls["get"], walls["wait"], foreign, "≥ 0.98")
    add_ratio(made, "get-each ÷ serial", walls["get-each"], walls["serial"], foreign, "≈ 1")
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", "")
    console.print(made)


class Silent(DriverLog):
    """A driver's log that tells nothing."""

    def enter(self, doing: str, tasks: int = 0, *, lasting: bool = False) -> Sequence[ev.AnyEvent]:
        """Nothing is due."""
        return ()


class Timed(DriverLog):
    """A driver's log that takes the CPU time it costs, in seconds: on a busy machine, what passes
    meanwhile is mostly that of others.
    """

    spent_s = 0.0
    told = 0

    def enter(self, doing: str, tasks: int = 0, *, lasting: bool = False) -> Sequence[ev.AnyEvent]:
        """What is due; the time that this took is added up."""
        began = time.thread_time()
        due = super().enter(doing, tasks, lasting=lasting)  # type: ignore[arg-type]
        if due:
            ev.encode(due)
        Timed.spent_s += time.thread_time() - began
        Timed.told += len(due)
        return due


def telling(rounds: int, count: int) -> None:
    """(b) No-op tasks through the Ray engine, with what the driver does told and untold by turns,
    and the CPU time that it takes to tell it, as a share of the run.
    """
    tasks: Sequence[Task] = NOOP.make_tasks(NOOP.complete({"tasks": count}), 1, [])
    engine, stop = ray_tasks.RayTasks(EngineOptions(engine="ray")), Stop()
    engine.open(lambda event: None)
    walls: dict[str, list[float]] = defaultdict(list)
    shares, foreign = [], []
    writer = EventWriter(os.open(os.devnull, os.O_WRONLY), "ray")

    def run(log: type[DriverLog]) -> float:
        ray_tasks.DriverLog = log  # type: ignore[misc]
        engine.prepare(tasks, WarmUp(), Demand(), stop)
        began = time.perf_counter()
        for event in engine.run(tasks, stop):
            writer(event)
        return time.perf_counter() - began

    turns = [("told", partial(run, DriverLog)), ("untold", partial(run, Silent))]
    try:
        run(DriverLog)
        for number in range(rounds):
            others = Others()
            for name, each in turns[:: -1 if number % 2 else 1]:
                walls[name].append(each())
            foreign.append(others.share())
            Timed.spent_s = 0.0
            wall_s = run(Timed)
            shares.append(100 * Timed.spent_s / wall_s)
    finally:
        engine.close()
        writer.close()
    made = table(
        f"(b) {count:,} no-op tasks on Ray, seconds", "run", "median (range)", "n", "target"
    )
    for name, measured in walls.items():
        made.add_row(name, spread(measured), str(len(measured)), "")
    made.add_row("  tasks a second", f"{count / median(walls['told']):,.0f}", "", "")
    add_ratio(made, "untold ÷ told", walls["untold"], walls["told"], foreign, "≥ 0.99")
    made.add_row("CPU time to tell, % of the run", spread(shares), str(len(shares)), "≤ 1")
    made.add_row("  events in a run", f"{Timed.told / max(rounds, 1):.0f}", "", "")
    console.print(made)


def main() -> None:
    """Both parts, or the one that was named."""
    options = arguments(__doc__)
    rounds = 2 if options.quick else 7
    if options.only in ("", "a"):
        ways(rounds)
    if options.only in ("", "b"):
        telling(rounds, 2000 if options.quick else 10_000)


if __name__ == "__main__":
    main()
