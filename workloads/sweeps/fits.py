"""The laws of scaling fitted to a sweep over workers, and why a lane has none."""

from typing import NamedTuple

from workloads.core.wording import plural
from workloads.figures import scaling
from workloads.sweeps.fold import SweepFold, SweepPoint


class Fits(NamedTuple):
    """The laws fitted to a lane's times, None where there are too few points for one."""

    amdahl: scaling.AmdahlFit | None
    usl: scaling.USLFit | None

    @property
    def bent(self) -> scaling.USLFit | None:
        """The USL fit where it differs from Amdahl's law: without coherence both are one curve."""
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
    count.
    """
    if fold.opened is None or fold.opened.sweep != "workers":
        return {}
    fitted = {}
    for lane in fold.compared_lanes:
        points = _within_cores(fold, lane)
        workers = [point.workers[lane] for point in points]
        seconds = [point.seconds[lane] for point in points]
        laws = Fits(scaling.fit_amdahl(workers, seconds), scaling.fit_usl(workers, seconds))
        if laws.amdahl or laws.usl:
            fitted[lane] = laws
    return fitted


def _within_cores(fold: SweepFold, lane: str) -> list[SweepPoint]:
    """The points that count: those with a time, and no more tasks at once than cores if tasks
    compute.
    """
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
    if fold.opened is None or fold.opened.sweep != "workers":
        return {}
    fitted = fits(fold)
    return {lane: _too_few(fold, lane) for lane in fold.compared_lanes if lane not in fitted}


def _too_few(fold: SweepFold, lane: str) -> str:
    counts = len({point.workers[lane] for point in _within_cores(fold, lane)})
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
    return (
        f"too few points: {counts} of the {least} different numbers of workers that it "
        f"takes{within}; {cure}"
    )


def beaten(fold: SweepFold) -> list[str]:
    """The lanes that were faster than serial at no point, of those that were compared with it."""
    gained = {
        lane: [p.speedup[lane] for p in fold.points if lane in p.speedup]
        for lane in fold.compared_lanes
    }
    return [lane for lane, speedups in gained.items() if speedups and max(speedups) <= 1]
