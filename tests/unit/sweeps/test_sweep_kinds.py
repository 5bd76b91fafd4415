"""The kinds of sweep: the values a person may type, the race at each, what each comes to in points,
words and JSON.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.fabricate import at
from tests.fabricate_sweeps import told_sweep
from tui.cli.headless_sweep import sweep_table
from tui.widgets.compare.sweep_table import SweepView
from workloads.builtin.images.workload import IMAGES
from workloads.builtin.noop import NOOP
from workloads.builtin.pi import PI
from workloads.builtin.sleep import SLEEP
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.core.wording import brief
from workloads.engines import EngineOptions
from workloads.figures import scaling
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.machine import host
from workloads.sweeps.break_even import break_evens, unreliable
from workloads.sweeps.fits import fits, unfitted
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.kinds import KINDS, USUAL_GRAIN, Sweep, kinds_for
from workloads.sweeps.progress import progress
from workloads.sweeps.report import report
from workloads.sweeps.run import Appender, continued, opening, resumed, run_sweep
from workloads.sweeps.values import read
from workloads.sweeps.verdict import verdict

LANES = ("serial", "threads", "processes", "ray")
PI_PLAN = Plan("pi", PI.complete({}), 7, lanes=LANES)
SLEEP_PLAN = Plan("sleep", SLEEP.complete({}), 7)
OVERHEADS = {"serial": 1e-5, "threads": 3e-5, "processes": 9e-5, "ray": 5e-4}


def folded(events: Iterable[ev.AnyEvent]) -> SweepFold:
    """The fold of these events."""
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    return fold


def with_law(fraction: float) -> Any:
    """Serial takes 12 s; every other lane what Amdahl's law makes of these."""
    return lambda lane, p: 12.0 if lane == "serial" else 12.0 / scaling.amdahl(float(p), fraction)


def asked(lane: str, value: int) -> int:
    """As many workers as the sweep asks for."""
    return value


def grained(lane: str, tasks: int) -> float:
    """12 s of work: on two workers but for serial and threads, and what the tasks cost."""
    workers = min(tasks, 2) if lane in ("processes", "ray") else 1
    return (12.0 if lane != "threads" else 12.5) / workers + tasks * OVERHEADS[lane]


WORKERS = told_sweep(
    read("workers", "1-8", PI_PLAN), with_law(0.05), workers=asked, answer=lambda value: {"pi": 3.1}
)
GRAIN = told_sweep(
    read("grain", "1,10,1000,100000", PI_PLAN), grained, overheads=OVERHEADS, task_s=12.0
)


# -- what is typed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("workers", "1-4", (1, 2, 3, 4)),
        ("workers", "1, 2,4", (1, 2, 4)),
        ("workers", "1,4-6", (1, 4, 5, 6)),
        ("weak", "1–3", (1, 2, 3)),
        ("batches", "10,20", (10, 20)),
        ("grain", "1-100", (1, 2, 5, 10, 20, 50, 100)),
        ("grain", "3-30", (3, 5, 10, 20, 30)),
        ("grain", "1e3-1e4", (1000, 2000, 5000, 10_000)),
        ("samples", "1e4-1e5", (10_000, 20_000, 50_000, 100_000)),
        ("samples", "16", (16,)),
        ("runs", "3", (1, 2, 3)),
    ],
)
def test_values_are_typed_as_lists_and_ranges(kind: str, text: str, values: tuple[int, ...]):
    sweep = read(kind, text, PI_PLAN)
    assert (sweep.name, sweep.values, sweep.todo) == (kind, values, values)
    assert sweep.parameter == KINDS[kind].parameter


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (
            "workers",
            "",
            "Workers must be 1 to 100 numbers of workers such as 1,2,4 or 1-8; got “”.",
        ),
        (
            "workers",
            "4-1",
            "Workers must be 1 to 100 numbers of workers such as 1,2,4 or 1-8; got “4-1”.",
        ),
        (
            "workers",
            "1-1000",
            "Workers must be 1 to 100 numbers of workers such as 1,2,4 or 1-8; got “1-1000”.",
        ),
        ("workers", "0-3", "workers must be from 1 to 1,024; got 0."),
        ("workers", "2-2000", "workers must be from 1 to 1,024; got 2,000."),
        ("workers", "many", "workers must be a whole number from 1 to 1,024; got “many”."),
        ("workers", "1-2-3", "workers must be a whole number from 1 to 1,024; got “1-2-3”."),
        ("weak", "2,2", "Each number of workers can be listed only once; got “2,2”."),
        ("weak", "10000", "workers must be from 1 to 1,024; got 10,000."),
        ("grain", "1-1e6", "tasks must be from 1 to 100,000; got 1,000,000."),
        (
            "samples",
            "1e4-",
            "samples must be a whole number from 1 to 160,000,000,000; got “1e4-”.",
        ),
        (
            "samples",
            "3",
            "Nothing is left to sweep over: 1 point was left out: less than one sample per task.",
        ),
        ("runs", "0", "runs must be from 1 to 100; got 0."),
        ("runs", "1-3", "runs must be a whole number from 1 to 100; got “1-3”."),
    ],
)
def test_nonsense_is_refused_with_a_sentence(kind: str, text: str, sentence: str):
    with pytest.raises(BadInput) as told:
        read(kind, text, PI_PLAN)
    assert str(told.value) == sentence


