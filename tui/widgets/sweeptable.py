"""The table of a sweep: a row a batch, each lane's time and its speedup; measured, being measured, to come."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tui.themes import Palette, lane_letter, lane_name, on, palette
from tui.widgets.digits import to_ascii
from tui.widgets.lines import Line, Lines
from tui.widgets.spans import Cells
from workloads.errors import plain
from workloads.report import seconds
from workloads.sweep import SweepPoint

LIVE = 2
"""Cells behind a lane's seconds that hold the sign that it runs."""


@dataclass(frozen=True)
class SweepView:
    """What a sweep's table shows: its `parameter`, all its `values`, the `points` measured, the `cursor`'s value;
    `now` are the seconds that lanes have run at the value being measured, where `live` is the lane that runs.
    """

    parameter: str = "tasks"
    values: Sequence[int] = ()
    lanes: Sequence[str] = ()
    points: Sequence[SweepPoint] = ()
    now: dict[str, float] | None = None
    live: str = ""
    cursor: float | None = None

    @property
    def rivals(self) -> list[str]:
        """The lanes that are compared with serial."""
        return [lane for lane in self.lanes if lane != "serial"] if "serial" in self.lanes else []


def draw_sweep_table(view: SweepView, width: int, height: int, colors: Palette, ascii: bool = False) -> list[Line]:
    """The heads, then a line a value, at most `height` of `width` cells.

    Where not all fit, the last that were begun are shown, or those nearest to them that hold the cursor's.
    """
    if width < 1 or height < 1 or not view.values:
        return []
    columns = len(view.lanes) + len(view.rivals)
    parameter = plain(view.parameter, 12)
    first = max(cell_len(parameter), max(len(f"{value:,}") for value in view.values)) + 2
    each = max(7, min(14, (width - first - 1) // max(columns, 1)))
    lines = [_heads(view, parameter, (width, first, each), colors, ascii)]
    points = {point.value: point for point in view.points}
    waiting = [value for value in view.values if value not in points]
    rows = list(view.values)
    room = max(height - 1, 0)
    if len(rows) > room:
        top = max(0, (rows.index(waiting[0]) + 1 if waiting else len(rows)) - room)
        for here, value in enumerate(rows):
            if value == view.cursor:
                top = min(max(top, here - room + 1), here)
        rows = rows[top:][:room]
    for value in rows:
        at_work = view.now if view.now is not None and waiting and value == waiting[0] else None
        lines.append(_row(view, value, points.get(value), at_work, (width, first, each), colors, ascii))
    return lines


def _heads(view: SweepView, parameter: str, sizes: tuple[int, int, int], colors: Palette, ascii: bool) -> Line:
    def words(content: str) -> str:
        return to_ascii(content) if ascii else content

    width, first, each = sizes
    cells = Cells(width, colors.panel)
    cells.put(first - 1 - cell_len(parameter), words(parameter), colors.dim)
    x = first
    letters, names = ([words(known(lane)) for lane in view.lanes] for known in (lane_letter, lane_name))
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
    view: SweepView, value: int, point: SweepPoint | None, now: dict[str, float] | None, sizes: tuple[int, int, int],
    colors: Palette, ascii: bool,
) -> Line:  # fmt: skip
    width, first, each = sizes
    none = "-" if ascii else "–"
    cells = Cells(width, colors.panel)
    here = view.cursor is not None and view.cursor == value
    label = f"{value:,}"
    cells.put(
        first - 1 - len(label), label,
        colors.accent if here else colors.text if point or now is not None else colors.dim, bold=here,
    )  # fmt: skip
    if here:
        cells.put(0, "|" if ascii else "▌", colors.accent)
    x = first
    for lane in view.lanes:
        taken = point.seconds.get(lane) if point else (now or {}).get(lane)
        words = (none if point else "") if taken is None else seconds(taken)
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
        words = f"{gained:.2f}{'x' if ascii else '×'}" if gained is not None else none if point else ""
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
        ascii = bool(getattr(self.app, "ascii", False))
        return draw_sweep_table(self._view, width, height, palette(self.app.theme), ascii)
