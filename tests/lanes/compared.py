"""Functions whose results lanes must compare: what looks alike in short and isn't, and what is
alike and looks not.
"""

import dataclasses
import threading
from typing import Any

import numpy as np


@dataclasses.dataclass
class Fitted:
    name: str
    weights: Any
    took: float = dataclasses.field(default=0.0, compare=False)


def in_pool() -> int:
    """0 in the lanes that compute in one process of their own, 1 in the workers of a pool of
    processes.
    """
    import multiprocessing
    import sys

    ray = sys.modules.get("ray")
    pooled = multiprocessing.parent_process() is not None
    return int(pooled or (ray is not None and ray._private.worker.global_worker.mode == 1))


def array(n: int) -> Any:
    """2 MB that differ in one element, and only in the second task."""
    made = np.arange(250_000.0).reshape(500, 500)
    if n == 1 and in_pool():
        made[400, 3] += 1
    return made


def turned(n: int) -> Any:
    """The same array, in another order of memory."""
    made = np.arange(250_000.0).reshape(500, 500) + n
    return made.T.copy().T if in_pool() else made


def held(n: int) -> Any:
    made = {"a": np.arange(300_000.0), "b": [np.ones(5), {"c": np.full(200_000, n)}]}
    made["b"][1]["c"][1234] += in_pool()
    return made


def fitted(n: int) -> Any:
    weights = np.full((400, 400), 1.0 + n)
    weights[200, 200] += in_pool()
    return Fitted(f"model {n}", weights, took=in_pool())


def last_bits(n: int) -> Any:
    made = np.linspace(1.0, 2.0, 300_000)
    made[7 * n] += in_pool() * 2 * np.spacing(1.5)
    return {"loss": 0.1 + n, "weights": made}


def frame(n: int) -> Any:
    import pandas as pd

    made = pd.DataFrame({"x": np.arange(5000), "y": [f"row {row}" for row in range(5000)]})
    if in_pool():
        made.loc[2500, "y"] = "another row"
    return made


def incomparable(n: int) -> Any:
    return {"lock": threading.Lock()} if n == 1 else n


def large(n: int) -> Any:
    """More than is kept on disk."""
    made = np.zeros(2_200_000 + in_pool() * 0)
    made[-1] = in_pool()
    return made


def small(n: int) -> float:
    return sum(0.1 for _ in range(10)) + in_pool() * 2**-52


def slow_to_compare(n: int) -> Any:
    """Takes no time, but what it returns takes long to read."""
    return [{"a": number, "b": str(number)} for number in range(20_000)]
