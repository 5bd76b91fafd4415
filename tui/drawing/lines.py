"""The base of everything that moves: a widget made of lines, of which only the changed are
repainted.
"""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size, Spacing
from textual.selection import Selection
from textual.strip import Strip

from tui.drawing.cells import Line, text
from tui.drawing.page import Page
from tui.drawing.panels import Panel
from tui.drawing.selection import selectable, selected_text
from tui.drawing.themes import palette


class _Look(NamedTuple):
    """A widget's page at a size of the widget; its padding and what that looks like; the color
    under all.
    """

    size: Size
    page: Page
    padding: Spacing
    blank: Style
    ground: Color


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

    _look: _Look | None = None
    """What size and styles say, since these were applied last."""

    _kept: dict[int, Strip]
    """The rows of the content as the terminal gets them."""

    @property
    def page(self) -> Page:
        """The widget's size and look as they are now."""
        return self._look_now().page

    def _look_now(self) -> _Look:
        size = self.outer_size
        if self._look is None or self._look.size != size:
            app, ground, padding = self.app, self.background_colors[1], self.styles.padding
            ascii, images = getattr(app, "ascii", False), getattr(app, "images", None)
            inside = size.region.shrink(padding).size
            page = Page(*inside, palette(app.theme), ascii, ground.hex6, images)
            self._look = _Look(size, page, padding, self.rich_style, ground)
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
        if not self.outer_size or self.page.empty:
            self._kept = {}
            return
        page = self.page
        before, self._lines = self._lines, self._drawn_or_why(page)
        if self._drawn != page:
            self._drawn = page
            self._kept = {}
            self.refresh()
            return
        changed = [
            Region(0, y, page.width, 1)
            for y, (old, new) in enumerate(zip_longest(before, self._lines))
            if old != new
        ]
        for region in changed:
            self._kept.pop(region.y, None)
        if changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Everything is drawn anew at the new size."""
        self._drawn = None
        self.redraw()

    def notify_style_update(self) -> None:
        """Styles were applied: if that changed the theme or the ground, no line may survive it."""
        super().notify_style_update()
        self._look, self._kept = None, {}
        # Textual applies them anew whenever a screen comes back, changed or not.
        if self._drawn != self.page:
            self._drawn = None
            self.call_later(self.redraw)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The app's filters but the one that turns ANSI colours into true ones: these are true."""
        filters = super().get_line_filters()
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines for the terminal, kept until they change. Textual's own way costs more than
        drawing them: it looks for borders, titles and tints, which a widget of lines can't have.
        """
        look = self._look_now()
        if self._drawn != look.page:
            self.redraw()
        strips = [self._strip(y - look.padding.top, look) for y in crop.line_range]
        if crop.column_span != (0, look.size.width):
            return [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _strip(self, row: int, look: _Look) -> Strip:
        """A row of the content with the padding beside it; a blank one above or below."""
        kept = self._kept.get(row)
        if kept is None or self.ALLOW_SELECT:  # what is selected looks different
            kept = self._filled(self.render_line(row), look)
            self._kept[row] = kept
        return kept

    def _filled(self, strip: Strip, look: _Look) -> Strip:
        """The strip in the widget's width, as Textual gives it to the terminal."""
        strip = strip.adjust_cell_length(look.page.width, look.blank)
        if look.padding.left:
            strip = Strip([Segment(" " * look.padding.left, look.blank), *strip])
        strip = strip.adjust_cell_length(look.size.width, look.blank)
        for each in self.get_line_filters():
            strip = strip.apply_filter(each, look.ground)
        return strip

    def render_line(self, y: int) -> Strip:
        """One line of the content."""
        line: Line = []
        if 0 <= y < len(self._lines):
            line = self._lines[y]
        if self.ALLOW_SELECT:
            return selectable(self, Strip(line), y)
        return Strip(line)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text that is selected."""
        lines = ("".join(segment.text for segment in line) for line in self._lines)
        return selected_text(lines, selection)
