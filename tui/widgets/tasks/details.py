"""The details of one task: its times, its worker, every attempt, its stages, and what it
returned or raised.

`draw_details` is pure and gives every line there is; the widget shows as many as it has room for,
and pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import Palette
from tui.widgets.images.look import Look
from tui.widgets.images.sides import Block, beside
from tui.widgets.tasks.pretty import pretty
from tui.widgets.tasks.state import state_ink, state_words
from workloads.core.engine_info import engine_info
from workloads.core.glossary import GLOSSARY
from workloads.core.wording import brief, percent, size_text
from workloads.ledger.lane import Lane
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import State
from workloads.ledger.task_figures import LaneTasks, cpu_share

LABEL = 11
"""Cells that the names of facts take, a blank included."""

FLAT = 16
"""Lines below which what the task came to stands beside the facts, where both have room."""

WHEEL = 3
"""Lines that a turn of the wheel goes."""

MOST_LINES = 400
"""Lines of a result or traceback that are drawn."""


RECEIPT = GLOSSARY["ObjectRef"]
"""An ObjectRef in one sentence."""

REMOTE = "`f.remote(x)`, made by `@ray.remote`, submitted it and gave its ObjectRef."

OUTCOMES = {
    State.SUBMITTED: "`ray.wait` waits for it.",
    State.RUNNING: "`ray.wait` waits for it.",
    State.FINISHED: "`ray.wait` found it done; `ray.get` returned its result.",
    State.FAILED: "`ray.wait` found it done; `ray.get` returned its exception.",
}
"""What follows, by the state of the task."""


class Fact(NamedTuple):
    """Words (foreign), their colour, and the name that stands before them."""

    words: str
    ink: str
    name: str = ""


@dataclass(frozen=True)
class DetailsView:
    """A task of a lane; None where none has ended yet."""

    of: LaneTasks = field(default_factory=lambda: LaneTasks(Lane("")))
    task: int | None = None

    @property
    def lane(self) -> Lane:
        """The lane's ledger."""
        return self.of.lane


def draw_details(view: DetailsView, page: Page) -> list[Line]:
    """All lines, of the page's width each; its height decides on the columns."""
    look, width, colors = Look(page, view.lane.engine), page.width, page.colors
    task, tasks = view.task, view.lane.tasks
    if task is None or not 0 <= task < tasks.count:
        sentence = ["No task has ended yet."]
        return look.note(sentence, colors.dim, width, page.height, page.ground)
    state = int(tasks.state[task])
    words = [(state_words(state, page), state_ink(state, view.lane.engine, colors), True)]
    title = look.row(width - 3, [(f" task {task}", colors.text, True)], words)
    facts, outcome = list(_facts(view, task, colors)), _outcome(view, task, colors)
    if page.height < FLAT and width >= 70:
        half = width // 2 - 1
        left = Block(half, _draw_facts(facts, half, look))
        right = Block(width - half - 2, _draw_outcome(outcome, width - half - 2, look))
        lines = beside(left, right, 2, look)
    else:
        lines = _draw_facts(facts, width, look)
        if outcome:
            lines += [look.blank(width), *_draw_outcome(outcome, width, look)]
    return [[*look.badge(), *title], *lines]


# -- the facts -------------------------------------------------------------------------------------


def _facts(view: DetailsView, task: int, colors: Palette) -> Iterator[Fact]:
    """Every fact about the task, in order."""
    lane, text = view.lane, colors.text
    yield from _times(view, task, text)
    ref = lane.tasks.ref_hex(task)
    if ref:
        yield Fact(ref, text, "ObjectRef")
        yield Fact(RECEIPT, colors.dim)
    yield from _worker(lane, int(lane.tasks.worker[task]), text)
    yield from _attempts(view, task, colors)
    yield from _stages(lane, task, text)
    how, why = lane.differences.get(task), lane.not_compared.get(task)
    if how:
        yield Fact(f"differs: {how}", colors.failed, "compared")
    elif why:
        yield Fact(f"no: it {why}", colors.dim, "compared")
    stored = lane.stored.get(task)
    if stored:
        took = f"created in {brief(stored.load_s)}, stored in {brief(stored.put_s)}"
        yield Fact(f"{size_text(stored.bytes)}, {took}", text, "input")
        yield Fact(f"ObjectRef {stored.ref}", text)
    if ref:
        yield from _in_ray(lane, task, colors.dim)


