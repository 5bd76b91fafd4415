"""The keys of the race screen that act on its timeline, and why one can't."""

from collections.abc import Callable

from tui.guide import NO_RACE
from tui.keys import Hint
from tui.screens.base import BaseScreen
from tui.widgets.race.cursor import Cursor
from tui.widgets.race.timeline_panel import Selection, Timeline
from tui.widgets.race.windowed import KEY_ZOOM, PAN

HINT = (
    "{timeline.left} {timeline.right} {timeline.up} {timeline.down} select a task · "
    "{timeline.order} "
)
ALL_SHOWN = "All of the race is shown. Press {timeline.zoom-in} to zoom in."


_ORDERS = {False: "by worker", True: "by task"}
_END = {-1: "first", 1: "last"}


class TimelineKeys(BaseScreen):
    """A screen whose keys zoom and pan its timeline."""

    _timeline: Timeline

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why the timeline has nothing that a key could act on; empty if it has."""
        reasons: dict[str, Callable[..., str]] = {
            "cursor": self._why_no_cursor,
            "row": self._why_no_row,
            "lane": self._why_no_lane,
            "order": lambda: self._why_no_task(""),
            "rows": self._why_no_rows,
            "mark": self._why_no_mark,
            "zoom": self._why_no_zoom,
            "pan": self._why_no_pan,
            "fit": self._why_no_fit,
            "follow": self._why_not_follow,
            "back": self._why_not_back,
        }
        reason = reasons.get(action)
        if reason is None:
            return super().why_not(action, parameters)
        return self.raytasks.keys.fill(reason(*parameters))

    def timeline_hints(self) -> list[Hint]:
        """The keys that act on what the timeline shows now."""
        hints = [Hint("Zoom", ("timeline.zoom-in", "timeline.zoom-out"))]
        if self._timeline.zoomed:
            hints.append(Hint("Fit", ("timeline.fit",)))
        return hints

    def selection(self) -> Selection:
        """What the timeline is to show beside the lanes."""
        session, keys = self.raytasks.session, self.raytasks.keys
        lane = session.featured_lane(session.selected_lane)
        name, hint = "", ""
        if lane is not None:
            name = lane.name
        if any(lane.running or lane.done for lane in session.shown_lanes()):
            hint = keys.fill(HINT) + _ORDERS[not self._timeline.by_task]
        return Selection(session.race.opened, session.selected, name, hint)

    def _why_no_cursor(self, by: int) -> str:
        if not self._timeline.beside(by):
            return self._why_no_task(f"This is the {_END[by]} task of its worker.")
        return ""

    def _why_no_row(self, by: int) -> str:
        if not self._timeline.above(by):
            return self._why_no_task(f"This is the {_END[by]} row.")
        return ""

    def _why_no_lane(self, by: int) -> str:
        if not self._timeline.on_lane(by):
            return self._why_no_task("No other lane has run this task.")
        return ""

    def _why_no_task(self, otherwise: str) -> str:
        session = self.raytasks.session
        if session.race.opened is None:
            return NO_RACE
        if not any(lane.running or lane.done or lane.failed for lane in session.shown_lanes()):
            return "No task has started."
        return otherwise

    def _why_no_rows(self, by: int) -> str:
        if self._timeline.all_rows:
            return self._why_no_task("All rows are in view.")
        return ""

    def _why_no_mark(self) -> str:
        if not self._timeline.can_mark:
            return self._why_no_task("Select a task first: {timeline.left} {timeline.right}.")
        return ""

    def _why_no_zoom(self, by: int) -> str:
        if self.raytasks.session.race.opened is None:
            return NO_RACE
        if by < 0:
            return self._why_no_fit()
        if self._timeline.at_closest:
            return "The timeline can't show a shorter time than this."
        return ""

    def _why_no_fit(self) -> str:
        if self.raytasks.session.race.opened is None:
            return NO_RACE
        if not self._timeline.zoomed:
            return ALL_SHOWN
        return ""

    def _why_no_pan(self, by: int) -> str:
        why = self._why_no_fit()
        if not why and self._timeline.at_edge(by):
            return {-1: "The race starts here.", 1: "The race ends here."}[by]
        return why

    def _why_not_follow(self) -> str:
        if not self._timeline.follows:
            return ""
        return self.raytasks.why_not("follow")

    def _why_not_back(self) -> str:
        if self._timeline.marks or self._timeline.zoomed or self.has_class("-alone"):
            return ""
        return self.raytasks.why_not("back")

    def action_cursor(self, by: int) -> None:
        """Select the next task of the worker, or the one before."""
        self._stand(self._timeline.beside(by))

    def action_row(self, by: int) -> None:
        """Select a task of the worker above, or below."""
        self._stand(self._timeline.above(by))

    def action_lane(self, by: int) -> None:
        """The same task on the next lane, or on the one before."""
        self._stand(self._timeline.on_lane(by))

    def on_timeline_pointed(self, event: Timeline.Pointed) -> None:
        """A click selects."""
        self._stand(event.cursor)
        self.tick(force=True)

    def _stand(self, cursor: Cursor | None) -> None:
        if cursor is not None:
            self._timeline.stand(cursor)
            self.raytasks.session.select(cursor.task, cursor.lane)

    def action_rows(self, by: int) -> None:
        """The rows above, or below."""
        if not self._timeline.scroll(by):
            self.notify(f"This is the {_END[by]} row.", timeout=4)

    def action_order(self) -> None:
        """Rows by worker, or by task in the order of submission."""
        self._timeline.turn()

    def action_mark(self) -> None:
        """Mark where the selected task starts; then, where one ends."""
        self._timeline.mark()

    def action_zoom(self, by: int) -> None:
        """A shorter window, or a longer one."""
        self._timeline.step_zoom(KEY_ZOOM**by)

    def action_pan(self, by: int) -> None:
        """Earlier, or later."""
        self._timeline.pan(by * PAN)

    def action_fit(self) -> None:
        """All of the race."""
        self._timeline.fit()

    def action_follow(self) -> None:
        """The newest again, with nothing selected."""
        self.raytasks.session.select(None)
        self._timeline.follow()

    def action_back(self) -> None:
        """Out of the innermost thing: the marks, the selection, a part of the race, the large
        timeline.
        """
        session = self.raytasks.session
        if self._timeline.marks:
            self._timeline.marks = ()
        elif session.selected is not None:
            session.select(None)
        elif self._timeline.zoomed:
            self._timeline.fit()
        else:
            self.remove_class("-alone")

    def action_alone(self) -> None:
        """The timeline alone, and back."""
        self.toggle_class("-alone")
