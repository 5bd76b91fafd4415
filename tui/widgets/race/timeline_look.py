"""What the timeline shows beside the lanes: a mini-map above them, a read-out below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.time_axis import TimeAxis
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.cursor import Columns, Cursor
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.marks import Marks, draw_interval
from tui.widgets.race.overview import draw_map, mapped
from tui.widgets.race.reading import draw_reading, read

ROOMY = 12
"""Lines besides two for each lane from which on the read-out has one before anything is selected,
so that nothing moves then.
"""


@dataclass(frozen=True)
class TimelineLook:
    """What is shown beside the lanes themselves: the cursor, and a `hint` where there is none; the
    marks; and the mini-map of the `whole`, None while that is what is shown. `tops` are the first
    rows to show of lanes by their names, where they have more than there is room for; `reveals`
    keeps the cursor's in view. With `by_task`, rows are tasks instead of workers.
    """

    cursor: Cursor | None = None
    hint: str = ""
    marks: Marks = ()
    whole: TimeWindow | None = None
    tops: Mapping[str, int] = field(default_factory=dict)
    reveals: bool = True
    by_task: bool = False

    @property
    def lane(self) -> str:
        """The name of the lane that the cursor is on; empty without one."""
        if self.cursor is None:
            return ""
        return self.cursor.lane


PLAIN = TimelineLook()


def columns_of(window: tuple[float, float], cells: int) -> Columns:
    """The axis of so many cells as the cursor sees it."""
    begin, end = window
    return Columns(begin, max(end - begin, 1e-9) / max(cells, 1), max(cells, 1))


def lines_above(
    views: Sequence[LaneView], axis: TimeAxis, look: TimelineLook, room: int
) -> list[Line]:
    """The line above the axis, if there is room for it beside all lanes: the mini-map."""
    view = mapped(views, look.lane)
    if look.whole is None or view is None or room < 1:
        return []
    return [draw_map(view, look.whole, TimeWindow(*axis.window), axis.page)]


def lines_below(
    views: Sequence[LaneView], axis: TimeAxis, page: Page, look: TimelineLook, room: int
) -> list[Line]:
    """The lines below all lanes, at most `room`: the read-out of the cursor, what lies between the
    marks; or the hint where there is much room.
    """
    lines = []
    if look.cursor is not None:
        reading = read(views, look.cursor, columns_of(axis.window, axis.width))
        if reading is not None:
            lines.append(draw_reading(reading, page))
    if look.marks:
        lines.append(draw_interval(views, look.marks, page))
    if not lines and look.hint and room >= ROOMY:
        cells = page.on(page.colors.panel).cells()
        cells.put(1, page.clip(look.hint, page.width - 2), page.colors.dim)
        lines.append(cells.line())
    return lines[max(0, len(lines) - max(room, 0)) :]
