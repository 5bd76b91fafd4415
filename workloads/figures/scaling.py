"""The laws by which speedup grows with workers, and their fits to measured runs, for sweeps and the
Compare screen.

A fit works on one point per worker count, the median of its runs, and minimises the squares of the
*relative* errors of the times (C. Tofallis, "Least squares percentage regression", J. Mod. Appl.
Stat. Methods 7(2), 2008): run times scatter by a share of themselves, and plain least squares would
see only the longest, those of few workers. Both laws are linear in their unknown times, so the fits
are exact and need no starting guess.

Each share has its 95% confidence interval, from the scatter of the points about the law (Student's
t, and the delta method for the ratio of two unknowns). A fit whose interval is wider than MAX_WIDTH
is not `certain`: such points fit almost any law, and nobody should report it.

Their unknowns, three at most, can't be negative: `_nonnegative` tries every set of them, in place
of `scipy.optimize.nnls`, as SciPy would add more than a third to the size of an installation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from workloads.core.wording import percent, times
from workloads.figures.projection import student_t

Floats = NDArray[np.float64]
Workers = TypeVar("Workers", float, Floats)

AMDAHL_POINTS, USL_POINTS = 4, 5
"""The different worker counts that a fit needs: two more than the law has unknowns, with T₁."""

SUPERLINEAR = 1.05
"""A speedup of more than so many times the workers is no longer put down to noise."""

MAX_WIDTH = 0.25
"""The width of a 95% interval of a share (0…1) up to which that share is known well enough to be
reported.
"""


@dataclass(frozen=True, slots=True)
class AmdahlFit:
    """Amdahl's law as it fits measured runs on up to `workers` workers.

    `fraction` is the serial share of the work, 0…1; `t1` the seconds on one worker; `error` the rms
    of the relative errors in time. `free` is the fraction that fits best without those bounds:
    below 0 the speedup is superlinear, above 1 the runs get slower as workers are added. `low` and
    `high` are the ends of its 95% interval.
    """

    fraction: float
    t1: float
    error: float
    workers: int
    free: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """True if the interval of the serial fraction is narrow enough to say something."""
        return self.high - self.low <= MAX_WIDTH

    @property
    def limit(self) -> float | None:
        """The speedup that no number of workers can exceed, 1/f; None without a serial part."""
        if not self.fraction:
            return None
        return 1 / self.fraction

    @property
    def superlinear(self) -> bool:
        """True if the workers gained more than their number, by more than noise."""
        beyond = SUPERLINEAR * (1 + self.free * (self.workers - 1)) < 1  # S/p = 1/(1 + f(p−1))
        return beyond and self.high < 0


@dataclass(frozen=True, slots=True)
class USLFit:
    """The Universal Scalability Law as it fits measured runs on up to `workers` workers.

    `sigma` is the contention and `kappa` the coherency, both ≥ 0; `t1` the seconds on one worker;
    `error` the rms of the relative errors in time; `peak` the number of workers (≥ 1, a fraction
    too) at which the law is fastest, None if more workers always help. `sigma_off` and `kappa_off`
    are half the widths of their 95% intervals.
    """

    sigma: float
    kappa: float
    t1: float
    error: float
    workers: int
    peak: float | None
    sigma_off: float
    kappa_off: float

    @property
    def certain(self) -> bool:
        """True if both intervals say something: the contention's is narrow, and the coherency's
        leaves out 0, without which this is Amdahl's law.
        """
        return 2 * self.sigma_off <= MAX_WIDTH and self.kappa_off < self.kappa


def amdahl(workers: Workers, fraction: float) -> Workers:
    """The speedup S(p) = 1/(f + (1−f)/p) of work with the serial `fraction` f on p `workers`.

    G. M. Amdahl, "Validity of the single processor approach …", AFIPS Spring Joint Computer
    Conference, 1967.
    """
    return 1 / (fraction + (1 - fraction) / workers)


def usl(workers: Workers, sigma: float, kappa: float) -> Workers:
    """The speedup S(p) = p/(1 + σ(p−1) + κp(p−1)): `sigma` for contention, `kappa` for coherence.

    N. J. Gunther, "Guerrilla Capacity Planning", Springer, 2007.
    """
    return workers / (1 + sigma * (workers - 1) + kappa * workers * (workers - 1))


def fit_amdahl(
    workers: Sequence[float] | Floats, seconds: Sequence[float] | Floats
) -> AmdahlFit | None:
    """The law T(p) = T₁·(f + (1−f)/p) fitted to runs of `seconds` on `workers`, of the same length.

    T₁ is fitted too: a serial lane is other code than the same engine with one worker. None with
    fewer than AMDAHL_POINTS different worker counts; points that are no positive numbers are left
    out.
    """
    p, times = _medians(workers, seconds)
    if len(p) < AMDAHL_POINTS:
        return None
    columns = np.stack([np.ones(len(p)), 1 / p], axis=1) / times[:, None]
    fixed, spread = _nonnegative(columns, np.ones(len(p)))
    bare, covariance = _least_squares(columns)
    t1, fraction = float(fixed.sum()), float(fixed[0] / fixed.sum())
    free = fraction
    if bare.sum() > 0:
        free = float(bare[0] / bare.sum())
    # ∂f/∂a and ∂f/∂b of f = a/(a + b)
    off = _half_width(np.array([1 - free, -free]) / t1, covariance, len(p))
    return AmdahlFit(fraction, t1, _rms(spread), int(p[-1]), free, free - off, free + off)


def fit_usl(workers: Sequence[float] | Floats, seconds: Sequence[float] | Floats) -> USLFit | None:
    """The law T(p) = T₁·(1 + σ(p−1) + κp(p−1))/p fitted to runs of `seconds` on `workers`, of the
    same length.

    T₁ is fitted too. None with fewer than USL_POINTS different worker counts; points that are no
    positive numbers are left out.
    """
    p, times = _medians(workers, seconds)
    if len(p) < USL_POINTS:
        return None
    columns = np.stack([np.ones(len(p)), p - 1, p * (p - 1)], axis=1) / (p * times)[:, None]
    unknown, spread = _nonnegative(columns, np.ones(len(p)))
    t1 = float(unknown[0])
    if t1 <= 0:  # only times that grow with the workers, and from nothing
        return None
    sigma, kappa = float(unknown[1] / t1), float(unknown[2] / t1)
    covariance = _least_squares(columns)[1]
    offs = [
        _half_width(np.array(slopes) / t1, covariance, len(p))
        for slopes in ((-sigma, 1.0, 0.0), (-kappa, 0.0, 1.0))
    ]
    return USLFit(sigma, kappa, t1, _rms(spread), int(p[-1]), _peak(sigma, kappa), *offs)


def break_even(overhead_s: float, speedup: float) -> float | None:
    """The task size in seconds from which a lane gains on serial, if each task costs it
    `overhead_s` in wall time.

    `speedup` is that of tasks so large that the overhead doesn't count: S. n tasks of g seconds
    take n·g serially and n·(g/S + o) on the lane: equal at g* = o·S/(S−1). None where S is at most
    1: such a lane never gains.
    """
    if speedup <= 1:
        return None
    return overhead_s * speedup / (speedup - 1)


def describe(fit: AmdahlFit | USLFit, lane: str = "") -> str:
    """The conclusion from the fit, as a sentence that names the `lane`, if given."""
    whose = ""
    if lane:
        whose = f" for {lane}"
    if isinstance(fit, USLFit):
        return f"USL fit{whose}: {_describe_usl(fit)}"
    return f"Amdahl fit{whose}: {_describe_amdahl(fit)}"


def _describe_amdahl(fit: AmdahlFit) -> str:
    if fit.superlinear:
        return (
            "superlinear, as run time falls faster than workers are added; more cache "
            "per worker can do that, or a slow run with few workers."
        )
    if fit.high >= 1:
        return (
            "more workers make no measurable difference (at least "
            f"{_percent(min(max(fit.low, 0.0), 1.0))} serial)."
        )
    if fit.low <= 0:
        return (
            f"no measurable serial fraction (at most {_percent(max(fit.high, 0.0))}); "
            f"consistent with linear scaling up to {fit.workers} workers."
        )
    interval = f"95% interval {_percent(fit.low)} to {_percent(fit.high)}"
    return (
        f"{_percent(fit.fraction)} serial ({interval}), so the speedup over one worker "
        f"can't exceed {times(1 / fit.fraction)}."
    )


def _describe_usl(fit: USLFit) -> str:
    costs = f"contention {_percent(fit.sigma)}, coherency {_percent(fit.kappa)}"
    if fit.peak is None:
        return f"{costs}."
    if fit.peak < 1.5:
        return f"{costs}; fastest with 1 worker."
    return f"{costs}; fastest near {fit.peak:,.0f} workers."


def _percent(share: float) -> str:
    """`0%`, `0.02%`, `4.2%`, `3%`, `50%`: two significant digits, nothing below 0.005%."""
    if share < 5e-5:
        return "0%"
    if share >= 0.095:
        return percent(share)
    return f"{float(f'{share * 100:.2g}'):.10g}%"


def _peak(sigma: float, kappa: float) -> float | None:
    """The number of workers p ≥ 1 at which the law is fastest, √((1−σ)/κ); None: more help."""
    if sigma > 1 or (sigma == 1 and kappa):
        return 1.0
    if not kappa:
        return None
    return max(sqrt((1 - sigma) / kappa), 1.0)


def _rms(errors: Floats) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def _least_squares(columns: Floats) -> tuple[Floats, Floats]:
    """The x with the least |columns·x − 1|², of any sign, and their covariance as the residuals
    show it.
    """
    target = np.ones(len(columns))
    x: Floats = np.asarray(np.linalg.lstsq(columns, target)[0], np.float64)
    left = target - columns @ x
    variance = float(left @ left) / (len(columns) - columns.shape[1])
    covariance: Floats = variance * np.linalg.pinv(columns.T @ columns)
    return x, covariance


def _half_width(slopes: Floats, covariance: Floats, points: int) -> float:
    """Half the 95% interval of a figure that changes by `slopes` with the fit's unknowns."""
    variance = max(float(slopes @ covariance @ slopes), 0.0)
    return student_t(points - len(slopes)) * sqrt(variance)


