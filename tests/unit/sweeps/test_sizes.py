"""A sweep over sizes: several races at each, their intervals, and where lanes cross."""

from collections import defaultdict
from dataclasses import replace

import pytest

from tests.fabricate_sweeps import told_sweep
from workloads.builtin.arrays.workload import ARRAYS
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.lanes.coordinator import Plan
from workloads.sweeps.crossing import about, crossings, sentences
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.kinds import Sweep, kinds_for
from workloads.sweeps.progress import progress
from workloads.sweeps.remaining import remaining_s
from workloads.sweeps.report import report
from workloads.sweeps.run import resumed
from workloads.sweeps.values import read
from workloads.sweeps.verdict import verdict

LANES = ("serial", "threads", "processes", "ray")
PLAN = Plan("arrays", ARRAYS.complete({}), 7, LANES)
NOISE = (1.0, 1.02, 0.98, 1.01, 0.99)


class Walls:
    """Seconds of the lanes, which differ a little from race to race."""

    def __init__(self, noise: tuple[float, ...] = NOISE) -> None:
        self._noise, self._races = noise, defaultdict[tuple[str, int], int](int)

    def __call__(self, lane: str, size: int) -> float:
        """Processes take 1 s per 16 MB and start sooner; Ray's time hardly depends on the size."""
        seconds = {"serial": 0.2, "threads": 0.15, "processes": 0.05 + size / 16e6, "ray": 0.3}
        number = self._races[lane, size]
        self._races[lane, size] += 1
        shift = LANES.index(lane)
        return seconds[lane] * self._noise[(number + shift) % len(self._noise)]


def sizes(text: str = "1M,4M,16M", repeats: int = 5) -> Sweep:
    return replace(read("sizes", text, PLAN), repeats=repeats)


def folded(events: list[ev.AnyEvent]) -> SweepFold:
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    return fold


SIZES = told_sweep(sizes(), Walls())


def test_it_fits_workloads_that_say_what_their_data_is_and_takes_sizes_as_they_are_typed():
    assert "sizes" in [kind.name for kind in kinds_for(ARRAYS)]
    assert "sizes" not in [kind.name for kind in kinds_for(PI)]
    sweep = read("sizes", "100k,1M,64M", PLAN)
    assert (sweep.values, sweep.repeats) == ((100_000, 1_000_000, 64_000_000), 5)
    assert [sweep.at(value).params["size"] for value in sweep.values] == list(sweep.values)
    assert read("sizes", "1M-5M", PLAN).values == (1_000_000, 2_000_000, 5_000_000)
    with pytest.raises(BadInput, match=r"size must be from 1,000 to 200,000,000; got 1\."):
        read("sizes", "1", PLAN)


def test_each_round_races_all_sizes():
    assert sizes("1M,4M", repeats=3).todo == (1_000_000, 4_000_000) * 3
    left = sizes("1M,4M", repeats=3).without({1_000_000: 3, 4_000_000: 1})
    assert left.todo == (4_000_000, 4_000_000)


def test_a_point_is_the_median_of_its_races_with_an_interval():
    fold = folded(SIZES)
    assert [point.value for point in fold.points] == [1_000_000, 4_000_000, 16_000_000]
    for point in fold.points:
        assert point.runs == 5
        assert point.seconds["ray"] == pytest.approx(0.3)
        low, high = point.interval("ray") or (0, 0)
        assert 0.28 < low < 0.3 < high < 0.32
        assert point.interval("nobody") is None
    assert folded(told_sweep(sizes(repeats=2), Walls())).points[0].interval("ray") is None


def test_it_says_where_ray_overtakes_processes_and_why_it_does_not_overtake_threads():
    fold = folded(SIZES)
    processes, threads = (
        next(each for each in crossings(fold) if each.lane == lane)
        for lane in ("processes", "threads")
    )
    assert processes.found is not None
    # At 4 MB both take 0.3 s: only the sizes around it are clear.
    assert (processes.found.below, processes.found.above) == (1_000_000, 16_000_000)
    assert threads.found is None
    # They cross where 0.05 s + size / 16 MB is 0.3 s.
    assert processes.found.size == pytest.approx(4e6, rel=0.05)
    size = about(processes.found)
    assert sentences(fold) == [
        "Ray and threads don't cross within these sizes: threads are faster at every size "
        "measured, down to 1 MB.",
        f"From about {size} on, Ray is faster than processes on this machine (between 1 MB and "
        "16 MB).",
    ]
    assert all(sentence in verdict(fold) for sentence in sentences(fold))


