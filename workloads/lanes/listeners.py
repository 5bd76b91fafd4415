"""Those who hear a race's events: the session, the recording, the progress of a headless run."""

import traceback
from collections.abc import Callable, Iterable

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.machine import clock

Listener = Callable[[ev.AnyEvent], object]


class Listeners:
    """Calls each of them with every event. What one of them raises is the others' no concern."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self._listeners = list(listeners)
        self._faulty: list[Listener] = []

    def add(self, listener: Listener) -> None:
        """Have `listener` called with every event from now on."""
        self._listeners.append(listener)

    def remove(self, listener: Listener) -> None:
        """Have `listener` called no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def hear(self, events: list[ev.AnyEvent]) -> None:
        """Hand on some events."""
        for listener in list(self._listeners):
            for event in events:
                try:
                    listener(event)
                except (
                    Exception
                ) as error:  # it costs the listener this event, and nobody else anything
                    self._report(listener, event, error)

    def _report(self, listener: Listener, event: ev.AnyEvent, error: Exception) -> None:
        """Log a listener's first failure, for all listeners: further ones would fill the log."""
        if listener in self._faulty:
            return
        self._faulty.append(listener)
        traceback.print_exception(error)
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {plain(error, 300)} ({where.filename}:{where.lineno})"
        tag = event.__struct_config__.tag
        text = f"A listener failed on the event {tag}: {what}. Further failures aren't logged."
        self.hear([ev.Logged(t=clock.now(), text=text)])
