"""All that is known of one task: its times, its worker, every attempt, its stages, and what it
returned or raised.

`draw_details` is pure and gives every line there is; the widget shows as many as it has room for,
and pages.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.cells import cell_len, chop_cells

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines
from tui.drawing.themes import Palette, palette
from tui.widgets.images.look import Look
from tui.widgets.tasks.state import state_ink, state_words
from workloads.core.errors import plain
from workloads.core.wording import brief
from workloads.ledger.lane import Lane
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import State

LABEL = 11
"""Cells that the names of facts take, a blank included."""

FLAT = 16
"""Lines below which what the task came to stands beside the facts, where both have room."""

WHEEL = 3
"""Lines that a turn of the wheel goes."""

MOST_LINES = 400
"""Lines of a result or traceback that are drawn."""

Told = tuple[str, str]
"""Words and their colour."""


@dataclass(frozen=True)
class DetailsView:
    """A task of a lane (None: none has ended yet), `t` seconds into the run; `outcome` is its text,
    if it's kept.
    """

    lane: Lane = field(default_factory=lambda: Lane(""))
    task: int | None = None
    t: float = 0.0
    outcome: str = ""


def draw_details(
    view: DetailsView,
    width: int,
    height: int,
    colors: Palette,
    ascii: bool = False,
    ground: str = "",
) -> list[Line]:
    """All lines, of `width` cells each; what they would be in `height` lines decides on the
    columns.
    """
    look = Look(colors, ground or colors.panel, view.lane.engine, ascii=ascii)
    task, tasks = view.task, view.lane.tasks
    if task is None or not 0 <= task < tasks.count:
        return look.note(["No task has ended yet."], colors.dim, width, height, look.ground)
    state = int(tasks.state[task])
    words = [(state_words(state, ascii), state_ink(state, view.lane.engine, colors), True)]
    lines = [[*look.badge(), *look.row(width - 3, [(f" task {task}", colors.text, True)], words)]]
    facts, outcome = _facts(view, task, colors), _outcome(view, task, colors)
    if height < FLAT and width >= 70:
        half = width // 2 - 1
        left = [line for fact in facts for line in _fact(*fact, half, look)]
        right = [line for told in outcome for line in _wrapped(*told, width - half - 2, look)]
        count = max(len(left), len(right))
        left, right = (
            left + [look.blank(half)] * count,
            right + [look.blank(width - half - 2)] * count,
        )
        return lines + [[*left[y], *look.blank(2), *right[y]] for y in range(count)]
    lines += [line for fact in facts for line in _fact(*fact, width, look)]
    if outcome:
        lines += [
            look.blank(width),
            *(line for told in outcome for line in _wrapped(*told, width, look)),
        ]
    return lines


# -- the facts -------------------------------------------------------------------------------------


def _facts(view: DetailsView, task: int, colors: Palette) -> list[tuple[str, str, str]]:
    """The name of each fact, the fact (foreign), and its colour."""
    lane, tasks = view.lane, view.lane.tasks
    submitted, start, end = (
        float(column[task]) for column in (tasks.submitted, tasks.start, tasks.end)
    )
    begun, ended = np.isfinite(start), np.isfinite(end)
    text, facts = colors.text, []
    if np.isfinite(submitted):
        facts.append(("submitted", _moment(submitted), text))
    if begun:
        waited = f", {brief(max(start - submitted, 0))} later" if np.isfinite(submitted) else ""
        facts.append(("started", _moment(start) + waited, text))
        ran = (end if ended else max(view.t, start)) - start
        facts.append(
            ("ended", f"{_moment(end)}, ran {brief(ran)}", text)
            if ended
            else ("runs for", brief(ran), text)
        )
        if cpu := float(tasks.cpu[task]):
            share = f", {cpu / ran:.0%} of its time" if ran else ""
            facts.append(("CPU", brief(cpu) + share, text))
    elif ended:
        facts.append(("ended", f"{_moment(end)}, without having begun", text))
    facts += _worker(lane, int(tasks.worker[task]), colors)
    if ref := tasks.ref_hex(task):
        facts.append(("ObjectRef", ref, text))
    facts += _attempts(view, task, colors)
    facts += _stages(lane, task, colors)
    if how := lane.differences.get(task):
        facts.append(("compared", f"it differs: {how}", colors.failed))
    elif why := lane.not_compared.get(task):
        facts.append(("compared", f"no: it {why}", colors.dim))
    if stored := lane.stored.get(task):
        took = f"made in {brief(stored.load_s)}, put in {brief(stored.put_s)}"
        facts += [
            ("stored", f"{stored.bytes / 1e6:,.1f} MB, {took}", text),
            ("", f"as {stored.ref}", text),
        ]
    return facts


def _moment(seconds: float) -> str:
    """Seconds since the run's zero."""
    return f"{seconds:,.3f} s" if seconds >= 0.1 or seconds < 1e-6 else f"{seconds:.6f} s"


def _worker(lane: Lane, worker: int, colors: Palette) -> Iterable[tuple[str, str, str]]:
    row = lane.rows.get(worker)
    if row is None:
        return
    yield "worker", f"w{worker}" + (f", pid {row.pid}" if row.pid else ""), colors.text
    if row.node:
        yield "node", row.node, colors.text
    if row.id:
        yield "worker id", row.id, colors.text


