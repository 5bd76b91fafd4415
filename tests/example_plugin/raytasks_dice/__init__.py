"""The workload `dice`: throw two dice very often, and count their sums."""

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from workloads import Parameter, Progress, Task, Workload

REPORT_EVERY_S = 0.15


def throw(throws: int, seed: int, number: int) -> Iterator[Progress]:
    """A task: yields how often each sum came so far, returns it in the end."""
    dice, counts = random.Random(f"{seed} {number}"), [0] * 13
    reported = time.perf_counter()
    for done in range(1, throws + 1):
        counts[dice.randint(1, 6) + dice.randint(1, 6)] += 1
        if done % 1000 == 0 and time.perf_counter() - reported > REPORT_EVERY_S:
            reported = time.perf_counter()
            yield Progress(done, throws, counts)
    return counts


def combine(results: Sequence[list[int]]) -> dict[str, Any]:
    """The answer: how often each sum came in all."""
    return {"counts": [sum(column) for column in zip(*results, strict=True)]}


DICE = Workload(
    name="dice",
    title="Two dice",
    help="Throw two dice, and count how often each sum comes.",
    parameters=(
        Parameter("tasks", 8, "number of tasks", 1, 10_000),
        Parameter("throws", 100_000, "how often each task throws", 1, 1_000_000_000),
    ),
    make_tasks=lambda params, seed, files: [
        Task(number, throw, (params["throws"], seed, number)) for number in range(params["tasks"])
    ],
    combine=combine,
    size="throws",
)
