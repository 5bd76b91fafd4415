"""The numbers and texts that a value consists of, kept beside its digest so that a difference can
be measured.
"""

import struct
from collections.abc import Iterable
from typing import Any

SIZE = 12
"""Bytes of a digest: two different values share one by chance in 10²⁸ comparisons."""

LEAVES_BYTES = 16 << 20
"""Bytes of a result up to which its leaves are kept."""

LEAVES_MOST = 20_000

LEAF_BYTES = 32
"""Bytes that a leaf takes besides its value."""

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
        self.kept: list[Leaf] = []
        self.room = LEAVES_BYTES
        self.whole = True

    def scalar(self, value: Any) -> None:
        """A leaf that is one number, text, or anything with a text of its own."""
        if type(value) is float:
            self._keep("<f8", (), struct.pack("<d", value))
        elif type(value) in (int, bool) and -(1 << 53) < value < 1 << 53:
            self._keep(WHOLE, (), struct.pack("<d", value))
        else:
            text = _text(value)
            if len(text) > TEXT:
                text = f"{text[: TEXT - 1]}…"
            self._keep("", (), text)

    def array(self, dtype: str, shape: tuple[int, ...], chunks: Iterable[bytes]) -> None:
        """A leaf that is an array of numbers, in C order."""
        self._keep(dtype, shape, b"".join(chunks))

    def takes(self, size: int) -> bool:
        """True if there is room for an array of so many bytes; if not, the leaves aren't whole."""
        if size > self.room:
            self._drop()
        return self.whole

    def _keep(self, dtype: str, shape: tuple[int, ...], value: bytes | str) -> None:
        self.room -= LEAF_BYTES + len(value)
        if self.room < 0 or len(self.kept) >= LEAVES_MOST:
            self._drop()
        if self.whole:
            self.kept.append(("".join(self.path), dtype, shape, value))

    def _drop(self) -> None:
        self.whole = False
        self.kept.clear()


def _text(value: Any) -> str:
    """A number, text or bytes as Python would write it, of at most about TEXT characters' worth of
    work.
    """
    if isinstance(value, bytes | str):
        return repr(value[:TEXT])
    try:
        return repr(value)
    except ValueError:  # an int of more digits than Python turns into text, alone or in a fraction
        if isinstance(value, int):
            return hex(value)
        return type(value).__name__
