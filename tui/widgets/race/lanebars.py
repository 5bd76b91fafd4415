"""What each lane took, as bars on one scale of seconds with the runs that they come from, and the
figures beside them.

The upper half of the Compare screen's “where the time went”; the waterfall below stands on the same
axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len, set_cell_size

from tui.drawing import spans
from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines
from tui.drawing.spans import Cells, Frame, paints, ticks
from tui.drawing.themes import Palette, lane_letter, on, palette
from tui.widgets.race.scoreboard import STATES
from workloads.core.errors import plain
from workloads.figures.history import Spread
from workloads.figures.speedup import beyond

MOST_LINES = 4
"""Lines that a lane takes where there is room."""


@dataclass(frozen=True)
class LaneFigures:
    """What is known of a lane, in seconds.

    `walls` are its runs, oldest first, and `wall` their spread (with the start-up, if that is
    counted); `state` is a key of STATES; `now` are its seconds so far while it runs, `done` of
    `total` tasks. `startup_s` is drawn before the run, 0 where it isn't counted; `ideal_s` is the
    least that the lane's workers could take.
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


@dataclass(frozen=True)
class BarsView:
    """All lanes, the `selected` one by its place, where the axis ends (seconds), and a `note` such
    as “run 3 of 5”.
    """

    lanes: Sequence[LaneFigures] = ()
    selected: int = -1
    end_s: float = 1.0
    note: str = ""
    contended: bool = False

    @property
    def runs(self) -> int:
        """The most runs that a lane has."""
        return max((len(lane.walls) for lane in self.lanes), default=0)


class Columns(NamedTuple):
    """Where the bars stand in a line: after `left` cells, `bars` cells wide; figures follow."""

    left: int
    bars: int

    @property
    def right(self) -> int:
        """The first cell after the bars."""
        return self.left + self.bars


def columns(width: int) -> Columns:
    """The columns in a widget of that width, the same for bars and waterfall, so that both have one
    axis.
    """
    left, right = next((left, right) for least, left, right in _COLUMNS if width >= least)
    return Columns(left, max(0, width - left - right))


def clipped(content: str, room: int, ascii: bool = False) -> str:
    """Foreign or own words made safe, in at most `room` cells."""
    words = to_ascii(plain(content, 400)) if ascii else plain(content, 400)
    if cell_len(words) <= room:
        return words
    return set_cell_size(words, room - 1).rstrip() + ("~" if ascii else "…") if room > 1 else ""


def figure(seconds: float, scale: float) -> str:
    """Seconds with as many decimals as suit a table whose largest is `scale`: `0.0123 s`, `6.51 s`,
    `125.3 s`.
    """
    decimals = 4 if scale < 0.1 else 3 if scale < 1 else 2 if scale < 100 else 1
    return f"{seconds:,.{decimals}f} s".replace("-", "−")


