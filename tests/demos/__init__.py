"""Widgets alone, fed with invented races: `python -m tests.demos.NAME --begin 3 --theme
raytasks-light`.
"""

import argparse
from collections.abc import Callable
from time import monotonic

from textual.app import App, ComposeResult
from textual.widget import Widget

from tui.drawing.themes import textual_themes


class Demo(App[None]):
    """One widget; `show` is called twenty times a second with the seconds of the invented race."""

    def __init__(self, widget: Widget, show: Callable[[float], None]) -> None:
        super().__init__()
        self._widget, self._show = widget, show
        self.begin = 0.0
        for theme in textual_themes():
            self.register_theme(theme)
        self.theme = "raytasks-dark"

    def compose(self) -> ComposeResult:
        """Nothing but the widget."""
        yield self._widget

    def on_mount(self) -> None:
        """Start to show the race."""
        zero = monotonic() - self.begin
        self.set_interval(1 / 20, lambda: self._show(monotonic() - zero))

    def play(self) -> None:
        """Run it in this terminal, from the second and in the theme of the command line."""
        parser = argparse.ArgumentParser(description="Show a widget alone.")
        parser.add_argument("--begin", type=float, default=0.0, metavar="SECONDS")
        parser.add_argument("--theme", default=self.theme, choices=list(self.available_themes))
        given = parser.parse_args()
        self.begin, self.theme = given.begin, given.theme
        self.run()
