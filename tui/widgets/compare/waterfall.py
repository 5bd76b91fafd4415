"""Where a lane's time went: from the ideal to its wall time, a row a step, each where the one
before it ended.

The lower half of the Compare screen's “where the time went”.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from tui.drawing import spans
from tui.drawing.lines import Line, Lines
from tui.drawing.spans import Cells, Frame, Paint, paints, ticks
from tui.drawing.themes import Palette, blend, lane_letter, on, palette
from tui.widgets.race.lanebars import LEAST, axis_line, clipped, columns, figure
from workloads.core.wording import lane_name
from workloads.figures.waterfall import Step, Waterfall

SECONDS, SHARE = 10, 7
"""Cells that the figures take."""

ZOOM_BELOW = 0.2
"""Share of the lanes' axis below which all steps together get an axis of their own: there they
would be slivers.
"""


@dataclass(frozen=True)
class LossView:
    """A lane's waterfall, or why there is none (`note`); `end_s` is where the axis of the bars
    above ends, in seconds.

    With `startup` the start-up is counted: all stands behind it. `which` tells of several runs
    which this is. With `zoom` steps that are small on that axis get one of their own.
    """

    engine: str = ""
    waterfall: Waterfall | None = None
    end_s: float = 1.0
    startup: bool = False
    note: str = ""
    which: str = ""
    zoom: bool = True


class Row(NamedTuple):
    """A line of the waterfall: a bar from `start` to `end` (seconds, either may be the larger).

    `kind` is "total" (ideal, wall), "more", "less" or "apart" (start-up, which isn't part of the
    sum).
    """

    name: str
    start: float
    end: float
    kind: str
    words: str = ""

    @property
    def seconds(self) -> float:
        """What the row adds, or in a total what it is."""
        return self.end - self.start


def rows_of(view: LossView, most: int) -> list[Row]:
    """The rows from the ideal to the wall and the start-up, at most `most`: the smallest steps are
    put into one.
    """
    found = view.waterfall
    if found is None:
        return []
    behind = found.startup_s if view.startup else 0.0
    rows = [Row("ideal", behind, behind + found.ideal_s, "total", _ideal_words(found))]
    here = behind + found.ideal_s
    for step in _fewer(found.steps, max(most - 2 - (found.startup_s > 0), 1)):
        rows.append(
            Row(
                step.name,
                here,
                here + step.seconds,
                "less" if step.seconds < 0 else "more",
                step.words,
            )
        )
        here += step.seconds
    rows.append(
        Row("wall", behind, behind + found.wall_s, "total", "from the start to the last result")
    )
    end = behind + found.wall_s
    if behind:
        rows.insert(0, Row("start-up", 0.0, behind, "apart", "counted"))
    elif found.startup_s > 0:
        rows.append(
            Row("start-up", end, end + found.startup_s, "apart", "not counted: u counts it")
        )
    return rows


def window_of(view: LossView) -> tuple[float, float]:
    """The seconds that the axis shows: those of the bars above, or, where all steps would be thin
    there, their own.
    """
    found, whole = view.waterfall, (0.0, view.end_s)
    if found is None or not view.zoom:
        return whole
    behind = found.startup_s if view.startup else 0.0
    ends = [
        *accumulate((step.seconds for step in found.steps), initial=found.ideal_s),
        found.wall_s,
    ]
    low, high = behind + min(ends), behind + max(ends)
    span = max(high - low, found.wall_s / 1000)
    if span > view.end_s * ZOOM_BELOW or low - span / 2 <= 0:
        return whole
    return low - span / 2, high + span / 2


def _ideal_words(found: Waterfall) -> str:
    if found.workers == 1:
        return "the tasks, one after the other"
    return f"serial's tasks in even shares on {found.workers} workers"


def _fewer(steps: Sequence[Step], most: int) -> list[Step]:
    """The steps in their order; of more than `most`, the smallest in one at the end."""
    if len(steps) > most:
        steps = [step for step in steps if step.seconds]
    if len(steps) <= most:
        return list(steps)
    by_size = sorted(steps, key=lambda step: abs(step.seconds), reverse=True)
    kept, rest = by_size[: most - 1], by_size[most - 1 :]
    names = ", ".join(step.name for step in rest)
    return [
        *(step for step in steps if step in kept),
        Step("other", sum(step.seconds for step in rest), names),
    ]


def draw_waterfall(
    view: LossView, width: int, height: int, colors: Palette, ascii: bool = False
) -> list[Line]:
    """The head, then a row a step in at most `height` lines; a note alone where there is no
    waterfall.
    """
    if width < LEAST or height < 1 or not view.engine:
        return []
    pen = _Pen(view, width, colors, ascii)
    if view.waterfall is None:
        above = [Cells(width, colors.background)] * min(2, (height - 2) // 2)
        return [cells.line() for cells in [pen.head(), *above, pen.note()][:height]]
    rows = rows_of(view, max(height - 1 - pen.zoomed, 1))
    each = max(1, min(3, (height - 1 - pen.zoomed) // len(rows)))
    lines = [pen.head()]
    for row in rows:
        lines += [
            pen.row(row, each),
            *([pen.more(row, each > 2)] * (each > 1)),
            *([pen.blank()] * (each > 2)),
        ]
    return [cells.line() for cells in [*lines[: height - pen.zoomed], *([pen.axis()] * pen.zoomed)]]


def _nothing(told: str) -> bool:
    """Whether a figure is zero as it is told."""
    return not any(char in "123456789" for char in told)


class _Pen:
    """Draws the lines of one view."""

    def __init__(self, view: LossView, width: int, colors: Palette, ascii: bool) -> None:
        self.view, self.width, self.colors, self.ascii = view, width, colors, ascii
        self.at = columns(width)
        frame = Frame(window_of(view), self.at.bars, colors, ascii)
        self.zoomed = frame.window[0] > 0
        self.marks = ticks(frame.window, frame.width)
        self.frame = frame._replace(grid=tuple(x for x, _ in self.marks))
        self.words_at = self.at.right + SECONDS + SHARE + 2
        lane, ground = colors.lane(view.engine), colors.background
        look = list(paints(colors, view.engine))
        look[spans.OTHER] = Paint(blend(lane, colors.text, 0.5), on(lane), ascii="+")
        look[spans.LOST] = Paint(blend(ground, lane, 0.35), colors.text, "╱", lane, "/")
        self.look = look

    def words(self, content: str, room: int) -> str:
        """Words in at most `room` cells that the terminal can show."""
        return clipped(content, room, self.ascii)

    def blank(self) -> Cells:
        """A line with nothing but the grid."""
        cells = Cells(self.width, self.colors.background)
        cells.grid((self.at.left + x for x in self.frame.grid), self.colors.rule, self.ascii)
        return cells

    def head(self) -> Cells:
        """Whose time this is, and the heads of the figures."""
        view, cells = self.view, Cells(self.width, self.colors.background)
        lane = self.colors.lane(view.engine)
        cells.put(1, title := "WHERE THE TIME WENT", self.colors.text, bold=True)
        x = len(title) + 3
        cells.put(x, f" {self.words(lane_letter(view.engine), 2)} ", on(lane), lane, bold=True)
        name = self.words(lane_name(view.engine), max(self.at.right - x - 5, 0))
        cells.put(x + 4, name, lane, bold=True)
        x += 6 + cell_len(name)
        if x + cell_len(view.which) < self.at.right:
            cells.put(x, self.words(view.which, 40), self.colors.dim)
        if view.waterfall:
            cells.put(self.at.right + SECONDS + SHARE - 7, "of wall", self.colors.dim)
        return cells

    def axis(self) -> Cells:
        """The numbers of an axis of its own."""
        return axis_line(self.marks, self.width, self.at, self.colors)

    def note(self) -> Cells:
        """Why there is no waterfall."""
        cells = Cells(self.width, self.colors.background)
        cells.put(1, self.words(self.view.note, self.width - 2), self.colors.dim)
        return cells

    def row(self, row: Row, each: int) -> Cells:
        """The step's name, its floating bar, its seconds, its share of the wall, and its words in
        `each` lines.
        """
        found = self.view.waterfall
        assert found
        cells, total, told = self.blank(), row.kind == "total", figure(row.seconds, found.wall_s)
        nothing = _nothing(told)
        ink = self.colors.dim if row.kind == "apart" or nothing else self.colors.text
        cells.put(1, self.words(row.name, self.at.left - 2), ink, bold=total)
        self._bar(cells, row)
        told = told.removeprefix("−") if nothing else f"+{told}" if row.kind == "more" else told
        told = self.words(told, SECONDS)
        x = self.at.right + SECONDS - cell_len(told)
        cells.put(x, told, ink, bold=row.kind != "apart" and not nothing)
        if row.kind != "apart" and found.wall_s > 0:
            part = round(row.seconds / found.wall_s, 3) + 0.0  # no share of −0.0%
            # An ideal beyond the wall time is no share of it, nor is what was saved from that.
            share = self.words(f"{part:.1%}".replace("-", "−") if abs(part) <= 1 else "", SHARE)
            cells.put(self.at.right + SECONDS + SHARE - cell_len(share), share, self.colors.dim)
        cells.put(self.words_at, self._said(row, each)[0], self.colors.dim)
        return cells

    def more(self, row: Row, thick: bool) -> Cells:
        """The line below: the rest of the words, and of a thick bar."""
        cells = self.blank()
        if thick:
            self._bar(cells, row, marked=False)
        cells.put(self.words_at, self._said(row, 2)[1], self.colors.dim)
        return cells

    def _said(self, row: Row, each: int) -> tuple[str, str]:
        """The row's words in one line, or in two."""
        room = max(self.width - self.words_at - 1, 0)
        lines = wrap(self.words(row.words, 400), room) if room > 8 and each > 1 else []
        first, rest = (lines[0], " ".join(lines[1:])) if lines else (row.words, "")
        return self.words(first, room), self.words(rest, room)

    def _bar(self, cells: Cells, row: Row, marked: bool = True) -> None:
        """Totals from their zero, a step where the one before it ended; the thinnest that has a
        figure shows.

        What the axis doesn't reach is `marked`: `≈` where a total is cut, an arrow where the
        start-up goes on.
        """
        if self.at.bars < 4:
            return
        color = self.colors.lane(self.view.engine)
        if row.kind == "apart" and row.end < self.frame.window[0]:
            cells.put(self.at.left, ("<" if self.ascii else "◀") * marked, color)
            return
        eighths = np.zeros(self.at.bars * 8, np.uint8)
        a, b = sorted((self.frame.eighth(row.start), self.frame.eighth(row.end)))
        if (
            a == b
            and self.view.waterfall
            and not _nothing(figure(row.seconds, self.view.waterfall.wall_s))
        ):
            a = max(0, min(a, len(eighths) - 1))
            b = a + 1
        a, b = (-(-a // 8) * 8, b) if row.kind == "apart" else (a, b)
        kind = {
            "total": spans.SHADE,
            "more": spans.OTHER,
            "less": spans.LOST,
            "apart": spans.START,
        }[row.kind]
        eighths[a:b] = kind
        cells.fill(eighths, self.look, self.ascii, self.at.left)
        if row.kind == "total" and self.zoomed and marked:
            cells.put(
                self.at.left + 1, "~" if self.ascii else "≈", self.colors.background, bold=True
            )
        if row.kind == "apart" and row.end > self.frame.window[1] and marked:
            cells.put(self.at.right - 1, ">" if self.ascii else "▶", color)


class WaterfallView(Lines):
    """The waterfall of the selected lane."""

    _view = LossView()

    def update(self, view: LossView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The waterfall's lines."""
        ascii = self.ascii
        return draw_waterfall(self._view, width, height, palette(self.app.theme), ascii)
