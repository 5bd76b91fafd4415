"""The panels of statistics on the race screen: beside a workload that has no picture, and below the
race in a large terminal. Nothing of this is loaded before one of them is shown.
"""

from textual.screen import Screen

from tui.screens.compare_times import Waterfalls
from tui.screens.pi import PanelOf
from tui.session import Session
from tui.statistics import lane_durations, log_tail, results_view, slowest_view, waterfall_view
from tui.widgets.compare.waterfall import WaterfallView
from tui.widgets.race.durations import Durations
from tui.widgets.race.log_tail import LogTail
from tui.widgets.race.results import ResultsPanel
from tui.widgets.race.slowest import SlowestTasks


class RaceStatistics:
    """The panels; they can be brought up to date once they are `mounted`."""

    def __init__(self) -> None:
        self.mounted = False
        self._results, self._log = ResultsPanel(), LogTail()
        self._durations = [Durations(), Durations()]
        self._slowest = [SlowestTasks(), SlowestTasks()]
        self._waterfall, self._falls = WaterfallView(), Waterfalls()

    async def mount(self, screen: Screen[None]) -> None:
        """Put the panels into the screen."""
        panels = [self._results, self._durations[0], self._slowest[0]]
        await screen.query_one("#lower").mount(*panels, before="#figures")
        below = [self._waterfall, self._durations[1], self._slowest[1], self._log]
        await screen.query_one("#account").mount(*below)
        self.mounted = True

    def show_results(self, session: Session, panel: PanelOf) -> None:
        """Bring the newest results up to date."""
        with panel(self._results):
            self._results.update(results_view(session))

    def show_durations(self, session: Session, panel: PanelOf, hint: str) -> None:
        """Bring the durations and the slowest tasks up to date; `hint` names their keys."""
        with panel(*self._durations):
            lanes = lane_durations(session)
            for durations in self._durations:
                durations.update(lanes)
        with panel(*self._slowest):
            view = slowest_view(session, hint)
            for listing in self._slowest:
                listing.update(view)

    def show_account(self, session: Session, panel: PanelOf) -> None:
        """Bring the newest lines of the log and where the time went up to date."""
        with panel(self._log):
            self._log.update(log_tail(session))
        with panel(self._waterfall):
            self._falls.bring_up_to_date(session.race)
            self._waterfall.update(waterfall_view(session, self._falls.by_lane))
