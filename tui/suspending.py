"""Ctrl+Z: stops this process and all others in front of the terminal (`uv run`, a script), as the
terminal would.
"""

import contextlib
import os
import signal
import sys
import time
from types import FrameType


def has_shell() -> bool:
    """True if somebody is there who can continue what is stopped: a parent in this session, outside
    our group.
    """
    import psutil  # which the first paint can do without

    pid = os.getpid()
    with contextlib.suppress(psutil.Error, OSError):
        while pid > 1:
            pid = psutil.Process(pid).ppid()
            if os.getsid(pid) != os.getsid(0):
                return False
            if os.getpgid(pid) != os.getpgrp():
                return True
    return False


def stop_group() -> float:
    """Stop this process's group until it is continued; returns after how many seconds that was.
    Main thread only.

    Returns 0 where the system doesn't stop it, as no shell looks after it.
    """
    continued: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        continued.append(number)

    wakeup = signal.set_wakeup_fd(-1)  # the loop is not to hear of this SIGCONT
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL), signal.signal(signal.SIGCONT, note)
    start = time.monotonic()
    try:
        os.kill(0, signal.SIGTSTP)
        time.sleep(0.01)  # the stop, or the word of its end, may take a moment
        if not continued:
            return 0.0
        return time.monotonic() - start
    finally:
        for number, handler in zip((signal.SIGTSTP, signal.SIGCONT), before, strict=True):
            signal.signal(number, handler or signal.SIG_DFL)
            signal.siginterrupt(number, False)  # as asyncio sets it
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)


def in_front() -> bool:
    """True if the terminal is ours to use: it is another's after `bg`, and nobody's once its shell
    has ended.
    """
    try:
        return sys.__stdin__ is None or os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
