"""The newest lines of the log, beside the race."""

from collections.abc import Sequence

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.listing import heading, note
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from tui.widgets.log import LogEntry, task_width

WITH_TASK = 50
"""Cells from which on each line names its task."""


def draw_tail(lines: Sequence[LogEntry], page: Page) -> list[Line]:
    """A heading, and as many of the newest lines as there is room for, one each."""
    if page.empty:
        return []
    page = page.on(page.colors.panel)
    drawn = [heading("LOG", page).line()]
    if not lines:
        drawn.append(note("no output", page))
    lines = lines[max(len(lines) - page.height + 1, 0) :]
    left, tasks = 5, task_width(lines)
    if tasks and page.width >= WITH_TASK:
        left += tasks + 2
    for line in lines:
        cells, color, letter = page.cells(), page.colors.failed, "!"
        if line.engine:
            color, letter = page.colors.lane(line.engine), lane_letter(line.engine)
        cells.put(1, f" {letter} ", on(color), color, bold=True)
        if left > 5:
            cells.put(5, line.task_text.rjust(tasks), page.colors.dim)
        cells.put(left, page.clip_foreign(line.words, page.width - left - 1), page.colors.text)
        drawn.append(cells.line())
    return drawn[: page.height]


class LogTail(Lines):
    """The newest lines of the log."""

    _tail: Sequence[LogEntry] = ()

    def update(self, tail: Sequence[LogEntry]) -> None:
        """Show these lines, the newest last."""
        self._tail = tail
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The panel's lines."""
        return draw_tail(self._tail, page)
