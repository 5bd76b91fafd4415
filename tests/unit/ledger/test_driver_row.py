"""The fold of what a driver did: by its lane's clock, in bounded memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded
from workloads.core import events as ev
from workloads.core.draining import BUSY
from workloads.ledger.driver_row import MAX_MOMENTS, Doing, DriverRow
from workloads.ledger.race import Race


def changed(row: DriverRow, t: float, doing: str = "idle", **spent: float) -> None:
    row.take(ev.DriverChanged(t=0, doing=doing, **spent), t)  # type: ignore[arg-type]


def test_seconds_grow_evenly_between_changes_and_on_in_the_last_state() -> None:
    row = DriverRow()
    changed(row, 1.0, "getting", submitting_s=0.5)
    assert row.total(0.5)["submitting"] == pytest.approx(0.25)
    assert row.total(3.0) == pytest.approx(
        {"submitting": 0.5, "waiting": 0, "getting": 2.0, "computing": 0}
    )


def test_gets_are_counted_so_that_neighbours_can_be_told_apart() -> None:
    row = DriverRow()
    for turn in range(4):
        changed(row, turn + 0.1, "getting", submitting_s=0.1)
        changed(row, turn + 1.0, "submitting", getting_s=0.9)
    middles = np.array([0.5, 1.5, 2.5, 3.5])
    assert row.gets_at(middles).tolist() == [0, 1, 2, 3]


def test_time_in_which_the_lane_was_stopped_is_taken_off_the_state_it_fell_into() -> None:
    row = DriverRow()
    # 0.6 s by the lane's clock, in which it was stopped for 2 s of its wait.
    changed(row, 0.6, "idle", submitting_s=0.1, waiting_s=2.5)
    assert row.total(1.0) == pytest.approx(
        {"submitting": 0.1, "waiting": 0.5, "getting": 0, "computing": 0}
    )


@given(
    st.lists(st.tuples(st.floats(0, 10), *[st.floats(0, 10)] * len(BUSY)), min_size=1, max_size=40)
)
def test_no_moment_has_more_seconds_than_have_passed(steps: list[tuple[float, ...]]) -> None:
    row, t = DriverRow(), 0.0
    for step, *spent in steps:
        t += step
        changed(row, t, "idle", **{f"{s}_s": v for s, v in zip(BUSY, spent, strict=True)})
    times = np.linspace(0, t + 1, 50)
    total = row.spent_until(times)
    assert (np.diff(total, axis=1) >= -1e-9).all()
    assert (total.sum(axis=0) <= times + 1e-6).all()


def test_a_row_of_very_many_changes_keeps_its_totals_in_bounded_memory() -> None:
    row = DriverRow()
    for turn in range(3 * MAX_MOMENTS):
        changed(row, turn + 1.0, "submitting", submitting_s=0.25, getting_s=0.75)
    end = 3.0 * MAX_MOMENTS
    assert row.total(end)["getting"] == pytest.approx(0.75 * end)
    assert row.total(end / 2)["getting"] == pytest.approx(0.75 * end / 2, rel=1e-3)
    assert row.nbytes < 60 * MAX_MOMENTS


def driven() -> Race:
    events = fabricated_race(tasks=4)
    started = next(e for e in events if isinstance(e, ev.RunStarted) and e.lane == "ray")
    place = events.index(started) + 1
    events[place:place] = [
        ev.DriverChanged(t=started.t, lane="ray", doing="getting", tasks=4),
        ev.DriverChanged(t=started.t - 1, lane="ray", doing="waiting"),
        ev.DriverChanged(t=started.t + 1, lane="ray", doing="waiting", getting_s=-1.0),
        ev.DriverChanged(t=started.t + 10**9, lane="ray", getting_s=1.0, cpu_s=0.0156),
    ]
    return folded(events)


def test_a_lane_folds_what_its_driver_did_but_not_what_cant_be() -> None:
    lane = driven().lanes["ray"]
    assert lane.driver.total(9.0)["getting"] == pytest.approx(1.0)
    assert lane.driver.now == Doing("idle", 1.0, 0)
    assert lane.driver.cpu_s == 0.0156
    assert not driven().lanes["serial"].driver


def test_a_new_run_forgets_it() -> None:
    race = driven()
    race.apply(ev.LaneReady(t=at(99), lane="ray", run=2, tasks=4, workers=2, startup_s=0))
    race.apply(ev.RunStarted(t=at(100), lane="ray", run=2, tasks=4, workers=2, drain="get"))
    assert not race.lanes["ray"].driver
    assert race.lanes["ray"].drain == "get"
