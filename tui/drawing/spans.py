"""Time and tasks drawn into cells: a worker's spans, a lane's start-up, a strip of tasks.

Pure functions for the timeline. Edges are exact to an eighth of a cell; where spans are thinner
than two cells the columns show how busy the worker was, at a cost that depends on the width alone.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, get_character_cell_size

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, text
from tui.drawing.themes import Palette, blend, on
from workloads.core.errors import plain
from workloads.ledger.rows import WorkerRow
from workloads.ledger.tables import State

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = " ▁▂▃▄▅▆▇█"
ASCII_LEVELS = " ..:-=+*#"

# What a stretch of a line can be; the numbers are what the eighths of a line hold.
EMPTY, SHADE, OTHER, RUNNING, TIP, FAILED, LOST, CANCELLED, START, TODO, SENT, STAGE = range(12)
STAGE_DEPTHS = (0.6, 0.28, 0.6, 0.42, 0.0, 0.6, 0.28, 0.5, 0.14, 0.6, 0.28, 0.5)
"""How far the tone of each stage, from STAGE on, goes from the lane's colour to the ground: dark
and light by turns.
"""

GLYPHS = {FAILED: "✗", LOST: "↻", CANCELLED: "·"}
ASCII_GLYPHS = {FAILED: "X", LOST: "R", CANCELLED: "."}

STEPS = (
    *(k * 10.0**e for e in range(-4, 1) for k in (1, 2, 5)),
    10,
    20,
    30,
    60,
    120,
    300,
    600,
    1200,
    3600,
)
Eighths = NDArray[np.uint8]


class Paint(NamedTuple):
    """How a stretch looks: its colour, that of words on it, and a texture of `mark`s in `ink`."""

    tone: str
    words: str
    mark: str = " "
    ink: str | None = None
    ascii: str = " "


@lru_cache(maxsize=64)
def paints(palette: Palette, engine: str, ghost: bool = False) -> tuple[Paint, ...]:
    """What a lane's stretches look like, by EMPTY … SENT, then the stages within a task."""
    lane, ground = palette.lane(engine), palette.background

    def tint(k: float) -> str:
        return blend(ground, lane, k)

    empty = Paint(ground, palette.text)
    lost = Paint(tint(0.14), palette.text, "╱", tint(0.65), "/")
    cancelled = Paint(blend(ground, palette.text, 0.12), palette.dim, "·", palette.dim, ".")
    start = Paint(tint(0.16), palette.text, "░", tint(0.55), ":")
    todo = Paint(palette.rule, palette.dim, ascii="_")
    if ghost:
        shade = Paint(tint(0.34), tint(1.0), "┈", tint(0.6), "-")
        other = Paint(tint(0.18), tint(1.0), "┈", tint(0.45), "~")
        failed = blend(ground, palette.failed, 0.5)
        bad = Paint(failed, on(failed), ascii="X")
        stages = (
            Paint(tint(0.45 * (1 - k)), tint(1.0), ascii="-~"[i % 2])
            for i, k in enumerate(STAGE_DEPTHS)
        )
        return empty, shade, other, shade, shade, bad, lost, cancelled, start, todo, todo, *stages
    other_tone = blend(lane, ground if palette.dark else "#000000", 0.32)
    shade, other = Paint(lane, on(lane), ascii="="), Paint(other_tone, on(other_tone), ascii="-")
    running, tip = (
        Paint(tone, on(tone), ascii=">")
        for tone in (blend(lane, "#ffffff", k) for k in (0.45, 0.85))
    )
    bad = Paint(palette.failed, on(palette.failed), ascii="X")
    sent = Paint(blend(palette.rule, lane, 0.3), palette.dim, ascii="_")
    tones = [stage_tone(palette, engine, i) for i in range(len(STAGE_DEPTHS))]
    stages = (Paint(tone, on(tone), ascii="-="[i % 2]) for i, tone in enumerate(tones))
    return empty, shade, other, running, tip, bad, lost, cancelled, start, todo, sent, *stages


def stage_tone(palette: Palette, engine: str, stage: int) -> str:
    """The colour of a stage within a lane's tasks."""
    return blend(palette.lane(engine), palette.background, STAGE_DEPTHS[stage % len(STAGE_DEPTHS)])


