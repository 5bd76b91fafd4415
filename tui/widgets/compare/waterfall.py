"""Where a lane's time went: from the lower bound to its run time, a row a step, each where the one
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

from tui.drawing import paints
from tui.drawing.cells import Cells, Line
from tui.drawing.eighths import Paint, fill
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import blend, lane_letter, on
from tui.widgets.compare.columns import LEAST, BarsPage
from workloads.core.wording import lane_name, percent, rounded, seconds_text
from workloads.figures.waterfall import Waterfall, WaterfallStep, causes_text

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

    With `startup` the start-up is counted: all stands behind it. `which` says of several runs
    which this is. With `zoom` steps that are small on that axis get one of their own. `key` is the
    name of the key that counts the start-up, which is named `startup_name`.
    """

    engine: str = ""
    waterfall: Waterfall | None = None
    end_s: float = 1.0
    startup: bool = False
    note: str = ""
    which: str = ""
    zoom: bool = True
    key: str = "u"
    startup_name: str = "start-up"

    @property
    def behind(self) -> float:
        """Where the run starts on the axis: after the start-up, if that is counted."""
        if self.waterfall is None or not self.startup:
            return 0.0
        return self.waterfall.startup_s


class WaterfallRow(NamedTuple):
    """A line of the waterfall: a bar from `start` to `end` (seconds, either may be the larger).

    `kind` is "total" (lower bound, run time), "more", "less" or "apart" (start-up, which isn't part
    of the sum). `share` is that of the run time, rounded so that the parts add up to it.
    """

    name: str
    start: float
    end: float
    kind: str
    words: str = ""
    share: float = 0.0

    @property
    def seconds(self) -> float:
        """The seconds that the row adds; in a total, all of them."""
        return self.end - self.start


def rows_of(view: LossView, most: int) -> list[WaterfallRow]:
    """The rows from the lower bound to the run time and the start-up, at most `most`: steps of no
    time are left out, and the smallest are put into one.
    """
    if view.waterfall is None:
        return []
    losses, behind = view.waterfall.printed(), view.behind
    here = behind + losses.ideal_s
    rows = [WaterfallRow("lower bound", behind, here, "total", _bound_text(losses))]
    spent = [step for step in losses.steps if step.seconds]
    for step in _fewer(spent, max(most - 2 - (losses.startup_s > 0), 1)):
        kind = "more"
        if step.seconds < 0:
            kind = "less"
        words = causes_text(losses, step) or step.words
        rows.append(WaterfallRow(step.name, here, here + step.seconds, kind, words))
        here += step.seconds
    rows = _with_shares(rows, losses.wall_s)
    end = behind + losses.wall_s
    rows.append(WaterfallRow("run time", behind, end, "total", _run_text(losses), 1.0))
    if behind:
        rows.insert(0, WaterfallRow(view.startup_name, 0.0, behind, "apart", "counted"))
    elif losses.startup_s > 0:
        words = f"not counted: {view.key} counts it"
        rows.append(WaterfallRow(view.startup_name, end, end + losses.startup_s, "apart", words))
    return rows


def _with_shares(rows: Sequence[WaterfallRow], wall_s: float) -> list[WaterfallRow]:
    """The parts of a run time with their shares of it; what isn't nothing, or the whole, isn't
    rounded to that.
    """
    if not wall_s:
        return list(rows)
    exact = [row.seconds / wall_s for row in rows]
    shares = []
    for row, part, share in zip(rows, exact, rounded(exact, 1.0, 3), strict=True):
        if share in (0, 1):
            share = part
        shares.append(row._replace(share=share))
    return shares


def loss_window(view: LossView) -> tuple[float, float]:
    """The seconds that the axis shows: those of the bars above, or, where all steps would be thin
    there, their own.
    """
    losses, whole = view.waterfall, (0.0, view.end_s)
    if losses is None or not view.zoom:
        return whole
    ends = [*accumulate((step.seconds for step in losses.steps), initial=losses.ideal_s)]
    ends.append(losses.wall_s)
    low, high = view.behind + min(ends), view.behind + max(ends)
    span = max(high - low, losses.wall_s / 1000)
    if span > view.end_s * ZOOM_BELOW or low - span / 2 <= 0:
        return whole
    return low - span / 2, high + span / 2


