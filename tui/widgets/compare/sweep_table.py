"""The table of a sweep: a row a value, each lane's time and its speedup; measured, being measured,
to come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines
from tui.drawing.spans import Cells
from tui.drawing.themes import Palette, lane_letter, on, palette
from workloads.core.engine_info import baseline_of, rivals_of
from workloads.core.errors import plain
from workloads.core.wording import brief, lane_name, seconds
from workloads.sweeps.run import SweepFold, SweepPoint

LIVE = 2
"""Cells behind a lane's seconds that hold the sign that it runs."""


@dataclass(frozen=True)
class SweepView:
    """What a sweep's table shows: its `parameter`, all its `values`, the `points` measured, the
    `cursor`'s value; `now` are the seconds that lanes have run at the value being measured, where
    `live` is the lane that runs.

    `at` is that value where it isn't the first without a point; `notes` are a few words on a value,
    under `head`.
    """

    parameter: str = "tasks"
    values: Sequence[int] = ()
    lanes: Sequence[str] = ()
    points: Sequence[SweepPoint] = ()
    now: dict[str, float] | None = None
    live: str = ""
    cursor: float | None = None
    at: int | None = None
    head: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, fold: SweepFold, now: dict[str, float], live: str = "", cursor: float | None = None
    ) -> "SweepView":
        """What the table shows of a fold; `now` doesn't count unless a value is being measured."""
        opened = fold.opened
        if opened is None:
            return cls()
        head, name = {"grain": ("a task", "task_s"), "samples": ("error", "error")}.get(
            opened.sweep, ("", "")
        )
        notes = {
            point.value: brief(point.figures[name])
            if name == "task_s"
            else f"{point.figures[name]:.2g}"
            for point in fold.points
            if name in point.figures
        }
        going = now if fold.running and not fold.calibrating else None
        return cls(
            opened.parameter,
            opened.values,
            opened.lanes,
            fold.points,
            going,
            live,
            cursor,
            fold.at,
            head,
            notes,
        )

    @property
    def rivals(self) -> list[str]:
        """The lanes that are compared with serial."""
        if baseline_of(self.lanes) is None:
            return []
        return rivals_of(self.lanes)


def draw_sweep_table(
    view: SweepView, width: int, height: int, colors: Palette, ascii: bool = False
) -> list[Line]:
    """The heads, then a line a value, at most `height` of `width` cells.

    Where not all fit, the last that were begun are shown, or those nearest to them that hold the
    cursor's.
    """
    if width < 1 or height < 1 or not view.values:
        return []
    columns = len(view.lanes) + len(view.rivals) + bool(view.head)
    parameter = plain(view.parameter, 12)
    first = max(cell_len(parameter), max(len(f"{value:,}") for value in view.values)) + 2
    each = max(7, min(14, (width - first - 1) // max(columns, 1)))
    lines = [_heads(view, parameter, (width, first, each), colors, ascii)]
    points = {point.value: point for point in view.points}
    now = (
        view.at
        if view.at in view.values
        else next((value for value in view.values if value not in points), None)
    )
    rows = list(view.values)
    room = max(height - 1, 0)
    if len(rows) > room:
        top = max(0, (rows.index(now) + 1 if now is not None else len(rows)) - room)
        for here, value in enumerate(rows):
            if value == view.cursor:
                top = min(max(top, here - room + 1), here)
        rows = rows[top:][:room]
    for value in rows:
        at_work = view.now if value == now else None
        point = points.get(value) if at_work is None else None
        lines.append(_row(view, value, point, at_work, (width, first, each), colors, ascii))
    return lines


def _heads(
    view: SweepView, parameter: str, sizes: tuple[int, int, int], colors: Palette, ascii: bool
) -> Line:
    def words(content: str) -> str:
        return to_ascii(content) if ascii else content

    width, first, each = sizes
    cells = Cells(width, colors.panel)
    cells.put(first - 1 - cell_len(parameter), words(parameter), colors.dim)
    x = first
    if view.head:
        cells.put(x + each - cell_len(view.head), words(view.head), colors.dim)
        x += each
    letters, names = (
        [words(known(lane)) for lane in view.lanes] for known in (lane_letter, lane_name)
    )
    roomy = all(cell_len(name) + 3 <= each - LIVE for name in names)
    for lane, letter, name in zip(view.lanes, letters, names, strict=True):
        head = f"{letter} {name}" if roomy else letter
        cells.put(x + each - LIVE - cell_len(head), head, colors.lane(lane), bold=True)
        x += each
    for lane in view.rivals:
        head = words("speedup" if len(view.rivals) == 1 else f"{lane_letter(lane)} ×")
        cells.put(x + each - cell_len(head), head, colors.text, bold=True)
        x += each
    return cells.line()


def _row(
    view: SweepView,
    value: int,
    point: SweepPoint | None,
    now: dict[str, float] | None,
    sizes: tuple[int, int, int],
    colors: Palette,
    ascii: bool,
) -> Line:
    width, first, each = sizes
    none = "-" if ascii else "–"
    cells = Cells(width, colors.panel)
    here = view.cursor is not None and view.cursor == value
    label = f"{value:,}"
    cells.put(
        first - 1 - len(label),
        label,
        colors.accent if here else colors.text if point or now is not None else colors.dim,
        bold=here,
    )
    if here:
        cells.put(0, "|" if ascii else "▌", colors.accent)
    x = first
    if view.head:
        note = view.notes.get(value, "")
        note = to_ascii(note.replace("µ", "u")) if ascii else note
        cells.put(x + each - len(note), note, colors.text)
        x += each
    for lane in view.lanes:
        taken = point.seconds.get(lane) if point else (now or {}).get(lane)
        # Where a lane didn't race, as serial in a sweep over workers, there is nothing; where it
        # failed, a dash.
        raced = point is not None and (not point.workers or lane in point.workers)
        words = (none if raced else "") if taken is None else seconds(taken)
        if taken is not None and len(words) >= each - LIVE:
            words = f"{taken:,.0f} s"  # minutes and seconds would run into the column before
        live = bool(now) and lane == view.live
        ink = colors.lane(lane) if live else colors.text if taken is not None else colors.failed
        cells.put(x + each - LIVE - len(words), words, ink, bold=live)
        if live:
            cells.put(x + each - 1, "*" if ascii else "●", ink, bold=True)
        x += each
    for lane in view.rivals:
        gained = point.speedup.get(lane) if point else None
        words = none if point else ""
        if point and gained is not None:
            words = f"{gained:.2f}{'x' if ascii else '×'}{'!' if lane in point.beyond else ''}"
        ground = colors.lane(lane) if gained is not None else None
        cells.put(
            x + each - len(words) - 1,
            f" {words}" if words else "",
            on(ground) if ground else colors.dim,
            ground,
            bold=True,
        )
        x += each
    return cells.line()


class SweepTable(Lines):
    """The table of the sweep that goes on, or went on last."""

    DEFAULT_CSS = "SweepTable { background: $panel; }"

    _view = SweepView()

    def update(self, view: SweepView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The table's lines."""
        ascii = self.ascii
        return draw_sweep_table(self._view, width, height, palette(self.app.theme), ascii)
