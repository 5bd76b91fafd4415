"""Cells of a line and the segments they become: what everything that is drawn is made of."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = " ▁▂▃▄▅▆▇█"
ASCII_LEVELS = " ..:-=+*#"

Line = list[Segment]


@lru_cache(maxsize=4096)
def style(
    foreground: str | None = None, background: str | None = None, bold: bool = False
) -> Style:
    """A cached rich style; making one for every cell would cost more than painting it."""
    return Style(color=foreground, bgcolor=background, bold=bold)


def text(
    content: str, foreground: str | None = None, background: str | None = None, bold: bool = False
) -> Segment:
    """A segment of one style."""
    return Segment(content, style(foreground, background, bold))


@lru_cache(maxsize=4096)
def _all_narrow(words: str) -> bool:
    return all(get_character_cell_size(char) == 1 for char in words)


class Cells:
    """A line of cells in the making, each a character, two colours and a weight."""

    def __init__(self, width: int, background: str, ascii: bool = False) -> None:
        self.width, self.background, self.ascii = width, background, ascii
        self.chars = [" "] * width
        self.ink: list[str | None] = [None] * width
        self.ground: list[str] = [background] * width
        self.bold = [False] * width

    def put(
        self,
        x: int,
        words: str,
        ink: str | None = None,
        ground: str | None = None,
        bold: bool = False,
    ) -> None:
        """Write `words` from cell `x` on, cut at the line's ends; without `ground`, on what is
        there.
        """
        end = x + len(words)
        if x >= 0 and end <= self.width and _all_narrow(words):
            self.chars[x:end] = words
            self._color(x, end, ink, ground, bold)
            return
        for char in words:
            size = get_character_cell_size(char)
            parts = (char, "")[:size]
            if not 0 <= x <= self.width - size:
                parts = (" ",) * size
            for at, part in enumerate(parts, x):
                if 0 <= at < self.width:
                    self.chars[at] = part
                    self._color(at, at + 1, ink, ground, bold)
            x += size

    def _color(self, x: int, end: int, ink: str | None, ground: str | None, bold: bool) -> None:
        self.ink[x:end] = [ink] * (end - x)
        self.bold[x:end] = [bold] * (end - x)
        if ground is not None:
            self.ground[x:end] = [ground] * (end - x)

    def grid(self, columns: Iterable[int], colour: str) -> None:
        """Thin upright lines where nothing has been drawn."""
        upright = "│|"[self.ascii]
        for x in columns:
            if 0 <= x < self.width and self.chars[x] == " " and self.ground[x] == self.background:
                self.chars[x], self.ink[x] = upright, colour

    def line(self) -> Line:
        """The segments, equal neighbours merged: every segment costs the terminal."""
        inks = [
            ink if char != " " else None for char, ink in zip(self.chars, self.ink, strict=True)
        ]
        line, first = [], 0
        for look, run in groupby(zip(inks, self.ground, self.bold, strict=True)):
            end = first + len(list(run))
            line.append(text("".join(self.chars[first:end]), *look))
            first = end
        return line
