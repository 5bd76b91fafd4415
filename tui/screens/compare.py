"""Screen 4: a sweep's races compared, in a chart that grows as they run and in a table; and the sheet to begin one."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tui.plans import TUTORIAL_BATCHES
from tui.screens.base import BaseScreen
from tui.session import Session
from tui.themes import Palette, lane_letter, lane_name, palette
from tui.widgets.bars import KeyHint
from tui.widgets.chart import Chart, ChartView
from tui.widgets.curves import Series
from tui.widgets.sweeptable import SweepTable, SweepView
from workloads import catalog
from workloads.coordinator import Plan
from workloads.errors import BadInput
from workloads.events import SweepOpened
from workloads.sweep import Sweep, SweepFold, batches, verdict


def times_chart(fold: SweepFold, colors: Palette) -> Chart:
    """Each lane's seconds against the swept value."""
    seconds = [point.seconds for point in fold.points]
    return _chart("time of a race", "time", "s", fold, seconds, fold.opened.lanes if fold.opened else [], colors)


def speedup_chart(fold: SweepFold, colors: Palette) -> Chart:
    """Each other lane's speedup over serial against the swept value."""
    gained = [point.speedup for point in fold.points]
    rivals = [lane for lane in (fold.opened.lanes if fold.opened else []) if lane != "serial"]
    return _chart("speedup over serial", "speedup", "×", fold, gained, rivals, colors)


def _chart(
    title: str, y_label: str, y_unit: str, fold: SweepFold, figures: Sequence[Mapping[str, float]],
    lanes: Sequence[str], colors: Palette,
) -> Chart:  # fmt: skip
    """The lanes' figures at each point; one that came to nothing breaks the line, which would look measured there."""
    xs = [point.value for point in fold.points]
    series = []
    for lane in lanes:
        ys = [known.get(lane, math.nan) for known in figures]
        series.append(Series(lane_name(lane), xs, ys, colors.lane(lane), lane_letter(lane)))
    opened = fold.opened
    return Chart(
        title, opened.parameter if opened else "tasks", y_label, series, y_unit=y_unit,
        x_ticks=opened.values if opened else None,
    )  # fmt: skip


class CompareScreen(BaseScreen):
    """The sweep that goes on, or went on last."""

    TAB = "4"
    HELP = """\
# Compare

A **sweep** races the same work again and again, in batches of growing size, each batch serially and on Ray in
turn, as Ray's tutorial does with its pictures. Each point is measured; nothing is interpolated.

* `v` begins a sweep, `x` ends it: what has been measured stays.
* `←` `→` move along the points.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "cursor(-1)", "Point before", id="compare.left"),
        Binding("right,l", "cursor(1)", "Next point", id="compare.right"),
    ]

    def body(self) -> ComposeResult:
        """The charts above, the table below."""
        with Container(id="compare"):
            with Horizontal(id="charts"):
                yield ChartView(id="times")
                yield ChartView(id="gains")
            yield SweepTable()
        yield Static(
            "Nothing has been swept yet: v races in batches of growing size and compares them here.", id="unswept"
        )
        yield Static(id="verdict", markup=False)

    def hints(self) -> list[KeyHint]:
        """Those of a sweep come first."""
        app = self.raytasks
        own = [] if app.session.replayed else [KeyHint("v", "Sweep", app.why_not("sweep"))]
        if app.session.sweep.points:
            own.append(KeyHint("← →", "Points"))
        return [*own, *(hint for hint in super().hints() if hint.key not in (", .", "enter", "escape"))]

    def find(self) -> None:
        """Look the widgets up."""
        self._times, self._gains = self.query_one("#times", ChartView), self.query_one("#gains", ChartView)
        self._table = self.query_one(SweepTable)
        self._shown: SweepOpened | None = None

    def action_cursor(self, by: int) -> None:
        """Step to another point, in all of them the same."""
        self._times.move(by)
        self._gains.cursor = self._times.cursor

    def show(self, session: Session, slow: bool) -> None:
        """All of it when due."""
        if not slow:
            return
        fold, colors, ascii = session.sweep, palette(self.app.theme), self.raytasks.ascii
        self.set_class(fold.opened is None, "-unswept")
        if fold.opened is not self._shown:
            self._shown = fold.opened
            self._times.cursor = self._gains.cursor = None
        if fold.opened:
            # The table has a line a value, as far as the charts leave room.
            self._table.styles.height = min(len(fold.opened.values) + 1, max(3, self.size.height // 3))
            self._times.update(times_chart(fold, colors), ascii)
            self._gains.update(speedup_chart(fold, colors), ascii)
            now, live = session.clock(), session.live_lane()
            going = {lane.name: lane.elapsed(now) for lane in session.race.raced() if lane.zero is not None}
            self._table.update(
                SweepView(
                    fold.opened.parameter, fold.opened.values, fold.opened.lanes, fold.points,
                    going if fold.running else None, live.name if live else "", self._times.cursor,
                )
            )  # fmt: skip
        self.tell(self._sentence(session))

    def _sentence(self, session: Session) -> str:
        fold = session.sweep
        if fold.opened is None:
            return self.raytasks.sentence()
        done, count = len(fold.points), len(fold.opened.values)
        if fold.running:
            told = f"Sweep: {done} of {count} points measured"
            if session.replayed and session.still:
                return f"{told}; the recording ends here."
            live = session.live_lane()
            who = f", {lane_name(live.engine)} runs" if live else ""
            at_work = f"; now {fold.opened.values[done]:,} {fold.opened.parameter}{who}" if done < count else ""
            return f"{told}{at_work}.{'' if session.replayed else ' x ends it.'}"
        return f"{verdict(fold)}{'' if session.replayed else ' v sweeps again.'}"


class SweepSheet(ModalScreen[Sweep | None]):
    """The batches of a sweep; returns it, None if left alone."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", id="sweep.leave")]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        """One field, and the sentence that says what is wrong."""
        with Vertical(classes="sheet"):
            yield Label(f"Sweep of {catalog.find(self._plan.workload).title}", classes="sheet-title")
            with Horizontal(classes="field"):
                yield Label("batches", classes="field-name")
                yield Input(",".join(map(str, TUTORIAL_BATCHES)), compact=True)
            yield Label("tasks of each race, with commas between", classes="field-help")
            yield Static("", id="wrong", markup=False)
            yield Label("Enter begins   Esc leaves", classes="sheet-keys")

    def on_input_changed(self) -> None:
        """Say what is wrong as soon as it is."""
        self._read()

    def on_input_submitted(self) -> None:
        """Enter: begin if it is good."""
        if sweep := self._read():
            self.dismiss(sweep)
        else:
            self.app.bell()

    def _read(self) -> Sweep | None:
        wrong, field = self.query_one("#wrong", Static), self.query_one(Input)
        try:
            sweep = batches(field.value, self._plan)
        except BadInput as error:
            wrong.update(str(error))
            field.add_class("-bad")
            return None
        wrong.update("")
        field.remove_class("-bad")
        return sweep
