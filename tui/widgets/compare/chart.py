"""Charts of sweeps: speedup against batch size or workers, time against task size, error against
samples.

`draw_chart` draws one from what was measured and what was computed beside it (ideal, fitted), pure;
`ChartView` shows it and keeps a cursor that stops at measured points only. Used by the Compare
screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.cells import cell_len

from tui.drawing.curves import Curve, Page, Series, plot
from tui.drawing.lines import Line, Lines
from tui.drawing.plot import (
    Area,
    Scale,
    Tick,
    brief,
    drawable,
    scale_of_ticks,
    scale_over,
    spoken,
    ticks,
    titled,
)
from tui.drawing.spans import Cells
from tui.drawing.themes import Palette, palette


@dataclass(frozen=True)
class Chart:
    """All that a chart shows.

    `x_unit` and `y_unit`: "×", "%", "s" (seconds) and "B" (bytes) stand at each number with a
    prefix that fits (10 ms, 2 MB); any other is a word in the axis' title and behind the number in
    the read-out. `marks` are positions on the x axis with a few words. `x_ticks` are the only
    labels of the x axis and, without `x_range`, make it as long as they reach. Without ranges the
    axes grow in steps. `zero_based`: a linear y axis holds 0. `cursor` stands at the nearest
    measured x; without one the read-out tells of the rightmost. `empty` is said while there is no
    point to show.
    """

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    x_log: bool = False
    y_log: bool = False
    x_unit: str = ""
    y_unit: str = ""
    marks: Sequence[tuple[float, str]] = ()
    zero_based: bool = True
    cursor: float | None = None
    x_ticks: Sequence[float] | None = None
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    empty: str = "No points yet."


_Piece = tuple[str, str, str | None, bool]
"""Some words, their colour, their ground (None: what is there), and whether they are bold."""


def draw_chart(
    chart: Chart,
    width: int,
    height: int,
    colors: Palette,
    ground: str | None = None,
    ascii: bool = False,
) -> list[Line]:
    """`height` lines of `width` cells: title and legend, the plot in its axes, and the read-out.

    Where room is short the axes' titles go first, then names shorten to letters, then the title
    goes and at last the tick labels; the read-out stays.
    """
    if width < 1 or height < 1:
        return []
    page = Page(width, colors, ground or colors.background, ascii)
    curves = _curves(chart)
    if not any((~np.isnan(curve.y)).any() for curve in curves):
        return _empty(chart, height, page)
    x, y = _scales(chart, curves)
    at = _nearest_stop(chart.cursor, _stops(curves, x), x)
    head = _head(chart, curves, min(2, height // 6), page)
    labelled = height >= 5 and width >= 24
    feet = labelled + (labelled and height >= 10) + (labelled and height >= 12)
    rows = height - len(head) - feet - (height >= 24) - 1
    y_ticks = (
        ticks(y, rows, chart.y_unit, 2 if rows < 10 else max(3, rows // 10)) if labelled else []
    )
    names = [page.words(tick.label) for tick in y_ticks]
    left = max(map(len, names), default=0) + 1 if labelled else 0
    if left > width // 3:
        left, names = 1, [""] * len(names)
    area = Area(x, y, left, width - left, rows)
    body = [page.cells() for _ in range(rows)]
    if rows:
        _y_axis(
            body,
            [(area.row(tick.value), name) for tick, name in zip(y_ticks, names, strict=True)],
            area,
            page,
        )
        plot(body, curves, chart.marks, at if chart.cursor is not None else None, area, page)
    line, numbers, title = _x_axis(chart, at, area, page)
    foot = (
        [line] * (feet > 1)
        + [numbers] * (feet > 0)
        + [title] * (feet > 2)
        + [page.cells()] * (height >= 24)
    )
    return [cells.line() for cells in [*head, *body, *foot, _readout(chart, curves, at, x, page)]]


def _curves(chart: Chart) -> list[Curve]:
    curves = []
    for series in chart.series:
        count = min(len(series.xs), len(series.ys))
        x, y = drawable(series.xs[:count], chart.x_log), drawable(series.ys[:count], chart.y_log)
        low, high = np.full(count, np.nan), np.full(count, np.nan)
        if series.low is not None and series.high is not None:
            bars = min(count, len(series.low), len(series.high))
            low[:bars], high[:bars] = (
                drawable(ends[:bars], chart.y_log) for ends in (series.low, series.high)
            )
        order = np.argsort(x, kind="stable")  # NaN comes last
        order = order[: int((~np.isnan(x)).sum())]
        curves.append(Curve(series, x[order], y[order], low[order], high[order]))
    return curves


def _scales(chart: Chart, curves: Sequence[Curve]) -> tuple[Scale, Scale]:
    """The axes: the x axis first, for what it leaves out doesn't stretch the y axis."""
    known = np.concatenate([np.zeros(0), *(curve.x[~np.isnan(curve.y)] for curve in curves)])
    x = scale_over(known, log=chart.x_log, given=chart.x_range)
    if chart.x_ticks is not None and not chart.x_range:
        points = [curve.x for curve in curves if curve.measured]
        x = (
            scale_of_ticks(
                np.concatenate([drawable(chart.x_ticks, chart.x_log), *points]), chart.x_log
            )
            or x
        )
    values = [np.zeros(0)]
    for curve in curves:
        inside = (curve.x >= x.low) & (curve.x <= x.high)
        values += [
            ys[inside if inside.any() else ~inside] for ys in (curve.y, curve.low, curve.high)
        ]
    return x, scale_over(
        np.concatenate(values), log=chart.y_log, zero=chart.zero_based, given=chart.y_range
    )


