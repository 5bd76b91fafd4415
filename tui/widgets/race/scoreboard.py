"""How far every lane is and who is ahead: the lanes' bars, their strips of tasks, and the
scoreboard.

The timeline puts the bars and strips above the workers of each lane; the scoreboard stands beside
it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui.drawing import spans
from tui.drawing.digits import big, fit, to_ascii
from tui.drawing.lines import Line, Lines
from tui.drawing.spans import Cells, Frame, Paint, paints
from tui.drawing.themes import Palette, blend, lane_letter, on, palette
from workloads.core.engine_info import DEFAULT_LANES, rivals_of
from workloads.core.errors import plain
from workloads.ledger.lane import Lane
from workloads.ledger.tables import State

STATES = {
    "running": ("●", "*"),
    "ghost": ("◌", "o"),
    "finished": ("✔", "v"),
    "failed": ("✗", "X"),
    "cancelled": ("■", "#"),
    "starting": ("░", ":"),
    "ready": ("○", "o"),
    "waits": ("‖", "="),
}


def state_word(lane: Lane, over: bool, ghost: bool, behind: bool) -> str:
    """The word for a lane's state, a key of STATES; a warm lane that is `behind` waits for its
    turn.
    """
    if ghost:
        return "ghost"
    if lane.zero is not None and not over and lane.state not in ("gone", "broken"):
        return "running"
    waits = "waits" if behind else "ready"
    return {"prepared": waits, "ready": waits, "broken": "failed", "gone": "failed"}.get(
        lane.state, lane.state
    )


@dataclass(frozen=True)
class LaneBar:
    """What a lane's bar says: tasks `done` of `total`, its seconds so far, `state` a key of STATES.

    `pace` is the share that serial had done after as many seconds; None where there is no telling.
    """

    engine: str
    done: int
    total: int
    state: str
    failed: int = 0
    retried: int = 0
    elapsed: float | None = None
    pace: float | None = None


def seconds_words(seconds: float) -> str:
    """`6.30 s`, from 100 seconds on `1:40`."""
    if seconds < 99.995:
        return f"{max(seconds, 0):.2f} s"
    minutes, rest = divmod(int(min(seconds, 1e9)), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    )


_DROPS = ("rate", "word", "marks", "elapsed", "state", "count")


class _Field(NamedTuple):
    """A number in a lane's bar; the state stands at the left of its column, numbers at
    the right.
    """

    name: str
    words: str
    ink: str
    bold: bool = False
    left: bool = False


def lane_bars(
    bars: Sequence[LaneBar], width: int, palette: Palette, ascii: bool = False
) -> list[Line]:
    """One line for each lane, aligned: badge, name, bar with the ghost line of serial, numbers,
    state.
    """
    names = max((len(bar.engine) for bar in bars), default=0) + 2
    table = [_fields(bar, palette, ascii) for bar in bars]
    sizes = (
        {f.name: max(cell_len(line[i].words) for line in table) for i, f in enumerate(table[0])}
        if bars
        else {}
    )
    # What gives way first where the bar would get short.
    for name in ("", *_DROPS):
        sizes[name] = 0
        right = sum(size + 2 for size in sizes.values() if size) - bool(sizes.get("word"))
        if width - 4 - names - right >= max(12, width // 5):
            break
    if width < 4 + names + right + 4:
        names = 0
    lines = []
    for bar, fields in zip(bars, table, strict=True):
        cells, lane = Cells(width, palette.panel), palette.lane(bar.engine)
        _draw_bar(cells, 4 + names, width - 4 - names - right, bar, palette, ascii)
        cells.put(0, f" {lane_letter(bar.engine)} ", on(lane), lane, bold=True)
        cells.put(4, plain(bar.engine, 40).upper()[: max(names - 1, 0)], palette.text, bold=True)
        x = width - right
        for field in fields:
            if size := sizes[field.name]:
                shift = 1 if field.left else 1 + size - cell_len(field.words)
                cells.put(x + shift, field.words, field.ink, bold=field.bold)
                x += size + (1 if field.name == "state" else 2)
        lines.append(cells.line())
    return lines


def _fields(bar: LaneBar, palette: Palette, ascii: bool) -> list[_Field]:
    marks = spans.ASCII_GLYPHS if ascii else spans.GLYPHS
    bad = f"{marks[spans.FAILED]}{bar.failed}" if bar.failed else ""
    lost = f"{marks[spans.LOST]}{bar.retried}" if bar.retried else ""
    rate = bar.done / bar.elapsed if bar.elapsed else 0.0
    state = {
        "finished": palette.lane(bar.engine),
        "failed": palette.failed,
        "running": palette.text,
    }
    ink = state.get(bar.state, palette.dim)
    return [
        _Field("count", f"{bar.done:,}/{bar.total:,}" if bar.total else "", palette.text, True),
        _Field(
            "marks",
            " ".join(filter(None, (bad, lost))),
            palette.failed if bad else palette.accent,
            True,
        ),
        _Field(
            "rate",
            f"{rate:,.0f}/s" if rate >= 99.5 else f"{rate:.1f}/s" if rate else "",
            palette.dim,
        ),
        _Field(
            "elapsed", "" if bar.elapsed is None else seconds_words(bar.elapsed), palette.text, True
        ),
        _Field("state", STATES[bar.state][ascii], ink, True, True),
        _Field("word", bar.state, ink, bar.state != "ghost", True),
    ]


def _draw_bar(
    cells: Cells, x: int, width: int, bar: LaneBar, palette: Palette, ascii: bool
) -> None:
    """Done in the lane's colour, failed in red, the rest as a groove; where serial was as an
    upright line.
    """
    if width < 1:
        return
    look = list(paints(palette, bar.engine, bar.state == "ghost"))
    total = max(bar.total, 1)
    eighths = np.full(width * 8, spans.TODO, np.uint8)
    done = round(bar.done / total * width * 8)
    eighths[:done] = spans.SHADE
    stopped = max(done + 8 * bool(bar.failed), round((bar.done + bar.failed) / total * width * 8))
    eighths[done:stopped] = spans.FAILED
    cells.fill(eighths, look, ascii, x)
    if bar.pace is not None:
        at = x + min(int(bar.pace * width), width - 1)
        cells.put(at, "|" if ascii else "│", palette.serial, palette.background, bold=True)
        if width >= 16 and at + 1 < x + width:
            cells.put(at + 1, "S", palette.serial, palette.background, bold=True)


def draw_tasks(
    state: NDArray[np.uint8],
    fraction: NDArray[np.float32],
    frame: Frame,
    engine: str,
    ghost: bool = False,
) -> Line:
    """Every task a cell with its progress in it; with more tasks than cells, each cell a share of
    them.
    """
    width, ascii, count = frame.width, frame.ascii, len(state)
    cells, look = frame.cells(), paints(frame.palette, engine, ghost)
    if not count or width < 1:
        return cells.line()
    glyphs = spans.ASCII_GLYPHS if ascii else spans.GLYPHS
    if count > width:
        _task_bins(cells, state, fraction, look, ascii)
        return cells.line()
    each, kinds, running = min(width // count, 5), _KINDS[state], state == State.RUNNING
    eighths = np.repeat(kinds[:, None], each * 8, axis=1)
    # A gap parts a task from the next; in a single cell a running one needs the room for its edge.
    gap = (0 if each == 1 else 8) if ascii else (0, 2, 4, 8, 8, 8)[each]
    room = each * 8 - gap * (each > 1)
    reach = np.where(running, np.rint(fraction * room), 0)
    eighths[np.arange(each * 8) < reach[:, None]] = spans.RUNNING
    eighths[~running if each == 1 else slice(None), each * 8 - gap :] = spans.EMPTY
    cells.fill(eighths.reshape(-1), look, ascii)
    for task in np.flatnonzero(np.isin(kinds, list(glyphs))).tolist():
        paint = look[kinds[task]]
        cells.put(
            task * each + (each - 1) // 2,
            glyphs[int(kinds[task])],
            paint.words,
            paint.tone,
            bold=True,
        )
    return cells.line()


def _task_bins(
    cells: Cells,
    state: NDArray[np.uint8],
    fraction: NDArray[np.float32],
    look: Sequence[Paint],
    ascii: bool,
) -> None:
    firsts = np.arange(cells.width) * len(state) // cells.width
    sizes = np.diff(firsts, append=len(state))
    share = np.add.reduceat(fraction, firsts) / sizes
    worst = np.maximum.reduceat(_SEVERITY[state], firsts)
    levels = np.where((share > 0) & (share < 1), np.clip(share * 8, 1, 7), share * 8).astype(int)
    ladder, glyphs = (
        (spans.ASCII_LEVELS, spans.ASCII_GLYPHS) if ascii else (spans.LEVELS, spans.GLYPHS)
    )
    done, todo = look[spans.SHADE].ink or look[spans.SHADE].tone, look[spans.TODO].tone
    marks = {1: spans.CANCELLED, 2: spans.LOST, 3: spans.FAILED}
    for x, (level, bad) in enumerate(zip(levels.tolist(), worst.tolist(), strict=True)):
        if bad:
            paint = look[marks[bad]]
            cells.put(x, glyphs[marks[bad]], paint.words, paint.tone)
        else:
            cells.put(x, ladder[level], done, todo)


_KINDS = np.array(
    [spans.TODO, spans.SENT, spans.SENT, spans.SHADE, spans.FAILED, spans.LOST, spans.CANCELLED],
    np.uint8,
)
_SEVERITY = np.array([0, 0, 0, 0, 3, 2, 1], np.uint8)


@dataclass(frozen=True)
class LaneScore:
    """A lane's times in seconds: `t` so far, `wall` once its run has finished; its `speedup` over
    serial then.

    `beyond` marks one that is more than the lane's workers can give.
    """

    engine: str
    t: float
    wall: float | None = None
    driver_cpu_s: float | None = None
    task_cpu_s: float | None = None
    startup_s: float = 0.0
    ghost: bool = False
    speedup: float | None = None
    beyond: bool = False


@dataclass(frozen=True)
class Score:
    """What the scoreboard shows; without a `speedup` it says `note`, the reason why there is none
    yet, and what is `projected` from the tasks done so far: the speedup, and between which it lies
    with 95% confidence. `doubt` stands in the place of the efficiency where the speedup is more
    than workers can give.
    """

    title: str = "SPEEDUP  Ray vs serial"
    speedup: float | None = None
    efficiency: float | None = None
    workers: int = 1
    contended: bool = False
    note: str = ""
    lanes: tuple[LaneScore, ...] = ()
    projected: tuple[float, float, float] | None = None
    doubt: str = ""


def draw_scoreboard(
    score: Score, width: int, height: int, palette: Palette, ascii: bool = False
) -> list[Line]:
    """The speedup in big digits, the elapsed times as bars, and where there is room a table of
    times.
    """
    if width < 1 or height < 1:
        return []
    lanes, blank = score.lanes, Cells(width, palette.panel).line()
    bars = _elapsed(lanes, width, palette, ascii) if lanes and height >= 8 + len(lanes) else []
    roomy = lanes and height >= 15 + len(bars) and width >= 12 + 9 * len(lanes)
    table = _table(lanes, width, palette) if roomy else []
    below = [*([blank] * bool(bars)), *bars, *([blank] * bool(table)), *table]
    head = _head(score, width, height - len(below), palette, ascii)
    spare = max(height - len(head) - len(below), 0)
    lines = [blank] * (spare // 2) + head
    return (lines + [blank] * (height - len(lines) - len(below)) + below)[:height]


def _head(score: Score, width: int, height: int, palette: Palette, ascii: bool) -> list[Line]:
    """The title, the speedup and the sentence under it, or why there is none yet."""
    engine = [DEFAULT_LANES[-1], *rivals_of(lane.engine for lane in score.lanes)][-1]
    ideal, on = f"{score.workers:.2f}×", f"{score.workers} worker" + "s" * (score.workers != 1)
    share = "" if score.efficiency is None else f"{score.efficiency:.0%}"
    sentences = [f"{share} of the ideal {ideal} on {on}", f"{share} of ideal {ideal}", share]
    figure, ink = score.speedup, palette.lane(engine)
    note = score.note or ("measured when both lanes have finished" if figure is None else "")
    told = [(line, palette.dim, False) for line in wrap(plain(note, 400), max(width - 2, 1))]
    if score.contended:
        told.insert(0, ("≈ shared cores", palette.accent, True))
    if score.doubt:
        told[:0] = [(line, palette.failed, True) for line in wrap(score.doubt, max(width - 2, 1))]
    elif share and figure is not None:
        told.insert(
            0, (next((s for s in sentences if len(s) <= width), share), palette.text, False)
        )
    if figure is None and score.projected is not None:
        figure, low, high = score.projected
        ink = blend(palette.panel, ink, 0.55)
        words = (f"projected: {low:.2f} to {high:.2f}×, 95%", f"projected {low:.2f}–{high:.2f}×")
        told.insert(
            0, (next((w for w in words if len(w) <= width), "projected"), palette.accent, True)
        )
    # The note is what goes when the digits need the room.
    told = told[: max(height - (2 if figure is None else 5), 1)]
    title = _centre(score.title, width, palette.text, palette, True, ascii)
    if figure is None:
        head = [title, Cells(width, palette.panel).line()]
    else:
        room = max(height - (height >= 3) - len(told), 1)
        figures = [f"{figure:.{decimals}f}×" for decimals in (2, 1, 0)]
        shown = next((f for f in figures if fit([f], width, room)[1]), figures[0])
        head = [title] if height > 2 else []
        head += big(shown, ink, palette.panel, width, room, ascii=ascii)
    return head + [_centre(words, width, ink, palette, bold, ascii) for words, ink, bold in told]


def _centre(words: str, width: int, ink: str, palette: Palette, bold: bool, ascii: bool) -> Line:
    cells = Cells(width, palette.panel)
    if cell_len(words) > width:  # “SPEEDUP  Ray vs serial” can do without its first word
        words = words.split("  ")[-1]
    words = to_ascii(words) if ascii else words
    cells.put(max(0, (width - cell_len(words)) // 2), words, ink, bold=bold)
    return cells.line()


def _elapsed(lanes: Sequence[LaneScore], width: int, palette: Palette, ascii: bool) -> list[Line]:
    """A bar for each lane on one scale, and its seconds."""
    lines = [Cells(width, palette.panel)]
    lines[0].put(1, "elapsed", palette.dim)
    times = [lane.t if lane.wall is None else lane.wall for lane in lanes]
    longest = max([*times, 1e-9])
    label = max(len(seconds_words(t)) for t in times)
    # With one rival its speedup stands in big digits.
    gains = [
        "" if lane.speedup is None else f"{lane.speedup:.2f}×{'!' * lane.beyond}" for lane in lanes
    ]
    gains = gains if len(lanes) > 2 else [""]
    gain = max(map(len, gains))
    width -= gain + (gain > 0)
    for index, (lane, t) in enumerate(zip(lanes, times, strict=True)):
        cells, colour = Cells(width + gain + (gain > 0), palette.panel), palette.lane(lane.engine)
        if gain and gains[index]:
            words = to_ascii(gains[index]) if ascii else gains[index]
            cells.put(width - 1 + gain + 1 - len(words), words, colour, bold=True)
        length = width - 4 - label - 2
        if length > 0:
            eighths = np.zeros(length * 8, np.uint8)
            eighths[: round(t / longest * length * 8)] = spans.SHADE
            look = [paints(palette, lane.engine)[0]._replace(tone=palette.panel)]
            cells.fill(eighths, [*look, *paints(palette, lane.engine, lane.ghost)[1:]], ascii, 4)
        cells.put(0, f" {lane_letter(lane.engine)} ", on(colour), colour, bold=True)
        cells.put(width - 1 - label, seconds_words(t).rjust(label), palette.text, bold=True)
        lines.append(cells)
    return [cells.line() for cells in lines]


def _table(lanes: Sequence[LaneScore], width: int, palette: Palette) -> list[Line]:
    """Wall, CPU and start-up times, a column a lane."""
    heads = Cells(width, palette.panel)
    measures: list[tuple[str, list[float | None]]] = [
        ("wall", [lane.wall for lane in lanes]),
        ("task CPU", [lane.task_cpu_s for lane in lanes]),
        ("driver CPU", [lane.driver_cpu_s for lane in lanes]),
        ("start-up", [lane.startup_s for lane in lanes]),
    ]
    each = min((width - 12) // len(lanes), 18)
    for index, lane in enumerate(lanes):
        heads.put(
            12 + (index + 1) * each - 2,
            lane_letter(lane.engine),
            palette.lane(lane.engine),
            bold=True,
        )
    lines = [heads]
    for name, values in measures:
        cells = Cells(width, palette.panel)
        cells.put(1, name, palette.dim)
        for index, value in enumerate(values):
            words = "-" if value is None else seconds_words(value)
            cells.put(12 + (index + 1) * each - 1 - len(words), words, palette.text)
        lines.append(cells)
    return [cells.line() for cells in lines]


class Scoreboard(Lines):
    """The speedup, or why there is none yet, and the lanes' times."""

    _score = Score()
    _ascii = False

    def update(self, score: Score, ascii: bool = False) -> None:
        """Show this score."""
        self._score, self._ascii = score, ascii
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The scoreboard's lines."""
        return draw_scoreboard(self._score, width, height, palette(self.app.theme), self._ascii)
