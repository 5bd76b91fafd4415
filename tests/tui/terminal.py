"""Drives the real program in a real pseudo-terminal whose screen a terminal emulator reads."""

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psutil
import pyte

PATIENCE_S = 90.0
"""A deadline against hanging for ever; nothing that is tested depends on it."""
SHEET_TOP = re.compile(r"▊▔+▎")


class _Screen(pyte.Screen):
    """Passes over private sequences that pyte takes for others (the keyboard protocol's among
    them).
    """

    def report_device_status(self, mode: int, **private: Any) -> None: ...

    def set_margins(self, *given: Any, **private: Any) -> None: ...


class Terminal:
    """The program with these arguments in a terminal; `with` ends it and all that it has
    started.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 120,
        rows: int = 40,
        program: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.output = b""
        self._screen = _Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self.modes_before = self.modes
        self.seen: dict[int, psutil.Process] = {}
        # Where tests run side by side, theirs is the size of no terminal.
        inherited = {
            name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")
        }
        self._program = subprocess.Popen(
            [*(program or (sys.executable, "-m", "tui.cli")), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={
                **inherited,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                **(environment or {}),
            },
        )
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *error: object) -> None:
        if self.running:
            psutil.Process(self.pid).suspend()  # so that it starts nothing more while we look
        started = self.note()
        self._program.kill()
        for process in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._program.wait()
        self.hang_up()

    @property
    def pid(self) -> int:
        return self._program.pid

    @property
    def running(self) -> bool:
        return self._program.poll() is None

    @property
    def modes(self) -> list[Any]:
        """How the terminal treats what is typed and written (termios)."""
        return termios.tcgetattr(self._master)

    def text(self) -> str:
        """The screen, line by line."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def prose(self) -> str:
        """The screen as one line, for sentences that may be wrapped, and then once more what stands
        in an open sheet: there, the frame and what is behind it cut each line of a sentence.
        """
        lines = self.text().splitlines()
        frames = [SHEET_TOP.search(line) for line in lines]
        inside = [
            row[frame.start() + 1 : frame.end() - 1]
            for top, frame in enumerate(frames)
            if frame
            for row in lines[top + 1 :]
        ]
        return " ".join("\n".join([*lines, *inside]).split())

    def note(self) -> list[psutil.Process]:
        """Remember which processes belong to the program now, whoever adopts them later; returns
        all ever seen.
        """
        if self.running:
            for process in psutil.Process(self.pid).children(recursive=True):
                self.seen.setdefault(process.pid, process)
        return list(self.seen.values())

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, number: signal.Signals) -> None:
        self._program.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _read(self, within_s: float) -> bool:
        """Take in what was written; False once nothing more will come."""
        if not select.select([self._master], [], [], within_s)[0]:
            return True
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # what Linux says once the last writer is gone
            data = b""
        self.output += data
        self._stream.feed(self._decoder.decode(data))
        return bool(data)

    def until(self, holds: Callable[[], object]) -> None:
        """Read on until it holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, (
                f"it never came to this:\n{self.text()}\n{self.output[-1500:]!r}"
            )
            assert self._read(0.1) or holds(), f"the program ended first:\n{self.text()}"

    def wait_for(self, *texts: str) -> None:
        """Read on until all of these stand on the screen."""
        self.until(lambda: all(text in self.prose() for text in texts))

    def wait_for_exit(self) -> int:
        """Read to the end; returns the exit status, −n if signal n ended it."""
        deadline = time.monotonic() + PATIENCE_S
        while self._read(0.1):
            assert time.monotonic() < deadline, f"it never ended:\n{self.text()}"
        return self._program.wait(PATIENCE_S)


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left_over(processes: Sequence[psutil.Process], within_s: float) -> list[psutil.Process]:
    """Those still alive after at most so many seconds."""
    return [process for process in psutil.wait_procs(processes, within_s)[1] if alive(process)]
