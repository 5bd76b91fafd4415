"""Where a race writes: files, pipes and standard output, checked before the race and written when
it is over.

A file is written beside its place and renamed, so that what an earlier race wrote there is lost to
no interrupt and no full disk.
"""

import contextlib
import errno
import os
import secrets
import select
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tui.outputs.streams import silence_stdout
from workloads.core.errors import BadInput, RaytasksError, plain

STDOUT = Path("-")
BESIDE = ".raytasks-"
"""The beginning of the names of files that are about to be renamed."""

CANT_RENAME = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)
"""A folder that takes no new files, the sticky bit of another user's file, a file that is mounted
on its own.
"""


@dataclass(frozen=True)
class Place:
    """Where `option` writes: a regular file at `target` (it may not exist yet), or a stream that is
    open already.

    `target` is `path` with links followed. Its folder takes new files, unless not `beside`.
    """

    option: str
    path: Path
    target: Path = Path()
    beside: bool = True
    stream: IO[bytes] | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The place in words."""
        if self.path == STDOUT:
            return "Standard output"
        return plain(self.path)

    @property
    def partial(self) -> Path:
        """The file that takes what must not replace an earlier race's."""
        return partial_of(self.target)

    @property
    def taken(self) -> bool:
        """True if an earlier race, or somebody else, wrote something there."""
        with contextlib.suppress(OSError):
            return self.stream is None and self.target.stat().st_size > 0
        return False

    def write(self, chunks: Iterable[bytes]) -> None:
        """Write all of it, in place of what is there. Raises RaytasksError."""
        if self.stream is not None:
            self._write_stream(self.stream, chunks)
            return
        try:
            _replace(self.target, chunks, self.beside)
        except OSError as error:
            raise self.failed(error) from None

    def spare(self, chunks: Iterable[bytes]) -> Path:
        """Write all of it, to the partial file if there is something at the place already; returns
        which it was.

        Raises RaytasksError.
        """
        if not self.taken:
            self.write(chunks)
            return self.path
        try:
            _replace(self.partial, chunks, self.beside)
        except OSError as error:
            raise self.failed(error, self.partial) from None
        return self.partial

    def failed(self, error: OSError, path: Path | None = None) -> RaytasksError:
        """The error to raise for one in writing."""
        name = self.name
        if path:
            name = plain(path)
        return RaytasksError(cant_be_written(name, error))

    def _write_stream(self, stream: IO[bytes], chunks: Iterable[bytes]) -> None:
        try:
            for chunk in chunks:
                stream.write(chunk)
            stream.flush()
        except OSError as error:
            if self.path == STDOUT:
                silence_stdout()
            raise self.failed(error) from None


def cant_be_written(name: str, error: OSError) -> str:
    """The sentence on a file that can't be written."""
    return f"{name} can't be written: {error.strerror or type(error).__name__}."


def partial_of(target: Path) -> Path:
    """The partial file of a file."""
    return target.with_name(f"{target.name}.partial")


def find(option: str, path: Path) -> Place:
    """The place of that name. Raises BadInput if it can't be written, before anything has run."""
    try:
        return _find(option, path)
    except OSError as error:
        raise BadInput(cant_be_written(plain(path), error)) from None


def _find(option: str, path: Path) -> Place:
    if is_stdout(path):
        return Place(option, STDOUT, stream=_stdout(option))
    target = Path(os.path.realpath(path))
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        partial_of(target).exists()  # a name that is too long raises OSError
        _probe_folder(target.parent)
        return Place(option, path, target)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISREG(kind):
        if is_open_as(path, 2):
            raise BadInput(
                f"{option} would overwrite {plain(path)}, where standard error goes; choose "
                "another file."
            )
        path.open("ab").close()
        return Place(option, path, target, _takes_files(target.parent))
    if stat.S_ISSOCK(kind) or stat.S_ISBLK(kind):
        what = "a socket" if stat.S_ISSOCK(kind) else "a disk"
        raise BadInput(f"{plain(path)} can't be written: it is {what}; choose a file.")
    return Place(option, path, target, stream=_stream(path))


def is_stdout(path: Path) -> bool:
    """True if that is standard output by any name, such as /dev/stdout."""
    named = str(path) in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
    return named or (is_open_as(path, 1) and not is_open_as(Path(os.devnull), 1))


