"""Sends a lane's events to the app, as lines of JSON."""

import contextlib
import os
import queue
import threading

import msgspec

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.lanes.ending import GRACE_S
from workloads.machine import clock

FLUSH_S = 0.02


class EventWriter:
    """Sends events from a thread of its own, so that no engine ever waits for a slow reader."""

    def __init__(self, descriptor: int, lane: str) -> None:
        self._descriptor, self._lane = descriptor, lane
        self._queue: queue.SimpleQueue[ev.AnyEvent | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._pump, daemon=True, name="events")
        self._thread.start()

    def __call__(self, event: ev.AnyEvent) -> None:
        """Send the event soon."""
        self._queue.put(event)

    def _pump(self) -> None:
        ended = False
        while not ended:
            batch = [self._queue.get()]
            clock.sleep(FLUSH_S)  # what happens together travels together
            with contextlib.suppress(queue.Empty):
                while True:
                    batch.append(self._queue.get_nowait())
            ended = None in batch
            view = memoryview(
                b"".join(_line(_named(event, self._lane)) for event in batch if event is not None)
            )
            with contextlib.suppress(OSError):  # nobody reads any more: standard input will tell
                while view:
                    view = view[os.write(self._descriptor, view) :]

    def close(self) -> None:
        """Send what is left."""
        self._queue.put(None)
        self._thread.join(GRACE_S)


def _named(event: ev.AnyEvent, lane: str) -> ev.AnyEvent:
    # Every engine makes events without the lane's name: it doesn't know it. Structs are frozen for
    # their readers; here they are still being made.
    msgspec.structs.force_setattr(event, "lane", lane)
    return event


def _line(event: ev.AnyEvent) -> bytes:
    """The event as a line; an event that says why takes the place of one that JSON can't hold."""
    try:
        return ev.encode([event])
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        why = plain(str(error).encode("utf-8", "replace").decode(), 300)
    if isinstance(event, ev.Finished):
        instead: ev.AnyEvent = ev.Failed(
            t=event.t,
            lane=event.lane,
            task=event.task,
            worker=event.worker,
            start=event.start,
            attempt=event.attempt,
            error="NotJSON",
            message=f"the result can't be serialized to JSON: {why}",
        )
    elif isinstance(event, ev.RunEnded):
        instead = msgspec.structs.replace(
            event,
            status="failed",
            answer=None,
            message=f"The answer can't be serialized to JSON: {why}",
        )
    else:
        instead = ev.Logged(
            t=event.t, lane=event.lane, text=f"an event can't be serialized to JSON: {why}"
        )
    return ev.encode([instead])
