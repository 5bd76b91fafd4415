"""What lists on a panel have in common: a heading, a note where they are empty, a lane's badge."""

from tui.drawing.cells import Cells, Line
from tui.drawing.page import Page
from tui.drawing.themes import lane_letter, on


def heading(title: str, page: Page) -> Cells:
    """The line that names a panel, to which more can be added."""
    cells = page.cells()
    cells.put(1, page.clip(title, page.width - 1), page.colors.text, bold=True)
    return cells


def note(text: str, page: Page) -> Line:
    """The line that stands for a list of nothing."""
    cells = page.cells()
    cells.put(1, page.clip(text, page.width - 1), page.colors.dim)
    return cells.line()


def put_badge(cells: Cells, at: int, engine: str, page: Page) -> None:
    """Put a lane's letter on its colour, three cells wide."""
    color = page.colors.lane(engine)
    cells.put(at, f" {lane_letter(engine)} ", on(color), color, bold=True)
