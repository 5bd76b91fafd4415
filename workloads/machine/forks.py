"""Processes that a task forks from one that has signal handlers of its own."""

import os
import signal
from functools import partial

HELD = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def give_back_signals() -> None:
    """Have signals end what this process forks from now on, from its first moment, as they end any
    program; for good. Main thread only.

    CPython forgets in a new process the signals that came before its own code runs, if they have a
    handler in Python: whoever sent one would wait for ever. So they are held meanwhile.
    """
    hold, release = (
        partial(signal.pthread_sigmask, how, HELD) for how in (signal.SIG_BLOCK, signal.SIG_UNBLOCK)
    )
    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=_forget)


def _forget() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
