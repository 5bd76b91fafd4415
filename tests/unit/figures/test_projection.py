"""The projected run time and speedup of a running lane, against runs whose end is known."""

import heapq
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import at, run_ended
from workloads.core import events as ev
from workloads.core.task import REPORT_EVERY
from workloads.figures.history import Spread
from workloads.figures.projection import (
    MAX_RATIO,
    Estimate,
    at_most,
    projected_speedup,
    projected_wall,
)
from workloads.ledger.lane import Lane

RACES = 150
"""Races for each kind of durations."""


class Ran(NamedTuple):
    """A task's worker, start and end in seconds since the run's zero."""

    worker: int
    start: float
    end: float


def greedy(durations: Sequence[float], workers: int, gap: float = 0.0) -> list[Ran]:
    """The tasks in order, each on the worker that is free first, `gap` seconds after that."""
    free = [(0.0, worker) for worker in range(workers)]
    runs = []
    for length in durations:
        when, worker = heapq.heappop(free)
        runs.append(Ran(worker, when + gap, when + gap + length))
        heapq.heappush(free, (runs[-1].end, worker))
    return runs


def wall_of(runs: Sequence[Ran]) -> float:
    return max(run.end for run in runs)


def lane_at(
    runs: Sequence[Ran],
    workers: int,
    now: float,
    reports: bool = True,
    name: str = "ray",
    failures: Collection[int] = (),
) -> Lane:
    """The ledger of a lane as it stands `now` seconds into a run; its tasks report as ours do, or
    not at all, and those in `failures` fail at their end.
    """
    lane = Lane(name)
    lane.apply(ev.RunStarted(t=at(0), lane=name, run=1, tasks=len(runs), workers=workers))
    for task, (worker, start, end) in enumerate(runs):
        if start > now:
            continue
        lane.apply(ev.Started(t=at(start), lane=name, task=task, worker=worker))
        if end <= now and task in failures:
            lane.apply(
                ev.Failed(
                    t=at(end),
                    lane=name,
                    task=task,
                    worker=worker,
                    start=at(start),
                    error="ValueError",
                    message="fabricated",
                )
            )
        elif end <= now:
            lane.apply(
                ev.Finished(
                    t=at(end), lane=name, task=task, worker=worker, start=at(start), cpu_s=0
                )
            )
        elif reports:
            told = (now - start) // REPORT_EVERY * REPORT_EVERY
            done, total = round(1e6 * told / (end - start)), 1_000_000
            lane.apply(
                ev.Progressed(t=at(start + told), lane=name, task=task, done=done, total=total)
            )
    return lane


def ended(lane: Lane, wall: float, status: ev.Status = "finished") -> Lane:
    lane.apply(
        run_ended(
            t=at(wall),
            lane=lane.name,
            status=status,
            wall_s=wall,
            answer=None if status == "cancelled" else 1,
        )
    )
    return lane


def lengths(rng: np.random.Generator, tasks: int, spread: float, mean: float = 1.0) -> list[float]:
    return [float(x) for x in np.maximum(rng.normal(mean, spread * mean, tasks), 0.05 * mean)]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("spread", [0.1, 0.3])
@pytest.mark.parametrize(("tasks", "workers"), [(16, 1), (100, 1), (16, 2), (17, 8), (60, 4)])
def test_the_truth_lies_within_the_bounds_in_nine_of_ten_runs(
    tasks: int, workers: int, spread: float, share: float
):
    rng = np.random.default_rng(5)
    held, errors = [], []
    for _ in range(RACES):
        runs = greedy(lengths(rng, tasks, spread), workers)
        wall = wall_of(runs)
        found = projected_wall(lane_at(runs, workers, share * wall), share * wall)
        if found is None and share * wall < 0.3:
            continue  # hardly a report yet
        assert found is not None
        assert share * wall <= found.low <= found.value <= found.high
        held.append(found.low <= wall <= found.high)
        errors.append(found.value / wall - 1)
    assert len(held) > 100
    assert np.mean(held) >= 0.9
    assert abs(np.mean(errors)) < (0.1 if share > 0.1 else 0.4)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
