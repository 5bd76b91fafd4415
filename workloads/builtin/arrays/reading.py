"""The array, and the task that reads rows of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.core.task import Shared, opened

COLUMNS = 250
"""Numbers of 4 bytes in a row, which has 1,000 bytes."""

ROW_BYTES = COLUMNS * 4

Array = NDArray[np.int32]


def make_array(size: int, seed: int) -> Array:
    """Random numbers from 0 to 65,535 in about `size` bytes: rows of 1,000, at least one. The same
    seed gives the same numbers.
    """
    rows = max(size // ROW_BYTES, 1)
    return np.random.default_rng(seed).integers(0, 1 << 16, (rows, COLUMNS), np.int32)


def read_rows(array: "Shared | Array", first: int, rows: int) -> dict[str, Any]:
    """Sum up rows of an array, from the row `first` on and spread evenly over all of it: at most
    `rows`, each once.

    Returns how many numbers were read (`count`), their exact `sum` and sum of `squares`, and
    whether the task could have written into the array (`writable`): what lies in an object store is
    read-only, as all readers share it.
    """
    whole = opened(array)
    count = min(rows, len(whole))
    chosen = (first + np.arange(count) * len(whole) // count) % len(whole)
    sample = whole[chosen].astype(np.int64)
    return {
        "count": sample.size,
        "sum": int(sample.sum()),
        "squares": int((sample * sample).sum()),
        "writable": bool(whole.flags.writeable),
    }
