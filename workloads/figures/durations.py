"""Statistics of the tasks' durations: percentiles, histograms on one axis, the slowest tasks and
throughput.

The report reads them here; the screens take percentiles and the slowest tasks from here.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from workloads.core.wording import brief
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.ledger.tables import State

Floats = NDArray[np.float64]

BINS = 20
"""Bins of a histogram, and intervals of a throughput."""

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
    return lane.tasks.kept("durations", lambda: _durations(lane, edges), edges, lane.wall_s)


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


def percentiles(ran: Floats) -> tuple[float, float, float, float]:
    """The p50, p90, p99 and the longest of durations, of which there is at least one; see
    DurationStats.
    """
    p50, p90, p99, longest = np.percentile(ran, (50, 90, 99, 100), method="inverted_cdf").tolist()
    return p50, p90, p99, longest


def slowest(lane: Lane) -> NDArray[np.intp]:
    """The numbers of the lane's finished tasks, the one that ran longest first."""

    def order() -> NDArray[np.intp]:
        finished = np.flatnonzero(lane.tasks.state == State.FINISHED)
        return finished[np.argsort(-lane.tasks.durations, kind="stable")]

    return lane.tasks.kept("slowest", order)


def _range(lane: Lane) -> tuple[float, ...]:
    """The shortest and the longest duration of the lane's finished tasks; empty for none."""

    def measure() -> tuple[float, ...]:
        ran = lane.tasks.durations
        if not len(ran):
            return ()
        return float(ran.min()), float(ran.max())

    return lane.tasks.kept("range", measure)


def _durations(lane: Lane, edges: tuple[float, ...]) -> DurationStats:
    tasks = lane.tasks
    finished = np.flatnonzero(tasks.state == State.FINISHED)
    took = tasks.end - tasks.start
    ran = np.maximum(took[finished], 0)
    p50, p90, p99, longest = percentiles(ran)
    counts, _ = np.histogram(np.clip(ran, edges[0], edges[-1]), edges)
    order = slowest(lane)[:SLOWEST].tolist()
    return DurationStats(
        n=len(ran),
        p50_s=p50,
        p90_s=p90,
        p99_s=p99,
        max_s=longest,
        total_s=float(ran.sum()),
        histogram=DurationHistogram(list(edges), counts.tolist()),
        slowest=[SlowestTask(task, max(float(took[task]), 0.0)) for task in order],
        throughput=_throughput(tasks.end[finished], lane.wall_s),
    )


def _throughput(ends: Floats, run_s: float | None) -> ThroughputStats:
    """`ends` are the seconds at which tasks finished, of a run that took `run_s` or still lasts."""
    last = max(float(ends.max()), MIN_S)
    if run_s is not None:
        last = max(last, run_s)
    counts, _ = np.histogram(np.clip(ends, 0, last), BINS, (0.0, last))
    return ThroughputStats(last / BINS, counts.tolist(), len(ends) / last)


def describe(stats: DurationStats) -> str:
    """The statistics in one line: `p50 1.02 s, p90 1.31 s, p99 1.50 s, max 1.50 s; slowest: task 7
    (1.50 s)`.
    """
    percentiles = (("p50", stats.p50_s), ("p90", stats.p90_s), ("p99", stats.p99_s))
    texts = [f"{name} {brief(value)}" for name, value in (*percentiles, ("max", stats.max_s))]
    slowest = stats.slowest[0]
    rate = f"{stats.throughput.mean_per_s:.3g} tasks/s"
    return f"{', '.join(texts)}; slowest: task {slowest.task}; {rate}"
