"""What a row of the table of keys holds."""

from typing import NamedTuple


class Use(NamedTuple):
    """What a key does on the app or on one screen or sheet: a binding.

    `id` is what Textual's keymap (`App.set_keymap`) gives another key by; `where` the app, screen
    or sheet that has the binding; `tooltip` what help and palette say beside the label.
    """

    id: str
    action: str
    label: str
    tooltip: str = ""
    where: str = "app"
    show: bool = True
    priority: bool = False
    keys: str = ""
    """Those of the keys that the binding has; empty for all."""


class Meaning(NamedTuple):
    """Keys, separated by commas as Textual names them, and what they mean everywhere."""

    keys: str
    meaning: str
    uses: tuple[Use, ...] = ()
