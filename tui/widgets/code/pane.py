"""The source of one lane: a head with the lane's name and what its driver does, and rows of code.

`draw_pane` is pure. The screen lays out the rows, which two panes align with each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual.geometry import Offset
from textual.message import Message
from textual.selection import Selection

from tui.drawing.cells import Cells, Line
from tui.drawing.highlighting import BOLD, role_ink
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import blend, lane_letter, legible, on
from tui.widgets.code.layout import CodeRow, LaneSource
from tui.widgets.wheel import Wheeled
from workloads.core.wording import lane_name

TINT, STRONG = 0.16, 0.3
"""How far the ground of a line goes towards the lane's colour where it differs, and towards the
accent where the driver is.
"""

HEAD = 1
"""Rows above the code."""

DRIVER, FAILED = "driver", "failed"
"""The marks of a line: the driver is there; the selected task raised there."""

_MARKS = {DRIVER: ("▶", ">"), FAILED: ("✗", "x")}

Place = tuple[int, int]
"""A listing of the lane by its place, and a line by its number in the file."""


@dataclass(frozen=True)
class PaneView:
    """A lane's rows from `offset` on; `marks` are those of lines, `state` says in words what the
    driver does, and `position` which rows are shown.
    """

    source: LaneSource = field(default_factory=lambda: LaneSource(""))
    rows: Sequence[CodeRow] = ()
    offset: int = 0
    marks: Mapping[Place, str] = field(default_factory=dict)
    state: str = ""
    position: str = ""


def gutter(rows: Sequence[CodeRow]) -> int:
    """The cells before the code: the mark of a line that differs, its number, and a mark."""
    return 3 + max((len(str(row.number)) for row in rows), default=1)


def draw_pane(view: PaneView, page: Page) -> list[Line]:
    """The head, and as many rows as have room."""
    before = gutter(view.rows)
    shown = view.rows[view.offset : view.offset + page.height - HEAD]
    return [_head(view, page), *(_row(row, view, before, page) for row in shown)]


def _head(view: PaneView, page: Page) -> Line:
    colors, engine = page.colors, view.source.engine
    cells = Cells(page.width, colors.panel, page.ascii)
    ink = colors.lane(engine)
    cells.put(0, f" {lane_letter(engine)} ", on(ink), ink, bold=True)
    name = page.clip_foreign(lane_name(engine), page.width - 5)
    cells.put(4, name, colors.text, bold=True)
    x = 4 + cell_len(name) + 2
    position = page.words(view.position)
    room = page.width - x - cell_len(position) - 2
    cells.put(x, page.clip(view.state, max(room, 0)), colors.accent)
    cells.put(page.width - cell_len(position) - 1, position, colors.dim)
    return cells.line()


def _row(row: CodeRow, view: PaneView, before: int, page: Page) -> Line:
    colors, engine = page.colors, view.source.engine
    ink, mark = colors.lane(engine), view.marks.get((row.listing, row.number), "")
    ground = page.ground
    if row.differs:
        ground = blend(page.ground, ink, TINT)
    if mark:
        tone = {DRIVER: colors.accent, FAILED: colors.failed}[mark]
        ground = blend(page.ground, tone, STRONG)
    cells = Cells(page.width, ground, page.ascii)
    if row.kind == "code" and row.number:
        number = f"{row.number:>{before - 3}}"
        cells.put(1, number, legible(colors.faint, ground, colors.least))
    if row.differs:
        cells.put(0, page.pick("▎", "|"), ink)
    if mark:
        glyph = page.pick(*_MARKS[mark])
        cells.put(before - 2, glyph, legible(tone, ground, colors.least), bold=True)
    x = before if row.kind == "code" else 1
    for run in row.runs:
        shade = role_ink(run.role, ink, ground, colors)
        if row.kind == "note":
            shade = colors.dim
        text = page.words(run.text)
        if row.kind == "head":
            text = page.clip_foreign(text, page.width - x)
        bold = run.role in BOLD or (row.kind == "head" and not run.role)
        cells.put(x, text, shade, bold=bold)
        x += cell_len(text)
    return cells.line()


class CodePane(Wheeled, Lines):
    """The source of one lane: text that can be selected and copied, without its numbers."""

    ALLOW_SELECT = True

    class Scrolled(Message):
        """The wheel was turned by so many rows."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    _view = PaneView()

    def update(self, view: PaneView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The rows there is room for."""
        return draw_pane(self._view, page)

    def scroll_rows(self, by: int) -> None:
        """Have both panes scroll."""
        self.post_message(self.Scrolled(by))

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The code that is selected, without what stands before it."""
        before = gutter(self._view.rows)
        start, end = (
            each and Offset(max(each.x - before, 0), each.y)
            for each in (selection.start, selection.end)
        )
        lines = ("".join(part.text for part in line)[before:].rstrip() for line in self._lines)
        return Selection(start, end).extract("\n".join(lines)), "\n"
