"""The window of the time axis that the timeline shows, as keys and the mouse change it."""

from collections.abc import Sequence

from tui.drawing.lines import Lines
from tui.drawing.time_window import MIN_SPAN_S, TimeWindow
from tui.widgets.race.lane_view import LaneView, now_of, window_of

KEY_ZOOM = 0.5
"""How long a window is after one step of zooming in, as a share of what it was."""

PAN = 0.25
"""How far a step of panning goes, as a share of the window."""


class WindowedLanes(Lines):
    """A widget of lanes that shows all of a race or a window of it."""

    _views: Sequence[LaneView] = ()
    _window: TimeWindow | None = None
    """The window that was zoomed to; None shows all of the race."""

    @property
    def now(self) -> float:
        """The moment on the axis that the lanes have come to."""
        return now_of(self._views)

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
            window = window.following(self.now)
        return window.clamped(whole)

    @property
    def whole(self) -> TimeWindow:
        """The window that shows all of the race."""
        return window_of(self._views)

    def zoom(self, factor: float, around: float | None = None) -> None:
        """Show a window that is `factor` times as long, around a moment, or without one around now
        while that is followed, else the middle. One that would show all does.
        """
        shown, whole = self.shown, self.whole
        follows = around is None and self.follows and not self._views_still()
        if around is None:
            around = shown.middle
            if follows:
                around = self.now
        window = shown.zoomed(factor, around)
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
