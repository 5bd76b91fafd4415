"""What screen 3 costs with 100,000 tasks on each of four lanes: filters, sorts, a row further, the
inspector; and what it costs to ask Ray how large results were.

uv run python -m tests.bench.task_list [--quick] [--only filter|sort|key|size]
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence

import numpy as np

from tests.bench.figures import arguments, console, median, quantile, ratios, spread, table
from tests.fabricate import at
from tests.tui.staged import plan, settle, showing
from tui.session import Session
from tui.task_list import task_list
from workloads.core import events as ev
from workloads.ledger.outcomes import MAX_OUTCOMES
from workloads.ledger.tables import State
from workloads.ledger.task_filter import parse_filter
from workloads.ledger.task_order import SORTS, Choice, TaskList, ordered

LANES = ("serial", "threads", "processes", "ray")
FEW, MANY = 16, 100_000

FILTERS = (
    "failed",
    "lane:ray",
    "ran>0.5s worker:3",
    "cpu<90% size>100kB fetched>1ms",
    "ref:00ff",
    '"no such file"',
    'lane:ray state:failed ran>0.5s worker:3 "no such file"',
)


def filled(tasks: int) -> Session:
    """A session after a race whose lanes have so many tasks: every 100th failed."""
    session = Session(plan(), lambda: at(1000.0))
    lanes = list(LANES)
    session.apply(
        ev.RaceOpened(t=at(0), workload="f", params={}, seed=1, schedule="together", lanes=lanes)
    )
    dice = np.random.default_rng(1)
    for name in LANES:
        start = {"t": at(1), "lane": name, "run": 1, "tasks": tasks, "workers": 8}
        session.apply(ev.LaneReady(startup_s=0, **start))
        session.apply(ev.RunStarted(**start))
        for worker in range(8):
            session.apply(ev.WorkerJoined(t=at(0), lane=name, worker=worker, pid=4000, node="c0ff"))
        _fill(session, name, dice)
    return session


def _fill(session: Session, name: str, dice: np.random.Generator) -> None:
    table = session.race.lane(name).tasks
    count = table.count
    table.submitted[:] = np.sort(dice.uniform(0, 100, count))
    table.start[:] = table.submitted + dice.uniform(0, 1, count)
    table.end[:] = table.start + dice.uniform(0, 1, count)
    table.fetched[:] = table.end + dice.uniform(0, 0.01, count)
    table.cpu[:] = (table.end - table.start) * dice.uniform(0.5, 1, count)
    table.worker[:] = dice.integers(0, 8, count)
    table.result_bytes[:] = dice.integers(1, 200_000, count)
    table.state[:] = State.FINISHED
    table.state[::100] = State.FAILED
    table.ref.view(np.uint8)[:] = dice.integers(0, 256, 28 * count, np.uint8)
    for task in range(max(0, count - MAX_OUTCOMES), count):
        error = {"t": at(2), "lane": name, "task": task, "worker": 0, "start": at(1)}
        event: ev.AnyEvent = ev.Finished(cpu_s=1.0, result={"station": task, "days": 365}, **error)
        if task % 100 == 0:
            event = ev.Failed(error="OSError", message=f"No such file: {task}", **error)
        session.outcomes.apply(event)


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of CPU that the work takes, so many times."""
    taken = []
    for _ in range(rounds):
        began = time.thread_time()
        work()
        taken.append((time.thread_time() - began) * 1000)
    return taken


def one_lane(tasks: TaskList) -> TaskList:
    """The tasks of the last lane alone."""
    return TaskList(tasks.lanes[-1:])


