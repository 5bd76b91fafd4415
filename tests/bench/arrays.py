"""Tasks that read one array: on the lanes `processes` and `ray`, and in a bare pool of
multiprocessing, whose calls take the array along as a script's would.

uv run python -m tests.bench.arrays [--quick]

The lane must not pickle more slowly than the bare pool does, or Ray would win against a straw man.
"""

import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from typing import Any

from tests.bench.figures import Others, add_ratio, arguments, console, spread, table
from tests.bench.hosted import Hosted
from workloads.builtin.arrays.reading import make_array, read_rows
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.__main__ import step_back
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.machine.host import usable_cpus

TASKS, ROWS, SEED = 50, 1000, 7

LANES = ("processes", "ray")

SIZES = (100_000, 1_000_000, 4_000_000, 16_000_000, 64_000_000)


def _read(call: tuple[Any, int]) -> int:
    array, first = call
    return int(read_rows(array, first, ROWS)["sum"])


def host() -> None:
    """Serve on standard input: a size a line, answered with the seconds of the bare pool."""
    step_back()
    with multiprocessing.get_context("forkserver").Pool(usable_cpus()) as pool:
        for line in sys.stdin:
            array = make_array(json.loads(line), SEED)
            pool.map(_read, [(array[:1], 0)] * 20, chunksize=1)
            began = time.perf_counter()
            calls = ((array, number) for number in range(TASKS))
            for _ in pool.imap_unordered(_read, calls, chunksize=1):
                pass
            print(time.perf_counter() - began, flush=True)


Taken = dict[tuple[str, int], list[float]]


async def round_over(
    sizes: Sequence[int],
    coordinator: Coordinator,
    bare: Hosted,
    taken: Taken,
    ended: dict[str, float],
) -> None:
    """A race and a run of the bare pool at each size."""
    for size in sizes:
        others = Others()
        params = {"tasks": TASKS, "size": size, "rows": ROWS}
        await coordinator.race(Plan("arrays", params, SEED, LANES, "in-turn"))
        for lane in LANES:
            taken[lane, size].append(ended[lane])
        taken["bare", size].append(await asyncio.to_thread(bare.ask, size))
        taken["others", size].append(others.share())


async def measure() -> None:
    """All sizes in each of some rounds."""
    quick = arguments(__doc__).quick
    sizes, rounds = (SIZES[1:4], 2) if quick else (SIZES, 5)
    ended: dict[str, float] = {}

    def listen(event: Any) -> None:
        if isinstance(event, ev.RunEnded):
            assert event.status == "finished"
            ended[event.lane] = event.wall_s

    coordinator, taken = Coordinator(EngineOptions(), [listen]), Taken()
    for name in ("bare", "others", *LANES):
        taken |= {(name, size): [] for size in sizes}
    try:
        with Hosted("tests.bench.arrays", "host") as bare:
            for _ in range(rounds):
                await round_over(sizes, coordinator, bare, taken, ended)
    finally:
        await coordinator.close()
    title = f"{TASKS} tasks that read one array, {usable_cpus()} workers"
    made = table(title, "run", "median (range)", "n", "target")
    for size in sizes:
        made.add_row(f"{size / 1e6:g} MB: bare pool, s", spread(taken["bare", size]), "", "")
        for lane in LANES:
            made.add_row(f"  lane {lane}, s", spread(taken[lane, size]), "", "")
        bare_s, processes, ray, foreign = (taken[name, size] for name in ("bare", *LANES, "others"))
        add_ratio(made, "  bare pool ÷ processes", bare_s, processes, foreign, "≥ 0.90")
        add_ratio(made, "  processes ÷ ray", processes, ray, foreign, "")
    console.print(made)


if __name__ == "__main__":
    if sys.argv[1:2] == ["host"]:
        host()
    else:
        asyncio.run(measure())
