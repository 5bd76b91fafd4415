"""Screen 1: the lanes on one clock, the scoreboard, and the workload's picture below."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui import guide
from tui.keys import RACE, Hint
from tui.scores import lane_scores, score
from tui.screens.added import AddedView
from tui.screens.pi import show_pi
from tui.screens.timeline_keys import TimelineKeys
from tui.session import Session
from tui.views import VIEWS
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.readout import PiReadout
from tui.widgets.pi.scatter import Scatter
from tui.widgets.race.scoreboard import Score, Scoreboard
from tui.widgets.race.timeline_panel import Timeline
from workloads.builtin.images.workload import IMAGES
from workloads.builtin.pi import PI
from workloads.core.errors import plain

if TYPE_CHECKING:
    from tui.screens.images import ImagesView
    from tui.screens.race_statistics import RaceStatistics

HIGH = 50
"""Lines from which on there is room below the race for where its time went."""


FEW_LANES = 2
"""Lanes whose workers all have a row in half of a small screen."""


class RaceScreen(TimelineKeys):
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
* The row **driver**: what the code does that hands out tasks and takes their results: it submits,
  waits, gets or computes. Its CPU time stands beside it. `{race.drain}` chooses how Ray's results
  are taken: by `ray.wait` as they come, by one `ray.get` of all refs, or by `ray.get` in the
  submitting loop. With `ray.get`, tasks are drawn once it returns, from the workers' own time
  stamps: their workers are marked `†`.
* The **speedup** over serial, projected (dimmed, with its 95% interval) until both lanes have
  finished.
* `{timeline.left}` `{timeline.right}` `{timeline.up}` `{timeline.down}` or a click select a task on
  all screens; the line below says where and how long it ran, and if its cell stands for several.
* `{timeline.zoom-in}` `{timeline.zoom-out}` zoom, `{timeline.earlier}` `{timeline.later}` pan; so
  do wheel and drag. `{timeline.fit}` shows all again, `{timeline.follow}` the newest.
  `{timeline.alone}` shows the timeline alone, and back. The **mini-map** shows how busy a lane was
  in the whole race, and what of that is shown.
* Where there is room, **strips** show the cores that a lane's tasks used (`cores`; faint where
  tasks still run, whose CPU time isn't measured yet) and the tasks submitted and not ended
  (`flight`).
* `{timeline.order}` shows a row for each **task** instead, in the order of submission: waiting
  (`·`), running, ready (`╌`) until the driver fetched its result; and workers again.
* `{timeline.mark}` marks where the selected task starts, then where one ends: the time between.
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
            yield AddedView()
            with Vertical(id="figures"):
                yield Scoreboard(id="score-low")
                yield PiReadout()
        yield Horizontal(id="account")
        yield Static(id="verdict", markup=False)

    def find(self) -> None:
        """Look the widgets up."""
        self._timeline = self.query_one(Timeline)
        self._scores = list(self.query(Scoreboard))
        self._scatter, self._curve = self.query_one(Scatter), self.query_one(Convergence)
        self._readout, self._added = self.query_one(PiReadout), self.query_one(AddedView)
        self._images: ImagesView | None = None
        self._statistics: RaceStatistics | None = None
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
        if self.raytasks.session.race.opened is not None:
            at = 2 + len(self.raytasks.task_hints())
            hints[at:at] = self.timeline_hints()
        return hints

    def whole_sentence(self) -> str:
        """The sentence above the keys, without what to do next."""
        return guide.sentence(self.raytasks.session, 0, self.raytasks.keys)

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why no slow task can be selected."""
        lanes = self.raytasks.session.shown_lanes()
        if action == "slowest" and not any(lane.done for lane in lanes):
            return "No task has finished."
        return super().why_not(action, parameters)

    def action_slowest(self) -> None:
        """Select the slowest task, then the next."""
        from tui.statistics import slowest_view

        view = slowest_view(self.raytasks.session, "")
        at = next((at for at, slow in enumerate(view.slowest) if view.is_selected(slow)), -1)
        slow = view.slowest[(at + 1) % len(view.slowest)]
        self.raytasks.session.select(slow.task, slow.lane)

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
            self._timeline.update(session.views(), self._said, self.selection())
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
            self._show_images(session)
        elif session.picture == PI.picture:
            show_pi(session, self.panel, self._scatter, self._curve, self._readout)
        else:
            self._added.show(session, self.panel, self.raytasks.ascii)
        self.show_sentence(self._said)

    def _show_images(self, session: Session) -> None:
        """The images, mounted when a race has some for the first time."""
        if self._images is None:
            from tui.screens.images import ImagesView

            self._images = ImagesView()
            self.call_later(self._mount_images, self._images)
        elif self._images.is_mounted:
            self._images.show(session, self.panel)

    async def _mount_images(self, images: "ImagesView") -> None:
        await self.query_one("#lower").mount(images, before="#figures")
        self.tick(force=True)

    def _show_statistics(self, session: Session) -> None:
        """The panels of statistics that this size has room for, mounted when there is some for the
        first time.
        """
        plain_workload = self.has_class("-plain")
        account = self.has_class("-wide") and self.has_class("-high")
        if not (plain_workload or account):
            return
        if self._statistics is None:
            from tui.screens.race_statistics import RaceStatistics

            self._statistics = RaceStatistics()
            self.call_later(self._mount_statistics, self._statistics)
        if not self._statistics.mounted:
            return
        keys = self.raytasks.keys
        hint = f"{keys.name('race.slowest')} Next  {keys.name('screen.tasks')} Details"
        self._statistics.show_tasks(session, self.panel, hint, plain_workload)
        if account:
            self._statistics.show_account(session, self.panel)

    async def _mount_statistics(self, statistics: "RaceStatistics") -> None:
        await statistics.mount(self)
        self._counted = ()
        self.tick(force=True)
