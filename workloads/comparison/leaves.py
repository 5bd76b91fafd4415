"""The numbers and texts that a value consists of, kept beside its digest so that a difference can
be measured.
"""

import struct
from collections.abc import Iterable
from typing import Any

LEAVES_BYTES = 16 << 20
"""Bytes of a result up to which its leaves are kept."""

LEAVES_MOST = 20_000

Leaf = tuple[str, str, tuple[int, ...], Any]
"""Where it is in the value, the numpy data type of its numbers (empty: a text), their shape, and
the bytes or text.
"""

WHOLE = "whole"
"""The data type of whole numbers that are kept as floats."""

TEXT = 200


class Leaves:
    """Collects leaves while a value is walked; `whole` until they are too many, or too large."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.found: list[Leaf] = []
        self.room = LEAVES_BYTES
        self.whole = True

    def scalar(self, value: Any) -> None:
        """A leaf that is one number, text, or anything with a text of its own."""
        kind = "<f8" if type(value) is float else ""
        if type(value) in (int, bool) and -(1 << 53) < value < 1 << 53:
            kind, value = WHOLE, float(value)
        if kind:
            value = struct.pack("<d", value)
        else:
            text = _text(value)
            value = text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"
        self._keep(kind, (), value, 32)

    def array(self, dtype: str, shape: tuple[int, ...], chunks: Iterable[bytes]) -> None:
        """A leaf that is an array of numbers, in C order."""
        self._keep(dtype, shape, b"".join(chunks), 32)

    def takes(self, size: int) -> bool:
        """Whether there is room for an array of so many bytes; if not, the leaves aren't whole."""
        if size > self.room:
            self._drop()
        return self.whole

    def _keep(self, dtype: str, shape: tuple[int, ...], value: Any, least: int) -> None:
        self.room -= least + (len(value) if isinstance(value, bytes | str) else 0)
        if self.room < 0 or len(self.found) >= LEAVES_MOST:
            self._drop()
        if self.whole:
            self.found.append(("".join(self.path), dtype, shape, value))

    def _drop(self) -> None:
        self.whole = False
        self.found.clear()


def _text(value: Any) -> str:
    """A number, text or bytes as Python would write it, of at most about TEXT characters' worth of
    work.
    """
    if isinstance(value, bytes | str):
        return repr(value[:TEXT])
    try:
        return repr(value)
    except ValueError:  # an int of more digits than Python turns into text, alone or in a fraction
        return hex(value) if isinstance(value, int) else type(value).__name__
