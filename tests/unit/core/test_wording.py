"""Formats of numbers: rounding never changes what a number means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.core.wording import (
    NO_GAIN,
    brief,
    faster,
    is_slower,
    per_second,
    percent,
    percent_below,
    seconds,
    times,
    times_range,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00 s"),
        (0.0004, "0.4 ms"),
        (0.012, "0.0120 s"),
        (0.655, "0.655 s"),
        (5.2, "5.20 s"),
        (9.996, "10.00 s"),
        (12.6, "12.60 s"),
        (12.64, "12.64 s"),
        (100, "1 min 40 s"),
        (119.96, "2 min 00 s"),
        (125.0, "2 min 05 s"),
        (179.7, "3 min 00 s"),
        (3600, "60 min 00 s"),
    ],
)
def test_seconds(value: float, text: str):
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1, "1.00×"),
        (1.004, "1.004×"),
        (0.996, "0.996×"),
        (1.00001, "1.00×"),
        (1.94, "1.94×"),
        (0.0531, "0.053×"),
        (12.345, "12.3×"),
        (99.96, "100×"),
        (1234.5, "1,234×"),
    ],
)
def test_ratios(ratio: float, text: str):
    assert times(ratio) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.9996, "99.96%"),
        (0.996, "99.6%"),
        (0.95, "95%"),
        (0.004, "0.4%"),
        (0.00004, "0.004%"),
        (1.004, "100.4%"),
        (19.8, "1,980%"),
    ],
)
def test_shares(share: float, text: str):
    assert percent(share) == text


def test_shares_to_one_decimal():
    assert [percent(share, 1) for share in (0.9584, 0.0004, 0.99996, 1)] == [
        "95.8%",
        "0.04%",
        "100.0%",
        "100.0%",
    ]


@given(st.floats(0, 0.9, exclude_max=True))
def test_a_share_below_a_bound_isnt_printed_as_the_bound(share: float):
    text = percent_below(share, 0.9)
    assert float(text.removesuffix("%")) < 90
    assert float(text.removesuffix("%")) == pytest.approx(100 * share, abs=0.5)


def test_a_share_just_below_a_bound():
    assert percent_below(0.896, 0.9) == "89.6%"
    assert percent_below(0.8999, 0.9) == "89.9%"
    assert percent_below(0.27, 0.9) == "27%"


def test_a_range_of_ratios():
    assert times_range(0.996, 1.94) == "0.996–1.94×"


@pytest.mark.parametrize(
    ("speedup", "text"),
    [
        (1.92, "1.92× faster than serial"),
        (0.68, "1.47× slower than serial"),
        (1.0, "as fast as serial"),
        (1.004, "1.004× faster than serial"),
    ],
)
def test_a_speedup_below_one_is_a_slowdown(speedup: float, text: str):
    assert faster(speedup) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0/s"),
        (0.042, "0.042/s"),
        (6.5e-5, "0.000065/s"),
        (0.67, "0.7/s"),
        (0.997, "1.0/s"),
        (1.94, "1.9/s"),
        (12_800, "12,800/s"),
    ],
)
def test_rates(rate: float, text: str):
    assert per_second(rate) == text


@given(st.floats(1e-7, 1e6))
def test_what_isnt_zero_or_one_isnt_printed_as_such(value: float):
    for text in (seconds(value), brief(value), times(value), percent(value), per_second(value)):
        assert text.strip("0.×%sµm/ ") != ""
    if abs(value - 1) >= NO_GAIN:
        assert times(value) not in ("1.00×", "1.000×")
        assert "as fast" not in faster(value)
        assert percent(value) != "100%"
        assert is_slower(value) == (value < 1)
