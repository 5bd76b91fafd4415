"""A text at its full length, where a screen has room for its beginning only."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Label, Static

from tui.keys import FULL_TEXT
from tui.sheets.base import Sheet


class FullTextSheet(Sheet[None]):
    """Shows paragraphs; returns nothing."""

    BINDINGS: ClassVar[list[BindingType]] = FULL_TEXT

    def __init__(self, title: str, paragraphs: list[str]) -> None:
        super().__init__()
        self._title, self._paragraphs = title, paragraphs

    def compose(self) -> ComposeResult:
        """The title, the paragraphs and the key that closes them."""
        with Vertical(classes="sheet"):
            yield Label(self._title, classes="sheet-title", markup=False)
            with VerticalScroll():
                yield Static("\n\n".join(self._paragraphs), id="full-text", markup=False)
            yield Static("", id="wrong", markup=False)
            leave = self.keys.brief("sheet.leave")
            yield Label(f"{leave} Close", classes="sheet-keys", markup=False)
