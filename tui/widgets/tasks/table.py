"""The table of a lane's tasks: a row a task, with its state, worker, times, and what it returned or
raised.

`draw_tasks` looks at nothing but the rows on screen, however many tasks there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines, text
from tui.drawing.spans import Cells
from tui.drawing.themes import Palette, blend, lane_letter, on, palette
from tui.widgets.race.lanebars import clipped
from tui.widgets.tasks.state import state_ink, state_words
from workloads.core.engine_info import engine_info
from workloads.core.wording import brief
from workloads.ledger.lane import Lane
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import State, TaskTable
from workloads.ledger.task_order import EVERYTHING, Choice, ran_s, waited_s

HEADS = 2
"""Lines above the rows."""

WHEEL = 3
"""Rows that a turn of the wheel goes."""

BAR = 12
AHEAD = 2
"""Rows after the newest task that are shown too."""

LEAST_OUTCOME = 24
"""Cells below which a column gives way to what the task returned."""


@dataclass(frozen=True)
class TasksView:
    """What the table shows: the tasks `rows` of a lane's table in that order, `t` seconds into its
    run.

    `outcomes` are the texts by task; `selected` is the number of a task, None to follow the newest
    while they run; `lanes` are the engines of all lanes, `choice` tells how the rows were chosen.
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
        """In which of the rows the selected task is."""
        found = [] if self.selected is None else np.flatnonzero(self.rows == self.selected).tolist()
        return found[0] if found else None

    def newest(self) -> int:
        """In which row the newest task is that was begun; the first one, unless they are in the
        order of numbers.
        """
        if self.choice.sort != "number" or not len(self.rows):
            return 0
        begun = self.tasks.state[self.rows] >= State.RUNNING
        if self.choice.reverse:
            return int(begun.argmax())
        return len(begun) - 1 - int(begun[::-1].argmax()) if begun.any() else 0


def scrolled(top: int, room: int, place: int, count: int) -> int:
    """The first row to show so that the one at `place` is among `room` rows; as near to `top` as
    can be.
    """
    top = min(max(top, place - room + 1), place)
    return max(0, min(top, count - room))


# -- drawing ---------------------------------------------------------------------------------------


class _Column(NamedTuple):
    """A column: its head, its cells with the blank before it, whether it stands at the left, what
    it is sorted by.
    """

    head: str
    size: int
    left: bool = False
    sort: str = ""


class _Look(NamedTuple):
    """What all rows of a table have in common."""

    columns: tuple[_Column, ...]
    outcome: int
    engine: str
    colors: Palette
    ascii: bool


class _Row(NamedTuple):
    """All that a row shows, times of -1 where they aren't known; `outcome` is foreign."""

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


def _columns(width: int, count: int, refs: bool) -> tuple[_Column, ...]:
    """Those for which there is room: the ObjectRef gives way first, then the CPU's share, then how
    long it waited.
    """
    roomy = width >= 110
    number = _Column("task", max(4, len(str(count - 1))) + 1, sort="number")
    state, worker = _Column("state", 13, True, "state"), _Column("worker", 8 if roomy else 7, True)
    attempt = _Column("attempt", 8) if roomy else _Column("↻", 3)
    waited, ran = _Column("waited", 10, sort="waited"), _Column("ran", 10, sort="ran")
    cpu, ref = _Column("CPU", 6), _Column("ObjectRef", 12, True)
    shown = [number, state, worker, attempt, ran]
    room = width - 1 - sum(column.size for column in shown) - LEAST_OUTCOME
    for column in (waited, cpu, *([ref] if refs else [])):
        if column.size <= room:
            shown.append(column)
            room -= column.size
        else:
            break
    return tuple(
        column
        for column in (number, state, worker, attempt, waited, ran, cpu, ref)
        if column in shown
    )


def draw_tasks(
    view: TasksView, top: int, width: int, height: int, colors: Palette, ascii: bool = False
) -> list[Line]:
    """The lanes, the heads, and the rows from the one at `top` on: at most `height` lines of
    `width` cells.
    """
    if width < 1 or height < 1:
        return []
    tasks = view.tasks
    shown = view.rows[top : top + max(height - HEADS, 0)]
    columns = _columns(width, tasks.count, engine_info(view.lane.engine).has_refs)
    look = _Look(
        columns,
        width - 1 - sum(column.size for column in columns) - 2,
        view.lane.engine,
        colors,
        ascii,
    )
    lines = [_lanes(view, top, len(shown), width, colors, ascii), _heads(view.choice, look, width)]
    lines += [
        _draw_row(row, look)
        for row in _rows(view, shown, any(column.head == "ObjectRef" for column in columns))
    ]
    return lines[:height]


