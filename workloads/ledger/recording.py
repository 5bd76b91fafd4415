"""Recordings: a race's events in a file, one a line, written as they come and readable after a
kill.
"""

import contextlib
import fcntl
import os
import stat
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, overload

import msgspec

from workloads.core import events as ev
from workloads.core.errors import BadInput, RaytasksError, plain
from workloads.core.wording import listed, plural
from workloads.ledger import bounds

VERSION = 1
"""The version of recordings that this program writes; it reads those of later ones as far as it
can.
"""

CHUNK = 1 << 22
"""Bytes that are read at once."""

MAX_LINE = 1 << 26
"""Bytes of an event: a result has a megabyte at most, the answer of a race what a workload combines
of all.
"""

TAGS_NAMED = 3


class Recorder:
    """Appends events to a new file; each reaches the operating system as it comes.

    A disk that fills up ends the recording, never the race: `say` is called with a sentence, and
    `close` raises it.
    """

    say: Callable[[str], None] = staticmethod(lambda sentence: None)

    def __init__(self, path: Path) -> None:
        """Raises BadInput if the file exists already (nothing is overwritten) or can't be made."""
        self.path = path
        self._broken = ""
        try:
            self._file: BinaryIO = path.open("xb")
        except FileExistsError:
            raise BadInput(
                f"{plain(path)} exists already; choose another name for the recording."
            ) from None
        except OSError as error:
            raise BadInput(
                f"The recording {plain(path)} can't be written: {error.strerror}."
            ) from None
        hold(self._file, path)

    def __call__(self, event: ev.AnyEvent) -> None:
        """Write the event."""
        if self._broken:
            return
        try:
            self._file.write(ev.encode([event]))
            self._file.flush()
        except OSError as error:
            self._broken = (
                f"The recording {plain(self.path)} is incomplete: {error.strerror or error}."
            )
            self.say(self._broken)

    def close(self) -> None:
        """No more events. Raises RaytasksError if some couldn't be written."""
        with contextlib.suppress(OSError):
            self._file.close()
        if self._broken:
            raise RaytasksError(self._broken)


