"""The drawing context: the place that a function draws for, passed to all functions that draw.

A widget makes its page in one way (`Lines.page`); functions pass it on, or a smaller part of it.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size

from tui.drawing.ascii import to_ascii
from tui.drawing.cells import Cells, Line, text
from tui.drawing.themes import Palette
from workloads.core.errors import plain

if TYPE_CHECKING:
    from tui.drawing.pixels import TerminalImages


@dataclass(frozen=True)
class Page:
    """So many cells to draw in, a theme's colours, and which characters the terminal can show.

    `ground` is the colour that lies under everything (`#rrggbb`), the theme's background if left
    empty. `images` are the pictures that the terminal holds, None where it shows none in pixels.
    """

    width: int
    height: int
    colors: Palette
    ascii: bool = False
    ground: str = ""
    images: "TerminalImages | None" = None

    def __post_init__(self) -> None:
        if not self.ground:
            object.__setattr__(self, "ground", self.colors.background)

    @property
    def empty(self) -> bool:
        """True if there isn't one cell."""
        return self.width < 1 or self.height < 1

    def sized(self, width: int, height: int = 1) -> "Page":
        """The same look in another size."""
        return replace(self, width=width, height=height)

    def on(self, ground: str) -> "Page":
        """The same page on another ground."""
        return replace(self, ground=ground)

    def pick(self, glyph: str, ascii: str) -> str:
        """`glyph`, or what stands for it on a terminal that shows nothing but ASCII."""
        if self.ascii:
            return ascii
        return glyph

    def words(self, content: str) -> str:
        """Words in characters that the terminal can show."""
        if self.ascii:
            return to_ascii(content)
        return content

    def safe(self, content: str, limit: int = 400) -> str:
        """Foreign words, at most `limit` characters of them, without what would harm the screen."""
        return self.words(plain(content, limit))

    def clip_foreign(self, content: str, room: int) -> str:
        """Foreign words made safe, in at most `room` cells."""
        return self.clip(plain(content, 400), room)

    def clip(self, content: str, room: int) -> str:
        """Words in at most `room` cells; where they are cut, the last one says so."""
        content = self.words(content)
        if cell_len(content) <= room:
            return content
        if room < 1:
            return ""
        return set_cell_size(content, room - 1).rstrip() + self.pick("…", "~")

    def wrap_foreign(self, content: str, room: int) -> list[str]:
        """Foreign words on as many lines of `room` cells as they take, broken at blanks where that
        leaves no line half empty.
        """
        rest, lines = self.words(plain(content)), []
        indent = len(rest) - len(rest.lstrip())
        while cell_len(rest) > room >= 2:
            cut = len(chop_cells(rest, room)[0])
            blank = rest.rfind(" ", 0, cut)
            if blank > max(indent, cut // 2) and rest[cut : cut + 1] != " ":
                cut = blank
            lines.append(rest[:cut])
            rest = rest[cut:].lstrip()
        return [*lines, rest]

    def cells(self) -> Cells:
        """A line with nothing on it yet."""
        return Cells(self.width, self.ground, self.ascii)

    def blank(self) -> Line:
        """A line with nothing on it."""
        if self.width < 1:
            return []
        return [text(" " * self.width, None, self.ground)]
