"""The estimate of π against samples: every lane's curve in the funnel that theory allows.

The error falls as 1/√n on every lane; a faster lane only moves to the right sooner. That is the
lesson of this picture. `draw_convergence` draws it from folds at given moments.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tui.drawing.cells import Line, text
from tui.drawing.eighths import runs
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.raster import BRAILLE, Bits, Codes, Layers, braille, by_cell
from tui.drawing.themes import MARK, blend, lane_letter
from tui.widgets.pi.lane import PiLane
from workloads.core.wording import lane_name
from workloads.figures.errors import expected_error, half_width

_FIRST_CURVE = 2
"""The layers below the curves are the band's edges and the line of π."""


@dataclass(frozen=True)
class Axes:
    """The axes of the picture: samples from 10**`low` to 10**`high`, estimates π ± `reach`."""

    low: float
    high: float
    reach: float


def axes_of(lanes: Sequence[PiLane]) -> Axes:
    """The axes for what the curves know: they move in steps, by nothing but the data.

    The right edge is a power of ten; the estimates span the band as it is a third of the way (in
    decades) from the left edge to the newest sample, rounded up to 1, 2 or 5 times a power of ten.
    """
    counts = [lane.fold.history_until(lane.t)[1] for lane in lanes]
    firsts = [int(c[c > 0][0]) for c in counts if c.any()]
    most = max((int(c.max()) for c in counts if len(c)), default=0)
    now = math.log10(max(most, 1000))
    high = max(math.ceil(now - 1e-9), 4)
    low = min(max(2, math.floor(math.log10(min(firsts, default=100)))), high - 2)
    wanted = half_width(expected_error(10 ** (low + (now - low) * 0.33)))
    scale = 10.0 ** math.floor(math.log10(wanted))
    reach = next(s * scale for s in (1, 2, 5, 10) if s * scale >= wanted * (1 - 1e-9))
    return Axes(low, high, reach)


def draw_convergence(lanes: Sequence[PiLane], page: Page) -> list[Line]:
    """The picture in at most the page's lines; labels go before the curves get too small."""
    axes, width, height = axes_of(lanes), page.width, page.height
    titled, labelled = height >= 5 and width >= 12, height >= 4 and width >= 12
    ticks, gutter = {}, 0
    if width >= 30 and height >= 6:
        ticks = _y_ticks(axes)
        gutter = max(len(label) for label in ticks.values()) + 2
    plot = page.sized(width - gutter, height - titled - labelled)
    lines = []
    if titled:
        lines.append(_title(lanes, page))
    margins = _margins(ticks, axes, gutter, plot)
    for row, line in enumerate(_plot(lanes, axes, plot)):
        lines.append([*margins[row], *line])
    if labelled:
        lines.append(_x_labels(axes, gutter, page))
    return lines


def _y_ticks(axes: Axes) -> dict[float, str]:
    """Round values to write beside the picture, with as many decimals as make them differ."""
    step = axes.reach / 2
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if f"{step:e}"[0] == "2":
        decimals += 1  # 0.25
    first = math.ceil((math.pi - axes.reach) / step - 1e-9)
    values = [n * step for n in range(first, first + 6) if n * step <= math.pi + axes.reach]
    return {value: f"{value:.{decimals}f}" for value in values}


