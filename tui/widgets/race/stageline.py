"""One line on the stages of a lane's tasks: the tone and texture that each has in the timeline, and
how long it takes on average.
"""

from collections.abc import Mapping

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.drawing.paints import STAGE, paints
from workloads.core.errors import plain
from workloads.core.wording import brief


def draw_stages(engine: str, stages: Mapping[str, float], page: Page) -> Line:
    """The stages in order, `stages` giving each one's mean seconds; where room is short the seconds
    go first, then the marks are narrower and names are cut. Blank before there is one.
    """
    page = page.on(page.colors.panel)
    cells = page.cells()
    if not stages:
        return cells.line()
    put_badge(cells, 0, engine, page)
    names = [plain(name, 20) for name in stages]
    times = [f" {brief(seconds)}" for seconds in stages.values()]
    mark = 2
    room = page.width - 4 - (mark + 3) * len(names)
    if sum(map(len, names)) + sum(map(len, times)) > room:
        times = [""] * len(names)
    if sum(map(len, names)) > room:
        mark = 1
        room = page.width - 4 - (mark + 2) * len(names)
        names = [name[: max(room // len(names), 1)] for name in names]
    x = 4
    for paint, name, time in zip(paints(page.colors, engine)[STAGE:], names, times, strict=False):
        cells.put(x, mark * page.pick(paint.mark, paint.ascii), paint.ink, paint.tone)
        x += mark + 1
        cells.put(x, page.words(name), page.colors.text)
        cells.put(x + len(name), time, page.colors.dim)
        x += len(name) + len(time) + mark
    return cells.line()


class StageLine(Lines):
    """The stages of the lane that is looked at."""

    DEFAULT_CSS = "StageLine { height: 1; }"

    _engine = ""
    _stages: Mapping[str, float] = {}

    def update(self, engine: str, stages: Mapping[str, float]) -> None:
        """Show these mean seconds of a stage on lane `engine`."""
        self._engine, self._stages = engine, stages
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The line."""
        return [draw_stages(self._engine, self._stages, page)]
