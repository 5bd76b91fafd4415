"""The palette (ctrl+p): the keys of the screen it was opened over, and those of the app."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.screen import Screen

from tui.keys import USUAL

if TYPE_CHECKING:
    from tui.app import RaytasksApp


class ActionPalette(CommandPalette):
    """Textual's palette, for keys that come before its list is laid out."""

    def _action_command_list(self, action: str) -> None:
        with contextlib.suppress(KeyError):  # the list knows no lines yet
            super()._action_command_list(action)


def commands(app: "RaytasksApp", screen: Screen[Any]) -> Iterator[SystemCommand]:
    """A command for each action that a key has now; over a sheet those of the sheet.

    One that can't act now says why, here and when it is chosen.
    """
    listed = set()
    for node, binding, _, tooltip in screen.active_bindings.values():
        command = node, binding.action
        ours = binding.id in USUAL and binding.show and isinstance(node, App | Screen)
        if not ours or binding.id is None or command in listed:
            continue
        listed.add(command)
        why = app.hindrance(binding.action, node)
        text = f"{tooltip or binding.description}  ({app.keys.all(binding.id)})"
        if why:
            text += f"  Not now: {why}"
        run = partial(app.run_action, binding.action, node)
        yield SystemCommand(binding.description, app.printable(text), run)
