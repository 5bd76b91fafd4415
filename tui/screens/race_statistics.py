"""The panels of statistics on the race screen: beside a workload that has no picture, and below the
race in a large terminal. Nothing of this is loaded before one of them is shown.
"""

from textual.screen import Screen

from tui.screens.compare_times import Waterfalls
from tui.screens.pi import PanelOf
from tui.screens.task_panels import TaskPanels
from tui.session import Session
from tui.statistics import log_tail, waterfall_view
from tui.widgets.compare.waterfall import WaterfallView
from tui.widgets.race.log_tail import LogTail


class RaceStatistics:
    """The panels; they can be brought up to date once they are `mounted`."""

    def __init__(self) -> None:
        self.mounted = False
        self._beside, self._below = TaskPanels(with_results=True), TaskPanels(with_results=False)
        self._log = LogTail()
        self._waterfall, self._falls = WaterfallView(), Waterfalls()

    async def mount(self, screen: Screen[None]) -> None:
        """Put the panels into the screen."""
        await screen.query_one("#lower").mount(*self._beside.widgets, before="#figures")
        below = [self._waterfall, *self._below.widgets, self._log]
        await screen.query_one("#account").mount(*below)
        self.mounted = True

    def show_tasks(self, session: Session, panel: PanelOf, hint: str, beside: bool) -> None:
        """Bring the panels of tasks up to date, those `beside` the race or those below it; `hint`
        names their keys.
        """
        panels = self._below
        if beside:
            panels = self._beside
        panels.show(session, panel, hint)

    def show_account(self, session: Session, panel: PanelOf) -> None:
        """Bring the newest lines of the log and where the time went up to date."""
        with panel(self._log):
            self._log.update(log_tail(session))
        with panel(self._waterfall):
            self._falls.bring_up_to_date(session.race)
            self._waterfall.update(waterfall_view(session, self._falls.by_lane))
