"""The palette (ctrl+p): the keys of the screen it was opened over, and those of the app."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.screen import Screen

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
    keys: dict[tuple[object, str], list[str]] = {}
    active = screen.active_bindings.values()
    for node, binding, _, _ in active:
        keys.setdefault((node, binding.action), []).append(app.get_key_display(binding))
    for node, binding, _, tooltip in active:
        named = keys.pop((node, binding.action), None)
        if named is None or not binding.show or not isinstance(node, App | Screen):
            continue
        why = app.hindrance(binding.action, node)
        text = f"{tooltip or binding.description}  ({' '.join(named)})"
        if why:
            text += f"  Not now: {why}"
        run = partial(app.run_action, binding.action, node)
        yield SystemCommand(binding.description, app.printable(text), run)
