"""Sweeps over batches: what a person may type, the fold of a sweep's events, its report and its
verdict.
"""

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race
from tests.fabricate_sweeps import cancelled_at, fabricated_sweep
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT
from tui.widgets.compare.chart import draw_chart
from tui.widgets.compare.sweep_charts import charts
from workloads.builtin.images.workload import IMAGES
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.lanes.coordinator import Plan
from workloads.ledger.race import Race
from workloads.sweeps.fold import SweepFold, same
from workloads.sweeps.kinds import MAX_POINTS
from workloads.sweeps.report import report
from workloads.sweeps.run import opening
from workloads.sweeps.values import read
from workloads.sweeps.verdict import verdict

PLAN = Plan("images", IMAGES.complete({}), 7, schedule="together")
EVENTS = fabricated_sweep()
RACES = [event for event in EVENTS if isinstance(event, ev.RaceOpened)]


def folded(events: Iterable[ev.AnyEvent]) -> SweepFold:
    """The fold of these events."""
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    return fold


def opened(values: list[int], **more: object) -> ev.SweepOpened:
    """How a recording may say that a sweep begins."""
    return ev.SweepOpened(
        t=at(0),
        **{"sweep": "batches", "parameter": "tasks", "lanes": ["ray"], **more},
        values=values,
    )


def raced(value: object, status: ev.Status = "finished") -> list[ev.AnyEvent]:
    """A race at `value` of which only the ends are known."""
    race = ev.RaceOpened(
        t=at(1), workload="pi", params={"tasks": value}, seed=1, schedule="in-turn", lanes=["ray"]
    )
    return [race, ev.RaceEnded(t=at(2), status=status)]


def broken_at(value: int, reason: str) -> list[ev.AnyEvent]:
    """The sweep of EVENTS, but at that value Ray breaks as soon as its run has begun."""
    told: list[ev.AnyEvent] = []
    now, broken = 0, False
    for event in EVENTS:
        if isinstance(event, ev.RaceOpened):
            now, broken = int(event.params["tasks"]), False
        if broken and event.lane == "ray":
            continue
        if broken and isinstance(event, ev.RaceEnded):
            event = msgspec.structs.replace(event, status="failed")
        told.append(event)
        if now == value and event.lane == "ray" and isinstance(event, ev.RunStarted):
            told.append(ev.LaneFailed(t=event.t, lane="ray", reason=reason))
            broken = True
    return told


# -- what is typed ---------------------------------------------------------------------------------


def test_batches_are_typed_with_commas_and_raced_in_turn():
    sweep = read("batches", " 30, 2k,10, ", PLAN)
    assert (sweep.name, sweep.parameter, sweep.values) == ("batches", "tasks", (30, 2000, 10))
    assert sweep.plan is PLAN
    assert sweep.at(30) == replace(PLAN, params={**PLAN.params, "tasks": 30}, schedule="in-turn")
    assert read("batches", ",".join(map(str, range(1, 101))), PLAN).values == tuple(range(1, 101))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Batches must be 1 to 100 numbers of tasks such as 10,20,30; got “”."),
        (" , ,", "Batches must be 1 to 100 numbers of tasks such as 10,20,30; got “ , ,”."),
        ("ten", "tasks must be a whole number from 1 to 10,000; got “ten”."),
        ("10;20", "tasks must be a whole number from 1 to 10,000; got “10;20”."),
        ("10 20", "tasks must be a whole number from 1 to 10,000; got “10 20”."),
        ("1.5", "tasks must be a whole number from 1 to 10,000; got “1.5”."),
        ("nan", "tasks must be a whole number from 1 to 10,000; got “nan”."),
        ("٣", "tasks must be a whole number from 1 to 10,000; got “٣”."),
        ("0", "tasks must be from 1 to 10,000; got 0."),
        ("-5,10", "tasks must be from 1 to 10,000; got -5."),
        ("10,10001", "tasks must be from 1 to 10,000; got 10,001."),
        ("1e30", "tasks must be from 1 to 10,000; got 1e+30."),
        ("10,20,10", "Each batch can be listed only once; got “10,20,10”."),
        ("1000,1k", "Each batch can be listed only once; got “1000,1k”."),
        ("\x1b[31m7", "tasks must be a whole number from 1 to 10,000; got “[31m7”."),
        (
            "1," * 101,
            f"Batches must be 1 to 100 numbers of tasks such as 10,20,30; got “{'1,' * 29}1…”.",
        ),
    ],
    ids=lambda value: value.encode("unicode_escape").decode()[:20],
)
def test_nonsense_is_refused_with_a_sentence(text: str, sentence: str):
    with pytest.raises(BadInput) as told:
        read("batches", text, PLAN)
    assert str(told.value) == sentence


