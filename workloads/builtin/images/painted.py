"""The painted pictures as files: made once, by several processes at once, and kept in the user's
cache.

The image workload takes its pictures from here when it is given none. Each process that paints is
`python -m workloads.builtin.images.painted`: it takes the next picture that nobody is painting,
under a lock on that picture, so that two runs at once share the work, and a killed one leaves no
lock behind.
"""

import contextlib
import errno
import fcntl
import io
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from workloads.builtin.images.cache import cache_folder, make_folder
from workloads.core.errors import BadInput, RaytasksError, plain

WIDTH, HEIGHT = 4000, 3000
COUNT = 60
"""The number of images."""

FAMILIES = ("mountains", "fractal", "nebula", "sea")
"""Kinds of images: number n (from 0) is a FAMILIES[n % 4]."""

VERSION = 1
"""To be raised when `scenes` paints differently: pictures of two versions mustn't mix."""

QUALITY = 90
MEMORY = 400 << 20
"""Bytes that a process needs to paint a picture of WIDTH × HEIGHT."""

POLL_S = 0.1


def folder() -> Path:
    """Where the pictures are kept: below the user's cache, or below RAYTASKS_CACHE where that is
    set.
    """
    return cache_folder() / f"painted-{VERSION}"


def paint_all(
    count: int,
    report: Callable[[int, int], None],
    stop: Callable[[], bool] = lambda: False,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    workers: int | None = None,
) -> list[str]:
    """Paint those of the first `count` pictures that are not there yet; returns the files' paths in
    order.

    `report(done, count)` is called at once, with those that are there, and after each that is
    added. When `stop()` turns true the painting ends within about 0.1 s, and only the pictures that
    are there are returned. `workers` is how many processes paint (default: as many as CPUs and
    memory allow). Another `size`, (width, height) in pixels, than the usual has a folder of its
    own. Raises BadInput if they can't be kept, RaytasksError if the processes that paint fail.
    """
    if not 1 <= count <= COUNT:
        raise BadInput(f"There are 1 to {COUNT} generated images; got {count}.")
    home = folder()
    width, height = size
    if size != (WIDTH, HEIGHT):
        home /= f"{width}x{height}"
    missing = {number for number in range(count) if not _whole(_file(home, number))}
    report(count - len(missing), count)
    if missing and not stop():
        try:
            make_folder(home)
            _sweep(home)
        except OSError as error:
            raise _unusable(home, error.strerror) from None
        command = [
            sys.executable,
            "-P",
            "-m",
            __name__,
            str(home),
            *map(str, (width, height, *sorted(missing))),
        ]
        with _painters(command, min(len(missing), workers or _processes()), home) as reports:
            for number in _painted_numbers(reports, home):
                if number in missing:  # each of the painters tells of each picture
                    missing.discard(number)
                    report(count - len(missing), count)
                if not missing or stop():
                    break
    return [str(_file(home, number)) for number in range(count) if number not in missing]


def _file(home: Path, number: int) -> Path:
    return home / f"{number + 1:02d}-{FAMILIES[number % len(FAMILIES)]}.jpg"


def _whole(file: Path) -> bool:
    """True if the file begins and ends as a JPEG does: a crash of the machine, or another program,
    may have torn it.
    """
    try:
        with file.open("rb") as opened:
            begins = opened.read(2) == b"\xff\xd8"
            opened.seek(-2, os.SEEK_END)
            return begins and opened.read() == b"\xff\xd9"
    except OSError:
        return False


def _unusable(home: Path, why: str | None) -> BadInput:
    return BadInput(
        f"Can't save the generated images in {plain(home, 300)}: {plain(why)}; "
        "name another folder in the environment variable RAYTASKS_CACHE."
    )


