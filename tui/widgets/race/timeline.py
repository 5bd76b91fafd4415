"""The heart of the screen: every lane of a race on one time axis, its tasks and its workers' spans.

`draw_timeline` is pure: the same ledgers, times and size give the same lines. The widget only calls
it.
"""

import math
import textwrap
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines, text
from tui.drawing.spans import Cells, Frame, draw_spans, draw_together, ticks
from tui.drawing.themes import Palette, palette
from tui.widgets.race.phases import draw_phases
from tui.widgets.race.scoreboard import STATES, LaneBar, draw_tasks, lane_bars, state_word
from workloads.core.engine_info import is_baseline
from workloads.core.errors import plain
from workloads.ledger.lane import Lane
from workloads.ledger.rows import WorkerRow
from workloads.ledger.tables import State


@dataclass(frozen=True)
class LaneView:
    """A lane and the moment to draw it at.

    `t` is seconds into the lane's run; `now` (ns since the epoch) counts for a lane that hasn't run
    yet and shows its start-up; `offset` seconds of start-up are drawn before the run; `planned` is
    how many tasks wait while the lane doesn't know its own yet; `ideal` is the least seconds in
    which the lane's workers could have done serial's tasks, None where that isn't known.
    """

    lane: Lane
    t: float
    ghost: bool = False
    running: bool = False
    now: int = 0
    offset: float = 0.0
    planned: int = 0
    ideal: float | None = None

    @property
    def over(self) -> bool:
        """Whether the run had ended by `t`."""
        end = self.lane.end_s()
        return end is not None and self.t >= end

    @property
    def elapsed(self) -> float:
        """Seconds from the run's zero to `t` or its end."""
        end = self.lane.end_s()
        return max(0.0, self.t if end is None else min(self.t, end))

    @property
    def started(self) -> float:
        """Seconds that the start-up took, or has taken by `now`."""
        return sum(max(phase.seconds(self.now), 0.0) for phase in self.lane.phases)

    @property
    def warm(self) -> bool:
        """Whether the start-up is over and the lane waits to run."""
        return self.lane.zero is None and self.lane.state in ("ready", "prepared")

    @property
    def at_edge(self) -> bool:
        """Whether `t` has reached all that is known, so that the ledger's own counts hold."""
        lane = self.lane
        return (
            lane.zero is None
            or self.over
            or (lane.live and self.t >= (lane.last - lane.zero) / 1e9)
        )

    def done(self) -> int:
        """Tasks finished by `t`."""
        return self.lane.done if self.at_edge else self.lane.done_at(self.t)

    def bad(self) -> tuple[int, int]:
        """Tasks failed and attempts lost by `t`."""
        lane, tasks = self.lane, self.lane.tasks
        if self.at_edge or not (lane.failed or lane.retried):
            return lane.failed, lane.retried
        failed = int(np.count_nonzero((tasks.state == State.FAILED) & (tasks.end <= self.t)))
        bad = sum(int(row.bad_until(np.array([self.t]))[0]) for row in lane.rows.values())
        return failed, max(0, bad - failed)


def fit_window(longest: float) -> float:
    """Where the time axis ends for `longest` seconds: it grows by a quarter at a time, from 1 s."""
    return float(1.25 ** math.ceil(math.log(longest, 1.25) - 1e-9)) if 1 < longest < 1e12 else 1.0


def window_of(views: Sequence[LaneView]) -> tuple[float, float]:
    """The window in seconds that shows all of every lane; exact once no lane moves any more."""
    longest, moving = 0.0, not views
    raced = any(view.lane.zero is not None for view in views)
    for view in views:
        if view.lane.zero is None:
            # Once a race goes on the axis is the race's; a lane that is warm has no time of its own
            # on it.
            longest, moving = max(longest, 0.0 if raced and view.warm else view.started), True
            continue
        # A ghost's length is known: room for all of it, so that the axis stands still beside it.
        end = view.lane.end_s() if view.ghost else None
        longest = max(longest, view.offset + (view.elapsed if end is None else end))
        moving = moving or not view.over
    return 0.0, fit_window(longest) if moving else max(longest * 1.02, 1e-3)


class Layout(NamedTuple):
    """How many lines everything gets; `rows` are the lines under each lane's bar and strip."""

    axis: int
    strip: int
    blank: int
    rows: tuple[int, ...]
    tall: int = 1
    gap: int = 0


