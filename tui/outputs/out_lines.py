"""The lines of a race's results, in the partial file of --out until they are sorted into their
place.
"""

import contextlib
import errno
import fcntl
import os
import stat
import tempfile
from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from tui.outputs.places import Place, cant_be_written, rename
from workloads.core.errors import BadInput, RaytasksError, plain

IN_MEMORY = 64_000_000
"""Bytes of lines that are kept in memory while no disk takes them."""

BLOCK = 1 << 16
"""Bytes that are read at once of a line that was written before."""


class ResultLines:
    """The lines of one race: in the partial file, or in an unnamed one where there can be none;
    those that no disk takes in memory. Of each task the last one added counts.
    """

    def __init__(self, place: Place) -> None:
        self.named = place.stream is None and place.beside
        self.name = place.partial if self.named else Path(tempfile.gettempdir())
        self._file = _partial(place) if self.named else _unnamed()
        self._why_none = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._fresh = self.named  # what an earlier race left goes when there is something new
        self._reset()

    def _reset(self) -> None:
        self.expected = self.count = self.dropped = 0
        self._end = self._written = 0
        self._kind = bytearray()  # by task: 0 none, 1 failed, 2 finished
        self._at = array("q")  # by task: where its line begins in the file, -1 in memory
        self._memory: dict[int, bytes] = {}
        self._bytes = 0

    def clear(self) -> None:
        """A new race begins."""
        self._reset()
        if self._file is None and self.named:
            try:
                self._file = _held(self.name)
            except OSError as error:
                self._why_none = error
        self._fresh = True

    def wants(self, task: int, finished: bool) -> bool:
        """True if a line on that task says more than what there is."""
        kind = self._kind[task] if task < len(self._kind) else 0
        return not kind or (finished and kind == 1)

    def add(self, task: int, finished: bool, line: bytes) -> OSError | None:
        """Take a line; returns the error if it can't be written, and keeps it in memory as long as
        that is bounded.
        """
        if task >= len(self._kind):
            more = task + 1 - len(self._kind)
            self._kind.extend(bytes(more))
            self._at.extend([0] * more)
        self.count += not self._kind[task]
        if self._kind[task] and self._at[task] < 0:
            self._bytes -= len(self._memory.pop(task))
        error = self._write(task, line)
        if error:
            if self._bytes + len(line) > IN_MEMORY:
                self.dropped += 1
                self.count -= 1
                self._kind[task] = 0
                return error
            self._at[task] = -1
            self._memory[task] = line
            self._bytes += len(line)
        self._kind[task] = 1 + finished
        return error

    def _write(self, task: int, line: bytes) -> OSError | None:
        if self._file is None:
            return self._why_none
        descriptor = self._file.fileno()
        try:
            if self._fresh:
                os.ftruncate(descriptor, 0)
                self._fresh = False
            _write_at(descriptor, line, self._end)
        except OSError as error:
            with contextlib.suppress(OSError):  # no torn line stays
                os.ftruncate(descriptor, self._end)
            return error
        self._at[task] = self._end
        self._end += len(line)
        self._written += 1
        return None

    def sorted(self) -> Iterator[bytes]:
        """The lines in order of the tasks."""
        for task, kind in enumerate(self._kind):
            if kind and self._at[task] < 0:
                yield self._memory[task]
            elif kind:
                yield self._read(task)

    def _read(self, task: int) -> bytes:
        assert self._file is not None
        read = b""
        while b"\n" not in read:
            block = os.pread(self._file.fileno(), BLOCK, self._at[task] + len(read))
            if not block or not (read + block).startswith(b'{"task": %d, ' % task):
                raise OSError(errno.EIO, f"{plain(self.name)} was changed during the race")
            read += block
        return read[: read.index(b"\n") + 1]

    def _is_whole(self) -> bool:
        """True if all lines are in the partial file."""
        return not self._memory and self._is_untouched()

    def _is_untouched(self) -> bool:
        """True if the partial file is where it was, and nobody else has changed its length or
        replaced it.
        """
        if not self.named or self._file is None:
            return False
        try:
            there, ours = self.name.lstat(), os.fstat(self._file.fileno())
        except OSError:
            return False
        return os.path.samestat(there, ours) and ours.st_size == self._end

    def save(self, place: Place) -> None:
        """Put the sorted lines in their place. Raises RaytasksError; the partial file, if there is
        one, then stays.
        """
        try:
            if self._file and self._is_whole() and self._is_sorted():
                os.fsync(self._file.fileno())
                rename(self.name, place.target)
                self._let_go()
                return
            place.write(self.sorted())
        except OSError as error:
            raise self._not_saved(place, place.failed(error)) from None
        except RaytasksError as error:
            raise self._not_saved(place, error) from None
        if self.named and self._file:  # otherwise it is another race's
            self.name.unlink(missing_ok=True)
            self._let_go()

    def _not_saved(self, place: Place, error: RaytasksError) -> RaytasksError:
        """The error, with where the results are instead: all in the partial file, or in one on
        another disk.
        """
        if self._is_whole():
            return RaytasksError(
                f"{error} The results are in {plain(self.name)}, in the order in which the calls "
                "finished."
            )
        if place.stream is not None:  # a terminal or pipe that went away wants no file
            return error
        try:
            return RaytasksError(f"{error} The results are in {plain(self._left_elsewhere())}.")
        except RaytasksError:
            count = len(self._kind) - self._kind.count(0) - len(self._memory)
            some = self._end and self._is_untouched()
            return RaytasksError(
                f"{error} Those of {count:,} calls are in {plain(self.name)}."
                if some
                else str(error)
            )

    def _is_sorted(self) -> bool:
        """True if the file is what is wanted already: no line is superseded, or before an earlier
        task's.
        """
        if self._written != self.count:
            return False
        wanted = [at for at, kind in zip(self._at, self._kind, strict=True) if kind]
        return all(one < other for one, other in pairwise(wanted))

    def leave(self) -> Path:
        """Let the partial file be; where there is none, write one in the folder for temporary
        files. Returns which.

        Raises RaytasksError if lines couldn't be written.
        """
        if not self._is_whole():
            return self._left_elsewhere()
        if self._file:
            with contextlib.suppress(OSError):
                os.fsync(self._file.fileno())
        self._let_go()
        return self.name

    def _left_elsewhere(self) -> Path:
        name = ""
        try:
            descriptor, name = tempfile.mkstemp(".jsonl", "raytasks-")
            with open(descriptor, "wb") as file:
                file.writelines(self.sorted())
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise RaytasksError(cant_be_written("The results", error)) from None
        return Path(name)

    def _let_go(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    def close(self) -> None:
        """No more lines; a partial file that was made for nothing goes."""
        if self._file and self.named and not os.fstat(self._file.fileno()).st_size:
            with contextlib.suppress(OSError):
                self.name.unlink()
        self._let_go()


def _write_at(descriptor: int, line: bytes, at: int) -> None:
    rest = memoryview(line)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written


def _partial(place: Place) -> BinaryIO:
    """The partial file, with what is in it, held against other races. Raises BadInput."""
    path = plain(place.partial)
    try:
        return _held(place.partial)
    except BlockingIOError:
        raise BadInput(
            f"Another race is writing to {path}; choose another place for {place.option}."
        ) from None
    except OSError as error:
        raise BadInput(cant_be_written(path, error)) from None


def _held(path: Path) -> BinaryIO:
    """The file, held until it is closed. Raises OSError, BlockingIOError if another race
    holds it.
    """
    file = _opened(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise BlockingIOError(errno.EAGAIN, "another race is writing to it") from None
    except OSError:  # some file systems have no locks
        pass
    return file


def _opened(path: Path) -> BinaryIO:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    file = open(os.open(path, flags, 0o666), "r+b")  # noqa: SIM115 (kept open)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise FileExistsError(errno.EEXIST, "that name belongs to something other than a file")
    return file


def _unnamed() -> BinaryIO | None:
    with contextlib.suppress(OSError):
        return tempfile.TemporaryFile(buffering=0, prefix="raytasks-")
    return None