def test_noise_that_hides_the_difference_is_no_crossover():
    loud = told_sweep(sizes(), Walls((0.2, 1.0, 5.0, 0.4, 2.0)))
    assert [each.found for each in crossings(folded(loud))] == [None, None]
    (_, text) = sentences(folded(loud))
    assert text == (
        "Ray and processes don't cross within these sizes: no clear difference at any size."
    )


@pytest.mark.parametrize(
    ("loud", "why"),
    [
        (
            (1_000_000, 4_000_000),
            "Ray is faster from 16 MB on; below that, no difference is clear",
        ),
        (
            (4_000_000, 16_000_000),
            "processes are faster up to 1 MB; above that, no difference is clear",
        ),
        ((1_000_000, 16_000_000), "no clear difference at any size"),
    ],
)
def test_where_only_one_of_the_two_is_clearly_faster_it_says_from_which_size_on(
    loud: tuple[int, ...], why: str
):
    quiet, noisy = Walls(), Walls((0.2, 1.0, 5.0, 0.4, 2.0))
    events = told_sweep(
        sizes(), lambda lane, size: noisy(lane, size) if size in loud else quiet(lane, size)
    )
    (processes,) = [each for each in crossings(folded(events)) if each.lane == "processes"]
    assert (processes.found, processes.why_none) == (None, why)


def test_the_report_has_the_crossover_and_each_points_interval():
    data = report(folded(SIZES))
    assert isinstance(data["crossover"], list)
    (found,) = data["crossover"]
    assert (found["faster"], found["slower"]) == ("ray", "processes")
    assert found["between"][0] < found["size"] < found["between"][1]
    assert data["crossover_missing"] == {
        "ray and threads": "threads are faster at every size measured, down to 1 MB"
    }
    assert isinstance(data["points"], list)
    assert [(point["size"], point["races"]) for point in data["points"]] == [
        (1_000_000, 5),
        (4_000_000, 5),
        (16_000_000, 5),
    ]
    assert set(data["points"][0]["interval"]) == set(LANES)


def test_progress_counts_the_races_and_the_time_left_those_to_come():
    whole = [n for n, event in enumerate(SIZES) if isinstance(event, ev.RaceEnded)]
    running = folded(SIZES[: whole[4] + 1])
    assert progress(running).startswith("Sweep: 5 of 15 races done")
    left = remaining_s(running, SIZES[whole[4]].t)
    assert left is not None
    # Two races at 1 MB, two at 4 MB and one at 16 MB are done.
    each = {point.value: sum(point.seconds.values()) for point in running.points}
    rest = 3 * each[1_000_000] + 3 * each[4_000_000] + 4 * each[16_000_000]
    assert left == pytest.approx(rest, rel=0.1)


def test_a_sweep_that_ended_early_is_resumed_in_the_midst_of_a_round():
    whole = [n for n, event in enumerate(SIZES) if isinstance(event, ev.RaceEnded)]
    cut = [*SIZES[: whole[3] + 1], ev.SweepEnded(t=SIZES[whole[3]].t, status="cancelled")]
    fold = folded(cut)
    assert fold.races == {1_000_000: 2, 4_000_000: 1, 16_000_000: 1}
    assert fold.measured() == set()
    rest = resumed(sizes(), fold)
    assert len(rest.todo) == 11
    walls = Walls()
    for event in told_sweep(rest, walls):
        fold.apply(event)
    assert fold.races == dict.fromkeys(fold.races, 5)
    assert all(point.runs == 5 for point in fold.points)


def test_a_race_that_failed_is_replaced_by_the_next_at_its_size():
    fold = folded(told_sweep(sizes("1M", 3), Walls(), failing=[("ray", 1_000_000)]))
    assert (fold.races, fold.measured()) == ({1_000_000: 0}, set())
    for event in told_sweep(resumed(sizes("1M", 3), fold), Walls()):
        fold.apply(event)
    (point,) = fold.points
    assert (point.runs, point.whole, fold.measured()) == (3, True, {1_000_000})
