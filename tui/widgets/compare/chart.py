"""Charts of sweeps: speedup against batch size or workers, time against task size, error against
samples.

`draw_chart` draws one from what was measured and what was computed beside it (ideal, fitted), pure;
`ChartView` shows it and keeps a cursor that stops at measured points only. Used by the Compare
screen.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from tui.drawing.cells import Cells, Line
from tui.drawing.curves import Curve, Plot, Series
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.scales import Area, drawable
from tui.drawing.ticks import Tick, number_text, tick_text, ticks, titled
from tui.widgets.compare.chart_data import Chart, PlacedChart


class _Piece(NamedTuple):
    """Some words, their colour, their ground (None: what is there), and whether they are bold."""

    words: str
    ink: str
    ground: str | None = None
    bold: bool = False


def draw_chart(chart: Chart, page: Page) -> list[Line]:
    """The page's lines: title and legend, the plot in its axes, and the read-out.

    Where room is short the axes' titles go first, then names shorten to letters, then the title
    goes and at last the tick labels; the read-out stays.
    """
    if page.empty:
        return []
    placed, height = PlacedChart.of(chart), page.height
    if placed.empty:
        return _empty(chart, page)
    labelled = height >= 5 and page.width >= 24
    head = _head(placed, min(2, height // 6), page)
    feet = 0
    if labelled:
        feet = 1 + (height >= 10) + (height >= 12)
    below = int(height >= 24)
    rows = height - len(head) - feet - below - 1
    labels = {}
    if labelled:
        apart = 2
        if rows >= 10:
            apart = max(3, rows // 10)
        labels = {
            tick.value: _words(tick.label, page)
            for tick in ticks(placed.y, rows, chart.y_unit, apart)
        }
    left = int(labelled) + max(map(len, labels.values()), default=0)
    if left > page.width // 3:
        left, labels = 1, dict.fromkeys(labels, "")
    plot = Plot(
        [page.cells() for _ in range(rows)],
        Area(placed.x, placed.y, left, page.width - left, rows),
        page,
    )
    if rows:
        _draw_y_axis(plot, labels)
        cursor = None
        if chart.cursor is not None:
            cursor = placed.at
        plot.draw(placed.curves, chart.marks, cursor)
    line, numbers, title = _x_axis(placed, plot.area, page)
    foot = [line, numbers, title]
    if feet < 3:
        foot = [line, numbers][2 - feet :]
    foot += [page.cells()] * below
    return [cells.line() for cells in [*head, *plot.body, *foot, _readout(placed, page)]]


# -- around the plot -----------------------------------------------------------------------------


def _words(content: str, page: Page) -> str:
    """Foreign words made safe to show; `√n` is `sqrt n` in ASCII."""
    if page.ascii:
        content = content.replace("√", "√ ")
    return page.safe(content, 200)


def _write(cells: Cells, at: int, pieces: Sequence[_Piece]) -> None:
    for piece in pieces:
        cells.put(at, *piece)
        at += cell_len(piece.words)


def _length(pieces: Sequence[_Piece]) -> int:
    return sum(cell_len(piece.words) for piece in pieces)


def _empty(chart: Chart, page: Page) -> list[Line]:
    lines = [page.cells() for _ in range(page.height)]
    sentence = _words(chart.empty, page)
    if page.height >= 3:
        lines[0].put(0, _words(chart.title, page), page.colors.text, bold=True)
    at = max(0, (page.width - cell_len(sentence)) // 2)
    lines[page.height // 2].put(at, sentence, page.colors.dim)
    return [cells.line() for cells in lines]


def _badge(series: Series, page: Page) -> _Piece:
    letter, ink, ground = series.badge(page)
    if series.ghost:
        return _Piece(f"({letter})", ink, ground, True)
    return _Piece(f" {letter} ", ink, ground, True)


def _legend(curves: Sequence[Curve], shortness: int, page: Page) -> list[_Piece]:
    """Every series by its letter and name; at 1 ghosts aren't called so, from 2 on letters stand
    alone.
    """
    pieces: list[_Piece] = []
    for curve in curves:
        name, ink = _words(curve.series.name, page), curve.series.color(page)
        if curve.measured:
            pieces += [_Piece("  ", ink), _badge(curve.series, page)]
            if curve.series.ghost and not shortness:
                name += " (ghost)"
            if shortness < 2:
                pieces.append(_Piece(f" {name}", ink, bold=True))
        elif shortness < 3:
            pieces.append(_Piece(f"  {page.pick('┈┈', '..')} {name}", ink))
    return pieces


def _head(placed: PlacedChart, count: int, page: Page) -> list[Cells]:
    """At most `count` lines: the title, in two the y axis' title below unless the first has it, and
    the legend at the right where it fits.
    """
    if not count:
        return []
    chart, lines = placed.chart, [page.cells() for _ in range(count)]
    names = [_words(chart.title, page), _words(titled(chart.y_label, chart.y_unit), page)][:count]
    if names[-1] in names[0]:
        names[1:] = [""] * (count - 1)
    legends = [_legend(placed.curves, shortness, page) for shortness in range(4)]
    places = ((row, legend) for legend in legends for row in range(count))
    beside = next(
        ((r, p) for r, p in places if cell_len(names[r]) + 1 + _length(p) <= page.width), None
    )
    if beside is None:
        names[0] = ""
        fitting = (legend for legend in legends if _length(legend) <= page.width)
        beside = 0, next(fitting, legends[3])
    lines[0].put(0, names[0], page.colors.text, bold=True)
    if count > 1:
        lines[1].put(0, names[1], page.colors.dim)
    row, legend = beside
    _write(lines[row], max(0, page.width - _length(legend)), legend)
    if not any(names[1:]):
        return lines[: row + 1]
    return lines


def _draw_y_axis(plot: Plot, labels: dict[float, str]) -> None:
    """The axis at the left with its labels by value, and a faint line across at each."""
    area, page = plot.area, plot.page
    if area.left:
        for cells in plot.body:
            cells.put(area.left - 1, page.pick("│", "|"), page.colors.rule)
    for value, label in labels.items():
        row = area.row(value)
        if row is None:
            continue
        cells = plot.body[row]
        cells.put(area.left - 1 - len(label), label, page.colors.dim)
        cells.put(area.left - 1, page.pick("┤", "+"), page.colors.rule)
        if label:
            cells.put(area.left, page.pick("┈", "") * area.columns, page.colors.rule)


def _x_axis(placed: PlacedChart, area: Area, page: Page) -> tuple[Cells, Cells, Cells]:
    """The axis below the plot, its numbers with that under the cursor first, and its title."""
    chart, colors = placed.chart, page.colors
    line, numbers, title = page.cells(), page.cells(), page.cells()
    line.put(area.left - 1, page.pick("└", "+") + page.pick("─", "-") * area.columns, colors.rule)
    cursor = None
    if chart.cursor is not None:
        cursor = placed.at
    free = [True] * page.width
    for value, label in _x_ticks(placed, area, cursor):
        column, label = area.column(value), _words(label, page)
        if column is None:
            continue
        here = value == cursor
        ink, rule = colors.dim, colors.rule
        if here:
            ink = rule = colors.accent
        first = max(min(column - (len(label) - 1) // 2, page.width - len(label)), 0)
        if all(free[max(0, first - 1) : first + len(label) + 1]):
            numbers.put(first, label, ink, bold=here)
            free[first : first + len(label)] = [False] * len(label)
        mark = page.pick("┴", "'")
        if label:
            mark = page.pick("┬", "+")
        line.put(column, mark, rule)
    words = _words(titled(chart.x_label, chart.x_unit), page)
    title.put(area.left + max(0, area.columns - cell_len(words)) // 2, words, colors.dim)
    return line, numbers, title


def _x_ticks(placed: PlacedChart, area: Area, cursor: float | None) -> list[Tick]:
    """The ticks of the x axis; that of the cursor first."""
    chart = placed.chart
    axis = ticks(area.x, area.columns, chart.x_unit)
    if chart.x_ticks is not None:
        given = drawable(chart.x_ticks, chart.x_log)
        values: list[float] = np.unique(given[~np.isnan(given)]).tolist()
        axis = [Tick(value, tick_text(value, chart.x_unit)) for value in values]
    if cursor is None:
        return axis
    others = [tick for tick in axis if tick.value != cursor]
    return [Tick(cursor, tick_text(cursor, chart.x_unit)), *others]


def _readout(placed: PlacedChart, page: Page) -> Cells:
    """What was measured at the cursor, or next to it where a series has nothing there; shorter till
    it fits.
    """
    cells, chart, at = page.cells(), placed.chart, placed.at
    if at is None:
        cells.put(0, _words(chart.empty, page), page.colors.dim)
        return cells
    ink = page.colors.accent
    if chart.cursor is None:
        ink = page.colors.dim
    place = _words(number_text(at, chart.x_unit), page)
    for shortness in range(5):
        pieces = [_Piece(f"{_words(chart.x_label, page)} {place}", ink, bold=True)]
        if shortness == 4:
            pieces = [_Piece(place, ink, bold=True)]
        for curve in placed.curves:
            entry = _reading(placed, curve, at, shortness, page)
            if shortness < 4 or _length([*pieces, *entry]) <= page.width:
                pieces += entry
        if _length(pieces) <= page.width:
            break
    _write(cells, 0, pieces)
    return cells


def _reading(
    placed: PlacedChart, curve: Curve, at: float, shortness: int, page: Page
) -> list[_Piece]:
    """One series' real point nearest to x = `at`; nothing for a computed line without a point just
    there.
    """
    points = np.flatnonzero(curve.drawn)
    if not len(points):
        return []
    # Of several points at one x, the one that was given last.
    distance = placed.distances(curve.x[points], at)
    nearest = int(points[np.flatnonzero(distance <= distance.min())[-1]])
    chart, there = placed.chart, float(curve.x[nearest])
    value = _words(number_text(float(curve.y[nearest]), chart.y_unit), page)
    name, ink = _words(curve.series.name, page), curve.series.color(page)
    if not curve.measured:
        if there == at and shortness < 2:
            return [_Piece(f"  {name} {value}", ink)]
        return []
    dim = page.colors.dim
    pieces = [_Piece("  ", dim), _badge(curve.series, page)]
    if shortness < 3:
        pieces.append(_Piece(f" {name}", ink, bold=True))
    pieces.append(_Piece(f" {value}", page.colors.text, bold=True))
    low, high = float(curve.low[nearest]), float(curve.high[nearest])
    if not shortness and not np.isnan(low + high):
        ends = f"{number_text(low, chart.y_unit)}–{number_text(high, chart.y_unit)}"
        pieces.append(_Piece(_words(f" ({ends})", page), dim))
    if there != at:
        pieces.append(_Piece(_words(f" at {number_text(there, chart.x_unit)}", page), dim))
    return pieces


class ChartView(Lines):
    """A chart with a cursor; its screen handles the keys and calls `move`."""

    cursor: float | None = None
    """The x that the read-out tells of, None for the rightmost; a chart with a cursor of its own
    sets it.
    """

    _chart: Chart | None = None

    def update(self, chart: Chart) -> None:
        """Show this chart; the cursor stays where it was."""
        self._chart = chart
        if chart.cursor is not None:
            self.cursor = chart.cursor
        self.redraw()

    def _stops(self) -> tuple[list[float], float | None]:
        """Where the cursor can stop, and where it does."""
        if self._chart is None:
            return [], None
        placed = PlacedChart.of(replace(self._chart, cursor=self.cursor))
        return placed.stops, placed.at

    def at_end(self, steps: int) -> bool:
        """True if the cursor can't move further that way."""
        stops, here = self._stops()
        if here is None:
            return True
        end = stops[0]
        if steps > 0:
            end = stops[-1]
        return self.cursor is not None and here == end

    def move(self, steps: int) -> None:
        """Move the cursor over so many measured x values; the first move only shows it, at the end
        it came from.
        """
        stops, here = self._stops()
        if here is None:
            return
        if self.cursor is not None:
            self.cursor = stops[min(max(stops.index(here) + steps, 0), len(stops) - 1)]
        elif steps < 0:
            self.cursor = stops[-1]
        else:
            self.cursor = stops[0]
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The chart's lines."""
        if self._chart is None:
            return []
        return draw_chart(replace(self._chart, cursor=self.cursor), page)
