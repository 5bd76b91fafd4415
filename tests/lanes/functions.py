"""Functions that somebody might race, found by lanes as `tests.lanes.functions:NAME`."""

import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from workloads.core.task import Progress


def add(x: float, y: float = 0, *, note: str = "") -> dict[str, Any]:
    print(f"adding {x} and {y}", flush=True)
    return {"sum": x + y, "note": note}


def steps(n: int) -> Generator[Progress, None, list[int]]:
    for done in range(1, 4):
        time.sleep(0.2)
        yield Progress(done, 3, {"at": n})
    return [n]


def gated(gate: str) -> Generator[Progress, None, str]:
    """Lasts until the file is there: as long as a test looks, on a slow machine too."""
    while not Path(gate).exists():
        yield Progress(1, 2)
        time.sleep(0.02)
    return gate


def misbehave(how: str) -> Any:
    if how == "raise":
        raise ValueError("[bold]no\x1b[31m good")
    if how == "exit":
        sys.exit(3)
    if how == "lambda":
        return lambda: how
    if how == "generator":
        return iter(())
    return "x" * 3_000_000 if how == "huge" else how


def wrong(n: int) -> Generator[str, None, None]:
    yield "half"


def loaded(_: int) -> list[str]:
    """The top packages that the worker has loaded."""
    return sorted({name.partition(".")[0] for name in sys.modules})
