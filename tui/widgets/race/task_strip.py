"""A lane's tasks as a strip: each a cell that fills as the task works."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui.drawing import paints
from tui.drawing.cells import ASCII_LEVELS, LEVELS, Cells, Line
from tui.drawing.eighths import Paint, fill
from tui.drawing.page import Page
from workloads.ledger.tables import State

_KINDS = np.array(
    [
        paints.TODO,
        paints.SENT,
        paints.SENT,
        paints.SHADE,
        paints.FAILED,
        paints.LOST,
        paints.CANCELLED,
    ],
    np.uint8,
)
"""The look of a task's cells, by its State."""

_SEVERITY = np.array([0, 0, 0, 0, 3, 2, 1], np.uint8)
"""By State, which of a cell's tasks it shows: the worst."""

_SEVERE = {1: paints.CANCELLED, 2: paints.LOST, 3: paints.FAILED}

MOST_CELLS = 5
"""Cells that a task takes where there is room."""


def draw_strip(
    state: NDArray[np.uint8],
    fraction: NDArray[np.float32],
    page: Page,
    engine: str,
    ghost: bool = False,
) -> Line:
    """Every task a cell with its progress in it; with more tasks than cells, each cell a share of
    them.
    """
    width, count = page.width, len(state)
    cells, look = page.cells(), paints.paints(page.colors, engine, ghost)
    if not count or width < 1:
        return cells.line()
    if count > width:
        _draw_shares(cells, state, fraction, page, look)
        return cells.line()
    each, kinds, running = min(width // count, MOST_CELLS), _KINDS[state], state == State.RUNNING
    eighths = np.repeat(kinds[:, None], each * 8, axis=1)
    room = each * 8 - _gap(each, page.ascii)
    if each > 1:
        reach = np.where(running, np.rint(fraction * room), 0)
        eighths[np.arange(each * 8) < reach[:, None]] = paints.RUNNING
        eighths[:, room:] = paints.EMPTY
    else:
        # In a single cell a running task needs the room for its edge.
        reach = np.where(running, np.rint(fraction * 8), 0)
        eighths[np.arange(8) < reach[:, None]] = paints.RUNNING
        eighths[~running, room:] = paints.EMPTY
    fill(cells, eighths.reshape(-1), look)
    glyphs = paints.glyphs(page.ascii)
    for task in np.flatnonzero(state > State.FINISHED).tolist():
        kind = int(kinds[task])
        at = task * each + (each - 1) // 2
        cells.put(at, glyphs[kind], look[kind].words, look[kind].tone, bold=True)
    return cells.line()


def _gap(each: int, ascii: bool) -> int:
    """Eighths of a cell that part a task of `each` cells from the next."""
    if not ascii:
        return (0, 2, 4, 8, 8, 8)[each]
    if each == 1:
        return 0
    return 8


def _draw_shares(
    cells: Cells,
    state: NDArray[np.uint8],
    fraction: NDArray[np.float32],
    page: Page,
    look: Sequence[Paint],
) -> None:
    firsts = np.arange(cells.width) * len(state) // cells.width
    sizes = np.diff(firsts, append=len(state))
    share = np.add.reduceat(fraction, firsts) / sizes
    levels = np.where((share > 0) & (share < 1), np.clip(share * 8, 1, 7), share * 8).astype(int)
    ladder, glyphs = page.pick(LEVELS, ASCII_LEVELS), paints.glyphs(page.ascii)
    done = look[paints.SHADE].ink or look[paints.SHADE].tone
    cells.put(0, "".join(ladder[level] for level in levels.tolist()), done, look[paints.TODO].tone)
    if state.max() <= State.FINISHED:
        return
    worst = np.maximum.reduceat(_SEVERITY[state], firsts)
    for x in np.flatnonzero(worst).tolist():
        kind = _SEVERE[int(worst[x])]
        cells.put(x, glyphs[kind], look[kind].words, look[kind].tone)
