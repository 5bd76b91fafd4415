"""The charts of each kind of sweep: what is drawn as measured, what as computed, and what is
marked.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from tests.fabricate_sweeps import told_sweep
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT
from tui.widgets.compare.chart import draw_chart
from tui.widgets.compare.chart_data import Chart
from tui.widgets.compare.sweep_charts import charts
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.core.wording import brief
from workloads.figures import scaling
from workloads.lanes.coordinator import Plan
from workloads.sweeps.break_even import break_evens
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.values import read

LANES = ("serial", "threads", "ray")
PLAN = Plan("pi", PI.complete({}), 7, lanes=LANES)
OVERHEADS = {"serial": 1e-5, "threads": 4e-5, "ray": 5e-4}


def folded(events: Iterable[ev.AnyEvent]) -> SweepFold:
    """The fold of these events."""
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    return fold


def lawful(lane: str, p: int) -> float:
    """Serial takes 12 s; threads gain nothing, Ray follows the universal scalability law."""
    return 12.0 / scaling.usl(float(p), 0.02, 0.01) if lane == "ray" else 12.0


def weak(lane: str, p: int) -> float:
    """12 s of work for each worker."""
    return 12.0 * p if lane == "serial" else 12.0


def grained(lane: str, tasks: int) -> float:
    """12 s of work on two workers of Ray, and what the tasks cost."""
    return 12.0 / (min(tasks, 2) if lane == "ray" else 1) + tasks * OVERHEADS[lane]


SWEEPS: dict[str, list[ev.AnyEvent]] = {
    "batches": told_sweep(
        read("batches", "10,20", PLAN), lambda lane, n: n / (2 if lane == "ray" else 1)
    ),
    "workers": told_sweep(read("workers", "1-6", PLAN), lawful, workers=lambda lane, p: p),
    "weak": told_sweep(read("weak", "1-3", PLAN), weak, workers=lambda lane, p: p),
    "grain": told_sweep(
        read("grain", "1,10,1000,100000", PLAN), grained, overheads=OVERHEADS, task_s=12.0
    ),
    "samples": told_sweep(
        read("samples", "1600,160000", PLAN),
        lambda lane, n: n * 1e-6,
        answer=lambda n: {"pi": math.pi + 1 / n},
    ),
    "runs": told_sweep(read("runs", "3", PLAN), lambda lane, run: 10.0 + run * (lane == "ray")),
}


def computed(chart: Chart) -> dict[str, list[float]]:
    """The dotted lines by name."""
    return {series.name: list(series.ys) for series in chart.series if series.line == "dotted"}


def measured(chart: Chart) -> dict[str, dict[float, float]]:
    """The measured points by series."""
    return {
        series.name: dict(zip(series.xs, series.ys, strict=True))
        for series in chart.series
        if series.line != "dotted"
    }


@pytest.mark.parametrize("kind", SWEEPS)
@pytest.mark.parametrize("colors", [DARK, LIGHT, CONTRAST], ids=lambda colors: colors.name)
def test_every_kind_is_drawn_at_any_moment(kind: str, colors: Any):
    events = SWEEPS[kind]
    for cut in range(0, len(events) + 1, 3):
        for chart in charts(folded(events[:cut]), colors):
            for width, height in ((80, 24), (40, 9)):
                for ascii in (False, True):
                    lines = draw_chart(chart, Page(width, height, colors, ascii))
                    texts = ["".join(part.text for part in line) for line in lines]
                    assert {sum(part.cell_length for part in line) for line in lines} == {width}
                    assert not ascii or all(text.isascii() for text in texts)


def test_without_a_sweep_or_points_nothing_is_drawn():
    for fold in (SweepFold(), *(folded(events[:1]) for events in SWEEPS.values())):
        for chart in charts(fold, DARK):
            assert all(math.isnan(y) for series in chart.series for y in series.ys)


def test_speedup_stands_beside_the_ideal_and_the_laws():
    main, second = charts(folded(SWEEPS["workers"]), DARK)
    assert measured(main)["Ray"] == {
        p: pytest.approx(scaling.usl(float(p), 0.02, 0.01)) for p in range(1, 7)
    }
    lines = computed(main)
    assert lines["linear"] == [1, 2, 3, 4, 5, 6]
    assert lines["R USL"] == pytest.approx(
        [scaling.usl(float(p), 0.02, 0.01) for p in range(1, 7)], rel=0.02
    )
    assert set(lines) == {"linear", "R USL", "R Amdahl", "T Amdahl"} | ({"T USL"} & set(lines))
    assert measured(second)["Ray"][4] == pytest.approx(100 * scaling.usl(4.0, 0.02, 0.01) / 4)
    assert (second.y_unit, set(computed(second)["all workers"])) == ("%", {100})


def test_without_serial_the_times_come_first():
    plan = replace(PLAN, lanes=("ray",))
    main, _ = charts(folded(told_sweep(read("workers", "1,2", plan), lawful)), DARK)
    assert (main.y_label, list(measured(main))) == ("time", ["Ray"])


def test_weak_scaling_has_no_law_that_it_does_not_follow():
    main, _ = charts(folded(SWEEPS["weak"]), DARK)
    assert set(computed(main)) == {"R no loss", "T no loss"}
    assert measured(main)["Ray"] == {1: 12, 2: 12, 3: 12}


def test_grain_marks_where_a_task_is_worth_it():
    main, second = charts(folded(SWEEPS["grain"]), DARK)
    assert (main.x_log, main.y_log, second.x_log) == (True, True, True)
    (mark,) = main.marks  # threads were never faster than serial: no size is marked for them
    crossing = break_evens(folded(SWEEPS["grain"]))["ray"]
    assert mark == (crossing.tasks, f"R {brief(crossing.seconds)}")
    assert 1000 < mark[0] < 100_000
    assert second.marks == main.marks
    assert set(measured(main)) == {"serial", "threads", "Ray"}
    assert set(measured(second)) == {"threads", "Ray"}


def test_a_break_even_that_no_point_shows_is_marked_as_calibrated_and_a_bound_is_not():
    sweep = read("grain", "10,100,1000", replace(PLAN, lanes=("serial", "ray")))
    calibrated = told_sweep(sweep, grained, overheads=OVERHEADS, task_s=12.0)
    for chart in charts(folded(calibrated), DARK):
        ((tasks, words),) = chart.marks
        assert words.endswith(" ms by calibration")
        assert tasks > 1000
    for chart in charts(folded(told_sweep(sweep, grained, task_s=12.0)), DARK):
        assert chart.marks == []


def test_the_error_stands_beside_what_is_to_be_expected():
    main, second = charts(folded(SWEEPS["samples"]), DARK)
    assert measured(main) == {
        "error": {1600: pytest.approx(1 / 1600), 160_000: pytest.approx(1 / 160_000)}
    }
    assert computed(main)["1.64/√n expected"] == pytest.approx(
        [1.6422 / 40, 1.6422 / 400], rel=1e-3
    )
    assert (main.x_log, main.y_log, second.y_label) == (True, True, "time")


def test_runs_have_their_median():
    main, second = charts(folded(SWEEPS["runs"]), DARK)
    assert computed(main) == {
        "S median": [10.0] * 3,
        "T median": [10.0] * 3,
        "R median": [12.0] * 3,
    }
    assert measured(second)["Ray"] == {1: 10 / 11, 2: 10 / 12, 3: 10 / 13}