def _margins(ticks: dict[float, str], axes: Axes, gutter: int, plot: Page) -> list[Line]:
    """The labels left of each row; π has its row to itself, and the lines around it if they are
    few.
    """
    rows, colors = plot.height, plot.colors
    if not ticks:
        return [[] for _ in range(rows)]
    middle = int(_y_dot(np.array([math.pi]), axes, rows * 4)[0] // 4)
    labels: dict[int, str] = {}
    for value, label in ticks.items():
        row = int(_y_dot(np.array([value]), axes, rows * 4)[0] // 4)
        if abs(row - middle) > int(rows >= 8) and row - 1 not in labels and row + 1 not in labels:
            labels[row] = label
    margins = []
    for row in range(rows):
        margin = text(labels.get(row, "").rjust(gutter - 1), colors.dim, plot.ground)
        if row == middle:
            pi = plot.pick("π", "pi").rjust(gutter - 1)
            margin = text(pi, colors.accent, plot.ground, bold=True)
        margins.append([margin, text(plot.pick("│", "|"), colors.rule, plot.ground)])
    return margins


def _x_labels(axes: Axes, gutter: int, page: Page) -> Line:
    line = [" "] * page.width
    free = 0
    for power in range(math.ceil(axes.low), math.floor(axes.high) + 1):
        label = f"1e{power}"
        if power < 15:
            label = f"{10 ** (power % 3)}{' kMGT'[power // 3]}".strip()
        share = (power - axes.low) / (axes.high - axes.low)
        at = gutter + round(share * (page.width - gutter - 1)) - len(label) // 2
        at = max(min(at, len(line) - len(label)), gutter)
        if at >= free:
            line[at : at + len(label)] = label
            free = at + len(label) + 1
    return [text("".join(line), page.colors.dim, page.ground)]


def _title(lanes: Sequence[PiLane], page: Page) -> Line:
    """The heading with its legend; what doesn't fit is said shorter, then not at all."""
    dim = page.colors.dim
    full, names, letters = [], [], []
    for lane in lanes:
        mark, note = page.pick("━", "-"), ""
        if lane.ghost:
            mark, note = page.pick("┄", "~"), " (ghost)"
        letter, name, ink = lane_letter(lane.engine), lane_name(lane.engine), lane.color(page)
        full.append((f"{mark} {letter} {name}{note}", ink))
        names.append((f"{mark} {letter} {name}", ink))
        letters.append((f"{mark} {letter}", ink))
    banded = [*full, ("95% band", dim)]
    long, short = "estimate of π against samples", "estimate of π"
    parts: list[tuple[str, str]] = []
    for heading, legend in (
        (long, banded),
        (short, banded),
        (short, full),
        (short, names),
        ("π", names),
        (short, letters),
        ("π", letters),
        ("π", []),
    ):
        parts = [(page.words(words), ink) for words, ink in [(heading, page.colors.text), *legend]]
        wide = sum(len(words) for words, _ in parts)
        if wide + 2 * (len(parts) - 1) <= page.width:
            break
    gap = "  "
    if wide + 3 * (len(parts) - 1) <= page.width:
        gap = "   "
    (heading, ink), *legend = parts
    line = [text(heading, ink, page.ground, bold=True)]
    line += [text(gap + words, ink, page.ground, bold=ink != dim) for words, ink in legend]
    rest = page.width - sum(len(segment.text) for segment in line)
    if rest > 0:
        line.append(text(" " * rest, dim, page.ground))
    return line


# -- the plot itself -----------------------------------------------------------------------------


def _y_dot(values: NDArray[np.float64], axes: Axes, dots: int) -> NDArray[np.int64]:
    """The dot row of each estimate from the top; outside 0…dots−1 if beyond the axes."""
    share = (math.pi + axes.reach - values) / (2 * axes.reach)
    return np.clip(np.floor(share * dots), -1, dots).astype(np.int64)


@lru_cache(maxsize=32)
def _ground(axes: Axes, columns: int, rows: int) -> tuple[Codes, Codes, Bits]:
    """The dots of the band's edges and of the line of π, and the cells that the band covers."""
    wide, tall = 2 * columns, 4 * rows
    samples = 10 ** (axes.low + (np.arange(wide) + 0.5) / wide * (axes.high - axes.low))
    half = half_width(expected_error(samples))
    upper, lower = _y_dot(math.pi + half, axes, tall), _y_dot(math.pi - half, axes, tall)
    edge, truth = np.zeros((tall, wide), np.bool_), np.zeros((tall, wide), np.bool_)
    for dots in (upper, lower):
        on_screen = np.flatnonzero((dots >= 0) & (dots < tall))
        edge[dots[on_screen], on_screen] = True
    truth[_y_dot(np.array([math.pi]), axes, tall)[0], ::2] = True
    level = np.arange(tall)[:, None]
    band = (level >= upper[None, :]) & (level <= lower[None, :])
    return braille(edge), braille(truth), by_cell(band).sum(axis=(1, 3)) >= 4


def _trace(lane: PiLane, axes: Axes, wide: int, tall: int) -> tuple[Bits, tuple[int, int] | None]:
    """The dots of one curve, and its newest point as (row, column) of dots, None if it isn't on
    screen.
    """
    bits = np.zeros((tall, wide), np.bool_)
    _, samples, inside = lane.fold.history_until(lane.t)
    # After a retry the totals fall back; the curve continues where it passes its farthest sample
    # again.
    farthest = np.maximum.accumulate(np.concatenate([np.zeros(1, np.int64), samples]))[:-1]
    samples, inside = samples[samples > farthest], inside[samples > farthest]
    if not len(samples):
        return bits, None
    share = (np.log10(samples) - axes.low) / (axes.high - axes.low)
    column = np.clip(np.floor(share * wide), -1, wide - 1).astype(np.int64)
    dot = _y_dot(4.0 * inside / samples, axes, tall)
    starts = np.flatnonzero(np.diff(column, prepend=-2))
    ends = np.append(starts[1:], len(dot)) - 1
    top, bottom = np.minimum.reduceat(dot, starts), np.maximum.reduceat(dot, starts)
    columns = (column[starts], dot[starts], dot[ends], top, bottom)
    before: tuple[int, int] | None = None
    for x, first, last, low, high in zip(*(part.tolist() for part in columns), strict=True):
        if before is not None:
            _join(bits, before, (x, first))
        if x >= 0:
            bits[max(0, low) : max(0, high + 1), x] = True
        before = (x, last)
    tip = (int(dot[-1]), int(column[-1]))
    if not 0 <= tip[0] < tall or tip[1] < 0:
        return bits, None
    return bits, tip


def _join(bits: Bits, start: tuple[int, int], end: tuple[int, int]) -> None:
    """A straight line from one column's dot to another's: each column goes half way to its
    neighbours.
    """
    (x0, y0), (x1, y1) = start, end
    span = x1 - x0
    for step in range(span + 1):
        a = y0 + (y1 - y0) * max(step - 0.5, 0) / span
        b = y0 + (y1 - y0) * min(step + 0.5, span) / span
        if x0 + step >= 0:
            bits[max(0, round(min(a, b))) : max(0, round(max(a, b)) + 1), x0 + step] = True


def _plot(lanes: Sequence[PiLane], axes: Axes, page: Page) -> list[Line]:
    rows, columns, colors = page.height, page.width, page.colors
    edge, truth, band = _ground(axes, columns, rows)
    layers = Layers(rows, columns)
    layers.add(0, edge, _FIRST_CURVE)
    layers.add(1, truth, _FIRST_CURVE)
    tips: list[tuple[int, int, int]] = []
    # Ghosts first: where curves meet, the live one gives the cell its colour.
    order = sorted(lanes, key=lambda lane: not lane.ghost)
    for number, lane in enumerate(order, _FIRST_CURVE):
        bits, tip = _trace(lane, axes, 2 * columns, 4 * rows)
        layers.add(number, braille(bits), _FIRST_CURVE)
        if tip:
            tips.append((tip[0] // 4, tip[1] // 2, number))
    owner = layers.owner
    characters = np.where(owner >= 0, layers.codes + BRAILLE, ord(" ")).astype(np.uint32)
    letters = [lane_letter(lane.engine) for lane in order]
    if page.ascii:
        for number, mark in enumerate([".", "-", *letters]):
            characters[owner == number] = ord(mark.lower())
    bold = np.zeros((rows, columns), np.bool_)
    for row, column, number in _apart(tips, rows, columns):
        characters[row, column] = ord(letters[number - _FIRST_CURVE][0])
        owner[row, column], bold[row, column] = number, True
    # An empty cell has the number -1: that of the last ink.
    shade = blend(page.ground, colors.text, 0.07)
    inks = [colors.subdued(colors.dim, shade, least=MARK), colors.accent]
    inks += [*(lane.color(page.on(shade)) for lane in order), colors.dim]
    lines = []
    for row in range(rows):
        content = characters[row].tobytes().decode("utf-32-le")
        line = []
        for a, b in runs(owner[row] * 4 + band[row] * 2 + bold[row]):
            ground = (page.ground, shade)[int(band[row, a])]
            line.append(text(content[a:b], inks[owner[row, a]], ground, bool(bold[row, a])))
        lines.append(line)
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
        # Equal values have their letters in one row, side by side.
        beside = [(row, column + dx) for dx in (1, 2, 3, 4, 0, -1, -2, -3)]
        near = beside + [(row + dy, min(column + 1, columns - 1)) for dy in (-1, 1, -2, 2)]
        free = (s for s in near if s not in taken and 0 <= s[0] < rows and 0 <= s[1] < columns)
        spot = next(free, None)
        if spot:
            taken.add(spot)
            placed.append((*spot, number))
    return placed


class Convergence(Lines):
    """The curves of all lanes, live and ghosts."""

    _pi_lanes: Sequence[PiLane] = ()

    def update(self, lanes: Sequence[PiLane]) -> None:
        """Show these."""
        self._pi_lanes = tuple(lanes)
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lines to show, from the top."""
        return draw_convergence(self._pi_lanes, page)
