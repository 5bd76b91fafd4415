"""The output of a lane and all that it started, as lines: as a terminal would show them, and no
more than a log can hold.

`LaneProcess` feeds it what comes out of the lane's pipe. A flood is dropped as fast as it can be
read, so that it doesn't slow down whoever prints; its end is kept, and how much was dropped is
said.
"""

import re
from collections import deque
from typing import NamedTuple

from workloads.core.wording import size_text

ROOM = 1 << 20
"""Bytes that may come at once before output is dropped."""

REFILL = 1 << 14
"""Bytes a second by which that room grows again."""

LINE_COST = 64
"""Bytes that a line counts beside its own."""

TAIL = 1 << 12
"""Bytes kept of the end of what is dropped: the last words before a crash."""

SAY_EVERY_S = 1.0
"""Seconds between two notes of what was dropped, while a flood lasts."""

LINE_LENGTH = 2000
"""Characters of a line that are kept."""

_PARTS = re.compile(
    r"[^\n\r\x08\x1b]+|[\n\r\x08]|\x1b\[(\d*)([AK])|\x1b\]raytasks;([0-9a-f]+)(?:;(\d{1,9}))?\x07"
    r"|\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)",
    re.DOTALL,
)
_MARK = re.compile(rb"\x1b\]raytasks;[0-9a-f]+(?:;\d+)?\x07")
_TORN = re.compile(r"\x1b(?:\[[0-9;?]{0,32}|\][^\x07\x1b]{0,200})?\Z")


class LogLine(NamedTuple):
    """A line, the mark of the task that printed it (see `workloads.engines.streams`), and the id of
    the process in which it did; empty and 0 where no task did.
    """

    text: str
    mark: str = ""
    pid: int = 0


class _Row:
    """A line as it stands on the terminal; `more` characters didn't fit in it."""

    def __init__(self) -> None:
        self.text, self.more, self.mark, self.pid = "", 0, "", 0

    def write(self, column: int, text: str) -> None:
        kept = text[: max(0, LINE_LENGTH - column)]
        self.more += len(text) - len(kept)
        if kept:
            self.text = self.text[:column].ljust(column) + kept + self.text[column + len(kept) :]

    def __str__(self) -> str:
        text = "".join(c if c.isprintable() else " " for c in self.text.expandtabs()).rstrip()
        if self.more:
            return f"{text} … {self.more:,} more characters"
        return text

    def line(self) -> LogLine:
        return LogLine(str(self), self.mark, self.pid)


class LaneLog:
    """Makes lines of the bytes that a lane prints. `feed` and `lines` take the time in seconds, on
    any clock.
    """

    def __init__(self, now: float) -> None:
        self._rows = deque([_Row()])
        self._row = self._column = 0
        self._torn = b""
        self._room, self._filled = float(ROOM), now
        self._dropped, self._said = 0, now
        self._tail = b""

    def feed(self, data: bytes, now: float) -> None:
        """Take what was read."""
        self._room = min(ROOM, self._room + (now - self._filled) * REFILL)
        self._filled = now
        size = _size(data)
        cost = size + LINE_COST * data.count(b"\n")
        if self._dropped or cost > self._room:
            if not self._dropped:
                self._said = now
            self._dropped += size
            self._tail = (self._tail + data[-TAIL:])[-TAIL:]
            return
        self._room -= cost
        self._write(data)

    def lines(self, now: float) -> list[LogLine]:
        """The lines that are complete by now, and a note of what was dropped since the last one."""
        if self._dropped and now - self._said >= SAY_EVERY_S:
            return self._taken() + self._after_flood()
        return self._taken()

    def end(self) -> list[LogLine]:
        """The rest, also a last line without an end."""
        lines = self._taken()
        if self._dropped:
            lines += self._after_flood()
        if self._torn:
            self._rows[self._row].write(
                self._column, self._torn.decode("utf-8", "backslashreplace")
            )
            self._torn = b""
        left = [row.line() for row in self._rows]
        self._rows, self._row, self._column = deque([_Row()]), 0, 0
        return lines + [line for line in left if line.text]

    @property
    def dropping(self) -> bool:
        """True during a flood, and until `lines` has reported it."""
        return self._dropped > 0

    def _after_flood(self) -> list[LogLine]:
        """The line that the flood cut off, a note, and the flood's last lines."""
        tail, self._tail = self._tail, b""
        if len(tail) == TAIL:
            tail = tail[tail.find(b"\n") + 1 :]
        dropped, self._dropped = self._dropped - _size(tail), 0
        cut = [row.line() for row in self._rows if row.text]
        self._rows, self._row, self._column, self._torn = deque([_Row()]), 0, 0, b""
        self._write(tail)
        return [
            *cut,
            *([LogLine(f"… {size_text(dropped)} of output dropped")] if dropped else []),
            *self._taken(),
        ]

    def _taken(self) -> list[LogLine]:
        """Let go of the lines above the cursor that nobody has gone back to."""
        taken = []
        while self._row > 0:
            taken.append(self._rows.popleft().line())
            self._row -= 1
        return taken

    def _write(self, data: bytes) -> None:
        text = self._decoded(data)
        for part in _PARTS.finditer(text):
            self._put(part)

    def _decoded(self, data: bytes) -> str:
        """The text, without an end that may be half a character or half an escape code."""
        data = self._torn + data
        self._torn = b""
        cut = len(data)
        for back in range(
            1, min(4, len(data) + 1)
        ):  # the first byte of a character whose others are missing
            if data[-back] >= 0xC0:
                cut -= back if back < _width(data[-back]) else 0
                break
            if data[-back] < 0x80:
                break
        text = data[:cut].decode("utf-8", "backslashreplace")
        torn = _TORN.search(text) if "\x1b" in text[-256:] else None
        if torn:
            self._torn = torn[0].encode("utf-8", "backslashreplace") + data[cut:]
            return text[: torn.start()]
        self._torn = data[cut:]
        return text

    def _put(self, part: "re.Match[str]") -> None:
        text, code = part[0], part[2]
        if text == "\n":
            self._down()
        elif text == "\r":
            self._column = 0
        elif text == "\x08":
            self._column = max(0, self._column - 1)
        elif code == "A":
            self._row = max(0, self._row - int(part[1][:4] or 1))
        elif code == "K":
            row = self._rows[self._row]
            row.text, row.more = ("", 0) if part[1] == "2" else (row.text[: self._column], 0)
        elif part[3]:
            row = self._rows[self._row]
            row.mark, row.pid = part[3], int(part[4] or 0)
        elif text[0] != "\x1b":
            row = self._rows[self._row]
            if not self._column:
                row.more = 0
            row.write(self._column, text)
            self._column += len(text)

    def _down(self) -> None:
        self._row += 1
        self._column = 0
        if self._row == len(self._rows):
            self._rows.append(_Row())


def _width(first: int) -> int:
    """Bytes of the UTF-8 character that begins with that byte."""
    return 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def _size(data: bytes) -> int:
    """The bytes that were printed: marks aren't counted."""
    return len(_MARK.sub(b"", data))
