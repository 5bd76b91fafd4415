"""A picture before and after, with its own figures: side by side, or one above the other."""

import math
from typing import NamedTuple

from tui.drawing.cells import Line, text
from tui.widgets.images.look import ARROW, Look, figure, size_of
from tui.widgets.images.picture import Picture, PictureSide, thumbnail

SIDE = 22
"""Cells that a picture's own figures have at its right."""


class Block(NamedTuple):
    """Lines of one width, in cells."""

    width: int
    lines: list[Line]


def beside(left: Block, right: Block, gap: int, look: Look) -> list[Line]:
    """Two blocks with `gap` cells between, the shorter one filled up."""
    longest = max(len(left.lines), len(right.lines))
    filled = [*left.lines, *[look.blank(left.width)] * longest]
    others = [*right.lines, *[look.blank(right.width)] * longest]
    return [[*filled[y], *look.blank(gap), *others[y]] for y in range(longest)]


class _Named(NamedTuple):
    """A picture, its name and its shape."""

    name: str
    side: PictureSide
    shape: tuple[int, ...]


def _both(picture: Picture) -> tuple[_Named, _Named]:
    # The image after has the size of the one before: it is the tensor that is transposed.
    before = _Named("before", picture.original, picture.before)
    return before, _Named("after", picture.outcome, picture.before)


def _aspect(side: PictureSide) -> float:
    """Width over height of a thumbnail; that of most photographs where there is none."""
    pixels = thumbnail(side.thumbnail)
    if pixels is None:
        return 4 / 3
    return min(max(float(pixels.shape[1] / pixels.shape[0]), 0.1), 10.0)


def _aspects(picture: Picture) -> tuple[float, float]:
    return _aspect(picture.original), _aspect(picture.outcome)


