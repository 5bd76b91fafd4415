"""The lanes' bars: a line a lane with how far it is, its rate, its time and its state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from tui.drawing import paints
from tui.drawing.cells import Cells, Line
from tui.drawing.eighths import fill
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.states import state_mark, state_word
from workloads.core.engine_info import is_baseline
from workloads.core.errors import plain
from workloads.core.wording import per_second, seconds
from workloads.figures.durations import mean_rate


@dataclass(frozen=True)
class LaneBar:
    """A lane's bar: tasks `done` of `total`, at `rate` a second, its seconds so far, `state` a key
    of STATES.

    `serial_share` is the share that serial had done after as many seconds; None where that isn't
    measured. `running` tasks are drawn behind those done.
    """

    engine: str
    done: int
    total: int
    state: str
    failed: int = 0
    retried: int = 0
    elapsed: float | None = None
    serial_share: float | None = None
    running: int = 0
    rate: float = 0.0


_DROPS = ("rate", "marks", "word", "elapsed", "state", "count")
"""The fields in the order in which they give way where the bar would get short. Marks before the
word: only `finished, 2 failed` is that long, which counts what failed itself.
"""


class _Field(NamedTuple):
    """A number in a lane's bar; the state stands at the left of its column, numbers at
    the right.
    """

    words: str
    ink: str
    bold: bool = False
    left: bool = False


def draw_bars(bars: Sequence[LaneBar], page: Page) -> list[Line]:
    """One line for each lane, aligned: badge, name, bar with the ghost line of serial, numbers,
    state.
    """
    if not bars:
        return []
    page = page.on(page.colors.panel)
    names = max(len(bar.engine) for bar in bars) + 2
    table = [_fields(bar, page) for bar in bars]
    sizes = {name: max(cell_len(fields[name].words) for fields in table) for name in table[0]}
    right = _right(sizes)
    for name in _DROPS:
        if page.width - 4 - names - right >= max(12, page.width // 5):
            break
        sizes[name] = 0
        right = _right(sizes)
    if page.width < 4 + names + right + 4:
        names = 0
    lines = []
    for bar, fields in zip(bars, table, strict=True):
        cells = page.cells()
        _draw_bar(cells, 4 + names, page.width - 4 - names - right, bar, page)
        put_badge(cells, 0, bar.engine, page)
        engine = plain(bar.engine, 40).upper()[: max(names - 1, 0)]
        cells.put(4, engine, page.colors.text, bold=True)
        _write_fields(cells, page.width - right, fields, sizes)
        lines.append(cells.line())
    return lines


def _right(sizes: dict[str, int]) -> int:
    """Cells that the fields take, with a blank before and after each but the last."""
    return sum(size + 2 for size in sizes.values() if size) - bool(sizes["word"])


def _write_fields(cells: Cells, x: int, fields: dict[str, _Field], sizes: dict[str, int]) -> None:
    for name, field in fields.items():
        size = sizes[name]
        if not size:
            continue
        at = x + 1
        if not field.left:
            at += size - cell_len(field.words)
        cells.put(at, field.words, field.ink, bold=field.bold)
        x += size + 2
        if name == "state":
            x -= 1  # its word follows close


def _fields(bar: LaneBar, page: Page) -> dict[str, _Field]:
    """A bar's fields by name, from left to right."""
    colors, glyphs = page.colors, paints.glyphs(page.ascii)
    inks = {
        "finished": colors.lane(bar.engine),
        "failed": colors.failed,
        "running": colors.text,
        "held": colors.accent,
    }
    ink = inks.get(bar.state, colors.dim)
    count = elapsed = ""
    if bar.total:
        count = f"{bar.done:,}/{bar.total:,}"
    if bar.elapsed is not None:
        elapsed = seconds(bar.elapsed)
    marks, marks_ink = [], colors.accent
    if bar.failed:
        marks.append(f"{glyphs[paints.FAILED]}{bar.failed}")
        marks_ink = colors.failed
    if bar.retried:
        marks.append(f"{glyphs[paints.LOST]}{bar.retried}")
    word = bar.state
    if bar.state == "finished" and bar.failed:
        word = f"finished, {bar.failed:,} failed"
    return {
        "count": _Field(count, colors.text, bold=True),
        "marks": _Field(" ".join(marks), marks_ink, bold=True),
        "rate": _Field(_rate(bar.rate), colors.dim),
        "elapsed": _Field(elapsed, colors.text, bold=True),
        "state": _Field(state_mark(bar.state, page), ink, bold=True, left=True),
        "word": _Field(word, ink, bold=bar.state != "ghost", left=True),
    }


def _rate(rate: float) -> str:
    """Tasks a second; empty before one is done."""
    if not rate:
        return ""
    return per_second(rate)


def _draw_bar(cells: Cells, x: int, width: int, bar: LaneBar, page: Page) -> None:
    """Tasks done in the lane's colour, failed ones in red, running ones bright, the rest as a
    groove; where serial was as an upright line.
    """
    if width < 1:
        return
    total = max(bar.total, 1)
    eighths = np.full(width * 8, paints.TODO, np.uint8)
    done = round(bar.done / total * width * 8)
    over = round((bar.done + bar.failed) / total * width * 8)
    eighths[:done] = paints.SHADE
    if bar.failed:
        over = max(over, done + 8)
        eighths[done:over] = paints.FAILED
    eighths[over : over + round(bar.running / total * width * 8)] = paints.RUNNING
    fill(cells, eighths, paints.paints(page.colors, bar.engine, bar.state == "ghost"), x)
    if bar.serial_share is not None:
        ink, ground = page.colors.serial, page.colors.background
        at = x + min(int(bar.serial_share * width), width - 1)
        cells.put(at, page.pick("│", "|"), ink, ground, bold=True)
        if width >= 16 and at + 1 < x + width:
            cells.put(at + 1, "S", ink, ground, bold=True)


def bars_of(views: Sequence[LaneView]) -> list[LaneBar]:
    """The contents of the lanes' bars; the others' show where serial was after as many seconds."""
    baselines = (v for v in views if is_baseline(v.lane.engine) and v.lane.zero is not None)
    serial = next(baselines, None)
    busy = any(view.running for view in views)
    bars = []
    for view in views:
        lane, (failed, retried) = view.lane, view.bad()
        bar = LaneBar(
            lane.engine,
            view.done(),
            lane.tasks.count or view.planned,
            state_word(lane, view.over, view.ghost, busy and not view.running),
            failed,
            retried,
        )
        if view.running:
            bar = replace(bar, running=lane.running)
        if lane.zero is not None:
            rate = mean_rate(view.done(), view.elapsed)
            bar = replace(bar, elapsed=view.offset + view.elapsed, rate=rate)
            if serial and serial is not view and serial.lane.tasks.count:
                after = view.offset + view.elapsed - serial.offset
                share = _done_after(serial, after) / serial.lane.tasks.count
                bar = replace(bar, serial_share=share)
        bars.append(bar)
    return bars


def _done_after(view: LaneView, elapsed: float) -> int:
    """The tasks that a lane had finished after so many seconds."""
    if view.at_edge and elapsed >= view.elapsed:
        return view.done()
    return view.lane.done_at(elapsed)
