"""The checks that an event of a lane must pass to be folded: it is of this run, of one of its
tasks, at a possible time.

A recording may hold any JSON. `bounds` looks at an event alone, this module at the lane's ledger
too.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workloads.core import events as ev
from workloads.core.draining import BUSY
from workloads.ledger.bounds import MAX_SECONDS, MAX_TASKS, MAX_WORKERS

if TYPE_CHECKING:
    from workloads.ledger.lane import Lane

Attempted = ev.Submitted | ev.Started | ev.Progressed | ev.Finished | ev.Failed | ev.Retried

MAX_BEFORE_NS = 3600 * 10**9
"""Nanoseconds before its run at which a task can seem to start, by another machine's clock."""

MAX_AFTER_NS = int(MAX_SECONDS) * 10**9
"""Nanoseconds after the start of its run at which a task's event can be."""

MAX_ATTEMPTS = 256


def _is_of_run(lane: "Lane", event: ev.LaneReady | ev.RunStarted | ev.RunEnded) -> bool:
    """False for a run that was cancelled before it was ready."""
    if event.run < lane.run:
        return False
    lane.run = event.run
    return True


def _is_new_run(lane: "Lane", event: ev.LaneReady | ev.RunStarted) -> bool:
    return (
        _is_of_run(lane, event)
        and 0 <= event.tasks <= MAX_TASKS
        and 1 <= event.workers <= MAX_WORKERS
    )


def _is_worker(lane: "Lane", event: ev.WorkerJoined) -> bool:
    return event.pid >= 0 and _is_of_worker(lane, event)


def _is_of_worker(lane: "Lane", event: ev.WorkerJoined | ev.WorkerLost) -> bool:
    return -1 <= event.worker < MAX_WORKERS


def _is_of_lane(lane: "Lane", event: ev.Intervened) -> bool:
    return lane.ended is None and -1 <= event.worker < MAX_WORKERS


def _is_actor(lane: "Lane", event: ev.ActorStarted) -> bool:
    return (
        lane.zero is not None
        and lane.ended is None
        and 0 <= event.worker < MAX_WORKERS
        and 0 <= event.calls <= lane.tasks.count
        and lane.earliest <= event.t <= lane.latest
    )


def _is_of_task(lane: "Lane", event: ev.TaskEvent) -> bool:
    return (
        lane.ended is None
        and 0 <= event.task < lane.tasks.count
        and lane.earliest <= event.t <= lane.latest
    )


def _is_of_driver(lane: "Lane", event: ev.DriverChanged) -> bool:
    return (
        lane.zero is not None
        and lane.ended is None
        and lane.zero <= event.t <= lane.latest
        and event.tasks >= 0
        and all(0 <= getattr(event, f"{state}_s") <= MAX_SECONDS for state in (*BUSY, "cpu"))
    )


def _is_put(lane: "Lane", event: ev.Stored) -> bool:
    count = lane.tasks.count
    readers = all(0 <= first <= last < count for first, last in event.readers)
    return readers and _is_of_task(lane, event)


def _is_submission(lane: "Lane", event: ev.Submitted) -> bool:
    return (
        0 <= event.sent_bytes < 1 << 53
        and 0 <= event.pickle_s <= MAX_SECONDS
        and _is_of_attempt(lane, event)
    )


def _is_of_attempt(lane: "Lane", event: Attempted) -> bool:
    return 0 <= event.attempt < MAX_ATTEMPTS and _is_of_task(lane, event)


def _is_start(lane: "Lane", event: ev.Started) -> bool:
    return lane.zero is not None and 0 <= event.worker < MAX_WORKERS and _is_of_attempt(lane, event)


def _is_end(lane: "Lane", event: ev.Finished | ev.Failed) -> bool:
    return (
        lane.zero is not None
        and -1 <= event.worker < MAX_WORKERS
        and lane.earliest <= (event.start or event.t) <= event.t
        and _is_of_attempt(lane, event)
    )


CHECKS: dict[type, Callable[["Lane", Any], bool]] = {
    ev.WorkerJoined: _is_worker,
    ev.WorkerLost: _is_of_worker,
    ev.LaneReady: _is_new_run,
    ev.RunStarted: _is_new_run,
    ev.RunEnded: _is_of_run,
    ev.DriverChanged: _is_of_driver,
    ev.Submitted: _is_submission,
    ev.ActorStarted: _is_actor,
    ev.Started: _is_start,
    ev.Progressed: _is_of_attempt,
    ev.Stored: _is_put,
    ev.Finished: _is_end,
    ev.Failed: _is_end,
    ev.Retried: _is_of_attempt,
    ev.Cancelled: _is_of_task,
    ev.Intervened: _is_of_lane,
}
"""The check of each kind of event; the other kinds always pass."""
