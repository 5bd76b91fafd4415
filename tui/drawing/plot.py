"""What charts are made of: scales with round ends and ticks, numbers in words, and lines of braille
dots.

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
Bits = NDArray[np.bool_]

HUGE, TINY = 1e300, 1e-300
"""Sizes beyond which a number is no measurement: differences and quotients of these still are
numbers.
"""

_SYMBOLS = ("×", "%", "s", "B")
"""Units that stand at every number; any other is a word, and stands once in the axis' title."""

_STEPS = (1.0, 2.0, 5.0, 10.0)
_TOPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)


# -- scales --------------------------------------------------------------------------------------


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
        known = drawable(values, self.log)
        low, high = (
            (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)
        )
        with np.errstate(over="ignore"):
            return ((np.log10(known) if self.log else known) - low) / (high - low)

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
        return int(dot) // per if 0 <= dot < cells * per else None


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
        return None if cell is None else self.left + cell

    def row(self, value: float) -> int | None:
        """The row of a y value from the top; None if it isn't in the area."""
        cell = self.y.cell(value, self.rows, 4)
        return None if cell is None else self.rows - 1 - cell

    def spots(self, xs: Floats, ys: Floats) -> list[tuple[int, int, int]]:
        """Row, column and number of each point in the area, in their order."""
        across, up = self.x.dots(xs, 2 * self.columns), self.y.dots(ys, 4 * self.rows)
        seen = np.flatnonzero(
            (across >= 0) & (across < 2 * self.columns) & (up >= 0) & (up < 4 * self.rows)
        )
        rows, columns = self.rows - 1 - up[seen] // 4, self.left + across[seen] // 2
        return list(
            zip(rows.astype(int).tolist(), columns.astype(int).tolist(), seen.tolist(), strict=True)
        )


def drawable(values: Sequence[float] | Floats, log: bool) -> Floats:
    """The values as an array, NaN in place of those that no axis shows: NaN, ∞, ≤ 0 if `log`."""
    found = np.array(values, np.float64, ndmin=1)
    with np.errstate(invalid="ignore"):
        found[~(np.abs(found) <= HUGE)] = np.nan
        if log:
            found[~(found >= TINY)] = np.nan
        else:
            found[np.abs(found) < TINY] = 0.0
    return found


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
    known = drawable(values, log)
    known = known[~np.isnan(known)]
    if not len(known):
        return Scale(1.0, 10.0, True) if log else Scale(0.0, 1.0)
    low, high = float(known.min()), float(known.max())
    if log:
        low, high = _rounded(low, _STEPS, down=True), _rounded(high, _STEPS)
        if high / 10 < low * (1 - 1e-9):
            low, high = (
                10.0 ** math.floor(math.log10(low) + 1e-9),
                10.0 ** math.ceil(math.log10(high) - 1e-9),
            )
        return Scale(low, high if high > low else low * 10, True)
    if zero is None:
        zero = low >= 0 and (low <= high - low or low == high)
    if zero:
        low, high = -_rounded(max(0.0, -low), _TOPS), _rounded(max(0.0, high), _TOPS)
        return Scale(low, high if high > low else 1.0)
    span = max(high - low, max(abs(low), abs(high)) * 1e-9) if high > low else abs(high) or 1.0
    step = _rounded(span / 4, _STEPS)
    return Scale(
        math.floor(low / step) * step, math.ceil(high / step + (0 if high > low else 1e-9)) * step
    )


def scale_of_ticks(values: Sequence[float] | Floats, log: bool) -> Scale | None:
    """A scale as long as these values reach, with some air at its ends; None for fewer than two."""
    known = drawable(values, log)
    known = np.unique(known[~np.isnan(known)])
    places = np.log10(known) if log else known
    if len(places) < 2 or places[-1] - places[0] <= np.abs(places).max() * 1e-9:
        return None
    air = min(float(np.diff(places).min()) / 2, float(places[-1] - places[0]) * 0.06)
    low, high = float(places[0] - air), float(places[-1] + air)
    return Scale(10 ** max(low, -307.0), 10 ** min(high, 307.0), True) if log else Scale(low, high)


def _rounded(value: float, steps: Sequence[float], down: bool = False) -> float:
    """The next of `steps` times a power of ten, upwards or `down`; 0 stays 0."""
    if value <= 0:
        return 0.0
    scale = 10.0 ** math.floor(math.log10(value))
    share = value / scale
    fitting = [s for s in steps if (s <= share * (1 + 1e-9) if down else s >= share * (1 - 1e-9))]
    return (max(fitting, default=steps[0]) if down else min(fitting, default=steps[-1])) * scale


