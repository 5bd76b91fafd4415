"""The base of everything that moves: a widget made of lines, of which only the changed are
repainted.
"""

from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tui.drawing.ascii import to_ascii
from tui.drawing.panels import Panel
from tui.drawing.themes import palette

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


class Lines(Panel):
    """A widget whose subclass gives all its lines; `redraw` repaints those that differ from before.

    A subclass writes `draw(width, height)`: at most `height` lines, each a list of segments; lines
    are cropped and filled to the width. What it draws must depend on nothing but the data, the
    virtual time and the size, so that a replay draws the same. Where `draw` fails, the widget says
    so instead.
    """

    DEFAULT_CSS = "Lines { width: 1fr; height: 1fr; }"

    _lines: Sequence[Line] = ()
    _drawn: tuple[int, int] | None = None
    _look: tuple[object, ...] = ()
    _padding: Style | None = None

    @property
    def ascii(self) -> bool:
        """Whether nothing but ASCII may be drawn."""
        return bool(getattr(self.app, "ascii", False))

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines to show, from the top."""
        raise AssertionError("a subclass draws")

    def _drawn_or_why(self, width: int, height: int) -> list[Line]:
        why = self.failure
        if not why:
            try:
                return self.draw(width, height)
            except Exception as error:
                why = self.report(error)
        words = to_ascii(f"✗ {why}") if self.ascii else f"✗ {why}"
        return [
            [text(line, palette(self.app.theme).failed)] for line in wrap(words, width)[:height]
        ]

    def show_failure(self) -> None:
        """Draw why the widget has nothing to show, or what it shows."""
        self.redraw()

    def redraw(self) -> None:
        """Draw again and repaint the lines that changed; costs nothing to the terminal if
        none did.
        """
        width, height = self.content_size
        if not width or not height:
            return
        before, self._lines = self._lines, self._drawn_or_why(width, height)
        self._look = self._looks()
        if self._drawn != (width, height):
            self._drawn = (width, height)
            self.refresh()
            return
        changed = [
            Region(0, y, width, 1)
            for y in range(max(len(before), len(self._lines)))
            if (before[y] if y < len(before) else None)
            != (self._lines[y] if y < len(self._lines) else None)
        ]
        if changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Everything is drawn anew at the new size."""
        self._drawn = None
        self.redraw()

    def notify_style_update(self) -> None:
        """Styles were applied: if that changed the theme or the ground, no line may survive it."""
        super().notify_style_update()
        self._padding = None
        if (
            self._look != self._looks()
        ):  # Textual applies them anew whenever a screen comes back, changed or not
            self._drawn = None
            self.call_later(self.redraw)

    def _looks(self) -> tuple[object, ...]:
        return self.app.theme, self.background_colors

    def render_line(self, y: int) -> Strip:
        """One line of the widget, as Textual asks for it."""
        width = self.content_size.width
        if self._drawn is None:
            self.redraw()
        line = self._lines[y] if y < len(self._lines) else []
        if self._padding is None:
            self._padding = self.rich_style  # which Textual works out anew at every look
        return Strip(line).adjust_cell_length(width, self._padding)
