"""The estimate of π against samples: every lane's curve in the funnel that theory allows.

The error falls as 1/√n on every lane; a faster lane only moves to the right sooner. That is the
lesson of this picture. `draw_convergence` draws it from folds at given moments.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines, text
from tui.drawing.themes import Palette, blend, lane_letter, palette
from tui.widgets.pi.fold import PiFold
from workloads.core.wording import lane_name

Curve = tuple[str, PiFold, float, bool]
"""An engine, its fold, the seconds into its run, and whether it is a ghost."""

SIGMA = math.sqrt(math.pi * (4 - math.pi))
"""The standard deviation of one point's 4·[inside], so that of an estimate from n is SIGMA/√n."""

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)
_EDGE, _TRUTH, _FIRST_CURVE = 1, 2, 3
Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Axes:
    """What the picture spans: samples from 10**`low` to 10**`high`, estimates π ± `reach`."""

    low: float
    high: float
    reach: float


def axes_of(curves: Sequence[Curve]) -> Axes:
    """The axes for what the curves know: they move in steps, by nothing but the data.

    The right edge is a power of ten; the estimates span the band as it is a third of the way (in
    decades) from the left edge to the newest sample, rounded up to 1, 2 or 5 times a power of ten.
    """
    counts = [fold.history_until(t)[1] for _, fold, t, _ in curves]
    firsts = [int(c[c > 0][0]) for c in counts if c.any()]
    most = max((int(c.max()) for c in counts if len(c)), default=0)
    now = math.log10(max(most, 1000))
    high = max(math.ceil(now - 1e-9), 4)
    low = min(max(2, math.floor(math.log10(min(firsts, default=100)))), high - 2)
    wanted = 1.96 * SIGMA / 10 ** ((low + (now - low) * 0.33) / 2)
    scale = 10.0 ** math.floor(math.log10(wanted))
    return Axes(
        low, high, next(s * scale for s in (1, 2, 5, 10) if s * scale >= wanted * (1 - 1e-9))
    )


def draw_convergence(
    curves: Sequence[Curve],
    width: int,
    height: int,
    colors: Palette,
    *,
    background: str | None = None,
    ascii: bool = False,
) -> list[Line]:
    """The picture in at most `height` lines of `width` cells; labels go before the curves get too
    small.
    """
    if width < 1 or height < 1:
        return []
    ground = background or colors.background
    axes = axes_of(curves)
    titled, labelled = height >= 5 and width >= 12, height >= 4 and width >= 12
    ticks = _y_ticks(axes) if width >= 30 and height >= 6 else {}
    gutter = max((len(label) for label in ticks.values()), default=0) + 2 if ticks else 0
    rows, columns = height - titled - labelled, width - gutter
    plot = _plot(curves, axes, columns, rows, colors, ground, ascii)
    lines = [_title(curves, width, colors, ground, ascii)] if titled else []
    at_row = _label_rows(ticks, axes, rows, ascii)
    bar = "|" if ascii else "│"
    for row, line in enumerate(plot):
        label, ink, bold = at_row.get(row, ("", "dim", False))
        shown = label.rjust(gutter - 1)
        margin = [text(shown, getattr(colors, ink), ground, bold), text(bar, colors.rule, ground)]
        lines.append([*margin, *line] if gutter else line)
    if labelled:
        lines.append(_x_labels(axes, gutter, columns, colors, ground))
    return lines


def _y_ticks(axes: Axes) -> dict[float, str]:
    """Round values to write beside the picture, with as many decimals as tell them apart."""
    step = axes.reach / 2
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) + (0 if f"{step:e}"[0] != "2" else 1)
    first = math.ceil((math.pi - axes.reach) / step - 1e-9)
    values = [n * step for n in range(first, first + 6) if n * step <= math.pi + axes.reach]
    return {value: f"{value:.{decimals}f}" for value in values}