def filters(tasks: TaskList, rounds: int) -> None:
    """Each filter, over one lane and over all."""
    made = table(
        f"A filter over {MANY:,} tasks, ms of CPU", "filter", "one lane", "four lanes", "target"
    )
    for words in FILTERS:
        found = []
        for listed in (one_lane(tasks), tasks):
            listed.by_number  # noqa: B018  # worked out once for a race
            choice = Choice(words=words)
            assert not parse_filter(words, LANES).errors
            found.append(spread(timed(lambda of=listed, by=choice: ordered(of, by), rounds), ".1f"))
        made.add_row(words, *found, "≤ 100 for one")
    console.print(made)


def sorts(tasks: TaskList, rounds: int) -> None:
    """Each sort, over one lane and over all."""
    made = table(f"Sorting {MANY:,} tasks, ms of CPU", "by", "one lane", "four lanes")
    for sort in SORTS:
        choice = Choice(sort)
        found = [
            spread(timed(lambda of=listed, by=choice: ordered(of, by), rounds), ".1f")
            for listed in (one_lane(tasks), tasks)
        ]
        made.add_row(sort, *found)
    console.print(made)


async def pressed(keys: Sequence[str], tasks: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of CPU until each key had its effect and the frame after it was drawn."""
    taken: dict[str, list[float]] = {key: [] for key in keys}
    async with showing(filled(tasks), (120, 40)) as (_, pilot):
        await pilot.press("3", "end", "home")
        await settle(pilot)
        for _ in range(rounds):
            for key in keys:
                began = time.process_time()
                await pilot.press(key)
                await pilot.pause()
                taken[key].append((time.process_time() - began) * 1000)
                await settle(pilot)
    return taken


def keys(rounds: int) -> None:
    """Keys of the screen, at few tasks and at many."""
    names = {
        "pagedown": "a page further",
        "down": "a row further",
        "enter": "the inspector opened, or closed",
        "G": "the next slowest task",
        "g": "the next failed task",
        "i": "sorted by the next column",
    }
    few = asyncio.run(pressed(list(names), FEW, rounds))
    many = asyncio.run(pressed(list(names), MANY, rounds))
    made = table(
        "A key, ms of CPU until its frame is drawn (120×40, headless)",
        "key",
        f"4 × {FEW} tasks",
        f"4 × {MANY:,} tasks",
        "p99",
        "ratio",
        "target",
    )
    for key, name in names.items():
        made.add_row(
            f"{key}: {name}",
            spread(few[key], ".1f"),
            spread(many[key], ".1f"),
            f"{quantile(many[key], 0.99):.1f}",
            f"{median(ratios(many[key], few[key])):.2f}",
            "≤ 50" if key == "enter" else "",
        )
    console.print(made)


def sizes(tasks: int, rounds: int) -> None:
    """What it costs the driver to ask how large results are, beside getting them."""
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    import ray

    from workloads.engines.ray.fetching import fetch

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    noop = ray.remote(lambda: b"." * 180)
    plain, asked = [], []
    for _ in range(rounds):
        refs = [noop.remote() for _ in range(tasks)]
        ray.wait(refs, num_returns=tasks)
        plain += timed(lambda refs=refs: ray.get(refs), 1)
        asked += timed(lambda refs=refs: fetch(ray, refs), 1)
    ray.shutdown()
    made = table(f"Results of {tasks:,} tasks that do nothing, µs of CPU a task", "", "µs")
    for name, taken in (("ray.get", plain), ("with sizes and places", asked)):
        made.add_row(name, spread([1000 * each / tasks for each in taken], ".2f"))
    console.print(made)


def main() -> None:
    """The parts asked for."""
    given = arguments(__doc__)
    rounds = 3 if given.quick else 15
    if given.only in ("", "filter", "sort"):
        session = filled(MANY)
        with session.frame():
            tasks = task_list(session, "")
        if given.only != "sort":
            filters(tasks, rounds)
        if given.only != "filter":
            sorts(tasks, rounds)
    if given.only in ("", "key"):
        keys(rounds)
    if given.only in ("", "size"):
        sizes(1000 if given.quick else 10_000, rounds)


if __name__ == "__main__":
    main()
