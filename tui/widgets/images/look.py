"""How the pictures of a lane and the words about them are drawn: what gallery and portrait have in
common.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len

from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.raster import draw_histogram, draw_pixels
from tui.drawing.themes import Palette, blend, lane_letter, on
from tui.widgets.images.picture import PictureSide, thumbnail

ARROW = 3
"""Cells between before and after."""

FLAT = 26
"""Lines below which less is said, so that the pictures stay large."""

Part = tuple[str, str, bool]
"""Words, their colour, and whether they are bold."""


@dataclass(frozen=True)
class Look:
    """How a lane's pictures, and words about them, look on a page."""

    page: Page
    engine: str
    ghost: bool = False

    @property
    def colors(self) -> Palette:
        """The theme's colours."""
        return self.page.colors

    @property
    def box(self) -> str:
        """The ground that a picture lies on."""
        if self.page.ground == self.colors.panel:
            return self.colors.background
        return self.colors.panel

    @property
    def lane(self) -> str:
        """The lane's colour, subdued for a ghost."""
        color = self.colors.lane(self.engine)
        if self.ghost:
            return self.colors.subdued(color, self.page.ground)
        return color

    @property
    def words_ink(self) -> str:
        """The colour of what matters in the words."""
        if self.ghost:
            return self.colors.dim
        return self.colors.text

    def arrow(self) -> Line:
        """From before to after, ARROW cells."""
        return self.row(ARROW, [(self.page.pick(" → ", "-> "), self.colors.dim, False)])

    def badge(self) -> Line:
        """The lane's letter on the lane's colour: three cells."""
        words = f" {lane_letter(self.engine)} "
        if self.ghost:
            words = f"({lane_letter(self.engine)})"
        return self.row(3, [(words, on(self.lane), True)], ground=self.lane)

    def row(
        self, width: int, left: Iterable[Part] = (), right: Sequence[Part] = (), ground: str = ""
    ) -> Line:
        """One line of exactly `width` cells; what stands at the right gives way where both don't
        fit.
        """
        page = self.page.sized(width)
        if ground:
            page = page.on(ground)
        cells, left, room = page.cells(), list(left), width
        tail = [(page.clip(words, width), ink, bold) for words, ink, bold in right]
        taken = sum(cell_len(words) for words, _, _ in tail)
        if taken:
            least = min(8, sum(cell_len(words) for words, _, _ in left))
            if taken + 1 + least > width:
                tail = []
            else:
                room = width - taken - 1
        x = 0
        for words, ink, bold in left:
            clipped = page.clip(words, room - x)
            cells.put(x, clipped, ink, bold=bold)
            x += cell_len(clipped)
        x = width - taken
        for words, ink, bold in tail:
            cells.put(x, words, ink, bold=bold)
            x += cell_len(words)
        return cells.line()

    def picture(self, side: PictureSide, width: int, height: int, fade: float = 0.0) -> list[Line]:
        """A thumbnail in its box, blended by `fade` towards it; one that is missing says so."""
        pixels = thumbnail(side.thumbnail)
        if pixels is None:
            return self.note(["no thumbnail"], self.colors.dim, width, height)
        page = self.page.sized(width, height).on(self.box)
        if page.images:  # It could be read, so it is a PNG, and is handed on as it came.
            return page.images.lines(side.thumbnail, page)
        return draw_pixels(pixels, page, fade)

    def chart(self, side: PictureSide, width: int, height: int) -> list[Line]:
        """The histogram of brightness."""
        return draw_histogram(side.brightness, self.page.sized(width, height), self.lane)

    def note(
        self, words: Sequence[str], ink: str, width: int, height: int, ground: str = ""
    ) -> list[Line]:
        """A box with lines of words in its middle."""
        above = max(0, height - len(words)) // 2
        lines = []
        for y in range(height):
            line = ""
            if 0 <= y - above < len(words):
                line = self.page.clip(words[y - above], width)
            blank = " " * ((width - cell_len(line)) // 2)
            lines.append(self.row(width, [(blank + line, ink, False)], ground=ground or self.box))
        return lines

    def failure(self, error: str, width: int, height: int, more: Sequence[str] = ()) -> list[Line]:
        """A box that says why there is no picture; its tint leaves the words a contrast of 4.5 in
        every theme.
        """
        room = width - 4
        if cell_len(error) != len(error):
            room //= 2  # characters of two cells
        words = [self.page.pick("✗", "x"), *wrap(error, max(8, room)), *more]
        failed = self.colors.failed
        return self.note(words[:height], failed, width, height, blend(self.box, failed, 0.06))

    def blank(self, width: int) -> Line:
        """A line with nothing on it."""
        return self.page.sized(width).blank()


def figures(side: PictureSide, room: int) -> str:
    """Mean ± standard deviation over all channels, in at most `room` cells if it can be; `?` if
    unknown.
    """
    if side.overall is None:
        return "?"
    mean, std = (figure(n, max(map(abs, side.overall))) for n in side.overall)
    if len(mean + std) + 3 <= room:
        return f"{mean} ± {std}"
    return f"{mean}±{std}"


def figure(number: float, scale: float, digits: int = 0) -> str:
    """A mean or deviation among numbers up to `scale`: pixel values with `digits` decimals, shares
    with two more.
    """
    if scale >= 1e5:
        return f"{number:.1e}"
    if scale <= 2:
        digits += 2
    return f"{number:.{digits}f}".replace("-", "−")


def size_of(shape: tuple[int, ...], whole: bool = False) -> str:
    """`4000×3000`: width and height of an array's shape, its channels too if `whole`; `?` if
    unknown.
    """
    if not shape:
        return "?"
    sizes = [shape[1], shape[0]]
    if whole:
        sizes += shape[2:]
    return "×".join(map(str, sizes))
