"""All keys of the program, and how they are named on the screen.

Each binding has an id by which Textual's keymap (`App.set_keymap`) can give it other keys, and a
tooltip that help and palette show. What names a key asks `Keys`, so that it names the one in force.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from textual.binding import Binding, BindingType
from textual.keys import format_key

APP: list[BindingType] = [
    Binding(
        "space",
        "go",
        "Start / pause",
        tooltip="Start a race; hold the picture while it runs",
        id="race.go",
    ),
    Binding("x", "cancel", "Cancel", tooltip="End the race", id="race.cancel"),
    Binding("r", "again", "Again", tooltip="Race again with the same seed", id="race.again"),
    Binding("n", "fewer", "Fewer tasks", tooltip="Half as many tasks", id="race.fewer"),
    Binding("N", "more", "More tasks", tooltip="Twice as many tasks", id="race.more"),
    Binding(
        "left_square_bracket",
        "smaller",
        "Smaller",
        tooltip="Half the work a task",
        id="race.smaller",
    ),
    Binding(
        "right_square_bracket",
        "larger",
        "Larger",
        tooltip="Twice the work a task",
        id="race.larger",
    ),
    Binding(
        "s", "settings", "Settings", tooltip="All parameters of the workload", id="race.settings"
    ),
    Binding("w", "workload", "Workload", tooltip="Choose what to race", id="race.workload"),
    Binding("e", "lanes", "Lanes", tooltip="Choose which engines race", id="race.lanes"),
    Binding(
        "v",
        "sweep",
        "Sweep",
        tooltip="Race once for each of many values, and compare",
        id="race.sweep",
    ),
    Binding(
        "b",
        "best",
        "Repeat ×5",
        tooltip="Run the same race five times: median and spread",
        id="race.best",
    ),
    Binding(
        "t",
        "schedule",
        "Together / in turn",
        tooltip="Lanes at once, or one by one",
        id="race.schedule",
    ),
    Binding("u", "startup", "Start-up", tooltip="Count the start-up, or not", id="race.startup"),
    Binding(
        "comma", "select(-1)", "Previous", tooltip="Select the picture before", id="select.previous"
    ),
    Binding("full_stop", "select(1)", "Next", tooltip="Select the next picture", id="select.next"),
    Binding(
        "escape", "follow", "Follow", tooltip="Follow the newest picture again", id="select.none"
    ),
    Binding(
        "enter", "large", "Large", tooltip="The selected picture alone, or not", id="select.large"
    ),
    Binding("1", "switch_mode('race')", "Race", id="screen.race"),
    Binding("2", "switch_mode('picture')", "Picture", id="screen.picture"),
    Binding("3", "switch_mode('tasks')", "Tasks", id="screen.tasks"),
    Binding("4", "switch_mode('compare')", "Compare", id="screen.compare"),
    Binding("7", "switch_mode('log')", "Log", id="screen.log"),
    Binding("T", "next_theme", "Theme", tooltip="Dark, light, contrast", id="look.theme"),
    Binding(
        "f1,question_mark",
        "help",
        "Help",
        tooltip="What this screen shows, and all keys",
        id="help",
    ),
    Binding(
        "ctrl+z",
        "suspend",
        "Suspend",
        tooltip="Stop the program and its lanes; fg continues",
        id="suspend",
        priority=True,  # also in a sheet
    ),
    Binding("q,ctrl+q", "quit", "Quit", tooltip="End Ray and leave", id="quit"),
]

RACE: list[BindingType] = [
    Binding(
        "enter",
        "full_text",
        "Full text",
        tooltip="The summary and all errors at full length",
        id="race.full-text",
    ),
    Binding(
        "G",
        "slowest",
        "Slowest task",
        tooltip="Select the next of the slowest tasks",
        id="race.slowest",
    ),
]

COMPARE: list[BindingType] = [
    Binding(
        "4,m",
        "view",
        "Times / sweep",
        tooltip="Where the time went, or the sweep",
        id="compare.view",
    ),
    Binding("up,k", "lane(-1)", "Lane above", id="compare.up"),
    Binding("shift+tab", "lane(-1)", "Lane above", id="compare.lane-before"),
    Binding("down,j", "lane(1)", "Lane below", id="compare.down"),
    Binding("tab", "lane(1)", "Lane below", id="compare.lane"),
    Binding(
        "z",
        "zoom",
        "Zoom",
        tooltip="The steps on an axis of their own, or on the lanes'",
        id="compare.zoom",
    ),
    Binding("left,h", "cursor(-1)", "Point before", id="compare.left"),
    Binding("right,l", "cursor(1)", "Next point", id="compare.right"),
]

TASKS: list[BindingType] = [
    Binding("up,k,comma", "move(-1)", "Task above", id="tasks.up"),
    Binding("down,j,full_stop", "move(1)", "Task below", id="tasks.down"),
    Binding("pageup", "page(-1)", "Page up", id="tasks.pageup"),
    Binding("pagedown", "page(1)", "Page down", id="tasks.pagedown"),
    Binding("home", "end(0)", "First task", id="tasks.first"),
    Binding("end", "end(-1)", "Last task", id="tasks.last"),
    Binding("tab", "lane(1)", "Next lane", id="tasks.lane"),
    Binding("shift+tab", "lane(-1)", "Lane before", id="tasks.lane-before"),
    Binding("o", "sort", "Sort", tooltip="By number, time, waiting, state", id="tasks.sort"),
    Binding("O", "reverse", "Reverse", tooltip="The other way round", id="tasks.reverse"),
    Binding("slash", "filter", "Filter", tooltip="Only some of the tasks", id="tasks.filter"),
    Binding(
        "enter",
        "details",
        "Details",
        tooltip="All that is known of the task",
        id="tasks.details",
    ),
    Binding("f", "follow", "Follow", tooltip="Follow the newest task again", id="tasks.follow"),
    Binding("escape", "back", "Back", tooltip="No filter, then no selection", id="tasks.back"),
]

HELP: list[BindingType] = [
    Binding("escape", "close", "Close", show=False, id="help.close"),
    Binding("down,j", "scroll_down", "Scroll down", show=False, id="help.down"),
    Binding("up,k", "scroll_up", "Scroll up", show=False, id="help.up"),
]
"""The help panel has the focus: its Escape comes before a screen's own meaning of it."""