def _attempts(view: DetailsView, task: int, colors: Palette) -> Iterable[tuple[str, str, str]]:
    """Every attempt, from the workers' rows, if there were several or the one was lost."""
    found: list[tuple[float, float, int, int, str]] = []
    for row in view.lane.rows.values():
        spans = row.between(-np.inf, np.inf)
        for at in np.flatnonzero(spans.task == task).tolist():
            found.append(
                (
                    float(spans.start[at]),
                    float(spans.end[at]),
                    row.worker,
                    int(spans.state[at]),
                    row.lost,
                )
            )
        if task in row.open:
            found.append((row.open[task][0], view.t, row.worker, State.RUNNING, ""))
    found.sort()
    if len(found) == 1 and found[0][3] != State.RETRYING:
        return
    for number, (start, end, worker, state, reason) in enumerate(found, 1):
        how, ink = State(state).name.lower(), state_ink(state, view.lane.engine, colors)
        if state == State.RETRYING:
            how = f"lost: {reason}" if reason else "lost"
        yield f"attempt {number}", f"w{worker} {start:.3f}–{end:.3f} s {how}", ink


def _stages(lane: Lane, task: int, colors: Palette) -> Iterable[tuple[str, str, str]]:
    """The stages that the task reported, with their seconds."""
    before = 0.0
    for name, mark in zip(lane.stages, lane.tasks.marks[task].tolist(), strict=False):
        if np.isfinite(mark):
            yield (
                "stages" if not before else "",
                f"{brief(max(mark - before, 0))}  {name}",
                colors.text,
            )
            before = mark


# -- what it came to -------------------------------------------------------------------------------


def _outcome(view: DetailsView, task: int, colors: Palette) -> list[Told]:
    """The result as JSON, or the exception with its traceback; line by line, foreign."""
    state, raised = view.lane.tasks.state[task], view.lane.errors.get(task)
    if state == State.FAILED:
        told = exception_line(raised) if raised else view.outcome
        lines = [(told or "What it raised was not kept.", colors.failed)]
        traceback = raised.traceback.splitlines() if raised else []
        return lines + [(line, colors.dim) for line in _bounded(traceback)]
    if state != State.FINISHED:
        return []
    if not view.outcome:
        return [("What it returned was not kept.", colors.dim)]
    return [
        ("returned", colors.dim),
        *((line, colors.text) for line in _bounded(pretty(view.outcome))),
    ]


def _bounded(lines: list[str]) -> list[str]:
    return (
        lines
        if len(lines) <= MOST_LINES
        else [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES:,} more lines"]
    )


def pretty(outcome: str, room: int = 36) -> list[str]:
    """JSON text as lines, a part that takes at most `room` characters on one; text that isn't JSON
    as it is.
    """
    try:
        return _pretty(json.loads(outcome), room)
    except (ValueError, RecursionError):
        return [outcome]


def _pretty(value: Any, room: int) -> list[str]:
    whole = json.dumps(value, ensure_ascii=False)
    if len(whole) <= room or not isinstance(value, dict | list) or not value:
        return [whole]
    named = value.items() if isinstance(value, dict) else ((None, part) for part in value)
    lines = []
    for name, part in named:
        first, *rest = _pretty(part, max(room - 2, 12))
        lines += [
            f"  {json.dumps(name, ensure_ascii=False)}: {first}"
            if name is not None
            else f"  {first}"
        ]
        lines += [f"  {line}" for line in rest]
        lines[-1] += ","
    lines[-1] = lines[-1].removesuffix(",")
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return [opening, *lines, closing]


# -- lines -----------------------------------------------------------------------------------------


def _fact(name: str, words: str, ink: str, width: int, look: Look) -> list[Line]:
    """A fact beside its name, on as many lines as it takes."""
    room = max(width - LABEL, 1)
    lines = _wrapped(words, ink, room, look)
    label = min(LABEL, width)
    first, blank = look.row(label, [(name, look.colors.dim, False)]), look.blank(label)
    return (
        [[*(blank if index else first), *line] for index, line in enumerate(lines)]
        if width > LABEL
        else [first]
    )


def _wrapped(words: str, ink: str, width: int, look: Look) -> list[Line]:
    """Foreign words on as many lines as they take, broken at blanks where that leaves no line half
    empty.
    """
    safe = plain(words)
    safe = to_ascii(safe.replace("µ", "u")) if look.ascii else safe
    lines = []
    indent = len(safe) - len(safe.lstrip())
    while cell_len(safe) > width >= 2:
        head = chop_cells(safe, width)[0]
        blank = head.rfind(" ")
        cut = (
            blank
            if blank > max(indent, len(head) // 2) and safe[len(head) : len(head) + 1] != " "
            else len(head)
        )
        lines.append(safe[:cut])
        safe = safe[cut:].lstrip()
    return [look.row(width, [(line, ink, False)]) for line in [*lines, safe]]


class TaskDetails(Lines):
    """The details of the selected task, or the newest that ended."""

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
        """Whether there is more than fits."""
        return self._length > self.content_size.height > 0

    def page(self, by: int) -> None:
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

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines there is room for; the last one tells how many follow."""
        colors, ascii = palette(self.app.theme), self.ascii
        ground = self.background_colors[1].hex6
        lines = draw_details(self._view, width, height, colors, ascii, ground)
        self._length = len(lines)
        self._offset = max(0, min(self._offset, len(lines) - height))
        shown = lines[self._offset : self._offset + height]
        after = len(lines) - self._offset - height
        if after > 0 and height > 2:
            look = Look(colors, ground, self._view.lane.engine, ascii=ascii)
            shown[-1] = look.row(
                width, [], [(f"{after + 1} more lines: page down", colors.accent, False)]
            )
        return shown
