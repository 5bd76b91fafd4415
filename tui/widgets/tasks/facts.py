"""The facts about one task, in sections: for the details of a task. What no event says is called
unknown.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tui.drawing.page import Page
from tui.widgets.tasks.life import life
from tui.widgets.tasks.pretty import pretty
from tui.widgets.tasks.state import state_ink
from workloads.core.engine_info import engine_info
from workloads.core.events import Logged
from workloads.core.glossary import GLOSSARY
from workloads.core.wording import brief, percent, size_text
from workloads.ledger.inputs import reader_count
from workloads.ledger.lane import MAX_DETAILS, Lane
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import State
from workloads.ledger.task_events import task_events
from workloads.ledger.task_figures import LaneTasks, cpu_share, ran_s

MOST_LINES = 400
"""Lines of a result or traceback that are drawn."""

UNKNOWN = "unknown"


class Fact(NamedTuple):
    """Words (foreign), their colour, and the name that stands before them, with its own."""

    words: str
    ink: str
    name: str = ""
    name_ink: str = ""


class Section(NamedTuple):
    """Facts under a title; it may have none."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class DetailsView:
    """A task of a lane; None where none has ended yet. `printed` are the newest lines of its."""

    of: LaneTasks = field(default_factory=lambda: LaneTasks(Lane("")))
    task: int | None = None
    printed: tuple[Logged, ...] = ()

    @property
    def lane(self) -> Lane:
        """The lane's ledger."""
        return self.of.lane

    @property
    def exists(self) -> bool:
        """True if the lane has such a task."""
        return self.task is not None and 0 <= self.task < self.of.tasks.count


def sections(
    of: LaneTasks, task: int, page: Page, printed: tuple[Logged, ...] = ()
) -> list[Section]:
    """What is known of the task besides what it came to."""
    found = [
        Section("", tuple(_figures(of, task, page))),
        Section("EVENTS", tuple(_events(of, task, page, printed))),
        Section("OBJECTREF", tuple(_object_ref(of, task, page))),
        Section("WORKER", tuple(_worker(of, task, page))),
        Section("INPUT", tuple(_input(of.lane, task, page))),
        Section("STAGES", tuple(_stages(of, task, page))),
        Section("ATTEMPTS", tuple(_attempts(of, task, page))),
    ]
    return [section for section in found if section.facts]


def _figures(of: LaneTasks, task: int, page: Page) -> Iterator[Fact]:
    """Where it ran and how long, and how its result compares."""
    lane, text = of.lane, page.colors.text
    if call := lane.actors.call_text(task):
        yield Fact(f"{call}: calls wait for each other, and find its state", text, "actor")
    row = lane.rows.get(int(of.tasks.worker[task]))
    if row is not None:
        name = f"w{row.worker}"
        if row.pid:
            name += f", pid {row.pid}"
        yield Fact(name, text, "worker")
    one = np.array([task])
    ran, share = float(ran_s(of, one)[0]), float(cpu_share(of, one)[0])
    if math.isfinite(ran):
        label = "ran"
        if of.tasks.state[task] == State.RUNNING:
            label = "runs for"
        yield Fact(brief(ran), text, label)
    if math.isfinite(share):
        used = brief(float(of.tasks.cpu[task]))
        yield Fact(f"{used}, {percent(share)} of its time", text, "CPU")
    how, why = lane.differences.get(task), lane.not_compared.get(task)
    if how:
        yield Fact(f"differs: {how}", page.colors.failed, "compared")
    elif why:
        yield Fact(f"no: it {why}", page.colors.dim, "compared")


def moment(seconds: float) -> str:
    """Seconds since the run's zero: `0.004000 s`, `1,234.567 s`; `unknown` if they are."""
    if not math.isfinite(seconds):
        return UNKNOWN
    if 1e-6 <= seconds < 0.1:
        return f"{seconds:.6f} s"
    return f"{seconds:,.3f} s"


def _events(of: LaneTasks, task: int, page: Page, printed: tuple[Logged, ...]) -> Iterator[Fact]:
    """Each event beside its time."""
    for event in task_events(of, task, printed):
        yield Fact(event.text, page.colors.text, moment(event.at))


def _object_ref(of: LaneTasks, task: int, page: Page) -> Iterator[Fact]:
    """The task's ObjectRef, the states that it went through, and where its object lay."""
    ref = of.tasks.ref_hex(task)
    if not ref:
        if engine_info(of.lane.engine).has_refs:
            yield Fact(UNKNOWN, page.colors.dim, "id")
        return
    colors = page.colors
    yield Fact(ref, colors.text, "id")
    yield Fact(GLOSSARY["ObjectRef"], colors.dim)
    for stage in life(of, task):
        name = f"{page.pick(*stage.glyphs)} {stage.name}"
        inks = (colors.dim, colors.lane(of.lane.engine), colors.text)
        ink = inks[stage.reached]
        yield Fact(stage.text, ink, name, ink)


