"""The base of everything that moves: a widget made of lines, of which only the changed are
repainted.
"""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

from rich.style import Style
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
from textual.selection import Selection
from textual.strip import Strip

from tui.drawing.cells import Line, text
from tui.drawing.page import Page
from tui.drawing.panels import Panel
from tui.drawing.selection import selectable, selected_text
from tui.drawing.themes import palette


class Lines(Panel):
    """A widget whose subclass gives all its lines; `redraw` repaints those that differ from before.

    A subclass writes `draw(page)`: at most `page.height` lines, each a list of segments; lines are
    cropped and filled to the width. The result must depend on nothing but the data, the virtual
    time and the page, so that a replay draws the same. Where `draw` fails, the widget says so
    instead.
    """

    DEFAULT_CSS = "Lines { width: 1fr; height: 1fr; }"

    ALLOW_SELECT = False
    """A subclass whose lines are text can allow it."""

    _lines: Sequence[Line] = ()
    _drawn: Page | None = None
    """The page that the lines were drawn for; None if all must be painted again."""

    _look: Page | None = None
    """The look as it was when styles were applied last, of no size."""

    _padding: Style | None = None

    @property
    def page(self) -> Page:
        """The widget's size and look as they are now."""
        return self._look_now().sized(*self.content_size)

    def _look_now(self) -> Page:
        if self._look is None:
            app = self.app
            ascii, images = getattr(app, "ascii", False), getattr(app, "images", None)
            ground = self.background_colors[1].hex6
            self._look = Page(0, 0, palette(app.theme), ascii, ground, images)
        return self._look

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
        size = self.content_size
        if not size:
            return
        page = self._look_now().sized(*size)
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
        self._look = self._padding = None
        # Textual applies them anew whenever a screen comes back, changed or not.
        if self._drawn != self.page:
            self._drawn = None
            self.call_later(self.redraw)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The app's filters but the one that turns ANSI colours into true ones: these are true."""
        filters = super().get_line_filters()
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

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
        strip = Strip(line).adjust_cell_length(width, self._padding)
        if self.ALLOW_SELECT:
            return selectable(self, strip, y)
        return strip

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text that is selected."""
        lines = ("".join(segment.text for segment in line) for line in self._lines)
        return selected_text(lines, selection)
