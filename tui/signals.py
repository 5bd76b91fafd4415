"""Signals to the program: an orderly end at whatever moment they come, and a stop of everything."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from tui.suspending import has_shell, in_front, stop_group

if TYPE_CHECKING:
    from textual.driver import Driver

    from tui.app import RaytasksApp

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

BACKSTOP_S = 30.0
"""Seconds after a signal at which the kernel ends a program that can't: a terminal may never take
its last words.
"""


class Heeded:
    """The effect of signals while this is entered: before a loop runs they end the program by
    SystemExit; then they call what `call` was given, in the loop; after it they only see to it that
    the program ends within BACKSTOP_S.

    The exit status for signal n is 128 + n. Main thread only.
    """

    def __init__(self, *more: signal.Signals) -> None:
        """`more` are to be heeded beside ENDING."""
        self._numbers = (*ENDING, *more)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: Callable[[int], object] = lambda status: None
        self._before: list[tuple[signal.Signals, Any]] = []

    def __enter__(self) -> "Heeded":
        for number in self._numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                self._before.append((number, signal.signal(number, self._on_signal)))
        return self

    def __exit__(self, *error: object) -> None:
        self.settled()
        for number, handler in self._before:
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def call(self, end: Callable[[int], object]) -> None:
        """From now on have `end` called with the exit status, in the running loop."""
        self._loop, self._end = asyncio.get_running_loop(), end

    def settled(self) -> None:
        """The signals so far are obeyed: what is still to be written must not be cut off."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._loop is None:
            raise SystemExit(128 + number)
        # Not by the loop alone: that may wait for a terminal that doesn't read.
        signal.setitimer(signal.ITIMER_REAL, BACKSTOP_S)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end, 128 + number)


def heed_stop(suspend: Callable[[], object], continued: Callable[[], object] | None = None) -> None:
    """Have SIGTSTP call `suspend` in the running loop, in which nothing else goes on then, and
    SIGCONT `continued`.
    """
    loop = asyncio.get_running_loop()
    with contextlib.suppress(
        NotImplementedError, RuntimeError, ValueError
    ):  # not in the main thread
        loop.add_signal_handler(signal.SIGTSTP, suspend)
        if continued:
            loop.add_signal_handler(signal.SIGCONT, continued)


def take_again(app: "RaytasksApp") -> None:
    """After a SIGSTOP, which nobody can heed: whoever had the terminal meanwhile may have changed
    it.
    """
    driver = app._driver
    if driver is None or not driver.can_suspend or app.leaving or not in_front():
        return
    driver.suspend_application_mode()
    driver.resume_application_mode()
    app.refresh(layout=True)


def suspend(app: "RaytasksApp") -> None:
    """Give the terminal back, stop the lanes and all in front of the terminal; go on from there
    when continued.
    """
    driver = app._driver
    if driver is None or not driver.can_suspend or app.leaving:
        return
    if not has_shell():
        app.warn("Can't suspend: no shell could resume the program.")
        return
    if app.opened:
        app.session.suspend()
    app.app_suspend_signal.publish(app)
    driver.suspend_application_mode()
    _stop(app, driver, time.monotonic())


def _stop(app: "RaytasksApp", driver: "Driver", since: float) -> None:
    """Stop everything in front of the terminal, and draw again when it is continued there."""
    if not app.leaving:
        stopped_s = stop_group()
        if not in_front():
            if not stopped_s:
                app.leave(128 + signal.SIGHUP)  # its shell has gone, and left it in the background
            # In the background (`bg`) it can't draw, so it stops again; but signals that came with
            # it are heard first.
            asyncio.get_running_loop().call_soon(_stop, app, driver, since)
            return
    if app.opened:
        app.session.resume(time.monotonic() - since)
    if app.leaving:  # without the terminal, which the shell has
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        return
    driver.resume_application_mode()
    app.app_resume_signal.publish(app)
    app.refresh(layout=True)
