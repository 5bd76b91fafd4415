"""The two charts of a sweep, by its kind: what was measured, and beside it what theory says
(dotted).

The Compare screen shows them. Nothing is drawn that wasn't measured or isn't called by its law's
name.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from tui.drawing.curves import Series
from tui.drawing.themes import Palette, lane_letter
from tui.widgets.compare.chart import Chart
from workloads.core.engine_info import baseline_of
from workloads.core.wording import brief, lane_name
from workloads.figures import scaling
from workloads.sweeps.fold import break_evens, fits, rivals
from workloads.sweeps.run import PI_SD, SweepFold


def charts(fold: SweepFold, colors: Palette) -> tuple[Chart, Chart]:
    """The main chart and the second of the fold's sweep; of a kind that isn't known, times and
    speedup.
    """
    kind = fold.opened.sweep if fold.opened else ""
    draw = {
        "workers": _workers,
        "weak": _workers,
        "grain": _grain,
        "samples": _samples,
        "runs": _runs,
    }
    return draw.get(kind, _batches)(fold, colors)


def times_chart(fold: SweepFold, colors: Palette) -> Chart:
    """Each lane's seconds against the swept value."""
    return _chart("time of a race", "time", "s", fold, _times(fold, colors))


def speedup_chart(fold: SweepFold, colors: Palette) -> Chart:
    """Each other lane's speedup over serial against the swept value."""
    return _chart("speedup over serial", "speedup", "×", fold, _gains(fold, colors))


def _chart(
    title: str, label: str, unit: str, fold: SweepFold, series: Sequence[Series], log: bool = False
) -> Chart:
    """A chart over the swept value, whose axis is as long as the values reach from the
    beginning.
    """
    opened = fold.opened
    return Chart(
        title,
        opened.parameter if opened else "tasks",
        label,
        series,
        y_unit=unit,
        x_log=log,
        x_ticks=opened.values if opened else None,
    )


def _measured(
    fold: SweepFold, lanes: Sequence[str], figures: Sequence[Mapping[str, float]], colors: Palette
) -> list[Series]:
    """The lanes' figures at each point; one that came to nothing breaks the line, which would look
    measured there.
    """
    xs = [point.value for point in fold.points]
    return [
        Series(
            lane_name(lane),
            xs,
            [known.get(lane, math.nan) for known in figures],
            colors.lane(lane),
            lane_letter(lane),
        )
        for lane in lanes
    ]


def _times(fold: SweepFold, colors: Palette) -> list[Series]:
    return _measured(
        fold, fold.opened.lanes if fold.opened else [], [p.seconds for p in fold.points], colors
    )


def _gains(fold: SweepFold, colors: Palette) -> list[Series]:
    return _measured(fold, rivals(fold), [point.speedup for point in fold.points], colors)


def _computed(name: str, xs: Sequence[float], at: Callable[[float], float], ink: str) -> Series:
    return Series(name, xs, [at(x) for x in xs], ink, line="dotted")


def _batches(fold: SweepFold, colors: Palette) -> tuple[Chart, Chart]:
    return times_chart(fold, colors), speedup_chart(fold, colors)


# -- workers ---------------------------------------------------------------------------------------


