"""Screen 4, Compare: where the time of a race went, lane by lane; or the points of a sweep as its
races come in.
"""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Static

from tui.drawing.themes import palette
from tui.guide import LAST_RACE, NO_RACE
from tui.keys import COMPARE, Hint
from tui.screens.base import BaseScreen
from tui.screens.compare_sweep import progress_text, result_text
from tui.screens.compare_times import Waterfalls, bars_view, loss_view, paired_text
from tui.session import Session
from tui.statistics import lane_durations, slowest_view
from tui.widgets.compare.chart import ChartView
from tui.widgets.compare.lanebars import MOST_LINES, LaneBars
from tui.widgets.compare.sweep_charts import charts
from tui.widgets.compare.sweep_lanes import SweepLane, SweepLanes
from tui.widgets.compare.sweep_table import SweepTable, SweepView
from tui.widgets.compare.waterfall import WaterfallView
from tui.widgets.race.durations import Durations
from tui.widgets.race.slowest import SlowestTasks
from tui.widgets.race.states import state_word
from workloads.core.events import SweepOpened
from workloads.figures.draining import drain_cost
from workloads.figures.gain import why_none
from workloads.figures.waterfall import Waterfall, sentence
from workloads.ledger.lane import Lane

HIGH = 52
"""Lines from which on statistics of durations stand below the waterfall."""

STATISTICS_LINES = 16

USUAL_ROWS = 6
"""Rows of a waterfall that is still to come, so that nothing moves when it does."""

OTHERS = ("select.previous", "select.large", "select.follow")
"""Bindings that the bars of the other screens name."""

WHAT_FOR_TIMES = (
    "No race yet.\n\nAfter a race this screen shows each lane's time, and what it consists of "
    "beyond its lower bound. {race.sweep} starts a sweep: a race for each of many values of one "
    "setting."
)
WHAT_FOR_SWEEP = (
    "No sweep yet.\n\n{race.sweep} starts one: a race for each of many values of one setting, "
    "drawn here as times and speedups."
)


