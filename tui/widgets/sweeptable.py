"""The table of a sweep: a row a batch, each lane's time and its speedup; measured, being measured, to come."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tui.themes import Palette, lane_letter, lane_name, on, palette
from tui.widgets.digits import to_ascii
from tui.widgets.lines import Line, Lines
from tui.widgets.spans import Cells
from workloads.report import seconds
from workloads.sweep import SweepPoint


@dataclass(frozen=True)
class SweepView:
    """What a sweep's table shows: its `parameter`, all its `values`, the `points` measured, the `cursor`'s value;
    `now` are the seconds that lanes have run at the value being measured.
    """

    parameter: str = "tasks"
    values: Sequence[int] = ()
    lanes: Sequence[str] = ()
    points: Sequence[SweepPoint] = ()
    now: dict[str, float] | None = None
    cursor: float | None = None

    @property
    def rivals(self) -> list[str]:
        """The lanes that are compared with serial."""
        return [lane for lane in self.lanes if lane != "serial"] if "serial" in self.lanes else []


def draw_sweep_table(view: SweepView, width: int, height: int, colors: Palette, ascii: bool = False) -> list[Line]:
    """The heads, then a line a value, at most `height` of `width` cells; the last are shown where not all fit."""
    if width < 1 or height < 1 or not view.values:
        return []
    columns = len(view.lanes) + len(view.rivals)
    first = max(len(view.parameter), max(len(f"{value:,}") for value in view.values)) + 2
    each = max(7, min(14, (width - first - 1) // max(columns, 1)))
    lines = [_heads(view, width, first, each, colors)]
    points = {point.value: point for point in view.points}
    waiting = [value for value in view.values if value not in points]
    rows = list(view.values)
    room = max(height - 1, 0)
    if len(rows) > room:
        last = rows.index(waiting[0]) + 1 if waiting else len(rows)
        rows = rows[max(0, last - room) :][:room]
    for value in rows:
        at_work = view.now if view.now is not None and waiting and value == waiting[0] else None
        lines.append(_row(view, value, points.get(value), at_work, (width, first, each), colors, ascii))
    return lines


def _heads(view: SweepView, width: int, first: int, each: int, colors: Palette) -> Line:
    cells = Cells(width, colors.panel)
    cells.put(first - 1 - len(view.parameter), view.parameter, colors.dim)
    x = first
    for lane in view.lanes:
        name = f"{lane_letter(lane)} {lane_name(lane)}" if each >= 10 else lane_letter(lane)
        cells.put(x + each - len(name) - 1, f"{name} ", colors.lane(lane), bold=True)
        x += each
    for lane in view.rivals:
        name = "speedup" if len(view.rivals) == 1 else f"{lane_letter(lane)} ÷"
        cells.put(x + each - len(name), name, colors.text, bold=True)
        x += each
    return cells.line()


def _row(
    view: SweepView, value: int, point: SweepPoint | None, now: dict[str, float] | None, sizes: tuple[int, int, int],
    colors: Palette, ascii: bool,
) -> Line:  # fmt: skip
    width, first, each = sizes
    cells = Cells(width, colors.panel)
    here = view.cursor is not None and view.cursor == value
    label = f"{value:,}"
    cells.put(
        first - 1 - len(label), label, colors.accent if here else colors.text if point or now else colors.dim, bold=here
    )
    if here:
        cells.put(0, "|" if ascii else "▌", colors.accent)
    x = first
    for lane in view.lanes:
        done = point.seconds.get(lane) if point else None
        going = now.get(lane) if now is not None else None
        words, ink = "–" if point else "", colors.failed
        if done is not None:
            words, ink = seconds(done), colors.text
        elif going is not None:
            words, ink = f"{seconds(going)} {'*' if ascii else '●'}", colors.lane(lane)
        words = to_ascii(words) if ascii else words
        cells.put(x + each - cell_len(words), words, ink, bold=going is not None)
        x += each
    for lane in view.rivals:
        gained = point.speedup.get(lane) if point else None
        words = f"{gained:.2f}×" if gained is not None else "–" if point else ""
        words = to_ascii(words) if ascii else words
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