def _workers(fold: SweepFold, colors: Palette) -> tuple[Chart, Chart]:
    """Speedup with the ideal line and the laws fitted, and the efficiency; times where there is no
    serial lane.
    """
    opened = fold.opened
    if opened is None or (baseline := baseline_of(opened.lanes)) is None:
        return times_chart(fold, colors), speedup_chart(fold, colors)
    most = min(max(opened.values, default=1), 1 << 16)
    xs = sorted(
        {
            1.0,
            *map(float, range(1, min(most, 64) + 1)),
            *(float(v) for v in opened.values if 1 <= v <= most),
        }
    )
    series = [_computed("ideal", xs, lambda p: p, colors.dim)] if fold.points else []
    serial = next(
        (point.seconds[baseline] for point in fold.points if baseline in point.seconds), None
    )
    for lane, laws in fits(fold).items() if serial else ():
        ink, letter = colors.lane(lane), lane_letter(lane)
        if laws.amdahl:
            series.append(
                _computed(f"{letter} Amdahl", xs, _amdahl(laws.amdahl, serial or 0.0), ink)
            )
        if laws.bent:
            series.append(_computed(f"{letter} USL", xs, _usl(laws.bent, serial or 0.0), ink))
    weak = opened.sweep == "weak"
    title = "scaled speedup: work grows along" if weak else "speedup over serial"
    shares = [
        {lane: 100 * (point.efficiency(lane) or math.nan) for lane in rivals(fold)}
        for point in fold.points
    ]
    efficiency = [_computed("ideal", xs, lambda p: 100.0, colors.dim)] if fold.points else []
    return (
        _chart(title, "speedup", "×", fold, [*series, *_gains(fold, colors)]),
        _chart(
            "efficiency",
            "of the ideal",
            "%",
            fold,
            [*efficiency, *_measured(fold, rivals(fold), shares, colors)],
        ),
    )


def _amdahl(fit: scaling.AmdahlFit, serial_s: float) -> Callable[[float], float]:
    return lambda p: float(scaling.amdahl(p, fit.fraction)) * serial_s / fit.t1


def _usl(fit: scaling.USLFit, serial_s: float) -> Callable[[float], float]:
    return lambda p: float(scaling.usl(p, fit.sigma, fit.kappa)) * serial_s / fit.t1


# -- grain -----------------------------------------------------------------------------------------


def _grain(fold: SweepFold, colors: Palette) -> tuple[Chart, Chart]:
    """The U curve of the times, and the speedup; marked is the break-even size of each lane's
    tasks.
    """
    marks = _break_even_marks(fold)
    times = _chart(
        "time of the same work in ever more tasks",
        "time",
        "s",
        fold,
        _times(fold, colors),
        log=True,
    )
    even = (
        [_computed("serial", [p.value for p in fold.points], lambda n: 1.0, colors.dim)]
        if fold.points
        else []
    )
    gains = _chart(
        "speedup over serial", "speedup", "×", fold, [*even, *_gains(fold, colors)], log=True
    )
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


def _samples(fold: SweepFold, colors: Palette) -> tuple[Chart, Chart]:
    """The error with the line that chance draws on average, and what each digit costs on
    each lane.
    """
    xs = [point.value for point in fold.points]
    errors = [point.figures.get("error", math.nan) for point in fold.points]
    expected = (
        [float(v) for v in (fold.opened.values if fold.opened else []) if v > 0]
        if fold.points
        else []
    )
    series = [
        _computed("1.64/√n expected", expected, lambda n: PI_SD / math.sqrt(n), colors.dim),
        Series("error", xs, errors, colors.inside, "E"),
    ]
    error = _chart("how far off π is", "error", "", fold, series, log=True)
    times = _chart("what it takes", "time", "s", fold, _times(fold, colors), log=True)
    return replace(error, y_log=True), replace(times, y_log=True)


# -- runs ------------------------------------------------------------------------------------------


def _runs(fold: SweepFold, colors: Palette) -> tuple[Chart, Chart]:
    """Each run's time and speedup with their medians."""
    times = _times(fold, colors)
    gains = _gains(fold, colors)
    return (
        _chart("time of each run", "time", "s", fold, [*_medians(times), *times]),
        _chart("speedup of each run", "speedup", "×", fold, [*_medians(gains), *gains]),
    )


def _medians(series: Sequence[Series]) -> list[Series]:
    """A level line a lane, once there are points enough for a median to say more than they do."""
    found = []
    for lane in series:
        known = [y for y in lane.ys if not math.isnan(y)]
        if len(known) > 2:
            level = median(known)
            found.append(
                Series(
                    f"{lane.letter} median",
                    lane.xs,
                    [level] * len(lane.xs),
                    lane.ink,
                    line="dotted",
                )
            )
    return found
