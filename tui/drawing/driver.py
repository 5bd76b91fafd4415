"""What a lane's driver did, as a row on an axis of time: a pure function for the timeline.

A state that lasts is drawn with its own edges, to an eighth of a cell. Where states change faster,
a cell is shared by the two that took most of its time, in proportion: the cost depends on the width
alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tui.drawing.cells import Cells, Line
from tui.drawing.eighths import Eighths, Paint, fill, runs
from tui.drawing.themes import MARK, Palette, blend, contrast, legible, on
from tui.drawing.time_axis import TimeAxis, centred
from workloads.core.draining import BUSY, Driving
from workloads.core.wording import plural, seconds
from workloads.ledger.driver_row import DriverRow, Floats

SUBMITTING, WAITING, GETTING, COMPUTING, GETTING_NEXT = range(1, 6)
"""What an eighth of a cell shows; 0 is idle. Gets alternate between two looks: each is seen."""

CLEAR = 0.7
"""The share of an eighth's time from which one state stands for it."""

_WORDS: dict[Driving, str] = {
    "submitting": "submit",
    "waiting": "wait",
    "getting": "get",
    "computing": "compute",
}


@dataclass(frozen=True)
class DriverSpans:
    """A lane's driver, `t` seconds into the run: nothing later is drawn. Its process has used
    `cpu_s` seconds of CPU (None: not recorded). `has_refs` says that it waits for ObjectRefs, by
    Ray's functions.
    """

    row: DriverRow
    t: float
    engine: str
    cpu_s: float | None = None
    has_refs: bool = False
    ghost: bool = False


def draw_driver(spans: DriverSpans, axis: TimeAxis) -> Line:
    """The driver's row: what it did when, and its CPU time; the axis' window counts seconds of its
    run.
    """
    cells = axis.page.cells()
    if axis.empty:
        return cells.line()
    look = driver_paints(axis.page.colors, spans.engine, spans.ghost)
    eighths = _eighths(spans, axis)
    fill(cells, eighths, look)
    axis.draw_grid(cells)
    axis.draw_bound(cells)
    _write(cells, spans, axis, eighths)
    return cells.line()


@lru_cache(maxsize=64)
def driver_paints(palette: Palette, engine: str, ghost: bool = False) -> Sequence[Paint]:
    """The looks of a driver's states, by idle, SUBMITTING … GETTING_NEXT. Waiting is nearly the
    ground, and computing the lane's colour: how much of a row is filled says how busy the driver
    is.
    """
    lane, ground = palette.lane(engine), palette.background
    strength = 1.0
    if ghost:
        strength = 0.45

    def paint(depth: float, mark: str, ascii: str) -> Paint:
        depths = (depth * strength * k for k in (1, 0.8, 0.65, 0.5))
        tones = (blend(ground, lane, each) for each in depths)
        tone = next((t for t in tones if contrast(on(t), t) >= palette.least), ground)
        ink = legible(blend(tone, on(tone), 0.35), tone, MARK)
        return Paint(tone, legible(on(tone), tone, palette.least), mark, ink, ascii)

    return (
        Paint(ground, palette.text),
        paint(0.8, "▸", ">"),
        paint(0.12, "·", "."),
        paint(0.5, " ", "="),
        paint(1.0, " ", "#"),
        paint(0.36, " ", "-"),
    )


def _eighths(spans: DriverSpans, axis: TimeAxis) -> Eighths:
    """What each eighth of the line shows."""
    (t0, t1), row, count = axis.window, spans.row, axis.width * 8
    edges = np.linspace(t0, t1, count + 1)
    until = np.clip(edges, 0, max(spans.t, 0))
    spent = np.diff(row.spent_until(until), axis=1)
    width = (t1 - t0) / count
    shares = spent / width
    kinds = np.where(shares.max(axis=0) > 0, shares.argmax(axis=0) + 1, 0).astype(np.uint8)
    second_get = row.gets_at((edges[:-1] + edges[1:]) / 2) % 2 == 1
    kinds[(kinds == GETTING) & second_get] = GETTING_NEXT
    # The eighth at the growing end, or at the run's, is filled in part.
    passed = np.maximum(np.diff(until), 1e-12)
    unclear = (kinds > 0) & (spent.max(axis=0) < CLEAR * passed)
    mixed = unclear.reshape(-1, 8).sum(axis=1) > 4
    kinds.reshape(-1, 8)[mixed] = _shared(
        spent.reshape(len(BUSY), -1, 8).sum(axis=2)[:, mixed],
        passed.reshape(-1, 8).sum(axis=1)[mixed],
    )
    return kinds


