"""The events of one task in their order, as far as a lane's ledger keeps them: for the screen that
shows all that was recorded of a task.

Of reports of progress, the ledger keeps when each stage ended. A time that no event gave is NaN:
whoever shows it says so.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from workloads.core import events as ev
from workloads.core.engine_info import engine_info
from workloads.core.wording import size_text
from workloads.ledger.inputs import reader_count
from workloads.ledger.lane import Lane
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import OVER, Attempt, State
from workloads.ledger.task_figures import LaneTasks


class TaskEvent(NamedTuple):
    """An event: seconds since the run's zero (NaN: not recorded), what happened, in words."""

    at: float
    text: str


def task_events(of: LaneTasks, task: int, printed: Sequence[ev.Logged] = ()) -> list[TaskEvent]:
    """Each event of the task, from the first attempt to the last, and the lines that it printed."""
    lane = of.lane
    events = list(_inputs(lane, task))
    attempts = of.tasks.attempts(task)
    for number, attempt in enumerate(attempts, 1):
        name = ""
        if len(attempts) > 1:
            name = f"attempt {number} "
        events += _attempt(of, attempt, name)
        unknown = math.isnan(attempt.submitted) and math.isnan(attempt.end)
        if unknown and number < len(attempts):
            events.append(TaskEvent(math.nan, f"{name}isn't kept"))
    events += _stages(of, task)
    events += _interventions(lane, task, attempts)
    for line in printed:
        at = (lane.clock.at(line.t) - (lane.zero or 0)) / 1e9
        events.append(TaskEvent(at, f"printed {line.text}"))
    events += _end(of, task, attempts[-1])
    # Stable, so that what happened at one time stays in its order; what has no time, in its place.
    times, last = [], -math.inf
    for event in events:
        last = event.at if math.isfinite(event.at) else last
        times.append(last)
    order = sorted(range(len(events)), key=times.__getitem__)
    return [events[at] for at in order]


def _inputs(lane: Lane, task: int) -> Iterator[TaskEvent]:
    for stored in lane.stored.of(task):
        at = (stored.t - (lane.zero or 0)) / 1e9
        text = f"input of {size_text(stored.bytes)} put into the object store"
        if stored.readers:
            text += f", once for {reader_count(stored):,} tasks"
        yield TaskEvent(at, text)
    sent = lane.sent.by_task.get(task)
    if sent is not None:
        at = (sent.t - (lane.zero or 0)) / 1e9
        yield TaskEvent(at, f"pickled with its arguments: {size_text(sent.sent_bytes)}")


def _attempt(of: LaneTasks, attempt: Attempt, name: str) -> Iterator[TaskEvent]:
    """When an attempt was submitted and started, and when it was lost."""
    if math.isfinite(attempt.submitted):
        yield TaskEvent(attempt.submitted, f"{name}submitted")
    if attempt.worker >= 0:
        place = f"w{attempt.worker}"
        if node := of.node_text(attempt.worker):
            place += f", node {node}"
        yield TaskEvent(attempt.start, f"{name}started on {place}")
    if attempt.lost:
        yield TaskEvent(attempt.end, f"{name}lost: {attempt.lost}")


def _interventions(lane: Lane, task: int, attempts: Sequence[Attempt]) -> Iterator[TaskEvent]:
    """What a person did to the task, or to the worker that had it."""
    for at, event in lane.interventions.events:
        text = ""
        if event.action == "cancel-task" and event.task == task:
            text = "cancelled by hand"
        elif event.action == "kill-worker" and any(
            attempt.worker == lane.number_of(event.worker) and attempt.start <= at <= attempt.end
            for attempt in attempts
        ):
            text = f"its worker w{lane.number_of(event.worker)} killed by hand"
        if text and event.refused:
            text += f", which was refused: {event.refused}"
        if text:
            yield TaskEvent(at, text)


def _stages(of: LaneTasks, task: int) -> Iterator[TaskEvent]:
    start = float(of.tasks.start[task])
    marks = of.tasks.marks[task].tolist()
    for stage, after in zip(of.tasks.stages, marks, strict=False):
        if math.isfinite(after):
            yield TaskEvent(start + after, f"stage {stage} ended")


def _end(of: LaneTasks, task: int, last: Attempt) -> Iterator[TaskEvent]:
    """How the task ended, and when the lane had its result."""
    state = int(of.tasks.state[task])
    texts = {State.FINISHED: "returned", State.CANCELLED: "cancelled"}
    text = texts.get(State(state), "")
    if state == State.FAILED:
        text = "raised"
        if task in of.lane.errors:
            text = f"raised {exception_line(of.lane.errors[task])}"
    if text:
        yield TaskEvent(last.end, text)
    if state in OVER and engine_info(of.lane.engine).has_workers:
        size = int(of.tasks.result_bytes[task])
        text = "fetched by the lane"
        if size:
            text += f", {size_text(size)}"
        yield TaskEvent(float(of.tasks.fetched[task]), text)
