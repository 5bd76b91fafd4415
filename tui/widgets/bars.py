"""The first and last line of every screen: where one is and what goes on, and the keys that matter
now.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual import events

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines, text
from tui.drawing.themes import on, palette

TABS = (("1", "Race"), ("2", "Picture"), ("3", "Tasks"), ("4", "Compare"), ("7", "Log"))


NAME_WIDTH = 11
"""Cells that the program's name and a gap take."""


class TopBar(Lines):
    """The program, its screens, and what goes on now."""

    DEFAULT_CSS = "TopBar { height: 1; dock: top; }"

    active = "1"
    status: tuple[str, str, str] = ("", "", "")
    """What goes on in a word or two, whether that is plain, live or warning, and details."""

    def draw(self, width: int, height: int) -> list[Line]:
        """One line; where it is short the program's name gives way, then the names of the other
        screens.
        """
        p = palette(self.app.theme)
        word, kind, details = self.status
        word = to_ascii(word) if self.ascii else word
        tabs = _tabs(self.active, width - cell_len(word) - 1)
        used = sum(len(label) for _, label in tabs)
        line = []
        if used + NAME_WIDTH + cell_len(word) + 1 <= width:
            line = [
                text(" raytasks ", on(p.accent), p.accent, bold=True),
                text(" ", p.text, p.panel),
            ]
        for key, label in tabs:
            here = key == self.active
            line.append(text(label, on(p.ray) if here else p.dim, p.ray if here else p.panel, here))
        used = sum(cell_len(segment.text) for segment in line)
        word = (
            word if used + cell_len(word) < width else set_cell_size(word, max(0, width - used - 1))
        )
        room = width - used - cell_len(word) - 3
        if cell_len(details) > room:
            details = details.partition(" (")[0]
        details = details if cell_len(details) <= room else ""
        colour = {"live": p.accent, "warning": p.failed}.get(kind, p.text)
        right = [
            text(word, colour, p.panel, bold=True),
            text(f"  {details} " if details else " ", p.dim, p.panel),
        ]
        gap = width - used - sum(cell_len(segment.text) for segment in right)
        return [[*line, text(" " * max(0, gap), p.text, p.panel), *right]]

    def on_click(self, event: events.Click) -> None:
        """A click on a tab opens its screen."""
        x = 0
        for segment in self.draw(*self.content_size)[0]:
            if x <= event.x < x + cell_len(segment.text):
                key = segment.text.strip().partition(" ")[0]
                if any(key == tab for tab, _ in TABS):
                    self.app.post_message(events.Key(key, key))
            x += cell_len(segment.text)


def _tabs(active: str, room: int) -> list[tuple[str, str]]:
    """The keys of the screens and how they are shown: by number alone where the names
    have no room.
    """
    named = [(key, f" {key} {name} ") for key, name in TABS]
    if sum(len(label) for _, label in named) <= room:
        return named
    return [(key, label if key == active else f" {key} ") for key, label in named]


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
