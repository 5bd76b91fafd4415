"""A workload whose tasks misbehave, found by lanes as `tests.lanes.faulty:FAULTY`."""

import os
import sys
import time
from collections.abc import Generator, Sequence
from typing import Any

from workloads.core.task import Parameter, Params, Progress, Task, Workload


def misbehave(number: int, how: str) -> Generator[Progress, None, Any]:
    """Task 1 does `how`, all chatter or hang on Ray; the others return their number."""
    yield Progress(1, 2)
    while how == "hang on Ray" and "ray" in sys.modules:
        time.sleep(0.1)
        yield Progress(1, 2)
    if how == "chatter":
        print("the same words", flush=True)
        return number
    if number == 1:
        if how == "raise":
            raise ValueError("[bold]no\x1b[31m good\nat all")
        if how == "exit":
            sys.exit(3)
        if how == "die":
            os._exit(9)
        print("a word on standard output", flush=True)
        os.write(2, b"and one on descriptor 2\n")
    yield Progress(2, 2)
    return number


def _tasks(params: Params, seed: int, files: Sequence[str]) -> Sequence[Task]:
    return [Task(n, misbehave, (n, params["how"])) for n in range(4)]


FAULTY = Workload(
    "faulty",
    "Faulty",
    "tasks that misbehave",
    (
        Parameter(
            "how",
            "raise",
            "what task 1 does",
            choices=("raise", "exit", "die", "print", "chatter", "hang on Ray"),
        ),
    ),
    _tasks,
    list,
)
