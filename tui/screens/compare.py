"""Screen 4, Compare: where the time of a race went, lane by lane; or the points of a sweep as its
races come in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from statistics import median
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Static

from tui.drawing.themes import palette
from tui.screens.base import BaseScreen
from tui.session import Session
from tui.widgets.bars import KeyHint
from tui.widgets.compare.chart import ChartView
from tui.widgets.compare.sweep_charts import charts
from tui.widgets.compare.sweep_table import SweepTable, SweepView
from tui.widgets.compare.waterfall import LossView, WaterfallView
from tui.widgets.race.lanebars import MOST_LINES, BarsView, LaneBars, LaneFigures
from tui.widgets.race.scoreboard import state_word
from tui.widgets.race.timeline import LaneView, fit_window
from workloads.core.engine_info import baseline_of, is_baseline
from workloads.core.events import SweepOpened
from workloads.core.wording import lane_name
from workloads.figures.gain import contended, why_none
from workloads.figures.history import Run, speedups, spread, walls
from workloads.figures.waterfall import Waterfall, sentence, waterfall
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.sweeps.run import SweepFold, progress, verdict

OTHERS = (", .", "enter", "escape")
"""Keys of which the other screens tell."""

NOTHING_RACED = (
    "Nothing has been raced yet.\n\nAfter a race you see here what each lane took, and where the "
    "time went "
    "between the ideal and that. v races again and again with one thing changed, and compares."
)
NOTHING_SWEPT = (
    "Nothing has been swept yet.\n\nv races again and again with one thing changed, and draws "
    "here what that does "
    "to the times and the speedup."
)


class Falls:
    """Each lane's waterfall, worked out once when lanes end: with many tasks that takes
    its time.
    """

    def __init__(self) -> None:
        self.known: dict[str, Waterfall] = {}
        self._of: tuple[object, ...] = ()

    def bring_up_to_date(self, race: Race) -> None:
        """Know the waterfalls of this race as it stands."""
        walls = ((lane.name, lane.wall_s) for lane in race.raced())
        of = (id(race), race.opened and race.opened.t, race.suspended_s, *walls)
        if of != self._of:
            self._of = of
            found = (
                (lane.name, waterfall(race, lane.name))
                for lane in race.raced()
                if lane.wall_s is not None
            )
            self.known = {name: fall for name, fall in found if fall}


def bars_view(session: Session, falls: Iterable[Waterfall], selected: int) -> BarsView:
    """The lanes of the race shown, over all runs of its kind; the axis has room for the waterfalls
    too.
    """
    history, counted = session.history, session.count_startup
    runs = [*history.runs(history.key), *([history.going] if history.going else [])]
    lanes = [_figures(view, runs, session) for view in session.views()]
    ends = [
        max((known.wall.high if known.wall else 0.0), known.startup_s + (known.now or 0.0))
        for known in lanes
    ]
    for fall in falls:
        heights = accumulate((step.seconds for step in fall.steps), initial=fall.ideal_s)
        ends.append(max(*heights, fall.wall_s) + fall.startup_s * counted)
    longest = max(ends, default=0.0)
    moving = not longest or any(known.now is not None for known in lanes)
    return BarsView(
        lanes,
        selected,
        fit_window(longest) if moving else longest * 1.02,
        _run_of(session.sweep),
        contended=contended(session.race),
    )


def _run_of(sweep: SweepFold) -> str:
    """`run 3 of 5` while a race is repeated."""
    opened = sweep.opened
    if not sweep.running or opened is None or opened.sweep != "runs":
        return ""
    return f"run {sweep.at or len(sweep.points)} of {len(opened.values)}"


def _figures(view: LaneView, runs: Sequence[Run], session: Session) -> LaneFigures:
    lane, counted = view.lane, session.count_startup
    taken, own = (
        walls(runs, lane.name, counted),
        [run.lanes[lane.name] for run in runs if lane.name in run.lanes],
    )
    state = state_word(lane, lane.ended is not None, False, session.racing)
    return LaneFigures(
        lane.engine,
        state,
        taken,
        spread(taken),
        spread(speedups(runs, lane.name, counted)),
        lane.workers,
        median(run.task_cpu_s for run in own) if own else None,
        median(run.driver_cpu_s for run in own) if own else None,
        lane.startup_s if counted else 0.0,
        view.ideal,
        lane.elapsed(view.now) if lane.live else None,
        lane.done,
        lane.tasks.count or view.planned,
        lane.reason,
    )


def loss_view(
    session: Session, bars: BarsView, falls: Mapping[str, Waterfall], selected: int
) -> LossView:
    """The waterfall of the selected lane, or why there is none."""
    lanes = session.shown_lanes()
    if not lanes:
        return LossView()
    lane, runs = lanes[selected], len(bars.lanes[selected].walls)
    which = f"last of {runs} runs" if runs > 1 else ""
    fall = falls.get(lane.name)
    note = "" if fall else _why_none(session, lane)
    return LossView(
        lane.engine, fall, bars.end_s, session.count_startup, note, which if fall else ""
    )


def _why_none(session: Session, lane: Lane) -> str:
    if baseline_of(known.name for known in session.shown_lanes()) is None:
        return "Without a serial lane there is no telling what would have been ideal."
    who, have = f"serial and {lane_name(lane.engine)}", "have"
    if is_baseline(lane.name):
        who, have = lane_name(lane.name), "has"
    if session.race.ended is not None:
        return f"It takes a race in which {who} finished every task."
    return f"Known when {who} {have} finished."


class CompareScreen(BaseScreen):
    """Where the time of the last race went, or the points of the sweep; one key changes between
    them.
    """

    TAB = "4"
    HELP = """\
