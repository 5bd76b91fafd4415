"""The first and last line of every screen: where one is and what goes on, and the keys that matter now."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events

from tui.themes import on, palette
from tui.widgets.digits import to_ascii
from tui.widgets.lines import Line, Lines, text

TABS = (("1", "Race"), ("2", "Picture"), ("3", "Tasks"), ("4", "Compare"), ("7", "Log"))


class TopBar(Lines):
    """The program, its screens, and what goes on now."""

    DEFAULT_CSS = "TopBar { height: 1; dock: top; }"

    active = "1"
    status: tuple[str, str, str] = ("", "", "")
    """What goes on in a word or two, whether that is plain, live or warning, and details."""

    def draw(self, width: int, height: int) -> list[Line]:
        """One line."""
        p = palette(self.app.theme)
        line = [text(" raytasks ", on(p.accent), p.accent, bold=True), text(" ", p.text, p.panel)]
        for key, name in TABS:
            here = key == self.active
            line.append(text(f" {key} {name} ", on(p.ray) if here else p.dim, p.ray if here else p.panel, here))
        used = sum(cell_len(segment.text) for segment in line)
        word, kind, details = self.status
        word = to_ascii(word) if self.ascii else word
        room = width - used - cell_len(word) - 3
        if cell_len(details) > room:
            details = details.partition(" (")[0]
        details = details if cell_len(details) <= room else ""
        colour = {"live": p.accent, "warning": p.failed}.get(kind, p.text)
        right = [text(word, colour, p.panel, bold=True), text(f"  {details} " if details else " ", p.dim, p.panel)]
        gap = width - used - sum(cell_len(segment.text) for segment in right)
        return [[*line, text(" " * max(0, gap), p.text, p.panel), *right]]

    def on_click(self, event: events.Click) -> None:
        """A click on a tab opens its screen."""
        x = 11
        for key, name in TABS:
            width = len(name) + 4
            if x <= event.x < x + width:
                self.app.post_message(events.Key(key, key))
            x += width


class KeyHint(NamedTuple):
    """A key, what it does in a word, and why it can't now (empty if it can)."""

    key: str
    label: str
    why_not: str = ""


class KeyBar(Lines):
    """The keys that matter now, the first first; those that can't act now are grey."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; }"

    hints: Sequence[KeyHint] = ()

    def draw(self, width: int, height: int) -> list[Line]:
        """One line; keys that don't fit are left out from the end, but the last two stay."""
        p = palette(self.app.theme)
        shown = list(self.hints)
        if self.ascii:
            shown = [hint._replace(key=to_ascii(hint.key)) for hint in shown]
        while sum(len(hint.key) + len(hint.label) + 3 for hint in shown) > width and len(shown) > 2:
            del shown[-3]
        line = []
        for hint in shown:
            line += [
                text(f" {hint.key}", p.faint if hint.why_not else p.accent, p.panel, bold=True),
                text(f" {hint.label} ", p.faint if hint.why_not else p.text, p.panel),
            ]
        used = sum(cell_len(segment.text) for segment in line)
        return [[*line, text(" " * max(0, width - used), p.text, p.panel)]]