def _rows(view: TasksView, shown: NDArray[np.intp], refs: bool) -> list[_Row]:
    tasks = view.tasks
    kept = (
        column[shown]
        for column in (tasks.state, tasks.worker, tasks.attempt, tasks.cpu, tasks.fraction)
    )
    # As -1: a NaN equals nothing, and no row that holds one would be known again.
    times = (
        np.nan_to_num(column, nan=-1.0)
        for column in (waited_s(tasks, shown), ran_s(tasks, view.t, shown))
    )
    values = zip(shown.tolist(), *(column.tolist() for column in (*kept, *times)), strict=True)
    return [
        _Row(
            task,
            state,
            worker,
            attempt,
            waited,
            ran,
            cpu,
            fraction * (state == State.RUNNING),
            tasks.ref_hex(task) if refs else "",
            _outcome(view, task, state, worker),
            task == view.selected,
        )
        for task, state, worker, attempt, cpu, fraction, waited, ran in values
    ]


def _outcome(view: TasksView, task: int, state: int, worker: int) -> str:
    """What a task returned or raised, as far as that is kept."""
    if state == State.RETRYING:
        row = view.lane.rows.get(worker)
        return row.lost if row else ""
    if state not in (State.FINISHED, State.FAILED):
        return ""
    raised = view.lane.errors.get(task) if task not in view.outcomes else None
    return view.outcomes.get(task, exception_line(raised) if raised else "")


def _lanes(view: TasksView, top: int, shown: int, width: int, colors: Palette, ascii: bool) -> Line:
    """All lanes, the one that is looked at marked, and which rows of how many are shown."""
    cells, x = Cells(width, colors.background), 0
    for engine in view.lanes:
        here, lane = engine == view.lane.engine, colors.lane(engine)
        if here:
            cells.put(x, ">" if ascii else "▌", colors.accent, bold=True)
        letter = clipped(lane_letter(engine), 2, ascii) or "?"
        cells.put(
            x + 1,
            f" {letter} ",
            on(lane) if here else lane,
            lane if here else colors.panel,
            bold=True,
        )
        name = clipped(engine.upper(), 16, ascii)
        cells.put(x + 5, name, colors.text if here else colors.dim, bold=here)
        x += cell_len(name) + 7
    count = len(view.rows)
    places = (
        f"{top + 1:,}{'-' if ascii else '–'}{top + shown:,} of {count:,}"
        if 0 < shown < count
        else ""
    )
    if x + len(places) < width:
        cells.put(width - 1 - len(places), places, colors.dim)
    return cells.line()


def _heads(choice: Choice, look: _Look, width: int) -> Line:
    cells, x = Cells(width, look.colors.background), 1
    for column in look.columns:
        here = column.sort == choice.sort
        rising = choice.reverse != (choice.sort == "number")
        head = column.head + (("↑" if rising else "↓") if here else "")
        head = to_ascii(head.replace("↻", "R")) if look.ascii else head
        ink = look.colors.accent if here else look.colors.dim
        cells.put(x + 2 if column.left else x + column.size - len(head), head, ink, bold=here)
        x += column.size
    cells.put(x + 2, "result or exception" if look.outcome >= 19 else "result", look.colors.dim)
    return cells.line()


@lru_cache(maxsize=1024)
def _draw_row(row: _Row, look: _Look) -> Line:
    """One row; kept, since most rows are the same in the next frame."""
    colors, ascii = look.colors, look.ascii
    ground = colors.panel if row.selected else colors.background
    line = [
        text((">" if ascii else "▌") if row.selected else " ", colors.accent, ground, bold=True)
    ]
    for column in look.columns:
        words, ink, bold = _cell(row, column.head, look)
        words = to_ascii(words.replace("µ", "u")) if ascii else words
        room = column.size - 2 if column.left else column.size
        words = f"  {words:<{room}}" if column.left else f"{words:>{room}}"
        line.append(text(words, ink, ground, bold))
    return [*line, text("  ", None, ground), *_told(row, look, ground)]