def test_each_workload_has_the_kinds_that_fit_it():
    assert [kind.name for kind in kinds_for(PI)] == [
        "batches",
        "workers",
        "weak",
        "grain",
        "samples",
        "runs",
    ]
    assert [kind.name for kind in kinds_for(SLEEP)] == [
        "batches",
        "workers",
        "weak",
        "grain",
        "runs",
    ]
    assert [kind.name for kind in kinds_for(IMAGES)] == ["batches", "workers", "weak", "runs"]
    with pytest.raises(
        BadInput,
        match=r"images can't be swept over grain\. Choose from batches, workers, weak, runs\.",
    ):
        read("grain", "1,2", Plan("images", IMAGES.complete({}), 1))
    with pytest.raises(BadInput, match="needs a lane other than serial"):
        read("workers", "1,2", replace(PI_PLAN, lanes=("serial",)))


@pytest.mark.parametrize("workload", [PI, SLEEP, IMAGES], ids=lambda workload: workload.name)
def test_the_usual_values_of_every_kind_can_be_swept(workload: Any):
    plan = Plan(workload.name, workload.complete({}), 7)
    for kind in kinds_for(workload):
        assert read(kind.name, kind.usual(plan), plan).values
    assert read("workers", KINDS["workers"].usual(plan), plan).values[-1] == host.usable_cpus()


# -- the races -------------------------------------------------------------------------------------


def test_serial_races_beside_every_number_of_workers():
    sweep = read("workers", "2,4", PI_PLAN)
    assert sweep.at(2) == replace(PI_PLAN, workers=2, schedule="in-turn")
    assert sweep.at(4) == replace(PI_PLAN, workers=4, schedule="in-turn")


def test_work_grows_with_the_workers_in_weak_scaling():
    sweep = read("weak", "1-3", PI_PLAN)
    assert [sweep.at(value).params["tasks"] for value in sweep.values] == [16, 32, 48]
    assert [sweep.at(value).workers for value in sweep.values] == [1, 2, 3]
    with pytest.raises(BadInput, match="tasks must be from"):
        read("weak", "1000", replace(PI_PLAN, params=PI.complete({"tasks": 1000})))


def test_grain_keeps_the_work_whole():
    sweep = read("grain", ",".join(map(str, USUAL_GRAIN)), PI_PLAN)
    for value in sweep.values:
        params = sweep.at(value).params
        assert params["tasks"] == value
        assert params["tasks"] * params["samples"] == pytest.approx(48_000_000, rel=0.01)
    assert (sweep.calibrate, sweep.note) == (LANES, "")
    waiting = read("grain", "1,4", SLEEP_PLAN)
    assert [waiting.at(value).params["seconds"] for value in waiting.values] == [10.0, 2.5]


def test_grain_leaves_out_what_cannot_be_cut():
    small = replace(PI_PLAN, params=PI.complete({"tasks": 2, "samples": 75}))
    sweep = read("grain", "1,10,100,1000", small)
    assert sweep.values == (1, 10)
    assert sweep.note == "2 points were left out: 150 samples can't be cut into so many tasks."
    assert opening(sweep).note == sweep.note
    with pytest.raises(
        BadInput, match=r"^Nothing is left to sweep over: 1 point was left out: 150 samples"
    ):
        read("grain", "1000", small)


def test_samples_are_shared_by_the_tasks():
    sweep = read("samples", "100,1e6", replace(PI_PLAN, params=PI.complete({"tasks": 16})))
    assert sweep.values == (96, 1_000_000)
    assert [sweep.at(value).params["samples"] for value in sweep.values] == [6, 62_500]
    assert sweep.at(96).params["tasks"] == 16


def test_lanes_alternate_where_the_plan_says_so_but_not_where_the_cost_of_a_task_is_measured():
    alternating = replace(PI_PLAN, schedule="alternate")
    for name, text in [("batches", "2,4"), ("workers", "1,2"), ("weak", "1,2"), ("runs", "2")]:
        assert read(name, text, alternating).at(2).schedule == "alternate"
    assert read("grain", "10,100", alternating).at(10).schedule == "in-turn"
    together = replace(PI_PLAN, schedule="together")
    assert read("runs", "2", together).at(1).schedule == "in-turn"


def test_runs_are_the_same_race():
    sweep = read("runs", "2", PI_PLAN)
    assert sweep.at(1) == sweep.at(2) == replace(PI_PLAN, schedule="in-turn")


def test_what_is_measured_is_not_raced_again():
    sweep = read("workers", "1-4", PI_PLAN)
    left = sweep.without({1: 1, 3: 1})
    assert (left.values, left.todo) == ((1, 2, 3, 4), (2, 4))
    assert left.at(2).lanes == LANES


def test_about_how_long_it_takes_follows_from_a_race():
    both = replace(PI_PLAN, lanes=("serial", "ray"))
    measured = {"serial": 10.0, "ray": 5.0}
    assert read("runs", "3", both).seconds(measured) == pytest.approx(45)
    assert read("batches", "16,32", both).seconds(measured) == pytest.approx(45)
    assert read("samples", "48e6", both).seconds(measured) == pytest.approx(15)
    cpus = host.usable_cpus()
    assert read("workers", "1", both).seconds(measured) == pytest.approx(10 + 5 * cpus)
    assert read("workers", "1", both).without({1: 1}).seconds(measured) == 0
    assert read("runs", "3", both).seconds({"serial": 10.0}) is None


