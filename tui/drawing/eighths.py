"""Lines painted to an eighth of a cell: how stretches look, and cells filled with them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.drawing.cells import EIGHTHS, Cells
from tui.drawing.themes import blend, on

Eighths = NDArray[np.uint8]
"""The look of each eighth of a line's cells, an index into a sequence of Paints; 0 is nothing."""


class Paint(NamedTuple):
    """How a stretch looks: its colour, that of words on it, and a texture of `mark`s in `ink`."""

    tone: str
    words: str
    mark: str = " "
    ink: str | None = None
    ascii: str = " "


def runs(keys: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """The first cell and the end of each run of equal keys; (0, 0) for no keys."""
    return pairwise([0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)])


def fill(cells: Cells, eighths: Eighths, look: Sequence[Paint], x: int = 0) -> None:
    """Paint whole cells from eight eighths each, from cell `x` on; a cell can show
    two colours.
    """
    if not len(eighths):
        return
    parts = eighths.reshape(-1, 8)
    first, last = parts[:, 0], parts[:, 7]
    if cells.ascii:
        alone = (first == 0) & (last == 0)
        _fill_ascii(cells, np.where(alone, parts.max(axis=1), parts[:, 4]), look, x)
        return
    cut = (parts != parts[:, :1]).argmax(axis=1)
    # Three stretches in one cell: the last one wins, but a lone thin one never vanishes.
    right = np.where(last == first, parts[np.arange(len(parts)), cut], last)
    # Cells with an edge in them have keys of their own.
    for a, b in runs(np.where(cut > 0, -1 - np.arange(len(parts)), first)):
        edge, left = int(cut[a]), look[first[a]]
        if edge:
            cells.put(x + a, EIGHTHS[edge], left.tone, look[right[a]].tone)
        elif first[a]:
            cells.put(x + a, left.mark * (b - a), left.ink, left.tone)


def _fill_ascii(cells: Cells, kinds: Eighths, look: Sequence[Paint], x: int) -> None:
    for at in np.flatnonzero(kinds).tolist():
        paint = look[kinds[at]]
        ink = paint.ink or blend(on(paint.tone), paint.tone, 0.5)
        cells.put(x + at, paint.ascii, ink, paint.tone)
