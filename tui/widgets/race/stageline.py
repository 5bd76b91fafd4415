"""One line on the stages of a lane's tasks: the tone each has in the timeline, and how long it
takes on average.
"""

from collections.abc import Mapping

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines
from tui.drawing.spans import STAGE, Cells, paints
from tui.drawing.themes import Palette, lane_letter, on, palette
from workloads.core.errors import plain


def draw_stages(
    engine: str, stages: Mapping[str, float], width: int, colors: Palette, ascii: bool = False
) -> Line:
    """The stages in order in `width` cells, `stages` giving each one's mean seconds; where room is
    short the seconds go first, then names are cut.
    """
    cells = Cells(width, colors.panel)
    lane = colors.lane(engine)
    cells.put(0, f" {lane_letter(engine)} ", on(lane), lane, bold=True)
    names = [plain(name, 20) for name in stages]
    times = [
        f" {spent:.2f} s" if spent >= 0.1 else f" {spent * 1000:.0f} ms"
        for spent in stages.values()
    ]
    room = width - 4 - 5 * len(names)
    if sum(map(len, names)) + sum(map(len, times)) > room:
        times = [""] * len(names)
    if sum(map(len, names)) > room and names:
        names = [name[: max(room // len(names), 1)] for name in names]
    x = 4
    for index, (name, time) in enumerate(zip(names, times, strict=True)):
        paint = paints(colors, engine)[STAGE + index]
        cells.put(x, 2 * (paint.ascii if ascii else "█"), colors.text if ascii else paint.tone)
        cells.put(x + 3, to_ascii(name) if ascii else name, colors.text)
        cells.put(x + 3 + len(name), time, colors.dim)
        x += len(name) + len(time) + 5
    return cells.line()


class StageLine(Lines):
    """The stages of the lane that is looked at."""

    DEFAULT_CSS = "StageLine { height: 1; }"

    _shown: tuple[str, Mapping[str, float]] = ("", {})

    def update(self, engine: str, stages: Mapping[str, float]) -> None:
        """Show these mean seconds of a stage on lane `engine`."""
        self._shown = engine, stages
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The line."""
        engine, stages = self._shown
        return [draw_stages(engine, stages, width, palette(self.app.theme), self.ascii)]
