"""Very many tasks that do nothing: the Ray lane against the best bare loop, and what a task costs
as they grow.

uv run python -m tests.bench.tiny_tasks [--quick] [--only ratio|flat]
"""

import asyncio
from collections import defaultdict

from tests.bench.figures import Others, add_ratio, arguments, console, spread, table
from tests.bench.ray_host import Host
from workloads.builtin.noop import NOOP
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.machine.host import usable_cpus


class Races:
    """Headless races of the Ray lane alone."""

    def __init__(self) -> None:
        self._coordinator = Coordinator(EngineOptions(), [self._listen])
        self._ended: ev.RunEnded | None = None

    def _listen(self, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.RunEnded):
            self._ended = event

    async def run(self, tasks: int) -> ev.RunEnded:
        """A race of that many tasks that do nothing, as those of the bare loops."""
        plan = Plan(NOOP.name, {"tasks": tasks}, 1, lanes=("ray",), workers=usable_cpus())
        await self._coordinator.race(plan)
        assert self._ended
        return self._ended

    async def close(self) -> None:
        """End the lane."""
        await self._coordinator.close()


async def against_bare(races: Races, rounds: int, tasks: int) -> None:
    """The lane, its engine alone, and bare loops by turns."""
    taken: dict[str, list[float]] = defaultdict(list)
    foreign, driver = [], []
    with Host("bare") as bare, Host("engine") as engine:
        for what in ("all", "window"):
            await asyncio.to_thread(bare.run, what, 1000)
        await asyncio.to_thread(engine.run, "tiny", 3000)
        await races.run(3000)
        kinds = ["lane", "all", "window", "tiny"]
        for number in range(rounds):
            others = Others()
            turn = number % len(kinds)
            for kind in kinds[turn:] + kinds[:turn]:
                await asyncio.sleep(0.3)
                if kind == "lane":
                    ended = await races.run(tasks)
                    taken[kind].append(ended.wall_s)
                    driver.append(ended.driver_cpu_s / tasks * 1e6)
                else:
                    host = engine if kind == "tiny" else bare
                    taken[kind].append(await asyncio.to_thread(host.run, kind, tasks))
            foreign.append(others.share())
    best = [min(pair) for pair in zip(taken["all"], taken["window"], strict=True)]
    made = table(
        f"{tasks:,} tasks that do nothing, seconds", "run", "median (range)", "n", "target"
    )
    for kind, name in (
        ("all", "bare: submit all, get all"),
        ("window", "bare: window of 64, ray.wait"),
        ("tiny", "the engine alone, events dropped"),
        ("lane", "Ray lane"),
    ):
        made.add_row(name, spread(taken[kind]), str(rounds), "")
    add_ratio(made, "best bare ÷ lane", best, taken["lane"], foreign, "≥ 0.90")
    add_ratio(made, "best bare ÷ engine alone", best, taken["tiny"], foreign, "")
    made.add_row("driver CPU of the lane, µs a task", spread(driver, ".0f"), "", "")
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", "")
    console.print(made)


async def flatness(races: Races, counts: list[int], rounds: int) -> None:
    """What a task costs at each count."""
    walls: dict[int, list[float]] = defaultdict(list)
    cpu: dict[int, list[float]] = defaultdict(list)
    await races.run(3000)
    for _ in range(rounds):
        for count in counts:
            ended = await races.run(count)
            walls[count].append(ended.wall_s / count * 1e6)
            cpu[count].append(ended.driver_cpu_s / count * 1e6)
    made = table("The Ray lane: µs a task", "tasks", "wall", "driver CPU", "n")
    for count in counts:
        made.add_row(
            f"{count:,}", spread(walls[count], ".0f"), spread(cpu[count], ".0f"), str(rounds)
        )
    console.print(made)
    console.print("Up to 2,000 tasks are streamed with their reports; more run as plain tasks.")


async def measure() -> None:
    """The parts asked for."""
    given = arguments(__doc__)
    races = Races()
    try:
        if given.only in ("", "ratio"):
            await against_bare(races, 2 if given.quick else 8, 3000 if given.quick else 10_000)
        if given.only in ("", "flat"):
            counts = [1000, 10_000] if given.quick else [1000, 10_000, 100_000]
            await flatness(races, counts, 1 if given.quick else 2)
    finally:
        await races.close()


if __name__ == "__main__":
    asyncio.run(measure())
