"""Sweeps: what a person may type for batches, the fold of a sweep's events, and its report."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate_sweeps import cancelled_at, fabricated_sweep
from tui.screens.compare import speedup_chart, times_chart
from tui.themes import CONTRAST, DARK, LIGHT
from tui.widgets.sweeptable import SweepView, draw_sweep_table
from workloads import events as ev
from workloads.coordinator import Plan
from workloads.errors import BadInput
from workloads.images.workload import IMAGES
from workloads.sweep import MOST_POINTS, SweepFold, batches, report, verdict

PLAN = Plan("images", IMAGES.complete({}), 7, schedule="together")
EVENTS = fabricated_sweep()


def folded(events: list[ev.AnyEvent]) -> SweepFold:
    """The fold of these events."""
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    return fold


def test_batches_are_typed_with_commas_and_raced_in_turn():
    sweep = batches(" 10, 2k,30 ", PLAN)
    assert (sweep.name, sweep.parameter, sweep.values) == ("batches", "tasks", (10, 2000, 30))
    raced = sweep.at(30)
    assert raced.params == {**PLAN.params, "tasks": 30}
    assert (raced.schedule, raced.seed, raced.workload) == ("in-turn", 7, "images")


@pytest.mark.parametrize(
    "text", ["", " ", ",", "ten", "0", "-5,10", "10,10", "1e30", "10;20", "1.5", ",".join(map(str, range(1, 102)))]
)
def test_nonsense_is_refused_with_a_sentence(text: str):
    with pytest.raises(BadInput) as told:
        batches(text, PLAN)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)
    assert MOST_POINTS == 100


def test_every_race_is_a_point():
    fold = folded(EVENTS)
    assert [point.value for point in fold.points] == [10, 20, 30]
    assert not fold.running
    for point in fold.points:
        assert set(point.seconds) == {"serial", "ray"}
        assert point.speedup["ray"] == pytest.approx(point.seconds["serial"] / point.seconds["ray"])
        assert point.status == "finished"
    assert verdict(fold).startswith("The sweep is over: Ray was up to 1.")


def test_the_report_has_the_tutorials_table():
    told = report(folded(EVENTS))
    assert told["sweep"] == "batches"
    points = told["points"]
    assert isinstance(points, list)
    assert [list(point)[:4] for point in points] == [["batch", "serial_s", "ray_s", "speedup"]] * 3
    assert [point["batch"] for point in points] == [10, 20, 30]
    assert all(point["speedup"] == point["serial_s"] / point["ray_s"] for point in points)


def test_a_cancelled_sweep_keeps_what_it_has_measured():
    second = next(e for e in EVENTS if isinstance(e, ev.RaceOpened) and e.params["tasks"] == 20)
    into = next(e for e in EVENTS if isinstance(e, ev.RunStarted) and e.t > second.t)
    fold = folded(cancelled_at(EVENTS, (into.t - EVENTS[0].t) / 1e9 + 1.0))
    assert [point.value for point in fold.points] == [10]
    assert verdict(fold).startswith("The sweep ended early: ")
    assert report(fold)["status"] == "cancelled"


def test_a_point_without_an_answer_has_no_speedup_and_says_why():
    fold = folded(fabricated_sweep(failing=[20]))
    good, bad, last = fold.points
    assert bad.seconds == bad.speedup == {}
    assert bad.reason
    assert good.speedup
    assert last.speedup
    assert "At 20 tasks – " in verdict(fold)


@settings(max_examples=60)
@given(st.integers(0, len(EVENTS)))
def test_a_recording_cut_anywhere_folds_and_is_drawn(cut: int):
    fold = folded(EVENTS[:cut])
    assert [point.value for point in fold.points] == [10, 20, 30][: len(fold.points)]
    assert fold.running == (0 < cut < len(EVENTS))
    for colors in (DARK, LIGHT, CONTRAST):
        for chart in (times_chart(fold, colors), speedup_chart(fold, colors)):
            assert all(len(series.xs) == len(fold.points) for series in chart.series)


@pytest.mark.parametrize("width", [20, 47, 80, 120])
@pytest.mark.parametrize("height", [1, 2, 4, 9])
@pytest.mark.parametrize("ascii", [False, True])
def test_the_table_fills_its_width_and_shows_the_cursors_row(width: int, height: int, ascii: bool):
    fold = folded(EVENTS)
    view = SweepView("tasks", [10, 20, 30, 40, 50], ["serial", "ray"], fold.points, {"serial": 1.5}, "serial", 20.0)
    lines = draw_sweep_table(view, width, height, DARK, ascii)
    assert 1 <= len(lines) <= height
    assert {sum(segment.cell_length for segment in line) for line in lines} == {width}
    written = ["".join(segment.text for segment in line) for line in lines]
    if ascii:
        assert all(line.isascii() for line in written)
    if height > 1:
        assert any("20" in line for line in written[1:])
    if height == 9 and width == 120:
        point = fold.points[1]
        row = next(line for line in written if " 20 " in line)
        assert f"{point.seconds['serial']:.1f}"[:2] in row
        assert f"{point.speedup['ray']:.2f}" in row
        assert "1.50 s" in next(line for line in written if " 40 " in line)
