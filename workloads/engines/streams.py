"""Standard output and standard error of a process that runs tasks: whole lines, on their way before
the task ends.

The lane's process, its worker processes and the workers of a private Ray all write to one pipe,
which the app reads.
"""

import contextlib
import ctypes
import io
import os
import sys
import threading
from typing import Any

DESCRIPTORS = {"stdout": 1, "stderr": 2}

C_STREAMS = ("__stdoutp", "__stderrp") if sys.platform == "darwin" else ("stdout", "stderr")
RAYS_OWN = (b":job_id:", b":task_name:", b":actor_name:")
"""Lines that Ray prints into its workers' output for its log monitor, to say whose lines follow."""

LINE_BUFFERED = 1
"""C's _IOLBF, on Linux and macOS alike."""


class _Rest:
    """Text that a thread has written and isn't sent yet, and whether the last bytes sent left a
    line without end.

    A thread that ends drops its own, which then sends what it holds.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.pid = descriptor, os.getpid()
        self.kept = b""
        self.midline = False

    def send(self, upto: int) -> None:
        """Write the first bytes of what is kept."""
        data, self.kept = self.kept[:upto], self.kept[upto:]
        self.midline = not data.endswith(b"\n")
        view = memoryview(data)
        while view:
            view = view[os.write(self.descriptor, view) :]

    def __del__(self) -> None:
        # In a process that a task forked, the other threads' text is its parent's.
        with contextlib.suppress(Exception):
            if self.kept and os.getpid() == self.pid:
                self.send(len(self.kept))


class _Mine(threading.local):
    """Each thread's own."""

    def __init__(self, descriptor: int) -> None:
        self.rest = _Rest(descriptor)


class WholeLines(io.BufferedIOBase):
    """Writes to a descriptor line by line, so that lines of several threads and processes don't get
    mixed.

    What a thread writes is kept until its line ends, or the thread flushes. PYTHONUNBUFFERED, which
    many containers set, has Python write a line and its end one by one. Writes that begin with one
    of `hidden` are left out.
    """

    def __init__(self, descriptor: int, hidden: tuple[bytes, ...] = ()) -> None:
        self._descriptor, self.hidden = descriptor, hidden
        self._mine = _Mine(descriptor)

    def write(self, data: Any, /) -> int:
        """Take bytes; write those up to the last end of a line."""
        given = bytes(data)
        if given.startswith(self.hidden):
            return len(given)
        rest = self._mine.rest
        rest.kept += given
        end = rest.kept.rfind(b"\n") + 1
        if end or len(rest.kept) > io.DEFAULT_BUFFER_SIZE:
            rest.send(end or len(rest.kept))
        return len(given)

    def flush(self) -> None:
        """Write what this thread has left, but of a line that is drawn again and again only its
        last state at its end.

        Between two states of a progress bar the lines of other threads and processes would get into
        it.
        """
        rest = self._mine.rest
        if b"\r" in rest.kept:
            *earlier, last = rest.kept.split(b"\r")
            rest.kept = b"\r" + last if last else next(filter(None, reversed(earlier)), b"") + b"\r"
        elif rest.kept:
            rest.send(len(rest.kept))

    def end_line(self) -> None:
        """Write what this thread has left, and an end of its line if that has none."""
        rest = self._mine.rest
        if rest.kept or rest.midline:
            rest.kept += b"\n"
            rest.send(len(rest.kept))

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def writable(self) -> bool:
        """True."""
        return True


def own(hidden: tuple[bytes, ...] = ()) -> None:
    """Have this process print in whole lines, its C code too, and leave out writes that begin with
    one of `hidden`.
    """
    for name, descriptor in DESCRIPTORS.items():
        _replace(name, descriptor, hidden)
    with contextlib.suppress(OSError, AttributeError, ValueError):
        library = ctypes.CDLL(None)
        library.malloc.restype = ctypes.c_void_p
        library.malloc.argtypes = [ctypes.c_size_t]
        for symbol in C_STREAMS:
            # PYTHONUNBUFFERED leaves C a buffer of one byte. This one is C's own: it writes from it
            # after Python ended.
            buffer = ctypes.c_void_p(library.malloc(io.DEFAULT_BUFFER_SIZE))
            stream = ctypes.c_void_p.in_dll(library, symbol)
            library.setvbuf(stream, buffer, LINE_BUFFERED, ctypes.c_size_t(io.DEFAULT_BUFFER_SIZE))


def join(log: str) -> None:
    """Have this process print into the file at that path: the pipe of a lane on this machine."""
    with contextlib.suppress(OSError):
        descriptor = os.open(log, os.O_WRONLY)
        for standard in DESCRIPTORS.values():
            os.dup2(descriptor, standard)
        os.close(descriptor)
        own(RAYS_OWN)


def _replace(name: str, descriptor: int, hidden: tuple[bytes, ...] = ()) -> None:
    current = getattr(sys, f"__{name}__", None)
    encoding, errors = (
        getattr(current, "encoding", "utf-8"),
        getattr(current, "errors", "backslashreplace"),
    )
    lines = WholeLines(
        descriptor, hidden or getattr(getattr(current, "buffer", None), "hidden", ())
    )
    stream = io.TextIOWrapper(lines, encoding, errors, newline="\n", write_through=True)  # type: ignore[type-var]
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def end_lines() -> None:
    """Send on what a task has printed, its last line too; it may have closed a stream, or put
    another in its place.
    """
    for name, descriptor in DESCRIPTORS.items():
        try:
            stream = getattr(sys, name)
            buffer = getattr(stream, "buffer", None)
            if type(buffer) is WholeLines and not stream.closed:
                buffer.end_line()
            else:
                stream.flush()
        except Exception:
            _replace(name, descriptor)
