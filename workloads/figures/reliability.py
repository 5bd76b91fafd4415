"""Whether a lane's times can be trusted: tasks that compute should have a core all the time.

The verdict, the screens and the report read it here.
"""

from workloads.core.engine_info import engine_info
from workloads.core.wording import lane_name, listed, percent_below, plural, seconds
from workloads.figures.gain import WAITING, computes, contended, cpus, task_totals
from workloads.ledger.bounds import MIN_WALL_S
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race

MIN_SHARE = 0.9
"""The share of their time for which tasks that compute must have a core."""

MIN_MEASURED_S = 0.1
"""Seconds of tasks below which their CPU time says nothing: clocks tick every 10 ms."""

EXPLAINS = 0.25
"""The share of the missing seconds that a cause must explain to be named."""


def core_share(race: Race, lane: Lane) -> float | None:
    """The share of their time for which the lane's finished tasks had a core, 0…1; None where they
    don't compute, or too little was measured.

    Tasks that share the GIL wait for each other: of those it is the share of the run's time for
    which their process had a core, once the run is over.
    """
    taken, cpu = _times(lane)
    if taken < MIN_MEASURED_S:
        return None
    # What waits in a lane that alternates waits on while the lane is stopped: it seems faster.
    if not lane.clock.slices and (cpu < WAITING * taken or not computes(race)):
        return None
    return min(cpu / taken, 1.0)


def _times(lane: Lane) -> tuple[float, float]:
    """The seconds in which tasks could compute, and those in which they did."""
    if not engine_info(lane.engine).shares_gil:
        total = task_totals(lane)
        return total.taken, total.cpu
    if lane.ended is None or lane.wall_s is None:
        return 0.0, 0.0
    return lane.wall_s, min(lane.ended.driver_cpu_s, lane.wall_s)


def reliable(race: Race) -> dict[str, bool]:
    """For each lane that has a time, whether its tasks had a core for as long as they should."""
    short = _short_shares(race)
    return {lane.name: lane.name not in short for lane in race.raced() if lane.wall_s is not None}


def _short_shares(race: Race) -> dict[str, float]:
    """The core share of each lane of which it is too small."""
    shares = {lane.name: core_share(race, lane) for lane in race.raced()}
    return {
        name: share for name, share in shares.items() if share is not None and share < MIN_SHARE
    }


def unreliable_reason(race: Race) -> str:
    """The sentence on lanes whose tasks had a core for too little of their time, with the cause as
    measured; empty where all had.
    """
    shares = _short_shares(race)
    if not shares:
        return ""
    worst = race.lanes[min(shares, key=lambda name: shares[name])]
    lanes = [
        f"{lane_name(race.lanes[name].engine)} {percent_below(shares[name], MIN_SHARE)}"
        for name in shares
    ]
    text = f"Unreliable times: tasks had a core for only part of their time ({listed(lanes)})"
    if cause := _cause(race, worst):
        return f"{text}: {cause}."
    return f"{text}."


def _cause(race: Race, lane: Lane) -> str:
    """The measured cause that took most of the seconds that the lane's tasks had no core for, as
    text; empty while it isn't measured, or if none explains enough.
    """
    ended, opened = lane.ended, race.opened
    if ended is None or opened is None or lane.name in opened.elsewhere:
        return ""
    count, wall = cpus(race), max(lane.run_s or 0.0, MIN_WALL_S)
    taken, cpu = _times(lane)
    missing = taken - cpu
    causes: list[tuple[float, str]] = []
    if count and lane.workers > count:
        workers = f"{lane.workers} {plural('worker', lane.workers)}"
        shared = f"{workers} shared {count} {plural('CPU', count)}"
        causes.append((taken * (1 - count / lane.workers), shared))
    if ended.machine_cpu_s > 0:
        own = max(ended.own_cpu_s, ended.task_cpu_s)
        others = max(ended.machine_cpu_s - own, 0.0)
        causes.append((others, _others_text(others / wall, count)))
        causes.append(
            (ended.withheld_s, f"a quota or the hypervisor withheld {seconds(ended.withheld_s)}")
        )
        if contended(race):
            beside = max(own - task_totals(lane).cpu, 0.0)
            causes.append((beside, "the lanes ran together on the same cores"))
        idle = max(count * wall - ended.machine_cpu_s, 0.0)
        rest = max(missing - sum(amount for amount, _ in causes), 0.0)
        blocked = max(ended.io_wait_s, min(rest, idle))
        causes.append((blocked, "they were blocked by input, output or locks"))
    amount, text = max(causes, default=(0.0, ""))
    if amount < EXPLAINS * missing:
        return ""
    return text


def _others_text(used: float, count: int) -> str:
    text = f"other programs used {used:.1f}"
    if used < 0.05:
        text = f"other programs used {used:.1g}"
    if count:
        text += f" of {count}"
    return f"{text} CPUs on this machine"