# -- workers ---------------------------------------------------------------------------------------


def test_every_speedup_is_over_the_serial_run_beside_it():
    fold = folded(WORKERS)
    assert [point.value for point in fold.points] == list(range(1, 9))
    assert [set(point.seconds) for point in fold.points] == [set(LANES)] * 8
    for point in fold.points:
        assert point.speedup["ray"] == pytest.approx(scaling.amdahl(float(point.value), 0.05))
        assert point.efficiency("ray") == pytest.approx(point.speedup["ray"] / point.value)
        assert (point.same_answer, point.whole) == (True, True)


def test_the_laws_find_what_was_planted():
    fold = folded(WORKERS)
    for lane, laws in fits(fold).items():
        assert laws.amdahl is not None, lane
        assert laws.amdahl.fraction == pytest.approx(0.05, abs=0.02)
    assert (
        "Amdahl fit for Ray: 5% serial (95% interval 5% to 5%), so the speedup over one worker "
        "can't exceed 20.0×." in verdict(fold)
    )
    told: Any = report(fold)
    assert list(told) == ["sweep", "status", "points", "fit", "fit_missing"]
    assert told["fit_missing"] == {}
    assert set(told["fit"]) == set(LANES[1:])
    law = told["fit"]["ray"]["amdahl"]
    assert law["fraction"] == pytest.approx(0.05)
    assert law["words"].startswith("Amdahl fit: 5% serial")
    assert (law["low"], law["high"]) == (pytest.approx(0.05), pytest.approx(0.05))
    assert [point["workers"] for point in told["points"]] == list(range(1, 9))
    assert told["points"][7]["efficiency"]["ray"] == pytest.approx(scaling.amdahl(8.0, 0.05) / 8)
    assert msgspec.json.decode(msgspec.json.encode(told))["fit"] == told["fit"]


def computing(
    values: str, wall: Callable[[str, int], float], cores: int, cpu: float = 1.0, **opened: Any
) -> SweepFold:
    """A sweep over workers of tasks that had a CPU for that share of their time, on a machine of so
    many cores.
    """
    plan = replace(PI_PLAN, lanes=("serial", "ray"))
    events: list[ev.AnyEvent] = []
    value = 1
    for event in told_sweep(read("workers", values, plan), wall, workers=asked, task_s=1.0):
        value = event.value if isinstance(event, ev.SweepAt) else value
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, host={"physical_cpus": cores}, **opened)
        if isinstance(event, ev.Finished):
            share = cpu
            if event.lane == "ray" and "elsewhere" not in opened:
                share *= min(1.0, cores / value)
            event = msgspec.structs.replace(event, cpu_s=event.cpu_s * share)
        events.append(event)
    return folded(events)


def test_a_law_takes_points_enough_and_says_what_to_sweep():
    fold = computing("1,2,3", with_law(0.1), 8)
    assert fits(fold) == {}
    assert (
        "No Amdahl fit for Ray: too few points: 3 of the 4 different worker counts "
        "needed; sweep over 1-4 workers."
    ) in verdict(fold)
    told: Any = report(fold)
    assert told["fit"] == {}
    assert told["fit_missing"]["ray"].startswith("too few points: 3 of the 4")
    laws = fits(computing("1-4", with_law(0.1), 8))["ray"]
    assert laws.amdahl is not None
    assert laws.usl is None

    def bent(lane: str, p: int) -> float:
        return 12.0 if lane == "serial" else 12.0 / scaling.usl(float(p), 0.02, 0.01)

    assert fits(computing("1-4", bent, 8))["ray"].usl is None
    assert fits(computing("1-5", bent, 8))["ray"].usl is not None


def test_a_law_about_cores_takes_no_points_beyond_them():
    fold = computing("1-8", with_law(0.1), 2)
    assert fits(fold) == {}
    assert "2 of the 4 different worker counts needed within the 2 physical cores" in verdict(fold)
    assert "sweep on a machine with at least 4 cores" in verdict(fold)
    assert fits(computing("1-8", with_law(0.1), 6))["ray"].amdahl.workers == 6  # type: ignore[union-attr]
    # On a crowded machine many tasks at once hardly get a CPU, and yet don't wait.
    squeezed = computing("1-8", with_law(0.1), 2, cpu=0.03)
    assert fits(squeezed) == {}
    assert (
        "0 of the 4 different worker counts needed within the 2 physical cores, 2 left out as "
        "unreliable; " in unfitted(squeezed)["ray"]
    )
    assert " points tasks had a core for less than 90% of their time" in verdict(squeezed)
    # Tasks that wait aren't bound by cores, nor are those on other machines.
    assert fits(computing("1-8", with_law(0.1), 2, cpu=0.01))["ray"].amdahl is not None
    assert "physical" not in verdict(computing("1-3", with_law(0.1), 2, cpu=0.01))
    assert fits(computing("1-8", with_law(0.1), 2, elsewhere=["ray"]))["ray"].amdahl is not None


