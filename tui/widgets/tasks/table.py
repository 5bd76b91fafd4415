"""The table of tasks: one row per task of each lane, with its state, worker, times, and what it
returned or raised.

Only the rows in view are made, from the ledger's columns: Textual's DataTable keeps every cell of
every row, and a race may have a million tasks.
"""

from textual import events
from textual.message import Message

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.widgets.tasks.columns import TableColumns
from tui.widgets.tasks.rows import HEADS, TasksView, columns_of, draw_rows, lane_names
from tui.widgets.wheel import Wheeled

AHEAD = 2
"""Rows after the newest task that are shown too."""


def scrolled(top: int, room: int, place: int, count: int) -> int:
    """The first row to show so that the one at `place` is among `room` rows; as near to `top` as
    can be.
    """
    top = min(max(top, place - room + 1), place)
    return max(0, min(top, count - room))


class TaskRows(Wheeled, Lines):
    """The table, and where in it one is."""

    class Chosen(Message):
        """A row was clicked."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    class LaneChosen(Message):
        """The name of a lane's engine was clicked; an empty one stands for all lanes."""

        def __init__(self, engine: str) -> None:
            super().__init__()
            self.engine = engine

    class Sorted(Message):
        """The head of a column was clicked by which the rows can be sorted."""

        def __init__(self, sort: str) -> None:
            super().__init__()
            self.sort = sort

    _view = TasksView()
    _top = 0
    _loose = False
    """True if the wheel was turned since a task was selected last: the rows stay where they are."""

    def update(self, view: TasksView) -> None:
        """Show this; what is selected comes into view, and else the newest tasks while they run."""
        if view.tables != self._view.tables:
            self._top, self._loose = 0, False
        if view.selected != self._view.selected:
            self._loose = False
        self._view = view
        self.redraw()

    def follow(self) -> None:
        """Keep what is selected, or the newest, in view again."""
        self._loose = False

    def to_top(self) -> None:
        """Show the first rows, unless one is selected or tasks run."""
        self._top, self._loose = 0, False

    @property
    def room(self) -> int:
        """How many rows there is room for."""
        return max(self.content_size.height - HEADS, 1)

    @property
    def columns(self) -> TableColumns:
        """The columns that there is room for."""
        return columns_of(self._view, self.content_size.width)

    @property
    def here(self) -> int:
        """The row to begin from where none is selected: the newest while tasks run, else the first
        on screen.
        """
        if self._view.live and not self._loose:
            return self._view.newest
        return self._top

    def draw(self, page: Page) -> list[Line]:
        """The table's lines."""
        view, room = self._view, max(page.height - HEADS, 1)
        row, count = view.selected_row, len(view.rows)
        if self._loose or (row is None and not view.live):
            self._top = max(0, min(self._top, count - room))
        elif row is not None:
            self._top = scrolled(self._top, room, row, count)
        else:
            newest, ahead = view.newest, min(AHEAD, room - 1)
            top = scrolled(self._top, room, max(newest - ahead, 0), count)
            self._top = scrolled(top, room, min(newest + ahead, max(count - 1, 0)), count)
        return draw_rows(view, self._top, page)

    def on_click(self, event: events.Click) -> None:
        """A click on a head sorts by that column; on a lane, it lists that one; on a row, it
        selects that.
        """
        row = self._top + event.y - HEADS
        if event.y == 0:
            for x, end, engine in lane_names(self._view, self.page):
                if x <= event.x < end:
                    self.post_message(self.LaneChosen(engine))
        elif event.y == HEADS - 1:
            self.post_message(self.Sorted(self.columns.at(event.x)))
        elif row < len(self._view.rows):
            self.post_message(self.Chosen(row))

    def selected_text(self) -> str:
        """The selected row as text; empty if none is selected."""
        at, page = self._view.selected_row, self.page
        if at is None:
            return ""
        row = draw_rows(self._view, at, page.sized(page.width, HEADS + 1))[HEADS]
        return "".join(segment.text for segment in row).strip(" ▌>")

    def scroll_rows(self, by: int) -> None:
        """Scroll, without what is selected or newest coming into view."""
        self._top, self._loose = max(self._top + by, 0), True
        self.redraw()
