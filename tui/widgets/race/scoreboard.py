"""Who is ahead: the speedup in big digits, or why there is none yet, and the lanes' times."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from tui.drawing import paints
from tui.drawing.cells import Cells, Line
from tui.drawing.digits import big, fit
from tui.drawing.eighths import fill
from tui.drawing.lines import Lines
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.drawing.themes import MARK, lane_letter
from workloads.core.engine_info import DEFAULT_LANES, compared_lanes
from workloads.core.errors import plain
from workloads.core.wording import is_slower, percent, plural, seconds, times, times_range
from workloads.figures.startup import startup_name


@dataclass(frozen=True)
class LaneScore:
    """A lane's times in seconds: `t` so far, None before its run, `wall` once that has finished;
    its `speedup` over serial then.

    `beyond` marks one that is more than the lane's workers can give; `warm` that the start-up was
    that of an earlier race.
    """

    engine: str
    t: float | None
    wall: float | None = None
    driver_cpu_s: float | None = None
    task_cpu_s: float | None = None
    startup_s: float = 0.0
    ghost: bool = False
    speedup: float | None = None
    beyond: bool = False
    warm: bool = False

    @property
    def seconds(self) -> float:
        """Its time, or that so far; 0 before its run."""
        if self.wall is None:
            return self.t or 0.0
        return self.wall

    @property
    def time_text(self) -> str:
        """The same as text; `-` before its run."""
        if self.wall is None and self.t is None:
            return "-"
        return seconds(self.seconds)

    @property
    def gain(self) -> str:
        """Its speedup in words; empty while it has none."""
        if self.speedup is None:
            return ""
        if self.beyond:
            return f"{times(self.speedup)}!"
        if is_slower(self.speedup):
            return f"{times(_size(self.speedup))} slower"
        return times(self.speedup)


@dataclass(frozen=True)
class Score:
    """The scoreboard's data; without a `speedup` it says `note`, the reason why there is none yet,
    and what is `projected` from the tasks done so far: the speedup, and between which it lies
    with 95% confidence; `interval` are such bounds of a speedup that was measured. `doubt` stands
    in the place of the efficiency where the speedup is more than workers can give. `startup` says
    that times include start-up; `stale` that they are those of a race with other settings than the
    next one's; `unreliable` is the reason why times say little, empty if they can be trusted.
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
    startup: bool = False
    stale: bool = False
    unreliable: str = ""
    interval: tuple[float, float] | None = None

    @property
    def factor(self) -> float | None:
        """The speedup, measured or projected; None without either."""
        if self.speedup is None and self.projected is not None:
            return self.projected[0]
        return self.speedup


STALE = ("last race, with other settings", "last race, other settings", "last race")
"""That the figures are those of a race with other settings: long, short and shorter."""

ROOMY = 8
"""Lines from which on there is room for the cause of unreliable times."""

LABEL = 12
"""Cells that the names in the table of times take."""


def draw_scoreboard(score: Score, page: Page) -> list[Line]:
    """The speedup in big digits, the elapsed times as bars, and where there is room a table of
    times.
    """
    page = page.on(page.colors.panel)
    lanes, blank = score.lanes, page.cells().line()
    below: list[Line] = []
    if lanes and page.height >= 8 + len(lanes):
        below += [blank, *_elapsed(lanes, page)]
    bars = max(len(below) - 1, 0)
    if lanes and page.height >= 15 + bars and page.width >= LABEL + 9 * len(lanes):
        below += [blank, *_table(lanes, page)]
    head = _head(score, page.sized(page.width, page.height - len(below)))
    spare = max(page.height - len(head) - len(below), 0)
    above = spare // 2
    lines = [*[blank] * above, *head, *[blank] * (spare - above), *below]
    return lines[: page.height]


class _Sentence(NamedTuple):
    """A line of words in the middle."""

    words: str
    ink: str
    bold: bool = False