def _shared(spent: Floats, passed: Floats) -> Eighths:
    """The eighths of cells (rows) for the two states that took most of their time, the idle rest
    among them: `spent` has the BUSY states in rows and the cells in columns, in seconds.
    """
    parts = np.concatenate([np.maximum(passed - spent.sum(axis=0), 0)[None], spent])
    states = np.sort(np.argsort(-parts, axis=0, kind="stable")[:2], axis=0)
    most = np.take_along_axis(parts, states, axis=0)
    cut = np.rint(8 * most[0] / np.maximum(most.sum(axis=0), 1e-12))
    first = np.arange(8) < cut[:, None]
    kinds: Eighths = np.where(first, states[0][:, None], states[1][:, None]).astype(np.uint8)
    return kinds


def _write(cells: Cells, spans: DriverSpans, axis: TimeAxis, eighths: Eighths) -> None:
    """The words on the row: each state's name in the widest of its stretches, and the CPU time
    after the last, or in the widest of all, or at the end of the line.
    """
    look = driver_paints(axis.page.colors, spans.engine, spans.ghost)
    widest = _widest(eighths)
    cpu, room = cpu_text(spans.cpu_s), cells.width
    end = -(-int(np.flatnonzero(eighths).max(initial=-1) + 1) // 8)
    longest = max((last - first for first, last in widest.values()), default=0)
    beside, over = end + 1, room - len(cpu) - 1
    if cpu and (beside <= over or (longest < len(cpu) + 13 and over >= 3 * len(cpu))):
        room = max(beside - 1, 0)
        if beside > over:  # over the last of many short stretches
            room = over
        cells.put(room, f" {cpu}", axis.page.colors.text, axis.page.colors.background, bold=True)
        cpu = ""
    for kind, (first, last) in sorted(widest.items(), key=lambda item: item[1][0] - item[1][1]):
        words = _words(kind, spans)
        both = [f"{word} · {cpu}" for word in words if cpu]
        if both and len(both[-1]) + 2 <= last - first:
            words, cpu = both, ""
        options = [axis.page.words(word) for word in words]
        centred(cells, first, min(last, room), options, look[kind].words)


def _widest(eighths: Eighths) -> dict[int, tuple[int, int]]:
    """The first cell and the end of the widest stretch of each state, of whole cells."""
    starts = eighths[::8]
    whole = np.where((eighths.reshape(-1, 8) == starts[:, None]).all(axis=1), starts, 0)
    widest: dict[int, tuple[int, int]] = {}
    for first, last in runs(whole):
        if first == last or not whole[first]:
            continue
        kind = int(whole[first])
        if kind == GETTING_NEXT:
            kind = GETTING
        before = widest.get(kind, (0, 0))
        if last - first > before[1] - before[0]:
            widest[kind] = first, last
    return widest


def _words(kind: int, spans: DriverSpans) -> Sequence[str]:
    """The names of a state, the longest first: Ray's own functions where there are refs."""
    state, now = BUSY[kind - 1], spans.row.now
    short = _WORDS[state]
    if not spans.has_refs or state not in ("waiting", "getting"):
        return (short,)
    function = f"ray.{short}"
    if state == now.state == "getting" and now.since <= spans.t:
        return f"{function} of {now.tasks:,} {plural('task', now.tasks)}", function, short
    return function, short


def cpu_text(cpu_s: float | None) -> str:
    """`15.6 ms CPU`, `6.31 s CPU`; empty where it isn't known."""
    if not cpu_s:
        return ""
    if cpu_s < 1:
        return f"{cpu_s * 1e3:.3g} ms CPU"
    return f"{seconds(cpu_s)} CPU"
