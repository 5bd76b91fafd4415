"""Waits for what a running app writes into its recording."""

import time
from pathlib import Path

from workloads import events as ev


class Follow:
    """Reads a growing recording; only the ends and starts of runs are decoded."""

    WANTED = (b'"event":"run-ended"', b'"event":"run-started"', b'"event":"race-ended"')

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self._torn = path, 0, b""

    def new(self) -> list[ev.AnyEvent]:
        """The starts and ends that were written since the last call."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        self._offset += len(data)
        *lines, self._torn = (self._torn + data).split(b"\n")
        return [ev.decode_event(line) for line in lines if any(word in line[:60] for word in self.WANTED)]

    def until(self, kind: type[ev.Event], within_s: float = 300.0) -> list[ev.AnyEvent]:
        """The starts and ends up to and with the next event of that kind; ends the benchmark if none comes."""
        deadline = time.monotonic() + within_s
        got: list[ev.AnyEvent] = []
        while time.monotonic() < deadline:
            got += self.new()
            if any(isinstance(event, kind) for event in got):
                return got
            time.sleep(0.05)
        raise SystemExit(f"No {kind.__name__} in the recording within {within_s:.0f} s.")