class Cells:
    """A line of cells in the making, each a character, two colours and a weight."""

    def __init__(self, width: int, background: str) -> None:
        self.width, self.background = width, background
        self.chars = [" "] * width
        self.ink: list[str | None] = [None] * width
        self.ground: list[str] = [background] * width
        self.bold = [False] * width

    def put(
        self,
        x: int,
        words: str,
        ink: str | None = None,
        ground: str | None = None,
        bold: bool = False,
    ) -> None:
        """Write `words` from cell `x` on, cut at the line's ends; without `ground`, on what is
        there.
        """
        at = x
        for char in words:
            size = get_character_cell_size(char)
            for part in (char, "")[:size] if 0 <= at <= self.width - size else " " * size:
                if 0 <= at < self.width:
                    self.chars[at], self.ink[at], self.bold[at] = part, ink, bold
                    self.ground[at] = self.ground[at] if ground is None else ground
                at += 1

    def fill(
        self, eighths: Eighths, look: Sequence[Paint], ascii: bool = False, x: int = 0
    ) -> None:
        """Paint whole cells from eight eighths each, from cell `x` on; a cell can show
        two colours.
        """
        parts = eighths.reshape(-1, 8)
        differs = parts != parts[:, :1]
        cut = differs.argmax(axis=1)
        after = parts[np.arange(len(parts)), cut]
        # Three stretches in one cell: the last one wins, but a lone thin one never vanishes.
        right = np.where(parts[:, 7] == parts[:, 0], after, parts[:, 7])
        if ascii:
            alone = (parts[:, 0] == EMPTY) & (parts[:, 7] == EMPTY)
            for at, kind in enumerate(np.where(alone, parts.max(axis=1), parts[:, 4]).tolist(), x):
                if kind:
                    paint = look[kind]
                    self.put(
                        at,
                        paint.ascii,
                        paint.ink or blend(on(paint.tone), paint.tone, 0.5),
                        paint.tone,
                    )
            return
        triples = zip(parts[:, 0].tolist(), cut.tolist(), right.tolist(), strict=True)
        for at, (first, edge, last) in enumerate(triples, x):
            if edge:
                self.chars[at], self.ink[at], self.ground[at] = (
                    EIGHTHS[edge],
                    look[first].tone,
                    look[last].tone,
                )
            elif first:
                self.ground[at], _, self.chars[at], self.ink[at], _ = look[first]

    def grid(self, columns: Iterable[int], colour: str, ascii: bool = False) -> None:
        """Thin upright lines where nothing has been drawn."""
        for x in columns:
            if 0 <= x < self.width and self.chars[x] == " " and self.ground[x] == self.background:
                self.chars[x], self.ink[x] = "|" if ascii else "│", colour

    def line(self) -> Line:
        """The segments, equal neighbours merged: every segment costs the terminal."""
        inks = [
            None if char == " " else ink for char, ink in zip(self.chars, self.ink, strict=True)
        ]
        cells = zip(self.chars, inks, self.ground, self.bold, strict=True)
        return [
            text("".join(cell[0] for cell in run), ink, ground, bold)
            for (ink, ground, bold), run in groupby(
                cells, key=lambda cell: (cell[1], cell[2], cell[3])
            )
        ]