def _in_ray(lane: Lane, task: int, ink: str) -> Iterator[Fact]:
    """Ray's calls that brought the task as far as it is, in their order."""
    calls = [REMOTE]
    if task in lane.stored:
        calls.insert(0, "`ray.put` copied its input into the object store.")
    if (outcome := OUTCOMES.get(State(int(lane.tasks.state[task])))) is not None:
        calls.append(outcome)
    for number, call in enumerate(calls, 1):
        yield Fact(call, ink, f"Ray call {number}")


def _times(view: DetailsView, task: int, ink: str) -> Iterator[Fact]:
    """When it was submitted, started and ended, and how much of that it had the CPU."""
    tasks = view.lane.tasks
    submitted, start, end = (
        float(column[task]) for column in (tasks.submitted, tasks.start, tasks.end)
    )
    ended, waited = np.isfinite(end), ""
    if np.isfinite(submitted):
        yield Fact(_moment(submitted), ink, "submitted")
    if not np.isfinite(start):
        if ended:
            yield Fact(f"{_moment(end)}, before it started", ink, "ended")
        return
    if np.isfinite(submitted):
        waited = f", {brief(max(start - submitted, 0))} later"
    yield Fact(_moment(start) + waited, ink, "started")
    if ended:
        ran = end - start
        yield Fact(f"{_moment(end)}, ran {brief(ran)}", ink, "ended")
    else:
        ran = max(view.of.t, start) - start
        yield Fact(brief(ran), ink, "runs for")
    share = float(cpu_share(view.of, np.array([task]))[0])
    if np.isfinite(share):
        words = f"{brief(float(tasks.cpu[task]))}, {percent(share)} of its time"
        yield Fact(words, ink, "CPU")


def _moment(seconds: float) -> str:
    """Seconds since the run's zero."""
    if 1e-6 <= seconds < 0.1:
        return f"{seconds:.6f} s"
    return f"{seconds:,.3f} s"


def _worker(lane: Lane, worker: int, ink: str) -> Iterator[Fact]:
    row = lane.rows.get(worker)
    if row is None:
        return
    name = f"w{worker}"
    if row.pid:
        name += f", pid {row.pid}"
    yield Fact(name, ink, "worker")
    if row.node:
        yield Fact(row.node, ink, "node")
    if row.id:
        yield Fact(row.id, ink, "worker id")


class _Attempt(NamedTuple):
    """From when to when (seconds), on which worker, how it ended, and why the worker was lost."""

    start: float
    end: float
    worker: int
    state: int
    reason: str


def _attempts(view: DetailsView, task: int, colors: Palette) -> Iterator[Fact]:
    """Every attempt, from the workers' rows, if there were several or the one was lost."""
    attempts: list[_Attempt] = []
    for row in view.lane.rows.values():
        spans = row.between(-np.inf, np.inf)
        for at in np.flatnonzero(spans.task == task).tolist():
            start, end, state = float(spans.start[at]), float(spans.end[at]), int(spans.state[at])
            attempts.append(_Attempt(start, end, row.worker, state, row.lost))
        if task in row.open:
            attempts.append(_Attempt(row.open[task][0], view.of.t, row.worker, State.RUNNING, ""))
    attempts.sort()
    if len(attempts) == 1 and attempts[0].state != State.RETRYING:
        return
    for number, (start, end, worker, state, reason) in enumerate(attempts, 1):
        how, ink = State(state).name.lower(), state_ink(state, view.lane.engine, colors)
        if state == State.RETRYING:
            how = "lost"
            if reason:
                how = f"lost: {reason}"
        yield Fact(f"w{worker} {start:.3f}–{end:.3f} s {how}", ink, f"attempt {number}")
    if attempts:
        yield Fact(_who_resubmits(view.lane), colors.dim)


