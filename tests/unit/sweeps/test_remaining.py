"""The time that a sweep still takes: none while unknown, exact where times follow the kind's own
rule, never negative.
"""

import pytest

from tests.fabricate_sweeps import told_sweep
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.lanes.coordinator import Plan
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.remaining import remaining_s, time_left
from workloads.sweeps.values import read

PLAN = Plan("pi", PI.complete({}), 7, lanes=("serial", "ray"))


def walls(kind: str, lane: str, value: int) -> float:
    """Seconds that follow exactly from the kind of sweep."""
    if kind in ("batches", "samples"):
        return value / (2.0 if lane == "ray" else 1.0)
    if kind == "grain":
        return 12.0 + value * 1e-3
    work = value if kind == "weak" else 1.0
    if lane == "ray":
        return 12.0 * work / value if kind != "runs" else 6.0
    return 12.0 * work


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("batches", "10,20,30"),
        ("samples", "1600,160000"),
        ("workers", "1-4"),
        ("weak", "1-4"),
        ("grain", "10,100,1000"),
        ("runs", "4"),
    ],
)
def test_the_time_left_follows_from_the_points_that_are_done(kind: str, values: str):
    sweep = read(kind, values, PLAN)
    events = told_sweep(
        sweep,
        lambda lane, value: walls(kind, lane, value),
        workers=lambda lane, value: min(max(value, 1), 8),
        overheads={"serial": 1e-3, "ray": 1e-3},
    )
    end, fold = events[-1].t, SweepFold()
    for event in events:
        fold.apply(event)
        left = remaining_s(fold, event.t)
        if not fold.points or not fold.running:
            assert left is None
        else:
            assert left == pytest.approx((end - event.t) / 1e9, rel=0.01, abs=1e-3)
    assert remaining_s(fold, end) is None


def test_what_takes_longer_than_expected_is_never_negative():
    sweep = read("runs", "2", PLAN)
    fold = SweepFold()
    for event in told_sweep(sweep, lambda lane, value: 1.0):
        if isinstance(event, ev.SweepEnded):
            break
        fold.apply(event)
        if isinstance(event, ev.SweepAt):
            assert remaining_s(fold, event.t + 10**12) in (None, 0.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "a few seconds left"),
        (7.0, "about 5 s left"),
        (33.0, "about 35 s left"),
        (57.0, "about 1 min left"),
        (130.0, "about 2 min left"),
        (7200.0, "about 2.0 h left"),
    ],
)
def test_the_time_left_in_words(seconds: float, text: str):
    assert time_left(seconds) == text
