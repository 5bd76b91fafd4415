"""Statistics of the tasks' durations: percentiles, histograms on one axis, the slowest tasks and
throughput. The report, the screens and headless runs read them here.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from workloads.ledger.bounds import MAX_SECONDS
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.ledger.tables import State

Floats = NDArray[np.float64]

BINS = 20
"""Bins of a histogram, and the most intervals of a throughput."""

MIN_INTERVALS, TASKS_PER_INTERVAL = 4, 4
"""Intervals of a throughput at least, and the tasks that each of more should have."""

MAX_LINEAR = 20
"""The ratio of the longest task to the shortest above which the axis is logarithmic."""

MIN_S = 1e-6
"""The shortest duration that the axis tells apart from none."""

SLOWEST = 5
"""Tasks that are listed as the slowest."""


class DurationHistogram(msgspec.Struct, frozen=True):
    """The number of tasks (`counts`) between each two of `edges_s` (seconds), which are the same
    for all lanes of a race; the last bin includes its upper edge.
    """

    edges_s: list[float]
    counts: list[int]


class SlowestTask(msgspec.Struct, frozen=True):
    """A task's number and its duration in seconds."""

    task: int
    seconds: float


class ThroughputStats(msgspec.Struct, frozen=True):
    """The number of tasks that finished in each interval of `interval_s` seconds of the run, and
    their mean per second over the whole run.
    """

    interval_s: float
    tasks: list[int]
    mean_per_s: float


class DurationStats(msgspec.Struct, frozen=True):
    """The durations of a lane's `n` finished tasks in seconds, each from the task's start on its
    worker to its end.

    A percentile is the shortest duration that at least that share of the tasks doesn't exceed (the
    nearest rank), so it is one that was measured.
    """

    n: int
    p50_s: float
    p90_s: float
    p99_s: float
    max_s: float
    total_s: float
    histogram: DurationHistogram
    slowest: list[SlowestTask]
    throughput: ThroughputStats


def durations(race: Race, lane: Lane) -> DurationStats | None:
    """The statistics of the lane's tasks so far; None while none has finished."""
    edges = axis(race)
    if not edges or not _range(lane):
        return None
    return lane.tasks.kept("durations", lambda: _durations(lane, edges), edges, _run_s(lane))


def axis(race: Race) -> tuple[float, ...]:
    """The edges in seconds of the histograms of a race's lanes: BINS bins of equal width, or of
    equal ratio where the tasks differ much; empty while no task has finished.
    """
    ranges = [span for lane in race.raced() if (span := _range(lane))]
    if not ranges:
        return ()
    low, high = min(span[0] for span in ranges), max(span[1] for span in ranges)
    low, high = max(low, MIN_S), max(high, 2 * MIN_S)
    if high > MAX_LINEAR * low:
        return tuple(np.geomspace(low, high, BINS + 1).tolist())
    return tuple(np.linspace(0.0, high, BINS + 1).tolist())


def slowest(lane: Lane, count: int | None = None) -> NDArray[np.intp]:
    """The numbers of the lane's finished tasks, the one that ran longest first; at most `count`."""

    def order() -> NDArray[np.intp]:
        finished, ran = np.flatnonzero(lane.tasks.state == State.FINISHED), lane.tasks.durations
        if count is not None and len(ran) > count:  # sorting very many takes longer than a frame
            long = ran >= np.partition(ran, -count)[-count]
            finished, ran = finished[long], ran[long]
        return finished[np.argsort(-ran, kind="stable")][:count]

    return lane.tasks.kept(("slowest", count), order)


def _range(lane: Lane) -> tuple[float, ...]:
    """The shortest and the longest duration of the lane's finished tasks; empty for none."""

    def measure() -> tuple[float, ...]:
        ran = lane.tasks.durations
        if not len(ran):
            return ()
        return float(ran.min()), float(ran.max())

    return lane.tasks.kept("range", measure)


def throughput(lane: Lane, until_s: float) -> ThroughputStats:
    """The throughput of a lane from its start to `until_s` seconds of its run, at most its end."""
    ends = _ends(lane)
    if until_s < (_run_s(lane) or MAX_SECONDS):
        ends = ends[ends <= until_s]
    until_s = max(until_s, MIN_S)
    # A worker's clock isn't the lane's: its last task may end after the run.
    count = int(np.clip(len(ends) // TASKS_PER_INTERVAL, MIN_INTERVALS, BINS))
    tasks, _ = np.histogram(np.clip(ends, 0, until_s), count, (0.0, until_s))
    return ThroughputStats(until_s / count, tasks.tolist(), mean_rate(len(ends), until_s))


def _ends(lane: Lane) -> Floats:
    """The seconds of the run at which each finished task ended."""
    tasks = lane.tasks
    return tasks.kept("ended", lambda: tasks.end[tasks.state == State.FINISHED])


def mean_rate(tasks: int, seconds: float) -> float:
    """How many tasks finished per second; 0 before any time has passed."""
    if seconds <= 0:
        return 0.0
    return tasks / seconds


def _run_s(lane: Lane) -> float | None:
    """The seconds of a run that is over, with an answer or without; None for an impossible time,
    which a recording may hold.
    """
    end = lane.end_s()
    if end is None or not 0 < end <= MAX_SECONDS:
        return None
    return end


def _durations(lane: Lane, edges: tuple[float, ...]) -> DurationStats:
    tasks = lane.tasks
    ran = tasks.kept("sorted", lambda: np.sort(np.maximum(tasks.durations, 0)))
    p50, p90, p99, longest = (
        float(ran[math.ceil(share * len(ran) / 100) - 1]) for share in (50, 90, 99, 100)
    )
    below = np.searchsorted(ran, edges[1:-1])
    counts = np.diff(below, prepend=0, append=len(ran))
    order = slowest(lane, SLOWEST).tolist()
    return DurationStats(
        n=len(ran),
        p50_s=p50,
        p90_s=p90,
        p99_s=p99,
        max_s=longest,
        total_s=float(ran.sum()),
        histogram=DurationHistogram(list(edges), counts.tolist()),
        slowest=[
            SlowestTask(task, max(float(tasks.end[task] - tasks.start[task]), 0.0))
            for task in order
        ],
        throughput=throughput(lane, _run_s(lane) or float(_ends(lane).max())),
    )