# -- numbers and ticks ---------------------------------------------------------------------------


class Tick(NamedTuple):
    """A round value on an axis and what is written there; "" for one that is only marked."""

    value: float
    label: str


def spoken(value: float, unit: str = "") -> str:
    """A number as one says it, with its unit: `1.94×`, `3.2 ms`, `20 images`, `1,048,576 samples`,
    `0.00021`.
    """
    if unit == "×" and abs(value) < 100:
        return f"{value:.2f}×"
    whole = value % 1 == 0 and abs(value) < 1e7
    factor, prefix = (
        _prefix(abs(value), unit)
        if unit in _SYMBOLS or (abs(value) >= 1e4 and not whole)
        else (1.0, "")
    )
    size = value / factor
    return _with_unit(
        f"{size:,.0f}" if size % 1 == 0 and abs(size) < 1e7 else _digits(size), prefix, unit
    )


def brief(value: float, unit: str = "") -> str:
    """A number for an axis: `10k`, `1M`, `0.001`, `1e-5`; only a unit that is a symbol stays: `2×`,
    `10 ms`.
    """
    exact = abs(value) < 1e4 and value % 1 == 0 and value % 1000  # 1k and 2k, but 1024
    factor, prefix = (1.0, "") if exact else _prefix(abs(value), unit)
    return _with_unit(_digits(value / factor), prefix, unit if unit in _SYMBOLS else "")


def titled(label: str, unit: str) -> str:
    """An axis' title, with its unit if the ticks don't carry it."""
    return f"{label} ({unit})" if unit and unit not in _SYMBOLS and unit != label else label


def ticks(scale: Scale, cells: int, unit: str = "", apart: int | None = None) -> list[Tick]:
    """The ticks of an axis of `cells` cells in ascending order, labels at least `apart` cells from
    each other.

    `apart` None means side by side: as far apart as the labels are long. Linear: multiples of 1, 2
    or 5 times a power of ten. Log: powers of ten (every second, third, … where many), with 2 and 5
    between where they fit.
    """
    found = (_log_ticks if scale.log else _linear_ticks)(scale, cells, unit, apart)
    places = drawable([tick.value for tick in found], scale.log).tolist()
    return [tick for tick, place in zip(found, places, strict=True) if not math.isnan(place)]


def _linear_ticks(scale: Scale, cells: int, unit: str, apart: int | None) -> list[Tick]:
    span = scale.high - scale.low
    power = math.floor(math.log10(span / max(cells, 2)))
    for step in (m * 10.0**e for e in range(power, power + 4) for m in _STEPS[:3]):
        first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
        wide = step / span * (cells - 1)
        if wide < 1 or last - first > cells:
            continue
        values = [n * step for n in range(first, last + 1)]
        labels = _alike(values, step, unit)
        if wide >= _needed(labels, apart):
            return [Tick(*pair) for pair in zip(values, labels, strict=True)]
    return []


def _log_ticks(scale: Scale, cells: int, unit: str, apart: int | None) -> list[Tick]:
    low, high = math.log10(scale.low), math.log10(scale.high)
    decade = (cells - 1) / (high - low)
    powers = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    found = {10.0**e: brief(10.0**e, unit) for e in powers}
    needed = _needed(list(found.values()), apart)
    every = next((n for n in (1, 2, 3, 5, 10, 20, 50, 100, 1000) if n * decade >= needed), 0)
    if not every:
        return []
    if every > 1:
        return [Tick(10.0**e, found[10.0**e]) for e in powers if e % every == 0]
    between = {m * 10.0**e for e in range(math.floor(low), math.ceil(high)) for m in _STEPS[1:3]}
    minor = {
        v: brief(v, unit) for v in between if scale.low * (1 - 1e-9) <= v <= scale.high * (1 + 1e-9)
    }
    named = decade * math.log10(2) >= _needed([*found.values(), *minor.values()], apart)
    if not named:
        minor = dict.fromkeys(minor if decade >= 5 else (), "")
    return [Tick(*pair) for pair in sorted((found | minor).items())]


def _needed(labels: Sequence[str], apart: int | None) -> int:
    return max((len(label) for label in labels), default=0) + 2 if apart is None else apart


def _alike(values: Sequence[float], step: float, unit: str) -> list[str]:
    """Labels of one axis in one unit and with as many decimals as tell them apart."""
    largest = max((abs(value) for value in values), default=0.0)
    factor, prefix = _prefix(largest, unit) if unit in _SYMBOLS or largest >= 1e4 else (1.0, "")
    decimals = max(0, -math.floor(math.log10(step / factor) + 1e-9))
    if decimals > 4 or largest / factor >= 1e4:
        return [
            _with_unit(_digits(value / factor, 6), prefix, unit if unit in _SYMBOLS else "")
            for value in values
        ]
    shown = [(f"{value / factor:.{decimals}f}", prefix) if value else ("0", "") for value in values]
    return [_with_unit(*number, unit if unit in _SYMBOLS else "") for number in shown]


