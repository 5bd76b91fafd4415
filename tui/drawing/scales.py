"""Scales of charts: their round ends, and where values lie on them.

For chart.py and curves.py beside it. A scale's ends have dots of their own: `low` is the first dot
of an axis and `high` its last, so that nothing on the scale falls outside the picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HUGE, TINY = 1e300, 1e-300
"""Sizes beyond which a number is no measurement: differences and quotients of these still are
numbers.
"""

STEPS = (1.0, 2.0, 5.0, 10.0)
_TOPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """One axis, from `low` to `high` (low < high; both above 0 if `log`)."""

    low: float
    high: float
    log: bool = False

    def shares(self, values: Sequence[float] | Floats) -> Floats:
        """Where values lie: 0 at `low`, 1 at `high`; NaN for what has no place (NaN, ∞, ≤ 0 on a
        log scale).
        """
        places = drawable(values, self.log)
        low, high = self.low, self.high
        if self.log:
            places, low, high = np.log10(places), math.log10(low), math.log10(high)
        with np.errstate(over="ignore"):
            return (places - low) / (high - low)

    def dots(self, values: Sequence[float] | Floats, count: int) -> Floats:
        """The dot of each value, of `count` along the axis; below 0 or above count − 1 for what
        lies outside.
        """
        return np.rint(np.clip(self.shares(values), -1e6, 1e6) * (count - 1))

    def cell(self, value: float, cells: int, per: int) -> int | None:
        """The cell, of `cells` with `per` dots each along the axis, in which a value lies; None if
        outside.
        """
        dot = float(self.dots([value], cells * per)[0])
        if 0 <= dot < cells * per:
            return int(dot) // per
        return None


class Area(NamedTuple):
    """The cells that points fall into, from column `left` of a line on, and the axes that say
    where.
    """

    x: Scale
    y: Scale
    left: int
    columns: int
    rows: int

    def column(self, value: float) -> int | None:
        """The column of an x value, counted on the whole line; None if it isn't in the area."""
        cell = self.x.cell(value, self.columns, 2)
        if cell is None:
            return None
        return self.left + cell

    def row(self, value: float) -> int | None:
        """The row of a y value from the top; None if it isn't in the area."""
        cell = self.y.cell(value, self.rows, 4)
        if cell is None:
            return None
        return self.rows - 1 - cell

    def spots(self, xs: Floats, ys: Floats) -> list[tuple[int, int, int]]:
        """Row, column and number of each point in the area, in their order."""
        across, up = self.x.dots(xs, 2 * self.columns), self.y.dots(ys, 4 * self.rows)
        inside = (across >= 0) & (across < 2 * self.columns) & (up >= 0) & (up < 4 * self.rows)
        numbers = np.flatnonzero(inside)
        rows = (self.rows - 1 - up[numbers] // 4).astype(int)
        columns = (self.left + across[numbers] // 2).astype(int)
        return list(zip(rows.tolist(), columns.tolist(), numbers.tolist(), strict=True))


def drawable(values: Sequence[float] | Floats, log: bool) -> Floats:
    """The values as an array, NaN in place of those that no axis shows: NaN, ∞, ≤ 0 if `log`."""
    kept = np.array(values, np.float64, ndmin=1)
    with np.errstate(invalid="ignore"):
        kept[~(np.abs(kept) <= HUGE)] = np.nan
        if log:
            kept[~(kept >= TINY)] = np.nan
        else:
            kept[np.abs(kept) < TINY] = 0.0
    return kept


def scale_over(
    values: Sequence[float] | Floats,
    *,
    log: bool = False,
    zero: bool | None = None,
    given: tuple[float, float] | None = None,
) -> Scale:
    """A scale that holds all drawable values, `given` if it can be.

    Its ends are rounded, so that it stays as values come in and then grows by a step: to 1, 2 or 5
    times a power of ten on a log scale, which spans a decade or more. `zero` keeps 0 on a linear
    scale; None does so where the values begin nearer to 0 than they are long, or are but one.
    """
    if given:
        low, high = drawable(given, log).tolist()
        if high - low > max(abs(low), abs(high)) * 1e-12:
            return Scale(low, high, log)
    drawn = drawable(values, log)
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn):
        return _EMPTY[log]
    low, high = float(drawn.min()), float(drawn.max())
    if log:
        return _log_scale(low, high)
    if zero is None:
        zero = low >= 0 and (low <= high - low or low == high)
    if zero:
        low, high = -_rounded_up(max(0.0, -low), _TOPS), _rounded_up(max(0.0, high), _TOPS)
        if high <= low:
            high = 1.0
        return Scale(low, high)
    if low == high:
        step = _rounded_up((abs(high) or 1.0) / 4, STEPS)
        return Scale(math.floor(low / step) * step, math.ceil(high / step + 1e-9) * step)
    step = _rounded_up(max(high - low, max(abs(low), abs(high)) * 1e-9) / 4, STEPS)
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step)


_EMPTY = (Scale(0.0, 1.0), Scale(1.0, 10.0, True))
"""The scales without a value, linear and log."""


def _log_scale(low: float, high: float) -> Scale:
    low, high = _rounded_down(low, STEPS), _rounded_up(high, STEPS)
    if high / 10 < low * (1 - 1e-9):
        low = 10.0 ** math.floor(math.log10(low) + 1e-9)
        high = 10.0 ** math.ceil(math.log10(high) - 1e-9)
    if high <= low:
        high = low * 10
    return Scale(low, high, True)


def scale_of_ticks(values: Sequence[float] | Floats, log: bool) -> Scale | None:
    """A scale as long as these values reach, with some air at its ends; None for fewer than two."""
    places = drawable(values, log)
    places = np.unique(places[~np.isnan(places)])
    if log:
        places = np.log10(places)
    if len(places) < 2 or places[-1] - places[0] <= np.abs(places).max() * 1e-9:
        return None
    air = min(float(np.diff(places).min()) / 2, float(places[-1] - places[0]) * 0.06)
    low, high = float(places[0] - air), float(places[-1] + air)
    if log:
        low, high = 10 ** max(low, -307.0), 10 ** min(high, 307.0)
    return Scale(low, high, log)


def _rounded_up(value: float, steps: Sequence[float]) -> float:
    """The next higher of `steps` times a power of ten; 0 stays 0."""
    if value <= 0:
        return 0.0
    scale = 10.0 ** math.floor(math.log10(value))
    fitting = [step for step in steps if step >= value / scale * (1 - 1e-9)]
    return min(fitting, default=steps[-1]) * scale


def _rounded_down(value: float, steps: Sequence[float]) -> float:
    """The next lower of `steps` times a power of ten; 0 stays 0."""
    if value <= 0:
        return 0.0
    scale = 10.0 ** math.floor(math.log10(value))
    fitting = [step for step in steps if step <= value / scale * (1 + 1e-9)]
    return max(fitting, default=steps[0]) * scale
