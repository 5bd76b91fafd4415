"""The errors of π: what chance lets expect is what samples show, in the same digits everywhere."""

import math

import numpy as np
import pytest

from workloads.builtin.pi import estimate
from workloads.core.wording import error_text
from workloads.figures.errors import SAMPLE_SD, error, expected_error, half_width


def test_known_values():
    assert pytest.approx(1.6422, abs=1e-4) == SAMPLE_SD
    assert error(3.1) == pytest.approx(0.0415927, abs=1e-6)
    assert error(2.0, exact=1.5) == 0.5
    assert expected_error(100.0) == pytest.approx(0.16422, abs=1e-5)
    assert expected_error(np.array([1.0, 4.0])) == pytest.approx([SAMPLE_SD, SAMPLE_SD / 2])
    assert half_width(0.5) == pytest.approx(0.98)


def test_the_expected_error_is_the_standard_error_of_a_perfect_estimate():
    samples = 10**9
    pi, stderr = estimate(samples, round(samples * math.pi / 4))
    assert error(pi) < 1e-8
    assert stderr == pytest.approx(expected_error(samples), rel=1e-6)


def test_expected_errors_are_what_samples_show():
    hits = np.random.default_rng(1).binomial(10_000, math.pi / 4, 20_000)
    assert np.std(4 * hits / 10_000) == pytest.approx(expected_error(10_000), rel=0.02)


def test_an_error_is_a_decimal_fraction():
    assert [error_text(size) for size in (0, 0.43, 0.0041, 6.3e-6, 1.5)] == [
        "0",
        "0.43",
        "0.0041",
        "0.0000063",
        "1.50",
    ]