def test_a_law_is_the_lanes_own_though_serial_is_faster_than_one_worker():
    fold = computing("1-4", lambda lane, p: 8.0 if lane == "serial" else 10.0 / p, 8)
    laws = fits(fold)["ray"]
    assert laws.amdahl is not None
    assert laws.amdahl.fraction == pytest.approx(0, abs=1e-9)
    assert "no measurable serial fraction (at most 0%)" in verdict(fold)


def test_lanes_that_failed_other_tasks_than_serial_have_no_speedup_in_a_sweep_over_workers():
    events = told_sweep(
        read("workers", "1,2", replace(PI_PLAN, lanes=("serial", "ray"))), with_law(0.1), task_s=1.0
    )
    failed = ev.Failed(t=0, lane="ray", task=3, error="ValueError", message="no")
    at_two = False
    changed: list[ev.AnyEvent] = []
    for event in events:
        at_two = at_two or (isinstance(event, ev.SweepAt) and event.value == 2)
        if at_two and isinstance(event, ev.RunEnded):
            changed.append(msgspec.structs.replace(failed, t=event.t))
        changed.append(event)
    fold = folded(changed)
    assert [list(point.speedup) for point in fold.points] == [["ray"], []]
    assert fold.points[1].no_speedup == {"ray": "different tasks failed than on serial"}
    assert "No speedup for Ray at 2 workers: different tasks failed than on serial." in verdict(
        fold
    )
    told: Any = report(fold)
    assert told["points"][1]["no_speedup"] == fold.points[1].no_speedup


def test_nothing_is_concluded_from_a_speedup_that_workers_cannot_give():
    walls = {1: 10.0, 2: 5.0, 3: 1.0, 4: 2.6}
    fold = computing("1-4", lambda lane, p: 10.0 if lane == "serial" else walls[p], 8)
    assert list(fold.points[2].beyond) == ["ray"]
    told = verdict(fold)
    assert "Best speedup over serial: 3.85× (Ray, 4 workers)." in told
    assert "10.0× on Ray at 3 workers is more than 3 workers can give (" in told


def test_of_many_doubtful_speedups_a_few_are_named():
    fold = computing("1-8", lambda lane, p: 90.0 if lane == "serial" else 10.0 / p, 8)
    told = verdict(fold)
    assert told.startswith("Sweep complete. No reliable speedup was measured.")
    assert told.count("can give") == 3
    assert "5 more speedups are missing or unreliable." in told


def test_a_lane_that_had_too_few_workers_is_not_told_to_sweep_over_them():
    both = replace(PI_PLAN, lanes=("serial", "ray"))
    fold = folded(
        told_sweep(read("workers", "1-6", both), with_law(0.1), workers=lambda lane, p: min(p, 2))
    )
    assert (
        "too few points: 2 of the 4 different worker counts needed; give it at "
        "least 4 CPUs" in verdict(fold)
    )


def test_times_of_nothing_are_no_points():
    fold = computing("1-4", lambda lane, p: 10.0 if lane == "serial" else 0.0, 8)
    assert "too few points: 0 of the 4" in unfitted(fold)["ray"]
    assert verdict(fold) == "Sweep complete. No speedup was measured."


def without_serial_after_the_first(events: list[ev.AnyEvent]) -> list[ev.AnyEvent]:
    """The sweep over workers as earlier versions recorded it: serial raced at the first value."""
    kept: list[ev.AnyEvent] = []
    raced = False
    for event in events:
        if isinstance(event, ev.RaceOpened) and raced:
            event = msgspec.structs.replace(event, lanes=event.lanes[1:])
        if not (raced and getattr(event, "lane", "") == "serial"):
            kept.append(event)
        raced = raced or isinstance(event, ev.RaceEnded)
    return kept


def test_a_recording_in_which_serial_raced_once_is_compared_with_that_run():
    then = folded(without_serial_after_the_first(WORKERS))
    assert [set(point.seconds) for point in then.points] == [set(LANES), *[set(LANES[1:])] * 7]
    assert [p.speedup for p in then.points] == [p.speedup for p in folded(WORKERS).points]


def test_a_different_answer_is_found_though_serial_raced_long_ago():
    plan = replace(PI_PLAN, lanes=("serial", "ray"))
    events = told_sweep(
        read("workers", "1,2", plan), with_law(0.1), answer=lambda value: {"pi": value}
    )
    fold = folded(without_serial_after_the_first(events))
    assert [point.same_answer for point in fold.points] == [True, False]
    assert "The lanes computed different answers at 2 workers!" in verdict(fold)


def test_a_lane_with_fewer_workers_than_asked_for_is_told():
    both = replace(PI_PLAN, lanes=("serial", "ray"))
    fold = folded(
        told_sweep(read("workers", "1,2,4", both), with_law(0.1), workers=lambda lane, p: min(p, 2))
    )
    assert "Ray ran at most 2 workers, fewer than requested." in verdict(fold)
    assert fold.points[2].efficiency("ray") == pytest.approx(fold.points[2].speedup["ray"] / 2)


def test_scaled_speedup_counts_the_work():
    def wall(lane: str, p: int) -> float:
        return 10.0 * p if lane == "serial" else 12.5

    plan = replace(PI_PLAN, lanes=("serial", "ray"))
    events = told_sweep(read("weak", "1,2,8", plan), wall, workers=asked)
    fold = folded(events)
    earlier = folded(without_serial_after_the_first(events))
    assert [p.speedup for p in earlier.points] == [p.speedup for p in fold.points]
    assert [point.speedup["ray"] for point in fold.points] == pytest.approx([0.8, 1.6, 6.4])
    assert "Best scaled speedup over serial: 6.40× (Ray, 8 workers)." in verdict(fold)
    assert "fit" not in report(fold)


