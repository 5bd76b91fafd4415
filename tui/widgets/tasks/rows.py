"""The rows of the table of tasks, under the lanes and the heads of the columns.

Only the rows on screen are looked at, however many tasks there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui.drawing.cells import Line, text
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from tui.widgets.tasks.columns import CELLS, TableColumns, TableLook, TaskRow, columns_for
from workloads.core.engine_info import engine_info
from workloads.ledger.lane import Lane
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import State, TaskTable
from workloads.ledger.task_filter import ran_s, waited_s
from workloads.ledger.task_order import EVERYTHING, Choice

HEADS = 2
"""Lines above the rows."""

BAR = 12


@dataclass(frozen=True)
class TasksView:
    """The data of the table: the tasks `rows` of a lane's table in that order, `t` seconds into its
    run.

    `outcomes` are the texts by task; `selected` is the number of a task, None to follow the newest
    while they run; `lanes` are the engines of all lanes, `choice` says how the rows were chosen.
    """

    lane: Lane = field(default_factory=lambda: Lane(""))
    tasks: TaskTable = field(default_factory=lambda: TaskTable(0))
    rows: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    t: float = 0.0
    outcomes: Mapping[int, str] = field(default_factory=dict)
    selected: int | None = None
    lanes: Sequence[str] = ()
    choice: Choice = EVERYTHING

    def place(self) -> int | None:
        """The row of the selected task."""
        if self.selected is None:
            return None
        return next(iter(np.flatnonzero(self.rows == self.selected).tolist()), None)

    def newest(self) -> int:
        """The row of the task that started last; the first row, unless they are in the
        order of numbers.
        """
        if self.choice.sort != "number" or not len(self.rows):
            return 0
        begun = self.tasks.state[self.rows] >= State.RUNNING
        if self.choice.reverse:
            return int(begun.argmax())
        if not begun.any():
            return 0
        return len(begun) - 1 - int(begun[::-1].argmax())


def columns_of(view: TasksView, width: int) -> TableColumns:
    """The table's columns in so many cells."""
    return columns_for(width, view.tasks.count, engine_info(view.lane.engine).has_refs)


def draw_rows(view: TasksView, top: int, page: Page) -> list[Line]:
    """The lanes, the heads, and the rows from the one at `top` on."""
    page = page.on(page.colors.background)
    visible = view.rows[top : top + max(page.height - HEADS, 0)]
    columns = columns_of(view, page.width)
    look = TableLook(columns, view.lane.engine, page)
    lines = [_lanes(view, top, len(visible), page), _heads(view.choice, look)]
    lines += [_draw_row(row, look) for row in _rows(view, visible, columns.refs)]
    return lines[: page.height]


def _rows(view: TasksView, visible: NDArray[np.intp], refs: bool) -> list[TaskRow]:
    tasks = view.tasks
    # As -1: a NaN equals nothing, and no row that holds one would be known again.
    waited = np.nan_to_num(waited_s(tasks, visible), nan=-1.0).tolist()
    ran = np.nan_to_num(ran_s(tasks, view.t, visible), nan=-1.0).tolist()
    rows = []
    for index, task in enumerate(visible.tolist()):
        state, worker, fraction, ref = int(tasks.state[task]), int(tasks.worker[task]), 0.0, ""
        if state == State.RUNNING:
            fraction = float(tasks.fraction[task])
        if refs:
            ref = tasks.ref_hex(task)
        rows.append(
            TaskRow(
                task,
                state,
                worker,
                int(tasks.attempt[task]),
                waited[index],
                ran[index],
                float(tasks.cpu[task]),
                fraction,
                ref,
                _outcome(view, task, state, worker),
                task == view.selected,
            )
        )
    return rows


def _outcome(view: TasksView, task: int, state: int, worker: int) -> str:
    """The result or exception of a task, as far as that is kept."""
    if state == State.RETRYING and worker in view.lane.rows:
        return view.lane.rows[worker].lost
    if state not in (State.FINISHED, State.FAILED):
        return ""
    if task not in view.outcomes and task in view.lane.errors:
        return exception_line(view.lane.errors[task])
    return view.outcomes.get(task, "")


