"""The widget of the timeline: what is shown of the race, and the mouse."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message

from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.widgets.race import cursor as cursors
from tui.widgets.race.cursor import Columns, Cursor
from tui.widgets.race.lane_blocks import NOWHERE, LinePlace
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.marks import Marks, marked
from tui.widgets.race.shelf import Shelf
from tui.widgets.race.task_rows import tasks_in_order
from tui.widgets.race.timeline import arrange, margin_of
from tui.widgets.race.timeline_look import TimelineLook, columns_of
from tui.widgets.race.windowed import PAN, WindowedLanes

WHEEL_ZOOM = 0.8
"""How long a window is after a turn of the wheel, as a share of what it was."""


class Selection(NamedTuple):
    """What the session says beside the lanes: which race they belong to, the selected task and the
    lane on which it is looked at, and a `hint` for where none is.
    """

    race: object = None
    task: int | None = None
    lane: str = ""
    hint: str = ""


NOTHING = Selection()


class Timeline(WindowedLanes):
    """The lanes of a race on one time axis, all of it or a window of it, and a cursor over their
    tasks.
    """

    class Pointed(Message):
        """A task was clicked."""

        def __init__(self, cursor: Cursor) -> None:
            super().__init__()
            self.cursor = cursor

    _stated = ""
    _selection = NOTHING
    _cursor: Cursor | None = None
    marks: Marks = ()
    """The moments that were marked, in seconds of the axis."""

    _places: Sequence[LinePlace] = ()
    _shelves: Mapping[str, Shelf] = {}
    _tops: Mapping[str, int] = {}
    by_task = False
    """True if rows are tasks, in the order of their submission."""

    _reveals = True
    """False if rows were scrolled since the cursor moved: then they stay where they are."""

    _dragged: int | None = None
    """The column at which the mouse holds the axis."""

    _map_held = False
    """True if the mouse holds the mini-map instead."""

    _moved = False
    """True if the mouse has moved since it holds the axis: then it doesn't click."""

    def update(
        self, views: Sequence[LaneView], stated: str = "", selection: Selection = NOTHING
    ) -> None:
        """Show all of these lanes; reasons that are `stated` elsewhere are left out. Of another
        race, all is shown.
        """
        if selection.race is not self._selection.race:
            self._window, self.marks, self._tops = None, (), {}
        self._views, self._stated, self._selection = views, stated, selection
        self._follow_selection()
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The timeline's lines."""
        whole = None
        if self.zoomed:
            whole = self.whole
        look = TimelineLook(
            self._cursor,
            self._selection.hint,
            self.marks,
            whole,
            self._tops,
            self._reveals,
            self.by_task,
        )
        drawn = arrange(self._views, self.shown, page, self._stated, look)
        self._places, self._shelves = drawn.places, drawn.shelves
        self._tops = {name: shelf.first for name, shelf in drawn.shelves.items()}
        return drawn.lines

    # -- the cursor --------------------------------------------------------------------------------

    def _follow_selection(self) -> None:
        """Have the cursor where the selection is: another screen may have changed it."""
        _, task, lane, _ = self._selection
        view, cursor = cursors.find(self._views, lane), self._cursor
        if task is None or view is None or task >= view.lane.tasks.count:
            self._cursor = None
            return
        same = cursor is not None and (cursor.task, cursor.lane) == (task, lane)
        if cursor is None or not same or cursor.worker < 0:
            found = cursors.locate(view, task)
            if not same or found.worker >= 0:
                self.stand(found)

    def stand(self, cursor: Cursor) -> None:
        """Put the cursor there, and into view."""
        self._cursor, self._reveals = cursor, True
        view = cursors.find(self._views, cursor.lane)
        if self._window is None or view is None:
            return
        span = cursors.span_of(view, cursor)
        if span is not None:
            shown = self.shown
            moved = shown.showing(span.start + view.offset, span.end + view.offset)
            if moved is not shown and not shown.holds(cursor.t + view.offset):
                self._window = moved.clamped(self.whole)

    def step_zoom(self, factor: float) -> None:
        """Zoom around the cursor where it is in view."""
        cursor, around = self._cursor, None
        if cursor is not None and cursor.worker >= 0:
            view = cursors.find(self._views, cursor.lane)
            if view is not None and self.shown.holds(cursor.t + view.offset):
                around = cursor.t + view.offset
        self.zoom(factor, around)

    def _scrolling(self) -> tuple[str, Shelf] | None:
        """The lane whose rows scroll: the cursor's, else the last that has more than are in
        view.
        """
        lanes = [(name, shelf) for name, shelf in self._shelves.items() if shelf.full]
        own = [each for each in lanes if each[0] == self._selection.lane]
        return next(iter([*own, *reversed(lanes)]), None)

    def scroll(self, by: int, lane: str = "") -> bool:
        """Show the rows above (-1) or below (1), a third of those in view further; False if there
        are none. Of the named lane, if it has any that aren't in view.
        """
        found = self._scrolling()
        if lane in self._shelves and self._shelves[lane].full:
            found = lane, self._shelves[lane]
        if found is None:
            return False
        name, shelf = found
        moved = shelf.scrolled(by * max(shelf.shown // 3, 1))
        if moved.first == shelf.first:
            return False
        self._tops, self._reveals = {**self._tops, name: moved.first}, False
        self.redraw()
        return True

    @property
    def all_rows(self) -> bool:
        """True if every row is in view."""
        return self._scrolling() is None

    def beside(self, by: int) -> Cursor | None:
        """The cursor on the next task of its row (1) or on the one before (-1); None beyond the
        ends. Without a cursor, the one to begin from.
        """
        if self._cursor is None or self._cursor.worker < 0:
            return self._first()
        return cursors.beside(self._views, self._cursor, by, self._columns)

    def above(self, by: int) -> Cursor | None:
        """The cursor in the next row, above (-1) or below (1); None beyond the last. Without a
        cursor, the one to begin from.
        """
        cursor = self._cursor
        if cursor is None or (cursor.worker < 0 and not self.by_task):
            return self._first()
        if self.by_task:
            orders = {view.lane.name: tasks_in_order(view) for view in self._views}
            return cursors.task_above(self._views, cursor, by, orders)
        return cursors.above(self._views, cursor, by)

    def on_lane(self, by: int) -> Cursor | None:
        """The cursor on the same task of another lane; without a cursor, the one to begin from."""
        if self._cursor is None:
            return self._first()
        return cursors.on_lane(self._views, self._cursor, by)

    def turn(self) -> None:
        """Rows by worker, or by task."""
        self.by_task = not self.by_task
        self._tops, self._reveals = {}, True
        self.redraw()

    def _first(self) -> Cursor | None:
        return cursors.start(self._views, min(self.now, self.shown.end))

    def mark(self) -> None:
        """Mark where the cursor's task starts; the second time, where one ends."""
        cursor = self._cursor
        if cursor is None:
            return
        view = cursors.find(self._views, cursor.lane)
        if view is not None and (span := cursors.span_of(view, cursor)) is not None:
            start, end = span.start + view.offset, span.end + view.offset
            self.marks = marked(self.marks, start, end)

    @property
    def can_mark(self) -> bool:
        """True if the cursor stands on a task that has started."""
        return self._cursor is not None and self._cursor.worker >= 0

    @property
    def _columns(self) -> Columns:
        return columns_of(self.shown.seconds, self.page.width - self._margin)

    @property
    def _margin(self) -> int:
        return margin_of(self._views, self.page, self.by_task)

    # -- the mouse ---------------------------------------------------------------------------------

    def _time_at(self, column: int) -> float:
        """The moment at a column of the widget, in seconds of the axis."""
        margin, shown = self._margin, self.shown
        share = (column + 0.5 - margin) / max(self.page.width - margin, 1)
        return shown.begin + min(max(share, 0.0), 1.0) * shown.span

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in where the mouse is; with shift, earlier."""
        self._wheel(event, -1, event.shift)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out where the mouse is; with shift, later."""
        self._wheel(event, 1, event.shift)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Earlier."""
        self._wheel(event, -1, pans=True)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Later."""
        self._wheel(event, 1, pans=True)

    def _wheel(self, event: events.MouseEvent, by: int, pans: bool) -> None:
        event.stop()
        if not self._views:
            return
        place = dict(enumerate(self._places)).get(event.y, NOWHERE)
        if not pans and event.x < self._margin and place.part == "row":
            self.scroll(by, place.lane)
        elif pans:
            self.pan(by * PAN / 2)
        elif by > 0 or not self.at_closest:
            self.zoom(WHEEL_ZOOM**-by, self._time_at(event.x))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Hold the axis."""
        if event.button == 1:
            self._dragged, self._moved = event.x, False
            self._map_held = self._on_map(event.y)
            self.capture_mouse()
            if self._map_held:
                self._show_around(event.x)

    def _on_map(self, y: int) -> bool:
        return dict(enumerate(self._places)).get(y, NOWHERE).part == "map"

    def _show_around(self, column: int) -> None:
        """Show the part of the race that lies around a column of the mini-map."""
        margin, whole = self._margin, self.whole
        share = (column + 0.5 - margin) / max(self.page.width - margin, 1)
        self._move(self.shown.panned(whole.begin + share * whole.span - self.shown.middle))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the axis along."""
        if self._map_held:
            self._show_around(event.x)
        elif self._dragged is not None and event.x != self._dragged:
            self._move(self.shown.panned(self._time_at(self._dragged) - self._time_at(event.x)))
            self._dragged, self._moved = event.x, True

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let the axis go; select the task that was clicked."""
        if self._dragged is None:
            return
        self._dragged, self._map_held = None, False
        self.release_mouse()
        place = dict(enumerate(self._places)).get(event.y, NOWHERE)
        cursor = self._cursor_at(place, event.x)
        if not self._moved and cursor is not None:
            self.post_message(self.Pointed(cursor))

    def _cursor_at(self, place: LinePlace, column: int) -> Cursor | None:
        """The cursor on the task that is drawn there."""
        view = cursors.find(self._views, place.lane)
        if view is None:
            return None
        if place.task >= 0:
            return cursors.locate(view, place.task)
        return cursors.on_row(self._views, place.lane, place.worker, self._time_at(column))
