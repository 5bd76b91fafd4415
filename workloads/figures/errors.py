"""The errors of an estimate of π: the one made, the one expected of chance, the digits settled."""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Samples = TypeVar("Samples", float, NDArray[np.float64])

SAMPLE_SD = math.sqrt(math.pi * (4 - math.pi))
"""The standard deviation of one sample: 4 times a hit of chance π/4 or a miss, √(π(4 − π)) ≈ 1.642.
"""

Z_95 = 1.96
"""Standard errors to either side within which 95% of estimates lie."""


def error(estimate: float, exact: float = math.pi) -> float:
    """The distance of an estimate from what is exact."""
    return abs(estimate - exact)


def expected_error(samples: Samples) -> Samples:
    """The standard deviation of the mean of so many samples (≥ 1): ten times as many for half a
    digit.
    """
    result: Samples = SAMPLE_SD / samples**0.5
    return result


def half_width(standard_error: Samples) -> Samples:
    """Half the 95% interval of an estimate with that standard error."""
    result: Samples = Z_95 * standard_error
    return result


def settled_digits(pi: float, stderr: float, decimals: int = 10) -> int:
    """The number of leading digits of the estimate, shown with `decimals`, that are settled at 95%
    confidence: the same all over π̂ ± 1.96·stderr.

    A standard error of 0 comes from a handful of points that all fell on one side and says nothing:
    no digit is settled then.
    """
    if not stderr > 0:
        return 0
    half = half_width(stderr)
    low, high = (f"{end:.{decimals}f}" for end in (pi - half, pi + half))
    settled = 0
    if len(low) != len(high):
        return 0
    for a, b in zip(low, high, strict=True):
        if a != b:
            break
        settled += a.isdigit()
    return settled