# -- grain -----------------------------------------------------------------------------------------


def test_calibration_comes_first_and_finds_what_a_task_costs():
    fold = folded(GRAIN)
    assert [point.value for point in fold.points] == [1, 10, 1000, 100_000]
    for lane, overhead in fold.overheads.items():
        assert overhead.seconds == pytest.approx(OVERHEADS[lane])
    told: Any = report(fold)
    assert list(told) == [
        "sweep",
        "status",
        "points",
        "overhead_s",
        "break_even",
        "break_even_from",
        "break_even_scatter",
    ]
    assert told["overhead_s"] == pytest.approx(OVERHEADS)
    assert [point["tasks"] for point in told["points"]] == [1, 10, 1000, 100_000]
    assert [point["task_s"] for point in told["points"]] == pytest.approx([12, 1.2, 0.012, 0.00012])
    assert told["break_even_from"] == {"processes": "points", "ray": "points"}


MEASURED = {
    8: (0.658509, {"threads": 0.845, "processes": 1.147, "ray": 2.017}),
    1000: (0.006989, {"threads": 0.519, "processes": 1.591, "ray": 1.905}),
    2000: (0.002543, {"threads": 0.872, "processes": 1.742, "ray": 1.115}),
    5000: (0.001016, {"threads": 0.865, "processes": 1.334, "ray": 0.655}),
    10_000: (0.000579, {"threads": 0.961, "processes": 1.751, "ray": 0.486}),
    20_000: (0.000282, {"threads": 0.943, "processes": 1.612, "ray": 0.269}),
    50_000: (0.000156, {"threads": 1.156, "processes": 1.667, "ray": 0.179}),
}
"""A sweep of π over grain on two CPUs: the seconds of a task and each lane's speedup."""

CALIBRATED = {"serial": 6.289e-6, "threads": 6.715e-6, "processes": 16.615e-6, "ray": 544.1e-6}


def graded(
    gains: Mapping[int, Mapping[str, float]],
    overheads: Mapping[str, float] | None = None,
    sizes: Mapping[int, float] | None = None,
    workers: int = 2,
) -> SweepFold:
    """The fold of a sweep over grain in which the lanes were so many times as fast as serial, which
    takes 12 s.
    """
    lanes = ("serial", *next(iter(gains.values())))
    sweep = read("grain", ",".join(map(str, gains)), replace(PI_PLAN, lanes=lanes))
    events = told_sweep(
        sweep,
        lambda lane, n: 12.0 if lane == "serial" else 12.0 / gains[n][lane],
        overheads=overheads,
        task_s=12.0,
        workers=lambda lane, n: workers,
    )
    fold = folded(events)
    if sizes:
        fold.points = [
            msgspec.structs.replace(point, figures={"task_s": sizes[point.value]})
            for point in fold.points
        ]
    return fold


def one(*gains: float, overheads: Mapping[str, float] | None = None) -> SweepFold:
    """As `graded`, of Ray alone, with 10, 100, … tasks."""
    return graded({10**n: {"ray": gained} for n, gained in enumerate(gains, 1)}, overheads)


def test_break_even_does_not_contradict_the_points():
    fold = graded(
        {n: gains for n, (_, gains) in MEASURED.items()},
        CALIBRATED,
        {n: size for n, (size, _) in MEASURED.items()},
    )
    known = break_evens(fold)
    assert set(known) == {"processes", "ray"}
    assert known["ray"].source == "points"
    assert known["ray"].seconds == pytest.approx(2.11e-3, rel=0.01)
    assert 2000 < known["ray"].tasks < 5000
    # Processes won everywhere: only calibration knows more, with the 1.6× that they reached, not
    # 2×.
    assert known["processes"].source == "calibration"
    assert known["processes"].seconds == pytest.approx((16.615e-6 - 6.289e-6) / (1 - 1 / 1.612))
    assert unreliable(fold) == ["threads"]
    assert (
        "Measured break-even task size: 2.1 ms on Ray; below that, serial is faster. "
        "Calibrated break-even task size: 0.027 ms on processes; below that, serial is faster. "
        "Not consistently faster than serial at any size: threads (GIL)." in verdict(fold)
    )
    told: Any = report(fold)
    assert told["break_even_from"] == {"processes": "calibration", "ray": "points"}
    assert told["break_even"] == {lane: size.seconds for lane, size in known.items()}


def test_the_crossing_lies_where_both_take_equally_long_on_logarithmic_scales():
    size = break_evens(one(2.0, 2.0, 0.5))["ray"]
    assert (size.tasks, size.seconds) == (pytest.approx(10**2.5), pytest.approx(12 / 10**2.5))
    assert (size.source, size.at_most) == ("points", False)


