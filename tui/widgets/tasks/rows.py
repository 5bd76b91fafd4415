"""The rows of the table of tasks, under the lanes and the heads of the columns.

Only the rows on screen are looked at, however many tasks there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui.drawing.cells import Line, text
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from tui.widgets.tasks.columns import (
    CELLS,
    Known,
    RowFigures,
    TableColumns,
    TableLook,
    TaskRow,
    columns_for,
)
from workloads.core.engine_info import engine_info
from workloads.ledger import task_figures as figures
from workloads.ledger.tables import State, TaskTable
from workloads.ledger.task_figures import Figures, LaneTasks
from workloads.ledger.task_order import BY_NUMBER, EVERYTHING, Choice, TaskList

HEADS = 2
"""Lines above the rows."""

BAR = 12

ALL_LANES = "all lanes"


@dataclass(frozen=True)
class TasksView:
    """The data of the table: the tasks at the places `rows` of a list, in that order.

    `selected` is the place of a task, None to follow the newest while they run; `twins` are those
    of the same task on other lanes. `lanes` are the engines of all lanes of the race, `choice` says
    how the rows were chosen.
    """

    tasks: TaskList = field(default_factory=TaskList)
    rows: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    selected: int | None = None
    twins: frozenset[int] = frozenset()
    lanes: Sequence[str] = ()
    choice: Choice = EVERYTHING

    @property
    def tables(self) -> tuple[TaskTable, ...]:
        """The tables of the listed lanes: another run has others."""
        return tuple(of.tasks for of in self.tasks.lanes)

    @property
    def live(self) -> bool:
        """True while a listed lane runs."""
        return any(of.lane.live for of in self.tasks.lanes)

    def row_of(self, place: int | None) -> int | None:
        """The row of the task at a place; None if it isn't listed."""
        if place is None:
            return None
        return next(iter(np.flatnonzero(self.rows == place).tolist()), None)

    @cached_property
    def selected_row(self) -> int | None:
        """The row of the selected task."""
        return self.row_of(self.selected)

    @cached_property
    def newest(self) -> int:
        """The row of the task of a lane that runs that started last; the first row, unless they are
        in the order of numbers.
        """
        if self.choice.sort != BY_NUMBER:
            return 0
        for start, of in reversed(list(zip(self.tasks.starts, self.tasks.lanes, strict=False))):
            if not of.lane.live:
                continue
            mine = np.flatnonzero((self.rows >= start) & (self.rows < start + of.tasks.count))
            begun = mine[of.tasks.state[self.rows[mine] - start] >= State.RUNNING]
            if len(begun):
                return int(begun[0 if self.choice.reverse else -1])
        return 0


def known(tasks: TaskList) -> Known:
    """What is known of the listed tasks, as far as it decides on columns."""
    lanes = [of.lane for of in tasks.lanes]
    return Known(
        max((lane.tasks.count for lane in lanes), default=0),
        len(lanes) > 1,
        any(engine_info(lane.engine).has_refs for lane in lanes),
        any(row.node for lane in lanes for row in lane.rows.values()),
        any(engine_info(lane.engine).has_workers for lane in lanes),
    )


def columns_of(view: TasksView, width: int) -> TableColumns:
    """The table's columns in so many cells."""
    return columns_for(width, known(view.tasks))


def draw_rows(view: TasksView, top: int, page: Page) -> list[Line]:
    """The lanes, the heads, and the rows from the one at `top` on."""
    page = page.on(page.colors.background)
    visible = view.rows[top : top + max(page.height - HEADS, 0)]
    look = TableLook(columns_of(view, page.width), page)
    lines = [_lanes(view, top, len(visible), page), _heads(view.choice, look)]
    lines += [_draw_row(row, look) for row in _rows(view, visible)]
    return lines[: page.height]


FIGURES: tuple[Callable[[LaneTasks, NDArray[np.intp]], Figures], ...] = (
    figures.queued_s,
    figures.ran_s,
    figures.fetched_s,
    figures.cpu_share,
    figures.result_bytes,
)
"""The figures of a row, in its order."""


def _rows(view: TasksView, visible: NDArray[np.intp]) -> list[TaskRow]:
    by_place: dict[int, TaskRow] = {}
    for start, of in zip(view.tasks.starts.tolist(), view.tasks.lanes, strict=False):
        mine = visible[(visible >= start) & (visible < start + of.tasks.count)]
        # As -1: a NaN equals nothing, and no row that holds one would be known again.
        columns = [np.nan_to_num(figure(of, mine - start), nan=-1.0).tolist() for figure in FIGURES]
        for place, *own in zip(mine.tolist(), *columns, strict=True):
            by_place[place] = _row(view, place, of, RowFigures(*own))
    # From the start of a race to the next update, the lanes' tables are new and have fewer rows.
    return [by_place[place] for place in visible.tolist() if place in by_place]


