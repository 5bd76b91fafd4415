"""The laws of scaling and their fits: known values, planted parameters, noise, degenerate data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.figures.scaling import (
    MAX_WIDTH,
    AmdahlFit,
    USLFit,
    amdahl,
    break_even,
    describe,
    fit_amdahl,
    fit_usl,
    usl,
)

SMALL, LARGE = (1, 2, 3, 4, 5, 6, 7, 8), (1, 2, 4, 8, 16, 32, 64)


def test_known_values():
    assert amdahl(8, 0.0) == 8
    assert amdahl(8, 1.0) == 1
    assert amdahl(4, 0.25) == pytest.approx(1 / (0.25 + 0.75 / 4))
    assert usl(10, 0.0, 0.0) == 10
    assert usl(4, 0.1, 0.0) == amdahl(4, 0.1)
    assert usl(2, 0.05, 0.01) == pytest.approx(2 / (1 + 0.05 + 0.02))
    assert amdahl(np.array([1.0, 2.0]), 1 / 3).tolist() == pytest.approx([1, 1.5])


@given(st.floats(0, 1), st.floats(1e-6, 0.1))
def test_one_worker_gains_nothing_and_no_law_exceeds_the_workers(share: float, kappa: float):
    for law in (
        lambda p: amdahl(p, share),
        lambda p: usl(p, share, kappa),
    ):
        assert law(1.0) == pytest.approx(1)
        assert law(16.0) <= 16 * (1 + 1e-12)


@given(st.floats(0, 1), st.floats(1e-3, 1e4))
def test_a_run_without_noise_gives_back_its_serial_fraction(fraction: float, t1: float):
    seconds = [t1 / amdahl(p, fraction) for p in LARGE]
    fit = fit_amdahl(LARGE, seconds)
    assert fit is not None
    assert fit.fraction == pytest.approx(fraction, abs=1e-7)
    assert fit.t1 == pytest.approx(t1, rel=1e-6)
    assert fit.error < 1e-6
    assert fit.workers == 64
    assert not fit.superlinear


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("workers", [SMALL, LARGE])
@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.05, 0.2, 0.5])
def test_a_planted_serial_fraction_is_found_within_two_hundredths(
    fraction: float, workers: tuple[int, ...], seed: int
):
    rng = np.random.default_rng(seed)
    p = np.repeat(np.array(workers, float), 5)
    # Up to 8 workers, with T₁ unknown and half of it serial: no fit could do with more noise.
    seconds = 12.6 / amdahl(p, fraction) * rng.normal(1, 0.02, len(p))
    fit = fit_amdahl(p, seconds)
    assert fit is not None
    assert abs(fit.fraction - fraction) <= 0.02
    assert fit.t1 == pytest.approx(12.6, rel=0.05)
    assert fit.error < 0.06
    assert not fit.superlinear


def test_a_law_is_not_pinned_to_another_lanes_time():
    # Serial took 8 s, the lane 10 s on one worker: another code path, but no serial part.
    fit = fit_amdahl([1, 2, 3, 4], [10.0, 5.0, 10 / 3, 2.5])
    assert fit is not None
    assert fit.fraction == pytest.approx(0, abs=1e-9)
    assert fit.t1 == pytest.approx(10)


def test_too_little_to_fit_is_none():
    assert fit_amdahl([], []) is None
    assert fit_amdahl([2, 2, 2], [1.0, 1.1, 0.9]) is None
    assert fit_amdahl([1, 2, 4, 4, 4], [4.0, 2.0, 1.0, 1.0, 1.1]) is None
    assert fit_amdahl([1, 2, 3, 4], [4.0, 2.0, 1.5, 1.0]) is not None
    assert fit_usl([1, 2, 3, 4, 4], [4.0, 2.0, 1.5, 1.0, 1.0]) is None
    assert fit_usl([1, 2, 3, 4, 5], [4.0, 2.0, 1.5, 1.0, 0.8]) is not None


def test_points_that_are_no_times_are_left_out():
    nan, inf = float("nan"), float("inf")
    clean = fit_amdahl([1, 2, 3, 4], [4.0, 2.2, 1.6, 1.3])
    assert clean is not None
    assert (
        fit_amdahl([1, 2, 2, 3, 4, 4, 4, 0, nan], [4.0, 2.2, nan, 1.6, 1.3, 0.0, inf, 3.0, 3.0])
        == clean
    )
    assert fit_amdahl([1, 2, 3, 4], [nan, 0.0, 1.0, 1.0]) is None


def test_one_run_gone_wrong_among_repeated_ones_changes_nothing():
    fit = fit_amdahl([1, 1, 1, 2, 2, 2, 3, 4, 4, 4], [4, 4, 40, 2.2, 2.2, 2.2, 1.6, 1.3, 1.3, 9])
    assert fit is not None
    assert fit == fit_amdahl([1, 2, 3, 4], [4, 2.2, 1.6, 1.3])


def test_the_interval_holds_the_planted_fraction_in_most_sweeps():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        fit = fit_amdahl(SMALL, 12.6 / amdahl(np.array(SMALL, float), 0.2) * rng.normal(1, 0.02, 8))
        assert fit is not None
        held += fit.low <= 0.2 <= fit.high
    assert 0.9 < held / 400 < 0.99


@given(st.integers(0, 10_000), st.floats(0.0, 0.3), st.integers(4, 16))
def test_what_scatters_too_much_is_not_certain(seed: int, noise: float, most: int):
    p = np.arange(1.0, most + 1)
    times = np.abs(np.random.default_rng(seed).normal(1, noise, most)) + 1e-3
    for fit in (fit_amdahl(p, times), fit_usl(p, times)):
        if fit is None or not fit.certain:
            continue
        if isinstance(fit, AmdahlFit):
            assert fit.high - fit.low <= MAX_WIDTH
        else:
            assert fit.kappa > fit.kappa_off


def test_amdahl_in_words():
    def words(fraction: float, low: float, high: float) -> str:
        return describe(AmdahlFit(max(fraction, 0.0), 12.0, 0.01, 8, fraction, low, high))

    assert words(0.042, 0.031, 0.053) == (
        "Amdahl fit: 4.2% serial (95% interval 3.1% to 5.3%), so the speedup over one worker "
        "can't exceed 23.8×."
    )
    for fraction in (-0.002, 0.0, 0.01):
        assert words(fraction, -0.02, 0.034) == (
            "Amdahl fit: no measurable serial fraction (at most 3.4%); consistent with linear "
            "scaling up to 8 workers."
        )
    assert words(0.98, 0.93, 1.03) == (
        "Amdahl fit: more workers make no measurable difference (at least 93% serial)."
    )


def test_more_speedup_than_workers_is_called_superlinear():
    fit = fit_amdahl(SMALL, [10 / p**1.1 for p in SMALL])
    assert fit is not None
    assert fit.fraction == 0
    assert fit.limit is None
    assert fit.superlinear
    assert "superlinear" in describe(fit)


def test_runs_that_get_slower_with_workers_are_all_serial():
    fit = fit_amdahl([1, 2, 3, 4], [1.0, 1.2, 1.4, 1.5])
    assert fit is not None
    assert fit.fraction == 1
    assert fit.limit == 1
    assert "more workers make no measurable difference" in describe(fit)


@given(st.floats(0, 0.9), st.floats(0, 0.05))
def test_usl_gives_back_what_was_planted(sigma: float, kappa: float):
    seconds = [7.0 / usl(p, sigma, kappa) for p in LARGE]
    fit = fit_usl(LARGE, seconds)
    assert fit is not None
    assert fit.sigma == pytest.approx(sigma, abs=1e-6)
    assert fit.kappa == pytest.approx(kappa, abs=1e-6)
    assert fit.t1 == pytest.approx(7.0)
    assert fit.error < 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_usl_finds_planted_costs_and_their_peak_under_noise(seed: int):
    rng = np.random.default_rng(seed)
    p = np.repeat(np.array(LARGE, float), 5)
    fit = fit_usl(p, 60 / usl(p, 0.05, 0.002) * rng.normal(1, 0.03, len(p)))
    assert fit is not None
    assert fit.sigma == pytest.approx(0.05, abs=0.02)
    assert fit.kappa == pytest.approx(0.002, abs=0.0005)
    assert fit.peak == pytest.approx((0.95 / 0.002) ** 0.5, rel=0.12)


@pytest.mark.parametrize("seed", range(20))
def test_usl_never_finds_negative_costs(seed: int):
    rng = np.random.default_rng(seed)
    fit = fit_usl(SMALL, 10 / np.array(SMALL) * rng.normal(1, 0.1, 8))
    assert fit is not None
    assert fit.sigma >= 0
    assert fit.kappa >= 0


def test_the_peak_is_where_the_law_is_fastest():
    fit = fit_usl(LARGE, [60 / usl(p, 0.03, 0.0002) for p in LARGE])
    assert fit is not None
    assert fit.peak is not None
    around = [usl(fit.peak * k, fit.sigma, fit.kappa) for k in (0.95, 1.0, 1.05)]
    assert max(around) == around[1]
    slower = fit_usl([1, 2, 3, 4, 5], [1.0, 1.5, 2.2, 3.0, 3.9])
    assert slower is not None
    assert slower.peak == 1


def test_usl_in_words():
    def words(sigma: float, kappa: float, peak: float | None) -> str:
        return describe(USLFit(sigma, kappa, 12.0, 0.01, 8, peak, 0.0, 0.0))

    assert (
        words(0.03, 0.0002, 67.2)
        == "USL fit: contention 3%, coherency 0.02%; fastest near 67 workers."
    )
    assert words(0.03, 0.0, None) == "USL fit: contention 3%, coherency 0%."
    assert words(0.8, 0.3, 1.0) == "USL fit: contention 80%, coherency 30%; fastest with 1 worker."


def test_tasks_of_the_break_even_size_take_as_long_either_way():
    for workers in (2, 3, 64):
        size = break_even(0.001, workers)
        assert size is not None
        assert size == pytest.approx(size / workers + 0.001)
    assert break_even(0.001, 2) == pytest.approx(0.002)
    assert break_even(0.001, 1) is None