class Frame(NamedTuple):
    """What lines on one axis share: `window` in seconds, `width` in cells, the columns of upright
    lines, and the column of a bound that is drawn over the spans (-1: none).
    """

    window: tuple[float, float]
    width: int
    palette: Palette
    ascii: bool = False
    grid: tuple[int, ...] = ()
    bound: int = -1

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw on."""
        return self.width < 1 or not self.window[1] - self.window[0] > 1e-9

    def cells(self) -> Cells:
        """A blank line."""
        return Cells(self.width, self.palette.background)

    def bounded(self, cells: Cells) -> Cells:
        """The line with the bound drawn over it."""
        if self.bound >= 0:
            ground = cells.ground[self.bound] if self.bound < self.width else cells.background
            cells.put(self.bound, ":" if self.ascii else "┊", on(ground), bold=True)
        return cells

    def later(self, seconds: float) -> "Frame":
        """The same frame for what begins `seconds` later."""
        return self._replace(window=(self.window[0] - seconds, self.window[1] - seconds))

    def eighth(self, seconds: float) -> int:
        """Where a moment lies, in eighths of a cell, within the line."""
        t0, t1 = self.window
        return (
            0
            if self.empty
            else round(min(max((seconds - t0) / (t1 - t0), 0.0), 1.0) * self.width * 8)
        )


def ticks(window: tuple[float, float], width: int) -> list[tuple[int, str]]:
    """Columns and labels of the axis: round steps, at least ten cells apart."""
    t0, t1 = window
    if width < 1 or not t1 - t0 > 1e-9:
        return []
    step = next(
        (s for s in STEPS if s * width / (t1 - t0) >= 10), 3600 * math.ceil((t1 - t0) / 36000)
    )
    first, last = math.ceil(t0 / step - 1e-9), math.floor(t1 / step + 1e-9)
    found = (
        (int((n * step - t0) / (t1 - t0) * width + 1e-6), n * step) for n in range(first, last + 1)
    )
    return [(x, _moment(t, step)) for x, t in found if x < width]


def _moment(t: float, step: float) -> str:
    if step < 60 and not (t >= 60 and step >= 1):
        return f"{t:.{max(0, -math.floor(math.log10(step) + 1e-9))}f} s"
    minutes, seconds = divmod(round(t), 60)
    return (
        f"{minutes}:{seconds:02}"
        if minutes < 60
        else f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    )


def draw_spans(
    row: WorkerRow,
    frame: Frame,
    t: float,
    engine: str,
    *,
    ghost: bool = False,
    startup: float = 0.0,
    named: bool = True,
    words: bool = True,
    marks: NDArray[np.float32] | None = None,
) -> Line:
    """One worker's spans (the frame's window counts seconds of its run), nothing later than `t`.

    `marks` tell when each stage of a task ended, in seconds since its start: a row a task, a column
    a stage. `startup` seconds before zero are hatched, and `named` so. Without `words` only the
    colours are drawn (further lines of a tall row).
    """
    (t0, t1), width, palette, ascii, grid, _ = frame
    cells, look = frame.cells(), paints(palette, engine, ghost)
    if frame.empty:
        return cells.line()
    spans = row.between(t0, min(t, t1)) if t > t0 else row.between(t1, t0)
    if len(spans.start) > width // 2:
        _density(cells, [row], frame, t, look)
        cells.grid(grid, palette.rule, ascii)
        return frame.bounded(cells).line()
    started = [(task, start) for task, (start, _) in row.open.items() if start <= t and start < t1]
    starts = np.concatenate([spans.start, [start for _, start in started]])
    ends = np.concatenate([spans.end, [np.inf] * len(started)])
    scale = width * 8 / (t1 - t0)
    left = np.rint((np.clip(starts, t0, t1) - t0) * scale).astype(int)
    right = np.rint((np.clip(np.minimum(ends, t), t0, t1) - t0) * scale).astype(int)
    left = np.minimum(left, width * 8 - 1)
    right = np.maximum(right, left + 1)
    kinds = [
        RUNNING if ends[i] > t else _kind(int(state), spans.first + i)
        for i, state in enumerate(spans.state)
    ] + [RUNNING] * len(started)
    numbers = [*spans.task.tolist(), *(task for task, _ in started)]
    eighths = np.zeros(width * 8, np.uint8)
    if startup > 0:
        eighths[frame.eighth(-startup) : frame.eighth(0.0)] = START
    stretches = list(zip(left.tolist(), right.tolist(), kinds, numbers, strict=True))
    for (a, b, kind, number), start in zip(stretches, starts.tolist(), strict=True):
        if (
            kind == FAILED and b // 8 - -(-a // 8) < 1
        ):  # no whole cell: take the one it lies in most
            a = (a + b) // 16 * 8
            b = a + 8
        eighths[a:b] = kind
        if marks is not None and number < len(marks) and kind in (SHADE, OTHER, RUNNING):
            _stages(eighths, a, b, (start - t0 + marks[number]) * scale)
        if kind == RUNNING and not ghost:
            eighths[max(a, b - 8) : b] = TIP
    cells.fill(eighths, look, ascii)
    cells.grid(grid, palette.rule, ascii)
    frame.bounded(cells)
    for a, b, kind, number in stretches if words else ():
        _label(cells, a, b, kind, number, look, ghost, ascii)
    if words and named and startup > 0:
        first, last = frame.eighth(-startup) // 8, frame.eighth(0.0) // 8
        centred(cells, first, last, (f"start-up {startup:.1f} s", f"{startup:.1f} s"), palette.text)
    if words and row.lost:
        reason = to_ascii(plain(row.lost, 200)) if ascii else plain(row.lost, 200)
        after = max((b for _, b, _, _ in stretches), default=0) // 8 + 2
        if cell_len(reason) <= width - after:
            cells.put(after, reason, palette.failed, palette.background)
    return cells.line()


def _stages(eighths: Eighths, a: int, b: int, ends: NDArray[np.floating[Any]]) -> None:
    """The stages that ended within a task's stretch; what comes after the last of them stays as it
    is.
    """
    for stage in np.flatnonzero(
        np.isfinite(ends)
    ).tolist():  # one that a task never told of has no end
        edge = round(min(max(float(ends[stage]), a), b))
        eighths[a:edge] = STAGE + stage
        a = max(a, edge)


def _kind(state: int, index: int) -> int:
    if state == State.FAILED:
        return FAILED
    if state == State.RETRYING:
        return LOST
    return CANCELLED if state == State.CANCELLED else SHADE + index % 2


def _label(
    cells: Cells,
    a: int,
    b: int,
    kind: int,
    number: int,
    look: Sequence[Paint],
    ghost: bool,
    ascii: bool,
) -> None:
    """The task's number in the middle of its span where it fits; a mark where it came to grief."""
    first, last = -(-a // 8), b // 8
    mark = (ASCII_GLYPHS if ascii else GLYPHS).get(kind, "")
    if mark and last <= first:
        first = (a + b) // 16
        last = first + 1
    label = f"{mark}{number}"
    if last - first < len(label) + 1:
        label = mark
    at = first + (last - first - len(label)) // 2
    cells.put(at, label, look[kind].words, look[kind].tone, bold=not ghost)


def centred(cells: Cells, first: int, last: int, options: Sequence[str], ink: str) -> None:
    """The first of `options` that fits between two cells, free of texture so that it reads from
    afar.
    """
    first, last = max(first, 0), min(last, cells.width)
    for words in options:
        if len(words) + 2 <= last - first:
            at = first + (last - first - len(words) - 2) // 2
            cells.put(at, f" {words} ", ink, bold=True)
            return


def draw_together(
    rows: Sequence[WorkerRow], frame: Frame, t: float, engine: str, ghost: bool = False
) -> Line:
    """How busy these workers were on average: one line for the workers that have no line of their
    own.
    """
    cells, width, palette = frame.cells(), frame.width, frame.palette
    if frame.empty or not rows:
        return cells.line()
    _density(cells, rows, frame, t, paints(palette, engine, ghost))
    words = f" {len(rows)} more workers "
    filled = max((x for x in range(width) if cells.chars[x] != " "), default=-1) + 1
    cells.grid(frame.grid, palette.rule, frame.ascii)
    frame.bounded(cells).put(
        filled if len(words) <= width - filled else 0, words, palette.text, palette.background
    )
    return cells.line()


def _density(
    cells: Cells, rows: Sequence[WorkerRow], frame: Frame, t: float, look: Sequence[Paint]
) -> None:
    """The share of each column's time that the rows were busy; red where bad attempts ended."""
    window, ascii = frame.window, frame.ascii
    edges = np.minimum(np.linspace(window[0], window[1], cells.width + 1), max(t, window[0]))
    busy, bad = np.zeros(cells.width), np.zeros(cells.width, bool)
    for row in rows:
        busy += np.diff(row.busy_until(edges))
        bad |= np.diff(row.bad_until(edges)) > 0
        for start, _ in row.open.values():
            busy += np.diff(np.maximum(edges, start))
    # The column at the growing end is measured against the part of it that has passed.
    least = (window[1] - window[0]) / cells.width / 4
    share = busy / np.maximum(np.diff(edges), least) / len(rows)
    levels = np.clip(np.rint(share * 8), busy > 0, 8).astype(int).tolist()
    good, failed = look[SHADE], look[FAILED]
    ladder = ASCII_LEVELS if ascii else LEVELS
    tone = good.ink or good.tone
    marked = False
    for x, (level, red) in enumerate(zip(levels, bad.tolist(), strict=True)):
        if red:
            mark = (ASCII_GLYPHS if ascii else GLYPHS)[FAILED]
            cells.put(x, " " if marked else mark, failed.words, failed.tone)
        elif level:
            cells.put(x, ladder[level], tone, cells.background)
        marked = red and not marked
