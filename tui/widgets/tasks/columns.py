"""The columns of the table of tasks, and what stands in a row under each head."""

from typing import NamedTuple

from tui.drawing.page import Page
from tui.widgets.tasks.state import state_ink, state_words
from workloads.core.wording import brief, percent
from workloads.ledger.tables import State

LEAST_OUTCOME = 22
"""Cells below which a column gives way to what the task returned."""


class Column(NamedTuple):
    """A column: its head, its cells with the blank before it, whether it stands at the left, what
    it is sorted by.
    """

    head: str
    size: int
    left: bool = False
    sort: str = ""


class TableColumns(NamedTuple):
    """The columns for which there is room, and the cells left for a task's outcome."""

    columns: tuple[Column, ...]
    outcome: int

    def at(self, x: int) -> Column | None:
        """The column of cell `x` of a line."""
        end = 1
        for column in self.columns:
            end += column.size
            if x < end:
                return column
        return None

    @property
    def refs(self) -> bool:
        """True if there is one for the ObjectRef."""
        return any(column.head == "ObjectRef" for column in self.columns)


def columns_for(width: int, count: int, refs: bool) -> TableColumns:
    """The ObjectRef gives way first, then the CPU's share, then the time to start."""
    number = Column("task", max(4, len(str(count - 1))) + 1, sort="number")
    state, worker, attempt = (
        Column("state", 15, True, "state"),
        Column("worker", 7, True),
        Column("↻", 3),
    )
    if width >= 110:
        worker, attempt = Column("worker", 8, True), Column("attempt", 8)
    waited, ran = Column("to start", 10, sort="waited"), Column("ran", 9, sort="ran")
    cpu, ref = Column("CPU", 7), Column("ObjectRef", 12, True)
    columns = [number, state, worker, attempt, waited, ran, cpu, ref]
    if not refs:
        columns.remove(ref)
    for column in (ref, cpu, waited):
        room = width - 1 - sum(column.size for column in columns)
        if room < LEAST_OUTCOME and column in columns:
            columns.remove(column)
    room = width - 1 - sum(column.size for column in columns)
    return TableColumns(tuple(columns), room - 2)


class TaskRow(NamedTuple):
    """The contents of a row, times of -1 where they aren't known; `outcome` is foreign."""

    task: int
    state: int
    worker: int
    attempt: int
    waited: float
    ran: float
    cpu: float
    fraction: float
    ref: str
    outcome: str
    selected: bool


class TableLook(NamedTuple):
    """The look that all rows of a table share."""

    columns: TableColumns
    engine: str
    page: Page


# -- what stands under a head ----------------------------------------------------------------------


class Cell(NamedTuple):
    """The text of a row under a head."""

    words: str
    ink: str
    bold: bool = False


def _task(row: TaskRow, look: TableLook) -> Cell:
    if row.selected:
        return Cell(str(row.task), look.page.colors.accent, True)
    return Cell(str(row.task), look.page.colors.text)


def _state(row: TaskRow, look: TableLook) -> Cell:
    ink = state_ink(row.state, look.engine, look.page.colors)
    bold = row.state in (State.RUNNING, State.FAILED)
    return Cell(state_words(row.state, look.page), ink, bold)


def _worker(row: TaskRow, look: TableLook) -> Cell:
    if row.worker < 0:
        return Cell("", look.page.colors.text)
    return Cell(f"w{row.worker}", look.page.colors.text)


def _attempt(row: TaskRow, look: TableLook) -> Cell:
    if row.attempt:
        words = f"{look.page.pick('↻', 'R')}{row.attempt + 1}"
        return Cell(words, look.page.colors.accent, True)
    if row.worker < 0:
        return Cell("", look.page.colors.dim)
    return Cell("1", look.page.colors.dim)


def _waited(row: TaskRow, look: TableLook) -> Cell:
    return Cell(_duration(row.waited), look.page.colors.dim)


def _ran(row: TaskRow, look: TableLook) -> Cell:
    ink = state_ink(row.state, look.engine, look.page.colors)
    return Cell(_duration(row.ran), ink, row.state == State.RUNNING)


def _cpu(row: TaskRow, look: TableLook) -> Cell:
    if not row.cpu or row.ran <= 0:
        return Cell("", look.page.colors.dim)
    return Cell(percent(row.cpu / row.ran), look.page.colors.dim)


def _ref(row: TaskRow, look: TableLook) -> Cell:
    if not row.ref:
        return Cell("", look.page.colors.dim)
    return Cell(row.ref[:8] + look.page.pick("…", "~"), look.page.colors.dim)


CELLS = {
    "task": _task,
    "state": _state,
    "worker": _worker,
    "attempt": _attempt,
    "↻": _attempt,
    "to start": _waited,
    "ran": _ran,
    "CPU": _cpu,
    "ObjectRef": _ref,
}


def _duration(value: float) -> str:
    if value < 0:
        return ""
    words = brief(value)
    if len(words) >= 9:
        return f"{value:,.0f} s"
    return words
