"""The two charts of a sweep, by its kind: what was measured, and beside it what theory says
(dotted).

The Compare screen shows them. Nothing is drawn that wasn't measured or isn't called by its law's
name.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from tui.drawing.curves import Series
from tui.drawing.themes import Palette, lane_letter
from tui.widgets.compare.chart_data import Chart
from workloads.core.engine_info import baseline_of, engine_info
from workloads.core.wording import brief, lane_name
from workloads.figures import scaling
from workloads.figures.errors import expected_error
from workloads.sweeps.break_even import break_evens
from workloads.sweeps.crossing import Crossing, about, crossings
from workloads.sweeps.fits import fits
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.weak import base_times, efficiencies


@dataclass(frozen=True)
class _Sweep:
    """The source of all series of a sweep's charts."""

    fold: SweepFold
    colors: Palette
    parameter: str = "tasks"
    values: Sequence[int] = ()
    lanes: Sequence[str] = ()

    @classmethod
    def of(cls, fold: SweepFold, colors: Palette) -> "_Sweep":
        opened = fold.opened
        if opened is None:
            return cls(fold, colors)
        return cls(fold, colors, opened.parameter, opened.values, opened.lanes)

    def times(self) -> list[Series]:
        """Each lane's seconds."""
        return self.measured(self.lanes, [point.seconds for point in self.fold.points])

    def gains(self) -> list[Series]:
        """Each other lane's speedup over serial."""
        fold = self.fold
        return self.measured(fold.compared_lanes, [point.speedup for point in fold.points])

    def measured(
        self, lanes: Sequence[str], figures: Sequence[Mapping[str, float]]
    ) -> list[Series]:
        """The lanes' figures at each point; one that came to nothing breaks the line, which would
        look measured there.
        """
        series = []
        for lane in lanes:
            ys = [by_lane.get(lane, math.nan) for by_lane in figures]
            ink = self.colors.lane(lane)
            series.append(Series(lane_name(lane), self.points(), ys, ink, lane_letter(lane)))
        return series

    def points(self) -> list[int]:
        """The values that were measured."""
        return [point.value for point in self.fold.points]

    def computed(
        self, name: str, xs: Sequence[float], law: Callable[[float], float], ink: str = ""
    ) -> list[Series]:
        """The values of a law as a dotted line; nothing before the first point is measured."""
        if not self.fold.points:
            return []
        return [Series(name, xs, [law(x) for x in xs], ink or self.colors.dim, line="dotted")]

    def chart(
        self, title: str, label: str, unit: str, series: Sequence[Series], log: bool = False
    ) -> Chart:
        """A chart over the swept value, whose axis is as long as the values reach from the
        beginning.
        """
        chart = Chart(title, self.parameter, label, series, y_unit=unit, x_log=log)
        if self.fold.opened is None:
            return chart
        return replace(chart, x_ticks=self.values)


def charts(fold: SweepFold, colors: Palette) -> tuple[Chart, Chart]:
    """The main chart and the second of the fold's sweep; of a kind that isn't known, times and
    speedup.
    """
    sweep = _Sweep.of(fold, colors)
    if fold.opened is None:
        return _batches(sweep)
    kinds = {
        "workers": _workers,
        "weak": _weak,
        "grain": _grain,
        "samples": _samples,
        "sizes": _sizes,
        "runs": _runs,
    }
    return kinds.get(fold.opened.sweep, _batches)(sweep)


def _batches(sweep: _Sweep) -> tuple[Chart, Chart]:
    return (
        sweep.chart("run time", "time", "s", sweep.times()),
        sweep.chart("speedup over serial", "speedup", "×", sweep.gains()),
    )


# -- workers ---------------------------------------------------------------------------------------


