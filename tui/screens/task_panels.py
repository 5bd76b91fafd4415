"""The panels of what a race's tasks returned and how long they took, wherever a screen has them."""

from textual.widget import Widget

from tui.screens.pi import PanelOf
from tui.session import Session
from tui.statistics import lane_durations, results_view, slowest_view
from tui.widgets.race.durations import Durations
from tui.widgets.race.results import ResultsPanel
from tui.widgets.race.slowest import SlowestTasks


class TaskPanels:
    """The durations of each lane's tasks and the slowest of them; before these, `with_results`, the
    newest results.
    """

    def __init__(self, with_results: bool) -> None:
        self._results = [ResultsPanel()][: int(with_results)]
        self._durations, self._slowest = Durations(), SlowestTasks()

    @property
    def widgets(self) -> list[Widget]:
        """The panels from left to right; the last gives way where it is narrow."""
        return [*self._results, self._durations, self._slowest]

    def show(self, session: Session, panel: PanelOf, hint: str) -> None:
        """Bring them up to date; `panel` keeps a fault to the widget it is in, `hint` names the
        keys that select and open a task.
        """
        for results in self._results:
            with panel(results):
                results.update(results_view(session))
        with panel(self._durations):
            self._durations.update(lane_durations(session))
        with panel(self._slowest):
            self._slowest.update(slowest_view(session, hint))
