"""What the Ray lane costs: with the app open against a bare script, a core's worth of speedup,
being watched.

uv run python -m tests.bench.ray_lane [--quick] [--only a|b|c]
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.bench.figures import Others, add_ratio, arguments, console, median, spread, table
from tests.bench.ray_host import KERNEL, SEED, Host, sample
from tests.bench.recordings import Follow
from tests.bench.terminal import Terminal
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.machine.host import usable_cpus

PROGRAM = str(Path(sys.executable).parent / "raytasks-tui")
TASKS = 16
PAUSE_S = 0.7


def beside_the_app(rounds: int, samples: int) -> None:
    """(a) Races in the open app and runs of a bare script by turns, each with a Ray of its own."""
    with tempfile.TemporaryDirectory() as folder, Host("bare") as bare:
        alone = [bare.run("bare", TASKS, samples) for _ in range(3)][1:]
        record = Path(folder) / "app.jsonl"
        command = [
            PROGRAM,
            "race",
            "pi",
            "--lanes",
            "ray",
            "--tasks",
            str(TASKS),
            "--samples",
            str(samples),
        ]
        with Terminal([*command, "--seed", str(SEED), "--record", str(record)]) as terminal:
            follow = Follow(record)
            follow.until(ev.RaceEnded)  # the first race began by itself and counts as warming
            app, script, foreign, used, driver = [], [], [], [], []
            for number in range(rounds):
                others = Others()
                for which in ("app", "script") if number % 2 else ("script", "app"):
                    time.sleep(PAUSE_S)
                    if which == "script":
                        script.append(bare.run("bare", TASKS, samples))
                        continue
                    terminal.write(b"r")
                    follow.until(ev.RunStarted)
                    before = terminal.process.cpu_times()
                    ended = follow.until(ev.RunEnded)
                    after = terminal.process.cpu_times()
                    app.append(ended.wall_s)
                    used.append(
                        (after.user + after.system - before.user - before.system)
                        / ended.wall_s
                        * 100
                    )
                    driver.append(ended.driver_cpu_s / ended.wall_s * 100)
                foreign.append(others.share())
    title = f"(a) π, {TASKS} tasks of {samples:,} samples on Ray, seconds"
    made = table(title, "run", "median (range)", "n", "target")
    made.add_row("bare script, no app", spread(alone), str(len(alone)), "")
    made.add_row("bare script, idle app beside it", spread(script), str(len(script)), "")
    made.add_row("Ray lane in the open app", spread(app), str(len(app)), "")
    add_ratio(made, "bare ÷ app", script, app, foreign, "≥ 0.98")
    made.add_row("the app's CPU in a race, % of a core", spread(used, ".1f"), "", "")
    made.add_row("the lane's driver, % of a core", spread(driver, ".1f"), "", "")
    left = [1 - (a + b) / 100 / usable_cpus() for a, b in zip(used, driver, strict=True)]
    made.add_row("share of the CPUs that both leave to tasks", spread(left), "", "≥ 0.98")
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", "")
    console.print(made)


def _sampled(work: tuple[int, int]) -> None:
    sample(*work)


def per_core(rounds: int, samples: int) -> None:
    """(b) Serial against Ray in turn without a screen; a pool of plain processes tells what the
    machine gives.
    """
    walls: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    foreign: list[float] = []
    workers = usable_cpus()

    def listen(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.RunEnded):
            walls[event.lane].append(event.wall_s)
            cpu[event.lane].append(event.task_cpu_s)

    async def races() -> None:
        coordinator = Coordinator(EngineOptions(), [listen])
        plan = Plan("pi", {"tasks": TASKS, "samples": samples, "kernel": KERNEL}, SEED)
        try:
            await coordinator.race(plan)
            walls.clear()
            cpu.clear()
            for _ in range(rounds):
                others = Others()
                await coordinator.race(plan)
                began = time.perf_counter()
                pool.map(_sampled, [(samples, n) for n in range(TASKS)], chunksize=1)
                walls["pool"].append(time.perf_counter() - began)
                foreign.append(others.share())
        finally:
            await coordinator.close()

    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(_sampled, [(1000, n) for n in range(4 * workers)], chunksize=1)
        asyncio.run(races())
    made = table(
        f"(b) in turn on {workers} CPUs, {TASKS} tasks, seconds",
        "run",
        "median (range)",
        "n",
        "target",
    )
    made.add_row("serial lane", spread(walls["serial"]), str(rounds), "")
    made.add_row(f"  a task: {median(walls['serial']) / TASKS:.2f} s", "", "", "")
    made.add_row("Ray lane", spread(walls["ray"]), str(rounds), "")
    made.add_row("multiprocessing.Pool", spread(walls["pool"]), str(rounds), "")
    share = [wall * workers for wall in walls["ray"]]
    add_ratio(made, "serial ÷ Ray ÷ workers", walls["serial"], share, foreign, "≥ 0.95")
    ceiling = [wall * workers for wall in walls["pool"]]
    add_ratio(
        made, "serial ÷ Pool ÷ workers: the machine's own", walls["serial"], ceiling, foreign, ""
    )
    slower = [ray / serial for ray, serial in zip(cpu["ray"], cpu["serial"], strict=True)]
    made.add_row(
        "CPU of the tasks on Ray ÷ in serial", spread(slower), str(rounds), "1: cores don't slow"
    )
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", "")
    console.print(made)


def watched(rounds: int, samples: int) -> None:
    """(c) One Ray: a bare ray.get, the engine with plain functions, the engine with tasks that
    report.
    """
    taken: dict[str, list[float]] = defaultdict(list)
    foreign: list[float] = []
    kinds = ["bare", "plain", "streamed"]
    with Host("engine") as host:
        for kind in kinds:
            host.run(kind, TASKS, samples // 4)
        for number in range(rounds):
            others = Others()
            for kind in kinds[number % 3 :] + kinds[: number % 3]:
                taken[kind].append(host.run(kind, TASKS, samples))
            foreign.append(others.share())
    made = table(
        "(c) the same tasks on one Ray without an app, seconds",
        "run",
        "median (range)",
        "n",
        "target",
    )
    made.add_row("bare ray.get", spread(taken["bare"]), str(rounds), "")
    made.add_row("engine, plain functions", spread(taken["plain"]), str(rounds), "")
    made.add_row("engine, tasks that report", spread(taken["streamed"]), str(rounds), "")
    add_ratio(made, "reporting ÷ plain", taken["streamed"], taken["plain"], foreign, "≤ 1.01")
    add_ratio(made, "reporting ÷ bare", taken["streamed"], taken["bare"], foreign, "")
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", "")
    console.print(made)


def main() -> None:
    """The parts asked for."""
    given = arguments(__doc__)
    rounds, samples = (2, 300_000) if given.quick else (8, 2_500_000)
    for letter, part in (("a", beside_the_app), ("b", per_core), ("c", watched)):
        if given.only in ("", letter):
            part(rounds, samples)


if __name__ == "__main__":
    main()
