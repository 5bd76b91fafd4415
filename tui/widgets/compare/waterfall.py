"""Where a lane's time went: from the lower bound to its run time, a row a step, each where the one
before it ended.

The lower half of the Compare screen's “where the time went”.
"""

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from rich.cells import cell_len

from tui.drawing import paints
from tui.drawing.cells import Cells, Line
from tui.drawing.eighths import Paint, fill
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import blend, lane_letter, on
from tui.widgets.compare.columns import LEAST, BarsPage
from tui.widgets.compare.waterfall_rows import LossView, WaterfallRow, loss_window, rows_of
from workloads.core.wording import lane_name, percent, seconds_text

SECONDS, SHARE = 10, 7
"""Cells that the figures take."""


def draw_waterfall(view: LossView, page: Page) -> list[Line]:
    """The head, then a row a step; a note alone where there is no waterfall."""
    if page.width < LEAST or page.empty or not view.engine:
        return []
    page = page.on(page.colors.background)
    if view.waterfall is None:
        pen = _WaterfallPen(view, page, 0.0)
        above = [page.cells()] * min(2, (page.height - 2) // 2)
        return [cells.line() for cells in [pen.head(), *above, *pen.note()][: page.height]]
    pen = _WaterfallPen(view, page, view.waterfall.wall_s)
    foot = []
    if pen.zoomed:
        foot = [pen.labels()]
    room = page.height - 1 - len(foot)
    rows = rows_of(view, max(room, 1))
    lines, explained = [pen.head()], pen.texts(rows, room)
    thick = min(map(len, explained)) > 2
    for row, texts in zip(rows, explained, strict=True):
        more = [pen.more(text) for text in texts[1:]]
        if thick:
            pen.thicken(more[0], row)
        lines += [pen.row(row, texts[0]), *more]
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

    def note(self) -> list[Cells]:
        """The reason why there is no waterfall."""
        lines = []
        for line in wrap(self.page.clip_foreign(self.view.note, 400), self.page.width - 2):
            cells = self.page.cells()
            cells.put(1, line, self.colors.dim)
            lines.append(cells)
        return lines

    def texts(self, rows: Sequence[WaterfallRow], room: int) -> list[list[str]]:
        """Each row's explanation in the lines that it takes, an equal number if all fit in that.

        Otherwise the texts that need the fewest lines are whole as far as `room` goes, and the
        others brief: a text that is cut would explain nothing.
        """
        each = max(1, min(3, room // len(rows)))
        full = [self._wrapped(row.words) for row in rows]
        if all(len(lines) <= each for lines in full):
            return [[*lines, *[""] * each][:each] for lines in full]
        spare, texts = max(room - len(rows), 0), dict[int, list[str]]()
        for at in sorted(range(len(rows)), key=lambda at: len(full[at])):
            for lines in (full[at], self._wrapped(rows[at].brief), [""]):
                if len(lines) - 1 <= spare:
                    break
            spare -= len(lines) - 1
            texts[at] = lines
        return [texts[at] for at in range(len(rows))]

    def _wrapped(self, words: str) -> list[str]:
        room = self.page.width - self.words_at - 1
        if room <= 8:
            return [""]
        lines = wrap(self.page.clip_foreign(words, 400), room) or [""]
        return [self.page.clip_foreign(line, room) for line in lines]

    def more(self, text: str) -> Cells:
        """A line below a row's first: the rest of its explanation."""
        cells = self.blank()
        cells.put(self.words_at, text, self.colors.dim)
        return cells

    def thicken(self, cells: Cells, row: WaterfallRow) -> None:
        """Draw the row's bar on the line below it too."""
        self._draw_bar(cells, row, marked=False)

    def row(self, row: WaterfallRow, text: str) -> Cells:
        """The step's name, its floating bar, its seconds, its share of the run time, and the first
        line of its explanation.
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
        cells.put(self.words_at, text, dim)
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