@pytest.mark.parametrize(
    ("gains", "scatter"),
    [
        ([1.9, 0.7, 1.8, 1.7, 0.3], (10_000, 10)),  # one slow run in between,
        ([1.9, 1.8, 0.6, 1.3, 0.3], (10_000, 100)),  # or a fast one
        ([1.9, 1.8, 0.6, 0.5, 1.3], (100_000, 100)),
    ],
)
def test_sizes_that_win_and_lose_by_turns_are_named_as_a_range(
    gains: list[float], scatter: tuple[int, int]
):
    fold = one(*gains)
    size = break_evens(fold)["ray"]
    low, high = (12 / tasks for tasks in scatter)
    assert size.scatter == (pytest.approx(low), pytest.approx(high))
    assert size.seconds == pytest.approx(high)
    assert f"Break-even task size on Ray: between {brief(low)} and {brief(high)}" in verdict(fold)
    assert "below that" not in verdict(fold)
    data: Any = report(fold)
    assert data["break_even_scatter"] == {"ray": size.scatter}


@pytest.mark.parametrize(
    "gains",
    [
        [0.9, 0.8, 0.9, 1.3],
        [0.8, 1.9, 1.8, 0.6, 0.3],
        [1.04, 0.9, 0.9, 0.8],
        [0.9, 1.3, 0.9, 0.8],
        [1.02, 1.04, 0.99, 1.03],
        [0.9, 1.04],
        [0.9],
    ],
)
def test_a_lane_that_wins_nowhere_or_by_luck_has_no_break_even_size(gains: list[float]):
    fold = one(*gains, overheads={"serial": 1e-5, "ray": 5e-4})
    assert break_evens(fold) == {}
    assert unreliable(fold) == ["ray"]
    assert verdict(fold).endswith("Not consistently faster than serial at any size: Ray.")
    told: Any = report(fold)
    assert (told["break_even"], told["break_even_from"]) == ({}, {})


def test_with_few_points_calibration_tells_and_one_point_tells_nothing():
    overheads = {"serial": 1e-5, "ray": 5e-4}
    size = break_evens(one(1.5, 1.7, overheads=overheads))["ray"]
    assert (size.source, size.seconds) == ("calibration", pytest.approx(4.9e-4 / (1 - 1 / 1.6)))
    assert size.tasks == pytest.approx(12 / size.seconds)
    assert break_evens(one(1.9, 0.9, overheads=overheads)) == {}
    alone = one(1.5, overheads=overheads)
    assert (break_evens(alone), unreliable(alone)) == ({}, [])
    assert verdict(alone) == "Sweep complete. Best speedup over serial: 1.50× (Ray)."


def test_calibrations_that_differ_by_their_noise_tell_nothing():
    assert break_evens(one(1.5, 1.7, overheads={"serial": 1e-5, "ray": 1.1e-5})) == {}


def test_where_every_size_won_and_calibration_is_refuted_the_smallest_is_told():
    for overheads in (None, {"serial": 1e-5, "ray": 0.5}):
        fold = one(1.5, 1.7, 1.6, overheads=overheads)
        size = break_evens(fold)["ray"]
        assert (size.source, size.at_most, size.seconds, size.tasks) == (
            "points",
            True,
            pytest.approx(0.012),
            1000,
        )
        assert verdict(fold).endswith(
            "Ray was faster than serial at every size measured, down to 12 ms."
        )


def test_a_sweep_of_tasks_that_do_nothing_has_points_beside_its_calibration():
    events = []
    for event in GRAIN:
        if isinstance(event, ev.SweepOpened):
            event = msgspec.structs.replace(event, workload=NOOP.name)
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, workload=NOOP.name)
        events.append(event)
    fold = folded(events)
    assert [point.value for point in fold.points] == [point.value for point in folded(GRAIN).points]
    assert fold.overheads == folded(GRAIN).overheads


def test_points_with_fewer_tasks_than_workers_say_nothing_of_their_size():
    gains = {1: {"threads": 1.0}, 3: {"threads": 0.99}, 10: {"threads": 2.0}, 100: {"threads": 2.0}}
    gains |= {1000: {"threads": 2.0}, 10_000: {"threads": 0.5}}
    assert 1000 < break_evens(graded(gains, workers=8))["threads"].tasks < 10_000
    only = graded({1: {"threads": 1.0}, 3: {"threads": 1.0}}, workers=8)
    assert (break_evens(only), unreliable(only)) == ({}, [])


def test_while_it_calibrates_there_is_no_point_yet():
    first = next(n for n, event in enumerate(GRAIN) if isinstance(event, ev.SweepAt))
    # Also between the last of these races and the first point: its time is not one of a value.
    between = folded(GRAIN[:first])
    assert between.calibrating
    assert SweepView.of(between, {"ray": 0.7}).now is None
    fold = folded(GRAIN[: first - 1])
    assert fold.calibrating
    assert fold.points == []
    points = "Sweep: 0 of 4 points done"
    assert progress(fold) == f"{points}; calibrating per-task overhead with no-op tasks"
    fold = folded(GRAIN[: first + 2])
    assert not fold.calibrating
    assert progress(fold) == "Sweep: 0 of 4 points done; measuring 1 task"
    assert set(fold.overheads) == set(LANES)


def test_a_race_of_no_op_tasks_is_a_point_where_it_is_what_is_swept():
    plan = Plan(NOOP.name, NOOP.complete({}), 7)
    sweep = Sweep("batches", "tasks", (10, 20), plan)
    assert [point.value for point in folded(told_sweep(sweep, lambda lane, n: 1.0)).points] == [
        10,
        20,
    ]


