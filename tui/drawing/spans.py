"""A worker's tasks drawn on an axis of time; many workers' as how busy they were together.

Pure functions for the timeline. Edges are exact to an eighth of a cell; where spans are thinner
than two cells the columns show how busy the worker was, at a cost that depends on the width alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui.drawing.cells import ASCII_LEVELS, LEVELS, Cells, Line, tall_row
from tui.drawing.eighths import Eighths, Paint, fill
from tui.drawing.paints import (
    CANCELLED,
    CHOSEN,
    FAILED,
    LOST,
    OTHER,
    RUNNING,
    SHADE,
    STAGE,
    START,
    TIP,
    glyphs,
    paints,
)
from tui.drawing.time_axis import TimeAxis, centred
from workloads.core.wording import seconds
from workloads.ledger.rows import Spans, WorkerRow
from workloads.ledger.tables import State


class ChosenSpan(NamedTuple):
    """The task that the cursor stands on, at `t` seconds of the run."""

    task: int
    t: float


@dataclass(frozen=True)
class WorkerSpans:
    """A worker's row of a lane, `t` seconds into the run: nothing later is drawn.

    `startup` seconds before the run's zero are hatched, and named `startup_text`. `marks` say when
    each stage of a task ended, in seconds since its start: a row a task, a column a stage; None
    without stages. `chosen` is drawn as such.
    """

    row: WorkerRow
    t: float
    engine: str
    ghost: bool = False
    startup: float = 0.0
    marks: NDArray[np.float32] | None = None
    startup_text: str = "start-up"
    chosen: ChosenSpan | None = None


class _Stretch(NamedTuple):
    """A task's part of a line, in eighths of a cell, and its start in seconds; `look` is its kind,
    or CHOSEN.
    """

    left: int
    right: int
    kind: int
    task: int
    start: float
    look: int

    @property
    def chosen(self) -> bool:
        """True if the cursor stands on it."""
        return self.look == CHOSEN


def draw_spans(
    spans: WorkerSpans, axis: TimeAxis, *, named: bool = True, tall: int = 1
) -> list[Line]:
    """A worker's spans in a row of `tall` lines; the axis' window counts seconds of its run.

    The start-up has a name if `named`.
    """
    cells = axis.page.cells()
    if axis.empty:
        return [cells.line()] * tall
    look = paints(axis.page.colors, spans.engine, spans.ghost)
    ended = _ended(spans, axis)
    if len(ended.start) > axis.width // 2:
        _draw_density(cells, [spans.row], axis, spans.t, look)
        if spans.chosen and axis.holds(spans.chosen.t):
            mark = look[CHOSEN]
            at = min(axis.eighth(spans.chosen.t) // 8, axis.width - 1)
            cells.put(at, axis.page.pick("◆", "@"), mark.words, mark.tone)
        axis.draw_grid(cells)
        axis.draw_bound(cells)
        return [cells.line()] * tall
    stretches = _stretches(spans, axis, ended)
    fill(cells, _eighths(spans, axis, stretches), look)
    axis.draw_grid(cells)
    axis.draw_bound(cells)
    bare: Line = []
    if tall > 1:
        bare = cells.line()
    _write(cells, spans, axis, stretches, named)
    if 0 <= axis.bound < axis.width and cells.chars[axis.bound] == " ":
        axis.draw_bound(cells)  # a label's margin mustn't hide it
    return tall_row(cells.line(), bare, tall)


def _write(
    cells: Cells, spans: WorkerSpans, axis: TimeAxis, stretches: Sequence[_Stretch], named: bool
) -> None:
    """The words on a worker's line: numbers of tasks, the start-up's name, why the worker was
    lost.
    """
    look = paints(axis.page.colors, spans.engine, spans.ghost)
    for stretch in stretches:
        _label(cells, stretch, look, spans.ghost)
    if named and spans.startup > 0:
        first, last = axis.eighth(-spans.startup) // 8, axis.eighth(0.0) // 8
        options = (spans.startup_text, seconds(spans.startup))
        centred(cells, first, last, options, axis.page.colors.text)
    if spans.row.lost:
        after = max((stretch.right for stretch in stretches), default=0) // 8 + 2
        reason = axis.page.safe(spans.row.lost, 200)
        if cell_len(reason) <= axis.width - after:
            cells.put(after, reason, axis.page.colors.failed, axis.page.colors.background)


def _ended(spans: WorkerSpans, axis: TimeAxis) -> Spans:
    t0, t1 = axis.window
    if spans.t > t0:
        return spans.row.between(t0, min(spans.t, t1))
    return spans.row.between(t1, t0)  # nothing


def _stretches(spans: WorkerSpans, axis: TimeAxis, ended: Spans) -> list[_Stretch]:
    """The tasks on the line: those that have ended by now, then those that are open."""
    (t0, t1), t = axis.window, spans.t
    running = [
        (task, start)
        for task, (start, _) in spans.row.open.items()
        if start <= t and start < t1 and t > t0
    ]
    starts = np.concatenate([ended.start, [start for _, start in running]])
    ends = np.concatenate([ended.end, [np.inf] * len(running)])
    scale = axis.width * 8 / (t1 - t0)
    left = np.rint((np.clip(starts, t0, t1) - t0) * scale).astype(int)
    right = np.rint((np.clip(np.minimum(ends, t), t0, t1) - t0) * scale).astype(int)
    left = np.minimum(left, axis.width * 8 - 1)
    right = np.maximum(right, left + 1)
    kinds = [_kind(int(state), ended.first + i) for i, state in enumerate(ended.state)]
    kinds += [RUNNING] * len(running)
    for i in np.flatnonzero(ends > t).tolist():
        kinds[i] = RUNNING
    tasks = [*ended.task.tolist(), *(task for task, _ in running)]
    looks = kinds.copy()
    if (at := _chosen(spans.chosen, tasks, starts)) is not None:
        looks[at] = CHOSEN
    columns = (left.tolist(), right.tolist(), kinds, tasks, starts.tolist(), looks)
    return [_Stretch(*values) for values in zip(*columns, strict=True)]


def _chosen(
    chosen: ChosenSpan | None, tasks: Sequence[int], starts: NDArray[np.float64]
) -> int | None:
    """The number of the span that the cursor stands on: of several of a task, the one that had
    started by its time.
    """
    if chosen is None:
        return None
    own = [index for index, task in enumerate(tasks) if task == chosen.task]
    begun = [index for index in own if starts[index] <= chosen.t]
    return next(iter([*reversed(begun), *own]), None)


_KINDS: dict[int, int] = {
    State.FAILED: FAILED,
    State.RETRYING: LOST,
    State.CANCELLED: CANCELLED,
}


def _kind(state: int, index: int) -> int:
    return _KINDS.get(state, SHADE + index % 2)


def _eighths(spans: WorkerSpans, axis: TimeAxis, stretches: Sequence[_Stretch]) -> Eighths:
    """The kind that each eighth of the line shows."""
    t0, t1 = axis.window
    scale = axis.width * 8 / (t1 - t0)
    eighths = np.zeros(axis.width * 8, np.uint8)
    if spans.startup > 0:
        eighths[axis.eighth(-spans.startup) : axis.eighth(0.0)] = START
    staged = 0
    if spans.marks is not None:
        staged = len(spans.marks)
    # The chosen one last: it is seen however thin it is.
    for a, b, _, task, start, kind in sorted(stretches, key=lambda stretch: stretch.chosen):
        if kind in (FAILED, CHOSEN) and b // 8 - -(-a // 8) < 1:
            a = (a + b) // 16 * 8  # no whole cell: take the one it lies in most
            b = a + 8
        eighths[a:b] = kind
        if spans.marks is not None and task < staged and kind in (SHADE, OTHER, RUNNING):
            _draw_stages(eighths, a, b, (start - t0 + spans.marks[task]) * scale)
        if kind == RUNNING and not spans.ghost:
            eighths[max(a, b - 8) : b] = TIP
    return eighths


def _draw_stages(eighths: Eighths, a: int, b: int, ends: NDArray[np.floating[Any]]) -> None:
    """The stages that ended within a task's stretch; what comes after the last of them stays as it
    is.
    """
    # A stage that a task never reported has no end.
    for stage in np.flatnonzero(np.isfinite(ends)).tolist():
        edge = round(min(max(float(ends[stage]), a), b))
        eighths[a:edge] = STAGE + stage
        a = max(a, edge)


def _label(cells: Cells, stretch: _Stretch, look: Sequence[Paint], ghost: bool) -> None:
    """The task's number in the middle of its span where it fits; a mark where it came to grief."""
    a, b, kind, task, _, paint = stretch
    first, last = -(-a // 8), b // 8
    mark = glyphs(cells.ascii).get(kind, "")
    if mark and last <= first:
        first = (a + b) // 16
        last = first + 1
    label = f"{mark}{task}"
    if last - first < len(label) + 1:
        label = mark
    elif last - first > len(label) + 3:
        label = f" {label} "  # free of the texture of stages
    at = first + (last - first - len(label)) // 2
    cells.put(at, label, look[paint].words, look[paint].tone, bold=not ghost)


def draw_together(
    rows: Sequence[WorkerRow], axis: TimeAxis, t: float, engine: str, ghost: bool = False
) -> Line:
    """How busy these workers were on average: one line for the workers that have no line of their
    own.
    """
    cells, colors = axis.page.cells(), axis.page.colors
    if axis.empty or not rows:
        return cells.line()
    _draw_density(cells, rows, axis, t, paints(colors, engine, ghost))
    words = f" {len(rows)} workers "
    after = max((x for x in range(axis.width) if cells.chars[x] != " "), default=-1) + 1
    if len(words) > axis.width - after:
        after = 0
    axis.draw_grid(cells)
    axis.draw_bound(cells)
    cells.put(after, words, colors.text, colors.background)
    return cells.line()


def _draw_density(
    cells: Cells, rows: Sequence[WorkerRow], axis: TimeAxis, t: float, look: Sequence[Paint]
) -> None:
    """The share of each column's time that the rows were busy; red where bad attempts ended."""
    t0, t1 = axis.window
    edges = np.minimum(np.linspace(t0, t1, cells.width + 1), max(t, t0))
    busy, bad = np.zeros(cells.width), np.zeros(cells.width, bool)
    for row in rows:
        busy += np.diff(row.busy_until(edges))
        bad |= np.diff(row.bad_until(edges)) > 0
        for start, _ in row.open.values():
            busy += np.diff(np.maximum(edges, start))
    # The column at the growing end is measured against the part of it that has passed.
    least = (t1 - t0) / cells.width / 4
    share = busy / np.maximum(np.diff(edges), least) / len(rows)
    levels = np.clip(np.rint(share * 8), busy > 0, 8).astype(int).tolist()
    failed, mark = look[FAILED], glyphs(cells.ascii)[FAILED]
    ladder, tone = axis.page.pick(LEVELS, ASCII_LEVELS), look[SHADE].ink or look[SHADE].tone
    cells.put(0, "".join(ladder[level] for level in levels), tone, cells.background)
    marked = False
    for x in np.flatnonzero(bad).tolist():
        # Of red columns side by side, every other one has the mark.
        marked = not (marked and bad[x - 1])
        cells.put(x, (" ", mark)[marked], failed.words, failed.tone)
