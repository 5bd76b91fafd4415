"""While a race runs: how long a lane will take and what speedup will come of it, with honest
bounds.

The scoreboard shows these until the measured numbers are there. Once serial or the lane is done,
each task is expected to take its time there on the other one, times one factor for all. Before
that, tasks are taken as drawn from one kind, in an order that has nothing to do with how long they
take; where they differ too much for that, or come by their size, nothing is projected. Workers take
the next task when they are free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import exp, hypot, log, sqrt

import numpy as np
from numpy.typing import NDArray

from workloads.core.execution import Order
from workloads.core.task import REPORT_EVERY
from workloads.figures.history import Spread
from workloads.figures.speedup import lower_bound
from workloads.ledger.lane import Lane
from workloads.ledger.tables import State

Floats = NDArray[np.float64]

MIN_SHARE, MIN_ELAPSED_S = 0.02, 0.2
"""The share of the work, and the seconds of the run, before which there is no estimate."""

GUESS_SPREAD, GUESS_TASKS = 0.3, 2
"""The prior of how much tasks differ: their standard deviation over their mean, and the number of
finished tasks that it weighs as much as, so that one or two alike don't make the rest certain.
"""

TELLING = 0.2
"""The share of a running task from which its own speed shows how long it will take."""

MAX_RATIO = 3.0
"""The upper bound of a speedup over its lower one from which a projection is left out: it would
cover both a loss and a good use of all workers (0.9× to 2.7×), and so decide nothing.
"""

MAX_UNEVEN = 0.75
"""The standard deviation of the tasks' times over their mean from which the unseen ones are not
projected: few long tasks then make up much of the time, and how many are left isn't seen.
"""

RUN_SPREAD = 1.1
"""Times by which a run may take longer or shorter than all earlier ones did."""

MAX_SCHEDULED = 2000
"""Tasks that are scheduled one by one; of more, the last round weighs little."""

LAG_S, STALE = REPORT_EVERY / 2, 0.05
"""How old a running task's last report is on average, in seconds (evenly from 0 to twice that); and
how far that may be off, as a share of the task: some report when it suits them.
"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and the bounds between which it lies in about 95% of cases; all the same once it is
    measured.
    """

    value: float
    low: float
    high: float

    def later(self, by: float) -> "Estimate":
        """All of it, so many seconds more."""
        return Estimate(self.value + by, self.low + by, self.high + by)


@dataclass(frozen=True, slots=True)
class _TaskTime:
    """The seconds that a task of weight 1 takes, as far as the tasks so far show: the `mean`, how
    far that may be `off`, the `spread` of single tasks (both as standard deviations), and the
    seconds that a worker waits before a task (`gap`). It rests on `seen` tasks, parts of tasks
    counted as such; `freedom` are the degrees of freedom of the spread.
    """

    mean: float
    off: float
    spread: float
    gap: float
    seen: float
    freedom: int


@dataclass(frozen=True, slots=True)
class _Running:
    """The running tasks' seconds to go, how far each may be off (one standard deviation), and which
    don't report: these may end at any moment.
    """

    left: Floats
    off: Floats
    silent: NDArray[np.bool_]


def projected_wall(lane: Lane, now_s: float, serial: Lane | None = None) -> Estimate | None:
    """The wall time in seconds of a run that is `now_s` seconds old, as far as its tasks say.

    The measured one when the run is over; None if it ended without an answer, and while less than
    2% of the work or 0.2 s are over. What is left is the running tasks' rest and a mean task for
    each that waits, in proportion to its time on `serial` once that is done with all of them (a
    ratio estimate, Cochran's chapter 6), in the order and on the workers of a greedy schedule. Its
    variance has three parts: each task that isn't finished may differ from the mean (s² each), the
    mean itself is known from n tasks (W²·s²/n for W tasks left: together s²·W·N/n, the variance of
    a total that is estimated from n of N; W. G. Cochran, "Sampling techniques", 1977, chapter 2)
    and from reports of some age, and how the last tasks fall on the workers isn't known (up to one
    task's time).
    """
    if lane.wall_s is not None:
        return Estimate(lane.wall_s, lane.wall_s, lane.wall_s)
    tasks = lane.tasks
    if not lane.live or not tasks.count or now_s < MIN_ELAPSED_S:
        return None
    by_size = lane.execution.order != "as-submitted"
    if by_size and (serial is None or serial.wall_s is None):
        return None
    weights = _weights(lane, serial)
    task = _task_time(lane, now_s, weights)
    if task is None or task.seen < MIN_SHARE * tasks.count:
        return None
    running = _running(lane, now_s, task, weights)
    waiting = weights[(tasks.state <= State.SUBMITTED) | (tasks.state == State.RETRYING)]
    if by_size:
        waiting = _by_size(waiting, lane.execution.order)
    if not len(waiting) and not len(running.left):
        return Estimate(now_s, now_s, now_s)
    return _estimate(lane.workers, now_s, task, running, waiting)


def _by_size(weights: Floats, order: Order) -> Floats:
    """The weights in the order of submission."""
    if order == "longest-first":
        return np.sort(weights)[::-1]
    return np.sort(weights)


def _weights(lane: Lane, serial: Lane | None) -> Floats:
    """What each task is expected to take, 1 on average: its share of serial's time once serial is
    done with all, else the same for each.
    """
    if serial is None or serial is lane or serial.wall_s is None:
        return np.ones(lane.tasks.count)
    count, tasks = lane.tasks.count, serial.tasks
    return tasks.kept("weights", lambda: _shares(tasks.seconds(), count), count)


def _shares(alone: Floats, count: int) -> Floats:
    """The weights by the times on serial; all the same where some aren't recorded."""
    if len(alone) != count or not alone.min(initial=1) > 0:
        return np.ones(count)
    return np.asarray(alone * (count / alone.sum()))


def projected_speedup(
    serial: Lane, lane: Lane, now: int, startup: bool = False, earlier: Spread | None = None
) -> Estimate | None:
    """The speedup that `lane` will have over `serial`, at `now` (ns since the epoch); None while
    its bounds are MAX_RATIO apart or more, and before there is anything to estimate it from.

    With `startup` the seconds until a lane was ready count too. A lane that is done counts with its
    measured wall time; one that hasn't started with the spread of its `earlier` runs, start-up
    included if that counts. The two walls' relative errors, as logarithms, add like independent
    ones (the delta method), to each side on its own as the bounds aren't symmetric.

    The value is at most the number of workers. As no lane is estimated to end before `now`, it is
    also at most serial's wall time over the time that the lane has taken so far. The upper bound
    isn't capped: tasks may take less time than on serial.
    """
    first = projected_wall(serial, serial.elapsed(now), lane)
    second = projected_wall(lane, lane.elapsed(now), serial)
    if second is not None:
        second = second.later(lane.startup_s * startup)
    elif earlier is not None and lane.zero is None:
        second = Estimate(earlier.median, earlier.low / RUN_SPREAD, earlier.high * RUN_SPREAD)
    if first is None or second is None or min(first.low, second.low) <= 0:
        return None
    first = first.later(serial.startup_s * startup)
    value = first.value / second.value
    if serial.wall_s is not None and lane.wall_s is not None:
        return Estimate(value, value, value)
    below = hypot(log(first.value / first.low), log(second.high / second.value))
    above = hypot(log(first.high / first.value), log(second.value / second.low))
    if above + below >= log(MAX_RATIO) or _uneven(serial, lane, now):
        return None
    most = max(lane.workers, 1)
    return Estimate(min(value, most), min(value * exp(-below), most), value * exp(above))


def _uneven(serial: Lane, lane: Lane, now: int) -> bool:
    """True if neither lane is done with all tasks, and those so far differ too much."""
    if serial.wall_s is not None or lane.wall_s is not None:
        return False
    ahead = lane  # it has seen more of the same tasks
    if lane.zero is None:
        ahead = serial
    task = _task_time(ahead, ahead.elapsed(now), np.ones(ahead.tasks.count))
    return task is not None and task.spread >= MAX_UNEVEN * task.mean


def at_most(durations: Sequence[float] | Floats, workers: int) -> float:
    """The speedup that no schedule of tasks of these serial `durations` in seconds can exceed on
    `workers` workers.

    Σ/max(longest, Σ/p), at most p; p if the tasks take no time.
    """
    ideal = lower_bound(durations, workers)
    if not ideal:
        return float(workers)
    return float(np.sum(durations)) / ideal


def _task_time(lane: Lane, now_s: float, weights: Floats) -> _TaskTime | None:
    """The times of the lane's tasks so far; None while too few of them finished or reported.

    A running task stands for its age over the share it has done. The tasks that finished first are
    the short ones: without those that still run, few would mislead.
    """
    finished, (age, fraction) = lane.tasks.durations, _at_work(lane, now_s)
    telling = fraction >= TELLING
    if len(finished) < np.sum(fraction == 0) and not telling.any():
        return None
    if not len(finished) and not telling.any():
        telling = fraction > 0  # little, but there is nothing else
    sample = np.concatenate([finished, _own(age, fraction)[telling]])
    if not len(sample):
        return None
    ended, at_work = (
        weights[lane.tasks.state == state] for state in (State.FINISHED, State.RUNNING)
    )
    weight = np.concatenate([ended, at_work[telling]])
    # A task that doesn't report shows that the mean is longer, once it has taken longer itself.
    longer = ~telling & (age * weight.sum() > sample.sum() * at_work)
    sample = np.concatenate([sample, age[longer]])
    weight = np.concatenate([weight, at_work[longer]])
    mean = float(sample.sum() / weight.sum())
    if mean <= 0:
        return None
    # The guess counts as GUESS_TASKS tasks that were seen to differ so much (a conjugate prior of
    # the variance).
    freedom = len(sample) - 1 + GUESS_TASKS
    squares = float(np.sum((sample - mean * weight) ** 2) / np.mean(weight**2))
    spread = sqrt((squares + GUESS_TASKS * (GUESS_SPREAD * mean) ** 2) / freedom)
    seen = float(ended.sum() + (fraction * at_work).sum())
    # Workers that began together report together: their reports may all be as old as can be, or all
    # new.
    blur = float(np.sum(LAG_S / fraction[telling])) / float(weight.sum())
    begun = len(finished) + len(age)
    idle = now_s * min(lane.workers, begun) - float(finished.sum() + age.sum())
    off = hypot(spread / sqrt(seen), blur / sqrt(3))
    return _TaskTime(mean, off, spread, max(idle, 0.0) / begun, seen, freedom)


def _running(lane: Lane, now_s: float, task: _TaskTime, weights: Floats) -> _Running:
    """The running tasks. One that reports is trusted, by the share it has done, to continue at its
    own speed rather than the mean's; one that doesn't should end at the mean, and if it is late may
    take that much longer again.
    """
    age, fraction = _at_work(lane, now_s)
    weight = weights[lane.tasks.state == State.RUNNING]
    mean, spread = task.mean * weight, task.spread * weight
    to_go, silent = 1 - fraction, fraction == 0
    own = np.where(silent, mean, _own(age, fraction))
    left = np.where(silent, mean - age, to_go * (fraction * own + to_go * mean) - LAG_S)
    left = np.maximum(left, 0)
    differs = to_go * (spread + to_go * np.abs(own - mean))
    stale = np.hypot(np.minimum(STALE, to_go) * own, LAG_S / sqrt(3))
    off = np.hypot(differs, stale)
    unseen = spread + np.maximum(age - mean, 0)
    return _Running(left, np.where(silent, unseen, off), silent)


def _own(age: Floats, fraction: Floats) -> Floats:
    """The seconds that running tasks will take in all if they go on as they did up to their last
    report.
    """
    reported = np.maximum(age - LAG_S, age / 2)
    return np.divide(reported, fraction, out=np.zeros(len(age)), where=fraction > 0)


def _at_work(lane: Lane, now_s: float) -> tuple[Floats, Floats]:
    """The running tasks' ages in seconds, and the shares of them that are done."""
    tasks, running = lane.tasks, lane.tasks.state == State.RUNNING
    return np.maximum(now_s - tasks.start[running], 0), tasks.fraction[running].astype(np.float64)


def _estimate(
    workers: int, now_s: float, task: _TaskTime, running: _Running, waiting: Floats
) -> Estimate:
    """The run time with tasks of these weights `waiting`, in their order."""
    costs = task.mean * waiting + task.gap
    work = float(running.left.sum() + costs.sum())
    tasks_left = float(running.left.sum()) / task.mean + float(waiting.sum())
    variance = (
        float(np.sum(running.off**2) + np.sum((waiting * task.spread) ** 2))
        + (tasks_left * task.off) ** 2
    )
    # Tasks alike run in step, and the schedule of mean ones is how it ends; as they drift apart
    # over the rounds, ends fall evenly within one task's time, of which the last of p is
    # (p−1)/(2(p+1)) later than their mean.
    drift = min(1.0, 3 * task.spread / task.mean * sqrt(len(waiting) / workers))
    cost = task.mean + task.gap
    late = drift * cost * (workers - 1) / (2 * (workers + 1))
    rest = max(_greedy(running.left, costs, workers), work / workers + late)
    last = task.spread * float(waiting.max(initial=0))
    if not len(waiting):
        last = float(running.off.max())
    ends = (last**2 + (drift * cost) ** 2 / 12) * (1 - 1 / workers)
    half = student_t(task.freedom) * sqrt(variance / workers**2 + ends)
    least = rest - half
    if not len(waiting):
        least = min(least, float(running.left[~running.silent].max(initial=0)) - half)
    return Estimate(now_s + rest, now_s + max(least, 0.0), now_s + rest + half)


def _greedy(left: Floats, costs: Floats, workers: int) -> float:
    """Seconds until the last end, if workers that are busy for `left` seconds take tasks of these
    `costs` in their order, each when it is free first; of very many tasks about.
    """
    free: list[float] = [*left.tolist(), *[0.0] * max(workers - len(left), 0)]
    if len(costs) > MAX_SCHEDULED:
        return max(*free, (sum(free) + float(costs.sum())) / len(free), float(costs.max()))
    heapify(free)
    for cost in costs.tolist():
        heapreplace(free, free[0] + cost)
    return max(free)


def student_t(freedom: float) -> float:
    """Student's t that is exceeded to either side in 5% of cases; within 3% of it from 2 degrees of
    freedom.

    The series 26.7.5 of Abramowitz & Stegun, "Handbook of mathematical functions", 1964.
    """
    z = 1.959964
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))
