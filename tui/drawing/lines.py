"""The base of everything that moves: a widget made of lines, of which only the changed are
repainted.
"""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tui.drawing.cells import Line, text
from tui.drawing.page import Page
from tui.drawing.panels import Panel
from tui.drawing.themes import palette


class Lines(Panel):
    """A widget whose subclass gives all its lines; `redraw` repaints those that differ from before.

    A subclass writes `draw(page)`: at most `page.height` lines, each a list of segments; lines are
    cropped and filled to the width. What it draws must depend on nothing but the data, the virtual
    time and the page, so that a replay draws the same. Where `draw` fails, the widget says so
    instead.
    """

    DEFAULT_CSS = "Lines { width: 1fr; height: 1fr; }"

    _lines: Sequence[Line] = ()
    _drawn: Page | None = None
    """The page that the lines were drawn for; None if all must be painted again."""

    _padding: Style | None = None

    @property
    def page(self) -> Page:
        """The widget's size and look as they are now."""
        return Page(
            *self.content_size,
            palette(self.app.theme),
            bool(getattr(self.app, "ascii", False)),
            self.background_colors[1].hex6,
            getattr(self.app, "images", None),
        )

    def draw(self, page: Page) -> list[Line]:
        """The lines to show, from the top."""
        raise AssertionError("a subclass draws")

    def _drawn_or_why(self, page: Page) -> list[Line]:
        why = self.failure
        if not why:
            try:
                return self.draw(page)
            except Exception as error:
                why = self.report(error)
        lines = wrap(page.words(f"✗ {why}"), page.width)
        return [[text(line, page.colors.failed)] for line in lines[: page.height]]

    def show_failure(self) -> None:
        """Draw why the widget has nothing to show, or what it shows."""
        self.redraw()

    def redraw(self) -> None:
        """Draw again and repaint the lines that changed; costs nothing to the terminal if
        none did.
        """
        if not self.content_size:
            return
        page = self.page
        before, self._lines = self._lines, self._drawn_or_why(page)
        if self._drawn != page:
            self._drawn = page
            self.refresh()
            return
        changed = [
            Region(0, y, page.width, 1)
            for y, (old, new) in enumerate(zip_longest(before, self._lines))
            if old != new
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
        # Textual applies them anew whenever a screen comes back, changed or not.
        if self._drawn != self.page:
            self._drawn = None
            self.call_later(self.redraw)

    def render_line(self, y: int) -> Strip:
        """One line of the widget, as Textual asks for it."""
        width = self.content_size.width
        if self._drawn is None:
            self.redraw()
        line: Line = []
        if y < len(self._lines):
            line = self._lines[y]
        if self._padding is None:
            self._padding = self.rich_style  # which Textual works out anew at every look
        return Strip(line).adjust_cell_length(width, self._padding)
