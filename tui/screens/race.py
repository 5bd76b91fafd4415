"""Screen 1: the lanes on one clock, the scoreboard, and the workload's picture below."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui import guide
from tui.keys import RACE, Hint
from tui.scores import lane_scores, score
from tui.screens.added import AddedView
from tui.screens.base import BaseScreen
from tui.screens.compare_times import Waterfalls
from tui.screens.images import ImagesView
from tui.screens.pi import show_pi
from tui.session import Session
from tui.sheets.full_text import FullTextSheet
from tui.statistics import lane_durations, log_tail, results_view, slowest_view, waterfall_view
from tui.views import VIEWS
from tui.widgets.compare.waterfall import WaterfallView
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.readout import PiReadout
from tui.widgets.pi.scatter import Scatter
from tui.widgets.race.durations import Durations
from tui.widgets.race.log_tail import LogTail
from tui.widgets.race.results import ResultsPanel
from tui.widgets.race.scoreboard import Score, Scoreboard
from tui.widgets.race.slowest import SlowestTasks
from tui.widgets.race.timeline import Timeline
from workloads.builtin.images.workload import IMAGES
from workloads.builtin.pi import PI
from workloads.core.errors import plain
from workloads.core.wording import lane_name

HIGH = 50
"""Lines from which on there is room below the race for where its time went."""


FEW_LANES = 2
"""Lanes whose workers all have a row in half of a small screen."""


class RaceScreen(BaseScreen):
    """The race."""

    TAB = "screen.race"
    BINDINGS: ClassVar[list[BindingType]] = RACE
    HELP = """\
# Race

Every lane runs the **same tasks** with the same random numbers, so every lane must compute the same
answer.

* A **bar** for each lane: tasks finished, failed (red) and running (bright), their rate, the run
  time, and the state. `│S` in a bar marks how far serial was after the same time.
* A **row** for each worker (`w0`, `w1`, …): the tasks it ran, on the time axis at the top. `┊`
  marks the **lower bound**: no schedule of whole tasks is shorter.
* The **speedup** over serial, projected (dimmed, with its 95% interval) until both lanes have
  finished.
* Below: the workload's own view, or results and **statistics of durations**. `{race.slowest}`
  selects the next of the slowest tasks, `{screen.tasks}` shows its details.

*Alternating*, lanes take turns in short slices: each has the whole machine and a clock of its own.
*In turn*, each lane runs alone, and finished lanes replay beside it as **ghosts**. *Together*,
lanes start at the same time and share the cores.

Run times exclude start-up; `{race.startup}` includes it everywhere. `{race.full-text}` shows the
summary and all errors at full length.
"""

    def body(self) -> ComposeResult:
        """Timeline and scoreboard above, the picture below."""
        with Horizontal(id="upper"):
            yield Timeline()
            yield Scoreboard(id="score-side")
        with Horizontal(id="lower"):
            yield Scatter()
            yield Convergence()
            yield ImagesView()
            yield AddedView()
            yield ResultsPanel()
            yield Durations()
            yield SlowestTasks()
            with Vertical(id="figures"):
                yield Scoreboard(id="score-low")
                yield PiReadout()
        with Horizontal(id="account"):
            yield WaterfallView()
            yield Durations()
            yield SlowestTasks()
            yield LogTail()
        yield Static(id="verdict", markup=False)

    def find(self) -> None:
        """Look the widgets up."""
        self._timeline = self.query_one(Timeline)
        self._scores = list(self.query(Scoreboard))
        self._scatter, self._curve = self.query_one(Scatter), self.query_one(Convergence)
        self._readout, self._images = self.query_one(PiReadout), self.query_one(ImagesView)
        self._added = self.query_one(AddedView)
        self._results, self._log = self.query_one(ResultsPanel), self.query_one(LogTail)
        self._durations, self._slowest = self.query(Durations), self.query(SlowestTasks)
        self._waterfall, self._falls = self.query_one(WaterfallView), Waterfalls()
        self._said, self._score = "", Score()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Enter to an image that is selected: it is shown large."""
        if action == "full_text" and self._selects_images():
            return False
        return super().check_action(action, parameters)

    def _selects_images(self) -> bool:
        session = self.raytasks.session
        return session.picture == IMAGES.picture and session.selected is not None

    def hints(self) -> list[Hint]:
        """While no image is selected, Enter shows the summary in full."""
        hints = super().hints()
        if not self._selects_images():
            hints = [hint for hint in hints if hint.bindings != ("select.large",)]
        return hints

    def action_full_text(self) -> None:
        """The summary, and what each lane failed with, at full length."""
        session = self.raytasks.session
        paragraphs = [plain(guide.sentence(session, 0, self.raytasks.keys))]
        for lane in session.shown_lanes():
            reason = plain(lane.reason, 5000)
            if reason and reason not in "".join(paragraphs):
                paragraphs.append(f"{lane_name(lane.engine)}: {reason}")
        texts = [self.raytasks.printable(text) for text in paragraphs]
        self.app.push_screen(FullTextSheet("Summary", texts))

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why no slow task can be selected."""
        lanes = self.raytasks.session.shown_lanes()
        if action == "slowest" and not any(lane.done for lane in lanes):
            return "No task has finished yet."
        return super().why_not(action, parameters)

    def action_slowest(self) -> None:
        """Select the slowest task, then the next."""
        session = self.raytasks.session
        tasks = list(dict.fromkeys(slow.task for slow in slowest_view(session, "").slowest))
        after = 0
        if session.selected in tasks:
            after = (tasks.index(session.selected) + 1) % len(tasks)
        session.selected = tasks[after]

    def show(self, session: Session, slow: bool) -> None:
        """The timeline in every frame, the rest when due."""
        app = self.raytasks
        self.mark_picture(session.picture)
        self.set_class(session.picture not in VIEWS, "-plain")
        self.set_class(self.size.height >= HIGH, "-high")
        self.set_class(len(session.shown_lanes()) > FEW_LANES, "-many-lanes")
        if slow:
            self._said = plain(app.sentence())
        with self.panel(self._timeline):
            self._timeline.update(session.views(), self._said)
        with self.panel(*self._scores):
            if slow:
                self._score = score(session)
            else:
                self._score = replace(self._score, lanes=lane_scores(session))
            for board in self._scores:
                board.update(self._score)
        if not slow:
            return
        if self.statistics_due(session):
            self._show_statistics(session)
        if session.picture == IMAGES.picture:
            self._images.show(session, self.panel)
        elif session.picture == PI.picture:
            show_pi(session, self.panel, self._scatter, self._curve, self._readout)
        else:
            self._added.show(session, self.panel, self.raytasks.ascii)
        self.show_sentence(self._said)

    def _show_statistics(self, session: Session) -> None:
        """The panels of statistics that this size has room for."""
        account = self.has_class("-wide") and self.has_class("-high")
        if self.has_class("-plain"):
            with self.panel(self._results):
                self._results.update(results_view(session))
        if account or self.has_class("-plain"):
            with self.panel(*self._durations):
                lanes = lane_durations(session)
                for panel in self._durations:
                    panel.update(lanes)
            with self.panel(*self._slowest):
                keys = self.raytasks.keys
                hint = f"{keys.name('race.slowest')} Next  {keys.name('screen.tasks')} Details"
                view = slowest_view(session, hint)
                for listing in self._slowest:
                    listing.update(view)
        if account:
            with self.panel(self._log):
                self._log.update(log_tail(session))
            with self.panel(self._waterfall):
                self._falls.bring_up_to_date(session.race)
                self._waterfall.update(waterfall_view(session, self._falls.by_lane))
