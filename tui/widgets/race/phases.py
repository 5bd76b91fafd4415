"""A lane's start-up drawn as a line: its phases end to end, each named. For the timeline."""

from collections.abc import Sequence

import numpy as np

from tui.drawing.cells import Line, tall_row
from tui.drawing.eighths import Paint, fill
from tui.drawing.paints import FAILED, OTHER, START, TIP, paints
from tui.drawing.themes import blend
from tui.drawing.time_axis import TimeAxis, centred
from tui.phase_text import counted, name_of
from workloads.core.wording import seconds
from workloads.ledger.tables import Phase


def draw_phases(
    phases: Sequence[Phase], axis: TimeAxis, now: int, engine: str, tall: int = 1
) -> list[Line]:
    """A lane's start-up by `now` (ns) in a row of `tall` lines, each phase named, end to end: idle
    time between them is nobody's cost.
    """
    colors = axis.page.colors
    cells, look = axis.page.cells(), list(paints(colors, engine))
    if axis.empty or not phases:
        return [cells.line()] * tall
    start = look[START]
    other = blend(start.tone, colors.background, 0.5)
    look[OTHER] = Paint(other, start.words, "▒", start.ink, "%")
    eighths, labels = np.zeros(axis.width * 8, np.uint8), []
    begin = 0.0
    for index, phase in enumerate(phases):
        length = max(phase.seconds(now), 0.0)
        # Textures want whole cells.
        first, last = axis.eighth(begin) // 8, -(-axis.eighth(begin + length) // 8)
        eighths[first * 8 : last * 8] = (START, OTHER)[index % 2]
        if phase.end is None and last > first:
            eighths[max(first, last - 1) * 8 : last * 8] = TIP
        name, mark = name_of(phase), ""
        if phase.failed:
            if last > first:
                eighths[max(first, last - 1) * 8 : last * 8] = FAILED
            mark = axis.page.pick("✗ ", "X ")
        options = (f"{mark}{counted(phase)} {seconds(length)}", f"{mark}{counted(phase)}", name)
        labels.append((first, last, options))
        begin += length
    fill(cells, eighths, look)
    axis.draw_grid(cells)
    bare: Line = []
    if tall > 1:
        bare = cells.line()
    for first, last, options in labels:
        centred(cells, first, last, options, colors.text)
    return tall_row(cells.line(), bare, tall)
