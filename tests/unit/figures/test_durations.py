"""Statistics of durations: values by hand, one axis for all lanes, nothing lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import fabricated_race, folded
from tests.unit.figures.test_gain import Ran, race_events
from workloads.figures.durations import BINS, MIN_INTERVALS, axis, durations, slowest, throughput
from workloads.ledger.race import Race


def raced(serial: list[float], ray: list[float]) -> Race:
    runs = {
        "serial": Ran(serial, sum(serial)),
        "ray": Ran(ray, sum(ray) / 2 + max(ray), workers=2),
    }
    return folded(race_events(runs))


def test_percentiles_are_durations_that_were_measured():
    race = raced([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 9.0])
    stats = durations(race, race.lanes["ray"])
    assert stats is not None
    assert (stats.n, stats.p50_s, stats.p90_s) == (4, 1.0, 9.0)
    assert (stats.p99_s, stats.max_s, stats.total_s) == (9.0, 9.0, 12.0)
    assert [(slow.task, slow.seconds) for slow in stats.slowest[:2]] == [(3, 9.0), (0, 1.0)]


def test_all_lanes_have_one_axis():
    race = raced([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 9.0])
    edges = axis(race)
    for lane in race.raced():
        stats = durations(race, lane)
        assert stats is not None
        assert tuple(stats.histogram.edges_s) == edges
    assert (edges[0], edges[-1]) == (0.0, 9.0)


def test_tasks_that_differ_much_have_a_logarithmic_axis():
    race = raced([0.001, 1.0], [0.001, 1.0])
    edges = axis(race)
    assert edges[1] / edges[0] == pytest.approx(edges[-1] / edges[-2])


def test_before_the_first_task_there_is_nothing():
    race = folded(fabricated_race(until=6.0))
    assert axis(race) == ()
    assert durations(race, race.lanes["ray"]) is None


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=40))
def test_every_task_is_in_the_histogram_and_in_the_throughput_once(ran: list[float]):
    race = raced(ran, ran)
    stats = durations(race, race.lanes["ray"])
    assert stats is not None
    assert sum(stats.histogram.counts) == sum(stats.throughput.tasks) == stats.n == len(ran)
    assert len(stats.histogram.counts) == BINS
    assert MIN_INTERVALS <= len(stats.throughput.tasks) <= max(MIN_INTERVALS, len(ran) // 4)
    assert stats.p50_s <= stats.p90_s <= stats.p99_s <= stats.max_s <= stats.total_s + 1e-6
    assert stats.slowest[0].seconds == stats.max_s


def test_throughput_counts_the_tasks_that_finished_by_a_moment():
    race = raced([1.0, 2.0, 3.0, 4.0], [1.0])
    serial = race.lanes["serial"]
    halfway, whole = throughput(serial, 3.5), throughput(serial, 10.0)
    assert (sum(halfway.tasks), halfway.mean_per_s) == (2, pytest.approx(2 / 3.5))
    assert (sum(whole.tasks), whole.mean_per_s) == (4, pytest.approx(0.4))
    stats = durations(race, serial)
    assert stats is not None
    assert stats.throughput == whole


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5]), min_size=1, max_size=40))
def test_percentiles_bins_and_the_slowest_are_those_of_the_sorted_durations(ran: list[float]):
    race = raced(ran, ran)
    lane = race.lanes["ray"]
    stats = durations(race, lane)
    assert stats is not None
    measured = lane.tasks.durations
    ranks = np.percentile(measured, (50, 90, 99, 100), method="inverted_cdf").tolist()
    assert [stats.p50_s, stats.p90_s, stats.p99_s, stats.max_s] == ranks
    edges = stats.histogram.edges_s
    within = np.clip(measured, edges[0], edges[-1])
    assert stats.histogram.counts == np.histogram(within, edges)[0].tolist()
    everything = slowest(lane).tolist()
    assert everything == sorted(everything, key=lambda task: (-measured[task], task))
    for count in (1, 3, 50):
        assert slowest(lane, count).tolist() == everything[:count]
