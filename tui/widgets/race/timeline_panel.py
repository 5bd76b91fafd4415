"""The widget of the timeline: what is shown of the race, and the mouse."""

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.time_window import MIN_SPAN_S, TimeWindow
from tui.widgets.race import cursor as cursors
from tui.widgets.race.cursor import Columns, Cursor
from tui.widgets.race.lane_view import LaneView, now_of, window_of
from tui.widgets.race.timeline import (
    NOWHERE,
    LinePlace,
    TimelineLook,
    arrange,
    columns_of,
    margin_of,
)

KEY_ZOOM, WHEEL_ZOOM = 0.5, 0.8
"""How long a window is after one step of zooming in, as a share of what it was."""

PAN = 0.25
"""How far a step of panning goes, as a share of the window."""


class Selection(NamedTuple):
    """What the session says beside the lanes: which race they belong to, the selected task and the
    lane on which it is looked at, and a `hint` for where none is.
    """

    race: object = None
    task: int | None = None
    lane: str = ""
    hint: str = ""


NOTHING = Selection()


class Timeline(Lines):
    """The lanes of a race on one time axis, all of it or a window of it, and a cursor over their
    tasks.
    """

    class Pointed(Message):
        """A task was clicked."""

        def __init__(self, cursor: Cursor) -> None:
            super().__init__()
            self.cursor = cursor

    _views: Sequence[LaneView] = ()
    _stated = ""
    _selection = NOTHING
    _cursor: Cursor | None = None
    _places: Sequence[LinePlace] = ()
    _window: TimeWindow | None = None
    """The window that was zoomed to; None shows all of the race."""

    _dragged: int | None = None
    """The column at which the mouse holds the axis."""

    _moved = False
    """True if the mouse has moved since it holds the axis: then it doesn't click."""

    def update(
        self, views: Sequence[LaneView], stated: str = "", selection: Selection = NOTHING
    ) -> None:
        """Show all of these lanes; reasons that are `stated` elsewhere are left out. Of another
        race, all is shown.
        """
        if selection.race is not self._selection.race:
            self._window = None
        self._views, self._stated, self._selection = views, stated, selection
        self._follow_selection()
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The timeline's lines."""
        look = TimelineLook(self._cursor, self._selection.hint)
        drawn = arrange(self._views, self.shown, page, self._stated, look)
        self._places = drawn.places
        return drawn.lines

    # -- the cursor --------------------------------------------------------------------------------

    def _follow_selection(self) -> None:
        """Have the cursor where the selection is: another screen may have changed it."""
        _, task, lane, _ = self._selection
        cursor = self._cursor
        if task is None:
            self._cursor = None
        elif cursor is None or (cursor.task, cursor.lane) != (task, lane) or cursor.worker < 0:
            view = cursors.find(self._views, lane)
            self._cursor = None
            if view is not None and task < view.lane.tasks.count:
                self.stand(cursors.locate(view, task))

    def stand(self, cursor: Cursor) -> None:
        """Put the cursor there, and into view."""
        self._cursor = cursor
        view = cursors.find(self._views, cursor.lane)
        if self._window is None or view is None:
            return
        span = cursors.span_of(view, cursor)
        if span is not None:
            shown = self.shown
            moved = shown.showing(span.start + view.offset, span.end + view.offset)
            if moved is not shown and not shown.holds(cursor.t + view.offset):
                self._window = moved.clamped(self.whole)

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
        if self._cursor is None or self._cursor.worker < 0:
            return self._first()
        return cursors.above(self._views, self._cursor, by)

    def _first(self) -> Cursor | None:
        return cursors.start(self._views, min(now_of(self._views), self.shown.end))

    @property
    def _columns(self) -> Columns:
        margin = margin_of(self._views, self.page)
        return columns_of(self.shown.seconds, self.page.width - margin)

    # -- the window --------------------------------------------------------------------------------

    @property
    def zoomed(self) -> bool:
        """True if not all of the race is shown."""
        return self._window is not None

    @property
    def follows(self) -> bool:
        """True if the newest stays in view."""
        return self._window is None or self._window.follows

    @property
    def shown(self) -> TimeWindow:
        """The window that is shown now."""
        whole = window_of(self._views)
        if self._window is None:
            return whole
        window = self._window
        if window.follows:
            window = window.following(now_of(self._views))
        return window.clamped(whole)

    @property
    def whole(self) -> TimeWindow:
        """The window that shows all of the race."""
        return window_of(self._views)

    def zoom(self, factor: float, around: float | None = None) -> None:
        """Show a window that is `factor` times as long, around a moment: now while that is
        followed, else the middle. One that would show all does.
        """
        shown, whole = self.shown, self.whole
        if around is None:
            around = shown.middle
            if self.follows and not self._views_still():
                around = now_of(self._views)
        window = shown.zoomed(factor, around)
        follows = self.follows and not self._views_still()
        self._window = None
        if window.span < whole.span * (1 - 1e-9):
            self._window = TimeWindow(window.begin, window.end, follows).clamped(whole)
        self.redraw()

    def pan(self, share: float) -> None:
        """Show what lies earlier or later by a share of the window."""
        self._move(self.shown.panned(share * self.shown.span))

    def fit(self) -> None:
        """Show all of the race."""
        self._window = None
        self.redraw()

    def follow(self) -> None:
        """Keep the newest in view."""
        if self._window is not None:
            self._window = TimeWindow(self._window.begin, self._window.end, follows=True)
            self.redraw()

    def _move(self, window: TimeWindow) -> None:
        if self._window is not None:
            self._window = window.clamped(self.whole)
            self.redraw()

    def _views_still(self) -> bool:
        return all(view.still for view in self._views)

    @property
    def at_closest(self) -> bool:
        """True if there is nothing to zoom into."""
        return self.shown.span <= MIN_SPAN_S * (1 + 1e-6)

    def at_edge(self, by: int) -> bool:
        """True if there is nothing earlier (-1) or later (1) to pan to."""
        shown, whole = self.shown, self.whole
        if by < 0:
            return shown.begin <= whole.begin + 1e-9
        return shown.end >= whole.end - 1e-9

    # -- the mouse ---------------------------------------------------------------------------------

    def _time_at(self, column: int) -> float:
        """The moment at a column of the widget, in seconds of the axis."""
        margin, shown = margin_of(self._views, self.page), self.shown
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
        if pans:
            self.pan(by * PAN / 2)
        elif by > 0 or not self.at_closest:
            self.zoom(WHEEL_ZOOM**-by, self._time_at(event.x))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Hold the axis."""
        if event.button == 1:
            self._dragged, self._moved = event.x, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the axis along."""
        if self._dragged is not None and event.x != self._dragged:
            self._move(self.shown.panned(self._time_at(self._dragged) - self._time_at(event.x)))
            self._dragged, self._moved = event.x, True

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let the axis go; select the task that was clicked."""
        if self._dragged is None:
            return
        self._dragged = None
        self.release_mouse()
        place = dict(enumerate(self._places)).get(event.y, NOWHERE)
        if not self._moved and place.worker >= 0:
            time = self._time_at(event.x)
            cursor = cursors.on_row(self._views, place.lane, place.worker, time)
            if cursor is not None:
                self.post_message(self.Pointed(cursor))