def _processes() -> int:
    import psutil

    from workloads.machine.host import usable_cpus

    return max(1, min(usable_cpus(), psutil.virtual_memory().available // MEMORY))


@contextlib.contextmanager
def _painters(command: list[str], count: int, home: Path) -> Iterator[int]:
    """Have `count` processes paint; gives the descriptor on which they tell. In the end nothing of
    them is left.

    They are not multiprocessing's: those run the caller's main module once more, and outlive a
    killed caller.
    """
    reports, report = os.pipe()
    painters: list[subprocess.Popen[bytes]] = []
    try:
        try:
            while len(painters) < count:
                # Their standard input ends when this process does, in whatever way, and they end
                # with it. In a group of their own they don't get the terminal's ctrl+c, which is
                # for this process.
                painters.append(
                    subprocess.Popen(command, stdin=subprocess.PIPE, stdout=report, process_group=0)
                )
        except OSError as error:
            raise RaytasksError(
                f"Can't start a process to generate images: {error.strerror}."
            ) from None
        finally:
            os.close(report)
        yield reports
    finally:
        os.close(reports)
        for painter in painters:
            painter.kill()
            painter.communicate()
        with contextlib.suppress(OSError):
            _sweep(home)


def _painted_numbers(descriptor: int, home: Path) -> Iterator[int | None]:
    """The number of each picture that is there, as the painters tell; None whenever they say
    nothing for POLL_S.
    """
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    torn = b""
    while True:
        if not ready.poll(POLL_S * 1000):
            yield None
            continue
        data = os.read(descriptor, 4096)
        if not data:
            raise RaytasksError(
                "The processes that generate images ended before they had finished."
            )
        *lines, torn = (torn + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            if word == "there":
                yield int(rest)
            elif word == "unusable":
                raise _unusable(home, rest)
            else:
                raise RaytasksError(f"Can't generate an image: {plain(rest, 300)}.")


def _sweep(home: Path) -> None:
    """Remove what killed painters had begun to write."""
    with _locks(home) as locks:
        for part in home.glob(".[0-9][0-9]-*.part"):
            number = int(part.name[1:3]) - 1
            if _take(locks, number):
                part.unlink(missing_ok=True)
                _release(locks, number)


def _locks(home: Path) -> IO[bytes]:
    """The file whose byte n is locked while picture n is painted; it stays, for its name must mean
    one file.
    """
    return (home / ".lock").open("ab")


def _take(locks: IO[bytes], number: int, wait: bool = False) -> bool:
    """Take the lock on a picture; False if another process has it and we don't wait. It ends with
    this process.
    """
    how = fcntl.LOCK_EX
    if not wait:
        how |= fcntl.LOCK_NB
    try:
        fcntl.lockf(locks, how, 1, number)
    except OSError as error:
        # Some network file systems have no locks: there a picture may be painted twice, but is
        # never torn.
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


def _release(locks: IO[bytes], number: int) -> None:
    with contextlib.suppress(OSError):
        fcntl.lockf(locks, fcntl.LOCK_UN, 1, number)


def _paint_missing(
    home: Path, width: int, height: int, numbers: list[int], tell: Callable[[int], None]
) -> None:
    """See to it that all these pictures are there, telling of each; waits for others only when
    nothing else is left.
    """
    waiting, wait = list(numbers), False
    with _locks(home) as locks:
        while waiting:
            before = len(waiting)
            for number in list(waiting):
                file = _file(home, number)
                if not _whole(file):
                    if not _take(locks, number, wait):
                        continue
                    try:
                        if not _whole(file):  # by now
                            _write(file, number, width, height)
                    finally:
                        _release(locks, number)
                waiting.remove(number)
                wait = False
                tell(number)
            wait = len(waiting) == before


def _write(file: Path, number: int, width: int, height: int) -> None:
    from workloads.builtin.images import scenes

    jpeg = io.BytesIO()
    scenes.paint(number, width, height).save(jpeg, "JPEG", quality=QUALITY)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(jpeg.getbuffer())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def main() -> None:
    """A process that paints: FOLDER WIDTH HEIGHT NUMBER… It tells on its standard output what
    `_told` reads.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    threading.Thread(target=_end_with_caller, daemon=True).start()
    home, width, height, *numbers = sys.argv[1:]
    try:
        _paint_missing(
            Path(home), int(width), int(height), [*map(int, numbers)], lambda n: _tell(f"there {n}")
        )
    except OSError as error:
        _tell(f"unusable {plain(error.strerror, 300)}")
    except Exception as error:
        traceback.print_exc()
        _tell(f"failed {type(error).__name__}: {plain(error, 300)}")


def _tell(line: str) -> None:
    os.write(1, f"{line}\n".encode("utf-8", "replace"))


def _end_with_caller() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