def hold(file: BinaryIO, path: Path) -> None:
    """Keep others from continuing this recording while it is written. Raises BadInput if another
    race writes it.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadInput(
            f"Another sweep is writing to {plain(path)}; wait until it has finished."
        ) from None
    except OSError:  # some file systems have no locks
        return


class Recording(Sequence[ev.AnyEvent]):
    """The events of a file, each decoded when it is asked for: the text takes less memory than the
    events.

    `times` are theirs (ns since the epoch), `opened` the races, `notes` sentences on what was left
    out.
    """

    def __init__(self, path: Path, text: bytearray) -> None:
        self.path = path
        self.times = array("q")
        self.opened: list[ev.RaceOpened] = []
        self.notes: list[str] = []
        self._text = text
        self._begin, self._end = array("q"), array("q")

    def add(self, begin: int, end: int, t: int) -> None:
        """Note that an event of the time `t` stands in these bytes."""
        self._begin.append(begin)
        self._end.append(end)
        self.times.append(t)

    def __len__(self) -> int:
        return len(self.times)

    @overload
    def __getitem__(self, index: int) -> ev.AnyEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[ev.AnyEvent]: ...
    def __getitem__(self, index: int | slice) -> ev.AnyEvent | list[ev.AnyEvent]:
        """The event or events in those places of the file."""
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        line = bytes(self._text[self._begin[index] : self._end[index]])
        try:
            return ev.decode_event(line)
        except (msgspec.DecodeError, RecursionError) as error:  # data of very many levels
            return ev.Logged(t=self.times[index], text=f"unreadable event: {plain(error)}")


def read(path: Path) -> list[ev.AnyEvent]:
    """The recording's events in their order; a torn last line is left out.

    Raises BadInput if the file can't be read or holds something else than a recording, or no race.
    """
    return list(scan(path))


def events(path: Path) -> list[ev.AnyEvent]:
    """As `read`, but there may be no race: a recording to continue may have ended before its first
    one.
    """
    return list(_Scan(path).whole())


def scan(
    path: Path,
    progress: Callable[[float], None] = lambda share: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Recording:
    """The recording in that file, all of it checked; a torn last line is left out, and so is what
    can't be true.

    `progress` is called with the share that was read. Once `stopped`, what was read so far is
    returned. Raises BadInput if the file can't be read or holds something else than a recording, or
    no race.
    """
    scanned = _Scan(path)
    recording = scanned.whole(progress, stopped)
    if not recording.opened and not stopped():
        raise BadInput(scanned.no_race())
    return recording


class _Scan:
    """Reads a recording and looks at each of its lines once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._line = 0
        self._newest = VERSION
        self._unknown: Counter[str] = Counter()
        self._impossible = 0

    def whole(
        self,
        progress: Callable[[float], None] = lambda share: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Recording:
        """Read the file to its end, as it is when it is opened."""
        try:
            with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as file:
                self._check(os.fstat(file.fileno()))
                recording = Recording(self.path, bytearray(self.size))
                self._read(file.readinto, recording, progress, stopped)
        except OSError as error:
            raise BadInput(
                f"The recording {plain(self.path)} can't be read: {error.strerror}."
            ) from None
        recording.notes = self._notes()
        return recording

    def _check(self, info: os.stat_result) -> None:
        name = plain(self.path)
        if stat.S_ISDIR(info.st_mode):
            raise BadInput(f"The recording {name} can't be read: Is a directory.")
        if not stat.S_ISREG(info.st_mode):
            what = "a device"
            if stat.S_ISFIFO(info.st_mode):
                what = "a pipe"
            raise BadInput(
                f"The recording {name} can't be read: it is {what}; save it to a file first."
            )
        import psutil  # which the first paint can do without

        self.size = info.st_size
        free = psutil.virtual_memory().available
        if self.size > free // 2:
            sizes = f"{self.size / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB of memory are free"
            raise BadInput(f"The recording {name} is too large to show: {sizes}.")

    def _read(
        self,
        readinto: Callable[[memoryview], int | None],
        recording: Recording,
        progress: Callable[[float], None],
        stopped: Callable[[], bool],
    ) -> None:
        text, view = recording._text, memoryview(recording._text)
        end = begin = 0
        while end < self.size and not stopped():
            got = readinto(view[end : end + CHUNK]) or 0
            if not got:
                break  # it has been cut since
            end += got
            while (newline := text.find(b"\n", begin, end)) >= 0:
                self._look(recording, view, begin, newline, whole=True)
                begin = newline + 1
            if end - begin > MAX_LINE:
                raise self._no_recording(f"it is longer than {MAX_LINE >> 20} MB", self._line + 1)
            progress(end / self.size)
        if begin < end and not stopped():
            self._look(recording, view, begin, end, whole=False)

    def _look(
        self, recording: Recording, view: memoryview, begin: int, end: int, whole: bool
    ) -> None:
        """Look at a line; one that isn't `whole`, the last, may be torn."""
        self._line += 1
        line = view[begin:end]
        try:
            event = bounds.possible.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if bytes(line[:1000]).strip() and (whole or self._line == 1):
                self._left_out(bytes(line), error)
            return
        recording.add(begin, end, event.t)
        if isinstance(event, bounds.OPENED):
            opened = ev.decode_event(bytes(line))
            assert isinstance(opened, ev.RaceOpened)
            self._newest = max(self._newest, opened.version)
            recording.opened.append(opened)

    def _left_out(self, line: bytes, error: Exception) -> None:
        """Count an event that can't be true, or of a later version. Raises BadInput if the line is
        no event at all.
        """
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            ev.decode_event(line)
            self._impossible += 1
            return
        try:
            header = bounds.header.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._no_recording(plain(error), self._line) from None
        self._newest = max(self._newest, header.version)
        if header.event in bounds.TAGS and self._newest == VERSION:
            raise self._no_recording(plain(error), self._line)
        self._unknown[plain(header.event, 40)] += 1

    def _no_recording(self, why: str, line: int) -> BadInput:
        return BadInput(f"{plain(self.path)} is not a recording of a race: line {line}: {why}.")

    def no_race(self) -> str:
        """The sentence on a file without a race."""
        name = plain(self.path)
        if self._newest > VERSION:
            return (
                f"{name} was recorded by a newer version of raytasks-tui (format "
                f"{self._newest}); update to show it."
            )
        if self._unknown or self._impossible:
            return f"{name} holds no race that this version can show. {' '.join(self._notes())}"
        return f"{name} holds no race."

    def _notes(self) -> list[str]:
        notes = []
        if self._newest > VERSION:
            notes.append(
                f"{plain(self.path)} was recorded by a newer version of raytasks-tui; events it "
                "can't read are left out."
            )
        if self._unknown:
            count = self._unknown.total()
            tags = [f"“{tag}”" for tag, _ in self._unknown.most_common(TAGS_NAMED)]
            if len(self._unknown) > TAGS_NAMED:
                tags.append("…")
            notes.append(
                f"{count:,} {plural('event', count)} of kinds unknown to this version left out: "
                f"{listed(tags)}."
            )
        if self._impossible == 1:
            notes.append("1 event with impossible numbers left out.")
        elif self._impossible:
            notes.append(f"{self._impossible:,} events with impossible numbers left out.")
        return notes