def _label_rows(
    ticks: dict[float, str], axes: Axes, rows: int, ascii: bool
) -> dict[int, tuple[str, str, bool]]:
    """Which label stands in which row; π has its row to itself, and the lines around it if they are
    few.
    """
    if not ticks:
        return {}
    middle = _y_dot(np.array([math.pi]), axes, rows * 4)[0] // 4
    at: dict[int, tuple[str, str, bool]] = {}
    for value, label in ticks.items():
        row = int(_y_dot(np.array([value]), axes, rows * 4)[0] // 4)
        if abs(row - middle) > 1 - (rows < 8) and row - 1 not in at and row + 1 not in at:
            at[row] = (label, "dim", False)
    at[int(middle)] = ("pi" if ascii else "π", "accent", True)
    return at


def _x_labels(axes: Axes, gutter: int, columns: int, colors: Palette, ground: str) -> Line:
    line = [" "] * (gutter + columns)
    free = 0
    for power in range(math.ceil(axes.low), math.floor(axes.high) + 1):
        label = f"{10 ** (power % 3)}{' kMGT'[power // 3]}".strip() if power < 15 else f"1e{power}"
        at = (
            gutter
            + round((power - axes.low) / (axes.high - axes.low) * (columns - 1))
            - len(label) // 2
        )
        at = max(min(at, len(line) - len(label)), gutter)
        if at >= free:
            line[at : at + len(label)] = label
            free = at + len(label) + 1
    return [text("".join(line), colors.dim, ground)]


def _title(curves: Sequence[Curve], width: int, colors: Palette, ground: str, ascii: bool) -> Line:
    """The heading with its legend; what doesn't fit is said shorter, then not at all."""
    inks = [_curve_color(engine, ghost, colors, ground) for engine, _, _, ghost in curves]
    full, names, letters = [], [], []
    for (engine, _, _, ghost), ink in zip(curves, inks, strict=True):
        mark = ("~" if ghost else "-") if ascii else ("┄" if ghost else "━")
        letter, name = lane_letter(engine), lane_name(engine)
        full.append((f"{mark} {letter} {name}{' (ghost)' if ghost else ''}", ink))
        names.append((f"{mark} {letter} {name}", ink))
        letters.append((f"{mark} {letter}", ink))
    band = ("95 % band", colors.dim)
    long, short = "estimate of π against samples", "estimate of π"
    choices = [
        (long, [*full, band]),
        (short, [*full, band]),
        (short, full),
        (short, names),
        ("π", names),
    ]
    for head, rest in [*choices, (short, letters), ("π", letters), ("π", [])]:
        words = [(to_ascii(w) if ascii else w, ink) for w, ink in [(head, colors.text), *rest]]
        if sum(len(w) for w, _ in words) + 2 * (len(words) - 1) <= width:
            break
    gap = 3 if sum(len(w) for w, _ in words) + 3 * (len(words) - 1) <= width else 2
    line = [text(words[0][0], words[0][1], ground, bold=True)]
    for word, ink in words[1:]:
        line.append(text(" " * gap + word, ink, ground, bold=ink != colors.dim))
    used = sum(len(s.text) for s in line)
    return [*line, text(" " * (width - used), colors.dim, ground)] if used < width else line


def _curve_color(engine: str, ghost: bool, colors: Palette, ground: str) -> str:
    return blend(colors.lane(engine), ground, 0.35) if ghost else colors.lane(engine)


# -- the plot itself -----------------------------------------------------------------------------


def _y_dot(values: NDArray[np.float64], axes: Axes, dots: int) -> NDArray[np.int64]:
    """The dot row of each estimate from the top; outside 0…dots−1 if beyond the axes."""
    share = (math.pi + axes.reach - values) / (2 * axes.reach)
    return np.clip(np.floor(share * dots), -1, dots).astype(np.int64)


@lru_cache(maxsize=32)
def _ground(axes: Axes, columns: int, rows: int) -> tuple[Bits, Bits, Bits]:
    """The dots of the band's edges and of the line of π, and the cells that the band covers."""
    wide, tall = 2 * columns, 4 * rows
    samples = 10 ** (axes.low + (np.arange(wide) + 0.5) / wide * (axes.high - axes.low))
    half = 1.96 * SIGMA / np.sqrt(samples)
    upper, lower = _y_dot(math.pi + half, axes, tall), _y_dot(math.pi - half, axes, tall)
    edge, truth = np.zeros((tall, wide), np.bool_), np.zeros((tall, wide), np.bool_)
    for dots in (upper, lower):
        on_screen = np.flatnonzero((dots >= 0) & (dots < tall))
        edge[dots[on_screen], on_screen] = True
    truth[_y_dot(np.array([math.pi]), axes, tall)[0], ::2] = True
    level = np.arange(tall)[:, None]
    band = (level >= upper[None, :]) & (level <= lower[None, :])
    return edge, truth, band.reshape(rows, 4, columns, 2).sum(axis=(1, 3)) >= 4


def _trace(curve: Curve, axes: Axes, wide: int, tall: int) -> tuple[Bits, tuple[int, int] | None]:
    """The dots of one curve, and its newest point as (row, column) of dots, None if it isn't on
    screen.
    """
    bits = np.zeros((tall, wide), np.bool_)
    _, samples, inside = curve[1].history_until(curve[2])
    # After a retry the totals fall back; the curve goes on where it passes its farthest sample
    # again.
    known = (
        samples > np.concatenate([[0], np.maximum.accumulate(samples)[:-1]])
        if len(samples)
        else samples > 0
    )
    samples, inside = samples[known], inside[known]
    if not len(samples):
        return bits, None
    share = (np.log10(samples) - axes.low) / (axes.high - axes.low)
    column = np.clip(np.floor(share * wide), -1, wide - 1).astype(np.int64)
    dot = _y_dot(4.0 * inside / samples, axes, tall)
    starts = np.flatnonzero(np.diff(column, prepend=-2))
    top, bottom = np.minimum.reduceat(dot, starts), np.maximum.reduceat(dot, starts)
    firsts, lasts = dot[starts], dot[np.append(starts[1:], len(dot)) - 1]
    columns = column[starts]
    before: tuple[int, int] | None = None
    for x, first, last, low, high in zip(
        columns.tolist(),
        firsts.tolist(),
        lasts.tolist(),
        top.tolist(),
        bottom.tolist(),
        strict=True,
    ):
        if before is not None:
            # Between two known columns a straight line: each column goes half way to its
            # neighbours.
            (x0, y0), span = before, x - before[0]
            for step in range(span + 1):
                a = y0 + (first - y0) * max(step - 0.5, 0) / span
                b = y0 + (first - y0) * min(step + 0.5, span) / span
                if x0 + step >= 0:
                    bits[max(0, round(min(a, b))) : max(0, round(max(a, b)) + 1), x0 + step] = True
        if x >= 0:
            bits[max(0, low) : max(0, high + 1), x] = True
        before = (x, last)
    tip = (int(dot[-1]), int(column[-1]))
    return bits, tip if 0 <= tip[0] < tall and tip[1] >= 0 else None


def _plot(
    curves: Sequence[Curve],
    axes: Axes,
    columns: int,
    rows: int,
    colors: Palette,
    ground: str,
    ascii: bool,
) -> list[Line]:
    if columns < 1 or rows < 1:
        return []
    edge, truth, band = _ground(axes, columns, rows)
    shape = (rows, 4, columns, 2)
    owner = np.zeros((rows, columns), np.int64)
    codes = np.zeros((rows, columns), np.uint32)
    tips: list[tuple[int, int, int]] = []
    inks = ["", blend(colors.dim, ground, 0.35), colors.accent]
    # Ghosts first: where curves meet, the live one gives the cell its colour.
    order = sorted(curves, key=lambda curve: not curve[3])
    layers = [(edge, None), (truth, None)] + [
        _trace(curve, axes, 2 * columns, 4 * rows) for curve in order
    ]
    for number, (bits, tip) in enumerate(layers, start=1):
        cells = (bits.reshape(shape) * _DOTS[None, :, None, :]).sum(axis=(1, 3)).astype(np.uint32)
        hit = cells > 0
        merge = hit & (owner >= _FIRST_CURVE)
        codes = np.where(merge, codes | cells, np.where(hit, cells, codes))
        owner = np.where(hit, number, owner)
        if tip:
            tips.append((tip[0] // 4, tip[1] // 2, number))
    marks = ["", ".", "-", *(lane_letter(engine).lower() for engine, *_ in order)]
    inks += [_curve_color(engine, ghost, colors, ground) for engine, _, _, ghost in order]
    characters = np.where(owner > 0, codes + 0x2800, ord(" ")).astype(np.uint32)
    if ascii:
        for number in range(1, len(marks)):
            characters[owner == number] = ord(marks[number])
    bold = np.zeros((rows, columns), np.bool_)
    for row, column, number in _apart(tips, rows, columns):
        characters[row, column] = ord(lane_letter(order[number - _FIRST_CURVE][0])[0])
        owner[row, column], bold[row, column] = number, True
    shade = blend(ground, colors.text, 0.1 if colors.dark else 0.08)
    lines = []
    for row in range(rows):
        content = characters[row].tobytes().decode("utf-32-le")
        key = owner[row] * 4 + band[row] * 2 + bold[row]
        edges = [0, *(np.flatnonzero(np.diff(key)) + 1).tolist(), columns]
        lines.append(
            [
                text(
                    content[a:b],
                    inks[owner[row, a]] or colors.dim,
                    shade if band[row, a] else ground,
                    bool(bold[row, a]),
                )
                for a, b in pairwise(edges)
            ]
        )
    return lines


def _apart(
    tips: Sequence[tuple[int, int, int]], rows: int, columns: int
) -> list[tuple[int, int, int]]:
    """A free cell beside each curve's newest point for its letter; none where there is no room."""
    if columns < 12:
        return []
    taken: set[tuple[int, int]] = set()
    placed = []
    for row, column, number in reversed(tips):
        near = [(row + dy, min(column + 1, columns - 1)) for dy in (0, -1, 1, -2, 2)]
        spot = next((s for s in near if s not in taken and 0 <= s[0] < rows), None)
        if spot:
            taken.add(spot)
            placed.append((*spot, number))
    return placed


class Convergence(Lines):
    """The curves of all lanes, live and ghosts."""

    _curves: Sequence[Curve] = ()

    def update(self, curves: Sequence[Curve]) -> None:
        """Show these: (engine, its fold, seconds into its run, whether it is a ghost)."""
        self._curves = tuple(curves)
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines to show, from the top."""
        ground, ascii = self.background_colors[1].hex6, self.ascii
        colors = palette(self.app.theme)
        return draw_convergence(self._curves, width, height, colors, background=ground, ascii=ascii)
