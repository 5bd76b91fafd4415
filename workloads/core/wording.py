"""Formats of numbers, and names of lanes, for the screens, the verdicts and the command line.

A format never rounds a meaning away: what isn't zero isn't printed as zero, and what isn't the
whole isn't printed as 1.00× or 100%.
"""

import math
import signal
from collections.abc import Sequence

from workloads.core.engine_info import engine_info
from workloads.core.errors import plain

NO_GAIN = 5e-4
"""The distance from 1 below which a ratio is printed as 1; clocks don't measure less."""

WHOLE = 5e-5
"""The distance from 1 below which a share is printed as 100%."""


def seconds(value: float) -> str:
    """A duration: `0.4 ms`, `0.0123 s`, `0.655 s`, `12.60 s`, `1 min 45 s`."""
    if value <= 0:
        return "0.00 s"
    if value < 0.0005:
        return brief(value)
    if value < 99.995:
        return f"{value:.{decimals(value)}f} s"
    whole = round(value)
    return f"{whole // 60} min {whole % 60:02d} s"


def decimals(scale: float) -> int:
    """The decimals that suit so many seconds, and a table of seconds whose largest these are."""
    for below, many in ((0.09995, 4), (0.9995, 3), (99.995, 2)):
        if scale < below:
            return many
    return 1


def seconds_text(value: float, scale: float) -> str:
    """Seconds in a table whose largest is `scale`: `0.0123 s`, `6.51 s`, `125.3 s`, `−0.50 s`."""
    return f"{value:,.{decimals(scale)}f} s".replace("-", "−")


def rounded(parts: Sequence[float], total: float, places: int) -> list[float]:
    """The parts of a total, rounded to so many decimal places so that they add up to the rounded
    total: those with the largest remainders are rounded up.
    """
    units = [part * 10**places for part in parts]
    whole = [math.floor(unit) for unit in units]
    up = round(total * 10**places) - sum(whole)
    remainders = sorted(range(len(units)), key=lambda i: whole[i] - units[i])
    for i in remainders[: max(up, 0)]:
        whole[i] += 1
    return [number / 10**places for number in whole]


def times(ratio: float) -> str:
    """A ratio: `1.94×`, `0.053×`, `12.3×`, `128×`; near 1 with the digits that tell it from 1:
    `1.004×`.
    """
    if ratio >= 99.95:
        return f"{ratio:,.0f}×"
    if ratio >= 9.995:
        return f"{ratio:.1f}×"
    if 0 < ratio < 0.0995:
        return f"{ratio:.2g}×"
    if NO_GAIN <= abs(ratio - 1) < 0.005:
        return f"{ratio:.3f}×"
    return f"{ratio:.2f}×"


def times_range(low: float, high: float) -> str:
    """Two ratios: `1.90–1.96×`."""
    return f"{times(low).removesuffix('×')}–{times(high)}"


def percent(share: float, digits: int = 0) -> str:
    """A share to so many decimals: `95%`, `0.4%`; near the whole with those that tell it from 100%:
    `99.96%`.
    """
    value = share * 100
    if 0 < abs(value) < 0.95 / 10**digits:
        return f"{float(f'{value:.1g}'):.10g}%"
    while digits < 2 and abs(share - 1) >= WHOLE and round(value, digits) == 100:
        digits += 1
    return f"{value:,.{digits}f}%"


def percent_below(share: float, bound: float) -> str:
    """A share that is less than the bound, and never printed as that: `85%`, `89.6%` below 90%."""
    if round(share, 2) < bound:
        return percent(share)
    return f"{math.floor(share * 1000) / 10:.1f}%"


def is_slower(speedup: float) -> bool:
    """True if a speedup is a slowdown that clocks can measure."""
    return speedup <= 1 - NO_GAIN


def faster(speedup: float) -> str:
    """A speedup as text: `1.92× faster than serial`, `1.47× slower than serial`."""
    if abs(speedup - 1) < NO_GAIN:
        return "as fast as serial"
    if is_slower(speedup):
        return f"{times(1 / speedup)} slower than serial"
    return f"{times(speedup)} faster than serial"


def brief(value: float) -> str:
    """A short time for people: `1.2 ms`, `0.15 ms`, `3.4 µs`, `2.50 s`."""
    if value >= 0.0995:
        return seconds(value)
    if value >= 9.95e-6 or value == 0:
        return f"{value * 1e3:.2g} ms"
    return f"{float(f'{value * 1e6:.2g}'):.10g} µs"


def size_text(count: float) -> str:
    """Bytes: `36 MB`, `1,024 MB`, `12 kB`, `80 B`."""
    if 0 < count < 950:
        return f"{count:,.0f} B"
    if 0 < count < 950_000:
        return f"{count / 1e3:,.0f} kB"
    return f"{count / 1e6:,.0f} MB"


def rough_size(count: float) -> str:
    """Bytes to two significant digits, whole from 10 on: `256 MB`, `1.4 MB`, `100 kB`, `80 B`."""
    for unit, name in ((1e6, "MB"), (1e3, "kB")):
        if count >= 9.95 * unit:
            return f"{count / unit:,.0f} {name}"
        if count >= 0.95 * unit:
            digits = f"{count / unit:.2g}"
            return f"{float(digits):g} {name}"
    return f"{count:,.0f} B"


def error_text(size: float) -> str:
    """The size of an error to two significant digits, as a decimal fraction: `0.0012`."""
    if size <= 0:
        return "0"
    return f"{size:.{min(12, max(2, 1 - math.floor(math.log10(size))))}f}"


def per_second(rate: float) -> str:
    """A rate: `0.042/s`, `0.7/s`, `1.9/s`, `128/s`, `12,800/s`."""
    return f"{amount(rate)}/s"


def amount(value: float) -> str:
    """A measured amount: `0.042`, `0.7`, `1.9`, `128`, `12,800`."""
    if value >= 99.5:
        return f"{value:,.0f}"
    if value >= 0.095:
        return f"{value:.1f}"
    return error_text(value)


def lane_name(engine: str) -> str:
    """The name of an engine in a sentence: “Ray”, “serial”, …."""
    return engine_info(engine).title or plain(engine, 40)


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; with another word before the last."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def as_sentence(text: str) -> str:
    """The text with a full stop, unless it ends like a sentence; foreign text may not."""
    if not text or text[-1] in ".!?…":
        return text
    return f"{text}."


def plural(noun: str, count: float) -> str:
    """The noun as it stands after that number: `task`, `tasks`."""
    if count == 1:
        return noun
    return f"{noun}s"


def ordinal(number: int) -> str:
    """A place in an order: `1st`, `2nd`, `11th`, `23rd`."""
    last = "th"
    if number // 10 % 10 != 1:
        last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{last}"


def more_than(workers: int) -> str:
    """Words for a speedup that so many workers can't give."""
    return f"more than {workers:,} {plural('worker', workers)} can give"


def exit_text(status: int) -> str:
    """Words for how a process ended: `was killed by SIGSEGV (segmentation fault)`, `exited with
    status 7`.

    `status` is its exit status, -n when signal n ended it.
    """
    if status >= 0:
        return f"exited with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"was killed by signal {-status}"
    meaning = (signal.strsignal(-status) or "").lower()
    if meaning in ("", "killed"):
        return f"was killed by {name}"
    return f"was killed by {name} ({meaning})"
