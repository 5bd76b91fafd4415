"""The break-even size of tasks: the size from which on a lane does them sooner than serial, as
found by a sweep over grain.

It never contradicts the sweep's table: at every measured size from it on the lane was faster, and
at every smaller one slower, but for sizes in its `scatter`, where it was sometimes the one and
sometimes the other.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Literal, NamedTuple

from workloads.core.engine_info import baseline_of
from workloads.figures import scaling
from workloads.sweeps.fold import CLEAR, SweepFold

CALIBRATION_NOISE = 0.2
"""The share by which two calibrations may differ: costs that differ by less count as the same."""

LARGE = 10
"""Tasks that last so many times their cost on the engine show the lane's speedup nearly free of
that cost.
"""


class BreakEven(NamedTuple):
    """The `seconds` that a task should last on a lane to be done sooner than by serial; the work is
    then cut into `tasks`.

    `at_most`: the lane won at every size, and this is the smallest measured. `scatter`: the
    smallest size at which the lane won, and that from which on it always did (`seconds`); between
    them it also lost, so that break-even lies somewhere there.
    """

    seconds: float
    tasks: float
    source: Literal["points", "calibration"]
    at_most: bool = False
    scatter: tuple[float, float] | None = None


class _Size(NamedTuple):
    """A point of a lane in a sweep over grain."""

    tasks: int
    task_s: float
    speedup: float


def _sizes(fold: SweepFold, lane: str) -> list[_Size]:
    """The lane's points, the largest tasks first. Points whose times can't be trusted are left out,
    and those with fewer tasks than workers: some workers idle there whatever a task costs.
    """
    return sorted(
        _Size(point.value, point.figures["task_s"], point.speedup[lane])
        for point in fold.points
        if (point.sound(lane) or 0) > 0
        and not point.doubtful(lane)
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
        and (len(points) > 2 or max(point.speedup for point in points) <= CLEAR)
    ]


def _break_even(fold: SweepFold, lane: str, sizes: Sequence[_Size]) -> BreakEven | None:
    if not sizes:
        return None
    if len(sizes) < 3:
        expected = _expected(fold, lane, sizes)
        refuted = expected and min(size.task_s for size in sizes) < expected.seconds
        if refuted or any(size.speedup < 1 for size in sizes):
            return None
        return expected
    lost = [n for n, size in enumerate(sizes) if size.speedup < 1]
    won = [n for n, size in enumerate(sizes) if size.speedup >= 1]
    first_lost = min(lost, default=len(sizes))
    if max((size.speedup for size in sizes[:first_lost]), default=0.0) <= CLEAR:
        return None
    least = sizes[first_lost - 1]
    if won[-1] > first_lost:
        scatter = sizes[won[-1]].task_s, least.task_s
        return BreakEven(least.task_s, least.tasks, "points", scatter=scatter)
    if lost:
        more = sizes[first_lost]
        share = math.log(least.speedup) / math.log(least.speedup / more.speedup)
        return BreakEven(
            least.task_s * (more.task_s / least.task_s) ** share,
            least.tasks * (more.tasks / least.tasks) ** share,
            "points",
        )
    expected = _expected(fold, lane, sizes)
    # Measured tasks take longer than calibrated ones: the size must be smaller by both accounts.
    if expected and expected.seconds < least.task_s and expected.tasks > least.tasks:
        return expected
    return BreakEven(least.task_s, least.tasks, "points", at_most=True)


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
    if seconds is None or gained <= CLEAR:
        return None
    # The largest tasks measure the work best: they hold the least of what an engine adds.
    return BreakEven(seconds, large[0].tasks * large[0].task_s / seconds, "calibration")
