"""How the pictures of a lane and the words about them are drawn: what gallery and portrait have in
common.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from tui.drawing.digits import to_ascii
from tui.drawing.halfblocks import draw_histogram, draw_pixels
from tui.drawing.lines import Line, text
from tui.drawing.pixels import TerminalImages
from tui.drawing.spans import Cells
from tui.drawing.themes import Palette, blend, lane_letter, on
from tui.widgets.images.picture import Side, thumbnail

ARROW = 3
"""Cells between before and after."""

FLAT = 26
"""Lines below which less is said, so that the pictures stay large."""

Part = tuple[str, str, bool]
"""Words, their colour, and whether they are bold."""


@dataclass(frozen=True)
class Look:
    """How to draw: what every part of a gallery or portrait needs to know; pictures in real pixels
    with `images`.
    """

    colors: Palette
    ground: str
    engine: str
    ghost: bool = False
    ascii: bool = False
    images: TerminalImages | None = None

    @property
    def box(self) -> str:
        """The ground that a picture lies on."""
        return self.colors.panel if self.ground != self.colors.panel else self.colors.background

    @property
    def lane(self) -> str:
        """The lane's colour, subdued for a ghost."""
        color = self.colors.lane(self.engine)
        return blend(color, self.ground, 0.35) if self.ghost else color

    @property
    def words_ink(self) -> str:
        """The colour of what matters in the words."""
        return self.colors.dim if self.ghost else self.colors.text

    @property
    def arrow(self) -> str:
        """From before to after, ARROW cells."""
        return "-> " if self.ascii else " → "

    def badge(self) -> Line:
        """The lane's letter on the lane's colour: three cells."""
        letter = lane_letter(self.engine)
        words = f"({letter})" if self.ghost else f" {letter} "
        return self.row(3, [(words, on(self.lane), True)], ground=self.lane)

    def words(self, content: str, room: int) -> str:
        """Foreign or own words that take at most `room` cells."""
        content = to_ascii(content) if self.ascii else content
        if cell_len(content) <= room:
            return content
        return (
            set_cell_size(content, room - 1).rstrip() + ("~" if self.ascii else "…")
            if room > 0
            else ""
        )

    def row(
        self, width: int, left: Iterable[Part] = (), right: Sequence[Part] = (), ground: str = ""
    ) -> Line:
        """One line of exactly `width` cells; what stands at the right gives way where both don't
        fit.
        """
        cells = Cells(width, ground or self.ground)
        tail = [(self.words(words, width), ink, bold) for words, ink, bold in right]
        left = list(left)
        taken = sum(cell_len(words) for words, _, _ in tail)
        if taken and taken + 1 + min(8, sum(cell_len(words) for words, _, _ in left)) > width:
            tail, taken = [], 0
        x, room = 0, width - taken - bool(taken)
        for words, ink, bold in left:
            shown = self.words(words, room - x)
            cells.put(x, shown, ink, bold=bold)
            x += cell_len(shown)
        x = width - taken
        for words, ink, bold in tail:
            cells.put(x, words, ink, bold=bold)
            x += cell_len(words)
        return cells.line()

    def picture(self, side: Side, width: int, height: int, fade: float = 0.0) -> list[Line]:
        """A thumbnail in its box, blended by `fade` towards it; one that is missing says so."""
        pixels = thumbnail(side.thumbnail)
        if pixels is None:
            return self.note(["no thumbnail"], self.colors.dim, width, height)
        if self.images:  # It could be read, so it is a PNG, and is handed on as it came.
            return self.images.lines(side.thumbnail, width, height, self.box)
        return draw_pixels(pixels, width, height, self.box, fade=fade, ascii=self.ascii)

    def chart(self, side: Side, width: int, height: int) -> list[Line]:
        """The histogram of brightness."""
        return draw_histogram(
            side.brightness, width, height, self.lane, self.ground, ascii=self.ascii
        )

    def note(
        self, words: Sequence[str], ink: str, width: int, height: int, ground: str = ""
    ) -> list[Line]:
        """A box with lines of words in its middle."""
        ground = ground or self.box
        above = max(0, height - len(words)) // 2
        lines = []
        for y in range(height):
            said = self.words(words[y - above], width) if 0 <= y - above < len(words) else ""
            blank = " " * ((width - cell_len(said)) // 2)
            lines.append(self.row(width, [(blank + said, ink, False)], ground=ground))
        return lines

    def failure(self, error: str, width: int, height: int, more: Sequence[str] = ()) -> list[Line]:
        """A box that says why there is no picture; its tint leaves the words a contrast of 4.5 in
        every theme.
        """
        room = max(8, (width - 4) // (1 if cell_len(error) == len(error) else 2))
        words = ["x" if self.ascii else "✗", *wrap(error, room), *more]
        failed = self.colors.failed
        return self.note(words[:height], failed, width, height, blend(self.box, failed, 0.06))

    def blank(self, width: int) -> Line:
        """A line with nothing on it."""
        return [text(" " * width, None, self.ground)] if width > 0 else []


def figures(side: Side, room: int) -> str:
    """Mean ± standard deviation over all channels, in at most `room` cells if it can be; `?` if
    unknown.
    """
    if side.overall is None:
        return "?"
    mean, std = (figure(n, max(map(abs, side.overall))) for n in side.overall)
    return f"{mean} ± {std}" if len(mean + std) + 3 <= room else f"{mean}±{std}"


def figure(number: float, scale: float, digits: int = 0) -> str:
    """A mean or deviation among numbers up to `scale`: pixel values with `digits` decimals, shares
    with two more.
    """
    if scale >= 1e5:
        return f"{number:.1e}"
    return f"{number:.{digits if scale > 2 else digits + 2}f}".replace("-", "−")


def size_of(shape: tuple[int, ...]) -> str:
    """`4000×3000`: width and height of an array's shape; `?` if unknown."""
    return f"{shape[1]}×{shape[0]}" if shape else "?"
