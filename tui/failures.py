"""The app's own faults: each is a sentence on the screen and a traceback in the log (screen 7)."""

import traceback
from collections.abc import Callable
from typing import Any

from workloads.core.errors import BadInput, plain

LINES_MOST = 60
"""Lines of one traceback that go to the log."""

KEPT = 200
"""Different faults that are remembered, so that one that recurs with every frame is logged once."""


class Failures:
    """The faults so far; `write` adds a line to the log."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._seen: dict[tuple[Any, ...], str] = {}

    @property
    def sentences(self) -> list[str]:
        """A sentence for each different fault, in the order they came."""
        return list(self._seen.values())

    def add(self, where: str, error: BaseException) -> str:
        """Log a fault in `where` (a panel, a fold), once; returns the sentence for the screen."""
        frames = traceback.extract_tb(error.__traceback__)
        key = where, type(error), *((frame.filename, frame.lineno) for frame in frames[-1:])
        sentence = f"{where} failed: {_described(error)} (screen 7, Log, has the traceback)"
        if key in self._seen or len(self._seen) >= KEPT:
            return self._seen.get(key, sentence)
        self._seen[key] = sentence
        lines = [line for part in _formatted(error) for line in part.splitlines()]
        self._write(f"{where} failed:")
        for line in lines[-LINES_MOST:]:
            self._write(plain(line, 500))
        return sentence


def _described(error: BaseException) -> str:
    if isinstance(error, BadInput):  # a sentence for the user
        return plain(error, 400).rstrip(".")
    name, message = plain(type(error).__name__, 60), plain(error, 200)
    if not message:
        return name
    return f"{name}: {message}"


def _formatted(error: BaseException) -> list[str]:
    try:
        return traceback.format_exception(error)
    except Exception:  # an exception that can't be written
        return [*traceback.format_tb(error.__traceback__), _described(error)]