def _who_resubmits(lane: Lane) -> str:
    """The reason why a task had several attempts."""
    text = "The lane submits a task again when its worker is lost"
    if engine_info(lane.engine).has_refs:
        return f"{text}; Ray's own retries are off (max_retries=0)."
    return f"{text}."


def _stages(lane: Lane, task: int, ink: str) -> Iterator[Fact]:
    """The stages that the task reported, with their seconds."""
    marks = zip(lane.tasks.stages, lane.tasks.marks[task].tolist(), strict=False)
    ends = [("", 0.0), *((name, mark) for name, mark in marks if np.isfinite(mark))]
    heading = "stages"
    for (_, before), (name, mark) in pairwise(ends):
        yield Fact(f"{brief(max(mark - before, 0))}  {name}", ink, heading)
        heading = ""


# -- what it came to -------------------------------------------------------------------------------


def _outcome(view: DetailsView, task: int, colors: Palette) -> list[Fact]:
    """The result as JSON, or the exception with its traceback; line by line, foreign."""
    state, raised = view.lane.tasks.state[task], view.lane.errors.get(task)
    if state == State.FAILED:
        words, traceback = view.of.outcome(task), []
        if raised:
            words, traceback = exception_line(raised), raised.traceback.splitlines()
        lines = [Fact(words or "The exception is no longer stored.", colors.failed)]
        return lines + [Fact(line, colors.dim) for line in _bounded(traceback)]
    if state != State.FINISHED:
        return []
    outcome = view.of.outcome(task)
    if not outcome:
        return [Fact("The result is no longer stored.", colors.dim)]
    lines = [Fact(line, colors.text) for line in _bounded(pretty(outcome))]
    return [Fact("returned", colors.dim), *lines]


def _bounded(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES:,} more lines"]


# -- lines -----------------------------------------------------------------------------------------


def _draw_facts(facts: Sequence[Fact], width: int, look: Look) -> list[Line]:
    """Each fact beside its name, on as many lines as it takes."""
    lines = []
    label = min(LABEL, width)
    for fact in facts:
        name = look.row(label, [(fact.name, look.colors.dim, False)])
        if width <= LABEL:
            lines.append(name)
            continue
        for line in _wrapped(fact, width - LABEL, look):
            lines.append([*name, *line])
            name = look.blank(label)
    return lines


def _draw_outcome(outcome: Sequence[Fact], width: int, look: Look) -> list[Line]:
    return [line for fact in outcome for line in _wrapped(fact, width, look)]


def _wrapped(fact: Fact, width: int, look: Look) -> list[Line]:
    """Foreign words on as many lines as they take."""
    lines = look.page.wrap_foreign(fact.words, width)
    return [look.row(width, [(line, fact.ink, False)]) for line in lines]


class TaskDetails(Lines):
    """The details of the selected task, or the newest that ended: text that can be copied."""

    ALLOW_SELECT = True

    key = "page down"
    """The name of the key that shows more."""

    _view = DetailsView()
    _offset = 0
    _length = 0

    def update(self, view: DetailsView) -> None:
        """Show this, from its beginning if it is another task."""
        if (view.lane, view.task) != (self._view.lane, self._view.task):
            self._offset = 0
        self._view = view
        self.redraw()

    @property
    def overflows(self) -> bool:
        """True if there is more than fits."""
        return self._length > self.content_size.height > 0

    def turn(self, by: int) -> None:
        """Go a page on, or back."""
        self._scroll(by * max(self.content_size.height - 2, 1))

    def on_mouse_scroll_down(self) -> None:
        """The lines below."""
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """The lines above."""
        self._scroll(-WHEEL)

    def _scroll(self, by: int) -> None:
        self._offset += by
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lines there is room for; the last one says how many follow."""
        lines = draw_details(self._view, page)
        self._length = len(lines)
        self._offset = max(0, min(self._offset, len(lines) - page.height))
        visible = lines[self._offset : self._offset + page.height]
        after = len(lines) - self._offset - page.height
        if after > 0 and page.height > 2:
            look = Look(page, self._view.lane.engine)
            words = f"{after + 1} more lines: {self.key}"
            visible[-1] = look.row(page.width, [], [(words, page.colors.accent, False)])
        return visible
