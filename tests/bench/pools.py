"""What the lanes of threads and of processes cost beside the bare pools of the standard library.

uv run python -m tests.bench.pools [--quick] [--only threads|processes]

The bare pools run in a process of their own at a lane's niceness. Tasks hash memory, outside the
interpreter lock, so that threads have something to gain.
"""

import asyncio
import hashlib
import json
import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.figures import Others, add_ratio, arguments, console, median, spread, table
from tests.bench.hosted import Hosted
from workloads.core import events as ev
from workloads.core.task import Parameter, Params, Task, Workload
from workloads.engines import EngineOptions
from workloads.lanes.__main__ import step_back
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.machine.host import usable_cpus

BLOCK = bytes(1 << 20)


def hashing(blocks: int) -> int:
    """The task: hash so many blocks of 1 MiB; none of them is the least a task can do."""
    hashed = hashlib.sha256()
    for _ in range(blocks):
        hashed.update(BLOCK)
    return blocks


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    return [Task(n, hashing, (int(params["blocks"]),)) for n in range(int(params["tasks"]))]


HASHING = Workload(
    "hashing",
    "Hashing",
    "tasks that hash memory",
    (
        Parameter("tasks", 10, "how many", 1, 1_000_000),
        Parameter("blocks", 1, "blocks that each hashes", 0, 100_000),
    ),
    _tasks,
    len,
)


def bare_loop(kind: str) -> tuple[Callable[[list[int]], Iterator[int]], Callable[[], None]]:
    """What a script would write: the bare pool's loop over tasks, and how the pool is closed."""
    if kind == "threads":
        executor = ThreadPoolExecutor(usable_cpus())
        return lambda work: executor.map(hashing, work), executor.shutdown
    context = multiprocessing.get_context("forkserver")
    pool = context.Pool(usable_cpus())
    return lambda work: pool.imap_unordered(hashing, work, chunksize=1), pool.terminate


def host(kind: str) -> None:
    """Serve on standard input: [tasks, blocks] a line, answered with the seconds they took."""
    step_back()
    loop, close = bare_loop(kind)
    for _ in loop([1] * 20):
        pass
    for line in sys.stdin:
        tasks, blocks = json.loads(line)
        began = time.perf_counter()
        for _ in loop([blocks] * tasks):
            pass
        print(time.perf_counter() - began, flush=True)
    close()


def block_seconds() -> float:
    """How long a block takes here, the best of some."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        hashing(20)
        taken.append((time.perf_counter() - began) / 20)
    return min(taken)


async def against_bare(kind: str, rounds: int, seconds: float) -> None:
    """The lane and the bare pool by turns, for tasks of three sizes; `seconds` is about what each
    run takes.
    """
    ended: list[ev.RunEnded] = []

    def listen(event: Any) -> None:
        if isinstance(event, ev.RunEnded):
            ended.append(event)

    coordinator = Coordinator(EngineOptions(), [listen])
    block = block_seconds()
    made = table(
        f"The lane {kind} beside the bare pool, {usable_cpus()} workers",
        "run",
        "median (range)",
        "n",
        "target",
    )

    async def lane(tasks: int, blocks: int) -> float:
        params = {"tasks": tasks, "blocks": blocks}
        await coordinator.race(Plan("tests.bench.pools:HASHING", params, 1, lanes=(kind,)))
        assert ended[-1].status == "finished"
        return ended[-1].wall_s

    try:
        with Hosted("tests.bench.pools", "host", kind) as bare:
            for size in (0.050, 0.005, 0.0):
                blocks = max(1, round(size / block)) if size else 0
                tasks = (
                    max(20, round(seconds * usable_cpus() / size))
                    if size
                    else int(seconds * 20_000)
                )
                taken: dict[str, list[float]] = defaultdict(list)
                foreign, driver = [], []
                for number in range(rounds):
                    others = Others()
                    for which in ("lane", "bare") if number % 2 else ("bare", "lane"):
                        await asyncio.sleep(0.3)
                        if which == "lane":
                            taken[which].append(await lane(tasks, blocks))
                            driver.append(ended[-1].driver_cpu_s / tasks * 1e6)
                        else:
                            taken[which].append(await asyncio.to_thread(bare.ask, [tasks, blocks]))
                    foreign.append(others.share())
                name = (
                    f"{tasks:,} tasks of {size * 1000:.0f} ms"
                    if size
                    else f"{tasks:,} tasks that do nothing"
                )
                made.add_row(f"{name}: bare, s", spread(taken["bare"]), str(rounds), "")
                made.add_row("  lane, s", spread(taken["lane"]), str(rounds), "")
                each = {
                    which: [wall / tasks * 1e6 for wall in walls] for which, walls in taken.items()
                }
                if not size:
                    made.add_row("  a task, µs: bare", spread(each["bare"], ".0f"), str(rounds), "")
                    made.add_row("  a task, µs: lane", spread(each["lane"], ".0f"), str(rounds), "")
                add_ratio(
                    made,
                    "  bare ÷ lane",
                    taken["bare"],
                    taken["lane"],
                    foreign,
                    "≥ 0.90" if size else "",
                )
                made.add_row("  CPU of the lane, µs a task", f"{median(driver):.0f}", "", "")
                made.add_row(
                    "  others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", ""
                )
    finally:
        await coordinator.close()
    console.print(made)


async def measure() -> None:
    """The parts asked for."""
    given = arguments(__doc__)
    for kind in ("processes", "threads"):
        if given.only in ("", kind):
            await against_bare(kind, 2 if given.quick else 8, 0.5 if given.quick else 2.0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["host"]:
        host(sys.argv[2])
    else:
        asyncio.run(measure())
