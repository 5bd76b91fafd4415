"""The break-even size of tasks: the size from which on a lane does them sooner than serial, as
found by a sweep over grain.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Literal, NamedTuple

from workloads.core.engine_info import baseline_of
from workloads.figures import scaling
from workloads.sweeps.fold import SweepFold

NOISE = 1.05
"""A speedup of no more than this is no gain: two runs of one race differ by as much."""

CALIBRATION_NOISE = 0.2
"""The share by which two calibrations may differ: costs that differ by less count as the same."""

LARGE = 10
"""Tasks that last so many times their cost on the engine show the lane's speedup nearly free of
that cost.
"""


class BreakEven(NamedTuple):
    """The `seconds` that a task should last on a lane to be done sooner than by serial; the work is
    then cut into `tasks`. `at_most`: the lane won at every size, and this is the smallest measured.
    """

    seconds: float
    tasks: float
    source: Literal["points", "calibration"]
    at_most: bool = False


class _Size(NamedTuple):
    """A point of a lane in a sweep over grain."""

    tasks: int
    task_s: float
    speedup: float


def _sizes(fold: SweepFold, lane: str) -> list[_Size]:
    """The lane's points, the largest tasks first. Points with fewer tasks than workers are left
    out: some workers idle there whatever a task costs.
    """
    return sorted(
        _Size(point.value, point.figures["task_s"], point.speedup[lane])
        for point in fold.points
        if (point.sound(lane) or 0) > 0
        and point.figures.get("task_s", 0) > 0
        and point.value >= point.workers.get(lane, 1)
    )


def break_evens(fold: SweepFold) -> dict[str, BreakEven]:
    """For each lane of a sweep over grain that reliably beats serial from some size of its tasks
    on, that size.

    It is the crossing of speedup 1 between measured points. Where there is none, as the lane won at
    every size or has fewer than three points, what calibration lets expect takes its place, unless
    the points refute it.
    """
    sizes = {lane: _break_even(fold, lane, _sizes(fold, lane)) for lane in fold.compared_lanes}
    return {lane: size for lane, size in sizes.items() if size is not None}


def unreliable(fold: SweepFold) -> list[str]:
    """The lanes of a sweep over grain that beat serial at no size, or only by the luck of a single
    point.
    """
    sizes, reliable = {lane: _sizes(fold, lane) for lane in fold.compared_lanes}, break_evens(fold)
    return [
        lane
        for lane, points in sizes.items()
        if lane not in reliable
        and points
        and (len(points) > 2 or max(point.speedup for point in points) <= NOISE)
    ]


def _break_even(fold: SweepFold, lane: str, sizes: Sequence[_Size]) -> BreakEven | None:
    if len(sizes) < 3:
        if any(size.speedup < 1 for size in sizes):
            return None
        return _expected(fold, lane, sizes)
    gains = _smoothed([size.speedup for size in sizes])
    won = next((n for n, gained in enumerate(gains) if gained < 1), len(gains))
    while won and sizes[won - 1].speedup < 1:
        won -= 1  # only its neighbours won, by luck or not: it doesn't count as a gain
    if max(gains[:won], default=0.0) <= NOISE:
        return None
    least = sizes[won - 1]
    if won < len(sizes):
        more = sizes[won]
        share = math.log(gains[won - 1]) / math.log(gains[won - 1] / min(gains[won], more.speedup))
        return BreakEven(
            least.task_s * (more.task_s / least.task_s) ** share,
            least.tasks * (more.tasks / least.tasks) ** share,
            "points",
        )
    expected = _expected(fold, lane, sizes)
    if expected and expected.seconds < least.task_s:
        return expected
    return BreakEven(least.task_s, least.tasks, "points", at_most=True)


def _smoothed(gains: Sequence[float]) -> list[float]:
    """Three speedups or more, each as the median of itself and its neighbours, the first as that of
    the first three, so that no single point that had luck counts; what falls steadily crosses 1
    where it did.
    """
    return [
        median(gains[:3]),
        *(median(gains[n - 1 : n + 2]) for n in range(1, len(gains) - 1)),
        gains[-1],
    ]


def _expected(fold: SweepFold, lane: str, sizes: Sequence[_Size]) -> BreakEven | None:
    """The size that follows from the calibrated costs, and from the speedup of large tasks
    (scaling.break_even).

    None if a task's cost is lost in noise, or the speedup isn't shown by two points or is no gain.
    """
    baseline = baseline_of(fold.overheads)
    if lane not in fold.overheads or baseline is None:
        return None
    serial = fold.overheads[baseline].seconds
    cost = fold.overheads[lane].seconds - serial
    large = [size for size in sizes if size.task_s >= LARGE * cost]
    if cost <= CALIBRATION_NOISE * serial or len(large) < 2:
        return None
    gained = median(size.speedup for size in large)
    seconds = scaling.break_even(cost, gained)
    if seconds is None or gained <= NOISE:
        return None
    # The largest tasks measure the work best: they hold the least of what an engine adds.
    return BreakEven(seconds, large[0].tasks * large[0].task_s / seconds, "calibration")
