"""The figures of a race: speedup, efficiency, the ideal bound, and the serial fraction that
explains the rest.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NOISE = 1.1
"""Times the possible from which a figure is no longer put down to noise."""

OTHER_TASKS = "other tasks failed than on serial"
ONE_SIDED = "start-up was not measured on both sides"


def speedup(serial_s: float, lane_s: float) -> float:
    """S = T₁/Tₚ: how many times faster than serial (both in seconds, > 0)."""
    return serial_s / lane_s


def efficiency(speedup: float, workers: int) -> float:
    """E = S/p: the share of `workers` (≥ 1) that the speedup makes use of; 1 is ideal."""
    return speedup / workers


def beyond(speedup: float, workers: int) -> bool:
    """True if the speedup is more than so many workers can give, by more than noise."""
    return speedup > NOISE * workers


def why_incomparable(same_tasks: bool, startups: tuple[float, float], startup: bool) -> str:
    """The reason why two finished lanes' times don't make a speedup; empty if they do.

    `startups` are both lanes' start-up in seconds, 0 where it wasn't measured; they count with
    `startup`.
    """
    if not same_tasks:
        return OTHER_TASKS
    if startup and min(startups) <= 0:
        return ONE_SIDED
    return ""


def karp_flatt(speedup: float, workers: int) -> float | None:
    """The experimentally determined serial fraction e = (1/S − 1/p)/(1 − 1/p); None for one worker.

    A. H. Karp and H. P. Flatt, "Measuring parallel processor performance", CACM 33(5), 1990.
    """
    if workers < 2:
        return None
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)


def ideal_time(durations: Sequence[float] | NDArray[np.float64], workers: int) -> float:
    """The least makespan in seconds of independent tasks of these durations on `workers` workers.

    max(longest task, total/p): no schedule can beat either (R. L. Graham, "Bounds on
    multiprocessing timing anomalies", SIAM J. Appl. Math. 17(2), 1969). 0 for no tasks.
    """
    if not len(durations):
        return 0.0
    return max(float(np.max(durations)), float(np.sum(durations)) / workers)
