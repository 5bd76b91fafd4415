"""Each lane's time, as bars on one scale of seconds with the runs that they come from, and the
figures beside them.

The upper half of the Compare screen's “where the time went”; the waterfall below stands on the same
axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from tui.drawing import paints
from tui.drawing.cells import EIGHTHS, Cells, Line
from tui.drawing.eighths import fill
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from tui.widgets.compare.columns import LEAST, BarsPage
from tui.widgets.race.states import state_mark
from workloads.core.wording import percent, seconds, seconds_text, times, times_range
from workloads.figures.history import Spread
from workloads.figures.speedup import efficiency

MOST_LINES = 4
"""Lines that a lane takes where there is room."""


@dataclass(frozen=True)
class LaneFigures:
    """A lane's figures, in seconds.

    `walls` are its runs, oldest first, and `wall` their spread (with the start-up, if that is
    counted); `state` is a key of STATES; `now` are its seconds so far while it runs, `done` of
    `total` tasks. `startup_s` is drawn before the run, 0 where it isn't counted; `ideal_s` is the
    least that the lane's workers could take. `beyond` says that the speedup is more than the
    workers can give.
    """

    engine: str
    state: str = "ready"
    walls: Sequence[float] = ()
    wall: Spread | None = None
    speedup: Spread | None = None
    workers: int = 1
    task_cpu_s: float | None = None
    driver_cpu_s: float | None = None
    startup_s: float = 0.0
    ideal_s: float | None = None
    now: float | None = None
    done: int = 0
    total: int = 0
    reason: str = ""
    beyond: bool = False


@dataclass(frozen=True)
class BarsView:
    """All lanes, the `selected` one by its place, where the axis ends (seconds), and a `note` such
    as “run 3 of 5”. `key` is the name of the key that shows errors in full. `unreliable` says that
    tasks of the race shown had a core for only part of their time.
    """

    lanes: Sequence[LaneFigures] = ()
    selected: int = -1
    end_s: float = 1.0
    note: str = ""
    contended: bool = False
    key: str = "enter"
    unreliable: bool = False

    @property
    def runs(self) -> int:
        """The most runs that a lane has."""
        return max((len(lane.walls) for lane in self.lanes), default=0)


_Column = tuple[str, int, str]
"""A figure's head, its cells, and what it is."""

_FIGURES: tuple[tuple[_Column, ...], ...] = (
    (
        ("time", 11, "wall"),
        ("best", 11, "best"),
        ("worst", 11, "worst"),
        ("speedup", 10, "speedup"),
        ("efficiency", 13, "efficiency"),
        ("task CPU", 13, "task"),
        ("lane CPU", 14, "driver"),
    ),
    (
        ("time", 10, "wall"),
        ("speedup", 9, "speedup"),
        ("efficiency", 12, "efficiency"),
        ("task CPU", 11, "task"),
        ("lane CPU", 12, "driver"),
    ),
    (
        ("time", 9, "wall"),
        ("×", 7, "speedup"),
        ("eff.", 6, "efficiency"),
        ("task CPU", 9, "task"),
        ("lane CPU", 9, "driver"),
    ),
    (("time", 9, "wall"), ("×", 7, "speedup"), ("eff.", 6, "efficiency")),
)
"""The figures that stand beside the bars, from the widest page to the narrowest."""