def _row(view: TasksView, place: int, of: LaneTasks, own: RowFigures) -> TaskRow:
    task, tasks = view.tasks.at(place)[1], of.tasks
    state, worker, fraction = int(tasks.state[task]), int(tasks.worker[task]), 0.0
    if state == State.RUNNING:
        fraction = float(tasks.fraction[task])
    attempt = int(tasks.attempt[task])
    told = [of.lane.actors.call_text(task), of.outcome(task)]
    return TaskRow(
        task,
        of.lane.engine,
        state,
        worker,
        of.node_text(worker),
        attempt,
        own,
        fraction,
        tasks.ref_hex(task),
        ": ".join(filter(None, told)),
        place == view.selected,
        place in view.twins,
    )


# -- the line of lanes -----------------------------------------------------------------------------


def lane_names(view: TasksView, page: Page) -> list[tuple[int, int, str]]:
    """Where the lanes stand in the first line: from cell to cell, and the engine's name; empty for
    all lanes.
    """
    places, x = [], 0
    if len(view.lanes) > 1:
        x = len(ALL_LANES) + 4
        places.append((0, x, ""))
    for engine in view.lanes:
        name = page.clip_foreign(engine.upper(), 16)
        end = x + cell_len(name) + 7
        places.append((x, end, engine))
        x = end
    return places


def _lanes(view: TasksView, top: int, visible: int, page: Page) -> Line:
    """All lanes, those that are listed marked, and which rows of how many are shown."""
    cells, colors, x = page.cells(), page.colors, 0
    listed = [of.lane.engine for of in view.tasks.lanes]
    for x, end, engine in lane_names(view, page):
        here = listed == [engine] or (not engine and len(listed) > 1)
        ink = colors.text if here else colors.dim
        if here:
            cells.put(x, page.pick("▌", ">"), colors.accent, bold=True)
        if not engine:
            cells.put(x + 1, f" {ALL_LANES.upper()}", ink, bold=here)
            continue
        lane = colors.lane(engine)
        badge = (lane, colors.panel)
        if engine in listed:
            badge = (on(lane), lane)
        letter = page.clip_foreign(lane_letter(engine), 2) or "?"
        cells.put(x + 1, f" {letter} ", *badge, bold=True)
        cells.put(x + 5, page.clip_foreign(engine.upper(), 16), ink, bold=here)
        x = end
    count = len(view.rows)
    if 0 < visible < count:
        places = page.words(f"{top + 1:,}–{top + visible:,} of {count:,}")
        if x + len(places) < page.width:
            cells.put(page.width - 1 - len(places), places, colors.dim)
    return cells.line()


def _heads(choice: Choice, look: TableLook) -> Line:
    page, colors, x = look.page, look.page.colors, 1
    cells, direction = page.cells(), "↓"
    if choice.ascends:
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
    outcome, ink, here = "result", colors.dim, choice.sort == "result"
    if look.columns.outcome >= 20:
        outcome = "result or exception"
    if here:
        outcome, ink = page.words(outcome + direction), colors.accent
    cells.put(x + 2, outcome, ink, bold=here)
    return cells.line()


@lru_cache(maxsize=1024)
def _draw_row(row: TaskRow, look: TableLook) -> Line:
    """One row; kept, since most rows are the same in the next frame."""
    page, ground, mark = look.page, look.page.ground, " "
    if row.selected:
        ground, mark = page.colors.panel, page.pick("▌", ">")
    line = [text(mark, page.colors.accent, ground, bold=True)]
    for column in look.columns.columns:
        cell = CELLS[column.sort](row, page)
        words = page.words(cell.words)
        if not column.left:
            line.append(text(words.rjust(column.size), cell.ink, ground, cell.bold))
            continue
        before, after = "  ", " " * (column.size - 2 - cell_len(words))
        if cell.ground:
            line.append(text(before, None, ground))
            line.append(text(words, cell.ink, cell.ground, cell.bold))
            line.append(text(after, None, ground))
        else:
            line.append(text(before + words + after, cell.ink, ground, cell.bold))
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
    room, page, lane = look.columns.outcome, look.page, look.page.colors.lane(row.engine)
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