def _workers(sweep: _Sweep) -> tuple[Chart, Chart]:
    """Speedup with the line of linear speedup and the laws fitted, and the efficiency; times
    where there is no serial lane.
    """
    fold, opened = sweep.fold, sweep.fold.opened
    baseline = baseline_of(sweep.lanes)
    if opened is None or baseline is None:
        return _batches(sweep)
    most = min(max(sweep.values, default=1), 1 << 16)
    swept = [float(value) for value in sweep.values if 1 <= value <= most]
    xs = sorted({1.0, *map(float, range(1, min(most, 64) + 1)), *swept})
    shares = [
        {lane: 100 * (point.efficiency(lane) or math.nan) for lane in fold.compared_lanes}
        for point in fold.points
    ]
    speedups = [
        *sweep.computed("linear", xs, lambda p: p),
        *_laws(sweep, baseline, xs),
        *sweep.gains(),
    ]
    efficiencies = [
        *sweep.computed("all workers", xs, lambda p: 100.0),
        *sweep.measured(fold.compared_lanes, shares),
    ]
    return (
        sweep.chart("speedup over serial", "speedup", "×", speedups),
        sweep.chart("efficiency", "speedup per worker", "%", efficiencies),
    )


def _weak(sweep: _Sweep) -> tuple[Chart, Chart]:
    """The times of work that grows with the workers, which are ideally those of one worker, and
    the efficiency: how near they come to that.
    """
    fold, lanes = sweep.fold, sweep.fold.compared_lanes
    swept = [float(value) for value in sweep.values]
    times = sweep.measured(lanes, [point.seconds for point in fold.points])
    for lane, one_s in base_times(fold).items():
        name, ink = f"{lane_letter(lane)} no loss", sweep.colors.lane(lane)
        times += sweep.computed(name, swept, lambda p, one_s=one_s: one_s, ink)  # type: ignore[misc]
    shares = [
        {lane: 100 * share for lane, share in efficiencies(fold, point).items()}
        for point in fold.points
    ]
    efficiency = [
        *sweep.computed("no loss", swept, lambda p: 100.0),
        *sweep.measured(lanes, shares),
    ]
    return (
        sweep.chart("run time, work grows with workers", "time", "s", times),
        sweep.chart("weak-scaling efficiency", "time of one worker / time", "%", efficiency),
    )


def _laws(sweep: _Sweep, baseline: str, xs: Sequence[float]) -> list[Series]:
    """The speedup that each lane's fits give against the baseline's median time."""
    points = sweep.fold.points
    times = [point.seconds[baseline] for point in points if point.seconds.get(baseline)]
    if not times:
        return []
    serial_s = median(times)
    series = []
    for lane, laws in fits(sweep.fold).items():
        ink, letter = sweep.colors.lane(lane), lane_letter(lane)
        if laws.amdahl:
            series += sweep.computed(f"{letter} Amdahl", xs, _amdahl(laws.amdahl, serial_s), ink)
        if laws.bent:
            series += sweep.computed(f"{letter} USL", xs, _usl(laws.bent, serial_s), ink)
    return series


def _amdahl(fit: scaling.AmdahlFit, serial_s: float) -> Callable[[float], float]:
    return lambda p: float(scaling.amdahl(p, fit.fraction)) * serial_s / fit.t1


def _usl(fit: scaling.USLFit, serial_s: float) -> Callable[[float], float]:
    return lambda p: float(scaling.usl(p, fit.sigma, fit.kappa)) * serial_s / fit.t1


# -- grain -----------------------------------------------------------------------------------------


def _grain(sweep: _Sweep) -> tuple[Chart, Chart]:
    """The U curve of the times, and the speedup; marked is the break-even size of each lane's
    tasks.
    """
    marks = _break_even_marks(sweep.fold)
    title = "run time, same work"
    times = sweep.chart(title, "time", "s", sweep.times(), log=True)
    speedups = [*sweep.computed("serial", sweep.points(), lambda n: 1.0), *sweep.gains()]
    gains = sweep.chart("speedup over serial", "speedup", "×", speedups, log=True)
    return replace(times, marks=marks, y_log=True), replace(gains, marks=marks)