def is_open_as(path: Path, descriptor: int) -> bool:
    """True if what the descriptor is open on goes by that name."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False


def _takes_files(folder: Path) -> bool:
    try:
        _probe_folder(folder)
    except OSError as error:
        if error.errno not in CANT_RENAME:
            raise
        return False
    return True


def _probe_folder(folder: Path) -> None:
    path = folder / f"{BESIDE}{secrets.token_hex(8)}"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    path.unlink()


def _stream(path: Path) -> IO[bytes]:
    """A pipe or a device, opened. A pipe that nothing reads would keep us waiting."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        if error.errno == errno.ENXIO and path.is_fifo():
            raise BadInput(
                f"{plain(path)} is a pipe without a reader; start the reader first."
            ) from None
        raise
    try:
        _probe(descriptor)
        os.set_blocking(descriptor, True)
    except OSError:
        os.close(descriptor)
        raise
    return open(descriptor, "wb")


def _stdout(option: str) -> IO[bytes]:
    """Standard output, as it is now: it may be redirected later."""
    stream = sys.stdout
    if stream is None or getattr(stream, "closed", False):
        raise BadInput(f"{option} can't write to standard output: it is closed.")
    with contextlib.suppress(OSError, ValueError):  # one that a test or a notebook put there
        descriptor = stream.fileno()
        try:
            _probe(descriptor)
        except OSError as error:
            raise BadInput(f"{option} can't write to standard output: {error.strerror}.") from None
    return stream.buffer


def _probe(descriptor: int) -> None:
    """Raises OSError for a full device, one open for reading only, and a pipe whose
    reader is gone.
    """
    os.write(descriptor, b"")
    with contextlib.suppress(ValueError):
        watched = select.poll()
        watched.register(descriptor, select.POLLOUT)
        if any(happened & select.POLLERR for _, happened in watched.poll(0)):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def is_same(path: Path, other: Path) -> bool:
    """True if both name one file, whether it exists or not; nothing collides in /dev/null."""
    if is_stdout(path) or is_stdout(other):
        return is_stdout(path) and is_stdout(other)
    try:
        if path.samefile(other):
            return not stat.S_ISCHR(path.stat().st_mode)  # as /dev/null
        one, another = os.path.realpath(path), os.path.realpath(other)
    except OSError:
        one, another = os.path.abspath(path), os.path.abspath(other)
    return one == another or (
        one.casefold() == another.casefold() and _ignores_case(Path(one).parent)
    )


def _ignores_case(folder: Path) -> bool:
    """True if names in the folder that differ in case only are of one file."""
    path = folder / f"{BESIDE}{secrets.token_hex(8)}"
    try:
        path.touch(exist_ok=False)
        ignores = path.with_name(path.name.upper()).exists()
        path.unlink()
    except OSError:
        return False
    return ignores


def _replace(target: Path, chunks: Iterable[bytes], beside: bool) -> None:
    if not beside:
        with target.open("wb") as file:
            file.writelines(chunks)
        return
    with _beside(target) as (temporary, file):
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())
        rename(temporary, target)


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file in the same folder, open for writing; gone at the end unless it was renamed."""
    path = target.with_name(f"{BESIDE}{secrets.token_hex(8)}")
    # Opened once only: with the umask 0777 it can't be opened again.
    file = open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), "w+b")  # noqa: SIM115
    try:
        yield path, file
    finally:
        with contextlib.suppress(OSError):  # of a full disk, which was raised before
            file.close()
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def rename(temporary: Path, target: Path) -> None:
    """Put the file in the target's place, with its permissions; where it can't be renamed, its
    content only.
    """
    with contextlib.suppress(OSError):
        before = target.stat()
        temporary.chmod(stat.S_IMODE(before.st_mode))
        os.chown(temporary, before.st_uid, before.st_gid)
    try:
        temporary.replace(target)
    except OSError as error:
        if error.errno not in CANT_RENAME:
            raise
        with temporary.open("rb") as source, target.open("wb") as file:
            while chunk := source.read(1 << 20):
                file.write(chunk)
        temporary.unlink()
    with contextlib.suppress(OSError):  # so that the new name outlives a power failure
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
