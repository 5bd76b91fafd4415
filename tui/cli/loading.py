"""Loads the program: meanwhile Ctrl+C ends it without a word, as there is nothing to put in order
yet, and no garbage is collected, as nothing that is loaded is any.
"""

import atexit
import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

atexit.register(gc.freeze)  # nor at the end: the system takes it all


@contextmanager
def ending_at_once() -> Iterator[None]:
    """SIGINT ends the process meanwhile; KeyboardInterrupt in an import would show a traceback."""
    usual = signal.default_int_handler
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not usual
    ):
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collections meanwhile, which take 5% of the time of imports."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
