"""Cells of a line and the segments they become: what everything that is drawn is made of."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = " ▁▂▃▄▅▆▇█"
ASCII_LEVELS = " ..:-=+*#"

_BLANKS_AND_WORDS = re.compile(" +|[^ ]+")

Line = list[Segment]


@lru_cache(maxsize=4096)
def style(
    foreground: str | None = None, background: str | None = None, bold: bool = False
) -> Style:
    """A cached rich style; making one for every cell would cost more than painting it."""
    return Style(color=foreground, bgcolor=background, bold=bold)


def tall_row(worded: Line, bare: Line, tall: int) -> list[Line]:
    """The lines of a row: one with its words, the others bare."""
    above = tall // 3
    return [*[bare] * above, worded, *[bare] * (tall - above - 1)]


def text(
    content: str, foreground: str | None = None, background: str | None = None, bold: bool = False
) -> Segment:
    """A segment of one style."""
    return Segment(content, style(foreground, background, bold))


def _plain_ascii(words: str) -> bool:
    return words.isascii() and words.isprintable()


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
        self.edges = {0, max(width, 0)}
        """The cells from which on colours or weight may be others: fewer to look at than all."""

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
        if x >= 0 and end <= self.width and (_plain_ascii(words) or _all_narrow(words)):
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
        self.edges.update((x, end))

    def grid(self, columns: Iterable[int], colour: str) -> None:
        """Thin upright lines where nothing has been drawn."""
        upright = "│|"[self.ascii]
        for x in columns:
            if 0 <= x < self.width and self.chars[x] == " " and self.ground[x] == self.background:
                self.put(x, upright, colour)

    def line(self) -> Line:
        """The segments, equal neighbours merged: every segment costs the terminal."""
        line: Line = []
        content = ""
        before: tuple[str | None, str, bool] = (None, self.background, False)
        for first, end in pairwise(sorted(self.edges)):
            words, ink = "".join(self.chars[first:end]), self.ink[first]
            for part in _BLANKS_AND_WORDS.findall(words):
                look = (ink, self.ground[first], self.bold[first])
                if part.startswith(" "):
                    look = (None, self.ground[first], self.bold[first])
                if look != before and content:
                    line.append(text(content, *before))
                    content = ""
                content, before = content + part, look
        if content:
            line.append(text(content, *before))
        return line
