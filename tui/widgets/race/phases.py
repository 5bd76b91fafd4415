"""A lane's start-up drawn as a line: its phases end to end, each named. For the timeline."""

from collections.abc import Sequence

import numpy as np

from tui.drawing.lines import Line
from tui.drawing.spans import OTHER, START, TIP, Frame, Paint, centred, paints
from tui.drawing.themes import blend
from tui.phase_text import counted, name_of
from workloads.ledger.tables import Phase


def draw_phases(
    phases: Sequence[Phase], frame: Frame, now: int, engine: str, words: bool = True
) -> Line:
    """A lane's start-up by `now` (ns), each phase named, end to end: idle time between them is
    nobody's cost.
    """
    cells, look = frame.cells(), list(paints(frame.palette, engine))
    if frame.empty or not phases:
        return cells.line()
    start = look[START]
    other = blend(start.tone, frame.palette.background, 0.5)
    look[OTHER] = Paint(other, start.words, "▒", start.ink, "%")
    eighths, labels = np.zeros(frame.width * 8, np.uint8), []
    begin = 0.0
    for index, phase in enumerate(phases):
        length = max(phase.seconds(now), 0.0)
        # Textures want whole cells.
        a, b = frame.eighth(begin) // 8, -(-frame.eighth(begin + length) // 8)
        eighths[a * 8 : b * 8] = OTHER if index % 2 else START
        if phase.end is None:
            eighths[max(a, b - 1) * 8 : b * 8] = TIP
        labels.append((a, b, (f"{counted(phase)} {length:.1f} s", counted(phase), name_of(phase))))
        begin += length
    cells.fill(eighths, look, frame.ascii)
    cells.grid(frame.grid, frame.palette.rule, frame.ascii)
    for first, last, options in labels if words else ():
        centred(cells, first, last, options, frame.palette.text)
    return cells.line()
