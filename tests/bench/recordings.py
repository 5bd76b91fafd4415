"""Waits for what a running app writes into its recording."""

import time
from collections import deque
from pathlib import Path
from typing import TypeVar

from workloads.core import events as ev

Kind = TypeVar("Kind", bound=ev.Event)


class Follow:
    """Reads a growing recording; only the ends and starts of runs are decoded."""

    WANTED = (b'"event":"run-ended"', b'"event":"run-started"', b'"event":"race-ended"')

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self._torn = path, 0, b""
        self._waiting: deque[ev.AnyEvent] = deque()

    def _read(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        self._offset += len(data)
        *lines, self._torn = (self._torn + data).split(b"\n")
        self._waiting += [
            ev.decode_event(line)
            for line in lines
            if any(word in line[:60] for word in self.WANTED)
        ]

    def until(self, kind: type[Kind], within_s: float = 90.0) -> Kind:
        """The next event of that kind (those before it are passed over); ends the benchmark if none
        comes.
        """
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self._read()
            while self._waiting:
                event = self._waiting.popleft()
                if isinstance(event, kind):
                    return event
            time.sleep(0.02)
        raise SystemExit(f"No {kind.__name__} in the recording within {within_s:.0f} s.")

    def racing(self) -> bool:
        """Whether no run has ended since the event returned last."""
        self._read()
        return not any(isinstance(event, ev.RunEnded) for event in self._waiting)
