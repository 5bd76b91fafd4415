"""The columns of the table of tasks, and what stands in a row under each head."""

from typing import NamedTuple

from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on
from tui.widgets.tasks.state import state_ink, state_words
from workloads.core.wording import brief, percent, size_text
from workloads.ledger.tables import State

LEAST_OUTCOME = 22
"""Cells below which a column gives way to what the task returned."""

LEAST_RESULT = 2
"""Cells before the last column."""

REF_LETTERS = 8


class Column(NamedTuple):
    """A column: its head, its cells with the blank before it, whether it stands at the left, what
    it is sorted by.
    """

    head: str
    size: int
    left: bool = False
    sort: str = ""


class Known(NamedTuple):
    """What is known of the listed tasks: how many the largest lane has, whether several lanes are
    listed, whether any has ObjectRefs, nodes, or results that travelled.
    """

    tasks: int = 0
    lanes: bool = False
    refs: bool = False
    nodes: bool = False
    fetches: bool = False


class TableColumns(NamedTuple):
    """The columns for which there is room, and the cells left for a task's outcome."""

    columns: tuple[Column, ...]
    outcome: int

    def at(self, x: int) -> str:
        """What a click on the head at cell `x` of a line sorts by."""
        end = 1
        for column in self.columns:
            end += column.size
            if x < end:
                return column.sort
        return "result"

    @property
    def sorts(self) -> list[str]:
        """What the tasks can be sorted by, from left to right."""
        return [*(column.sort for column in self.columns), "result"]


def columns_for(width: int, known: Known) -> TableColumns:
    """The columns; the node gives way first, then the ObjectRef, the size, and so on."""
    worker, attempt = Column("worker", 8, True, "worker"), Column("↻", 3, sort="attempt")
    if width >= 110:
        attempt = Column("attempt", 8, sort="attempt")
    columns = {
        "task": Column("task", max(4, len(str(known.tasks - 1))) + 2, sort="task"),
        "lane": Column("lane", 6, True, "lane"),
        "state": Column("state", 15, True, "state"),
        "worker": worker,
        "node": Column("node", 10, True, "node"),
        "attempt": attempt,
        "queued": Column("queued", 9, sort="queued"),
        "ran": Column("ran", 9, sort="ran"),
        "fetched": Column("fetched", 9, sort="fetched"),
        "CPU": Column("CPU", 7, sort="cpu"),
        "size": Column("size", 8, sort="size"),
        "ref": Column("ObjectRef", 11, True, "ref"),
    }
    absent = {
        "lane": known.lanes,
        "node": known.nodes,
        "fetched": known.fetches,
        "size": known.fetches,
        "ref": known.refs,
    }
    for name, present in absent.items():
        if not present:
            del columns[name]

    def room() -> int:
        return width - 1 - sum(column.size for column in columns.values())

    for name in ("node", "ref", "size", "fetched", "CPU", "queued"):
        if room() < LEAST_OUTCOME:
            columns.pop(name, None)
    return TableColumns(tuple(columns.values()), room() - LEAST_RESULT)


class RowFigures(NamedTuple):
    """The figures of a row, -1 where they aren't known."""

    queued: float
    ran: float
    fetched: float
    cpu: float
    size: float


class TaskRow(NamedTuple):
    """The contents of a row; `outcome`, `node` and the name of the `engine` are foreign. A `twin`
    is the selected task on another lane.
    """

    task: int
    engine: str
    state: int
    worker: int
    node: str
    attempt: int
    figures: RowFigures
    fraction: float
    ref: str
    outcome: str
    selected: bool
    twin: bool


class TableLook(NamedTuple):
    """The look that all rows of a table share."""

    columns: TableColumns
    page: Page


# -- what stands under a head ----------------------------------------------------------------------


class Cell(NamedTuple):
    """The text of a row under a head."""

    words: str
    ink: str
    bold: bool = False
    ground: str = ""


def _task(row: TaskRow, page: Page) -> Cell:
    if row.selected or row.twin:
        return Cell(str(row.task), page.colors.accent, row.selected)
    return Cell(str(row.task), page.colors.text)


def _lane(row: TaskRow, page: Page) -> Cell:
    letter = page.clip_foreign(lane_letter(row.engine), 2) or "?"
    lane = page.colors.lane(row.engine)
    if row.worker < 0:  # it stands back until a worker has begun it
        return Cell(f" {letter} ", lane, True, page.colors.panel)
    return Cell(f" {letter} ", on(lane), True, lane)


def _state(row: TaskRow, page: Page) -> Cell:
    ink = state_ink(row.state, row.engine, page.colors)
    bold = row.state in (State.RUNNING, State.FAILED)
    return Cell(state_words(row.state, page), ink, bold)


def _worker(row: TaskRow, page: Page) -> Cell:
    if row.worker < 0:
        return Cell("", page.colors.text)
    return Cell(f"w{row.worker}", page.colors.text)


def _node(row: TaskRow, page: Page) -> Cell:
    return Cell(page.safe(row.node), page.colors.dim)


def _attempt(row: TaskRow, page: Page) -> Cell:
    if row.attempt:
        words = f"{page.pick('↻', 'R')}{row.attempt + 1}"
        return Cell(words, page.colors.accent, True)
    if row.worker < 0:
        return Cell("", page.colors.dim)
    return Cell("1", page.colors.dim)


def _queued(row: TaskRow, page: Page) -> Cell:
    return Cell(_duration(row.figures.queued), page.colors.dim)


def _ran(row: TaskRow, page: Page) -> Cell:
    ink = state_ink(row.state, row.engine, page.colors)
    return Cell(_duration(row.figures.ran), ink, row.state == State.RUNNING)


def _fetched(row: TaskRow, page: Page) -> Cell:
    return Cell(_duration(row.figures.fetched), page.colors.dim)


def _cpu(row: TaskRow, page: Page) -> Cell:
    if row.figures.cpu < 0:
        return Cell("", page.colors.dim)
    return Cell(percent(row.figures.cpu), page.colors.dim)


def _size(row: TaskRow, page: Page) -> Cell:
    if row.figures.size < 0:
        return Cell("", page.colors.dim)
    return Cell(size_text(row.figures.size), page.colors.dim)


def _ref(row: TaskRow, page: Page) -> Cell:
    if not row.ref:
        return Cell("", page.colors.dim)
    return Cell(row.ref[:REF_LETTERS] + page.pick("…", "~"), page.colors.dim)


CELLS = {
    "task": _task,
    "lane": _lane,
    "state": _state,
    "worker": _worker,
    "node": _node,
    "attempt": _attempt,
    "queued": _queued,
    "ran": _ran,
    "fetched": _fetched,
    "cpu": _cpu,
    "size": _size,
    "ref": _ref,
}
"""What stands in a column, by what it is sorted by."""


def _duration(value: float) -> str:
    if value < 0:
        return ""
    words = brief(value)
    if len(words) >= 9:
        return f"{value:,.0f} s"
    return words