def lay_out(wants: Sequence[int], height: int) -> Layout:
    """Share `height` lines among lanes that want that many rows each.

    What goes first: tall rows, blank lines, strips, then rows (the lane with most gives first), the
    axis.
    """
    lanes, total = len(wants), sum(wants)
    axis = min(2, max(0, height - 2 * lanes))
    rest = height - axis - lanes
    if rest < total:
        strip = int(rest >= 5 * lanes)
        rest, rows = rest - strip * lanes, [0] * lanes
        for _ in range(max(rest, 0)):
            open_ = [i for i in range(lanes) if rows[i] < wants[i]]
            rows[min(open_, key=lambda i: rows[i])] += 1
        return Layout(axis, strip, 0, tuple(rows))
    strip = int(rest - total >= lanes)
    spare = rest - total - strip * lanes
    blank = int(bool(strip) and spare >= lanes - 1)
    spare -= blank * (lanes - 1)
    for tall, gap in ((3, 1), (2, 1), (1, 1)):
        if blank and total * (tall - 1) + (total - lanes) * gap <= spare:
            return Layout(axis, strip, blank, tuple(wants), tall, gap)
    return Layout(axis, strip, blank, tuple(wants))


def draw_timeline(
    views: Sequence[LaneView],
    window: tuple[float, float],
    width: int,
    height: int,
    palette: Palette,
    ascii: bool = False,
) -> list[Line]:
    """The lanes on one axis in at most `height` lines of `width` cells; `window` in seconds of the
    axis.
    """
    if width < 1 or height < 1 or not views:
        return []
    views = views[:height]
    rows = [
        [v.lane.rows[n] for n in sorted(v.lane.rows)] or _NOBODY if v.lane.zero else []
        for v in views
    ]
    widest = max((len(str(row.worker)) for lane_rows in rows for row in lane_rows), default=1)
    margin = min(max(7, widest + 5), width - 1)
    reasons = [_reason(view, width - margin, ascii) for view in views]
    wants = [max(len(own), 1) + len(reason) for own, reason in zip(rows, reasons, strict=True)]
    layout = lay_out(wants, height)
    marks, raced = ticks(window, width - margin), any(view.lane.zero is not None for view in views)
    frame = Frame(window, width - margin, palette, ascii, tuple(x for x, _ in marks))
    pen = _Pen(frame, margin, layout.tall)
    lines = _axis(views, marks, pen)[: layout.axis]
    for view, bar, lane_rows, reason, room in zip(
        views,
        lane_bars(_bars(views), width, palette, ascii),
        rows,
        reasons,
        layout.rows,
        strict=True,
    ):
        if layout.blank and len(lines) > layout.axis:
            lines.append(pen.say())
        lines.append(bar)
        if layout.strip:
            lines.append(pen.beside(" task", palette.dim, _strip(view, frame)))
        for index, block in enumerate(
            _blocks(view, lane_rows, reason, room, raced, pen.of(view))[:room]
        ):
            lines += [pen.say()] * (layout.gap if index > len(reason) else 0) + block
    return lines[:height]


def _bars(views: Sequence[LaneView]) -> list[LaneBar]:
    """What the lanes' bars say; the others' show where serial was after as many seconds."""
    baselines = (v for v in views if is_baseline(v.lane.engine) and v.lane.zero is not None)
    serial = next(baselines, None)
    busy = any(v.running for v in views)
    bars = []
    for view in views:
        lane, pace, total = view.lane, None, view.lane.tasks.count or view.planned
        if serial and serial is not view and lane.zero is not None and serial.lane.tasks.count:
            level = serial.at_edge and view.elapsed >= serial.elapsed
            pace = (
                serial.done() if level else serial.lane.done_at(view.elapsed)
            ) / serial.lane.tasks.count
        elapsed = None if lane.zero is None else view.elapsed
        word = state_word(lane, view.over, view.ghost, busy and not view.running)
        bars.append(LaneBar(lane.engine, view.done(), total, word, *view.bad(), elapsed, pace))
    return bars


_NOBODY = [WorkerRow(0)]


def _reason(view: LaneView, width: int, ascii: bool) -> list[str]:
    """Why a lane came to grief, in lines; nothing while it goes on."""
    lane = view.lane
    if not lane.reason or (
        lane.zero is not None and not view.over and lane.state not in ("broken", "gone")
    ):
        return []
    mark = STATES["cancelled" if lane.state == "cancelled" else "failed"][ascii]
    words = f"{mark} {to_ascii(plain(lane.reason, 400)) if ascii else plain(lane.reason, 400)}"
    return textwrap.wrap(
        words, max(width - 1, 1), max_lines=2, placeholder=" ..." if width > 8 else ""
    )


