"""Dots, pixels and counts drawn into cells: braille, half-blocks, eighth-blocks.

The one rasteriser: charts, the pictures of π, the gallery and the portrait draw by it. Pure
functions; a picture once drawn at a size is remembered. Our own, since libraries for plots in
terminals draw whole figures with frames and colours of theirs, and none of them fills the cells
of a widget frame by frame.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Line, text
from tui.drawing.eighths import runs
from tui.drawing.page import Page
from tui.drawing.themes import on

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]
"""Dots set or not, from the top: 4 rows and 2 columns of dots a cell."""

Codes = NDArray[np.uint32]
"""Characters of cells as code points."""

BRAILLE = 0x2800
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)
"""The bit of each dot of a braille character, as offsets from BRAILLE."""

DENSITIES = " .:-=+*#%@"
_LIGHT = np.array([0.2126, 0.7152, 0.0722], np.float32)


# -- dots ------------------------------------------------------------------------------------------


def by_cell(bits: Bits) -> NDArray[np.bool_]:
    """The dots (tall × wide) by cell: rows, 4, columns, 2."""
    tall, wide = bits.shape
    return bits.reshape(tall // 4, 4, wide // 2, 2)


def braille(bits: Bits) -> Codes:
    """The dots of each cell (rows × columns) as offsets from BRAILLE."""
    codes = np.sum(by_cell(bits) * DOTS[None, :, None, :], axis=(1, 3))
    return np.asarray(codes, np.uint32)


class Layers:
    """Dots of several lines in the same cells: `codes` as offsets from BRAILLE, and for each cell
    its `owner`, the number of the line that was added last; -1 for none.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.codes: Codes = np.zeros((rows, columns), np.uint32)
        self.owner: NDArray[np.int64] = np.full((rows, columns), -1)

    def add(self, number: int, codes: Codes, shared: int) -> None:
        """Add a line, which takes over its cells; the dots of lines from number `shared` on stay in
        them.
        """
        taken = codes > 0
        kept = np.where(self.owner >= shared, self.codes, 0)
        self.codes = np.where(taken, codes | kept, self.codes).astype(np.uint32)
        self.owner[taken] = number


def trace(x: Floats, y: Floats, shape: tuple[int, int], gap: int = 0, thick: bool = False) -> Bits:
    """The dots (`shape`: tall, wide) of straight lines from point to point, none outside.

    `x` and `y` count dots from the lower left; a point with a NaN breaks the line. After each dot
    `gap` are left out. A `thick` line is two dots wide: to be seen from the back of a room.
    """
    tall, wide = shape
    bits = np.zeros(shape, np.bool_)
    if len(x) < 2:
        return bits
    x0, y0, x1, y1 = _clipped(_Segments(x[:-1], y[:-1], x[1:], y[1:]), wide, tall)
    # As many dots as a segment is long in its longer direction, all segments at once.
    length = np.maximum(np.abs(x1 - x0), np.abs(y1 - y0))
    counts = np.ceil(length).astype(np.int64) + 1
    owner = np.repeat(np.arange(len(counts)), counts)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = step / np.maximum(counts[owner] - 1, 1)
    across = np.rint(x0[owner] + (x1 - x0)[owner] * share).astype(np.int64)
    up = np.rint(y0[owner] + (y1 - y0)[owner] * share).astype(np.int64)
    if gap:
        # Counted along the whole line, or a curve of many short segments would have no gaps.
        along = np.repeat(np.cumsum(length) - length, counts) + share * length[owner]
        kept = np.rint(along) % (gap + 1) == 0
        across, up = across[kept], up[kept]
    bits[tall - 1 - up, across] = True
    if thick:
        bits[1:] |= bits[:-1]
        bits[:, 1:] |= bits[:, :-1]
    return bits