# -- the fold --------------------------------------------------------------------------------------


def test_every_race_is_a_point():
    fold = folded(EVENTS)
    assert [point.value for point in fold.points] == [10, 20, 30]
    assert not fold.running
    for point in fold.points:
        assert set(point.seconds) == {"serial", "ray"}
        assert point.speedup == {
            "ray": pytest.approx(point.seconds["serial"] / point.seconds["ray"])
        }
        assert point.startup == {"serial": pytest.approx(0.05), "ray": pytest.approx(5.9)}
        assert (point.status, point.same_answer, point.reason) == ("finished", True, "")
    best = f"{fold.points[2].speedup['ray']:.2f}×"
    assert verdict(fold) == f"Sweep complete. Best speedup over serial: {best} (Ray)."


def test_a_recording_of_the_first_version_tells_values_by_its_races_alone():
    fold = folded(event for event in EVENTS if not isinstance(event, ev.SweepAt))
    assert fold.points == folded(EVENTS).points


def test_points_stand_in_the_order_they_were_raced():
    assert [point.value for point in folded(fabricated_sweep((30, 10, 20))).points] == [30, 10, 20]


def test_a_cancelled_sweep_keeps_what_it_has_measured():
    into = next(
        event for event in EVENTS if isinstance(event, ev.RunStarted) and event.t > RACES[1].t
    )
    fold = folded(cancelled_at(EVENTS, (into.t - at(0)) / 1e9 + 1.0))
    assert [point.value for point in fold.points] == [10]
    assert not fold.running
    assert verdict(fold).startswith(
        "Sweep ended early, after 1 of 3 points. Best speedup over serial: "
    )
    assert report(fold)["status"] == "cancelled"


def test_a_sweep_cancelled_at_once_has_nothing_to_tell():
    fold = folded(
        [opened([10, 20]), *raced(10, "cancelled"), ev.SweepEnded(t=at(2), status="cancelled")]
    )
    assert report(fold) == {"sweep": "batches", "status": "cancelled", "points": []}
    assert verdict(fold) == (
        "Sweep ended early, after 0 of 2 points. Add the serial lane to measure speedups."
    )


def test_a_point_without_an_answer_has_no_speedup_and_says_why():
    fold = folded(fabricated_sweep(failing=[20]))
    good, bad, last = fold.points
    assert bad.seconds == bad.speedup == {}
    assert bad.same_answer is None
    assert bad.reason == "Serial: 1 task failed. Ray: 1 task failed."
    assert good.speedup
    assert last.speedup
    assert verdict(fold).endswith(" At 20 tasks: Serial: 1 task failed. Ray: 1 task failed.")


def test_a_lane_that_breaks_leaves_the_other_and_may_come_back():
    fold = folded(broken_at(20, "the raylet\x1b[31m died."))
    bad = fold.points[1]
    assert (bad.value, bad.status, set(bad.seconds), bad.speedup) == (20, "failed", {"serial"}, {})
    assert bad.reason == "Ray: the raylet[31m died."
    assert all(point.speedup and not point.reason for point in (fold.points[0], fold.points[2]))
    told = report(fold)["points"]
    assert isinstance(told, list)
    assert (told[1]["ray_s"], told[1]["speedup"], told[1]["reason"]) == (None, None, bad.reason)
    assert told[1]["serial_s"] == bad.seconds["serial"]


def test_different_answers_are_told():
    lied = [
        msgspec.structs.replace(event, answer=1)
        if isinstance(event, ev.RunEnded) and event.lane == "ray"
        else event
        for event in EVENTS
    ]
    fold = folded(lied)
    assert [point.same_answer for point in fold.points] == [False] * 3
    assert "The lanes computed different answers at 10 tasks!" in verdict(fold)


def test_only_races_of_the_sweep_are_points():
    race = fabricated_race(tasks=10)
    assert folded(race).points == []
    assert folded([*EVENTS, *race]).points == folded(EVENTS).points
    assert [point.value for point in folded([*race, *EVENTS]).points] == [10, 20, 30]


def test_another_sweep_begins_anew():
    fold = folded([*EVENTS, opened([7], lanes=["serial", "ray"])])
    assert fold.running
    assert fold.points == []
    assert verdict(fold) == ""
    assert report(fold) == {"sweep": "batches", "status": "", "points": []}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(EVENTS)))
