"""Pixels and counts drawn into cells: pictures in half-blocks, histograms in eighth-blocks.

Pure functions for the gallery and the portrait; a picture once drawn at a size is remembered.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui.drawing.lines import Line, text
from tui.drawing.spans import ASCII_LEVELS, LEVELS
from tui.drawing.themes import on

DENSITIES = " .:-=+*#%@"
_LIGHT = np.array([0.2126, 0.7152, 0.0722], np.float32)


def draw_pixels(
    rgb: NDArray[np.uint8],
    width: int,
    height: int,
    ground: str,
    *,
    fade: float = 0.0,
    ascii: bool = False,
) -> list[Line]:
    """The picture (height, width, 3) fitted into the middle of width × height cells, its aspect
    kept.

    A cell shows two pixels, one above the other; what is left over has the colour `ground`, towards
    which `fade` (0 to 1) blends the picture. With `ascii`, brightness is shown by how dense
    characters are.
    """
    if width < 1 or height < 1:
        return []
    if not rgb.size:
        return [[text(" " * width, None, ground)] for _ in range(height)]
    return list(
        _drawn(rgb.tobytes(), rgb.shape[0], rgb.shape[1], width, height, ground, fade, ascii)
    )


@lru_cache(maxsize=512)
def _drawn(
    data: bytes,
    rows: int,
    columns: int,
    width: int,
    height: int,
    ground: str,
    fade: float,
    ascii: bool,
) -> tuple[Line, ...]:
    rgb = np.frombuffer(data, np.uint8).reshape(rows, columns, 3)
    scale = min(width / columns, 2 * height / rows)
    wide, high = (
        max(1, min(most, round(n * scale))) for n, most in ((columns, width), (rows, 2 * height))
    )
    small = _averaged(rgb, wide, high)
    back = np.array([int(ground[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    canvas = np.broadcast_to(back, (2 * height, width, 3)).copy()
    top, left = (2 * height - high) // 2, (width - wide) // 2
    if ascii:
        top -= top % 2
    place = np.s_[top : top + high, left : left + wide]
    canvas[place] = small + (back - small) * fade
    if ascii:
        return _dense(canvas, place, ground)
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
    edges = np.flatnonzero((np.diff(upper) != 0) | (np.diff(lower) != 0)) + 1
    line = []
    for a, b in pairwise([0, *edges.tolist(), len(upper)]):
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


def draw_histogram(
    counts: Sequence[float], width: int, height: int, ink: str, ground: str, *, ascii: bool = False
) -> list[Line]:
    """The counts as columns over the whole width, the largest as high as `height` lines."""
    if width < 1 or height < 1:
        return []
    levels = [0] * width
    if counts and max(counts) > 0:
        edges = [column * len(counts) / width for column in range(width + 1)]
        # A column stands for one count or, where it is narrow, for the largest that it covers.
        known = [max(counts[int(a) : max(int(a) + 1, int(b))]) for a, b in pairwise(edges)]
        levels = [max(round(n / max(counts) * height * 8), n > 0) for n in known]
    ladder = ASCII_LEVELS if ascii else LEVELS
    return [
        [text("".join(ladder[min(8, max(0, level - 8 * row))] for level in levels), ink, ground)]
        for row in reversed(range(height))
    ]
