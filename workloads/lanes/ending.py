"""The end of a lane process: what asks for it (signals, the end of its input), and the deadline for
it.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from types import FrameType

import psutil

from workloads.machine import clock, forks, tagged

GRACE_S = 6.0
"""Seconds that an orderly end may take before everything is killed."""

BACKSTOP_S = 2.0
"""Seconds after GRACE_S at which the kernel ends a process in which no Python can run any more."""

LOOK_EVERY_S = 0.1

KILL_S = 1.0
"""Seconds that what was killed may take to be gone: less than BACKSTOP_S."""

PR_SET_PDEATHSIG = 1

ENDING = (signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Calls `end` once, in a thread of its own, when the lane should end, and kills everything
    after GRACE_S.

    A signal handler runs in the main thread between any two bytecodes, where that thread may hold
    any lock. So handlers here only write a byte to a pipe; everything else is done by the thread
    that reads it. The thread is started first, as there may be none to be had later. Main thread
    only; raises RuntimeError if the system has no thread left.
    """

    def __init__(
        self,
        end: Callable[[], None],
        inside: Callable[[], bool],
        tag: int | None = None,
        parent: int | None = None,
    ) -> None:
        """`inside` tells whether the main thread is in a task: there SIGINT is the task's
        KeyboardInterrupt. `tag` is that of the lane's processes, if they have one; `parent` is the
        process that ends what the lane leaves, as long as it lives.
        """
        self._end, self._inside, self._tag, self._parent = end, inside, tag, parent
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        threading.Thread(target=self._await, daemon=True, name="ending").start()
        forks.give_back_signals()
        self.install()

    def install(self) -> None:
        """Set the handlers; again after a library (Ray) has set its own."""
        # The interpreter itself writes to this, also while the main thread is in C.
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in ENDING:
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGINT, self._on_interrupt)

    def begin(self) -> None:
        """Have the lane end; called from any thread, and by signal handlers."""
        try:
            os.write(self._write, bytes([signal.SIGTERM]))
        except BlockingIOError:
            return  # full: the thread has enough to read
        except OSError:  # a task has closed every descriptor: the lane can't speak any more either
            end_everything(self._tag)

    def over(self) -> None:
        """All is done: a signal must not spoil the exit status any more; the timer still ends what
        hangs.
        """
        for number in (*ENDING, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.begin()

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._inside():
            raise KeyboardInterrupt
        self.begin()

    def _await(self) -> None:
        asked = False
        with contextlib.suppress(OSError):
            while (
                not asked
            ):  # other signals, such as the serial lane's SIGUSR1, are written here too
                asked = any(number in ENDING for number in os.read(self._read, 64))
        signal.setitimer(signal.ITIMER_REAL, GRACE_S + BACKSTOP_S)
        _continue_all(self._tag)
        self._end()
        self._wait()
        end_everything(self._tag)

    def _wait(self) -> None:
        """Wait for GRACE_S; where the parent is gone, or goes, a guard does from then on what it
        would have done.
        """
        deadline, guarded = clock.Deadline(GRACE_S), self._parent is None or self._tag is None
        while not deadline.passed():
            if not guarded and os.getppid() != self._parent:
                guarded = True
                _start_guard(self._tag)
            clock.sleep(LOOK_EVERY_S)


def continue_with_parent() -> None:
    """Have the kernel continue this process if it is stopped (ctrl+z) when its parent is killed, so
    that it can end.

    Only Linux can. The parent's thread counts as the parent: one that ends earlier does no harm.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGCONT)


def _start_guard(tag: int | None) -> None:
    command = [sys.executable, "-P", "-m", "workloads.lanes.guard", str(os.getpid()), str(tag)]
    with contextlib.suppress(OSError):  # no room for it
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **clock.handed_on()},
        )


def _continue_all(tag: int | None) -> None:
    """Continue what this process started: what is stopped can't be ended in order."""
    if tag is not None:
        tagged.resume([tag])
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_STOPPED:
                process.resume()


def end_everything(tag: int | None) -> None:
    """Kill what this process started, and itself: the last resort when asking took too long.

    With the `tag` of the lane's processes also those that are being started meanwhile, by one whose
    turn to be killed comes next.
    """
    if tag is not None:
        tagged.kill([tag], KILL_S, spared=[os.getpid()])
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
    os._exit(1)
