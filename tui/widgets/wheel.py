"""The mouse wheel over widgets that draw their own rows."""

from textual import events

WHEEL = 3
"""Rows that one notch of the wheel scrolls."""


class Wheeled:
    """A widget whose rows the wheel scrolls. A subclass gives `scroll_rows`."""

    ROWS_A_NOTCH = WHEEL

    def scroll_rows(self, by: int) -> None:
        """Scroll by so many rows, up where it is negative."""
        raise NotImplementedError

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The rows below."""
        event.stop()
        self.scroll_rows(self.ROWS_A_NOTCH)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The rows above."""
        event.stop()
        self.scroll_rows(-self.ROWS_A_NOTCH)