def _stops(curves: Sequence[Curve], x: Scale) -> list[float]:
    """The x of all measured points on the axis, ascending."""
    found = [curve.x[~np.isnan(curve.y)] for curve in curves if curve.measured]
    return (
        [value for value in np.unique(np.concatenate(found)).tolist() if x.low <= value <= x.high]
        if found
        else []
    )


def _nearest_stop(cursor: float | None, stops: Sequence[float], x: Scale) -> float | None:
    """The measured x nearest to the cursor on the axis; the rightmost without one."""
    if not stops or cursor is None or np.isnan(drawable([cursor], x.log)[0]):
        return stops[-1] if stops else None
    return stops[int(np.argmin(np.abs(x.shares(stops) - x.shares([cursor])[0])))]


# -- around the plot -----------------------------------------------------------------------------


def _write(cells: Cells, at: int, pieces: Sequence[_Piece]) -> None:
    for words, ink, ground, bold in pieces:
        cells.put(at, words, ink, ground, bold)
        at += cell_len(words)


def _length(pieces: Sequence[_Piece]) -> int:
    return sum(cell_len(words) for words, *_ in pieces)


def _empty(chart: Chart, height: int, page: Page) -> list[Line]:
    lines = [page.cells() for _ in range(height)]
    sentence = page.words(chart.empty)
    if height >= 3:
        lines[0].put(0, page.words(chart.title), page.colors.text, bold=True)
    lines[height // 2].put(
        max(0, (page.width - cell_len(sentence)) // 2), sentence, page.colors.dim
    )
    return [cells.line() for cells in lines]


def _badge(series: Series, page: Page) -> _Piece:
    letter, ink, ground, bold = page.badge(series)
    return f"({letter})" if series.ghost else f" {letter} ", ink, ground, bold


def _legend(curves: Sequence[Curve], shortness: int, page: Page) -> list[_Piece]:
    """Every series by its letter and name; at 1 ghosts aren't called so, from 2 on letters stand
    alone.
    """
    pieces: list[_Piece] = []
    for curve in curves:
        name, ink = page.words(curve.series.name), page.ink(curve.series)
        if curve.measured:
            name += " (ghost)" if curve.series.ghost and not shortness else ""
            pieces += [("  ", ink, None, False), _badge(curve.series, page)]
            pieces += [(f" {name}", ink, None, True)] if shortness < 2 else []
        elif shortness < 3:
            pieces.append((f"  {'..' if page.ascii else '┈┈'} {name}", ink, None, False))
    return pieces


def _head(chart: Chart, curves: Sequence[Curve], count: int, page: Page) -> list[Cells]:
    """`count` lines: the title, in two the y axis' title below, and the legend at the right where
    it fits.
    """
    if not count:
        return []
    lines = [page.cells() for _ in range(count)]
    names = [page.words(chart.title), page.words(titled(chart.y_label, chart.y_unit))][:count]
    legends = [_legend(curves, shortness, page) for shortness in range(4)]
    places = ((row, legend) for legend in legends for row in range(count))
    row, legend = next(
        ((r, p) for r, p in places if cell_len(names[r]) + 1 + _length(p) <= page.width), (-1, [])
    )
    if row < 0:
        names[0], row = "", 0
        legend = next((legend for legend in legends if _length(legend) <= page.width), legends[3])
    for cells, name, bold in zip(lines, names, (True, False), strict=False):
        cells.put(0, name, page.colors.text if bold else page.colors.dim, bold=bold)
    _write(lines[row], max(0, page.width - _length(legend)), legend)
    return lines


def _y_axis(
    body: list[Cells], labels: Sequence[tuple[int | None, str]], area: Area, page: Page
) -> None:
    """The axis at the left with its labels, and a faint line across at each."""
    bar, tick, across = ("|", "+", "") if page.ascii else ("│", "┤", "┈")
    for cells in body if area.left else ():
        cells.put(area.left - 1, bar, page.colors.rule)
    for row, label in labels:
        if row is not None:
            body[row].put(area.left - 1 - len(label), label, page.colors.dim)
            body[row].put(
                area.left - 1, tick + across * area.columns * bool(label), page.colors.rule
            )


def _x_axis(chart: Chart, at: float | None, area: Area, page: Page) -> tuple[Cells, Cells, Cells]:
    """The axis below the plot, its numbers with that under the cursor first, and its title."""
    line, numbers, title = page.cells(), page.cells(), page.cells()
    corner, along, down, up = ("+", "-", "+", "'") if page.ascii else ("└", "─", "┬", "┴")
    line.put(area.left - 1, corner + along * area.columns, page.colors.rule)
    found = ticks(area.x, area.columns, chart.x_unit)
    if chart.x_ticks is not None:
        wanted = drawable(chart.x_ticks, chart.x_log)
        found = [
            Tick(v, brief(v, chart.x_unit)) for v in np.unique(wanted[~np.isnan(wanted)]).tolist()
        ]
    if chart.cursor is not None and at is not None:
        found = [Tick(at, brief(at, chart.x_unit)), *(tick for tick in found if tick.value != at)]
    free = [True] * page.width
    for value, label in found:
        column, label = area.column(value), page.words(label)
        if column is None:
            continue
        here = chart.cursor is not None and value == at
        first = max(min(column - (len(label) - 1) // 2, page.width - len(label)), 0)
        if all(free[max(0, first - 1) : first + len(label) + 1]):
            numbers.put(first, label, page.colors.accent if here else page.colors.dim, bold=here)
            free[first : first + len(label)] = [False] * len(label)
        line.put(column, down if label else up, page.colors.accent if here else page.colors.rule)
    words = page.words(titled(chart.x_label, chart.x_unit))
    title.put(area.left + max(0, area.columns - cell_len(words)) // 2, words, page.colors.dim)
    return line, numbers, title


def _readout(
    chart: Chart, curves: Sequence[Curve], at: float | None, x: Scale, page: Page
) -> Cells:
    """What was measured at the cursor, or next to it where a series has nothing there; shorter till
    it fits.
    """
    cells = page.cells()
    if at is None:
        cells.put(0, page.words(chart.empty), page.colors.dim)
        return cells
    ink = page.colors.dim if chart.cursor is None else page.colors.accent
    place = page.words(spoken(at, chart.x_unit))
    options: list[list[_Piece]] = []
    for shortness in range(5):
        lead = place if shortness == 4 else f"{page.words(chart.x_label)} {place}"
        options.append([(lead, ink, None, True)])
        for curve in curves:
            entry = _reading(chart, curve, at, x, shortness, page)
            if entry and (shortness < 4 or _length([*options[-1], *entry]) <= page.width):
                options[-1] += entry
    _write(
        cells, 0, next((pieces for pieces in options if _length(pieces) <= page.width), options[-1])
    )
    return cells


def _reading(
    chart: Chart, curve: Curve, at: float, x: Scale, shortness: int, page: Page
) -> list[_Piece]:
    """One series' real point nearest to x = `at`; nothing for a computed line without a point just
    there.
    """
    known = np.flatnonzero(~np.isnan(curve.y))
    if not len(known):
        return []
    # Of several points at one x, the one that was given last.
    distance = np.abs(x.shares(curve.x[known]) - x.shares([at])[0])
    nearest = int(known[np.flatnonzero(distance <= distance.min())[-1]])
    there, value = (
        float(curve.x[nearest]),
        page.words(spoken(float(curve.y[nearest]), chart.y_unit)),
    )
    name, ink = page.words(curve.series.name), page.ink(curve.series)
    if not curve.measured:
        return [(f"  {name} {value}", ink, None, False)] if there == at and shortness < 2 else []
    dim = page.colors.dim
    pieces: list[_Piece] = [("  ", dim, None, False), _badge(curve.series, page)]
    pieces += [(f" {name}", ink, None, True)] if shortness < 3 else []
    pieces += [(f" {value}", page.colors.text, None, True)]
    if not shortness and not np.isnan(curve.low[nearest] + curve.high[nearest]):
        ends = (spoken(float(v), chart.y_unit) for v in (curve.low[nearest], curve.high[nearest]))
        pieces.append((page.words(f" ({'–'.join(ends)})"), dim, None, False))
    if there != at:
        pieces.append((page.words(f" at {spoken(there, chart.x_unit)}"), dim, None, False))
    return pieces


class ChartView(Lines):
    """A chart with a cursor; its screen handles the keys and calls `move`."""

    cursor: float | None = None
    """The x that the read-out tells of, None for the rightmost; a chart with a cursor of its own
    sets it.
    """

    _chart: Chart | None = None
    _ascii = False

    def update(self, chart: Chart, ascii: bool = False) -> None:
        """Show this chart; the cursor stays where it was."""
        self._chart, self._ascii = chart, ascii
        self.cursor = self.cursor if chart.cursor is None else chart.cursor
        self.redraw()

    def at_end(self, steps: int) -> bool:
        """Whether the cursor can't move further that way."""
        if self._chart is None:
            return True
        curves = _curves(self._chart)
        x, _ = _scales(self._chart, curves)
        stops = _stops(curves, x)
        here = _nearest_stop(self.cursor, stops, x)
        return here is None or (self.cursor is not None and here == stops[-1 if steps > 0 else 0])

    def move(self, steps: int) -> None:
        """Move the cursor over so many measured x values; the first move only shows it, at the end
        it came from.
        """
        if self._chart is None:
            return
        curves = _curves(self._chart)
        x, _ = _scales(self._chart, curves)
        found = _stops(curves, x)
        here = _nearest_stop(self.cursor, found, x)
        if here is None:
            return
        if self.cursor is None:
            self.cursor = found[-1 if steps < 0 else 0]
        else:
            self.cursor = found[min(max(found.index(here) + steps, 0), len(found) - 1)]
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The chart's lines."""
        if self._chart is None:
            return []
        ground = self.background_colors[1].hex6
        chart = replace(self._chart, cursor=self.cursor)
        return draw_chart(chart, width, height, palette(self.app.theme), ground, self._ascii)
