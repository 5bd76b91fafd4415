"""What a task costs on each engine whatever it does, and whether two calibrations agree within 20%.

uv run python -m tests.bench.calibration [--quick] [--only LANE]
"""

import asyncio
from collections import defaultdict

from tests.bench.figures import QUIET, Others, arguments, console, median, spread, table
from workloads.core import events as ev
from workloads.core.engine_info import ENGINES
from workloads.engines import EngineOptions
from workloads.figures.scaling import break_even
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.sweeps.calibration import calibrate
from workloads.sweeps.fold import Overhead, SweepFold


async def calibrated(
    coordinator: Coordinator, fold: SweepFold, lane: str
) -> tuple[Overhead | None, float]:
    """What one calibration finds for a lane, and the others' share of the machine meanwhile."""
    fold.apply(ev.SweepOpened(t=0, sweep="grain", parameter="tasks", values=[], lanes=[lane]))
    others = Others()
    await calibrate(coordinator, Plan("noop", {}, 0), [lane])
    return fold.overheads.get(lane), others.share()


async def measure() -> None:
    """Calibrate every lane again and again by turns, and tell pairs that follow each other."""
    given = arguments(__doc__)
    lanes = [lane for lane in ENGINES if given.only in ("", lane)]
    found: dict[str, list[tuple[Overhead, float]]] = defaultdict(list)
    fold = SweepFold()
    coordinator = Coordinator(EngineOptions(), [fold.apply])
    try:
        for _ in range(2 if given.quick else 6):
            for lane in lanes:
                overhead, share = await calibrated(coordinator, fold, lane)
                if overhead:
                    found[lane].append((overhead, share))
    finally:
        await coordinator.close()
    made = table(
        "Calibration: µs a task",
        "lane",
        "median (range)",
        "n",
        "later ÷ earlier",
        "quiet pairs only",
        "target",
        "break-even, ms",
    )
    for lane, known in found.items():
        costs = [overhead.seconds * 1e6 for overhead, _ in known]
        pairs = list(zip(known[::2], known[1::2], strict=False))
        ratios = [later[0].seconds / earlier[0].seconds for earlier, later in pairs]
        quiet = [
            ratio
            for ratio, pair in zip(ratios, pairs, strict=True)
            if max(share for _, share in pair) < QUIET
        ]
        size = break_even(median(costs) / 1e6, known[0][0].workers)
        told = f"{size * 1e3:.3g}" if size else ""
        made.add_row(
            lane,
            spread(costs, ".1f"),
            str(len(costs)),
            spread(ratios, ".2f"),
            spread(quiet, ".2f"),
            "0.83 – 1.20",
            told,
        )
    others = [100 * share for known in found.values() for _, share in known]
    made.add_row("others, % of the machine", spread(others, ".0f"), "", "", "", "", "")
    console.print(made)


if __name__ == "__main__":
    asyncio.run(measure())
