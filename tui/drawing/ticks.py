"""The ticks of a chart's axis, and numbers as they are written on it."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tui.drawing.scales import STEPS, Scale, drawable
from workloads.core.wording import error_text, percent, seconds, times

_SYMBOLS = ("×", "%", "s", "B")
"""Units that stand at every number; any other is a word, and stands once in the axis' title."""


class Tick(NamedTuple):
    """A round value on an axis and what is written there; "" for one that is only marked."""

    value: float
    label: str


def number_text(value: float, unit: str = "") -> str:
    """A number with its unit, as in a sentence: `1.94×`, `3.20 s`, `95%`, `20 images`,
    `1,048,576 samples`, `0.00021`. Ratios, times, shares and errors as wherever else they stand.
    """
    if unit == "×":
        return times(value)
    if unit == "s":
        return seconds(value)
    if unit == "%":
        return percent(value / 100)
    if not unit and 0 < value < 1:
        return error_text(value)
    whole = value % 1 == 0 and abs(value) < 1e7
    factor, prefix = 1.0, ""
    if unit in _SYMBOLS or (abs(value) >= 1e4 and not whole):
        factor, prefix = _prefix(abs(value), unit)
    size = value / factor
    if size % 1 == 0 and abs(size) < 1e7:
        return _with_unit(f"{size:,.0f}", prefix, unit)
    return _with_unit(_digits(size), prefix, unit)


def tick_text(value: float, unit: str = "") -> str:
    """A number for an axis: `10k`, `1M`, `0.001`, `1e-5`; only a unit that is a symbol stays: `2×`,
    `10 ms`.
    """
    factor, prefix = _prefix(abs(value), unit)
    if abs(value) < 1e4 and value % 1 == 0 and value % 1000:
        factor, prefix = 1.0, ""  # 1k and 2k, but 1024
    return _with_unit(_digits(value / factor), prefix, _symbol(unit))


def titled(label: str, unit: str) -> str:
    """An axis' title, with its unit if the ticks don't carry it."""
    if unit and unit not in _SYMBOLS and unit != label:
        return f"{label} ({unit})"
    return label


def ticks(scale: Scale, cells: int, unit: str = "", apart: int | None = None) -> list[Tick]:
    """The ticks of an axis of `cells` cells in ascending order, labels at least `apart` cells from
    each other.

    `apart` None means side by side: as far apart as the labels are long. Linear: multiples of 1, 2
    or 5 times a power of ten. Log: powers of ten (every second, third, … where many), with 2 and 5
    between where they fit.
    """
    if scale.log:
        candidates = _log_ticks(scale, cells, unit, apart)
    else:
        candidates = _linear_ticks(scale, cells, unit, apart)
    places = drawable([tick.value for tick in candidates], scale.log)
    return [candidates[i] for i in np.flatnonzero(~np.isnan(places)).tolist()]


def _linear_ticks(scale: Scale, cells: int, unit: str, apart: int | None) -> list[Tick]:
    span = scale.high - scale.low
    power = math.floor(math.log10(span / max(cells, 2)))
    for step in (m * 10.0**e for e in range(power, power + 4) for m in STEPS[:3]):
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
    major = {10.0**e: tick_text(10.0**e, unit) for e in powers}
    needed = _needed(list(major.values()), apart)
    every = next((n for n in (1, 2, 3, 5, 10, 20, 50, 100, 1000) if n * decade >= needed), 0)
    if not every:
        return []
    if every > 1:
        return [Tick(10.0**e, major[10.0**e]) for e in powers if e % every == 0]
    between = {m * 10.0**e for e in range(math.floor(low), math.ceil(high)) for m in STEPS[1:3]}
    inside = [v for v in between if scale.low * (1 - 1e-9) <= v <= scale.high * (1 + 1e-9)]
    minor = {value: tick_text(value, unit) for value in inside}
    if decade * math.log10(2) < _needed([*major.values(), *minor.values()], apart):
        minor = dict.fromkeys(minor, "")
        if decade < 5:
            minor = {}
    return [Tick(*pair) for pair in sorted((major | minor).items())]


def _needed(labels: Sequence[str], apart: int | None) -> int:
    if apart is not None:
        return apart
    return max((len(label) for label in labels), default=0) + 2


def _alike(values: Sequence[float], step: float, unit: str) -> list[str]:
    """Labels of one axis in one unit and with as many decimals as make them differ."""
    largest = max((abs(value) for value in values), default=0.0)
    factor, prefix = 1.0, ""
    if unit in _SYMBOLS or largest >= 1e4:
        factor, prefix = _prefix(largest, unit)
    unit = _symbol(unit)
    decimals = max(0, -math.floor(math.log10(step / factor) + 1e-9))
    if decimals > 4 or largest / factor >= 1e4:
        return [_with_unit(_digits(value / factor, 6), prefix, unit) for value in values]
    labels = []
    for value in values:
        if value:
            labels.append(_with_unit(f"{value / factor:.{decimals}f}", prefix, unit))
        else:
            labels.append(_with_unit("0", "", unit))
    return labels


def _prefix(size: float, unit: str) -> tuple[float, str]:
    """The divisor and the letter for it; very large numbers and the smallest keep their
    exponent.
    """
    if unit == "s":
        small = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
        return next((pair for pair in small if size >= pair[0] * (1 - 1e-9)), (1.0, ""))
    large = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
    return next((pair for pair in large if pair[0] * (1 - 1e-9) <= size < 1e15), (1.0, ""))


def _symbol(unit: str) -> str:
    """The unit if it is one that stands at every number."""
    if unit in _SYMBOLS:
        return unit
    return ""


def _with_unit(number: str, prefix: str, unit: str) -> str:
    if unit in ("×", "%") or not unit:
        return f"{number}{prefix}{unit}"
    if unit in _SYMBOLS:
        return f"{number} {prefix}{unit}"
    return f"{number}{prefix} {unit}"


def _digits(value: float, most: int = 3) -> str:
    """Significant digits, at most so many after the point."""
    if 10 ** (most - 1) <= abs(value) < 1e6:
        return f"{value:.0f}"
    mantissa, _, exponent = f"{value:.{most}g}".partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa}e{int(exponent)}"