def _cell(row: _Row, head: str, look: _Look) -> tuple[str, str, bool]:
    """What stands under a head, its colour, and whether it is bold."""
    colors = look.colors
    if head == "task":
        return str(row.task), colors.accent if row.selected else colors.text, row.selected
    if head == "state":
        strong = row.state in (State.RUNNING, State.FAILED)
        return state_words(row.state, look.ascii), state_ink(row.state, look.engine, colors), strong
    if head == "worker":
        return f"w{row.worker}" if row.worker >= 0 else "", colors.text, False
    if head in ("attempt", "↻"):
        again = f"{'R' if look.ascii else '↻'}{row.attempt + 1}"
        return (
            (again, colors.accent, True)
            if row.attempt
            else ("1" if row.worker >= 0 else "", colors.dim, False)
        )
    if head == "waited":
        return _duration(row.waited), colors.dim, False
    if head == "ran":
        return (
            _duration(row.ran),
            state_ink(row.state, look.engine, colors),
            row.state == State.RUNNING,
        )
    if head == "CPU":
        return f"{row.cpu / row.ran:.0%}" if row.cpu and row.ran > 0 else "", colors.dim, False
    return row.ref[:8] + ("~" if look.ascii else "…") * bool(row.ref), colors.dim, False


def _duration(value: float) -> str:
    words = brief(value) if value >= 0 else ""
    return words if len(words) < 10 else f"{value:,.0f} s"


def _told(row: _Row, look: _Look, ground: str) -> Line:
    """What the task returned or raised, or while it runs how far it is, in exactly the cells that
    are left.
    """
    colors, room = look.colors, look.outcome
    if room < 1:
        return []
    if row.fraction > 0:
        wide = max(min(BAR, room - 5), 0)
        done, lane = round(row.fraction * wide), colors.lane(look.engine)
        # Lower than a line, so that bars don't run into one block.
        full, rest = ("#", "-") if look.ascii else ("▆", "▆")
        share = f" {row.fraction:.0%}"[:room].ljust(room - wide)
        bar = [
            text(full * done, lane, ground),
            text(rest * (wide - done), blend(ground, lane, 0.3), ground),
        ]
        return [*bar, text(share, colors.text, ground)]
    words = clipped(row.outcome, room, look.ascii)
    ink = {State.FAILED: colors.failed, State.FINISHED: colors.text}.get(
        State(row.state), colors.dim
    )
    return [text(words + " " * (room - cell_len(words)), ink, ground)]


# -- the widget ------------------------------------------------------------------------------------


class TaskRows(Lines):
    """The table, and where in it one is."""

    class Chosen(Message):
        """A row was clicked."""

        def __init__(self, task: int) -> None:
            super().__init__()
            self.task = task

    _view = TasksView()
    _top = 0
    _loose = False
    """Whether the wheel was turned since a task was selected last: the rows stay where they are."""

    def update(self, view: TasksView) -> None:
        """Show this; what is selected comes into view, and else the newest tasks while they run."""
        if view.tasks is not self._view.tasks:
            self._top, self._loose = 0, False
        if view.selected != self._view.selected:
            self._loose = False
        self._view = view
        self.redraw()

    def follow(self) -> None:
        """Keep what is selected, or the newest, in view again."""
        self._loose = False

    def to_top(self) -> None:
        """Show the first rows, unless one is selected or tasks run."""
        self._top, self._loose = 0, False

    @property
    def page(self) -> int:
        """How many rows there is room for."""
        return max(self.content_size.height - HEADS, 1)

    @property
    def here(self) -> int:
        """The row to begin from where none is selected: the newest while tasks run, else the first
        on screen.
        """
        return self._view.newest() if self._view.lane.live and not self._loose else self._top

    def draw(self, width: int, height: int) -> list[Line]:
        """The table's lines."""
        view, room = self._view, max(height - HEADS, 1)
        place, count = view.place(), len(view.rows)
        if self._loose or (place is None and not view.lane.live):
            self._top = max(0, min(self._top, count - room))
        elif place is not None:
            self._top = scrolled(self._top, room, place, count)
        else:
            newest, ahead = view.newest(), min(AHEAD, room - 1)
            top = scrolled(self._top, room, max(newest - ahead, 0), count)
            self._top = scrolled(top, room, min(newest + ahead, max(count - 1, 0)), count)
        return draw_tasks(view, self._top, width, height, palette(self.app.theme), self.ascii)

    def on_click(self, event: events.Click) -> None:
        """A click selects the row."""
        at = self._top + event.y - HEADS
        if event.y >= HEADS and at < len(self._view.rows):
            self.post_message(self.Chosen(int(self._view.rows[at])))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The rows below."""
        self._scroll(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The rows above."""
        self._scroll(event, -WHEEL)

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        self._top, self._loose = max(self._top + by, 0), True
        self.redraw()
