"""The crossover of two lanes over the size of their data: the size from which on one of them is
faster, as far as repeated races show.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from workloads.figures.projection import student_t

MIN_PAIRS = 3
"""Races of both lanes at a size from which there is an interval."""


class Interval(NamedTuple):
    """The geometric mean of what was measured, and the bounds of its 95% interval."""

    value: float
    low: float
    high: float


class Ratio(NamedTuple):
    """How many times as long as another the lane took at one `size` (bytes), over all races."""

    size: int
    ratio: Interval

    @property
    def clear(self) -> int:
        """1 if the lane was slower, -1 if it was faster, 0 if its interval holds both."""
        return (self.ratio.low > 1) - (self.ratio.high < 1)


class Crossover(NamedTuple):
    """The lanes cross at about `size` bytes: at `below`, and at every smaller size, the one that is
    faster in the end was not; at `above`, and at every larger size, it was. `slower_later` is the
    sign of Ratio.clear from `above` on: 1 if the first lane is the slower one there.
    """

    size: float
    below: int
    above: int
    slower_later: int


def interval(values: Sequence[float]) -> Interval | None:
    """The geometric mean of times or ratios (> 0) with its 95% interval by Student's t of their
    logarithms; None for fewer than MIN_PAIRS.
    """
    if len(values) < MIN_PAIRS or min(values) <= 0:
        return None
    logs = np.log(values)
    mean = float(logs.mean())
    half = student_t(len(logs) - 1) * float(logs.std(ddof=1)) / math.sqrt(len(logs))
    return Interval(math.exp(mean), math.exp(mean - half), math.exp(mean + half))


def crossover(ratios: Sequence[Ratio]) -> Crossover | None:
    """Where two lanes cross; None unless each is clearly faster at one end of the sizes, and there
    is one size between them.

    Sizes whose interval holds both are between `below` and `above`, or beyond neither. The size is
    interpolated between measured ones, where the ratio is 1 on logarithmic axes.
    """
    ordered = sorted(ratios)
    clear = [each for each in ordered if each.clear]
    if not clear or not ordered[-1].clear:
        return None
    later = ordered[-1].clear
    before = [each for each in clear if each.clear != later]
    if not before:
        return None
    below = before[-1]
    after = [each for each in ordered if each.size > below.size]
    first = next(at for at, each in enumerate(after) if each.clear == later)
    earlier = any(each.clear == later for each in clear if each.size < below.size)
    if earlier or any(each.clear != later for each in after[first:]):
        return None
    above = after[first]
    return Crossover(_crossing([below, *after[: first + 1]]), below.size, above.size, later)


def _crossing(ratios: Sequence[Ratio]) -> float:
    """The size between the first and the last of ratios on either side of 1 at which they cross it
    last, by straight lines on logarithmic axes.
    """
    logs = [math.log(each.ratio.value) for each in ratios]
    at = max(n for n in range(len(logs) - 1) if logs[n] * logs[-1] <= 0)
    share = logs[at] / (logs[at] - logs[at + 1])
    return float(ratios[at].size * (ratios[at + 1].size / ratios[at].size) ** share)


def describe(ratios: Sequence[Ratio]) -> str:
    """Why two lanes have no crossover, in words: `no clear difference at any size`; empty if one of
    them is clearly faster at every size.
    """
    signs = {each.clear for each in ratios}
    if not ratios:
        return "too few races at each size: an interval takes three"
    if signs == {0}:
        return "no clear difference at any size"
    if len(signs) == 1:
        return ""
    if {1, -1} <= signs and not max(ratios).clear:
        return "the difference isn't clear at the largest sizes"
    if {1, -1} <= signs:
        return "each is clearly faster at sizes between sizes of the other"
    return "the difference isn't clear at every size"
