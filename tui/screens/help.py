"""The help panel (F1 or ?): what the screen shows, and every key, in one text that scrolls."""

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Markdown, Static

from tui.drawing.themes import palette
from tui.keys import HELP

if TYPE_CHECKING:
    from tui.app import RaytasksApp

UPDATE_S = 0.5
"""Seconds after which a key that can act by now, or can't any more, is shown so."""

SCROLLS = " closes this help; {help.up} {help.down} and page keys scroll."

Row = tuple[str, str, str]
"""The keys, what they do, and why they can't now (empty if they can)."""


class Help(VerticalScroll):
    """The help of the screen it lies over; the screen goes on, and all keys but those that scroll
    act on it.
    """

    DEFAULT_CLASSES = "-textual-system"
    BINDINGS: ClassVar[list[BindingType]] = HELP

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._focused_before: Widget | None = None

    @property
    def raytasks(self) -> "RaytasksApp":
        """The app, by its type."""
        return self.app  # type: ignore[return-value]

    def compose(self) -> ComposeResult:
        """The screen's text, then the keys."""
        keys, text = self.raytasks.keys, getattr(self.screen, "HELP", None) or ""
        text = f"*{keys.opening('help.close')}{SCROLLS}*\n\n{text}"
        yield Markdown(self.raytasks.printable(keys.fill(text)))
        yield Static(id="all-keys")

    def on_mount(self) -> None:
        """Take the focus, so that arrows and page keys scroll."""
        self._focused_before = self.screen.focused
        self.focus()
        self._update()
        self.set_interval(UPDATE_S, self._update)

    def action_close(self) -> None:
        """Escape: leave."""
        self.close()

    def close(self) -> None:
        """Give the focus back and leave."""
        if self.has_focus:
            self.screen.set_focus(self._focused_before)
        self.remove()

    def _update(self) -> None:
        rows = self._keys_now()
        if rows == self._rows:
            return
        self._rows = rows
        colors = palette(self.app.theme)
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        for keys, does, why in rows:
            if why:
                table.add_row(Text(keys, colors.dim), Text(f"{does} ({why})", colors.dim))
            else:
                table.add_row(Text(keys, f"bold {colors.accent}"), Text(does, colors.text))
        self.query_one("#all-keys", Static).update(table)

    def _keys_now(self) -> list[Row]:
        """A row for each action that has a key here."""
        keys: dict[tuple[object, str], list[str]] = {}
        texts: dict[tuple[object, str], tuple[str, str]] = {}
        for node, binding, _, tooltip in self.screen.active_bindings.values():
            if isinstance(node, App | Screen) and binding.show:
                action = node, binding.action
                keys.setdefault(action, []).append(self.app.get_key_display(binding))
                does = binding.description
                if tooltip:
                    does += f": {tooltip}"
                texts[action] = does, self.raytasks.hindrance(binding.action, node)
        printable = self.raytasks.printable
        return [
            (printable(" ".join(keys[action])), printable(does), printable(why))
            for action, (does, why) in texts.items()
        ]
