"""Two marks on the time axis, and the interval between them."""

from collections.abc import Sequence

import numpy as np
from rich.cells import cell_len

from tui.drawing.cells import Cells, Line
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.drawing.time_axis import TimeAxis
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.reading import time_text
from workloads.core.wording import brief, plural

Marks = tuple[float, ...]
"""None, one or two moments in seconds of the axis."""

NAMES = "AB"


def marked(marks: Marks, start: float, end: float) -> Marks:
    """The marks with one more: where a task starts, and then where one ends; if that lies before
    the first mark, where it starts. After two, the first of two others.
    """
    if len(marks) != 1:
        return (start,)
    if end > marks[0]:
        return (marks[0], end)
    return (marks[0], start)


def _columns(marks: Marks, axis: TimeAxis) -> list[int]:
    """The columns of the marks, from the left; those beyond the window at its ends."""
    return [min(axis.eighth(t) // 8, axis.width - 1) for t in sorted(marks)]


def columns_taken(marks: Marks, axis: TimeAxis) -> set[int]:
    """The columns of the axis' line that the marks and the time between them take."""
    if not marks or axis.empty:
        return set()
    columns = _columns(marks, axis)
    return set(range(columns[0], columns[-1] + 1))


def put_marks(line: Cells, marks: Marks, axis: TimeAxis) -> None:
    """Draw the marks on the axis' line, and the time between them."""
    page, ink = axis.page, axis.page.colors.accent
    if axis.empty:
        return
    if len(marks) == 2:
        first, last = _columns(marks, axis)
        line.put(first, page.pick("━", "=") * (last - first), ink, bold=True)
        words = f" {brief(abs(marks[1] - marks[0]))} "
        if len(words) + 2 < last - first:
            line.put(first + (last - first - len(words)) // 2 + 1, words, ink, bold=True)
    for t, name in zip(marks, NAMES, strict=False):
        if axis.holds(t):
            at = min(axis.eighth(t) // 8, axis.width - 1)
            line.put(at, name, page.colors.background, ink, bold=True)


def draw_interval(views: Sequence[LaneView], marks: Marks, page: Page) -> Line:
    """The line that says what lies between the marks: how long it is, and how many tasks each lane
    ended in it.
    """
    page = page.on(page.colors.panel)
    cells, colors = page.cells(), page.colors
    first, last = min(marks), max(marks)
    x = 1

    def put(words: str, ink: str, bold: bool = False) -> None:
        nonlocal x
        words = page.words(words)
        if x + cell_len(words) <= page.width:
            cells.put(x, words, ink, bold=bold)
            x += cell_len(words) + 2

    if len(marks) < 2:
        put(f"A {time_text(first)}", colors.accent, bold=True)
        return cells.line()
    put(f"A–B {brief(last - first)}", colors.accent, bold=True)
    put(f"{time_text(first)} → {time_text(last)}", colors.dim)
    for view in views:
        if view.lane.zero is None:
            continue
        edges = np.minimum(np.array([first, last]) - view.offset, view.t)
        ended = int(np.diff(view.lane.tasks.load.ended(edges))[0])
        words = f"{ended:,} {plural('task', ended)} ended"
        if x + 4 + len(words) <= page.width:
            put_badge(cells, x, view.lane.engine, page)
            cells.put(x + 4, words, colors.text)
            x += 6 + len(words)
    return cells.line()
