"""Ends tasks on Ray: all of a run, or single ones while it goes on."""

from collections.abc import Iterator, Sequence
from typing import Any

from workloads.core import events as ev
from workloads.core.task import Task
from workloads.engines.measure import by_hand
from workloads.engines.ray.fetching import ready_now
from workloads.engines.ray.flights import Flight, RayRun
from workloads.machine import clock
from workloads.machine.host import patience

FORCE_AFTER_S = 1.0


def drop_cancelled(run: RayRun) -> Iterator[ev.AnyEvent]:
    """Leave out the tasks that wait and were cancelled since the last look."""
    asked = run.stop.cancelled - run.dropped
    run.dropped |= asked
    if not asked:
        return
    for turns in (run.stored_turns, run.waiting, run.calls):
        for turn in [turn for turn in turns if turn.task.number in asked]:
            turns.remove(turn)
            yield by_hand(turn.task.number, attempt=turn.attempt)


def cancel_single(ray: Any, run: RayRun) -> None:
    """Ask the tasks in flight to end that were cancelled, unless they just have."""
    if refs := run.ending:
        cancel(ray, ready_now(ray, refs)[1], run)


def cancel(ray: Any, unready: Sequence[Any], run: RayRun) -> None:
    """Ask these tasks to end, and make those that were asked long enough ago.

    `ray.wait` must have just left their refs unready: to cancel a finished one aborts the driver.
    """
    now = clock.monotonic()
    for ref in unready:
        flight = run.flights[ref]
        if (task := flight.call_of_actor) is not None:
            _end_call(flight, task, run)
        elif not flight.cancelling:
            flight.cancelling, flight.force_at = now, now + patience(FORCE_AFTER_S)
            ray.cancel(ref, force=False)
        elif not flight.forced and now > flight.force_at:
            flight.forced = True
            ray.cancel(ref, force=True)


def _end_call(flight: Flight, task: Task, run: RayRun) -> None:
    """End a call by ending its actor's process, whose state is lost; one that is queued there ends
    when it starts.

    Ray doesn't break into a call, and once it was asked to, `ray.wait` calls its generator ready
    while `ray.get` blocks until the call returns (Ray 2.60).
    """
    actor = task.actor
    assert actor is not None, "the task is a call"
    starts = flight.worker >= 0 or not run.submission.streamed
    if run.stop.requested:  # the others are lost with the first
        starts = actor.name not in run.ended_actors
        run.ended_actors.add(actor.name)
    if starts and not flight.forced:
        flight.forced = True
        run.kill_actor(task)
