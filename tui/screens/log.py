"""Screen 7: what the engines and tasks wrote, line by line."""

from textual.app import ComposeResult
from textual.widgets import Static

from tui.screens.base import BaseScreen
from tui.session import Session
from tui.widgets.log import LogEntry, LogText


class LogScreen(BaseScreen):
    """Every line, in the order it came."""

    TAB = "screen.log"
    HELP = """\
# Log

Everything that Ray, its workers and the tasks print, one line each: the time of day, the lane's
letter, the task that printed it, and the text. Lines of Ray itself and of C libraries name no
task, nor do those of workers of an existing cluster, which come through Ray. `!` marks the
program's own messages.

Arrows and page keys scroll; `end` follows the newest line again. Drag with the mouse to select
text, `ctrl+c` copies it.
"""

    def body(self) -> ComposeResult:
        """The lines."""
        yield Static("No output.", id="nothing")
        yield LogText()
        yield Static("Workers on other machines print through Ray: no task is named.", id="unnamed")

    def find(self) -> None:
        """Look the widget up."""
        self._log = self.query_one(LogText)
        self._written = 0
        self._log.focus()

    def show(self, session: Session, slow: bool) -> None:
        """Write what came since the last frame."""
        race = session.race
        self.set_class(not race.logged, "-no-lines")
        self.set_class(bool(race.logged and race.elsewhere), "-elsewhere")
        if race.logged < self._written:
            self._log.clear()
            self._written = 0
        new = min(race.logged - self._written, len(race.log))
        self._written = race.logged
        if new:
            self._log.write(LogEntry.of(line, race) for line in list(race.log)[-new:])