def _head(score: Score, page: Page) -> list[Line]:
    """The title, the speedup and the sentences under it, or why there is none yet."""
    figure, ink = score.factor, page.colors.lane(_compared_engine(score))
    sentences = _sentences(score, page)
    if score.speedup is None or score.stale:
        ink = page.colors.subdued(ink, page.colors.panel, 0.45, MARK)
    title = _centre(_Sentence(score.title, page.colors.text, True), page)
    if figure is None:
        sentences = sentences[: max(page.height - 2, 1)]
        head = [title, page.cells().line()]
    else:
        # The note is what goes when the digits need the room.
        sentences = sentences[: max(page.height - 5, 1)]
        head, room = [], page.height - len(sentences)
        if page.height > 2:
            head, room = [title], room - 1
        digits = page.sized(page.width, max(room, 1))
        size = figure
        if score.speedup is not None or _all_slower(score):
            size = _size(figure)
        figures = [times(size), *(f"{size:.{decimals}f}×" for decimals in (2, 1, 0))]
        fitting = (f for f in figures if fit([f], digits.width, digits.height)[1])
        head += big(next(fitting, figures[0]), ink, digits)
    return head + [_centre(sentence, page) for sentence in sentences]


def _compared_engine(score: Score) -> str:
    """The engine whose speedup it is."""
    return [DEFAULT_LANES[-1], *compared_lanes(lane.engine for lane in score.lanes)][-1]


def _size(speedup: float) -> float:
    """How many times faster than serial; slower, where it is less than 1."""
    if speedup > 0 and is_slower(speedup):
        return 1 / speedup
    return speedup


def _all_slower(score: Score) -> bool:
    """True if all of a projection's interval is slower than serial: only then do its bounds say so,
    as `1.2 to 1.7× slower`, and the digits may too.
    """
    return score.projected is not None and score.projected[2] < 1


def _sentences(score: Score, page: Page) -> list[_Sentence]:
    """The sentences under the digits, the most important first."""
    colors, width = page.colors, page.width
    sentences = []
    if score.stale:
        sentences.append(_Sentence(_fitting(STALE, width), colors.accent, True))
    if score.speedup is None and score.projected is not None:
        sentences.append(
            _Sentence(_fitting(_projection(score.projected), width), colors.accent, True)
        )
    unreliable = _unreliable(score, page)
    if page.height < ROOMY:
        sentences += unreliable
    if score.doubt:
        lines = wrap(score.doubt, max(width - 2, 1))
        sentences += [_Sentence(line, colors.failed, True) for line in lines]
    elif score.speedup is not None:
        sentences.append(_Sentence(_fitting(_worth(score), width), colors.text))
    if score.startup:
        sentences.append(_Sentence("including start-up", colors.accent, True))
    if score.contended:
        sentences.append(_Sentence("≈ shared cores", colors.accent, True))
    if page.height >= ROOMY:
        sentences += unreliable
    note = score.note
    if not note and score.speedup is None:
        note = "measured when both lanes have finished"
    lines = wrap(plain(note, 400), max(width - 2, 1))
    return sentences + [_Sentence(line, colors.dim) for line in lines]


def _unreliable(score: Score, page: Page) -> list[_Sentence]:
    """That times are unreliable, with the cause where there is room; empty if they aren't."""
    if not score.unreliable:
        return []
    lines = ["unreliable times"]
    cause = plain(score.unreliable, 400).rstrip(".").partition("): ")[2]
    if page.height >= ROOMY and cause:
        width = max(page.width - 2, 1)
        lines = wrap(f"unreliable: {cause}", width, max_lines=2, placeholder="…")
    return [_Sentence(line, page.colors.failed, True) for line in lines]


def _fitting(options: Sequence[str], width: int) -> str:
    """The first that fits, or the last."""
    return next((option for option in options if len(option) <= width), options[-1])


def _projection(projected: tuple[float, float, float]) -> tuple[str, ...]:
    """What the speedup will be, with 95% confidence: long, short and shorter."""
    _, low, high = projected
    slower = ""
    if high < 1:
        low, high, slower = _size(high), _size(low), " slower"
    least = times(low).rstrip("×")
    return (
        f"projected: {least} to {times(high)}{slower}, 95%",
        f"projected {least}–{times(high)}{slower}",
        "projected",
    )


