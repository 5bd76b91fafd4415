"""The window of the time axis: what zooming and panning keep, for any window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.time_window import MIN_SPAN_S, STEPS, TimeWindow

times = st.floats(0, 1e5)
spans = st.floats(MIN_SPAN_S, 1e5)
factors = st.floats(0.01, 100)
windows = st.builds(
    lambda begin, span, follows: TimeWindow(begin, begin + span, follows),
    times,
    spans,
    st.booleans(),
)
wholes = st.builds(lambda end: TimeWindow(0.0, end), spans)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-6, abs=1e-6)


@given(windows, factors, st.floats(0, 1))
def test_zooming_keeps_the_moment_where_it_is(
    window: TimeWindow, factor: float, share: float
) -> None:
    around = window.begin + share * window.span
    zoomed = window.zoomed(factor, around)
    assert zoomed.span >= MIN_SPAN_S * (1 - 1e-6)
    assert (around - zoomed.begin) / zoomed.span == pytest.approx(share, abs=1e-3)
    assert zoomed.follows is window.follows


@given(windows, st.floats(1.01, 100))
def test_zooming_in_and_out_again_changes_nothing(window: TimeWindow, factor: float) -> None:
    back = window.zoomed(factor, window.middle).zoomed(1 / factor, window.middle)
    assert back.begin == near(window.begin)
    assert back.end == near(window.end)


@given(windows, st.floats(-1e5, 1e5))
def test_panning_keeps_the_length_and_ends_following(window: TimeWindow, seconds: float) -> None:
    panned = window.panned(seconds)
    assert panned.span == near(window.span)
    assert panned.begin == near(window.begin + seconds)
    assert not panned.follows


@given(windows, wholes)
def test_a_clamped_window_lies_in_the_whole_and_is_as_long_as_it_can_be(
    window: TimeWindow, whole: TimeWindow
) -> None:
    clamped = window.clamped(whole)
    assert whole.begin <= clamped.begin <= clamped.end <= whole.end
    assert clamped.span == near(min(window.span, whole.span))
    assert clamped.follows is window.follows
    assert clamped.clamped(whole).span == near(clamped.span)


@given(wholes, factors, st.floats(0, 1), st.floats(-1e5, 1e5))
def test_what_lies_in_the_whole_stays_when_clamped(
    whole: TimeWindow, factor: float, share: float, seconds: float
) -> None:
    window = whole.zoomed(factor, whole.begin + share * whole.span).panned(seconds).clamped(whole)
    again = window.clamped(whole)
    assert again.begin == near(window.begin)
    assert again.end == near(window.end)


@given(windows, times)
def test_a_window_that_follows_shows_now_near_its_end(window: TimeWindow, now: float) -> None:
    following = window.following(now)
    assert following.follows
    assert following.span == near(window.span)
    assert following.begin <= now <= following.end
    assert following.end - now <= following.span / STEPS * (1 + 1e-6) + 1e-6


@given(windows, times, st.floats(0, 1))
def test_a_window_that_follows_moves_in_steps(window: TimeWindow, now: float, part: float) -> None:
    step = window.span / STEPS
    first = window.following(now).begin
    moved = window.following(now + part * step).begin - first
    assert moved == near(0.0) or moved == near(step)


@given(windows, times, st.floats(0, 1e5))
def test_a_window_that_shows_a_part_moved_as_little_as_it_could(
    window: TimeWindow, begin: float, length: float
) -> None:
    shown = window.showing(begin, begin + length)
    assert shown.span == near(window.span)
    assert shown.begin <= begin + 1e-6
    assert shown.end >= min(begin + length, begin + window.span) - 1e-6
    if window.begin <= begin and begin + length <= window.end:
        assert shown == window
