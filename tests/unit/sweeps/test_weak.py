"""Weak-scaling efficiency: the lane's time with one worker by that with several and as many times
the work.
"""

import pytest

from tests.fabricate_sweeps import told_sweep
from tui.drawing.themes import DARK
from tui.widgets.compare.sweep_charts import charts
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.lanes.coordinator import Plan
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.report import report
from workloads.sweeps.values import read
from workloads.sweeps.verdict import verdict
from workloads.sweeps.weak import base_times, efficiencies

PLAN = Plan("pi", PI.complete({}), 7, ("serial", "ray"))


def wall(lane: str, workers: int) -> float:
    """Ray takes 5% longer with each further worker; serial does all the work alone."""
    return 4.0 * workers if lane == "serial" else 5.0 * (1 + 0.05 * (workers - 1))


def weak(values: str, most: int = 64) -> SweepFold:
    fold = SweepFold()
    events: list[ev.AnyEvent] = told_sweep(
        read("weak", values, PLAN), wall, workers=lambda lane, value: min(value, most)
    )
    for event in events:
        fold.apply(event)
    return fold


def test_the_efficiency_is_the_time_of_one_worker_by_that_of_several():
    fold = weak("1,2,4")
    assert base_times(fold) == {"ray": 5.0}
    assert [efficiencies(fold, point) for point in fold.points] == [
        {"ray": pytest.approx(1)},
        {"ray": pytest.approx(1 / 1.05)},
        {"ray": pytest.approx(1 / 1.15)},
    ]
    assert "Weak-scaling efficiency on 4 workers: 87% (Ray)" in verdict(fold)
    points = report(fold)["points"]
    assert isinstance(points, list)
    assert [point["weak_efficiency"]["ray"] for point in points] == pytest.approx(
        [1, 1 / 1.05, 1 / 1.15]
    )


def test_without_one_worker_or_with_fewer_than_the_work_grew_by_there_is_none():
    assert [efficiencies(fold, point) for fold in [weak("2,4")] for point in fold.points] == [
        {},
        {},
    ]
    fold = weak("1,2,4", most=2)
    assert efficiencies(fold, fold.points[2]) == {}
    assert "Weak-scaling efficiency on 2 workers" in verdict(fold)
    assert "Weak-scaling" not in verdict(weak("2,4"))


def test_the_ideal_is_the_same_time_for_more_work():
    times, efficiency = charts(weak("1,2,4"), DARK)
    measured, ideal = times.series
    assert (measured.name, list(measured.ys)) == ("Ray", [5.0, 5.25, 5.75])
    assert (ideal.name, list(ideal.ys), ideal.line) == ("R no loss", [5.0] * 3, "dotted")
    assert [list(series.ys) for series in efficiency.series] == [
        [100.0] * 3,
        pytest.approx([100, 100 / 1.05, 100 / 1.15]),
    ]