def _lanes(view: TasksView, top: int, visible: int, page: Page) -> Line:
    """All lanes, the one that is looked at marked, and which rows of how many are shown."""
    cells, colors, x = page.cells(), page.colors, 0
    for engine in view.lanes:
        lane, here = colors.lane(engine), engine == view.lane.engine
        badge, ink = (lane, colors.panel), colors.dim
        if here:
            badge, ink = (on(lane), lane), colors.text
            cells.put(x, page.pick("▌", ">"), colors.accent, bold=True)
        letter = page.clip_foreign(lane_letter(engine), 2) or "?"
        cells.put(x + 1, f" {letter} ", *badge, bold=True)
        name = page.clip_foreign(engine.upper(), 16)
        cells.put(x + 5, name, ink, bold=here)
        x += cell_len(name) + 7
    count = len(view.rows)
    if 0 < visible < count:
        places = page.words(f"{top + 1:,}–{top + visible:,} of {count:,}")
        if x + len(places) < page.width:
            cells.put(page.width - 1 - len(places), places, colors.dim)
    return cells.line()


def _heads(choice: Choice, look: TableLook) -> Line:
    page, colors, x = look.page, look.page.colors, 1
    cells, direction = page.cells(), "↓"
    if choice.reverse != (choice.sort == "number"):
        direction = "↑"
    for column in look.columns.columns:
        head, ink, here = column.head, colors.dim, column.sort == choice.sort
        if head == "↻":
            head = page.pick("↻", "R")
        if here:
            head, ink = page.words(head + direction), colors.accent
        at = x + column.size - len(head)
        if column.left:
            at = x + 2
        cells.put(at, head, ink, bold=here)
        x += column.size
    outcome = "result"
    if look.columns.outcome >= 19:
        outcome = "result or exception"
    cells.put(x + 2, outcome, colors.dim)
    return cells.line()


@lru_cache(maxsize=1024)
def _draw_row(row: TaskRow, look: TableLook) -> Line:
    """One row; kept, since most rows are the same in the next frame."""
    page, ground, mark = look.page, look.page.ground, " "
    if row.selected:
        ground, mark = page.colors.panel, page.pick("▌", ">")
    line = [text(mark, page.colors.accent, ground, bold=True)]
    for column in look.columns.columns:
        cell = CELLS[column.head](row, look)
        words = page.words(cell.words)
        room = column.size
        if column.left:
            words = f"  {words}".ljust(room)
        words = words.rjust(room)
        line.append(text(words, cell.ink, ground, cell.bold))
    line.append(text("  ", None, ground))
    if look.columns.outcome < 1:
        return line
    if row.fraction > 0:
        return [*line, *_progress(row, look, ground)]
    words = page.clip_foreign(row.outcome, look.columns.outcome)
    inks = {State.FAILED: page.colors.failed, State.FINISHED: page.colors.text}
    ink = inks.get(State(row.state), page.colors.dim)
    words += " " * (look.columns.outcome - cell_len(words))
    return [*line, text(words, ink, ground)]


def _progress(row: TaskRow, look: TableLook, ground: str) -> Line:
    """How far a running task is, as a bar and a share, in exactly the cells that are left."""
    room, page, lane = look.columns.outcome, look.page, look.page.colors.lane(look.engine)
    wide = max(min(BAR, room - 5), 0)
    done = round(row.fraction * wide)
    # Lower than a line, so that bars don't run into one block.
    full, rest = page.pick("▆", "#"), page.pick("─", "-")
    share = f" {int(100 * row.fraction)}%"[:room].ljust(room - wide)
    return [
        text(full * done, lane, ground),
        text(rest * (wide - done), page.colors.rule, ground),
        text(share, page.colors.text, ground),
    ]