def _worth(score: Score) -> tuple[str, ...]:
    """What the measured speedup makes of the workers: long, short and shorter."""
    if score.speedup is not None and is_slower(score.speedup):
        return "slower than serial", "slower"
    share = percent(score.efficiency or 0.0)
    workers = f"{score.workers} {plural('worker', score.workers)}"
    worth = f"{share} efficiency with {workers}", f"{share} efficiency", share
    if score.interval is None:
        return worth
    bounds = times_range(*score.interval)
    return f"95%: {bounds}; {worth[0]}", f"95%: {bounds}; {worth[1]}", *worth[1:]


@lru_cache(maxsize=256)
def _centre(sentence: _Sentence, page: Page) -> Line:
    cells, words = page.cells(), sentence.words
    if cell_len(words) > page.width:  # “SPEEDUP  Ray vs serial” can do without its first word
        words = words.split("  ")[-1]
    words = page.words(words)
    at = max(0, (page.width - cell_len(words)) // 2)
    cells.put(at, words, sentence.ink, bold=sentence.bold)
    return cells.line()


def _elapsed(lanes: Sequence[LaneScore], page: Page) -> list[Line]:
    """A heading, and a bar for each lane on one scale, and its seconds."""
    heading = page.cells()
    heading.put(1, "run time", page.colors.dim)
    longest = max(1e-9, *(lane.seconds for lane in lanes))
    label = max(len(lane.time_text) for lane in lanes)
    gains = [""] * len(lanes)
    if len(lanes) > 2:  # with two lanes the one speedup stands in big digits
        gains = [page.words(lane.gain) for lane in lanes]
    end = page.width
    if any(gains):
        end -= max(map(len, gains)) + 1
    lines = [heading]
    for lane, gain in zip(lanes, gains, strict=True):
        cells, colour = page.cells(), page.colors.lane(lane.engine)
        cells.put(page.width - 1 - len(gain), gain, colour, bold=True)
        _draw_bar(cells, lane, lane.seconds / longest, end - 4 - label - 2, page)
        put_badge(cells, 0, lane.engine, page)
        cells.put(end - 1 - label, lane.time_text.rjust(label), page.colors.text, bold=True)
        lines.append(cells)
    return [cells.line() for cells in lines]


def _draw_bar(cells: Cells, lane: LaneScore, share: float, length: int, page: Page) -> None:
    if length < 1:
        return
    eighths = np.zeros(length * 8, np.uint8)
    eighths[: round(share * length * 8)] = paints.SHADE
    empty, *others = paints.paints(page.colors, lane.engine, lane.ghost)
    fill(cells, eighths, [empty._replace(tone=page.colors.panel), *others], 4)


def _table(lanes: Sequence[LaneScore], page: Page) -> list[Line]:
    """Wall, CPU and start-up times, a column a lane."""
    measures: list[tuple[str, list[float | None]]] = [
        ("run time", [lane.wall for lane in lanes]),
        ("task CPU", [lane.task_cpu_s for lane in lanes]),
        ("lane CPU", [lane.driver_cpu_s for lane in lanes]),
        (startup_name(any(lane.warm for lane in lanes)), [lane.startup_s for lane in lanes]),
    ]
    each = min((page.width - LABEL) // len(lanes), 18)
    heads = page.cells()
    for number, lane in enumerate(lanes, 1):
        at, colour = LABEL + number * each - 2, page.colors.lane(lane.engine)
        heads.put(at, lane_letter(lane.engine), colour, bold=True)
    return [heads.line(), *(_times(name, tuple(values), each, page) for name, values in measures)]


@lru_cache(maxsize=64)
def _times(name: str, values: Sequence[float | None], each: int, page: Page) -> Line:
    """A measure's name and the lanes' times, `each` cells for one."""
    cells = page.cells()
    cells.put(1, name, page.colors.dim)
    for number, value in enumerate(values, 1):
        words = "-"
        if value is not None:
            words = seconds(value)
        cells.put(LABEL + number * each - 1 - len(words), words, page.colors.text)
    return cells.line()


class Scoreboard(Lines):
    """The speedup, or why there is none yet, and the lanes' times."""

    _score = Score()

    def update(self, score: Score) -> None:
        """Show this score."""
        self._score = score
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The scoreboard's lines."""
        return draw_scoreboard(self._score, page)