class CompareScreen(BaseScreen):
    """Where the time of the last race went, or the points of the sweep; one key changes between
    them.
    """

    TAB = "screen.compare"
    HELP = """\
# Compare

**Where the time went**: each lane's run time on one scale, the median of all runs with these
settings; each run is a dot, the line reaches from the fastest to the slowest, heavy between the
quartiles. `┊` is the **lower bound**: the least time in which this many workers could run serial's
tasks. **Task CPU** is the CPU time of all tasks, **lane CPU** that of the lane's own process.

Below, the steps from the lower bound to the run time of the selected lane; steps of no time are
left out. Where all steps are short they have an axis of their own that doesn't start at zero: a cut
axis, marked `//`. `unreliable`: tasks had a core for less than 90% of their time.
`≈ shared cores`: about, as lanes shared the cores.

* `{compare.up}` `{compare.down}` select a lane, `{race.best}` repeats the race five times,
  `{race.startup}` counts the start-up, `{compare.zoom}` puts the steps on the lanes' axis,
  `{compare.full-text}` shows the summary and all errors at full length.

A **sweep** is a race for each of many values of one setting. Each point is one such race, and its
speedup is serial's time divided by the lane's in that same race. A speedup marked `!` is more than
the workers can give; one marked `?` is unreliable. Dotted lines are computed. Laws are fitted only
where the points scatter little enough for a meaningful fit.

* `{race.sweep}` starts a sweep, `{race.cancel}` cancels it: points that are done stay.
  `{compare.left}` `{compare.right}` move along the points, `{compare.view}` shows the times.
"""
    BINDINGS: ClassVar[list[BindingType]] = COMPARE

    def body(self) -> ComposeResult:
        """The bars and the waterfall of a race; the charts and the table of a sweep; or what there
        will be.
        """
        with Vertical(id="times"):
            yield LaneBars()
            yield WaterfallView()
            with Horizontal(id="statistics"):
                yield Durations()
                yield SlowestTasks()
        with Container(id="points"):
            with Horizontal(id="charts"):
                yield ChartView(id="main")
                yield ChartView(id="second")
            yield SweepTable()
            yield SweepLanes()
        with Container(id="nothing-yet"):
            yield Static(id="what-for", markup=False)
        yield Static(id="verdict", markup=False)

    def hints(self) -> list[Hint]:
        """Those of this screen come first."""
        app = self.raytasks
        session = app.session
        own = [Hint("Sweep", ("compare.view",))]
        if self._shows_sweep(session):
            own = [Hint("Times", ("compare.view",))]
            if not session.replayed:
                own.append(Hint("Sweep", ("race.sweep",), app.why_not("sweep")))
            if session.sweep.points:
                own.append(Hint("Points", ("compare.left", "compare.right")))
        elif session.race.opened:
            own.append(Hint("Lane", ("compare.lane",)))
            if not session.replayed:
                own.append(Hint("Repeat ×5", ("race.best",), app.why_not("best")))
            own += [Hint("Own axis", ("compare.zoom",)), Hint("Start-up", ("race.startup",))]
        left_out = {*OTHERS, *(hint.bindings[0] for hint in own)}
        return [*own, *(hint for hint in super().hints() if hint.bindings[0] not in left_out)]

    def find(self) -> None:
        """Look the widgets up."""
        self._bars, self._steps = self.query_one(LaneBars), self.query_one(WaterfallView)
        self._main, self._second = (
            self.query_one("#main", ChartView),
            self.query_one("#second", ChartView),
        )
        self._running_lanes = self.query_one(SweepLanes)
        self._table, self._what_for = (
            self.query_one(SweepTable),
            self.query_one("#what-for", Static),
        )
        self._durations, self._slowest = self.query_one(Durations), self.query_one(SlowestTasks)
        self._swept: SweepOpened | None = None
        self._chosen: bool | None = None
        self._last = False
        self._lane: int | None = None
        self._falls = Waterfalls()
        self._zoom = True

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key of this screen has nothing to act on now; empty if it has."""
        if action not in ("lane", "zoom", "cursor"):
            return ""
        session, keys = self.raytasks.session, self.raytasks.keys
        if action == "cursor":
            return self._why_no_point(session, *parameters)
        if self._shows_sweep(session):
            return keys.fill("This key is for the times: {compare.view} shows them.")
        if session.race.opened is None:
            return keys.fill(NO_RACE)
        if action == "zoom" and not self._falls.by_lane:
            return "There are no steps to zoom in on until serial and another lane have finished."
        if action == "lane" and len(session.shown_lanes()) < 2:
            return "There is only one lane."
        return ""

    def _why_no_point(self, session: Session, by: object = 0) -> str:
        if not self._shows_sweep(session):
            return self.raytasks.keys.fill(
                "This key is for the points of a sweep: {compare.view} shows them."
            )
        if not session.sweep.points:
            return "No point is done yet."
        if not self._main.at_end(by):  # type: ignore[arg-type]
            return ""
        if by == -1:
            return "This is the first point."
        return "This is the last point."

    def action_view(self) -> None:
        """From the times to the sweep, and back."""
        self._chosen = not self._shows_sweep(self.raytasks.session)

    def action_lane(self, by: int) -> None:
        """Select the lane above or below; from the last one on it begins at the first."""
        if lanes := self.raytasks.session.shown_lanes():
            self._lane = (self._place(lanes) + by) % len(lanes)

    def action_zoom(self) -> None:
        """The steps on an axis of their own, or on that of the lanes."""
        self._zoom = not self._zoom

    def action_cursor(self, by: int) -> None:
        """Step to another point, in all of them the same."""
        self._main.move(by)
        self._second.cursor = self._main.cursor

    def on_sweep_table_point_chosen(self, event: SweepTable.PointChosen) -> None:
        """A click on a row puts the cursor on its point."""
        self._main.cursor = self._second.cursor = float(event.value)
        self.tick(force=True)

    def action_copy_text(self) -> None:
        """Copy the text that is selected with the mouse, else the row of the point at the
        cursor.
        """
        row = self._table.selected_text()
        if row and self.get_selected_text() is None:
            self.app.copy_to_clipboard(row)
            self.notify("Copied the row of the selected point.")
        else:
            super().action_copy_text()

    def _place(self, lanes: list[Lane]) -> int:
        """Which lane is selected: the last that didn't fail, unless another was chosen."""
        if self._lane is not None and self._lane < len(lanes):
            return self._lane
        alive = [at for at, lane in enumerate(lanes) if not lane.stopped]
        return (alive or [len(lanes) - 1])[-1]

    def _shows_sweep(self, session: Session) -> bool:
        """True for the sweep, False for the times: what was chosen, until something newer of the
        other kind begins.
        """
        sweep, opened = session.sweep, session.race.opened
        # Repeated runs are shown as times.
        charted = sweep.opened is not None and sweep.opened.sweep != "runs"
        newest = charted and (sweep.ended is None or not opened or opened.t <= sweep.ended.t)
        if newest != self._last:
            self._last, self._chosen = newest, None
        if self._chosen is None:
            return newest
        return self._chosen

    def show(self, session: Session, slow: bool) -> None:
        """All of it when due."""
        if not slow:
            return
        sweep = self._shows_sweep(session)
        self.set_class(not sweep and session.race.opened is not None, "-times")
        self.set_class(sweep and session.sweep.opened is not None, "-points")
        if self.has_class("-points"):
            self._show_sweep(session)
        elif self.has_class("-times"):
            self._show_times(session)
        else:
            what_for = WHAT_FOR_TIMES
            if sweep:
                what_for = WHAT_FOR_SWEEP
            self._what_for.update(self.raytasks.keys.fill(what_for))
            self.show_sentence(self.raytasks.sentence())

    def _show_times(self, session: Session) -> None:
        """The bars, the waterfall of the selected lane, and what it comes to."""
        lanes = session.shown_lanes()
        self.set_class(self.size.height >= HIGH, "-high")
        if self.has_class("-high") and self.statistics_due(session):
            self._durations.update(lane_durations(session))
            self._slowest.update(slowest_view(session, "click: details"))
        place = self._place(lanes)
        self._falls.bring_up_to_date(session.race)
        falls = self._falls.by_lane
        view = bars_view(session, falls.values(), place)
        rows = max([USUAL_ROWS, *map(_rows, falls.values())])
        bars = 2 + len(lanes) * self._lines_each(max(len(lanes), 1), rows)
        self._bars.styles.height = bars
        self._steps.styles.height = self._steps_height(bars)
        keys = self.raytasks.keys
        self._bars.update(replace(view, key=keys.name("compare.full-text")))
        losses = loss_view(session, view, falls, place)
        startup = keys.name("race.startup")
        self._steps.update(replace(losses, zoom=self._zoom, key=startup))
        if session.sweep.running and not session.replayed:
            self.show_sentence(progress_text(session, self.raytasks.keys))
            return
        if not lanes or lanes[place].name not in falls or session.racing:
            self.show_sentence(self.raytasks.sentence())
            return
        why = why_none(session.race, lanes[place], session.count_startup)
        text = paired_text(session, lanes[place], view.runs) + sentence(falls[lanes[place].name])
        text = f"{text} {drain_cost(lanes[place])}".rstrip()
        if why:
            text += f" No speedup: {why}."
        if session.stale:
            text = f"{LAST_RACE} {text}"
        self.show_sentence(text)

    def _steps_height(self, bars: int) -> int | str:
        """Three lines for each row of a waterfall on a high screen: statistics take the rest."""
        if not self.has_class("-high"):
            return "1fr"
        most = max((3 * _rows(fall) + 3 for fall in self._falls.by_lane.values()), default=6)
        return min(most, self.size.height - 2 - 3 - bars - STATISTICS_LINES)

    def _lines_each(self, lanes: int, rows: int) -> int:
        """The lines that each lane's bar gets, where the waterfall has so many rows: two lines for
        each row, whose words need them, come before more than one for a lane.
        """
        room = self.size.height - 2 - 3 - 2 - self.has_class("-tall")  # bars, sentence, heads, gap
        room -= STATISTICS_LINES * self.has_class("-high")
        most = MOST_LINES - 1
        if room - MOST_LINES * lanes >= 2 * rows + 4:
            most = MOST_LINES
        return max(1, min(most, (room - 2 * rows - 2) // lanes))

    def _show_sweep(self, session: Session) -> None:
        """The charts and the table."""
        fold, colors = session.sweep, palette(self.app.theme)
        if fold.opened is not self._swept:
            self._swept = fold.opened
            self._main.cursor = self._second.cursor = None
        if fold.opened is None:
            return
        # The table has a line a value, as far as the charts leave room.
        self._table.styles.height = min(len(fold.opened.values) + 1, max(3, self.size.height // 3))
        for view, chart in zip((self._main, self._second), charts(fold, colors), strict=True):
            view.update(chart)
        begun = [lane for lane in session.race.raced() if lane.zero is not None]
        going = {lane.name: lane.elapsed(session.now) for lane in begun}
        live = {lane.name for lane in begun if lane.live}
        self._table.update(SweepView.of(fold, going, live, self._main.cursor))
        self._show_running_lanes(session)
        if fold.running:
            self.show_sentence(progress_text(session, self.raytasks.keys))
        else:
            self.show_sentence(result_text(session, self.raytasks.keys))

    def _show_running_lanes(self, session: Session) -> None:
        """The lanes of the race at the value that is being measured; no room while none is."""
        lanes: list[SweepLane] = []
        if session.sweep.running:
            lanes = [_running_lane(lane, session) for lane in session.race.raced()]
        self._running_lanes.styles.height = len(lanes)
        self._running_lanes.update(lanes)


def _running_lane(lane: Lane, session: Session) -> SweepLane:
    elapsed = None
    if lane.zero is not None:
        elapsed = lane.elapsed(session.now)
    state = state_word(lane, lane.ended is not None, False, session.racing)
    return SweepLane(lane.engine, state, lane.done, lane.tasks.count, elapsed)


def _rows(fall: Waterfall) -> int:
    """The rows of a waterfall; steps that print as zero have none."""
    steps = sum(step.seconds != 0 for step in fall.printed().steps)
    return steps + 2 + (fall.startup_s > 0)