def _bound_text(losses: Waterfall) -> str:
    text = f"the least time for serial's tasks on {losses.workers} workers"
    if losses.workers == 1:
        text = "the tasks, one after the other"
    if losses.failed:
        text += f", {losses.failed:,} failed included"
    return text


def _run_text(losses: Waterfall) -> str:
    """What the run time is, and the steps that had no part in it."""
    text = "from the start to the last result"
    absent = ", ".join(step.name for step in losses.steps if not step.seconds)
    if absent:
        return f"{text}; no {absent}"
    return text


def _fewer(steps: Sequence[WaterfallStep], most: int) -> list[WaterfallStep]:
    """The steps in their order; of more than `most`, the smallest in one at the end."""
    if len(steps) <= most:
        return list(steps)
    by_size = sorted(steps, key=lambda step: abs(step.seconds), reverse=True)
    kept, rest = by_size[: most - 1], by_size[most - 1 :]
    names = ", ".join(step.name for step in rest)
    return [
        *(step for step in steps if step in kept),
        WaterfallStep("other", sum(step.seconds for step in rest), names),
    ]


def draw_waterfall(view: LossView, page: Page) -> list[Line]:
    """The head, then a row a step; a note alone where there is no waterfall."""
    if page.width < LEAST or page.empty or not view.engine:
        return []
    page = page.on(page.colors.background)
    if view.waterfall is None:
        pen = _WaterfallPen(view, page, 0.0)
        above = [page.cells()] * min(2, (page.height - 2) // 2)
        return [cells.line() for cells in [pen.head(), *above, pen.note()][: page.height]]
    pen = _WaterfallPen(view, page, view.waterfall.wall_s)
    foot = []
    if pen.zoomed:
        foot = [pen.labels()]
    room = page.height - 1 - len(foot)
    rows = rows_of(view, max(room, 1))
    each = max(1, min(3, room // len(rows)))
    lines = [pen.head()]
    for row in rows:
        lines.append(pen.row(row, each))
        lines += [pen.more(row, line, each) for line in range(1, each)]
    return [cells.line() for cells in [*lines[: page.height - len(foot)], *foot]]


class _WaterfallPen(BarsPage):
    """Draws the lines of one view; shares are of `wall_s` seconds."""

    def __init__(self, view: LossView, page: Page, wall_s: float) -> None:
        super().__init__(page, loss_window(view))
        self.view, self.wall_s = view, wall_s
        self.zoomed = self.axis.window[0] > 0
        self.words_at = self.at.right + SECONDS + SHARE + 2
        lane, ground = self.colors.lane(view.engine), self.colors.background
        look = list(paints.paints(self.colors, view.engine))
        look[paints.OTHER] = Paint(blend(lane, self.colors.text, 0.5), on(lane), ascii="+")
        look[paints.LOST] = Paint(blend(ground, lane, 0.35), self.colors.text, "╱", lane, "/")
        self.look = look

    def head(self) -> Cells:
        """Whose time this is, and the heads of the figures."""
        view, page, cells = self.view, self.page, self.page.cells()
        lane, title = self.colors.lane(view.engine), "WHERE THE TIME WENT"
        cells.put(1, title, self.colors.text, bold=True)
        x = len(title) + 3
        letter = page.clip_foreign(lane_letter(view.engine), 2)
        cells.put(x, f" {letter} ", on(lane), lane, bold=True)
        name = page.clip_foreign(lane_name(view.engine), max(self.at.right - x - 5, 0))
        cells.put(x + 4, name, lane, bold=True)
        x += 6 + cell_len(name)
        note = view.which
        if self.zoomed:
            note = ", ".join(filter(None, (note, "// cut axis")))
        if x + cell_len(note) < self.at.right:
            cells.put(x, page.clip_foreign(note, 60), self.colors.dim)
        if view.waterfall:
            cells.put(self.at.right + SECONDS + SHARE - 7, "of time", self.colors.dim)
        return cells

    def note(self) -> Cells:
        """The reason why there is no waterfall."""
        cells = self.page.cells()
        note = self.page.clip_foreign(self.view.note, self.page.width - 2)
        cells.put(1, note, self.colors.dim)
        return cells

    def row(self, row: WaterfallRow, each: int) -> Cells:
        """The step's name, its floating bar, its seconds, its share of the wall, and its words in
        `each` lines.
        """
        cells, page, dim, x = self.blank(), self.page, self.colors.dim, self.at.right
        plain = row.kind == "apart" or self._nothing(row)
        ink = self.colors.text
        if plain:
            ink = dim
        name = page.clip_foreign(row.name, self.at.left - 2)
        cells.put(1, name, ink, bold=row.kind == "total")
        self._draw_bar(cells, row)
        seconds = page.clip(self._seconds(row), SECONDS)
        cells.put(x + SECONDS - cell_len(seconds), seconds, ink, bold=not plain)
        if row.kind != "apart" and self.wall_s > 0:
            share = page.words(self._share(row))
            cells.put(x + SECONDS + SHARE - cell_len(share), share, dim)
        cells.put(self.words_at, self._row_text(row, each)[0], dim)
        return cells

    def more(self, row: WaterfallRow, line: int, each: int) -> Cells:
        """A `line` below the first of `each`: the rest of the words, and of a thick bar."""
        cells = self.blank()
        if line == 1 and each > 2:
            self._draw_bar(cells, row, marked=False)
        cells.put(self.words_at, self._row_text(row, each)[line], self.colors.dim)
        return cells

    def _nothing(self, row: WaterfallRow) -> bool:
        """True if the row's seconds are zero as they are written."""
        return not any(char in "123456789" for char in seconds_text(row.seconds, self.wall_s))

    def _seconds(self, row: WaterfallRow) -> str:
        """The seconds that the row adds, with a sign."""
        seconds = seconds_text(row.seconds, self.wall_s)
        if self._nothing(row):
            return seconds.removeprefix("−")
        if row.kind == "more":
            return f"+{seconds}"
        return seconds

    def _share(self, row: WaterfallRow) -> str:
        """Its share of the wall time; an ideal beyond the wall time is no share of it, nor is what
        was saved from that.
        """
        if abs(row.share) > 1:
            return ""
        return percent(row.share, 1).replace("-", "−")

    def _row_text(self, row: WaterfallRow, each: int) -> list[str]:
        """The row's words in so many lines; what has no room is cut."""
        room = max(self.page.width - self.words_at - 1, 0)
        lines = [row.words]
        if room > 8 and each > 1:
            lines = wrap(self.page.clip_foreign(row.words, 400), room)
        lines = [*lines[: each - 1], " ".join(lines[each - 1 :]), *[""] * each][:each]
        return [self.page.clip_foreign(line, room) for line in lines]

    def _draw_bar(self, cells: Cells, row: WaterfallRow, marked: bool = True) -> None:
        """Totals from their zero, a step where the one before it ended; the thinnest that has a
        figure shows.

        What the axis doesn't reach is `marked`: `//` where a total is cut, an arrow where the
        start-up continues.
        """
        if self.at.bars < 4:
            return
        page, left, color = self.page, self.at.left, self.colors.lane(self.view.engine)
        apart = row.kind == "apart"
        if apart and row.end < self.axis.window[0]:
            if marked:
                cells.put(left, page.pick("◀", "<"), color)
            return
        a, b = sorted((self.axis.eighth(row.start), self.axis.eighth(row.end)))
        eighths = np.zeros(self.at.bars * 8, np.uint8)
        if a == b and not self._nothing(row):
            a = max(0, min(a, len(eighths) - 1))
            b = a + 1
        if apart:
            a = -(-a // 8) * 8  # textures want whole cells
        eighths[a:b] = _KINDS[row.kind]
        fill(cells, eighths, self.look, left)
        if row.kind == "total" and self.zoomed and marked:
            cells.put(left + 1, "//", on(color), bold=True)
        if apart and row.end > self.axis.window[1] and marked:
            cells.put(self.at.right - 1, page.pick("▶", ">"), color)


_KINDS = {
    "total": paints.SHADE,
    "more": paints.OTHER,
    "less": paints.LOST,
    "apart": paints.START,
}
"""The paint of each kind of row."""


class WaterfallView(Lines):
    """The waterfall of the selected lane."""

    _view = LossView()

    def update(self, view: LossView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The waterfall's lines."""
        return draw_waterfall(self._view, page)