def draw_lane_bars(view: BarsView, page: Page) -> list[Line]:
    """The heads, each lane's bar and figures, and the numbers of the axis.

    With two lines a lane or more its runs have a line of their own, with four the bar has two; with
    one line the whisker lies on the bar.
    """
    if page.width < LEAST or page.empty or not view.lanes:
        return []
    pen = _BarsPen(view, page.on(page.colors.background))
    each = max(1, min(MOST_LINES, (page.height - 2) // len(view.lanes)))
    lines = [pen.heads()]
    for index, lane in enumerate(view.lanes):
        lines.append(pen.bar(lane, index == view.selected, each == 1))
        if each > 3:
            lines.append(pen.thicker(lane))
        if each > 1:
            lines.append(pen.runs(lane))
        if each > 2:
            lines.append(pen.blank())
    lines = [*lines[: max(1, page.height - 1)], pen.labels()]
    return [cells.line() for cells in lines[: page.height]]


class _BarsPen(BarsPage):
    """Draws the lines of one view."""

    def __init__(self, view: BarsView, page: Page) -> None:
        measured = any(lane.wall or lane.now is not None for lane in view.lanes)
        super().__init__(page, (0.0, view.end_s), measured)
        self.view = view
        self.figures = _FIGURES[self.at.roominess]
        self.longest = max((lane.wall.median for lane in view.lanes if lane.wall), default=None)

    def heads(self) -> Cells:
        """The title of the bars, and the heads of the figures."""
        view, cells, colors = self.view, self.page.cells(), self.colors
        runs = f"median of {view.runs} runs"
        if view.runs <= 1:
            runs = ("", "1 run")[view.runs]
        parts = [("LANES", colors.text, True), (runs, colors.dim, False)]
        parts.append((view.note, colors.accent, True))
        if view.unreliable:
            parts.append(("unreliable", colors.failed, True))
        if view.contended:
            parts.append(("≈ shared cores", colors.accent, True))
        if any(lane.ideal_s is not None for lane in view.lanes):
            parts.append(("┊ lower bound", colors.text, False))
        x = 1
        for words, ink, bold in parts:
            words = self.page.clip_foreign(words, 200)
            if words and x + cell_len(words) <= self.at.right:
                cells.put(x, words, ink, bold=bold)
                x += cell_len(words) + 2
        x = self.at.right
        for head, size, _ in self.figures:
            head = self.page.words(head)
            x += size
            cells.put(x - cell_len(head), head, colors.dim)
        return cells

    def bar(self, lane: LaneFigures, selected: bool, whisker: bool) -> Cells:
        """The lane's name, its bar with the ideal on it, and its figures."""
        cells, page, colors = self.blank(), self.page, self.colors
        lane_color, ink = colors.lane(lane.engine), colors.text
        if selected:
            ink = colors.accent
            cells.put(0, page.pick("▌", ">"), ink, bold=True)
        letter = page.clip_foreign(lane_letter(lane.engine), 2) or "?"
        cells.put(1, f" {letter} ", on(lane_color), lane_color, bold=True)
        name = page.clip_foreign(lane.engine.upper(), self.at.left - 6)
        cells.put(5, name, ink, bold=True)
        if lane.reason and lane.now is None and not lane.wall:
            cells.put(self.at.left, self._reason(lane), colors.failed)
        else:
            self._draw_bar(cells, lane)
            if whisker:
                self._draw_whisker(cells, lane)
            self._draw_ideal(cells, lane)
        if lane.now is not None or not lane.wall:
            self._write_state(cells, lane)
        else:
            self._write_figures(cells, lane, lane.wall)
        return cells

    def _reason(self, lane: LaneFigures) -> str:
        """Why the lane failed, or the key that shows it where there isn't room for all of it."""
        reason = self.page.safe(lane.reason)
        if cell_len(reason) <= self.at.bars:
            return reason
        return self.page.clip(f"{self.view.key} shows why", self.at.bars)

    def thicker(self, lane: LaneFigures) -> Cells:
        """The bar once more, without words."""
        cells = self.blank()
        self._draw_bar(cells, lane)
        self._draw_ideal(cells, lane)
        return cells

    def _draw_bar(self, cells: Cells, lane: LaneFigures) -> None:
        """The start-up if it counts, then the median, or in a brighter tone the seconds so far."""
        ghost = lane.now is None and lane.state not in ("finished", "failed")
        eighths = np.zeros(self.at.bars * 8, np.uint8)
        zero = self.axis.eighth(lane.startup_s)
        if lane.now is not None:
            tip = self.axis.eighth(lane.startup_s + lane.now)
            eighths[zero:tip] = paints.RUNNING
            eighths[max(zero, tip - 8) : tip] = paints.TIP
            eighths[:zero] = paints.START
        elif lane.wall:
            eighths[zero : self.axis.eighth(lane.wall.median)] = paints.SHADE
            eighths[:zero] = paints.START
        fill(cells, eighths, paints.paints(self.colors, lane.engine, ghost), self.at.left)

    def _draw_ideal(self, cells: Cells, lane: LaneFigures) -> None:
        """The mark that no schedule could come before."""
        if lane.ideal_s is None or not self.at.bars:
            return
        x = self._column(lane.startup_s + lane.ideal_s)
        ground = cells.ground[x]
        # Where a bar ends within the mark's cell, its colour fills it: the bar doesn't end before
        # the mark.
        if cells.chars[x] in EIGHTHS[1:]:
            ground = cells.ink[x] or ground
        cells.put(x, self.page.pick("┊", ":"), on(ground), ground, bold=True)

    def _write_state(self, cells: Cells, lane: LaneFigures) -> None:
        """How far the lane is while it runs, and how it stands."""
        size, count, colors = self.figures[0][1], "", self.colors
        if lane.total:
            count = f"{lane.done:,}/{lane.total:,}"
            if len(count) >= size:
                count = f"{100 * lane.done // lane.total}%"
        cells.put(self.at.right + size - len(count), count, colors.text, bold=True)
        state = f"{state_mark(lane.state, self.page)} {lane.state}"
        ink = {"failed": colors.failed, "running": colors.text}.get(lane.state, colors.dim)
        cells.put(self.at.right + size + 2, state, ink, bold=lane.state != "ready")

    def _write_figures(self, cells: Cells, lane: LaneFigures, wall: Spread) -> None:
        """The figures of the median run under their heads."""
        by_name: dict[str, float | None] = {
            "wall": wall.median,
            "task": lane.task_cpu_s,
            "driver": lane.driver_cpu_s,
        }
        if wall.count > 1:
            by_name |= {"best": wall.low, "worst": wall.high}
        texts = {name: seconds(time) for name, time in by_name.items() if time is not None}
        if lane.speedup:
            workers, mark = max(lane.workers, 1), ""
            if lane.beyond:
                mark = "!"
            texts["speedup"] = f"{times(lane.speedup.median)}{mark}"
            texts["efficiency"] = f"{percent(efficiency(lane.speedup.median, workers))}{mark}"
        inks = {
            "speedup": self.colors.lane(lane.engine),
            "efficiency": self.colors.text,
            "wall": self.colors.text,
        }
        x = self.at.right
        for _, size, name in self.figures:
            words = self.page.words(texts.get(name, ""))
            x += size
            ink = inks.get(name, self.colors.dim)
            cells.put(x - cell_len(words), words, ink, bold=name in inks)

    def runs(self, lane: LaneFigures) -> Cells:
        """The line under the bar: every run on the whisker, and the spread in words."""
        cells, wall = self.blank(), lane.wall
        if not wall or wall.count < 2:
            return cells
        self._draw_whisker(cells, lane)
        lane_color = self.colors.lane(lane.engine)
        for wall_s in lane.walls:
            mark = self.page.pick("•", "o")
            cells.put(self._column(wall_s), mark, lane_color, bold=True)
        newest = self._column(lane.walls[-1])
        cells.put(newest, self.page.pick("●", "O"), self.colors.text, bold=True)
        longest, words = self.longest or wall.median, f"{wall.count} runs"
        if not any(name == "best" for _, _, name in self.figures):
            low, high = (
                seconds_text(end, longest).removesuffix(" s") for end in (wall.low, wall.high)
            )
            words += f" {low}–{high} s"
        gained = lane.speedup
        if gained and gained.count < wall.count:
            words += f", {gained.count} with a speedup"
        if gained and gained.count > 1:
            words += f"  {times_range(gained.low, gained.high)}"
        at = self.at.right + 2
        cells.put(at, self.page.clip(words, self.page.width - at), self.colors.dim)
        return cells

    def _column(self, wall_s: float) -> int:
        return self.at.left + min(self.axis.eighth(wall_s) // 8, max(self.at.bars - 1, 0))

    def _draw_whisker(self, cells: Cells, lane: LaneFigures) -> None:
        """From the fastest run to the slowest, heavy between the quartiles; nothing where they
        share a cell.
        """
        if not lane.wall or lane.wall.count < 2:
            return
        first, last = self._column(lane.wall.low), self._column(lane.wall.high)
        if first == last:
            return
        thin, heavy, left, right = list(self.page.pick("─━├┤", "-=||"))
        chars = dict.fromkeys(range(first, last + 1), thin)
        if lane.wall.quartiles:
            low, high = map(self._column, lane.wall.quartiles)
            chars |= dict.fromkeys(range(low, high + 1), heavy)
        chars |= {first: left, last: right}
        for x, char in chars.items():
            # A cell that is half the bar's loses its edge to the whisker.
            ink = on(cells.ground[x])
            if cells.ground[x] == cells.background:
                ink = self.colors.lane(lane.engine)
            cells.put(x, char, ink, bold=True)


class LaneBars(Lines):
    """The lanes of the race shown, compared."""

    _view = BarsView()

    def update(self, view: BarsView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The bars' lines."""
        return draw_lane_bars(self._view, page)
