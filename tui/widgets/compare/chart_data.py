"""The data of a chart and where they lie: its curves, its axes, and the x values where a cursor
stops.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tui.drawing.curves import Curve, Series
from tui.drawing.scales import Floats, Scale, drawable, scale_of_ticks, scale_over


@dataclass(frozen=True)
class Chart:
    """The data and texts of a chart.

    `x_unit` and `y_unit`: "×", "%", "s" (seconds) and "B" (bytes) stand at each number with a
    prefix that fits (10 ms, 2 MB); any other is a word in the axis' title and behind the number in
    the read-out. `marks` are positions on the x axis with a few words. `x_ticks` are the only
    labels of the x axis and, without `x_range`, make it as long as they reach. Without ranges the
    axes grow in steps. `zero_based`: a linear y axis holds 0. `cursor` stands at the nearest
    measured x; without one the read-out names the rightmost. `empty` is said while there is no
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


@dataclass(frozen=True)
class PlacedChart:
    """A chart with its points in order and its axes."""

    chart: Chart
    curves: Sequence[Curve]
    x: Scale
    y: Scale

    @classmethod
    def of(cls, chart: Chart) -> "PlacedChart":
        """The x axis first, for what it leaves out doesn't stretch the y axis."""
        curves = [_curve(series, chart) for series in chart.series]
        x = _x_scale(chart, curves)
        values = [np.zeros(0)]
        for curve in curves:
            chosen = (curve.x >= x.low) & (curve.x <= x.high)
            if not chosen.any():
                chosen = ~chosen
            values += [ys[chosen] for ys in (curve.y, curve.low, curve.high)]
        y = scale_over(
            np.concatenate(values), log=chart.y_log, zero=chart.zero_based, given=chart.y_range
        )
        return cls(chart, curves, x, y)

    @property
    def empty(self) -> bool:
        """True if there is no point to show."""
        return not any(curve.drawn.any() for curve in self.curves)

    @property
    def stops(self) -> list[float]:
        """The x of all measured points on the axis, ascending."""
        xs = [np.zeros(0), *(curve.x[curve.drawn] for curve in self.curves if curve.measured)]
        stops: list[float] = np.unique(np.concatenate(xs)).tolist()
        return [stop for stop in stops if self.x.low <= stop <= self.x.high]

    @property
    def at(self) -> float | None:
        """The stop nearest to the chart's cursor; the rightmost without one, None without stops."""
        stops, cursor = self.stops, self.chart.cursor
        if not stops:
            return None
        if cursor is None or np.isnan(drawable([cursor], self.x.log)[0]):
            return stops[-1]
        return stops[int(np.argmin(self.distances(stops, cursor)))]

    def distances(self, xs: Sequence[float] | Floats, x: float) -> Floats:
        """How far each of `xs` lies from x, as a share of the axis."""
        return np.asarray(np.abs(self.x.shares(xs) - self.x.shares([x])[0]))


def _curve(series: Series, chart: Chart) -> Curve:
    count = min(len(series.xs), len(series.ys))
    x, y = drawable(series.xs[:count], chart.x_log), drawable(series.ys[:count], chart.y_log)
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    if series.low is not None and series.high is not None:
        bars = min(count, len(series.low), len(series.high))
        low[:bars] = drawable(series.low[:bars], chart.y_log)
        high[:bars] = drawable(series.high[:bars], chart.y_log)
    order = np.argsort(x, kind="stable")  # NaN comes last
    order = order[: int((~np.isnan(x)).sum())]
    return Curve(series, x[order], y[order], low[order], high[order])


def _x_scale(chart: Chart, curves: Sequence[Curve]) -> Scale:
    if chart.x_ticks is not None and not chart.x_range:
        points = [curve.x for curve in curves if curve.measured]
        places = np.concatenate([drawable(chart.x_ticks, chart.x_log), *points])
        scale = scale_of_ticks(places, chart.x_log)
        if scale is not None:
            return scale
    xs = np.concatenate([np.zeros(0), *(curve.x[curve.drawn] for curve in curves)])
    return scale_over(xs, log=chart.x_log, given=chart.x_range)
