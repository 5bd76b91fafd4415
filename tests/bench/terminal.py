"""A program in a pseudo-terminal whose output is read and thrown away at once, as cheaply as can
be.
"""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Sequence
from types import TracebackType

import psutil

CLOSE_S = 15.0


class Terminal:
    """Starts a program in a pseudo-terminal of `size` (columns, rows); a thread drains what it
    writes.

    Only after `listen()` is the output kept, so that waiting for a text costs nothing the rest of
    the time.
    """

    def __init__(self, command: Sequence[str], size: tuple[int, int] = (120, 40)) -> None:
        self._master, slave = pty.openpty()
        self._resize(slave, size)
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._heard = threading.Condition()
        self._kept: bytearray | None = None
        self._chunks: list[tuple[float, int]] = []
        self.bytes_read = 0
        self.spawned = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(
                0, termios.TIOCSCTTY, 0
            ),  # so that a resize is signalled
        )
        os.close(slave)
        self._drain = threading.Thread(target=self._read, daemon=True)
        self._drain.start()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def process(self) -> psutil.Process:
        """The program's process."""
        return psutil.Process(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    @staticmethod
    def _resize(descriptor: int, size: tuple[int, int]) -> None:
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def resize(self, size: tuple[int, int]) -> None:
        """Make the terminal that many columns by rows."""
        self._resize(self._master, size)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                data = b""
            now = time.perf_counter()
            with self._heard:
                self.bytes_read += len(data)
                if self._kept is not None:
                    self._kept += data
                    self._chunks.append((now, len(self._kept)))
                self._heard.notify_all()
            if not data:
                return

    def listen(self) -> None:
        """Keep what is written from now on."""
        with self._heard:
            self._kept, self._chunks = bytearray(), []

    def write(self, keys: bytes) -> float:
        """Type these keys; returns when (perf_counter)."""
        now = time.perf_counter()
        os.write(self._master, keys)
        return now

    def wait_for(self, marker: bytes, within_s: float = 120.0) -> float | None:
        """When (perf_counter) the marker had been written after `listen`; None if it
        isn't in time.
        """
        deadline = time.perf_counter() + within_s
        searched = 0
        with self._heard:
            while self._kept is not None:
                found = self._kept.find(marker, max(0, searched - len(marker)))
                if found >= 0:
                    end = found + len(marker)
                    return next(stamp for stamp, upto in self._chunks if upto >= end)
                searched = len(self._kept)
                left = deadline - time.perf_counter()
                if left <= 0 or (not self._drain.is_alive() and self._process.poll() is not None):
                    return None
                self._heard.wait(min(left, 0.5))
        return None

    def first_output(self) -> float | None:
        """When (perf_counter) the first bytes after `listen` came."""
        with self._heard:
            return self._chunks[0][0] if self._chunks else None

    def last_output(self, still_s: float = 0.1, within_s: float = 5.0) -> float | None:
        """When (perf_counter) the last bytes came before nothing was written for `still_s`; None if
        nothing was written since `listen`.
        """
        deadline = time.perf_counter() + within_s
        with self._heard:
            while time.perf_counter() < deadline:
                before = len(self._chunks)
                self._heard.wait(still_s)
                if before and len(self._chunks) == before:
                    return self._chunks[-1][0]
        return None

    def heard(self) -> bytes:
        """What was written since `listen`."""
        with self._heard:
            return bytes(self._kept or b"")

    def close(self) -> None:
        """Ask the program to quit; end it and all it started if it doesn't."""
        with contextlib.suppress(OSError):
            os.write(self._master, b"q")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_S)
        self.kill()

    def kill(self) -> None:
        """End the program and all it started at once."""
        with contextlib.suppress(psutil.Error):
            root = self.process
            root.suspend()  # so that it starts nothing more while we look
            for child in root.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    child.kill()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._drain.join(2.0)
        with contextlib.suppress(OSError):
            os.close(self._master)
        self._master = -1
