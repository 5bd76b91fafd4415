"""The read-out below the timeline: what is known of the task that the cursor stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from tui.drawing.cells import Line
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.widgets.race.cursor import Columns, Cursor, Span, find, span_of, spans_of
from tui.widgets.race.lane_view import LaneView
from tui.widgets.tasks.state import state_ink, state_words
from workloads.core.wording import brief
from workloads.ledger.tables import State

SHORT_REF, SHORT_NODE = 11, 8
"""Characters of an ObjectRef's id, and of a node's, that tell it from others."""


@dataclass(frozen=True)
class Reading:
    """A task and its span: on which worker and node (empty for the only one), in which `state`,
    from `start` to `end` (seconds of the run, None before), its ObjectRef, its attempt from 0, how
    many tasks share the cell in which it is drawn, and which `call` of an actor it is.
    """

    engine: str
    task: int
    state: int
    worker: int = -1
    node: str = ""
    start: float | None = None
    end: float | None = None
    ref: str = ""
    attempt: int = 0
    share: int = 1
    call: str = ""


def read(views: Sequence[LaneView], cursor: Cursor, columns: Columns) -> Reading | None:
    """What is known of the cursor's task; None if it isn't there any more."""
    view = find(views, cursor.lane)
    if view is None or not 0 <= cursor.task < view.lane.tasks.count:
        return None
    tasks, task = view.lane.tasks, cursor.task
    span = span_of(view, cursor)
    reading = Reading(
        view.lane.engine,
        task,
        int(tasks.state[task]),
        ref=tasks.ref_hex(task),
        attempt=int(tasks.attempt[task]),
        call=view.lane.actors.call_text(task),
    )
    if span is None:
        return reading
    last = span.start == tasks.start[task] or span.state == State.RUNNING
    return Reading(
        view.lane.engine,
        task,
        span.state,
        cursor.worker,
        _node(view, cursor.worker),
        span.start,
        _end(span),
        reading.ref,
        reading.attempt * last,
        _share(view, cursor, span, columns.later(view.offset)),
        reading.call,
    )


def _end(span: Span) -> float | None:
    if span.state == State.RUNNING:
        return None
    return span.end


def _node(view: LaneView, worker: int) -> str:
    """The worker's node where the lane has several."""
    nodes = {row.node for row in view.lane.rows.values()}
    if len(nodes) < 2:
        return ""
    return view.lane.rows[worker].node


def _share(view: LaneView, cursor: Cursor, span: Span, columns: Columns) -> int:
    """How many tasks the cell stands for in which the span is drawn; 1 if it has one to itself."""
    spans = spans_of(view, cursor.worker)
    if spans is None or span.end - span.start >= columns.cell:
        return 1
    first, last = columns.around(min(max(cursor.t, span.start), span.end))
    return max(spans.within(first, last), 1)


class _ReadingPart(NamedTuple):
    """A part of the read-out in its forms, the longest first, and its colour."""

    forms: tuple[str, ...]
    ink: str
    bold: bool = False


_GIVES_WAY = (
    *("ref", "node", "attempt", "start", "end", "ref"),
    *("share", "took", "start", "end", "call", "worker", "state"),
)
"""Where the read-out is too long, these are shortened by one form, in this order."""


@lru_cache(maxsize=64)
def draw_reading(reading: Reading, page: Page) -> Line:
    """One line; where it is short, parts are shortened and left out."""
    page = page.on(page.colors.panel)
    cells, fields = page.cells(), _fields(reading, page)
    forms = {name: list(field.forms) for name, field in fields.items()}
    for name in _GIVES_WAY:
        if _length(forms) <= page.width - 4:
            break
        if len(forms[name]) > 1:
            del forms[name][0]
    put_badge(cells, 0, reading.engine, page)
    x = 4
    for name, field in fields.items():
        words = forms[name][0]
        if words:
            cells.put(x, words, field.ink, bold=field.bold)
            x += cell_len(words) + 2
    return cells.line()


def _length(forms: dict[str, list[str]]) -> int:
    return sum(cell_len(words[0]) + 2 for words in forms.values() if words[0]) - 2


def _fields(reading: Reading, page: Page) -> dict[str, _ReadingPart]:
    """The parts by name, from left to right."""
    colors = page.colors
    fields = {
        "worker": _ReadingPart(("", ""), colors.text),
        "task": _ReadingPart((f"task {reading.task:,}",), colors.text, bold=True),
        "call": _ReadingPart(("",), colors.text),
        "share": _ReadingPart(("",), colors.accent, bold=True),
        "state": _ReadingPart(
            (state_words(reading.state, page), ""),
            state_ink(reading.state, reading.engine, colors),
        ),
        "took": _ReadingPart(("",), colors.text, bold=True),
        "start": _ReadingPart(("",), colors.dim),
        "end": _ReadingPart(("",), colors.dim),
        "attempt": _ReadingPart(("",), colors.dim),
        "node": _ReadingPart(("",), colors.dim),
        "ref": _ReadingPart(("",), colors.dim),
    }
    if reading.worker >= 0:
        fields["worker"] = _ReadingPart((f"w{reading.worker}", ""), colors.text)
    if reading.call:
        fields["call"] = _ReadingPart((page.words(reading.call), ""), colors.text)
    if reading.share > 1:
        share = f"{reading.share:,} tasks"
        forms = f"one of {share} in this cell", share
        fields["share"] = fields["share"]._replace(forms=forms)
    if reading.start is not None:
        start = time_text(reading.start)
        fields["start"] = _ReadingPart((f"start {start}", start, ""), colors.dim)
    if reading.start is not None and reading.end is not None:
        end = time_text(reading.end)
        fields["end"] = _ReadingPart((f"end {end}", page.words(f"→ {end}"), ""), colors.dim)
        took = brief(max(reading.end - reading.start, 0.0))
        fields["took"] = fields["took"]._replace(forms=(f"took {took}", took))
    if reading.attempt:
        fields["attempt"] = _ReadingPart((f"attempt {reading.attempt + 1}", ""), colors.dim)
    if reading.node:
        node = page.safe(reading.node, SHORT_NODE)
        fields["node"] = _ReadingPart((f"node {node}", ""), colors.dim)
    if reading.ref:
        short = reading.ref[:SHORT_REF] + page.pick("…", "~")
        fields["ref"] = _ReadingPart((f"ref {reading.ref}", f"ref {short}", ""), colors.dim)
    return fields


def time_text(t: float) -> str:
    """A moment of a run, to a millisecond: `9.541 s`."""
    if not np.isfinite(t):
        return ""
    return f"{t:,.3f} s".replace("-", "−")
