"""The heart of the screen: every lane of a race on one time axis, with its workers' spans.

`draw_timeline` is pure: the same ledgers, times and page give the same lines. The widget that calls
it is in `timeline_panel`.
"""

from collections.abc import Iterable, Sequence

from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.time_axis import TimeAxis
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.axis_lines import Pen, draw_axis
from tui.widgets.race.driver_line import (
    has_driver,
)
from tui.widgets.race.lane_bar import bars_of, draw_bars
from tui.widgets.race.lane_blocks import NOWHERE, LaneBlocks, LinePlace
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.layout import Extras, Layout, lay_out
from tui.widgets.race.reasons import reasons_of
from tui.widgets.race.shelf import (
    Keys,
    Row,
    Shelf,
    rows_of_lane,
)
from tui.widgets.race.strips import STRIPS, draw_strips, has_strips
from tui.widgets.race.task_rows import tasks_in_order
from tui.widgets.race.timeline_look import PLAIN, TimelineLook, lines_above, lines_below
from workloads.ledger.rows import WorkerRow

_NOBODY = [WorkerRow(0)]
"""The rows of a lane that has started but whose workers haven't joined yet."""


class Drawn:
    """Lines, what each of them shows, and the rows of each lane by its name."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.places: list[LinePlace] = []
        self.shelves: dict[str, Shelf] = {}

    def add(self, lines: Iterable[Line], place: LinePlace = NOWHERE) -> None:
        """Append lines that show this."""
        for line in lines:
            self.lines.append(line)
            self.places.append(place)


def draw_timeline(
    views: Sequence[LaneView],
    window: TimeWindow,
    page: Page,
    stated: str = "",
    look: TimelineLook = PLAIN,
) -> list[Line]:
    """The lanes on one axis, at most as many lines as the page has. Reasons for a failure that are
    `stated` elsewhere are left out.
    """
    return arrange(views, window, page, stated, look).lines


def arrange(
    views: Sequence[LaneView],
    window: TimeWindow,
    page: Page,
    stated: str = "",
    look: TimelineLook = PLAIN,
) -> Drawn:
    """The lines of `draw_timeline`, and what each of them shows."""
    drawn = Drawn()
    if page.empty or not views:
        return drawn
    page = page.on(page.colors.background)
    views = views[: page.height]
    rows, margin = [_rows(view, look) for view in views], margin_of(views, page, look.by_task)
    axis = TimeAxis(page.sized(page.width - margin), window.seconds)
    marks = tuple(min(axis.eighth(t) // 8, axis.width - 1) for t in look.marks if axis.holds(t))
    axis = axis._replace(grid=tuple(x for x, _ in axis.ticks()), marks=marks)
    reasons = reasons_of(views, axis.page, stated)
    wants = [
        min(max(len(own), 1), page.height) + len(reason)
        for own, reason in zip(rows, reasons, strict=True)
    ]
    room = page.height - 2 * len(views) - 2
    below = lines_below(views, axis, page.sized(page.width), look, room)
    if not (look.cursor or look.marks) and page.height - len(views) - 3 < sum(wants):
        below = []
    above = lines_above(views, axis, look, room - len(below))
    room = page.height - len(above) - len(below)
    extras = Extras(sum(map(has_driver, views)), STRIPS * sum(map(has_strips, views)))
    layout = lay_out(wants, room, extras)
    pen = Pen(axis, margin, layout.tall)
    drawn.add([pen.beside(" map", page.colors.dim, line) for line in above], LinePlace("map"))
    drawn.add(draw_axis(views, pen, look.marks)[: layout.axis], LinePlace("axis"))
    top = len(drawn.lines)
    bars = draw_bars(bars_of(views), page)
    raced = any(view.lane.zero is not None for view in views)
    for view, bar, own, reason, room in zip(views, bars, rows, reasons, layout.rows, strict=True):
        if layout.blank and len(drawn.lines) > top:
            drawn.add([pen.write()])
        drawn.add([bar], LinePlace("bar", view.lane.name))
        lane = LaneBlocks(view, own, pen.of(view), look).shelved(room - len(reason))
        drawn.shelves[view.lane.name] = lane.shelf
        _add_rows(drawn, lane, reason, layout, raced)
    if below:
        drawn.add([pen.write()] * (page.height - len(below) - len(drawn.lines)))
        drawn.add(below, LinePlace("reading"))
    del drawn.lines[page.height :]
    return drawn


def _add_rows(
    drawn: Drawn, lane: LaneBlocks, reason: Sequence[str], layout: Layout, raced: bool
) -> None:
    """Add what stands under a lane's bar."""
    view = lane.view
    if layout.drivers and has_driver(view):
        drawn.add([lane.driver()], LinePlace("driver", view.lane.name))
    blocks = [*lane.reasons(reason), *lane.blocks(raced)]
    for index, block in enumerate(blocks[: lane.shelf.room + len(reason)]):
        if layout.gap and index > len(reason):
            drawn.add([lane.pen.write()])
        drawn.add(block.lines, block.place)
    if layout.strips and has_strips(view):
        drawn.add(draw_strips(view, lane.pen), LinePlace("strip", view.lane.name))


def margin_of(views: Sequence[LaneView], page: Page, by_task: bool = False) -> int:
    """Cells beside the axis, for the names of workers or the numbers of tasks."""
    last = max((max(view.lane.rows, default=0) for view in views), default=0)
    if by_task:
        last = max(last, 10 * max((view.lane.tasks.count for view in views), default=0))
    return min(max(7, len(str(last)) + 5 - 4 * by_task), page.width - 1)


def _rows(view: LaneView, look: TimelineLook) -> Sequence[Row] | Keys:
    """The rows of a lane: its workers, or its tasks in order; none before its run. Workers that
    haven't joined yet have one.
    """
    if not view.lane.zero:
        return []
    if look.by_task:
        return tasks_in_order(view)
    return rows_of_lane(view) or _NOBODY