def _medians(
    workers: Sequence[float] | Floats, seconds: Sequence[float] | Floats
) -> tuple[Floats, Floats]:
    """The different worker counts, ascending, and the median of the seconds measured with each."""
    p, times = np.asarray(workers, np.float64), np.asarray(seconds, np.float64)
    good = np.isfinite(p) & np.isfinite(times) & (p >= 1) & (times > 0)
    p, times = p[good], times[good]
    counts = np.unique(p)
    return counts, np.array([np.median(times[p == count]) for count in counts])


def _nonnegative(columns: Floats, target: Floats) -> tuple[Floats, Floats]:
    """The x ≥ 0 with the least |columns·x − target|² and what that leaves of the target.

    The best x solves the plain problem on the columns where it isn't 0 (the Karush–Kuhn–Tucker
    conditions), so trying every set of columns finds it; there are at most three.
    """
    best, rest = np.zeros(columns.shape[1]), target
    for chosen in product([False, True], repeat=columns.shape[1]):
        if not any(chosen):
            continue
        x = np.zeros(columns.shape[1])
        x[list(chosen)] = np.linalg.lstsq(columns[:, list(chosen)], target)[0]
        left = target - columns @ x
        if np.all(x >= 0) and left @ left < rest @ rest:
            best, rest = x, left
    return best, rest