def axis_line(marks: Sequence[tuple[int, str]], width: int, at: Columns, colors: Palette) -> Cells:
    """The numbers of an axis (column among the bars, label), each under its grid line."""
    cells, free = Cells(width, colors.background), 0
    for x, label in marks:
        first = max(at.left + x - len(label.split(" ")[0]) // 2, free)
        if first + len(label) <= at.right + 2:
            cells.put(first, label, colors.dim)
            free = first + len(label) + 1
    return cells


_COLUMNS = ((160, 22, 86), (100, 18, 55), (72, 15, 40), (0, 15, 23))
"""From which width on how many cells stand left and right of the bars."""

_Column = tuple[str, int, str]
"""A figure's head, its cells, and what it is."""

_FIGURES: tuple[tuple[_Column, ...], ...] = (
    (
        ("wall", 11, "wall"),
        ("best", 11, "best"),
        ("worst", 11, "worst"),
        ("speedup", 10, "speedup"),
        ("efficiency", 13, "efficiency"),
        ("task CPU", 13, "task"),
        ("driver CPU", 14, "driver"),
    ),
    (
        ("wall", 10, "wall"),
        ("speedup", 9, "speedup"),
        ("efficiency", 12, "efficiency"),
        ("task CPU", 11, "task"),
        ("driver CPU", 12, "driver"),
    ),
    (
        ("wall", 9, "wall"),
        ("×", 7, "speedup"),
        ("eff.", 6, "efficiency"),
        ("task CPU", 9, "task"),
        ("driver", 8, "driver"),
    ),
    (("wall", 9, "wall"), ("×", 7, "speedup"), ("eff.", 6, "efficiency")),
)
"""The figures that stand there, for each of those widths."""

LEAST = 24
"""Cells without which there is no room for a name and a figure."""


def draw_lane_bars(
    view: BarsView, width: int, height: int, colors: Palette, ascii: bool = False
) -> list[Line]:
    """The heads, each lane's bar and figures, and the numbers of the axis, in at most `height`
    lines.

    With two lines a lane or more its runs have a line of their own, with four the bar has two; with
    one line the whisker lies on the bar.
    """
    if width < LEAST or height < 1 or not view.lanes:
        return []
    pen = _Pen(view, width, colors, ascii)
    each = max(1, min(MOST_LINES, (height - 2) // len(view.lanes)))
    lines = [pen.heads()]
    for index, lane in enumerate(view.lanes):
        lines += [
            pen.bar(lane, index == view.selected, each == 1),
            *([pen.thicker(lane)] * (each > 3)),
        ]
        lines += [pen.whisker(lane)] * (each > 1) + [pen.blank()] * (each > 2)
    return [cells.line() for cells in [*lines[: max(1, height - 1)], pen.axis()][:height]]


class _Pen:
    """Draws the lines of one view."""

    def __init__(self, view: BarsView, width: int, colors: Palette, ascii: bool) -> None:
        self.view, self.width, self.colors, self.ascii = view, width, colors, ascii
        self.at = columns(width)
        frame = Frame((0.0, view.end_s), self.at.bars, colors, ascii)
        known = any(lane.wall or lane.now is not None for lane in view.lanes)
        self.marks = ticks(frame.window, frame.width) if known else []
        self.frame = frame._replace(grid=tuple(x for x, _ in self.marks))
        self.figures = next(
            found for (least, *_), found in zip(_COLUMNS, _FIGURES, strict=True) if width >= least
        )

    def words(self, content: str, room: int = 200) -> str:
        """Words that the terminal can show, in so many cells."""
        return clipped(content, room, self.ascii)

    def blank(self) -> Cells:
        """A line with nothing but the grid."""
        cells = Cells(self.width, self.colors.background)
        cells.grid((self.at.left + x for x in self.frame.grid), self.colors.rule, self.ascii)
        return cells

    def heads(self) -> Cells:
        """What the bars are, and the heads of the figures."""
        view, cells = self.view, Cells(self.width, self.colors.background)
        runs = view.runs
        told = f"median of {runs} runs" if runs > 1 else "1 run" if runs else ""
        parts = [("LANES", self.colors.text, True), (told, self.colors.dim, False)]
        parts.append((view.note, self.colors.accent, True))
        if view.contended:
            parts.append(("≈ shared cores", self.colors.accent, True))
        if any(lane.ideal_s is not None for lane in view.lanes):
            parts.append((f"{self.bound} ideal", self.colors.text, False))
        x = 1
        for words, ink, bold in parts:
            words = self.words(words)
            if words and x + cell_len(words) <= self.at.right:
                cells.put(x, words, ink, bold=bold)
                x += cell_len(words) + 2
        x = self.at.right
        for head, size, _ in self.figures:
            head = self.words(head)
            x += size
            cells.put(x - cell_len(head), head, self.colors.dim)
        return cells

    @property
    def bound(self) -> str:
        """The sign of the ideal."""
        return ":" if self.ascii else "┊"

    def axis(self) -> Cells:
        """The numbers of the axis."""
        return axis_line(self.marks, self.width, self.at, self.colors)

    def bar(self, lane: LaneFigures, selected: bool, whisker: bool) -> Cells:
        """The lane's name, its bar with the ideal on it, and its figures."""
        cells, lane_color = self.blank(), self.colors.lane(lane.engine)
        if selected:
            cells.put(0, ">" if self.ascii else "▌", self.colors.accent, bold=True)
        cells.put(
            1,
            f" {self.words(lane_letter(lane.engine), 2) or '?'} ",
            on(lane_color),
            lane_color,
            bold=True,
        )
        name = self.words(lane.engine.upper(), self.at.left - 6)
        cells.put(5, name, self.colors.accent if selected else self.colors.text, bold=True)
        if lane.reason and lane.now is None and not lane.wall:
            cells.put(self.at.left, self.words(lane.reason, self.at.bars), self.colors.failed)
        else:
            self._bar(cells, lane)
            if whisker:
                self._whisker(cells, lane)
            self._ideal(cells, lane)
        self._figures(cells, lane)
        return cells

    def thicker(self, lane: LaneFigures) -> Cells:
        """The bar once more, without words."""
        cells = self.blank()
        self._bar(cells, lane)
        self._ideal(cells, lane)
        return cells

    def _bar(self, cells: Cells, lane: LaneFigures) -> None:
        """The start-up if it counts, then the median, or in a brighter tone the seconds so far."""
        ghost = lane.now is None and lane.state not in ("finished", "failed")
        eighths = np.zeros(self.at.bars * 8, np.uint8)
        eighth = self.frame.eighth
        if lane.now is not None:
            tip = eighth(lane.startup_s + lane.now)
            eighths[eighth(lane.startup_s) : tip] = spans.RUNNING
            eighths[max(eighth(lane.startup_s), tip - 8) : tip] = spans.TIP
        elif lane.wall:
            eighths[eighth(lane.startup_s) : eighth(lane.wall.median)] = spans.SHADE
        if lane.now is not None or lane.wall:
            eighths[: eighth(lane.startup_s)] = spans.START
        cells.fill(eighths, paints(self.colors, lane.engine, ghost), self.ascii, self.at.left)

    def _ideal(self, cells: Cells, lane: LaneFigures) -> None:
        """The mark that no schedule could come before."""
        if lane.ideal_s is not None and self.at.bars:
            x = self._column(lane.startup_s + lane.ideal_s)
            # Where a bar ends within the mark's cell, its colour fills it: the bar doesn't end
            # before the mark.
            ground = cells.ink[x] if cells.chars[x] in spans.EIGHTHS[1:] else cells.ground[x]
            cells.put(x, self.bound, on(ground or cells.ground[x]), ground, bold=True)

    def _figures(self, cells: Cells, lane: LaneFigures) -> None:
        """The median's figures; while the lane runs how far it is, and before it has any how it
        stands.
        """
        scale = max(
            (known.wall.median for known in self.view.lanes if known.wall), default=lane.now or 1.0
        )
        x = self.at.right
        if lane.now is not None or not lane.wall:
            size = self.figures[0][1]
            count = f"{lane.done:,}/{lane.total:,}" if lane.total else ""
            count = count if len(count) < size else f"{lane.done / lane.total:.0%}"
            cells.put(x + size - len(count), count, self.colors.text, bold=True)
            state = f"{STATES[lane.state][self.ascii]} {lane.state}"
            ink = {"failed": self.colors.failed, "running": self.colors.text}.get(
                lane.state, self.colors.dim
            )
            cells.put(x + size + 2, state, ink, bold=lane.state != "ready")
            return
        for _, size, what in self.figures:
            words, ink, bold = self._figure(lane, what, scale)
            words = self.words(words)
            x += size
            cells.put(x - cell_len(words), words, ink, bold=bold)

    def _figure(self, lane: LaneFigures, what: str, scale: float) -> tuple[str, str, bool]:
        """One figure in words, its colour, and whether it is bold."""
        assert lane.wall
        dim, gained = self.colors.dim, lane.speedup
        workers = max(lane.workers, 1)
        mark = "!" if gained and beyond(gained.median, workers) else ""
        if what == "speedup":
            return (
                (f"{gained.median:.2f}×{mark}", self.colors.lane(lane.engine), True)
                if gained
                else ("", dim, False)
            )
        if what == "efficiency":
            return (
                (f"{gained.median / workers:.0%}{mark}" if gained else ""),
                self.colors.text,
                True,
            )
        values = {
            "wall": lane.wall.median,
            "best": lane.wall.low,
            "worst": lane.wall.high,
            "task": lane.task_cpu_s,
            "driver": lane.driver_cpu_s,
        }
        seconds = values[what]
        if seconds is None or (what in ("best", "worst") and lane.wall.count < 2):
            return "", dim, False
        return figure(seconds, scale), self.colors.text if what == "wall" else dim, what == "wall"

    def whisker(self, lane: LaneFigures) -> Cells:
        """The line under the bar: every run on the whisker, and the spread in words."""
        cells = self.blank()
        if not lane.wall or lane.wall.count < 2:
            return cells
        self._whisker(cells, lane)
        for wall in lane.walls:
            cells.put(
                self._column(wall),
                "o" if self.ascii else "•",
                self.colors.lane(lane.engine),
                bold=True,
            )
        cells.put(
            self._column(lane.walls[-1]), "O" if self.ascii else "●", self.colors.text, bold=True
        )
        scale = max(known.wall.median for known in self.view.lanes if known.wall)
        low, high = (
            figure(end, scale).removesuffix(" s") for end in (lane.wall.low, lane.wall.high)
        )
        told = f"{lane.wall.count} runs"
        if not any(what == "best" for _, _, what in self.figures):
            told += f" {low}–{high} s"
        gained = lane.speedup
        if gained and gained.count < lane.wall.count:
            told += f", {gained.count} with a speedup"
        if gained and gained.count > 1:
            told += f"  {gained.low:.2f}–{gained.high:.2f}×"
        cells.put(
            self.at.right + 2, self.words(told, self.width - self.at.right - 2), self.colors.dim
        )
        return cells

    def _column(self, seconds: float) -> int:
        return self.at.left + min(self.frame.eighth(seconds) // 8, max(self.at.bars - 1, 0))

    def _whisker(self, cells: Cells, lane: LaneFigures) -> None:
        """From the fastest run to the slowest, heavy between the quartiles; nothing where they
        share a cell.
        """
        found = lane.wall
        if not found or found.count < 2:
            return
        first, last = self._column(found.low), self._column(found.high)
        if first == last:
            return
        thin, heavy, left, right = ("-", "=", "|", "|") if self.ascii else ("─", "━", "├", "┤")
        chars = {x: thin for x in range(first, last + 1)}
        if found.quartiles:
            low, high = map(self._column, found.quartiles)
            chars |= {x: heavy for x in range(low, high + 1)}
        chars |= {first: left, last: right}
        for x, char in chars.items():
            # A cell that is half the bar's loses its edge to the whisker.
            bare = cells.ground[x] == self.colors.background
            cells.put(
                x, char, self.colors.lane(lane.engine) if bare else on(cells.ground[x]), bold=True
            )


class LaneBars(Lines):
    """The lanes of the race shown, compared."""

    _view = BarsView()

    def update(self, view: BarsView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The bars' lines."""
        ascii = self.ascii
        return draw_lane_bars(self._view, width, height, palette(self.app.theme), ascii)
