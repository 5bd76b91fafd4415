"""The least that a Textual app can be: a header, a footer and one key. What ours is measured
against.
"""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Footer, Header, Static


class Bare(App[None]):
    """Header, a line, footer."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        """Nothing more."""
        yield Header()
        yield Static("bare")
        yield Footer()


if __name__ == "__main__":
    Bare().run()
