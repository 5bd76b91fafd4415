"""The interval of a speedup that was measured in slices.

Slices of serial and of another lane that follow each other see the same machine, whatever it does
meanwhile. They are a sample of pairs: what differs from pair to pair is chance, and gives the
interval.
"""

from math import ceil, exp, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.figures.gain import Gain
from workloads.figures.projection import student_t
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.ledger.tables import State

Floats = NDArray[np.float64]

LEAST_BLOCKS = 5
"""Blocks of pairs from which an interval is given."""


class PairedSpeedup(NamedTuple):
    """A speedup from pairs of slices alone, and the bounds of its 95% interval."""

    value: float
    low: float
    high: float


def speedup_interval(race: Race, lane: Lane, gain: Gain) -> tuple[float, float] | None:
    """The 95% interval of the lane's speedup over serial; None where there is no paired one.

    It is that of the paired speedup, widened to hold the speedup where that lies outside: the
    machine may have been another while only one of the lanes was left.
    """
    paired = paired_speedup(race, lane, gain)
    if paired is None:
        return None
    return min(paired.low, gain.speedup), max(paired.high, gain.speedup)


def paired_speedup(race: Race, lane: Lane, gain: Gain) -> PairedSpeedup | None:
    """The lane's speedup over serial on a machine that is the same for both; None unless the lanes
    alternated, for at least LEAST_BLOCKS blocks, and finished each task at the first attempt.

    The speed of a lane in a slice is the work that it did there per second that its workers were
    busy. Work is counted in shares of the tasks, each weighing what it takes of CPU time. The ratio
    of the two lanes' speeds over all pairs is a ratio of sums, whose standard error is that of the
    jackknife over blocks of pairs (H. R. Künsch, The jackknife and the bootstrap for general
    stationary observations, The Annals of Statistics 17, 1989): the speed within a task isn't
    known, so a block is at least as long as serial's tasks. The rest of the speedup, how many
    workers were busy, has no chance in it.
    """
    serial = race.serial
    if serial is None or not (_whole(serial) and _whole(lane)):
        return None
    key = "paired", serial.tasks.stamp, gain.speedup
    return lane.tasks.kept(key, lambda: _paired(serial, lane, gain.speedup))


def _paired(serial: Lane, lane: Lane, speedup: float) -> PairedSpeedup | None:
    weights = serial.tasks.cpu.astype(np.float64) + lane.tasks.cpu
    if not (weights > 0).all():
        weights = np.ones(lane.tasks.count)
    base, other = _per_slice(serial, weights), _per_slice(lane, weights)
    pairs = min(len(base), len(other))
    length = float(np.diff(serial.clock.edges())[:pairs].mean()) if pairs else 0.0
    if length <= 0:
        return None
    blocks = pairs // ceil(float(serial.tasks.durations.mean()) / length)
    if blocks < LEAST_BLOCKS:
        return None
    groups = np.arange(pairs) * blocks // pairs
    sums = np.zeros((blocks, 4))
    np.add.at(sums, groups, np.hstack([base[:pairs], other[:pairs]]))
    total = sums.sum(axis=0)
    without = [_log_ratio(total - block) for block in sums]
    error = sqrt((blocks - 1) / blocks * sum((value - np.mean(without)) ** 2 for value in without))
    whole = _log_ratio(np.hstack([base.sum(axis=0), other.sum(axis=0)]))
    middle = log(speedup) + _log_ratio(total) - whole
    half = student_t(blocks - 1) * error
    return PairedSpeedup(exp(middle), exp(middle - half), exp(middle + half))


def _whole(lane: Lane) -> bool:
    """True for a run in slices in which each task finished at its first attempt."""
    return bool(lane.clock.slices) and lane.done == lane.tasks.count > 0 and not lane.retried


def _per_slice(lane: Lane, weights: Floats) -> Floats:
    """The work and the busy seconds in each of the lane's slices, a row each."""
    finished = lane.tasks.state == State.FINISHED
    start, end = lane.tasks.start[finished], lane.tasks.end[finished]
    taken = np.maximum(end - start, 1e-9)
    edges = lane.clock.edges()
    done = [_sum_until(edges, start, end, rate) for rate in (weights / taken, np.ones(len(taken)))]
    sums: Floats = np.diff(np.column_stack(done), axis=0)
    return sums


def _sum_until(times: Floats, start: Floats, end: Floats, rate: Floats) -> Floats:
    """The integral until each of the times of rates that hold from `start` to `end`."""
    moments = np.concatenate([start, end])
    order = np.argsort(moments, kind="stable")
    moments = moments[order]
    slopes = np.cumsum(np.concatenate([rate, -rate])[order])
    sums = np.concatenate([[0.0], np.cumsum(slopes[:-1] * np.diff(moments))])
    until: Floats = np.interp(times, moments, sums)
    return until


def _log_ratio(sums: Floats) -> float:
    """The logarithm of the ratio of two speeds, each given as work and busy seconds."""
    work, busy, other_work, other_busy = np.maximum(sums, 1e-12)
    return float(np.log(other_work / other_busy) - np.log(work / busy))
