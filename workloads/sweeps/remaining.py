"""The time that a running sweep still takes, from the points measured so far."""

from workloads.core.engine_info import is_baseline
from workloads.sweeps.fold import SweepFold, SweepPoint
from workloads.sweeps.kinds import BY_WORKERS

MAX_EXACT_S = 55
"""Up to so many seconds the time left is given in steps of five seconds, beyond in minutes."""


def remaining_s(fold: SweepFold, now: int) -> float | None:
    """The seconds that the sweep still takes at the time `now` (ns since the epoch), about.

    Each value that is left is expected to take as long as the nearest one that is done, scaled by
    what the kind of sweep changes. None while no value is done.
    """
    opened, done = fold.opened, [point for point in fold.points if point.whole]
    if opened is None or not fold.running or fold.calibrating or not done:
        return None
    left = 0.0
    raced = {point.value: point.runs for point in fold.points}
    for value in opened.values:
        races = max(fold.rounds - raced.get(value, 0), value == fold.at)
        if not races:
            continue
        nearest = min(done, key=lambda point: abs(point.value - value))
        each = _race_s(fold, nearest, value) + _between_s(fold, nearest)
        left += each * (races - 1) + max(each - _since_s(fold, value, now), 0.0)
    return left


def _since_s(fold: SweepFold, value: int, now: int) -> float:
    """The seconds since the race at the value began; 0 if it isn't the one that runs."""
    if value != fold.at:
        return 0.0
    return (now - fold.since) / 1e9


def _between_s(fold: SweepFold, point: SweepPoint) -> float:
    """The seconds of a point that passed outside of its lanes' runs, such as start-up."""
    return max(fold.took_s.get(point.value, 0.0) - sum(point.seconds.values()), 0.0)


def _race_s(fold: SweepFold, point: SweepPoint, value: int) -> float:
    """The seconds of all lanes' runs at a value, if they scale from those of a point."""
    kind, seconds = fold.opened and fold.opened.sweep, point.seconds
    if kind in ("batches", "samples"):
        return sum(seconds.values()) * value / max(point.value, 1)
    if kind == "grain":
        costs = (fold.overheads[lane].seconds for lane in seconds if lane in fold.overheads)
        return max(sum(seconds.values()) + (value - point.value) * sum(costs), 0.0)
    if kind in BY_WORKERS:
        work = 1.0
        if kind == "weak":
            work = value / point.value
        return sum(
            taken * work / _times_the_workers(fold, point, lane, value)
            for lane, taken in seconds.items()
        )
    return sum(seconds.values())


def _times_the_workers(fold: SweepFold, point: SweepPoint, lane: str, value: int) -> float:
    """How many times as many workers as at the point work at a value of a sweep over them."""
    cores = value
    if point.computes and point.cores and lane not in fold.elsewhere:
        cores = point.cores
    if is_baseline(lane):
        return 1.0
    return min(value, cores) / min(point.value, cores)


def time_left(seconds: float) -> str:
    """`a few seconds left`, `about 35 s left`, `about 2 min left`."""
    return f"{rough_time(seconds)} left"


def rough_time(seconds: float) -> str:
    """A time that is foreseen: `a few seconds`, `about 35 s`, `about 2 min`, `about 2.5 h`."""
    if seconds < 5:
        return "a few seconds"
    if seconds <= MAX_EXACT_S:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 90 * 60:
        return f"about {max(round(seconds / 60), 1)} min"
    return f"about {seconds / 3600:.1f} h"