def _lines(picture: Picture, width: int) -> int:
    """Lines that the higher of both pictures takes at `width` cells, at most as many as a square
    does.
    """
    return max(1, min(math.ceil(width / min(_aspects(picture)) / 2), width // 2))


# -- one above the other ---------------------------------------------------------------------------


def stacked_width(picture: Picture, width: int, height: int) -> int:
    """Cells that a picture is wide where before stands above after."""
    return min(width - SIDE - 2, round(2 * ((height - 1) // 2) * max(_aspects(picture))))


def draw_stacked(picture: Picture, wide: int, height: int, look: Look) -> list[Line]:
    """Before above after, `wide` cells each, with their figures at the right."""
    lines = min((height - 1) // 2, _lines(picture, wide))
    above, under = (_stacked(named, wide, lines, look) for named in _both(picture))
    return [*above, look.blank(look.page.width), *under]


def _stacked(named: _Named, wide: int, lines: int, look: Look) -> list[Line]:
    """One picture with its figures at the right."""
    rest = look.page.width - wide - 2
    blank = look.blank(rest)
    figures = [
        _title(named, rest, look),
        blank,
        *_channels(named.side, rest, look),
        blank,
        _dominant(named.side, rest, look),
    ]
    chart = min(5, lines - len(figures) - 1)
    if chart > 0:
        figures += [blank, *look.chart(named.side, rest, chart)]
    picture = Block(wide, look.picture(named.side, wide, lines))
    return beside(picture, Block(rest, figures[:lines]), 2, look)


# -- side by side ----------------------------------------------------------------------------------


class _Heights(NamedTuple):
    """How many lines each part of a picture's column has."""

    title: int
    picture: int
    gap: int
    chart: int
    channels: int
    dominant: int


def _heights(picture: Picture, half: int, height: int) -> _Heights:
    """Share the lines of a column `half` cells wide; blank lines come last."""
    title, channels, dominant = int(height >= 6), 3 * (height >= 11), int(height >= 13)
    least = 0
    if height >= 24:
        least = 3
    elif height >= 14:
        least = 1
    taken = title + channels + dominant + least
    lines = min(_lines(picture, half), max(1, height - taken))
    spare, chart = height - taken - lines, least
    if least:
        chart = min(max(3, least), least + spare)
        spare -= chart - least
    if channels and spare >= 1:
        channels += 1  # a blank line before them
    if dominant and spare >= 2:
        dominant += 1
    return _Heights(title, lines, int(spare >= 3), chart, channels, dominant)


def draw_pair(picture: Picture, width: int, height: int, look: Look) -> list[Line]:
    """Before beside after, each with its size, brightness, channels and dominant colour: at most
    `height` lines.
    """
    half = (width - ARROW) // 2
    rest = width - half - ARROW
    heights = _heights(picture, half, height)
    before, after = _both(picture)
    left = Block(half, _column(before, half, heights, look))
    right = Block(rest, _column(after, rest, heights, look))
    both = beside(left, right, ARROW, look)
    middle = heights.title + heights.picture // 2
    both[middle] = [*left.lines[middle], *look.arrow(), *right.lines[middle]]
    return both


def _column(named: _Named, wide: int, heights: _Heights, look: Look) -> list[Line]:
    side, blank = named.side, look.blank(wide)
    lines: list[Line] = []
    if heights.title:
        lines.append(_title(named, wide, look))
    lines += look.picture(side, wide, heights.picture)
    lines += [blank] * heights.gap
    lines += look.chart(side, wide, heights.chart)
    if heights.channels:
        lines += [blank] * (heights.channels - 3)
        lines += _channels(side, wide, look)
    if heights.dominant:
        lines += [blank] * (heights.dominant - 1)
        lines.append(_dominant(side, wide, look))
    return lines


# -- a picture's own figures -----------------------------------------------------------------------


def _title(named: _Named, width: int, look: Look) -> Line:
    """`before  4000×3000×3`: width, height and, where there is room, channels."""
    size, whole = size_of(named.shape), size_of(named.shape, True)
    if len(named.name) + 2 + len(whole) <= width:
        size = whole
    name = (named.name, look.colors.dim, False)
    return look.row(width, [name, (f"  {size}", look.words_ink, True)])


def _channels(side: PictureSide, width: int, look: Look) -> list[Line]:
    """Mean ± standard deviation of red, green and blue, and where they lie between dark
    and bright.
    """
    colors = look.colors
    inks = {"R": colors.failed, "G": colors.processes, "B": colors.ray}
    if not side.mean or not side.std:
        unknown = (" ?", colors.dim, False)
        return [look.row(width, [(letter, ink, True), unknown]) for letter, ink in inks.items()]
    scale, full = max(*map(abs, side.mean), *side.std), 1.0
    if scale > 2:
        full = 255.0
    channels = list(zip(side.mean, side.std, strict=True))
    figures = [f"{figure(m, scale, 1):>5} ± {figure(s, scale, 1):>4}" for m, s in channels]
    wide = max(map(len, figures)) + 4
    lines = []
    for (letter, ink), words, channel in zip(inks.items(), figures, channels, strict=True):
        parts = [(f"{letter} ", ink, True), (words, look.words_ink, False)]
        line = look.row(min(width, wide), parts)
        if width - wide >= 12:
            line += _band(channel, full, width - wide, ink, look)
        else:
            line += look.blank(width - min(width, wide))
        lines.append(line)
    return lines


def _band(channel: tuple[float, float], full: float, width: int, ink: str, look: Look) -> Line:
    """The scale from 0 to `full` as a line, on it the stretch mean ± std, and a mark at the
    mean.
    """
    mean, std = channel
    first, middle, last = (
        round(min(max(value / full, 0.0), 1.0) * (width - 1))
        for value in (mean - std, mean, mean + std)
    )
    page = look.page.sized(width)
    cells = page.cells()
    cells.put(0, page.pick("─", "-") * width, look.colors.rule)
    cells.put(first, page.pick("━", "=") * (last - first + 1), ink)
    cells.put(middle, page.pick("┃", "|"), ink, bold=True)
    return cells.line()


def _dominant(side: PictureSide, width: int, look: Look) -> Line:
    if not side.dominant or width < 6:
        return look.row(width, [("dominant ?", look.colors.dim, False)])
    parts = [(f" {side.dominant}", look.words_ink, False)]
    if width >= 24:
        parts.append(("  dominant", look.colors.dim, False))
    return [text("    ", None, side.dominant), *look.blank(1), *look.row(width - 5, parts)]
