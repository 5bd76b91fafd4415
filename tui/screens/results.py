"""Results and durations at full size, for a workload that has no view of its own. Loaded when a
race has some.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal

from tui.screens.pi import PanelOf
from tui.session import Session
from tui.statistics import lane_durations, results_view, slowest_view
from tui.widgets.race.durations import Durations
from tui.widgets.race.results import ResultsPanel
from tui.widgets.race.slowest import SlowestTasks


class StatisticsView(Horizontal):
    """The newest results, the durations of each lane's tasks, and the slowest of them."""

    DEFAULT_CSS = "StatisticsView { display: none; height: 1fr; }"

    def compose(self) -> ComposeResult:
        """The panels from left to right; the last gives way where it is narrow."""
        yield ResultsPanel()
        yield Durations()
        yield SlowestTasks()

    def show(self, session: Session, panel: PanelOf) -> None:
        """Bring them up to date; `panel` keeps a fault to the widget it is in."""
        results, durations = self.query_one(ResultsPanel), self.query_one(Durations)
        slowest = self.query_one(SlowestTasks)
        with panel(results):
            results.update(results_view(session))
        with panel(durations):
            durations.update(lane_durations(session))
        with panel(slowest):
            slowest.update(slowest_view(session, "click: details"))
