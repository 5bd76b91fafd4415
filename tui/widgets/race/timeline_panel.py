"""The widget of the timeline: what is shown of the race, and the mouse."""

from collections.abc import Sequence

from textual import events

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.time_window import MIN_SPAN_S, TimeWindow
from tui.widgets.race.lane_view import LaneView, now_of, window_of
from tui.widgets.race.timeline import draw_timeline, margin_of

KEY_ZOOM, WHEEL_ZOOM = 0.5, 0.8
"""How long a window is after one step of zooming in, as a share of what it was."""

PAN = 0.25
"""How far a step of panning goes, as a share of the window."""


class Timeline(Lines):
    """The lanes of a race on one time axis, all of it or a window of it."""

    _views: Sequence[LaneView] = ()
    _stated = ""
    _of: object = None
    _window: TimeWindow | None = None
    """The window that was zoomed to; None shows all of the race."""

    _dragged: int | None = None
    """The column at which the mouse holds the axis."""

    def update(self, views: Sequence[LaneView], stated: str = "", of: object = None) -> None:
        """Show all of these lanes; reasons that are `stated` elsewhere are left out. Of another
        race (`of`), all is shown.
        """
        if of is not self._of:
            self._of, self._window = of, None
        self._views, self._stated = views, stated
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The timeline's lines."""
        return draw_timeline(self._views, self.shown, page, self._stated)

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
            self._dragged = event.x
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the axis along."""
        if self._dragged is not None and event.x != self._dragged:
            self._move(self.shown.panned(self._time_at(self._dragged) - self._time_at(event.x)))
            self._dragged = event.x

    def on_mouse_up(self) -> None:
        """Let the axis go."""
        self._dragged = None
        self.release_mouse()
