"""The events of what the tasks of a call on Ray recorded."""

from workloads.core import events as ev
from workloads.engines.measure import RAISED, RETURNED, Fetched, Record, record_to_event
from workloads.engines.ray.failing import interrupted
from workloads.engines.ray.flights import Flight, RayRun


def happened(
    flight: Flight, number: int, record: Record, fetched: Fetched, run: RayRun
) -> ev.AnyEvent:
    """The event of a record of one of the call's tasks; the task may still be running."""
    turn = flight.turns[number]
    if record[0] >= RETURNED:
        del flight.turns[number]
    if record[0] == RETURNED:
        run.submission.finished((record[2] - record[1]) / 1e9)
    if flight.cancelling and record[0] == RAISED and record[4] == "KeyboardInterrupt":
        # What Ray's cancel raises in a task.
        return interrupted(turn, flight.worker, run)
    return record_to_event(number, flight.worker, turn.attempt, record, fetched)
