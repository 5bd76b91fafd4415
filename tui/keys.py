"""The bindings of the app, its screens and sheets, and how keys are named on the screen.

They come from the table of keys. What names a key asks `Keys`, so that it names the one in force.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from textual.binding import Binding, BindingType
from textual.keys import format_key

from tui.key_table import TABLE

USUAL = {use.id: use.keys or key.keys for key in TABLE for use in key.uses}
"""The keys of all bindings by their ids, separated by commas."""


def bindings(where: str) -> list[BindingType]:
    """The bindings of the app (`app`), a screen or a sheet, in the order of the table."""
    return [
        Binding(
            use.keys or key.keys,
            use.action,
            use.label,
            show=use.show,
            tooltip=use.tooltip,
            id=use.id,
            priority=use.priority,
        )
        for key in TABLE
        for use in key.uses
        if use.where == where
    ]


APP = bindings("app")
RACE = bindings("race")
VIEW = bindings("view")
COMPARE = bindings("compare")
CLUSTER = bindings("cluster")
TASKS = bindings("tasks")
CODE = bindings("code")
HELP = bindings("help")
"""The help panel has the focus: its Escape comes before a screen's own meaning of it."""

UNDER_HELP = bindings("under help")
"""Every main screen's, for help that has lost the focus."""

SHEET = bindings("sheet")
FULL_TEXT = bindings("full text")
SETTINGS = bindings("settings")
LANES = bindings("lanes")
KILL = bindings("kill")
SWEEP = bindings("sweep")

WORDS = {
    "enter": "enter",
    "escape": "escape",
    "pageup": "page up",
    "pagedown": "page down",
    "shift+left": "shift+←",
    "shift+right": "shift+→",
    "shift+up": "shift+↑",
    "shift+down": "shift+↓",
}
"""Keys that are named otherwise here than by Textual."""


BRIEF = {"enter": "enter"}
"""The same in a sheet's last line, where keys have short names."""


class Hint(NamedTuple):
    """A word on what one or two bindings do, their ids, and why they can't now (empty if they can).
    A key that no binding of ours has, as a field's own, stands for itself.
    """

    label: str
    bindings: tuple[str, ...]
    why_not: str = ""


@dataclass(frozen=True)
class Keys:
    """The keys in force: those of a keymap, by the ids of bindings, and the usual ones."""

    keymap: Mapping[str, str] = field(default_factory=dict)

    def first(self, binding: str) -> str:
        """The first key of a binding, as Textual calls it."""
        keys = self.keymap.get(binding) or USUAL.get(binding, binding)
        return keys.partition(",")[0].strip()

    def name(self, *bindings: str) -> str:
        """The first keys of bindings, as they are named on the screen: `n N`, `escape`, `F1`;
        digits that follow each other as `1–4 7`.
        """
        names = [_name(self.first(binding)) for binding in bindings]
        if len(names) > 2 and all(len(name) == 1 and name.isdigit() for name in names):
            return _ranges([int(name) for name in names])
        return " ".join(names)

    def all(self, binding: str) -> str:
        """All keys of a binding, as they are named on the screen: `q ctrl+q`."""
        keys = self.keymap.get(binding) or USUAL[binding]
        return " ".join(_name(key.strip()) for key in keys.split(","))

    def opening(self, binding: str) -> str:
        """The same for the beginning of a sentence: `Space`, but `x`, which isn't `X`."""
        name = self.name(binding)
        if len(name) > 1:
            name = name[0].upper() + name[1:]
        return name

    def brief(self, *bindings: str) -> str:
        """The first keys of bindings in a sheet's last line: `Esc`, `↑↓`."""
        firsts = [self.first(binding) for binding in bindings]
        names = [BRIEF.get(key) or format_key(key) for key in firsts]
        return "".join(name[0].upper() + name[1:] for name in names)

    def fill(self, text: str) -> str:
        """The text with the keys in the place of the ids in braces: `{race.go} starts.`"""
        return re.sub(r"\{([a-z-]+\.[a-z-]+)\}", lambda match: self.name(match[1]), text)


@lru_cache(256)
def _name(key: str) -> str:
    if re.fullmatch(r"f\d+", key):
        return key.upper()
    return WORDS.get(key) or format_key(key)


def _ranges(digits: list[int]) -> str:
    runs: list[list[int]] = []
    for digit in digits:
        if runs and digit == runs[-1][-1] + 1:
            runs[-1].append(digit)
        else:
            runs.append([digit])
    return " ".join("–".join(map(str, sorted({run[0], run[-1]}))) for run in runs)