# -- samples and runs ------------------------------------------------------------------------------


def test_the_error_of_pi_stands_beside_the_time():
    sweep = read("samples", "1600,160000", replace(PI_PLAN, lanes=("serial", "ray")))
    fold = folded(
        told_sweep(
            sweep,
            lambda lane, n: n * 1e-5 / (2 if lane == "ray" else 1),
            answer=lambda n: {"pi": math.pi + 1 / n},
        )
    )
    told: Any = report(fold)
    assert [(point["samples"], point["error"]) for point in told["points"]] == [
        (1600, pytest.approx(1 / 1600)),
        (160_000, pytest.approx(1 / 160_000)),
    ]
    assert verdict(fold).endswith(
        "With 160,000 samples π is off by 0.0000063 (0.0041 expected). Each further digit "
        "takes 100 times the samples; 2.00× on Ray gains 0.15 digits in the same time."
    )


def test_runs_are_judged_by_their_median_and_spread():
    sweep = read("runs", "3", replace(PI_PLAN, lanes=("serial", "ray")))
    fold = folded(told_sweep(sweep, lambda lane, run: 10.0 if lane == "serial" else 4.0 + run))
    assert (
        verdict(fold)
        == "Repeat complete. Speedup over serial, median of 3 runs: 1.67× (Ray, 1.43–2.00×)."
    )
    told: Any = report(fold)
    assert [point["run"] for point in told["points"]] == [1, 2, 3]


@pytest.mark.parametrize("answer", [None, {}, {"pi": "3"}, {"pi": math.inf}, 3, [1]])
def test_an_answer_without_pi_has_no_error(answer: Any):
    fold = folded(
        told_sweep(read("samples", "1600", PI_PLAN), lambda lane, n: 1.0, answer=lambda n: answer)
    )
    assert fold.points[0].figures == {}
    assert "π is off" not in verdict(fold)


def test_the_table_of_a_headless_sweep_has_the_kinds_own_figures():
    heads = [column.header for column in sweep_table(folded(GRAIN)).columns]
    assert heads[:3] == ["tasks", "a task", "serial"]
    assert [column.header for column in sweep_table(folded(WORKERS)).columns][:2] == [
        "workers",
        "serial",
    ]


# -- going on where it stopped ---------------------------------------------------------------------


def test_a_resumed_sweep_keeps_its_points_and_races_the_others():
    sweep = read("workers", "1-4", PI_PLAN)
    ends = [n for n, event in enumerate(WORKERS) if isinstance(event, ev.RaceEnded)]
    first = [*WORKERS[: ends[1] + 1], ev.SweepEnded(t=at(1000), status="cancelled")]
    fold = folded(first)
    left = resumed(sweep, fold)
    assert (left.values, left.todo) == ((1, 2, 3, 4), (3, 4))
    for event in told_sweep(
        left, with_law(0.05), workers=asked, answer=lambda value: {"pi": 3.1}, start_s=2000.0
    ):
        fold.apply(event)
    assert [point.value for point in fold.points] == [1, 2, 3, 4]
    assert fold.points[3].speedup["ray"] == pytest.approx(scaling.amdahl(4.0, 0.05))
    assert verdict(fold).startswith("Sweep complete. ")


def test_a_point_that_failed_is_raced_again():
    sweep = read("batches", "10,20,30", PI_PLAN)
    fold = folded(told_sweep(sweep, lambda lane, n: float(n), failing=[("ray", 20)]))
    assert [point.whole for point in fold.points] == [True, False, True]
    left = resumed(sweep, fold)
    assert left.todo == (20,)
    for event in told_sweep(left, lambda lane, n: float(n), start_s=2000.0):
        fold.apply(event)
    assert [(point.value, point.whole) for point in fold.points] == [
        (10, True),
        (30, True),
        (20, True),
    ]


def test_another_sweep_is_not_gone_on_with():
    fold = folded(WORKERS)
    for other in (
        read("workers", "1-9", replace(PI_PLAN, seed=8)),
        read("workers", "1-9", replace(PI_PLAN, lanes=("serial", "ray"))),
        read("workers", "1-9", replace(PI_PLAN, params=PI.complete({"tasks": 8}))),
        read("weak", "1-9", PI_PLAN),
    ):
        assert resumed(other, fold) is other
    assert resumed(read("workers", "1-9", PI_PLAN), fold).todo == (9,)
    whole = read("workers", "1-8", PI_PLAN)
    assert resumed(whole, fold) is whole
    assert resumed(whole, SweepFold()) is whole


def test_calibration_goes_on_with_the_lanes_it_has_not_done():
    sweep = read("grain", "1,10,1000,100000", PI_PLAN)
    begun = next(
        n
        for n, event in enumerate(GRAIN)
        if isinstance(event, ev.RaceOpened) and event.lanes == ["ray"]
    )
    fold = folded([*GRAIN[:begun], ev.SweepEnded(t=at(100), status="cancelled")])
    left = resumed(sweep, fold)
    assert (left.calibrate, left.todo) == (("ray",), sweep.values)
    assert resumed(sweep, folded(GRAIN[: begun - 4])).calibrate == (
        "processes",
        "ray",
    )  # which was at its third run
    for event in told_sweep(left, grained, overheads=OVERHEADS, task_s=12.0, start_s=2000.0):
        fold.apply(event)
    assert set(fold.overheads) == set(LANES)
    assert len(fold.points) == 4