def test_a_recording_cut_anywhere_folds_and_is_drawn(cut: int):
    fold = folded(EVENTS[:cut])
    over = sum(isinstance(event, ev.RaceEnded) for event in EVENTS[:cut])
    assert [point.value for point in fold.points] == [10, 20, 30][:over]
    assert fold.points == folded(EVENTS).points[:over]
    assert fold.running == (0 < cut < len(EVENTS))
    assert len(msgspec.json.encode(report(fold)))
    for chart in charts(fold, DARK):
        assert all(len(series.xs) == over for series in chart.series)


def test_what_no_sweep_can_be_is_left_out():
    wild = folded(
        [
            opened([10**400, -(1 << 60), 10, *range(1000)]),
            *raced(10),
            *raced(10**400),
            *raced(0.5),
            *raced("x"),
        ]
    )
    assert wild.opened is not None
    assert len(wild.opened.values) <= MAX_POINTS
    assert max(map(abs, wild.opened.values)) < 1 << 53
    assert [point.value for point in wild.points] == [10]
    assert folded([opened([]), *raced(10)]).points == []
    assert folded([opened([10], parameter="samples"), *raced(10)]).points == []


@pytest.mark.parametrize("colors", [DARK, LIGHT, CONTRAST], ids=lambda colors: colors.name)
def test_a_point_that_came_to_nothing_breaks_the_line(colors: object):
    fold = folded(fabricated_sweep((10, 20, 30), failing=[20]))
    times, speedups = charts(fold, colors)
    (ray,) = speedups.series
    assert [y == y for y in ray.ys] == [True, False, True]
    lines = [
        "".join(part.text for part in line) for line in draw_chart(times, Page(60, 20, colors))
    ]
    assert not any(0x2800 < ord(char) < 0x2900 for line in lines for char in line)


# -- the report ------------------------------------------------------------------------------------


def test_the_report_has_the_tutorials_table():
    fold = folded(EVENTS)
    told = msgspec.json.decode(msgspec.json.encode(report(fold)))
    assert list(told) == ["sweep", "status", "points"]
    assert (told["sweep"], told["status"]) == ("batches", "finished")
    for known, point in zip(fold.points, told["points"], strict=True):
        assert list(point) == [
            "batch",
            "serial_s",
            "ray_s",
            "speedup",
            "startup_s",
            "schedule",
            "same_answer",
            "reliable",
        ]
        assert point["batch"] == known.value
        assert (point["serial_s"], point["ray_s"]) == (
            known.seconds["serial"],
            known.seconds["ray"],
        )
        assert point["speedup"] == pytest.approx(point["serial_s"] / point["ray_s"])
        assert point["schedule"] == known.schedule != ""
        assert point["same_answer"] is True


def test_the_speedup_is_that_of_the_last_lane_and_all_are_told():
    fold = folded(fabricated_sweep((4,), lanes=("serial", "processes", "ray")))
    (point,) = report(fold)["points"]
    assert list(point)[:6] == ["batch", "serial_s", "processes_s", "ray_s", "speedup", "speedups"]
    assert set(point["speedups"]) == {"processes", "ray"}
    assert point["speedup"] == point["speedups"]["ray"]
    assert verdict(fold).startswith("Sweep complete. Best speedup over serial: ")
    processes, ray = (f"{point['speedups'][lane]:.2f}×" for lane in ("processes", "ray"))
    assert f"{processes} (processes) and {ray} (Ray)." in verdict(fold)


@pytest.mark.parametrize(
    ("lane", "remedy"),
    [
        ("serial", "Add another lane to compare with serial."),
        ("ray", "Add the serial lane to measure speedups."),
    ],
)
def test_one_lane_has_nothing_to_be_compared_with(lane: str, remedy: str):
    fold = folded(fabricated_sweep((4, 8), lanes=(lane,)))
    told = report(fold)["points"]
    assert [point["speedup"] for point in told] == [None, None]
    assert all(point[f"{lane}_s"] > 0 for point in told)
    assert verdict(fold) == f"Sweep complete. {remedy}"


def test_points_that_were_drained_otherwise_are_of_another_sweep() -> None:
    opened = opening(read("batches", "2,4", PLAN))
    by_get = opening(read("batches", "2,4", replace(PLAN, drain="get")))
    assert not same(opened, by_get)
    fold = SweepFold(Race())
    fold.apply(by_get)
    assert report(fold)["drain"] == "get"
