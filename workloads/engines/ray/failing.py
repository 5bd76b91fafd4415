"""The events of tasks on Ray that ended without a record of their own, and of those that are tried
again.
"""

from collections.abc import Iterator
from typing import Any

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.engines import ATTEMPTS
from workloads.engines.measure import by_hand
from workloads.engines.ray.flights import Flight, RayRun, Turn
from workloads.machine import clock


def losses(errors: Any) -> tuple[type[Exception], ...]:
    """The errors of a task whose worker was lost, or of a call whose actor was; `errors` is
    `ray.exceptions`.
    """
    tasks = errors.WorkerCrashedError, errors.OutOfMemoryError, errors.NodeDiedError
    return *tasks, errors.RayActorError


def task_error(
    flight: Flight, error: Any, run: RayRun, cancelled: type[Exception]
) -> Iterator[ev.AnyEvent]:
    """A task's result or arguments that failed to travel, or a cancel (an error whose cause is
    `cancelled`) that came while Ray was at work on either: what the task itself raises comes as a
    record.
    """
    cause = error.cause
    for turn in flight.turns.values():
        if isinstance(cause, cancelled) or run.stop.ends(turn.task.number):
            yield interrupted(turn, flight.worker, run)
            continue
        yield ev.Failed(
            t=clock.now(),
            task=turn.task.number,
            worker=flight.worker,
            attempt=turn.attempt,
            error=type(cause or error).__name__,
            message=plain(cause or error),
            traceback=str(error)[-8000:],
        )


def stopped(
    run: RayRun, task: int, attempt: int, worker: int = -1
) -> ev.Cancelled | ev.Failed | None:
    """The end of a task that was cancelled, with its whole run or alone; None for any other."""
    if run.stop.requested:
        return ev.Cancelled(t=clock.now(), task=task)
    if run.stop.ends(task):
        return by_hand(task, worker, attempt)
    return None


def all_interrupted(flight: Flight, run: RayRun) -> Iterator[ev.AnyEvent]:
    """The tasks of a call that was cancelled."""
    for turn in flight.turns.values():
        yield interrupted(turn, flight.worker, run)


def interrupted(turn: Turn, worker: int, run: RayRun) -> ev.Cancelled | ev.Failed:
    """A task that was cancelled; one that nobody cancelled has raised what Ray's cancel raises."""
    number = turn.task.number
    return stopped(run, number, turn.attempt, worker) or ev.Failed(
        t=clock.now(),
        task=number,
        worker=worker,
        attempt=turn.attempt,
        error="KeyboardInterrupt",
        message="the task raised it",
    )


def again(
    flight: Flight, run: RayRun, error: str, reason: str, why: str = ""
) -> Iterator[ev.AnyEvent]:
    """The tasks of a call that was lost, which are tried again one by one before all others; those
    that were tried often enough fail, and say `why`; those that were cancelled end as such.
    """
    now = clock.now()
    for turn in reversed(flight.turns.values()):
        number, attempt = turn.task.number, turn.attempt
        if run.stop.ends(number):
            yield interrupted(turn, flight.worker, run)
        elif attempt + 1 < ATTEMPTS:
            yield ev.Retried(t=now, task=number, attempt=attempt + 1, reason=reason)
            run.again(turn._replace(attempt=attempt + 1))
        else:
            yield ev.Failed(
                t=now,
                task=number,
                worker=flight.worker,
                attempt=attempt,
                error=error,
                message=f"its worker died {ATTEMPTS} times{why}",
                traceback=reason,
            )