def written(path: Path, events: Iterable[ev.AnyEvent], torn: bytes = b"") -> Path:
    path.write_bytes(ev.encode(events) + torn)
    return path


def test_a_recording_is_gone_on_with_though_its_last_line_is_torn(tmp_path: Path):
    sweep = read("workers", "1-8", PI_PLAN)
    third = [n for n, event in enumerate(WORKERS) if isinstance(event, ev.RaceEnded)][2]
    path = written(tmp_path / "sweep.jsonl", WORKERS[: third + 5], b'{"event":"sub')
    left, events = continued(sweep, path)
    assert left.todo == (4, 5, 6, 7, 8)
    recorder = Appender(path)
    more = told_sweep(
        left, with_law(0.05), workers=asked, answer=lambda value: {"pi": 3.1}, start_s=2000.0
    )
    for event in more:
        recorder(event)
    recorder.close()
    whole, again = continued(sweep, path)
    assert again == [*events, *more]
    assert whole.todo == ()
    assert report(folded(again))["points"] == report(folded(WORKERS))["points"]


def test_a_last_line_that_lacks_only_its_newline_is_kept(tmp_path: Path):
    path = written(tmp_path / "sweep.jsonl", WORKERS[:40])
    path.write_bytes(path.read_bytes()[:-1])
    recorder = Appender(path)
    recorder(WORKERS[40])
    recorder.close()
    assert path.read_bytes() == ev.encode(WORKERS[:41])


def test_a_torn_line_longer_than_a_block_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workloads.sweeps.run.TAIL", 10)
    path = written(
        tmp_path / "sweep.jsonl", WORKERS[:2], b'{"event":"logged","t":1,"text":"' + b"x" * 200
    )
    Appender(path).close()
    assert path.read_bytes() == ev.encode(WORKERS[:2])
    path.write_bytes(b"x" * 200)
    Appender(path).close()
    assert path.read_bytes() == b""


def test_a_recording_that_is_being_written_is_not_gone_on_with(tmp_path: Path):
    path = written(tmp_path / "sweep.jsonl", WORKERS[:2], b"torn")
    first = Appender(path)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(BadInput, match="Another sweep is writing to"):
        Appender(path)
    assert path.read_bytes().endswith(b"more")
    first.close()
    Appender(path).close()


def test_a_recording_of_something_else_is_refused_and_one_that_is_not_there_is_begun(
    tmp_path: Path,
):
    sweep = read("workers", "1-8", PI_PLAN)
    path = written(tmp_path / "sweep.jsonl", WORKERS)
    assert continued(sweep, tmp_path / "none.jsonl") == (sweep, [])
    with pytest.raises(
        BadInput, match=r"holds another sweep \(workers of pi, seed 7\), not this sweep; choose"
    ):
        continued(read("weak", "1-8", PI_PLAN), path)
    other = replace(sweep, plan=replace(PI_PLAN, seed=1234))
    with pytest.raises(BadInput, match="another sweep"):
        continued(other, path)
    taken, _ = continued(other, path, any_seed=True)
    assert taken.plan.seed == 7
    race = written(
        tmp_path / "race.jsonl", [e for e in WORKERS if not isinstance(e, ev.SweepOpened)]
    )
    with pytest.raises(BadInput, match="holds no sweep, not this"):
        continued(sweep, race)


@pytest.mark.parametrize("kept", [0, 1], ids=["empty", "opened"])
def test_a_recording_killed_before_its_first_race_is_gone_on_with(tmp_path: Path, kept: int):
    sweep = read("workers", "1-8", PI_PLAN)
    path = written(tmp_path / "sweep.jsonl", WORKERS[:kept], b'{"event":"sweep_' if kept else b"")
    left, events = continued(sweep, path)
    assert (left.todo, events) == (sweep.values, WORKERS[:kept])
    recorder = Appender(path)
    for event in told_sweep(left, with_law(0.05), workers=asked, answer=lambda value: {"pi": 3.1}):
        recorder(event)
    recorder.close()
    whole, again = continued(sweep, path)
    assert whole.todo == ()
    assert report(folded(again))["points"] == report(folded(WORKERS))["points"]
    if kept:
        with pytest.raises(BadInput, match="holds another sweep"):
            continued(read("weak", "1-8", PI_PLAN), written(tmp_path / "other.jsonl", WORKERS[:1]))


def test_a_line_that_is_no_event_is_not_taken_for_an_empty_recording(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("a note")
    with pytest.raises(BadInput, match="is not a recording"):
        continued(read("workers", "1-8", PI_PLAN), path)
    assert path.read_text() == "a note"


# -- how it is told --------------------------------------------------------------------------------


def test_a_sweep_whose_points_are_all_measured_races_nothing():
    told: list[ev.AnyEvent] = []
    sweep = read("batches", "10,20", PI_PLAN).without({10: 1, 20: 1})
    assert asyncio.run(run_sweep(Coordinator(EngineOptions(), [told.append]), sweep)) == "finished"
    begun, ended = told
    assert isinstance(begun, ev.SweepOpened)
    assert (begun.values, begun.seed, begun.workload, begun.resumes) == ([10, 20], 7, "pi", True)
    assert ended == ev.SweepEnded(t=ended.t, status="finished")
