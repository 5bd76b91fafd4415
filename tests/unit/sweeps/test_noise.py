"""Noise: what scatters is never praised, no fit says more than its points, and table, verdict and
JSON name the same figures.
"""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate_sweeps import told_sweep
from tui.cli.headless_sweep import sweep_table
from workloads.builtin.pi import PI
from workloads.core.wording import times
from workloads.figures import scaling
from workloads.lanes.coordinator import Plan
from workloads.sweeps.break_even import break_evens, unreliable
from workloads.sweeps.fits import fits, unfitted
from workloads.sweeps.fold import CLEAR, SweepFold, repeated
from workloads.sweeps.report import report
from workloads.sweeps.values import read
from workloads.sweeps.verdict import verdict

LANES = ("serial", "threads", "processes", "ray")
PLAN = Plan("pi", PI.complete({}), 7, lanes=LANES)
VALUES = {
    "batches": "10,20,30",
    "workers": "1-8",
    "weak": "1-4",
    "grain": "16,100,1000,10000",
    "samples": "16e3,16e5",
    "runs": "5",
}

PRAISE = ("Best", "linear", "can't exceed", "break-even", "was faster", "gains", "superlinear")


def noisy(kind: str, seed: int, speedup: Any, noise: float) -> SweepFold:
    """A sweep in which each lane is `speedup(lane, value)` times as fast as serial; every run is
    off by a random share of at most `noise`.
    """
    rng = np.random.default_rng(seed)

    def wall(lane: str, value: int) -> float:
        share = 1.0
        if lane != "serial":
            share = speedup(lane, value)
        return float(10.0 / share * rng.uniform(1 - noise, 1 + noise))

    events = told_sweep(
        read(kind, VALUES[kind], PLAN),
        wall,
        workers=lambda lane, value: value if kind in ("workers", "weak") else 2,
        task_s=10.0,
        overheads={"serial": 1e-5, "threads": 2e-5, "processes": 9e-5, "ray": 5e-4},
    )
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    return fold


@settings(max_examples=40)
@given(st.sampled_from(sorted(VALUES)), st.integers(0, 10**6))
def test_a_speedup_of_1_give_or_take_a_tenth_is_not_praised(kind: str, seed: int):
    fold = noisy(kind, seed, lambda lane, value: 1.0, 0.045)
    text = verdict(fold)
    assert not [word for word in PRAISE if word in text], text
    assert break_evens(fold) == {}


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.floats(0, 0.6), st.floats(0, 1), st.floats(0, 0.05))
def test_no_fit_says_more_than_its_points(seed: int, noise: float, serial: float, kappa: float):
    def speedup(lane: str, workers: int) -> float:
        if lane == "threads":
            return 1.0
        return float(scaling.usl(float(workers), serial, kappa))

    fold = noisy("workers", seed, speedup, noise)
    known = fits(fold)
    for laws in known.values():
        if laws.amdahl:
            assert laws.amdahl.high - laws.amdahl.low <= scaling.MAX_WIDTH
        if laws.usl:
            assert 2 * laws.usl.sigma_off <= scaling.MAX_WIDTH
            assert laws.usl.kappa_off < laws.usl.kappa
    reasons = unfitted(fold)
    assert set(reasons) | set(known) == set(LANES[1:])
    assert all(reason.startswith("too noisy: ") for reason in reasons.values())


@pytest.mark.parametrize("values", ["1,2", "1-3"])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_two_or_three_points_give_no_fit_and_say_what_to_run(values: str, noise: float):
    rng = np.random.default_rng(5)
    plan = replace(PLAN, lanes=("serial", "threads"))
    fold = SweepFold()
    for event in told_sweep(
        read("workers", values, plan),
        lambda lane, value: float(10 * rng.uniform(1 - noise, 1 + noise)),
        workers=lambda lane, value: value,
    ):
        fold.apply(event)
    data: Any = report(fold)
    assert (fits(fold), data["fit"]) == ({}, {})
    assert data["fit_missing"]["threads"].endswith("; sweep over 1-4 workers")