def _worker(of: LaneTasks, task: int, page: Page) -> Iterator[Fact]:
    """The ids of the worker and its node, where the engine has such."""
    row = of.lane.rows.get(int(of.tasks.worker[task]))
    if row is not None and row.id:
        yield Fact(row.id, page.colors.text, "id")
    if row is not None and row.node:
        yield Fact(row.node, page.colors.text, "node")


def _input(lane: Lane, task: int, page: Page) -> Iterator[Fact]:
    """The large inputs of the task: what was put into the object store before it, for it alone or
    for several tasks, or pickled with its call.
    """
    colors, stored = page.colors, lane.stored.of(task)
    if not stored and len(lane.stored) >= MAX_DETAILS:
        yield Fact(f"{UNKNOWN}: those of the first {MAX_DETAILS:,} tasks are kept", colors.dim)
    for each in stored:
        took = f"stored in {brief(each.put_s)}"
        call = "`ray.put` copied its input into the object store"
        if each.readers:
            call += f" once for {reader_count(each):,} tasks"
        else:
            took = f"created in {brief(each.load_s)}, {took}"
        yield Fact(f"{size_text(each.bytes)}, {took}", colors.text, "size")
        yield Fact(f"ObjectRef {each.ref}", colors.text, "id")
        yield Fact(f"{call}; workers of a node read it in place.", colors.dim)
    sent = lane.sent.by_task.get(task)
    if sent is not None:
        size = f"{size_text(sent.sent_bytes)}, pickled in {brief(sent.pickle_s)}"
        yield Fact(size, colors.text, "size")
        call = "Its call took its arguments along as pickled bytes, which its worker unpickled."
        yield Fact(call, colors.dim)


def _stages(of: LaneTasks, task: int, page: Page) -> Iterator[Fact]:
    """The stages that the task reported, with their seconds."""
    marks = zip(of.tasks.stages, of.tasks.marks[task].tolist(), strict=False)
    ends = [("", 0.0), *((name, mark) for name, mark in marks if math.isfinite(mark))]
    for (_, before), (name, mark) in pairwise(ends):
        yield Fact(name, page.colors.text, brief(max(mark - before, 0)))


def _attempts(of: LaneTasks, task: int, page: Page) -> Iterator[Fact]:
    """Each attempt, if there were several or the one was lost."""
    attempts = of.tasks.attempts(task)
    if len(attempts) == 1:
        return
    state = State(int(of.tasks.state[task]))
    for number, attempt in enumerate(attempts, 1):
        how, ink = f"lost: {attempt.lost}", state_ink(State.RETRYING, of.lane.engine, page.colors)
        if number == len(attempts):
            how, ink = state.name.lower(), state_ink(state, of.lane.engine, page.colors)
        end = moment(attempt.end)
        if state == State.RUNNING and number == len(attempts):
            end = "now"
        if attempt.worker >= 0:
            start = moment(attempt.start).removesuffix(" s")
            how = f"w{attempt.worker} {start}–{end} {how}"
        yield Fact(how, ink, f"attempt {number}")
    text = "The lane submits a task again when its worker is lost"
    if engine_info(of.lane.engine).has_refs:
        text += "; Ray's own retries are off (max_retries=0)"
    yield Fact(f"{text}.", page.colors.dim)


# -- what it came to -------------------------------------------------------------------------------


def outcome(of: LaneTasks, task: int, page: Page) -> Section:
    """The result as JSON, or the exception with the traceback from where it was raised; line by
    line, foreign.
    """
    state, colors, raised = of.tasks.state[task], page.colors, of.lane.errors.get(task)
    text = of.outcome(task)
    if state == State.FAILED:
        lines = [Fact(text or "The exception is no longer stored.", colors.failed)]
        if raised is not None:
            lines = [Fact(exception_line(raised), colors.failed)]
            lines += [Fact(line, colors.dim) for line in _bounded(raised.traceback.splitlines())]
        return Section("ERROR", tuple(lines))
    if state != State.FINISHED:
        return Section("", ())
    if not text:
        return Section("RESULT", (Fact("The result is no longer stored.", colors.dim),))
    return Section("RESULT", tuple(Fact(line, colors.text) for line in _bounded(pretty(text))))


def _bounded(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES:,} more lines"]