def _prefix(size: float, unit: str) -> tuple[float, str]:
    """What to divide by and the letter for it; very large numbers and the smallest keep their
    exponent.
    """
    if unit == "s":
        small = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
        return next((pair for pair in small if size >= pair[0] * (1 - 1e-9)), (1.0, ""))
    large = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
    return next((pair for pair in large if pair[0] * (1 - 1e-9) <= size < 1e15), (1.0, ""))


def _with_unit(number: str, prefix: str, unit: str) -> str:
    if unit in ("×", "%") or not unit:
        return f"{number}{prefix}{unit}"
    return f"{number} {prefix}{unit}" if unit in _SYMBOLS else f"{number}{prefix} {unit}"


def _digits(value: float, most: int = 3) -> str:
    """Significant digits, at most so many after the point."""
    if 10 ** (most - 1) <= abs(value) < 1e6:
        return f"{value:.0f}"
    mantissa, _, exponent = f"{value:.{most}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


# -- lines of dots -------------------------------------------------------------------------------


def trace(x: Floats, y: Floats, wide: int, tall: int, gap: int = 0, thick: bool = False) -> Bits:
    """The dots (tall × wide, from the top) of straight lines from point to point, none beyond the
    picture.

    `x` and `y` count dots from the lower left; a point with a NaN breaks the line. After each dot
    `gap` are left out. A `thick` line is two dots wide: to be seen from the back of a room.
    """
    bits = np.zeros((tall, wide), np.bool_)
    if len(x) < 2:
        return bits
    x0, y0, x1, y1 = _clipped(x[:-1], y[:-1], x[1:], y[1:], wide, tall)
    # As many dots as a segment is long in its longer direction, all segments at once.
    counts = np.ceil(np.maximum(np.abs(x1 - x0), np.abs(y1 - y0))).astype(np.int64) + 1
    owner = np.repeat(np.arange(len(counts)), counts)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = step / np.maximum(counts[owner] - 1, 1)
    across = np.rint(x0[owner] + (x1 - x0)[owner] * share).astype(np.int64)
    up = np.rint(y0[owner] + (y1 - y0)[owner] * share).astype(np.int64)
    if gap:
        # Counted along the whole line, or a curve of many short segments would have no gaps.
        length = np.maximum(np.abs(x1 - x0), np.abs(y1 - y0))
        along = np.repeat(np.cumsum(length) - length, counts) + share * length[owner]
        kept = np.rint(along) % (gap + 1) == 0
        across, up = across[kept], up[kept]
    bits[tall - 1 - up, across] = True
    if thick:
        bits[1:] |= bits[:-1]
        bits[:, 1:] |= bits[:, :-1]
    return bits


def _clipped(
    x0: Floats, y0: Floats, x1: Floats, y1: Floats, wide: int, tall: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """The parts of segments within the picture (Y.-D. Liang & B. A. Barsky, ACM TOG 3(1), 1984)."""
    known = ~np.isnan(x0 + y0 + x1 + y1)
    x0, y0, x1, y1 = x0[known], y0[known], x1[known], y1[known]
    dx, dy = x1 - x0, y1 - y0
    enter, leave = np.zeros(len(x0)), np.ones(len(x0))
    with np.errstate(divide="ignore", invalid="ignore"):
        for speed, room in ((-dx, x0), (dx, wide - 1 - x0), (-dy, y0), (dy, tall - 1 - y0)):
            enter = np.where(speed < 0, np.maximum(enter, room / speed), enter)
            leave = np.where(speed > 0, np.minimum(leave, room / speed), leave)
            leave = np.where((speed == 0) & (room < 0), -1.0, leave)
    seen = enter <= leave
    x0, y0, dx, dy, enter, leave = x0[seen], y0[seen], dx[seen], dy[seen], enter[seen], leave[seen]
    return x0 + dx * enter, y0 + dy * enter, x0 + dx * leave, y0 + dy * leave


def braille(bits: Bits) -> NDArray[np.uint32]:
    """The dots of each cell (rows × columns of 4 × 2 dots) as offsets from U+2800."""
    tall, wide = bits.shape
    codes: NDArray[np.uint32] = np.sum(
        bits.reshape(tall // 4, 4, wide // 2, 2) * _DOTS[None, :, None, :], axis=(1, 3)
    )
    return codes.astype(np.uint32)
