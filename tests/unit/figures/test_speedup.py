"""Speedup and its relatives: known values, identities, bounds."""

import heapq
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.figures.speedup import efficiency, karp_flatt, lower_bound, speedup

SECONDS = st.floats(1e-3, 1e6)


def test_known_values():
    assert speedup(12.0, 6.0) == 2.0
    assert speedup(3.0, 6.0) == 0.5
    assert efficiency(1.94, 2) == pytest.approx(0.97)
    assert efficiency(3.0, 1) == 3.0


@pytest.mark.parametrize(
    ("workers", "gained", "fraction"),
    # Karp & Flatt 1990, table 1, as far as it can be computed by hand: e = (1/S − 1/p)/(1 − 1/p).
    [(2, 2.0, 0.0), (2, 1.0, 1.0), (2, 1.9047619047619047, 0.05), (4, 3.0, 1 / 9), (8, 4.0, 1 / 7)],
)
def test_the_serial_fraction_of_known_runs(workers: int, gained: float, fraction: float):
    assert karp_flatt(gained, workers) == pytest.approx(fraction)


@given(st.floats(0, 1), st.integers(2, 10_000))
def test_karp_flatt_finds_the_fraction_that_amdahl_put_in(fraction: float, workers: int):
    amdahl = 1 / (fraction + (1 - fraction) / workers)
    assert karp_flatt(amdahl, workers) == pytest.approx(fraction, abs=1e-9)


def test_one_worker_tells_nothing_of_a_serial_fraction():
    assert karp_flatt(1.0, 1) is None


@given(SECONDS, SECONDS, st.integers(1, 1000))
def test_efficiency_is_the_share_of_the_ideal(serial: float, lane: float, workers: int):
    assert efficiency(speedup(serial, lane), workers) * workers * lane == pytest.approx(serial)


def test_the_ideal_of_known_durations():
    assert lower_bound([], 4) == 0.0
    assert lower_bound([1, 1, 1, 1], 2) == 2.0
    assert lower_bound([3, 1, 1], 2) == 3.0
    assert lower_bound(np.array([1.0, 2.0, 3.0]), 1) == 6.0
    assert lower_bound([5.0], 64) == 5.0


def test_the_lower_bound_counts_whole_tasks():
    assert lower_bound([1.0] * 10, 4) == 3.0  # three rounds
    assert lower_bound([3, 3, 2, 2, 2], 2) == 6.0  # of five tasks, one worker runs three
    assert lower_bound([4, 3, 3], 2) == 6.0


@given(st.lists(SECONDS, min_size=1, max_size=5), st.integers(1, 3))
def test_no_assignment_of_tasks_to_workers_beats_the_lower_bound(
    durations: list[float], workers: int
):
    best = min(
        max(
            sum(taken for taken, on in zip(durations, chosen, strict=True) if on == worker)
            for worker in range(workers)
        )
        for chosen in product(range(workers), repeat=len(durations))
    )
    assert lower_bound(durations, workers) <= best * (1 + 1e-9)


@given(st.lists(SECONDS, min_size=1, max_size=40), st.integers(1, 16))
def test_no_schedule_beats_the_ideal_and_a_greedy_one_is_less_than_twice_it(
    durations: list[float], workers: int
):
    free = [0.0] * workers
    for duration in durations:
        heapq.heappush(free, heapq.heappop(free) + duration)
    ideal = lower_bound(durations, workers)
    assert ideal <= max(free) * (1 + 1e-12)
    assert max(free) <= 2 * ideal * (1 + 1e-12)
