"""The events of tasks on Ray that ended without a record of their own."""

from typing import Any

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.engines.measure import by_hand
from workloads.engines.ray.flights import Flight, RayRun
from workloads.machine import clock


def losses(errors: Any) -> tuple[type[Exception], ...]:
    """The errors of a task whose worker was lost, or of a call whose actor was; `errors` is
    `ray.exceptions`.
    """
    tasks = errors.WorkerCrashedError, errors.OutOfMemoryError, errors.NodeDiedError
    return *tasks, errors.RayActorError


def task_error(
    flight: Flight, error: Any, run: RayRun, cancelled: type[Exception]
) -> ev.Cancelled | ev.Failed:
    """A task's result or arguments that failed to travel, or a cancel (an error whose cause is
    `cancelled`) that came while Ray was at work on either: what the task itself raises comes as a
    record.
    """
    if isinstance(error.cause, cancelled) or run.stop.ends(flight.task.number):
        return interrupted(flight, run)
    cause = error.cause
    if cause is None:
        cause = error
    return ev.Failed(
        t=clock.now(),
        task=flight.task.number,
        worker=flight.worker,
        attempt=flight.attempt,
        error=type(cause).__name__,
        message=plain(cause),
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


def interrupted(flight: Flight, run: RayRun) -> ev.Cancelled | ev.Failed:
    """A task that was cancelled; one that nobody cancelled has raised what Ray's cancel raises."""
    return stopped(run, flight.task.number, flight.attempt, flight.worker) or ev.Failed(
        t=clock.now(),
        task=flight.task.number,
        worker=flight.worker,
        attempt=flight.attempt,
        error="KeyboardInterrupt",
        message="the task raised it",
    )
