"""Recordings: a race's events in a file, one a line, written as they come and readable after a kill."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from workloads import events as ev
from workloads.errors import BadInput, RaytasksError, plain


class Recorder:
    """Appends events to a new file; each reaches the operating system as it comes.

    A disk that fills up ends the recording, never the race: `say` is called with a sentence, and `close` raises it.
    """

    say: Callable[[str], None] = staticmethod(lambda sentence: None)

    def __init__(self, path: Path) -> None:
        """Raises BadInput if the file exists already (nothing is overwritten) or can't be made."""
        self.path = path
        self._broken = ""
        try:
            self._file = path.open("xb")
        except FileExistsError:
            raise BadInput(f"{plain(path)} exists already; choose another name for the recording.") from None
        except OSError as error:
            raise BadInput(f"The recording {plain(path)} can't be written: {error.strerror}.") from None

    def __call__(self, event: ev.AnyEvent) -> None:
        """Write the event."""
        if self._broken:
            return
        try:
            self._file.write(ev.encode([event]))
            self._file.flush()
        except OSError as error:
            self._broken = f"The recording {plain(self.path)} is not whole: {error.strerror or error}."
            self.say(self._broken)

    def close(self) -> None:
        """No more events. Raises RaytasksError if some couldn't be written."""
        with contextlib.suppress(OSError):
            self._file.close()
        if self._broken:
            raise RaytasksError(self._broken)


def read(path: Path) -> list[ev.AnyEvent]:
    """The recording's events in their order; a torn last line is left out.

    Raises BadInput if the file can't be read or holds something else than a recording, or no race.
    """
    known = events(path)
    if not any(isinstance(event, ev.RaceOpened) for event in known):
        raise BadInput(f"{plain(path)} holds no race.")
    return known


def events(path: Path) -> list[ev.AnyEvent]:
    """As `read`, but there may be no race: a recording that goes on may have ended before its first one."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInput(f"The recording {plain(path)} can't be read: {error.strerror}.") from None
    return list(_decoded(path, lines))


def _decoded(path: Path, lines: list[bytes]) -> Iterator[ev.AnyEvent]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield ev.decode_event(line)
        except (msgspec.DecodeError, RecursionError) as error:
            if number == len(lines) and number > 1:
                return
            raise BadInput(f"{plain(path)} is no recording of a race: line {number}: {plain(error)}.") from None