@pytest.mark.parametrize(("tasks", "workers"), [(30, 1), (40, 4)])
def test_so_it_does_for_tasks_that_never_report_and_workers_that_wait(
    tasks: int, workers: int, share: float
):
    rng = np.random.default_rng(6)
    held = []
    for _ in range(RACES):
        runs = greedy(lengths(rng, tasks, 0.3), workers, gap=0.2)
        wall = wall_of(runs)
        found = projected_wall(lane_at(runs, workers, share * wall, reports=False), share * wall)
        held.append(found is not None and found.low <= wall <= found.high)
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize("workers", [1, 3])
def test_the_bounds_close_in_on_the_wall_and_are_it_in_the_end(workers: int):
    runs = greedy(lengths(np.random.default_rng(7), 60, 0.2), workers)
    wall = wall_of(runs)
    found = [
        projected_wall(lane_at(runs, workers, share * wall), share * wall)
        for share in (0.1, 0.3, 0.6, 0.9)
    ]
    widths = [guess.high - guess.low for guess in found if guess]
    assert len(widths) == 4
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.15 * wall
    over = lane_at(runs, workers, wall)
    assert projected_wall(over, wall) == Estimate(wall, wall, wall)
    assert projected_wall(ended(over, wall + 0.01), 1e9) == Estimate(
        wall + 0.01, wall + 0.01, wall + 0.01
    )


def test_tasks_alike_are_foretold_from_the_first_on():
    runs = greedy([1.0] * 16, 4)
    for now in (0.5, 1.0, 1.7, 2.5, 3.9):
        found = projected_wall(lane_at(runs, 4, now), now)
        assert found is not None
        assert found.value == pytest.approx(4.0, rel=0.15)
        assert found.low <= 4.0 <= found.high


def test_tasks_that_dont_fill_the_last_round_cost_a_whole_one():
    runs = greedy([1.0] * 205, 4)
    found = projected_wall(lane_at(runs, 4, 20.5), 20.5)
    assert found is not None
    assert found.value == pytest.approx(52, abs=0.5)


def test_a_task_far_beyond_the_others_is_waited_for():
    runs = greedy([1.0] * 15 + [20.0], 4)
    found = projected_wall(
        lane_at(runs, 4, 13.0), 13.0
    )  # half done with the long one, all else over
    assert found is not None
    assert 17 < found.value < 24
    assert found.low <= wall_of(runs) <= found.high
    silent = projected_wall(lane_at(runs, 4, 13.0, reports=False), 13.0)
    assert silent is not None
    assert silent.high > 23


def test_the_first_tasks_leave_much_open():
    rng = np.random.default_rng(8)
    runs = greedy(lengths(rng, 30, 0.1), 1)
    early, later = (projected_wall(lane_at(runs, 1, now), now) for now in (1.5, 10.0))
    assert early is not None
    assert later is not None
    assert early.high - early.low > 3 * (later.high - later.low)


def test_nothing_is_said_before_there_is_anything_to_say():
    assert projected_wall(Lane("ray"), 1.0) is None
    fast = greedy([0.05] * 8, 1)
    assert projected_wall(lane_at(fast, 1, 0.19), 0.19) is None
    assert projected_wall(lane_at(fast, 1, 0.21), 0.21) is not None
    many = greedy([0.5] * 200, 1)
    assert projected_wall(lane_at(many, 1, 1.9), 1.9) is None
    assert projected_wall(lane_at(many, 1, 2.6), 2.6) is not None
    silent = greedy([1.0] * 8, 2)
    assert projected_wall(lane_at(silent, 2, 0.9, reports=False), 0.9) is None
    assert projected_wall(ended(lane_at(fast, 1, 0.3), 0.3, "cancelled"), 0.3) is None


@given(
    st.lists(st.floats(0.001, 5), min_size=1, max_size=30),
    st.integers(1, 40),
    st.floats(0, 1),
    st.booleans(),
    st.floats(0, 0.5),
)
def test_no_run_is_foretold_to_end_before_now(
    durations: list[float], workers: int, share: float, reports: bool, gap: float
):
    runs = greedy(durations, workers, gap)
    now = share * wall_of(runs)
    found = projected_wall(lane_at(runs, workers, now, reports), now)
    if found is not None:
        assert now <= found.low <= found.value <= found.high < np.inf


def test_many_workers_in_step_end_in_step():
    runs = greedy([1.0] * 3000, 1000)
    lane = lane_at(runs, 1000, 1.5)
    found = projected_wall(lane, 1.5)
    assert found is not None
    assert found.value == pytest.approx(3, rel=0.1)


