"""Events that the processes engine makes by itself: a task was submitted, or failed on its way."""

import msgspec

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.engines.measure import trace
from workloads.machine import clock

HANDFUL_BYTES = 1 << 16
"""Tasks larger than this don't travel together, and only one goes ahead: a worker holds the bytes
of all that it was sent. Their size is recorded.
"""

BATCH_BYTES = 1 << 26
"""Larger tasks don't travel together, not even in a batch that was asked for."""


def submitted(number: int, attempt: int, sent: int, pickle_s: float) -> ev.Submitted:
    """A task of so many bytes was submitted; the size of a small one is of no interest."""
    event = ev.Submitted(t=clock.now(), task=number, attempt=attempt)
    if sent <= HANDFUL_BYTES:
        return event
    return msgspec.structs.replace(event, sent_bytes=sent, pickle_s=pickle_s)


def failed(number: int, attempt: int, what: str, error: Exception, worker: int = -1) -> ev.Failed:
    """A task, or what it returned on that worker (-1: on none), can't be pickled or unpickled."""
    return ev.Failed(
        t=clock.now(),
        task=number,
        worker=worker,
        attempt=attempt,
        error=type(error).__name__,
        message=f"{what}: {plain(error, 500)}",
        traceback=trace(error),
    )
