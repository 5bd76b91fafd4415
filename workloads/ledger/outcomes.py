"""The outcomes of a race's tasks: results and exceptions as bounded text, for the screens that show
them.

A fold over events beside the ledger, which keeps numbers only.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from workloads.core import events as ev
from workloads.core.errors import plain

MAX_CHARACTERS = 2000
"""Characters of a result's or exception's text."""

LONG_TEXT = 500
"""Characters from which on a piece of text within a result is cut to its beginning: thumbnails,
documents.
"""

BEGINNING = 40
MAX_OUTCOMES = 10_000
"""Tasks of a lane whose outcomes are kept: the newest."""

MAX_DEPTH = 20
_NONE: Mapping[int, str] = {}


class Outcomes:
    """The outcomes of each lane's tasks; of an earlier race nothing is left."""

    def __init__(self) -> None:
        self._lanes: dict[str, dict[int, str]] = {}

    def apply(self, event: ev.AnyEvent) -> None:
        """Take one event."""
        if isinstance(event, ev.Finished):
            self._keep(event.lane, event.task, bounded_json(event.result))
        elif isinstance(event, ev.Failed):
            self._keep(event.lane, event.task, exception_line(event))
        elif isinstance(event, ev.RunStarted):
            self._lanes.pop(event.lane, None)
        elif isinstance(event, ev.RaceOpened):
            self._lanes.clear()

    def _keep(self, lane: str, task: int, text: str) -> None:
        kept = self._lanes.setdefault(lane, {})
        kept.pop(task, None)  # so that it is the newest
        kept[task] = text
        if len(kept) > MAX_OUTCOMES:
            del kept[next(iter(kept))]

    def of(self, lane: str) -> Mapping[int, str]:
        """By task: its result as JSON, or its exception as one line; oldest first, at most
        MAX_OUTCOMES.
        """
        return self._lanes.get(lane, _NONE)


def exception_line(event: ev.Failed) -> str:
    """`ValueError: what it said`, on one line."""
    if not event.message:
        return plain(event.error, MAX_CHARACTERS)
    return plain(f"{event.error}: {event.message}", MAX_CHARACTERS)


def bounded_json(value: Any) -> str:
    """JSON data as JSON text of about MAX_CHARACTERS characters at most.

    Texts over LONG_TEXT are cut to their beginning; where the room ends, `…` stands for the rest
    of a list or object.
    """
    whole = msgspec.json.encode(value)
    if len(whole) > LONG_TEXT:  # else it is short in every way
        whole = msgspec.json.encode(_Cut(MAX_CHARACTERS).value(value, 0))
    return whole.decode()


class _Cut:
    """Copies JSON data until the room for its text is used up."""

    def __init__(self, room: int) -> None:
        self.room = room

    def value(self, value: Any, depth: int) -> Any:
        """The value, or as much of it as there is room for."""
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list | tuple):
            return self._list(value, depth)
        size = len(msgspec.json.encode(value))
        if size > LONG_TEXT:  # a text, or a number of many digits
            value = f"{str(value)[:BEGINNING]}…"
            size = len(msgspec.json.encode(value))
        self.room -= size + 1
        return value

    def _object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        self.room -= 2
        for name, part in value.items():
            if self.room <= 0 or depth >= MAX_DEPTH:
                return {**kept, "…": "…"}
            if len(name) > LONG_TEXT:
                name = f"{name[:BEGINNING]}…"
            self.room -= len(name) + 3
            kept[name] = self.value(part, depth + 1)
        return kept

    def _list(self, value: "list[Any] | tuple[Any, ...]", depth: int) -> list[Any]:
        kept: list[Any] = []
        self.room -= 2
        for part in value:
            if self.room <= 0 or depth >= MAX_DEPTH:
                return [*kept, "…"]
            kept.append(self.value(part, depth + 1))
        return kept
