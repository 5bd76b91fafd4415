"""Results and durations at full size, for a workload that has no view of its own. Loaded when a
race has some.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal

from tui.screens.pi import PanelOf
from tui.screens.task_panels import TaskPanels
from tui.session import Session


class StatisticsView(Horizontal):
    """The newest results, the durations of each lane's tasks, and the slowest of them."""

    DEFAULT_CSS = "StatisticsView { display: none; height: 1fr; }"

    def compose(self) -> ComposeResult:
        """The panels from left to right."""
        self._panels = TaskPanels(with_results=True)
        yield from self._panels.widgets

    def show(self, session: Session, panel: PanelOf) -> None:
        """Bring them up to date; `panel` keeps a fault to the widget it is in."""
        self._panels.show(session, panel, "click: details")
