"""The life of a task's ObjectRef: the states that it goes through, as far as events tell."""

import math
from enum import IntEnum
from typing import NamedTuple

from workloads.core.draining import Drain
from workloads.core.wording import brief, size_text
from workloads.ledger.tables import OVER, State
from workloads.ledger.task_figures import LaneTasks

REMOTE = "`f.remote(x)`, made by `@ray.remote`, submitted it and returned its ObjectRef."

LINE = "about 100 KiB"
"""The size from which on Ray keeps a result in the shared object store."""

FREED = "unknown. The lane drops the ObjectRef once it has the result; Ray then frees the object."


BLOCKED = "or running: the driver is blocked in one `ray.get` of all refs and can't know."

FOUND: dict[Drain, str] = {
    "wait": "`ray.wait` found it done.",
    "get": "By its worker's clock: one `ray.get` of all refs returns when the last is ready.",
    "get-each": "`ray.get` in the submitting loop waited for it.",
}
"""How the driver learned that it was ready, by its way of draining."""

WAITS: dict[Drain, str] = {
    "wait": "`ray.wait` waits for it.",
    "get": "One `ray.get` of all refs waits for it.",
    "get-each": "`ray.get` waits for it before the next task is submitted.",
}
"""What waits for it."""


class Reached(IntEnum):
    """How far the ObjectRef is: a state is still to come, it is in it, or it was."""

    NOT_YET = 0
    NOW = 1
    DONE = 2


GLYPHS = {Reached.NOT_YET: ("○", "."), Reached.NOW: ("●", "*"), Reached.DONE: ("✔", "v")}


class Stage(NamedTuple):
    """A state of an ObjectRef, and what is known of it."""

    name: str
    reached: Reached
    text: str

    @property
    def glyphs(self) -> tuple[str, str]:
        """Its sign, in Unicode and in ASCII."""
        return GLYPHS[self.reached]


def life(of: LaneTasks, task: int) -> list[Stage]:
    """The states in their order: created, waiting for inputs, running, ready, fetched, freed."""
    return [
        _created(of, task),
        _waiting(of, task),
        _running(of, task),
        _ready(of, task),
        _fetched(of, task),
        _freed(of, task),
    ]


def _created(of: LaneTasks, task: int) -> Stage:
    batch = of.lane.execution.batch
    if batch == 1 or of.tasks.attempt[task]:
        return Stage("created", Reached.DONE, REMOTE)
    shared = f"Up to {batch:,} tasks travel in one call and share its ObjectRef."
    return Stage("created", Reached.DONE, f"{REMOTE} {shared}")


def _waiting(of: LaneTasks, task: int) -> Stage:
    start, submitted = float(of.tasks.start[task]), float(of.tasks.submitted[task])
    for_what = "for its inputs and a free worker"
    if of.tasks.state[task] == State.SUBMITTED and of.lane.drain == "get":
        return Stage("waiting", Reached.NOW, BLOCKED)
    if of.tasks.state[task] == State.SUBMITTED:
        return Stage("waiting", Reached.NOW, f"{brief(max(of.t - submitted, 0))} {for_what}")
    if math.isfinite(start):
        return Stage("waiting", Reached.DONE, f"{brief(max(start - submitted, 0))} {for_what}")
    return Stage("waiting", Reached.NOT_YET, "")


def _running(of: LaneTasks, task: int) -> Stage:
    tasks = of.tasks
    start, end = float(tasks.start[task]), float(tasks.end[task])
    where = f"on w{int(tasks.worker[task])}"
    if tasks.state[task] == State.RUNNING:
        return Stage("running", Reached.NOW, f"{brief(max(of.t - start, 0))} {where}")
    if math.isfinite(start) and math.isfinite(end):
        return Stage("running", Reached.DONE, f"{brief(max(end - start, 0))} {where}")
    return Stage("running", Reached.NOT_YET, "")


def _ready(of: LaneTasks, task: int) -> Stage:
    state = of.tasks.state[task]
    if state in OVER:
        return Stage("ready", Reached.DONE, FOUND[of.lane.drain])
    text = ""
    if state in (State.SUBMITTED, State.RUNNING):
        text = WAITS[of.lane.drain]
    return Stage("ready", Reached.NOT_YET, text)


def _fetched(of: LaneTasks, task: int) -> Stage:
    tasks = of.tasks
    what = {State.FINISHED: "result", State.FAILED: "exception"}.get(State(int(tasks.state[task])))
    if what is None:
        return Stage("fetched", Reached.NOT_YET, "")
    after = float(tasks.fetched[task] - tasks.end[task])
    when = "After an unknown time,"
    if math.isfinite(after):
        when = f"{brief(max(after, 0))} later,"
    return Stage(
        "fetched", Reached.DONE, f"{when} `ray.get` returned its {what}. {_place(of, task)}"
    )


def _place(of: LaneTasks, task: int) -> str:
    """Where the object lay before it was fetched."""
    size = int(of.tasks.result_bytes[task])
    if not size:
        return "Its size is unknown, and where it lay."
    if of.tasks.in_store[task]:
        return f"{size_text(size)} in the shared object store, as it is over {LINE}."
    return f"{size_text(size)} inline in the driver's memory: up to {LINE}, none goes to the store."


def _freed(of: LaneTasks, task: int) -> Stage:
    if of.tasks.state[task] in OVER:
        return Stage("freed", Reached.NOT_YET, FREED)
    return Stage("freed", Reached.NOT_YET, "")
