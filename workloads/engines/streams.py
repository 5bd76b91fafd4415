"""Standard output and standard error of a process that runs tasks: whole lines, on their way before
the task ends.

The lane's process, its worker processes and the workers of a private Ray all write to one pipe,
which the app reads. Each line of a task begins with a mark of that task, as an escape code, which a
terminal wouldn't show: `workloads.lanes.log` reads it.
"""

import contextlib
import ctypes
import io
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

DESCRIPTORS = {"stdout": 1, "stderr": 2}

C_STREAMS = ("__stdoutp", "__stderrp") if sys.platform == "darwin" else ("stdout", "stderr")
RAYS_OWN = (b":job_id:", b":task_name:", b":actor_name:")
"""Lines that Ray prints into its workers' output for its log monitor, to say whose lines follow."""

Mark = Callable[[], str]
"""Gives the mark of the task that the calling thread runs: its number, or its engine's hex id of
it; empty for none. It is asked when a line is sent, so a task that prints nothing pays nothing.
"""

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

    def send(self, upto: int, mark: str = "") -> None:
        """Write the first bytes of what is kept, each line with the mark of its task."""
        data, self.kept = self.kept[:upto], self.kept[upto:]
        self.midline = not data.endswith(b"\n")
        if mark:
            code = b"\x1b]raytasks;%s;%d\x07" % (mark.encode(), os.getpid())
            data = code + data[:-1].replace(b"\n", b"\n" + code) + data[-1:]
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

    def __init__(
        self, descriptor: int, hidden: tuple[bytes, ...] = (), mark: Mark | None = None
    ) -> None:
        self._descriptor, self.hidden, self.mark = descriptor, hidden, mark
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
            self._send(end or len(rest.kept))
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
            self._send(len(rest.kept))

    def end_line(self) -> None:
        """Write what this thread has left, and an end of its line if that has none."""
        rest = self._mine.rest
        if rest.kept or rest.midline:
            rest.kept += b"\n"
            self._send(len(rest.kept))

    def _send(self, upto: int) -> None:
        mark = ""
        if self.mark is not None:
            with contextlib.suppress(Exception):  # Ray may be shutting down
                mark = self.mark()
        self._mine.rest.send(upto, mark)

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def writable(self) -> bool:
        """True."""
        return True


def own(mark: Mark | None = None, hidden: tuple[bytes, ...] = ()) -> None:
    """Have this process print in whole lines, its C code too, those of Python with the task's
    `mark`, and leave out writes that begin with one of `hidden`.
    """
    for name, descriptor in DESCRIPTORS.items():
        _replace(name, WholeLines(descriptor, hidden, mark))
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


def join(log: str, mark: Mark) -> None:
    """Have this process print into the file at that path: the pipe of a lane on this machine."""
    with contextlib.suppress(OSError):
        descriptor = os.open(log, os.O_WRONLY)
        for standard in DESCRIPTORS.values():
            os.dup2(descriptor, standard)
        os.close(descriptor)
        own(mark, RAYS_OWN)


def _replace(name: str, lines: WholeLines) -> None:
    current = getattr(sys, f"__{name}__", None)
    encoding, errors = (
        getattr(current, "encoding", "utf-8"),
        getattr(current, "errors", "backslashreplace"),
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
            buffer = getattr(getattr(sys, f"__{name}__", None), "buffer", None)
            hidden, mark = getattr(buffer, "hidden", ()), getattr(buffer, "mark", None)
            _replace(name, WholeLines(descriptor, hidden, mark))
