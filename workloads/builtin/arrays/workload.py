"""The workload of one array for the catalog: its parameters, its tasks, and the answer of all.

Threads and serial read the array where it is. `processes` pickles it for each call, as
multiprocessing does; Ray puts it into the object store once, where its workers read it without a
copy.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from workloads.core.task import Parameter, Params, Shared, Task, Value, Workload


def combine(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The answer: how many tasks read how many numbers, their exact sum, their mean and standard
    deviation. All follow from whole numbers, so that every lane gets the same.
    """
    count, total, squares = (
        sum(result[key] for result in results) for key in ("count", "sum", "squares")
    )
    mean = total / count
    return {
        "tasks": len(results),
        "numbers": count,
        "sum": total,
        "mean": mean,
        "std": math.sqrt(max(squares / count - mean * mean, 0.0)),
    }


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    from workloads.builtin.arrays.reading import make_array, read_rows

    array = Shared(make_array(int(params["size"]), seed))
    rows = int(params["rows"])
    return [Task(n, read_rows, (array, n, rows)) for n in range(int(params["tasks"]))]


def _usual() -> dict[str, Value]:
    return {"tasks": 50, "rows": 1000}


def _weak() -> dict[str, Value]:
    return {"tasks": 25, "rows": 20_000}


def _code(params: Params) -> list[Callable[..., Any]]:
    from workloads.builtin.arrays.reading import make_array, read_rows

    return [read_rows, make_array]


ARRAYS = Workload(
    name="arrays",
    title="Read a large array",
    help="Many small tasks read one array: pickled for each call, or put once into Ray's store.",
    parameters=(
        Parameter("tasks", 50, "number of tasks", 1, 100_000),
        Parameter(
            "size", 16_000_000, "size of the array, such as 500k", 1000, 200_000_000, unit="B"
        ),
        Parameter("rows", 1000, "rows of 1,000 bytes that each task reads", 1, 200_000),
    ),
    make_tasks=_tasks,
    combine=combine,
    presets={"sizes": _usual, "weak": _weak},
    sweeps={"sizes": "sizes", "weak": "weak"},
    imports=lambda params: ("numpy",),
    size="rows",
    data="size",
    code=_code,
    cost=lambda task: task.args[2],
)
