"""Weak-scaling efficiency in a sweep in which the work grows with the workers: how close each lane
is to taking the same time for it.
"""

from workloads.core.wording import lane_name, listed, percent, plural
from workloads.figures.speedup import weak_efficiency
from workloads.sweeps.fold import SweepFold, SweepPoint


def base_times(fold: SweepFold) -> dict[str, float]:
    """The seconds of each compared lane with one worker, T₁: the ideal for any number of them."""
    ones = {
        lane: point.seconds[lane]
        for point in fold.points
        for lane in fold.compared_lanes
        if point.workers.get(lane) == 1 and point.seconds.get(lane, 0) > 0
    }
    if fold.opened is None or fold.opened.sweep != "weak":
        return {}
    return ones


def efficiencies(fold: SweepFold, point: SweepPoint) -> dict[str, float]:
    """The weak-scaling efficiency of each lane at a point, where its time with one worker was
    measured, and its workers are as many as the work grew by.
    """
    return {
        lane: weak_efficiency(one_s, point.seconds[lane])
        for lane, one_s in base_times(fold).items()
        if point.seconds.get(lane, 0) > 0 and point.workers.get(lane) == point.value
    }


def sentences(fold: SweepFold) -> list[str]:
    """The efficiency at the most workers."""
    measured = {point.value: efficiencies(fold, point) for point in fold.points}
    most = max((value for value, lanes in measured.items() if value > 1 and lanes), default=0)
    if not most:
        return []
    lanes = [f"{percent(share)} ({lane_name(lane)})" for lane, share in measured[most].items()]
    return [
        f"Weak-scaling efficiency on {most:,} {plural('worker', most)}: {listed(lanes)}; at 100% "
        "more work takes the same time."
    ]
