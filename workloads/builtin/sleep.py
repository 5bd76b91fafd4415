"""Tasks that only wait: they show how work is scheduled, on any machine, whatever its cores."""

import random
from collections.abc import Generator, Sequence
from typing import Any

from workloads.core.task import REPORT_EVERY, Parameter, Params, Progress, Task, Value, Workload
from workloads.machine.clock import clocks


def sleeping_task(seconds: float) -> Generator[Progress, None, float]:
    """Wait for `seconds` and return them; progress counts milliseconds."""
    clock = clocks()
    began = clock.perf_counter()
    while (left := began + seconds - clock.perf_counter()) > 0:
        clock.sleep(min(REPORT_EVERY, left))
        done = min(clock.perf_counter() - began, seconds)
        yield Progress(round(done * 1000), round(seconds * 1000))
    return seconds


def combine(results: Sequence[float]) -> dict[str, Any]:
    """The answer: number of tasksed, and the seconds they waited in all."""
    return {"tasks": len(results), "slept_s": round(sum(results), 6)}


def waits(params: Params, seed: int) -> list[float]:
    """The seconds of each task, `seconds` on average: the longest is `spread` times the shortest,
    each in between a constant factor longer than the one before, in random order.
    """
    count, spread, mean = int(params["tasks"]), float(params["spread"]), float(params["seconds"])
    if spread == 1 or count == 1:
        return [mean] * count
    factors = [spread ** (place / (count - 1)) for place in range(count)]
    whole = sum(factors)
    lengths = [mean * count * factor / whole for factor in factors]
    random.Random(seed).shuffle(lengths)
    return lengths


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    return [Task(n, sleeping_task, (s,)) for n, s in enumerate(waits(params, seed))]


def _tutorial() -> dict[str, Value]:
    return {"tasks": 10, "seconds": 1.0, "workers": 4, "spread": 1.0}


def _uneven() -> dict[str, Value]:
    return {"tasks": 16, "seconds": 0.5, "workers": 4, "spread": 20.0}


SLEEP = Workload(
    name="sleep",
    title="Tasks that wait",
    help="Ten tasks that only wait: one at a time on one worker, then four at a time.",
    parameters=(
        Parameter("tasks", 10, "number of tasks", 1, 100_000),
        Parameter("seconds", 1.0, "seconds that a task waits, on average", 0, 3600, unit="s"),
        Parameter("workers", 4, "tasks that wait concurrently, regardless of cores", 1, 64),
        Parameter("spread", 1.0, "longest wait ÷ shortest; 1: all wait the same", 1, 1000),
    ),
    make_tasks=_tasks,
    combine=combine,
    presets={"tutorial": _tutorial, "nodes": _tutorial, "uneven": _uneven},
    local_nodes={"nodes": 4},
    size="seconds",
    slots=lambda params: int(params["workers"]),
    waits=True,
    code=lambda params: [sleeping_task],
    cost=lambda task: task.args[0],
)
