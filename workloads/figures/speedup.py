"""The figures of a race: speedup, efficiency, the ideal bound, and the serial fraction that
explains the rest.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NOISE = 1.1
"""Times the possible from which a figure is no longer put down to noise."""

OTHER_TASKS = "different tasks failed than on serial"
ONE_SIDED = "start-up was not measured on both sides"


def speedup(serial_s: float, lane_s: float) -> float:
    """S = T₁/Tₚ: how many times faster than serial (both in seconds, > 0)."""
    return serial_s / lane_s


def efficiency(speedup: float, workers: int) -> float:
    """E = S/p: the share of `workers` (≥ 1) that the speedup makes use of; 1 is ideal."""
    return speedup / workers


def weak_efficiency(one_s: float, many_s: float) -> float:
    """E = T₁/Tₚ, both of the same lane in seconds (> 0), where p workers had p times the work of
    one; 1 is ideal.

    J. L. Gustafson, "Reevaluating Amdahl's law", CACM 31(5), 1988.
    """
    return one_s / many_s


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


def lower_bound(durations: Sequence[float] | NDArray[np.float64], workers: int) -> float:
    """The seconds in which no schedule of independent tasks of these durations (s) on `workers` (p)
    workers can be done; 0 for no tasks.

    The largest of total/p and, for each k, the sum of the k shortest among the (k−1)p+1 longest
    tasks: as these are more than k−1 for each worker, one of the workers runs k of them. k = 1 is
    the longest task. (M. Dell'Amico and S. Martello, "Optimal scheduling of tasks on identical
    parallel processors", ORSA J. Computing 7(2), 1995, for k up to 2.)
    """
    longest = -np.sort(-np.asarray(durations, np.float64))
    if not len(longest):
        return 0.0
    sums = np.concatenate([[0.0], np.cumsum(longest)])
    per_worker = np.arange(1, (len(longest) - 1) // workers + 2)
    among = (per_worker - 1) * workers + 1
    whole = sums[among] - sums[among - per_worker]
    return max(float(longest[0]), float(whole.max()), float(sums[-1]) / workers)
