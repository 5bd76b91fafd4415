"""π by Monte Carlo: points thrown at the square (−1, 1)² fall into the unit circle with
chance π/4.
"""

import math
import os
import random
from collections.abc import Callable, Generator, Sequence
from typing import Any

from workloads.core.notebook import NotebookCell
from workloads.core.task import (
    REPORT_EVERY,
    EstimatedNumber,
    Parameter,
    Params,
    Progress,
    Task,
    Value,
    Workload,
)
from workloads.machine.clock import clocks

POINTS_KEPT = 40
"""Points that one report carries for the scatter; bounds the size of an event whatever the task's
size.
"""

GRID = 1000
"""Points travel as whole numbers: 0…2·GRID for −1…1, so that events stay short."""

PYTHON_BLOCK = 20_000
NUMPY_BLOCK = 1 << 17

RATE_TASKS, RATE_SAMPLES = 5, 60_000
"""The short tasks that measure how fast this machine is: about 0.1 s in all."""


def sampling_task(
    num_samples: int, seed: int, number: int, kernel: str = "python"
) -> Generator[Progress, None, list[int]]:
    """Throw `num_samples` points and count those inside the circle; returns [samples, inside].

    The randomness comes from (seed, number) alone and is drawn in blocks of a fixed size, so
    neither the engine nor the speed of the machine changes the count. `partial` of each Progress is
    [inside so far, [x0, y0, x1, y1, …]]: a thin sample of the points of the last block, on the
    GRID. The kernel "tutorial" is that of Python, which also prints the tutorial's line.
    """
    block, size = _python_block, PYTHON_BLOCK
    if kernel == "numpy":
        block, size = _numpy_block, NUMPY_BLOCK
    generator = _generator(kernel, seed, number)
    done = inside = 0
    seconds = clocks().perf_counter
    reported = seconds()
    while done < num_samples:
        count = min(size, num_samples - done)
        hits, points = block(generator, count)
        done += count
        inside += hits
        now = seconds()
        if now - reported >= REPORT_EVERY or done == num_samples:
            reported = now
            yield Progress(done, num_samples, [inside, points])
    if kernel == "tutorial":
        print(f"Task id: {number + 1} | Samples in the circle: {inside}")
    return [num_samples, inside]


def _generator(kernel: str, seed: int, number: int) -> Any:
    if kernel == "numpy":
        import numpy as np

        return np.random.default_rng([seed, number])
    return random.Random(f"{seed}/{number}")


def _python_block(generator: random.Random, count: int) -> tuple[int, list[int]]:
    uniform, hypot = generator.uniform, math.hypot
    inside = 0
    points = []
    kept = min(POINTS_KEPT, count)
    for _ in range(kept):
        x, y = uniform(-1, 1), uniform(-1, 1)
        if hypot(x, y) <= 1:
            inside += 1
        points += [round((x + 1) * GRID), round((y + 1) * GRID)]
    for _ in range(count - kept):
        x, y = uniform(-1, 1), uniform(-1, 1)
        if hypot(x, y) <= 1:
            inside += 1
    return inside, points


def _numpy_block(generator: Any, count: int) -> tuple[int, list[int]]:
    import numpy as np

    x, y = generator.uniform(-1, 1, (2, count))
    inside = int(np.count_nonzero(np.hypot(x, y) <= 1))
    kept = np.stack([x[:POINTS_KEPT], y[:POINTS_KEPT]], axis=1)
    return inside, np.rint((kept + 1) * GRID).astype(int).ravel().tolist()


def estimate(samples: int, inside: int) -> tuple[float, float]:
    """π and its standard error from `inside` hits among `samples` points (samples ≥ 1).

    Binomial: with p = inside/samples, π̂ = 4p and σ = 4·√(p(1−p)/samples).
    """
    p = inside / samples
    return 4 * p, 4 * math.sqrt(p * (1 - p) / samples)


def samples_per_second(params: Params) -> float:
    """The samples that a task with these parameters takes in a second of CPU time, here and now:
    that of the fastest of a few short tasks, which others have disturbed least.
    """
    taken = []
    for number in range(RATE_TASKS):
        began = clocks().thread_time()
        for _ in sampling_task(RATE_SAMPLES, 0, number, str(params["kernel"])):
            pass
        taken.append(clocks().thread_time() - began)
    return RATE_SAMPLES / max(min(taken), 1e-6)


def combine(results: Sequence[list[int]]) -> dict[str, Any]:
    """The answer of all tasks: π, its standard error, samples and hits in all and per task."""
    samples = sum(result[0] for result in results)
    inside = sum(result[1] for result in results)
    pi, stderr = estimate(samples, inside)
    return {
        "pi": pi,
        "stderr": stderr,
        "samples": samples,
        "inside": inside,
        "inside_per_task": [result[1] for result in results],
    }


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    samples, kernel = params["samples"], params["kernel"]
    return [Task(n, sampling_task, (samples, seed, n, kernel)) for n in range(int(params["tasks"]))]


def _code(params: Params) -> list[Callable[..., Any]]:
    """The functions that do the work: the task, and the loop over its points."""
    if params["kernel"] == "numpy":
        return [sampling_task, _numpy_block]
    return [sampling_task, _python_block]


def _notebook(params: Params) -> NotebookCell | None:
    """The tutorial's cell, if its kernel is raced."""
    if params["kernel"] != "tutorial":
        return None
    tasks, samples = int(params["tasks"]), int(params["samples"])
    call = f"({samples:_}, i + 1) for i in range({tasks})]"
    rest = (
        f'pi = 4 * sum(results) / {tasks * samples:_}\nprint(f"Estimated value of π: {{pi:.6f}}")'
    )
    return NotebookCell(
        serial=f"%%time\nresults = [sampling_task{call}\n{rest}",
        distributed=f"%%time\nrefs = [sampling_task.remote{call}\nresults = ray.get(refs)\n{rest}",
        prints=lambda answer: f"Estimated value of π: {answer['pi']:.6f}",
    )


def _tutorial() -> dict[str, Value]:
    return {"tasks": os.cpu_count() or 1, "samples": 10_000_000, "kernel": "tutorial"}


def _weak() -> dict[str, Value]:
    return {"tasks": 8}


PI = Workload(
    name="pi",
    title="π by Monte Carlo",
    help="Sample points in a square, count those in the circle: 4 × inside ÷ all approaches π.",
    parameters=(
        Parameter("tasks", 16, "number of tasks", 1, 100_000),
        Parameter("samples", 3_000_000, "samples per task", 1, 10_000_000_000),
        Parameter(
            "kernel",
            "python",
            "python; tutorial, which prints the tutorial's lines too; or numpy, to see what one "
            "core can do",
            choices=("python", "numpy", "tutorial"),
        ),
    ),
    make_tasks=_tasks,
    combine=combine,
    presets={"tutorial": _tutorial, "weak": _weak},
    sweeps={"weak": "weak"},
    size="samples",
    estimate=EstimatedNumber("pi", math.pi),
    picture="points",
    short="π",
    rate=samples_per_second,
    code=_code,
    notebook=_notebook,
    cost=lambda task: task.args[0],
    imports=lambda params: ("numpy",) if params["kernel"] == "numpy" else (),
)