# Compare

**Where the time went**: each lane's wall time on one scale, the median of all runs of this plan;
each run is a dot, the line reaches from the fastest to the slowest, heavy between the quartiles.
`┊` is the **ideal**: serial's tasks shared out with no loss. Below, the steps from the ideal to
what the selected lane really took.

Where the steps are small they stand on an axis of their own, which doesn't begin at zero (`≈`).

* `↑` `↓` select a lane, `b` races five times more, `u` counts the start-up, `z` puts the steps on
  the lanes' axis.

A **sweep** races again and again with one thing changed. Each point is measured; nothing is
interpolated.

* `v` begins a sweep, `x` ends it: what has been measured stays. `←` `→` move along the points.
* `4` or `m` changes between the two.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "4,m",
            "view",
            "Times / sweep",
            tooltip="Where the time went, or the sweep",
            id="compare.view",
        ),
        Binding("up,k,shift+tab", "lane(-1)", "Lane above", id="compare.up"),
        Binding("down,j,tab", "lane(1)", "Lane below", id="compare.down"),
        Binding(
            "z",
            "zoom",
            "Zoom",
            tooltip="The steps on an axis of their own, or on the lanes'",
            id="compare.zoom",
        ),
        Binding("left,h", "cursor(-1)", "Point before", id="compare.left"),
        Binding("right,l", "cursor(1)", "Next point", id="compare.right"),
    ]

    def body(self) -> ComposeResult:
        """The bars and the waterfall of a race; the charts and the table of a sweep; or what there
        will be.
        """
        with Vertical(id="times"):
            yield LaneBars()
            yield WaterfallView()
        with Container(id="points"):
            with Horizontal(id="charts"):
                yield ChartView(id="main")
                yield ChartView(id="second")
            yield SweepTable()
        with Container(id="nothing-yet"):
            yield Static(id="what-for", markup=False)
        yield Static(id="verdict", markup=False)

    def hints(self) -> list[KeyHint]:
        """Those of this screen come first."""
        app = self.raytasks
        session, swept = app.session, self._sweeps(app.session)
        own = [KeyHint("4", "Times" if swept else "Sweep")]
        if swept:
            own += [] if session.replayed else [KeyHint("v", "Sweep", app.why_not("sweep"))]
            own += [KeyHint("← →", "Points")] if session.sweep.points else []
        elif session.race.opened:
            best = [] if session.replayed else [KeyHint("b", "Best of 5", app.why_not("best"))]
            own += [KeyHint("tab", "Lane"), *best, KeyHint("z", "Zoom"), KeyHint("u", "Start-up")]
        known = {*OTHERS, *(hint.key for hint in own)}
        return [*own, *(hint for hint in super().hints() if hint.key not in known)]

    def find(self) -> None:
        """Look the widgets up."""
        self._bars, self._steps = self.query_one(LaneBars), self.query_one(WaterfallView)
        self._main, self._second = (
            self.query_one("#main", ChartView),
            self.query_one("#second", ChartView),
        )
        self._table, self._what_for = (
            self.query_one(SweepTable),
            self.query_one("#what-for", Static),
        )
        self._swept: SweepOpened | None = None
        self._chosen: bool | None = None
        self._last = False
        self._lane: int | None = None
        self._falls = Falls()
        self._zoom = True

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why a key of this screen has nothing to act on now; empty if it has."""
        if action not in ("lane", "zoom", "cursor"):
            return ""
        session = self.raytasks.session
        if self._sweeps(session) != (action == "cursor"):
            return (
                "That is for "
                f"{'the points of a sweep' if action == 'cursor' else 'the times'}: 4 shows them."
            )
        if action == "cursor":
            if not session.sweep.points:
                return "No point has been measured yet."
            end = self._main.at_end(*parameters)  # type: ignore[arg-type]
            return f"This is the {'first' if parameters == (-1,) else 'last'} point." if end else ""
        if session.race.opened is None:
            return "Nothing has been raced yet: space starts."
        if action == "zoom" and not self._falls.known:
            return "There are no steps to zoom in on until serial and another lane have finished."
        return (
            "There is only one lane." if action == "lane" and len(session.shown_lanes()) < 2 else ""
        )

    def action_view(self) -> None:
        """From the times to the sweep, and back."""
        self._chosen = not self._sweeps(self.raytasks.session)

    def action_lane(self, by: int) -> None:
        """Select the lane above or below; from the last one on it begins at the first."""
        if count := len(self.raytasks.session.shown_lanes()):
            self._lane = (self._place(count) + by) % count

    def action_zoom(self) -> None:
        """The steps on an axis of their own, or on that of the lanes."""
        self._zoom = not self._zoom

    def action_cursor(self, by: int) -> None:
        """Step to another point, in all of them the same."""
        self._main.move(by)
        self._second.cursor = self._main.cursor

    def _place(self, count: int) -> int:
        """Which lane is selected: the last, unless another was chosen that there is."""
        return count - 1 if self._lane is None or self._lane >= count else self._lane

    def _sweeps(self, session: Session) -> bool:
        """Whether the sweep is shown: what was chosen, until something newer of the other kind
        begins.
        """
        sweep, opened = session.sweep, session.race.opened
        charted = (
            sweep.opened is not None and sweep.opened.sweep != "runs"
        )  # repeated runs are told as times
        newest = charted and (sweep.ended is None or not opened or opened.t <= sweep.ended.t)
        if newest != self._last:
            self._last, self._chosen = newest, None
        return newest if self._chosen is None else self._chosen

    def show(self, session: Session, slow: bool) -> None:
        """All of it when due."""
        if not slow:
            return
        swept = self._sweeps(session)
        known = session.sweep.opened is not None if swept else session.race.opened is not None
        self.set_class(known and not swept, "-times")
        self.set_class(known and swept, "-points")
        if not known:
            self._what_for.update(NOTHING_SWEPT if swept else NOTHING_RACED)
            self.tell(self.raytasks.sentence())
        elif swept:
            self._show_sweep(session)
        else:
            self._show_times(session)

    def _show_times(self, session: Session) -> None:
        """The bars, the waterfall of the selected lane, and what it comes to."""
        lanes = session.shown_lanes()
        place = self._place(len(lanes))
        self._falls.bring_up_to_date(session.race)
        falls = self._falls.known
        view = bars_view(session, falls.values(), place)
        rows = 2 + max(
            [4, *(len(fall.steps) + 2 + (fall.startup_s > 0) for fall in falls.values())]
        )
        self._bars.styles.height = 2 + len(lanes) * self._lines_each(max(len(lanes), 1), rows)
        self._bars.update(view)
        self._steps.update(replace(loss_view(session, view, falls, place), zoom=self._zoom))
        fall = falls.get(lanes[place].name) if lanes else None
        if fall is None or session.racing:
            self.tell(self.raytasks.sentence())
            return
        why = why_none(session.race, lanes[place], session.count_startup)
        self.tell(f"{sentence(fall)}{f' No speedup: {why}.' if why else ''}")

    def _lines_each(self, lanes: int, rows: int) -> int:
        """How many lines each lane's bar gets, where the waterfall takes so many rows: two lines a
        row before four.
        """
        room = self.size.height - 2 - 3 - 2 - self.has_class("-tall")  # bars, sentence, heads, gap
        most = MOST_LINES if room - MOST_LINES * lanes >= 2 * rows else MOST_LINES - 1
        return max(1, min(most, (room - rows) // lanes))

    def _show_sweep(self, session: Session) -> None:
        """The charts and the table."""
        fold, colors, ascii = session.sweep, palette(self.app.theme), self.raytasks.ascii
        if fold.opened is not self._swept:
            self._swept = fold.opened
            self._main.cursor = self._second.cursor = None
        if fold.opened is None:
            return
        # The table has a line a value, as far as the charts leave room.
        self._table.styles.height = min(len(fold.opened.values) + 1, max(3, self.size.height // 3))
        for view, chart in zip((self._main, self._second), charts(fold, colors), strict=True):
            view.update(chart, ascii)
        now, live = session.clock(), session.live_lane()
        going = {
            lane.name: lane.elapsed(now) for lane in session.race.raced() if lane.zero is not None
        }
        self._table.update(SweepView.of(fold, going, live.name if live else "", self._main.cursor))
        self.tell(self._told(session))

    def _told(self, session: Session) -> str:
        """How far the sweep is, or how it came out."""
        fold = session.sweep
        assert fold.opened
        if fold.running:
            told = f"Sweep: {progress(fold)}"
            if session.replayed and session.still:
                return f"{told}; the recording ends here."
            live = session.live_lane()
            told += f", {lane_name(live.engine)} runs." if live else "."
            return told if session.replayed else f"{told} x ends it."
        told = verdict(fold)
        if session.count_startup:
            told += " Start-up is not counted in sweeps."
        return told if session.replayed else f"{told} v sweeps again."
