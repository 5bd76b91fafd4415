"""Screen 7: what the engines and tasks wrote, by lane."""

from rich.text import Text
from textual.app import ComposeResult
from textual.selection import Selection
from textual.strip import Strip
from textual.widgets import RichLog, Static

from tui.drawing.selection import selectable, selected_text
from tui.drawing.themes import lane_letter, palette
from tui.screens.base import BaseScreen
from tui.session import Session
from workloads.core.errors import plain
from workloads.ledger.race import LOG_LINES


class LogText(RichLog):
    """The lines of all lanes: text that can be copied."""

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        return selectable(self, super().render_line(y), self.scroll_offset.y + y)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text that is selected."""
        return selected_text((strip.text for strip in self.lines), selection)


class LogScreen(BaseScreen):
    """Every line, in the order it came."""

    TAB = "screen.log"
    HELP = """\
# The log

Everything that Ray, its workers and the tasks write ends here, and never on another screen.
Arrows and page keys scroll.
"""

    def body(self) -> ComposeResult:
        """The lines."""
        yield Static(
            "Nothing has been written yet. Words of Ray and of the tasks appear here.", id="nothing"
        )
        yield LogText(max_lines=LOG_LINES, markup=False, highlight=False, wrap=True)

    def find(self) -> None:
        """Look the widget up."""
        self._log = self.query_one(LogText)
        self._written = 0
        self._log.focus()

    def show(self, session: Session, slow: bool) -> None:
        """Write what came since the last frame."""
        self.set_class(not session.race.logged, "-no-lines")
        race, p = session.race, palette(self.app.theme)
        if race.logged < self._written:
            self._log.clear()
            self._written = 0
        new = min(race.logged - self._written, len(race.log))
        self._written = race.logged
        for logged in list(race.log)[len(race.log) - new :]:
            letter = Text(" ! ", f"bold {p.background} on {p.failed}")  # a fault of the app's own
            if logged.lane:
                engine = race.lane(logged.lane).engine
                letter = Text(
                    f" {lane_letter(engine)} ", f"bold {p.background} on {p.lane(engine)}"
                )
            self._log.write(Text.assemble(letter, " ", (plain(logged.text), p.text)))
        if not race.logged:
            self._written = 0