UNDER_HELP: list[BindingType] = [
    Binding("escape", "close_help", "Close help", priority=True, show=False, id="help.close"),
]
"""Every main screen's, for help that has lost the focus."""

SHEET: list[BindingType] = [Binding("escape", "dismiss", "Leave", id="sheet.leave")]

FULL_TEXT: list[BindingType] = [
    Binding("enter", "dismiss", "Close", show=False, id="full-text.close")
]

SETTINGS: list[BindingType] = [
    Binding("f2", "preset", "Preset", id="settings.preset"),
    Binding("down", "app.focus_next", "Next", show=False, id="settings.next"),
    Binding("up", "app.focus_previous", "Previous", show=False, id="settings.previous"),
]

LANES: list[BindingType] = [
    Binding("enter", "take", "Take", priority=True, id="lanes.take"),
    Binding("space", "choose", "Choose", priority=True, id="lanes.choose"),
]

SWEEP: list[BindingType] = [
    Binding("down", "choose(1)", "Next kind", show=False, id="sweep.next"),
    Binding("up", "choose(-1)", "Previous kind", show=False, id="sweep.previous"),
]

USUAL = {
    binding.id: binding.key
    for bindings in (
        APP,
        RACE,
        COMPARE,
        TASKS,
        HELP,
        UNDER_HELP,
        SHEET,
        FULL_TEXT,
        SETTINGS,
        LANES,
        SWEEP,
    )
    for binding in bindings
    if isinstance(binding, Binding) and binding.id
}
"""The keys of all bindings by their ids, separated by commas."""

WORDS = {"enter": "enter", "escape": "escape", "pagedown": "page down"}
"""Keys that are named otherwise here than by Textual."""


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
        """The first keys of bindings, as they are named on the screen: `n N`, `escape`, `F1`."""
        return " ".join(_name(self.first(binding)) for binding in bindings)

    def opening(self, binding: str) -> str:
        """The same for the beginning of a sentence: `Space`, but `x`, which isn't `X`."""
        name = self.name(binding)
        if len(name) > 1:
            name = name[0].upper() + name[1:]
        return name

    def brief(self, *bindings: str) -> str:
        """The first keys of bindings in a sheet's last line: `Esc`, `↑↓`."""
        names = [format_key(self.first(binding)) for binding in bindings]
        return "".join(name[0].upper() + name[1:] for name in names)

    def fill(self, text: str) -> str:
        """The text with the keys in the place of the ids in braces: `{race.go} starts.`"""
        return re.sub(r"\{([a-z-]+\.[a-z-]+)\}", lambda match: self.name(match[1]), text)


@lru_cache(256)
def _name(key: str) -> str:
    if re.fullmatch(r"f\d+", key):
        return key.upper()
    return WORDS.get(key) or format_key(key)