def test_the_projected_speedup_becomes_the_measured_one():
    rng = np.random.default_rng(9)
    alone, together = greedy(lengths(rng, 40, 0.1), 1), greedy(lengths(rng, 40, 0.1), 4)
    serial_s, lane_s = wall_of(alone), wall_of(together)
    widths = []
    for now in (2.0, 6.0, 12.0, 30.0):
        lane = lane_at(together, 4, now)
        if now > lane_s:
            ended(lane, lane_s)
        found = projected_speedup(lane_at(alone, 1, now, name="serial"), lane, at(now))
        if now == 2.0:
            assert found is None  # one task of serial's 40 is over
            continue
        assert found is not None
        assert 0 < found.low <= serial_s / lane_s <= found.high
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)
    serial = ended(lane_at(alone, 1, serial_s, name="serial"), serial_s)
    exact = projected_speedup(serial, ended(lane_at(together, 4, lane_s), lane_s), at(99))
    assert exact == Estimate(serial_s / lane_s, serial_s / lane_s, serial_s / lane_s)


DURATIONS: dict[str, Callable[[np.random.Generator, int], Sequence[float]]] = {
    "equal": lambda _, tasks: [1.0] * tasks,
    "random": lambda rng, tasks: rng.uniform(0.1, 2, tasks).tolist(),
    "heavy-tailed": lambda rng, tasks: np.minimum(0.3 * rng.pareto(1.3, tasks) + 0.05, 50).tolist(),
    "stragglers": lambda rng, tasks: np.where(rng.random(tasks) < 0.05, 10.0, 1.0).tolist(),
    "failures": lambda rng, tasks: lengths(rng, tasks, 0.3),
}


@pytest.mark.parametrize("schedule", ["together", "in-turn"])
@pytest.mark.parametrize("reports", [True, False], ids=["reports", "silent"])
@pytest.mark.parametrize("kind", DURATIONS)
def test_at_the_last_frame_the_measured_speedup_lies_within_the_projected_bounds(
    kind: str, reports: bool, schedule: str
):
    rng = np.random.default_rng(11)
    held, capped = [], []
    for _ in range(RACES):
        tasks, workers = int(rng.integers(2, 60)), int(rng.integers(2, 9))
        durations = DURATIONS[kind](rng, tasks)
        failures = {int(rng.integers(tasks))} if kind == "failures" else set()
        alone = greedy(durations, 1)
        together = greedy([length * rng.uniform(1, 1.1) for length in durations], workers, 0.004)
        serial_s, lane_s = wall_of(alone), wall_of(together)
        end = lane_s if schedule == "in-turn" else max(serial_s, lane_s)
        now = end - rng.uniform(0.01, 0.25)
        serial_now = serial_s if schedule == "in-turn" else min(now, serial_s)
        serial = lane_at(alone, 1, serial_now, reports, "serial", failures)
        if serial_now == serial_s:
            ended(serial, serial_s)
        lane = lane_at(together, workers, now, reports, failures=failures)
        if now >= lane_s:
            ended(lane, lane_s)
        found = projected_speedup(serial, lane, at(now))
        if found is not None:
            assert 0 < found.low <= found.value <= found.high < np.inf
            most = workers if serial.live else min(workers, serial_s / now)
            capped.append(found.value <= most * 1.000001)
            held.append(
                found.low <= serial_s / lane_s * 1.000001 and serial_s / lane_s <= found.high
            )
    assert len(held) > 0.5 * RACES
    assert all(capped)
    assert np.mean(held) >= 0.98


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("kind", DURATIONS)
def test_once_serial_is_done_its_times_foretell_the_others_however_they_differ(
    kind: str, share: float
):
    rng = np.random.default_rng(12)
    held = []
    for _ in range(RACES):
        tasks, workers = int(rng.integers(10, 60)), int(rng.integers(2, 9))
        durations = DURATIONS[kind](rng, tasks)
        alone = greedy(durations, 1)
        together = greedy([length * rng.uniform(1, 1.2) for length in durations], workers, 0.004)
        serial_s, lane_s = wall_of(alone), wall_of(together)
        serial = ended(lane_at(alone, 1, serial_s, name="serial"), serial_s)
        found = projected_speedup(
            serial, lane_at(together, workers, share * lane_s), at(share * lane_s)
        )
        if found is not None:
            held.append(found.low <= serial_s / lane_s <= found.high)
    assert len(held) > 0.4 * RACES
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("kind", DURATIONS)
def test_while_lanes_run_together_the_bounds_hold_or_there_are_none(kind: str, share: float):
    rng = np.random.default_rng(13)
    held, done = [], []
    for _ in range(RACES):
        tasks, workers = int(rng.integers(10, 60)), int(rng.integers(2, 9))
        durations = DURATIONS[kind](rng, tasks)
        alone = greedy(durations, 1)
        together = greedy([length * rng.uniform(1, 1.1) for length in durations], workers, 0.004)
        serial_s, lane_s = wall_of(alone), wall_of(together)
        now = share * serial_s
        lane = lane_at(together, workers, now)
        if now >= lane_s:
            ended(lane, lane_s)
        found = projected_speedup(lane_at(alone, 1, now, name="serial"), lane, at(now))
        if found is None:
            continue
        inside = found.low <= serial_s / lane_s * 1.000001 and serial_s / lane_s <= found.high
        if lane.wall_s is None:
            held.append(inside)
        else:
            done.append(inside)
    # The lane that is done foretells serial, however tasks differ.
    assert np.mean(done or [True]) >= 0.95
    assert len(done) > 0.6 * RACES or share < 0.5
    # Before, nothing shows that one task in twenty will take ten times as long.
    if kind == "heavy-tailed":
        assert held == []
    elif kind != "stragglers":
        assert np.mean(held or [True]) >= 0.8


