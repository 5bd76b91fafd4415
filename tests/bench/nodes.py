"""Four local nodes: the seconds of their start by part, their memory, and how evenly `spread`
places tasks.

uv run python -m tests.bench.nodes [--quick]
"""

import asyncio
import contextlib
from collections import defaultdict

import psutil

from tests.bench.figures import Others, arguments, console, spread, table
from workloads.engines import EngineOptions
from workloads.engines.local_nodes import LocalNodes, need_bytes
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race

NODES, TASKS, SECONDS = 4, 10, 0.3
IDEAL_S = SECONDS * -(-TASKS // NODES)
"""Whole tasks counted: three rounds."""

PARTS = {"import": "import ray", "init": "start Ray and node 1", "nodes": "nodes 2 to 4"}


def plan(seconds: float = SECONDS) -> Plan:
    """Ten tasks that wait, spread over the nodes."""
    params = {"tasks": TASKS, "seconds": seconds, "workers": NODES}
    return Plan("sleep", params, 1, lanes=("ray",), strategy="spread")


def pss(pid: int) -> dict[str, float]:
    """Proportional set size (MB) by kind of process, of the lane and all that it started."""
    sizes: dict[str, float] = defaultdict(float)
    lane = psutil.Process(pid)
    for process in [lane, *lane.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            name = process.name()
            if name.startswith("ray::") or name == "raylet":
                kind = {"raylet": "raylets"}.get(name, "workers")
            else:
                kind = {lane.pid: "driver"}.get(process.pid, "agents, monitors, GCS")
            sizes[kind] += process.memory_full_info().pss / 1e6
    return sizes


async def measured(nodes: int, races: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Seconds of the start by part and of each race, and the memory with warm workers."""
    race = Race()
    options = EngineOptions(cpus=nodes, nodes=LocalNodes(nodes))
    coordinator = Coordinator(options, [race.apply])
    seconds: dict[str, list[float]] = defaultdict(list)
    try:
        for number in range(races):
            status = await coordinator.race(plan())
            lane = race.lane("ray")
            if status != "finished":
                raise SystemExit(lane.reason)
            if not number:
                for phase in lane.phases:
                    seconds[phase.name].append(phase.seconds(phase.end or 0))
                seconds["start"].append(lane.startup_s)
            seconds["run"].append(lane.wall_s or 0.0)
        return seconds, pss(race.lane("ray").pid)
    finally:
        await coordinator.close()


def main() -> None:
    """Starts of four nodes, and of one to compare with."""
    given = arguments(__doc__)
    starts, races = (1, 3) if given.quick else (3, 7)
    taken: dict[str, list[float]] = defaultdict(list)
    sizes: dict[int, list[dict[str, float]]] = defaultdict(list)
    others = Others()
    for _ in range(starts):
        for nodes in (1, NODES):
            seconds, size = asyncio.run(measured(nodes, races if nodes == NODES else 1))
            sizes[nodes].append(size)
            if nodes == NODES:
                for part, values in seconds.items():
                    taken[part] += values
            else:
                taken["one node"] += seconds["start"]
    made = table(
        f"Four local nodes of one CPU; {starts} starts", "what", "median (range)", "target"
    )
    for part, title in PARTS.items():
        made.add_row(f"{title}, s", spread(taken[part]), "")
    made.add_row("a worker on each is warm, s", spread(taken["workers"]), "")
    made.add_row("start in all, s", spread(taken["start"]), "")
    made.add_row("start of one node, s", spread(taken["one node"]), "")
    for kind in sizes[NODES][0]:
        made.add_row(f"PSS of {kind}, MB", spread([size[kind] for size in sizes[NODES]]), "")
    total = [sum(size.values()) for size in sizes[NODES]]
    one = [sum(size.values()) for size in sizes[1]]
    each = [(four - first) / (NODES - 1) for four, first in zip(total, one, strict=True)]
    made.add_row("PSS in all, MB", spread(total), f"≤ {need_bytes(NODES, NODES) / 1e6:.0f}, asked")
    made.add_row("PSS with one node, MB", spread(one), f"≤ {need_bytes(1, 1) / 1e6:.0f}, asked")
    made.add_row("PSS of each further node, MB", spread(each), "")
    ratios = [run / IDEAL_S for run in taken["run"]]
    made.add_row(
        f"{TASKS} × {SECONDS} s with spread ÷ ideal {IDEAL_S:.1f} s", spread(ratios), "≤ 1.2"
    )
    made.add_row("others, % of the machine", f"{100 * others.share():.0f}", "")
    console.print(made)


if __name__ == "__main__":
    main()
