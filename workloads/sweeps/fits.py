"""The laws of scaling fitted to a sweep over workers, and why a lane has none.

A law is reported only if its interval says something. The times are those of the lane at the speed
that serial had beside them: each is divided by serial's of the same race, and given back in seconds
by the median of serial's. So a machine that gets slower during the sweep doesn't bend the law, and
the law goes through the same speedups that the table shows.
"""

from statistics import median
from typing import NamedTuple

from workloads.core.wording import percent, plural
from workloads.figures import scaling
from workloads.sweeps.fold import SweepFold, SweepPoint


class Fits(NamedTuple):
    """The laws fitted to a lane's times, None where there are too few points for one, or where they
    scatter so much that its interval says nothing.
    """

    amdahl: scaling.AmdahlFit | None
    usl: scaling.USLFit | None

    @property
    def certain(self) -> "Fits":
        """Those whose intervals say something."""
        amdahl, usl = self
        if amdahl and not amdahl.certain:
            amdahl = None
        if usl and not usl.certain:
            usl = None
        return Fits(amdahl, usl)

    @property
    def bent(self) -> scaling.USLFit | None:
        """The USL fit where it differs from Amdahl's law: without coherency both are one curve."""
        if self.usl is None or self.usl.kappa <= 1e-6:
            return None
        return self.usl

    @property
    def best(self) -> scaling.AmdahlFit | scaling.USLFit | None:
        """The law to report: Amdahl's, unless the other explains the times far better."""
        if self.bent and (self.amdahl is None or self.bent.error < self.amdahl.error / 2):
            return self.bent
        return self.amdahl


def fits(fold: SweepFold) -> dict[str, Fits]:
    """For each lane of a sweep over workers the laws that its times follow; nothing for other
    sweeps.

    The laws are about cores: points with more tasks at once than this machine has of them don't
    count, nor those whose times can't be trusted.
    """
    certain = {lane: laws.certain for lane, laws in _every_fit(fold).items()}
    return {lane: laws for lane, laws in certain.items() if laws.amdahl or laws.usl}


def _every_fit(fold: SweepFold) -> dict[str, Fits]:
    """The fits of each lane of a sweep over workers, whatever their intervals."""
    if fold.opened is None or fold.opened.sweep != "workers":
        return {}
    return {lane: _fit(fold, lane) for lane in fold.compared_lanes}


def _fit(fold: SweepFold, lane: str) -> Fits:
    points = _telling(fold, lane)
    workers = [point.workers[lane] for point in points]
    seconds = _at_one_speed(points, lane)
    return Fits(scaling.fit_amdahl(workers, seconds), scaling.fit_usl(workers, seconds))


def _at_one_speed(points: list[SweepPoint], lane: str) -> list[float]:
    """The lane's seconds, had serial taken its median time at each of the points."""
    serial = [point.seconds[lane] * point.speedup.get(lane, 0.0) for point in points]
    if not serial or min(serial) <= 0:
        return [point.seconds[lane] for point in points]
    usual = median(serial)
    return [usual / point.speedup[lane] for point in points]


def _telling(fold: SweepFold, lane: str) -> list[SweepPoint]:
    """The points that count: those within the cores whose times can be trusted."""
    return [point for point in _within_cores(fold, lane) if not point.doubtful(lane)]


def _within_cores(fold: SweepFold, lane: str) -> list[SweepPoint]:
    """The points with a time, and no more tasks at once than cores if tasks compute."""
    timed = [
        point for point in fold.points if point.seconds.get(lane, 0) > 0 and lane in point.workers
    ]
    return [point for point in timed if not (_by_cores(fold) and lane in point.crowded)]


def _by_cores(fold: SweepFold) -> bool:
    """True if the tasks compute at any point: where many run at once, each may get so little of a
    CPU that it seems to wait.
    """
    return any(point.computes for point in fold.points)


def unfitted(fold: SweepFold) -> dict[str, str]:
    """Why a lane of a sweep over workers has no law, and what to sweep over instead, by lane."""
    return {
        lane: _why_no_fit(fold, lane, laws.amdahl)
        for lane, laws in _every_fit(fold).items()
        if laws.certain == (None, None)
    }


def _why_no_fit(fold: SweepFold, lane: str, amdahl: scaling.AmdahlFit | None) -> str:
    if amdahl is None:
        return _too_few(fold, lane)
    low, high = max(amdahl.low, 0.0), min(amdahl.high, 1.0)
    return (
        f"too noisy: the 95% interval of its serial fraction is {percent(low)} to "
        f"{percent(high)}; sweep over more worker counts, with longer tasks"
    )


def _too_few(fold: SweepFold, lane: str) -> str:
    telling = _telling(fold, lane)
    counts = len({point.workers[lane] for point in telling})
    least, within = scaling.AMDAHL_POINTS, ""
    cure = f"sweep over 1-{least} workers"
    bounds = [point.cores for point in fold.points if _by_cores(fold) and lane in point.crowded]
    if bounds:
        within = f" within the {min(bounds)} physical {plural('core', min(bounds))}"
    had = max((point.workers.get(lane, 0) for point in fold.points), default=0)
    if bounds and min(bounds) < least:
        cure = f"sweep on a machine with at least {least} cores"
    elif had < min(least, max((point.value for point in fold.points), default=0)):
        cure = f"give it at least {least} CPUs"
    doubtful = len(_within_cores(fold, lane)) - len(telling)
    left_out = ""
    if doubtful:
        left_out = f", {doubtful} left out as unreliable"
    if counts + doubtful >= least:
        cure = "repeat on an idle machine"
    return (
        f"too few points: {counts} of the {least} different worker counts needed"
        f"{within}{left_out}; {cure}"
    )
