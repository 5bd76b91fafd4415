"""The help panel (F1): what the screen shows, and every key."""

from textual.widget import Widget
from textual.widgets import HelpPanel


class Help(HelpPanel):
    """The help of the focused widget or, as ours need no focus, of the screen."""

    DEFAULT_CLASSES = "-textual-system"

    def update_help(self, focused_widget: Widget | None) -> None:
        """Show the text and the keys."""
        super().update_help(focused_widget or self.screen)
