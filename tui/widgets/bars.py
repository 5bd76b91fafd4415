"""The first and last line of every screen: the screen's tab and the race's status, and the keys
that matter now.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.keys import key_to_character

from tui.drawing.cells import Line, text
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import on
from tui.keys import Keys

TABS = {
    "screen.race": "Race",
    "screen.picture": "Workload",
    "screen.tasks": "Tasks",
    "screen.compare": "Compare",
    "screen.cluster": "Cluster",
    "screen.code": "Code",
    "screen.log": "Log",
}
"""The screens by the ids of the bindings that open them."""

ALWAYS = 3
"""Keys at the end of the last line that are never left out: screens, help, quit."""

MAX_KEYS, WIDE = 8, 100
"""Keys that the last line names at most where it has fewer columns than `WIDE`."""

NAME_WIDTH = 11
"""Cells that the program's name and a gap take."""


class Status(NamedTuple):
    """The state of the race: in a word, its kind (plain, live or warning), and details, each long
    and shorter, of which the first is the last to give way.
    """

    word: str = ""
    kind: str = "plain"
    details: tuple[tuple[str, ...], ...] = ()


class TopBar(Lines):
    """The program, its screens, and the status."""

    DEFAULT_CSS = "TopBar { height: 1; dock: top; }"

    active = "screen.race"
    keys = Keys()
    status = Status()

    def draw(self, page: Page) -> list[Line]:
        """One line; where it is short the program's name gives way, then the names of the other
        screens, which say less than the race's state, what is raced and how long it has taken.
        """
        status, p = self.status, page.colors
        word = page.words(status.word)
        details = [[page.words(form) for form in forms] for forms in status.details]
        least = cell_len(word) + 2  # a blank on either side of the status
        least += sum(cell_len(forms[0]) + 2 for forms in details[:2])
        tabs = self._tabs(page.width - least)
        used = sum(cell_len(label) for _, label in tabs)
        line: Line = []
        named = all(" " in label.strip() for _, label in tabs)
        if named and used + NAME_WIDTH + least <= page.width:
            line = [
                text(" raytasks ", on(p.accent), p.accent, bold=True),
                text(" ", p.text, p.panel),
            ]
            used += NAME_WIDTH
        for binding, label in tabs:
            if binding == self.active:
                line.append(text(label, on(p.ray), p.ray, bold=True))
            else:
                line.append(text(label, p.dim, p.panel))
        room = page.width - used
        word = page.clip(word, max(0, room - 1))
        tail = _fitting(details, room - cell_len(word) - 1)
        gap = room - cell_len(word) - cell_len(tail)
        ink = {"live": p.accent, "warning": p.failed}.get(status.kind, p.text)
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
        x, keys = 0, {self.keys.name(binding): self.keys.first(binding) for binding in TABS}
        for segment in self.draw(self.page)[0]:
            if x <= event.x < x + cell_len(segment.text):
                key = keys.get(segment.text.strip().partition(" ")[0])
                if key:
                    self.app.post_message(events.Key(key, key_to_character(key)))
            x += cell_len(segment.text)

    def _tabs(self, room: int) -> list[tuple[str, str]]:
        """The bindings of the screens and how they are shown: by key alone where the names have no
        room.
        """
        keys = {binding: self.keys.name(binding) for binding in TABS}
        labels = {binding: f" {keys[binding]} {name} " for binding, name in TABS.items()}
        if sum(map(cell_len, labels.values())) > room:
            active = labels[self.active]
            labels = {binding: f" {key} " for binding, key in keys.items()}
            labels[self.active] = active
        return list(labels.items())


def _fitting(details: Sequence[Sequence[str]], room: int) -> str:
    """As many of the details as have room, from the first, each in its longest form that has."""
    tail = ""
    for forms in details:
        longer = (f"{tail}  {form}" for form in forms)
        fitting = next((text for text in longer if cell_len(text) < room), None)
        if fitting is None:
            break
        tail = fitting
    return f"{tail} "


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
        """One line; keys that don't fit are left out from the end, but the last ones stay."""
        return [_key_line(tuple(self.hints), page)]


def _fits(hints: Sequence[KeyHint], width: int) -> bool:
    if width < WIDE and len(hints) > MAX_KEYS:
        return False
    return sum(cell_len(hint.key) + cell_len(hint.label) + 3 for hint in hints) <= width


@lru_cache(maxsize=16)
def _key_line(hints: Sequence[KeyHint], page: Page) -> Line:
    """The keys; kept, since they are the same in most frames."""
    p = page.colors
    fitting = [hint._replace(key=page.words(hint.key)) for hint in hints]
    while len(fitting) > ALWAYS and not _fits(fitting, page.width):
        del fitting[-ALWAYS - 1]
    line = []
    for hint in fitting:
        key_ink, label_ink = p.accent, p.text
        if hint.why_not:
            key_ink = label_ink = p.faint
        line.append(text(f" {hint.key}", key_ink, p.panel, bold=True))
        line.append(text(f" {hint.label} ", label_ink, p.panel))
    used = sum(cell_len(segment.text) for segment in line)
    return [*line, text(" " * max(0, page.width - used), p.text, p.panel)]
