"""The newest results of tasks, as text: the picture of a workload that has none."""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.listing import heading, note, put_badge
from tui.drawing.page import Page


@dataclass(frozen=True)
class TaskResult:
    """What a task returned, or raised if it `failed`, as text."""

    engine: str
    task: int
    text: str
    failed: bool = False


@dataclass(frozen=True)
class ResultsView:
    """The newest results, the newest first."""

    results: Sequence[TaskResult] = ()


def draw_results(view: ResultsView, page: Page) -> list[Line]:
    """A line for each task under a heading."""
    if page.empty:
        return []
    page, lines = page.on(page.colors.panel), []
    lines.append(heading("RESULTS", page).line())
    if not view.results:
        lines.append(note("no finished tasks", page))
    numbers = max((len(f"{result.task:,}") for result in view.results), default=0)
    lines += [_line(result, numbers, page) for result in view.results[: page.height]]
    return lines[: page.height]


def _line(result: TaskResult, numbers: int, page: Page) -> Line:
    """The lane's letter, the task's number, and its result or exception."""
    cells, ink, mark = page.cells(), page.colors.text, ""
    put_badge(cells, 1, result.engine, page)
    if result.failed:
        ink, mark = page.colors.failed, page.pick("✗ ", "X ")
    cells.put(5, f"{result.task:,}".rjust(numbers), page.colors.dim)
    at = 6 + numbers
    cells.put(at, page.clip_foreign(f"{mark}{result.text}", page.width - at - 1), ink)
    return cells.line()


class ResultsPanel(Lines):
    """The newest results."""

    _view = ResultsView()

    def update(self, view: ResultsView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The panel's lines."""
        return draw_results(self._view, page)
