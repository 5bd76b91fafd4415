"""Where two lanes cross, by the intervals of repeated races."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.figures.crossover import (
    Interval,
    Ratio,
    crossover,
    describe,
    interval,
)

FASTER, SLOWER, UNCLEAR = (0.5, 0.4, 0.6), (2.0, 1.8, 2.2), (1.1, 0.9, 1.3)


def ratios(*bounds: tuple[float, float, float]) -> list[Ratio]:
    """A lane's times as multiples of another's, at 1, 10, 100, … bytes."""
    return [Ratio(10**n, Interval(*each)) for n, each in enumerate(bounds)]


def test_an_interval_takes_three_races_and_holds_their_geometric_mean():
    assert interval([1.0, 2.0]) is None
    assert interval([1.0, 2.0, 0.0]) is None
    value, low, high = interval([1.0, 2.0, 4.0]) or (0, 0, 0)
    assert value == pytest.approx(2)
    # Student's t of two degrees of freedom is 4.30.
    assert math.log(high / value) == pytest.approx(4.30 * math.log(2) / math.sqrt(3), rel=0.03)
    assert math.log(value / low) == pytest.approx(math.log(high / value))
    assert interval([3.0, 3.0, 3.0]) == pytest.approx((3, 3, 3))


def test_lanes_cross_between_the_sizes_at_which_each_is_clearly_faster():
    found = crossover(ratios(FASTER, FASTER, SLOWER, SLOWER))
    assert found is not None
    assert (found.below, found.above, found.slower_later) == (10, 100, 1)
    assert found.size == pytest.approx(10 * math.sqrt(10)), "0.5 and 2 are as far from 1"


def test_sizes_that_are_not_clear_lie_between_them():
    found = crossover(ratios(FASTER, UNCLEAR, SLOWER))
    assert found is not None
    assert (found.below, found.above) == (1, 100)
    assert 1 < found.size < 10, "from 0.5 to 1.1 it crosses 1"
    assert crossover(list(reversed(ratios(FASTER, UNCLEAR, SLOWER)))) == found


def test_the_other_way_round_the_lane_is_the_faster_one_later():
    found = crossover(ratios(SLOWER, FASTER))
    assert found is not None
    assert found.slower_later == -1


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        ((), "too few races at each size: an interval takes three"),
        ((UNCLEAR, UNCLEAR), "no clear difference at any size"),
        ((SLOWER, SLOWER), ""),
        ((FASTER,), ""),
        ((FASTER, UNCLEAR), "the difference isn't clear at every size"),
        ((UNCLEAR, SLOWER), "the difference isn't clear at every size"),
        (
            (FASTER, SLOWER, UNCLEAR),
            "the difference isn't clear at the largest sizes",
        ),
        (
            (FASTER, SLOWER, FASTER),
            "each is clearly faster at sizes between sizes of the other",
        ),
    ],
)
def test_without_a_size_between_the_two_there_is_none(
    bounds: tuple[tuple[float, float, float], ...], why: str
):
    assert crossover(ratios(*bounds)) is None
    assert describe(ratios(*bounds)) == why


@given(st.lists(st.sampled_from([FASTER, SLOWER, UNCLEAR]), max_size=6))
def test_below_and_above_are_clear_and_the_size_lies_between(
    bounds: list[tuple[float, float, float]],
):
    all_of = ratios(*bounds)
    found = crossover(all_of)
    clear = {each.size: each.clear for each in all_of}
    if found is None:
        assert len({sign for sign in clear.values() if sign}) < 2 or describe(all_of)
        return
    assert found.below < found.size < found.above
    for size, sign in clear.items():
        if size >= found.above:
            assert sign == found.slower_later
        elif size <= found.below:
            assert sign != found.slower_later
        else:
            assert sign == 0
