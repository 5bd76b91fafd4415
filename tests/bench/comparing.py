"""What comparing a result costs, beside what pickling it costs, and what a lane's time is without
it and with it.

uv run python -m tests.bench.comparing [--quick]
"""

import asyncio
import pickle
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.figures import arguments, console, spread, table
from tests.lanes.test_function import plan
from workloads.comparison import keeping
from workloads.comparison.contents import digest
from workloads.comparison.leaves import Leaves
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Coordinator

RESULTS: dict[str, Any] = {
    "a number": 1.5,
    "a small dict": {"a": 1, "b": [1.5, "text"], "c": None},
    "100,000 floats in a list": [float(number) for number in range(100_000)],
    "20,000 dicts": [{"a": number, "b": str(number)} for number in range(20_000)],
    "an array of 8 MB": np.arange(1_000_000.0),
    "the same, transposed": np.arange(1_000_000.0).reshape(1000, 1000).T,
    "an array of 16 MB, too large to keep": np.arange(2_200_000.0),
}


def best(call: Callable[[], object], times: int) -> float:
    """The least seconds that a call took."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return min(found)


def kept(value: Any, folder: Path) -> None:
    """Read and keep a result, as a worker does; in a folder of a new run, where it isn't yet."""
    leaves = Leaves()
    found = digest(value, leaves)
    run = keeping.new_run(folder)
    assert run is not None
    keeping.keep(run, found, leaves)


def costs(times: int) -> None:
    """The table of single results."""
    made = table(
        "Comparing a result, ms", "result", "digest", "and keep", "pickle", "digest ÷ pickle"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, value in RESULTS.items():
            calls = (
                partial(digest, value),
                partial(kept, value, Path(folder)),
                partial(pickle.dumps, value, 5),
            )
            read, whole, pickled = (best(call, times) for call in calls)
            made.add_row(
                name,
                *(f"{1e3 * cost:.3g}" for cost in (read, whole, pickled)),
                f"{read / pickled:.2g}",
            )
    console.print(made)


async def walls(tasks: int, times: int) -> None:
    """The table of lanes: their wall time over what their tasks took on the busiest worker."""
    made = table(
        "A lane's wall ÷ its busiest worker's seconds in tasks", "lane", "wall", "seconds comparing"
    )
    events: list[ev.AnyEvent] = []
    coordinator = Coordinator(EngineOptions(), [events.append])
    try:
        for lane in ("serial", "threads", "processes", "ray"):
            ratios, compared = [], []
            for _ in range(times):
                events.clear()
                await coordinator.race(
                    plan("tests.lanes.compared:slow_to_compare", f"range:{tasks}", (lane,))
                )
                finished = [event for event in events if isinstance(event, ev.Finished)]
                busy: dict[int, float] = {}
                for event in finished:
                    busy[event.worker] = busy.get(event.worker, 0) + (event.t - event.start) / 1e9
                wall = next(event.wall_s for event in events if isinstance(event, ev.RunEnded))
                ratios.append(wall / max(busy.values()))
                compared.append(sum(event.compare_s for event in finished) / wall)
            made.add_row(lane, spread(ratios, ".2f"), f"{spread(compared, '.1f')} × wall")
    finally:
        await coordinator.close()
    console.print(made)


if __name__ == "__main__":
    given = arguments(__doc__)
    costs(3 if given.quick else 20)
    asyncio.run(walls(12 if given.quick else 60, 1 if given.quick else 5))