def test_a_projection_is_at_most_the_number_of_workers_and_its_bounds_include_more():
    alone, together = greedy([1.0] * 12, 1), greedy([0.8] * 12, 4)
    serial = ended(lane_at(alone, 1, 12.0, name="serial"), 12.0)
    found = projected_speedup(serial, lane_at(together, 4, 2.0), at(2.0))
    assert found is not None
    assert found.value == 4
    assert found.low <= 5 <= found.high
    measured = projected_speedup(serial, ended(lane_at(together, 4, 2.4), 2.4), at(2.4))
    assert measured == Estimate(5, 5, 5)


def test_bounds_a_factor_of_three_apart_are_no_projection():
    runs = greedy([0.2, 3.0, 0.1, 2.0, 0.4, 1.0, 0.1, 2.5], 2)
    serial = ended(lane_at(greedy([1.0] * 8, 1), 1, 8.0, name="serial"), 8.0)
    wall = projected_wall(lane_at(runs, 2, 0.5), 0.5)
    assert wall is not None
    assert wall.high > MAX_RATIO * wall.low
    assert projected_speedup(serial, lane_at(runs, 2, 0.5), at(0.5)) is None
    assert projected_speedup(serial, lane_at(runs, 2, 4.5), at(4.5)) is not None


def test_one_earlier_run_leaves_room_for_the_next_to_differ():
    serial = ended(lane_at(greedy([1.0] * 8, 1), 1, 8.0, name="serial"), 8.0)
    lane = Lane("ray")
    lane.workers = 4
    found = projected_speedup(serial, lane, at(8.0), earlier=Spread(1, 2.5, 2.5, 2.5))
    assert found is not None
    assert found.value == pytest.approx(3.2)
    assert found.low < 8 / 2.6 < 8 / 2.4 < found.high


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8])
def test_the_true_speedup_lies_within_its_bounds_in_nine_of_ten_races(share: float):
    rng = np.random.default_rng(10)
    held = []
    for _ in range(2 * RACES):
        durations = lengths(rng, 32, 0.3)
        alone, together = greedy(durations, 1), greedy(durations, 4)
        now = share * wall_of(together)
        found = projected_speedup(
            lane_at(alone, 1, now, name="serial"), lane_at(together, 4, now), at(now)
        )
        truth = wall_of(alone) / wall_of(together)
        if found is not None:
            held.append(found.low <= truth <= found.high)
    assert len(held) > share * 300
    assert np.mean(held) >= 0.9


def test_there_is_no_speedup_while_one_lane_is_unknown():
    runs = greedy([1.0] * 4, 1)
    known = lane_at(runs, 1, 2.0, name="serial")
    assert projected_speedup(known, Lane("ray"), at(2.0)) is None
    assert projected_speedup(Lane("serial"), known, at(2.0)) is None
    assert projected_speedup(ended(lane_at(runs, 1, 4.0), 0.0), known, at(2.0)) is None


def test_no_speedup_exceeds_what_the_longest_task_allows():
    assert at_most([1, 1, 1, 1], 4) == 4
    assert at_most([1, 1, 1, 1], 8) == 4
    assert at_most([3, 1], 2) == pytest.approx(4 / 3)
    assert at_most(np.array([2.0, 2.0]), 1) == 1
    assert at_most([], 3) == 3
    assert at_most([0.0, 0.0], 3) == 3