class _Segments(NamedTuple):
    """Straight lines, each from (x0, y0) to (x1, y1)."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats

    def only(self, which: Bits) -> "_Segments":
        """Some of them."""
        return _Segments(*(column[which] for column in self))


def _clipped(segments: _Segments, wide: int, tall: int) -> _Segments:
    """The parts of segments within the picture (Y.-D. Liang & B. A. Barsky, ACM TOG 3(1), 1984)."""
    segments = segments.only(~np.isnan(sum(segments)))
    x0, y0, x1, y1 = segments
    dx, dy = x1 - x0, y1 - y0
    enter, leave = np.zeros(len(x0)), np.ones(len(x0))
    with np.errstate(divide="ignore", invalid="ignore"):
        for speed, room in ((-dx, x0), (dx, wide - 1 - x0), (-dy, y0), (dy, tall - 1 - y0)):
            enter = np.where(speed < 0, np.maximum(enter, room / speed), enter)
            leave = np.where(speed > 0, np.minimum(leave, room / speed), leave)
            leave = np.where((speed == 0) & (room < 0), -1.0, leave)
    clipped = _Segments(x0 + dx * enter, y0 + dy * enter, x0 + dx * leave, y0 + dy * leave)
    return clipped.only(enter <= leave)


# -- pixels ----------------------------------------------------------------------------------------


def draw_pixels(rgb: NDArray[np.uint8], page: Page, fade: float = 0.0) -> list[Line]:
    """The picture (height, width, 3) fitted into the middle of the page, its aspect kept.

    A cell shows two pixels, one above the other; what is left over has the colour of the ground,
    towards which `fade` (0 to 1) blends the picture. In ASCII, brightness is shown by how dense
    characters are.
    """
    if page.empty:
        return []
    if not rgb.size:
        return [page.blank()] * page.height
    return list(_drawn(rgb.tobytes(), (rgb.shape[0], rgb.shape[1]), page, fade))


@lru_cache(maxsize=512)
def _drawn(data: bytes, shape: tuple[int, int], page: Page, fade: float) -> tuple[Line, ...]:
    width, tall = page.width, 2 * page.height
    rgb = np.frombuffer(data, np.uint8).reshape(*shape, 3)
    scale = min(width / shape[1], tall / shape[0])
    wide = max(1, min(width, round(shape[1] * scale)))
    high = max(1, min(tall, round(shape[0] * scale)))
    small = _averaged(rgb, wide, high)
    back = np.array([int(page.ground[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    canvas = np.broadcast_to(back, (tall, width, 3)).copy()
    top, left = (tall - high) // 2, (width - wide) // 2
    if page.ascii:
        top -= top % 2
    place = np.s_[top : top + high, left : left + wide]
    canvas[place] = small + (back - small) * fade
    if page.ascii:
        return _dense(canvas, place, page.ground)
    # Steps of 8 in each colour aren't seen at this size, and neighbours become equal: fewer
    # segments to send.
    canvas[place] = np.round(canvas[place] / 255 * 31) / 31 * 255
    packed = canvas.round().astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    return tuple(
        _half_blocks(upper, lower) for upper, lower in zip(packed[::2], packed[1::2], strict=True)
    )


def _averaged(rgb: NDArray[np.uint8], wide: int, high: int) -> NDArray[np.float32]:
    """Each pixel of the result is the mean of the area that it covers, to fractions of a pixel."""
    across, down = _shares(rgb.shape[1], wide), _shares(rgb.shape[0], high)
    return np.asarray(
        np.einsum("yh,hwc,xw->yxc", down, rgb.astype(np.float32), across, optimize=True), np.float32
    )


@lru_cache(maxsize=64)
def _shares(pixels: int, parts: int) -> NDArray[np.float32]:
    """How much of each part of a line every one of its pixels makes up: (parts, pixels), rows add
    up to 1.
    """
    edges = np.linspace(0, pixels, parts + 1)
    first = np.arange(pixels)
    overlap = np.minimum(edges[1:, None], first + 1) - np.maximum(edges[:-1, None], first)
    shares = np.maximum(overlap, 0)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def _half_blocks(upper: NDArray[np.int64], lower: NDArray[np.int64]) -> Line:
    """Two rows of pixels as one line; equal neighbours make one segment."""
    line = []
    for a, b in runs(upper << 24 | lower):
        above, below = _color(int(upper[a])), _color(int(lower[a]))
        # Nearly every segment has colours of its own: they would only push others out of the cache
        # of styles.
        if above == below:
            line.append(Segment(" " * (b - a), Style.from_color(None, below)))
        else:
            line.append(Segment("▀" * (b - a), Style.from_color(above, below)))
    return line


@lru_cache(maxsize=4096)
def _color(packed: int) -> Color:
    return Color.from_rgb(packed >> 16, packed >> 8 & 255, packed & 255)


def _dense(
    canvas: NDArray[np.float32], place: tuple[slice, slice], ground: str
) -> tuple[Line, ...]:
    """One character a cell, the denser the further from the ground's end of black … white."""
    light = np.zeros(canvas.shape[:2], np.float32)
    light[place] = canvas[place] @ _LIGHT / 255
    ink = on(ground)
    if ink == "#000000":
        light[place] = 1 - light[place]
    levels = np.round((light[::2] + light[1::2]) / 2 * (len(DENSITIES) - 1)).astype(int)
    return tuple([text("".join(DENSITIES[n] for n in row), ink, ground)] for row in levels.tolist())


# -- counts ----------------------------------------------------------------------------------------


def draw_histogram(counts: Sequence[float], page: Page, ink: str) -> list[Line]:
    """The counts as columns over the whole width, the largest as high as the page."""
    if page.empty:
        return []
    width, height = page.width, page.height
    levels = [0] * width
    if counts and max(counts) > 0:
        edges = [column * len(counts) / width for column in range(width + 1)]
        # A column stands for one count or, where it is narrow, for the largest that it covers.
        columns = [max(counts[int(a) : max(int(a) + 1, int(b))]) for a, b in pairwise(edges)]
        levels = [max(round(n / max(counts) * height * 8), n > 0) for n in columns]
    ladder = page.pick(LEVELS, ASCII_LEVELS)
    lines = []
    for row in reversed(range(height)):
        column = "".join(ladder[min(8, max(0, level - 8 * row))] for level in levels)
        lines.append([text(column, ink, page.ground)])
    return lines
