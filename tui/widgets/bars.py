"""The first and last line of every screen: where one is and what goes on, and the keys that matter
now.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual import events

from tui.drawing.cells import Line, text
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import on

TABS = (("1", "Race"), ("2", "Picture"), ("3", "Tasks"), ("4", "Compare"), ("7", "Log"))


NAME_WIDTH = 11
"""Cells that the program's name and a gap take."""


class TopBar(Lines):
    """The program, its screens, and what goes on now."""

    DEFAULT_CSS = "TopBar { height: 1; dock: top; }"

    active = "1"
    status: tuple[str, str, str] = ("", "", "")
    """What goes on in a word or two, whether that is plain, live or warning, and details."""

    def draw(self, page: Page) -> list[Line]:
        """One line; where it is short the program's name gives way, then the names of the other
        screens.
        """
        word, kind, details = self.status
        word, width, p = page.words(word), page.width, page.colors
        tabs = _tabs(self.active, width - cell_len(word) - 1)
        used = sum(len(label) for _, label in tabs)
        line: Line = []
        if used + NAME_WIDTH + cell_len(word) + 1 <= width:
            line = [
                text(" raytasks ", on(p.accent), p.accent, bold=True),
                text(" ", p.text, p.panel),
            ]
            used += NAME_WIDTH
        for key, label in tabs:
            if key == self.active:
                line.append(text(label, on(p.ray), p.ray, bold=True))
            else:
                line.append(text(label, p.dim, p.panel))
        if used + cell_len(word) >= width:
            word = set_cell_size(word, max(0, width - used - 1))
        ink = {"live": p.accent, "warning": p.failed}.get(kind, p.text)
        tail = " "
        room = width - used - cell_len(word) - 3
        for shortened in (details.partition(" (")[0], details):
            if shortened and cell_len(shortened) <= room:
                tail = f"  {shortened} "
        gap = width - used - cell_len(word) - cell_len(tail)
        return [
            [
                *line,
                text(" " * max(0, gap), p.text, p.panel),
                text(word, ink, p.panel, bold=True),
                text(tail, p.dim, p.panel),
            ]
        ]

    def on_click(self, event: events.Click) -> None:
        """A click on a tab opens its screen."""
        x = 0
        for segment in self.draw(self.page)[0]:
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
    short = {key: f" {key} " for key, _ in named} | {k: label for k, label in named if k == active}
    return list(short.items())


class KeyHint(NamedTuple):
    """A key, what it does in a word, and why it can't now (empty if it can)."""

    key: str
    label: str
    why_not: str = ""


class KeyBar(Lines):
    """The keys that matter now, the first first; those that can't act now are grey."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; }"

    hints: Sequence[KeyHint] = ()

    def draw(self, page: Page) -> list[Line]:
        """One line; keys that don't fit are left out from the end, but the last two stay."""
        p = page.colors
        hints = [hint._replace(key=page.words(hint.key)) for hint in self.hints]
        while len(hints) > 2 and sum(len(h.key) + len(h.label) + 3 for h in hints) > page.width:
            del hints[-3]
        line = []
        for hint in hints:
            key_ink, label_ink = p.accent, p.text
            if hint.why_not:
                key_ink = label_ink = p.faint
            line.append(text(f" {hint.key}", key_ink, p.panel, bold=True))
            line.append(text(f" {hint.label} ", label_ink, p.panel))
        used = sum(cell_len(segment.text) for segment in line)
        return [[*line, text(" " * max(0, page.width - used), p.text, p.panel)]]