class _Pen(NamedTuple):
    """A frame with a margin beside it for labels; a row is `tall` lines high."""

    frame: Frame
    margin: int
    tall: int

    def beside(self, label: str, ink: str, line: Line) -> Line:
        """A line with its label in the margin."""
        ground = self.frame.palette.background
        return [text(label[: self.margin].ljust(self.margin), ink, ground, bold=True), *line]

    def of(self, view: LaneView) -> "_Pen":
        """The pen for a lane's rows, with the lane's own bound."""
        column = self.column(view)
        return self if column < 0 else self._replace(frame=self.frame._replace(bound=column))

    def column(self, view: LaneView) -> int:
        """Where the lane's bound stands, -1 where it has none on the axis."""
        bound = None if view.ideal is None else view.ideal + view.offset
        inside = bound is not None and self.frame.window[0] <= bound <= self.frame.window[1]
        return (
            min(self.frame.eighth(bound) // 8, self.frame.width - 1)
            if inside and bound is not None
            else -1
        )

    def say(self, words: str = "", ink: str | None = None) -> Line:
        """A line with the grid and these words."""
        cells = self.frame.cells()
        cells.grid(self.frame.grid, self.frame.palette.rule, self.frame.ascii)
        cells.put(0, words, ink, bold=True)
        return self.beside("", self.frame.palette.dim, cells.line())

    def block(self, label: str, ink: str, draw: Callable[[bool], Line]) -> list[Line]:
        """A tall row: words and label stand on one of its lines only."""
        middle = self.tall // 3
        lines = [draw(y == middle) for y in range(self.tall)]
        return [
            self.beside(label if y == middle else "", ink, line) for y, line in enumerate(lines)
        ]


def _axis(views: Sequence[LaneView], marks: Sequence[tuple[int, str]], pen: _Pen) -> list[Line]:
    """The labels, and the line under them with the mark of now."""
    colours, ascii, width = pen.frame.palette, pen.frame.ascii, pen.frame.width
    labels, line = Cells(pen.margin + width, colours.background), pen.frame.cells()
    line.put(0, ("-" if ascii else "─") * width, colours.rule)
    for x, label in marks:
        at = min(max(0, pen.margin + x - len(label.split(" ")[0]) // 2), labels.width - len(label))
        labels.put(at, label, colours.text, bold=True)
        line.put(x, "+" if ascii else "┬", colours.dim)
    for view in views:
        if (x := pen.column(view)) >= 0:
            _bound(line, x, view, ascii, colours)
    now = [v.t + v.offset for v in views if v.lane.zero is not None and not v.over]
    now = now or [v.started for v in views if v.lane.zero is None and v.lane.state == "starting"]
    if now and pen.frame.window[0] <= max(now) <= pen.frame.window[1]:
        x = min(pen.frame.eighth(max(now)) // 8, width - 1)
        line.put(x, "V" if ascii else "▼", colours.accent, bold=True)
    return [labels.line(), pen.beside("", colours.dim, line.line())]


def _bound(line: Cells, x: int, view: LaneView, ascii: bool, colours: Palette) -> None:
    """The ideal's mark on the axis, named at the side where there is room."""
    name = f"ideal {view.ideal:.2f} s"
    line.put(x, ":" if ascii else "┊", colours.text, bold=True)
    for at in (x + 2, x - len(name) - 1):
        if 0 <= at <= line.width - len(name):
            line.put(at - 1, f" {name} ", colours.text)
            line.put(x, ":" if ascii else "┊", colours.text, bold=True)
            return


def _blocks(
    view: LaneView, rows: list[WorkerRow], reason: list[str], room: int, raced: bool, pen: _Pen
) -> list[list[Line]]:
    """What stands under a lane's bar: why it broke, its start-up before the run, its workers."""
    lane, frame, colours = view.lane, pen.frame, pen.frame.palette
    ink = colours.dim if lane.state == "cancelled" else colours.failed
    blocks = [[pen.say(words, ink)] for words in reason]
    if raced and view.warm:
        return [
            *blocks,
            [
                pen.say(
                    f"warm after a start-up of {view.started:.1f} s, waits for its turn",
                    colours.dim,
                )
            ],
        ]
    if lane.zero is None:
        return [
            *blocks,
            pen.block(
                " start",
                colours.dim,
                lambda words: draw_phases(lane.phases, frame, view.now, lane.engine, words),
            ),
        ]
    left = max(room - len(blocks), 0)
    single = rows if len(rows) <= left else rows[: max(left - 1, 0)]
    for row in single:
        lost = (" X" if frame.ascii else " ✗") if row.lost else ""
        label, ink = f" w{row.worker}{lost}", colours.failed if lost else colours.text
        blocks.append(pen.block(label, ink, partial(_row, view, frame, row, row is rows[0])))
    if rest := rows[len(single) :]:
        blocks.append([pen.beside(f"+{len(rest)}".rjust(4), colours.dim, _rest(view, frame, rest))])
    return blocks


_memo: WeakKeyDictionary[Any, dict[Hashable, tuple[Hashable, Line]]] = WeakKeyDictionary()


def _once(owner: object, slot: Hashable, key: Hashable, draw: Callable[[], Line]) -> Line:
    """The line drawn last for this owner and slot if nothing that it depends on has changed."""
    slots = _memo.setdefault(owner, {})
    known = slots.get(slot)
    if known is None or known[0] != key:
        known = slots[slot] = (key, draw())
    return known[1]


def _key(view: LaneView, frame: Frame, rows: Sequence[WorkerRow]) -> Hashable:
    """All that the look of these rows depends on; `t`, in eighths, only where time alone changes
    them.
    """
    moving = any(row.open or len(row.between(view.t, math.inf).start) for row in rows)
    tip = frame.eighth(view.t + view.offset) if moving else None
    versions = tuple((row.version, row.count, row.lost) for row in rows)
    return view.lane.engine, view.lane.zero, versions, tip, view.ghost, view.offset, frame


def _row(view: LaneView, frame: Frame, row: WorkerRow, first: bool, words: bool) -> Line:
    """One worker's line; its window counts from the run's zero."""
    own, key = frame.later(view.offset), (_key(view, frame, [row]), first)
    return _once(
        row,
        words,
        key,
        lambda: draw_spans(
            row,
            own,
            view.t,
            view.lane.engine,
            ghost=view.ghost,
            startup=view.offset,
            named=first,
            words=words,
            marks=view.lane.tasks.marks if view.lane.stages else None,
        ),
    )


def _rest(view: LaneView, frame: Frame, rows: list[WorkerRow]) -> Line:
    """The workers that have no line of their own."""
    own, key = frame.later(view.offset), _key(view, frame, rows)
    return _once(
        rows[0], "rest", key, lambda: draw_together(rows, own, view.t, view.lane.engine, view.ghost)
    )


def _strip(view: LaneView, frame: Frame) -> Line:
    """The lane's tasks; those it will have before it knows them."""
    lane, count = view.lane, view.lane.tasks.count or view.planned
    # Where a cell is a share of the tasks, every tenth of a second is often enough.
    t = view.t if view.at_edge or count <= frame.width else math.floor(view.t * 10) / 10
    moving = None if lane.zero is None or lane.live or view.over else t
    # Workers' clocks differ, so an event can come in that is no later than the last one: count as
    # well.
    known = (lane.last, lane.done, lane.failed, lane.retried, lane.cancelled, lane.running)
    key = (
        lane.zero,
        known,
        float(lane.tasks.fraction.sum()),
        count,
        moving,
        view.over,
        view.ghost,
        frame,
    )

    def draw() -> Line:
        waiting = np.zeros(count, np.uint8), np.zeros(count, np.float32)
        state, fraction = lane.states_at(t) if lane.zero is not None else waiting
        return draw_tasks(state, fraction, frame, lane.engine, view.ghost)

    return _once(lane, "tasks", key, draw)


class Timeline(Lines):
    """The lanes of a race on one time axis."""

    _views: Sequence[LaneView] = ()
    _window: tuple[float, float] | None = None
    _ascii = False

    def update(
        self,
        views: Sequence[LaneView],
        window: tuple[float, float] | None = None,
        ascii: bool = False,
    ) -> None:
        """Show these lanes in `window` (seconds of the axis; None shows all)."""
        self._views, self._window, self._ascii = views, window, ascii
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The timeline's lines."""
        window, colours = self._window or window_of(self._views), palette(self.app.theme)
        return draw_timeline(self._views, window, width, height, colours, self._ascii)