@settings(max_examples=40)
@given(st.sampled_from(sorted(VALUES)), st.integers(0, 10**6), st.floats(0, 0.4))
def test_table_verdict_and_json_name_the_same_figures(kind: str, seed: int, noise: float):
    fold = noisy(kind, seed, lambda lane, value: min(value, 2.0), noise)
    data: Any = report(fold)
    table = [list(column.cells) for column in sweep_table(fold).columns][-len(LANES[1:]) :]
    for lane, cells in zip(LANES[1:], table, strict=True):
        for point, shown, row in zip(fold.points, cells, data["points"], strict=True):
            assert row["speedups"][lane] == point.speedup[lane]
            assert point.speedup[lane] == pytest.approx(
                row["serial_s"] / row[f"{lane}_s"]
            )  # paired: both are of the same race
            assert str(shown).rstrip("!") == times(point.speedup[lane])
    text = verdict(fold)
    if kind == "runs":
        for lane, gained in repeated(fold).items():
            paired = [p.seconds["serial"] / p.seconds[lane] for p in fold.points]
            assert gained.median == pytest.approx(np.median(paired))
            assert data["repeated"][lane]["median"] == gained.median
            assert times(gained.median) in text
        return
    for lane in LANES[1:]:
        best = max((p.sound(lane) or 0.0 for p in fold.points), default=0.0)
        assert (times(best) in text) or best == 0.0
        assert (best > CLEAR) or f"at most {times(best)}" in text or best == 0.0


@settings(max_examples=60)
@given(st.lists(st.floats(0.2, 3.0), min_size=3, max_size=8))
def test_the_advice_on_task_sizes_agrees_with_every_row_of_the_table(gains: list[float]):
    plan = replace(PLAN, lanes=("serial", "ray"))
    tasks = [10 * 3**n for n in range(len(gains))]
    speedup = dict(zip(tasks, gains, strict=True))
    fold = SweepFold()
    for event in told_sweep(
        read("grain", ",".join(map(str, tasks)), plan),
        lambda lane, value: 12.0 if lane == "serial" else 12.0 / speedup[value],
        workers=lambda lane, value: 4,
        task_s=12.0,
        overheads={"serial": 1e-5, "ray": 5e-4},
    ):
        fold.apply(event)
    size = break_evens(fold).get("ray")
    if size is None:
        return
    for point in fold.points:
        task_s, gained = point.figures["task_s"], point.speedup["ray"]
        if task_s >= size.seconds * (1 + 1e-9):
            assert gained >= 1 - 1e-9
        smallest = size.scatter[0] if size.scatter else size.seconds
        if task_s < smallest * (1 - 1e-9) and not size.at_most:
            assert gained <= 1 + 1e-9


@settings(max_examples=30)
@given(st.integers(1, 8), st.sampled_from(["serial", "ray"]))
def test_a_speedup_beside_which_tasks_had_no_core_is_marked_and_not_praised(
    value: int, slowed: str
):
    fold = noisy("workers", 1, lambda lane, workers: float(workers), 0.0)
    number = next(n for n, point in enumerate(fold.points) if point.value == value)
    busy = dict.fromkeys(LANES, True) | {slowed: False}
    fold.points = [msgspec.structs.replace(point, reliable=busy) for point in fold.points]
    for point in fold.points:
        assert point.doubtful("ray")
        assert point.doubtful("threads") == (slowed == "serial")
    text = verdict(fold)
    assert f"{times(fold.points[-1].speedup['ray'])} (Ray" not in text
    assert "At 8 of 8 points tasks had a core for less than 90% of their time" in text
    assert str(list(sweep_table(fold).columns[-1].cells)[number]).endswith("?")
    data: Any = report(fold)
    assert data["points"][number]["reliable"][slowed] is False


def test_fits_and_break_even_sizes_leave_out_times_that_cannot_be_trusted():
    def speedup(lane: str, value: int) -> float:
        if value > 8:  # tasks, not workers
            return 1.8
        return float(scaling.usl(float(value), 0.05, 0.0))

    def busy_at_first(sweep: str, count: int) -> SweepFold:
        """The first `count` points had a busy machine, and speedups that no core gave."""
        fold = noisy(sweep, 1, speedup, 0.0)
        busy = dict.fromkeys(LANES, True) | {"ray": False}
        fold.points = [
            msgspec.structs.replace(point, reliable=busy) if number < count else point
            for number, point in enumerate(fold.points)
        ]
        return fold

    everything = len(busy_at_first("workers", 0).points)
    law = fits(busy_at_first("workers", everything - 4))["ray"].amdahl
    assert law is not None
    assert law.workers == busy_at_first("workers", 0).points[-1].workers["ray"]
    few = busy_at_first("workers", everything - 3)
    assert "ray" not in fits(few)
    left_out = f"{everything - 3} left out as unreliable; repeat on an idle machine"
    assert left_out in unfitted(few)["ray"]
    assert "The fits leave these points out." in verdict(few)
    assert "ray" in break_evens(busy_at_first("grain", 0))
    nothing = busy_at_first("grain", len(busy_at_first("grain", 0).points))
    assert "ray" not in {**break_evens(nothing), **dict.fromkeys(unreliable(nothing))}
    assert "Break-even sizes leave these points out." in verdict(nothing)