def _break_even_marks(fold: SweepFold) -> list[tuple[float, str]]:
    """At how many tasks each lane's tasks are as short as may be; that no point shows is said."""
    how = {"points": "", "calibration": " by calibration"}
    return [
        (size.tasks, f"{lane_letter(lane)} {brief(size.seconds)}{how[size.source]}")
        for lane, size in break_evens(fold).items()
        if not size.at_most
    ]


# -- samples ---------------------------------------------------------------------------------------


def _samples(sweep: _Sweep) -> tuple[Chart, Chart]:
    """The error with the line that chance draws on average, and what each digit costs on
    each lane.
    """
    errors = [point.figures.get("error", math.nan) for point in sweep.fold.points]
    drawn = [float(value) for value in sweep.values if value > 0]
    series = [
        *sweep.computed("1.64/√n expected", drawn, expected_error),
        Series("error", sweep.points(), errors, sweep.colors.inside, "E"),
    ]
    error = sweep.chart("error of π", "error", "", series, log=True)
    times = sweep.chart("run time", "time", "s", sweep.times(), log=True)
    return replace(error, y_log=True), replace(times, y_log=True)


# -- sizes -----------------------------------------------------------------------------------------


def _sizes(sweep: _Sweep) -> tuple[Chart, Chart]:
    """Each lane's time with its interval, and beside it how many times as long as one with an
    object store the others took; marked is where they cross.
    """
    found = crossings(sweep.fold)
    marks = [
        (each.found.size, f"{lane_letter(each.faster)} from {about(each.found)}")
        for each in found
        if each.found
    ]
    points = sweep.fold.points
    times: list[Series] = []
    for series in sweep.times():
        lane = sweep.lanes[len(times)]
        ends = [point.interval(lane) or (math.nan, math.nan) for point in points]
        low, high = [low for low, _ in ends], [high for _, high in ends]
        times.append(replace(series, low=low, high=high))
    title, unit = "time as a multiple of the other's", "ratio"
    ratios = [*sweep.computed("equal", sweep.points(), lambda size: 1.0)]
    ratios += [_ratios(each, sweep.colors) for each in found]
    if not any(engine_info(lane).has_refs for lane in sweep.lanes):
        title, unit, ratios = "speedup over serial", "speedup", sweep.gains()
    main = sweep.chart("run time, medians with 95% intervals", "time", "s", times, log=True)
    second = sweep.chart(title, unit, "×", ratios, log=True)
    main = replace(main, marks=marks, y_log=True, x_unit="B")
    return main, replace(second, marks=marks, y_log=True, x_unit="B")


def _ratios(crossing: Crossing, colors: Palette) -> Series:
    lane, store = crossing.lane, crossing.store
    name, all_of = f"{lane_name(lane)} ÷ {lane_name(store)}", [r.ratio for r in crossing.ratios]
    return Series(
        name,
        [each.size for each in crossing.ratios],
        [ratio.value for ratio in all_of],
        colors.lane(lane),
        lane_letter(lane),
        low=[ratio.low for ratio in all_of],
        high=[ratio.high for ratio in all_of],
    )


# -- runs ------------------------------------------------------------------------------------------


def _runs(sweep: _Sweep) -> tuple[Chart, Chart]:
    """Each run's time and speedup with their medians."""
    times, gains = sweep.times(), sweep.gains()
    return (
        sweep.chart("run times", "time", "s", [*_medians(times), *times]),
        sweep.chart("speedup of each run", "speedup", "×", [*_medians(gains), *gains]),
    )


def _medians(series: Sequence[Series]) -> list[Series]:
    """A level line per lane, once there are points enough for a median to say more than they do."""
    medians = []
    for lane in series:
        ys = [y for y in lane.ys if not math.isnan(y)]
        if len(ys) > 2:
            level = [median(ys)] * len(lane.xs)
            name = f"{lane.letter} median"
            medians.append(Series(name, lane.xs, level, lane.ink, line="dotted"))
    return medians
