"""The lines of the timeline's axis, and the margin for labels beside what stands below it."""

from collections.abc import Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from tui.drawing.cells import Cells, Line, text
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter
from tui.drawing.time_axis import TimeAxis
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.marks import Marks, columns_taken, put_marks
from workloads.core.wording import seconds


class Pen(NamedTuple):
    """An axis with a margin beside it for labels; a row is `tall` lines high."""

    axis: TimeAxis
    margin: int
    tall: int

    def beside(self, label: str, ink: str, line: Line) -> Line:
        """A line with its label in the margin."""
        label = label[: self.margin].ljust(self.margin)
        return [text(label, ink, self.axis.page.ground, bold=True), *line]

    def of(self, view: LaneView) -> "Pen":
        """The pen for a lane's rows, with the lane's own bound."""
        column = self.column(view)
        if column is None:
            return self
        return self._replace(axis=self.axis._replace(bound=column))

    def column(self, view: LaneView) -> int | None:
        """Where the lane's bound stands; None where it has none on the axis."""
        if view.ideal is None:
            return None
        bound = view.ideal + view.offset
        if not self.axis.window[0] <= bound <= self.axis.window[1]:
            return None
        return min(self.axis.eighth(bound) // 8, self.axis.width - 1)

    def write(self, words: str = "", ink: str | None = None) -> Line:
        """A line with the grid and these words."""
        return self.beside("", self.axis.page.colors.dim, _gridded(self.axis, words, ink))

    def block(self, label: str, ink: str, lines: Sequence[Line]) -> list[Line]:
        """A tall row, its label beside the line that has the words."""
        labels = [""] * self.tall
        labels[self.tall // 3] = label
        return [self.beside(at, ink, line) for at, line in zip(labels, lines, strict=True)]


@lru_cache(maxsize=64)
def _gridded(axis: TimeAxis, words: str, ink: str | None) -> Line:
    cells = axis.page.cells()
    axis.draw_grid(cells)
    cells.put(0, words, ink, bold=True)
    return cells.line()


def draw_axis(views: Sequence[LaneView], pen: Pen, marks: Marks = ()) -> list[Line]:
    """The labels, and the line under them with the lanes' bounds, the mark of now, and those that
    were set.
    """
    axis, bounds = pen.axis, _bounds(views, pen)
    now = [view.t + view.offset for view in views if view.lane.zero is not None and not view.over]
    if not now:
        now = [
            view.started
            for view in views
            if view.lane.zero is None and view.lane.state == "starting"
        ]
    marked = None
    if now and axis.window[0] <= max(now) <= axis.window[1]:
        marked = min(axis.eighth(max(now)) // 8, axis.width - 1)
    return list(_axis_lines(pen, bounds, marked, marks))


def _bounds(views: Sequence[LaneView], pen: Pen) -> tuple[tuple[int, str], ...]:
    """The columns of the lanes' lower bounds and their names; with the lanes' letters where these
    differ.
    """
    lanes: dict[tuple[int, str], str] = {}
    for view in views:
        column = pen.column(view)
        if column is not None and view.ideal is not None:
            mark = column, seconds(view.ideal + view.offset)
            lanes[mark] = lanes.get(mark, "") + lane_letter(view.lane.engine)
    if len(lanes) == 1:
        return tuple((column, f"lower bound {time}") for column, time in lanes)
    return tuple((column, f"{of} lower bound {time}") for (column, time), of in lanes.items())


@lru_cache(maxsize=64)
def _axis_lines(
    pen: Pen, bounds: Sequence[tuple[int, str]], marked: int | None, marks: Marks
) -> tuple[Line, Line]:
    """The two lines of the axis; kept, since they are the same in most frames."""
    axis, page, colors = pen.axis, pen.axis.page, pen.axis.page.colors
    labels, line = page.sized(pen.margin + axis.width).cells(), page.cells()
    line.put(0, page.pick("─", "-") * axis.width, colors.rule)
    for x, label in axis.ticks():
        at = max(0, pen.margin + x - len(label.split(" ")[0]) // 2)
        labels.put(min(at, labels.width - len(label)), label, colors.text, bold=True)
        line.put(x, page.pick("┬", "+"), colors.dim)
    _name_bounds(line, bounds, page, columns_taken(marks, axis))
    if marked is not None:
        line.put(marked, page.pick("▼", "V"), colors.accent, bold=True)
    put_marks(line, marks, axis)
    return labels.line(), pen.beside("", colors.dim, line.line())


def _name_bounds(
    line: Cells, bounds: Sequence[tuple[int, str]], page: Page, taken: set[int]
) -> None:
    """The lower bounds' marks on the axis, each named at a side where no other stands, and in none
    of the `taken` columns.
    """
    taken |= {column for column, _ in bounds}
    for column, name in reversed(bounds):  # the last lane is the one to look at
        for label in (f" {name} ", f" {name.replace('lower bound ', '')} "):
            first = _free(column, len(label), taken, line.width)
            if first is not None:
                line.put(first, label, page.colors.text)
                taken.update(range(first, first + len(label)))
                break
    for column, _ in bounds:
        line.put(column, page.pick("┊", ":"), page.colors.text, bold=True)


def _free(column: int, size: int, taken: Set[int], width: int) -> int | None:
    """The first of `size` free cells right or left of a column; None without any."""
    for first in (column + 1, column - size):
        if 0 <= first <= width - size and taken.isdisjoint(range(first, first + size)):
            return first
    return None
