"""A lane's start-up: the seconds until its engine could run the first task."""

from workloads.core.wording import seconds
from workloads.ledger.lane import Lane


def startup_s(lane: Lane, now: int) -> float:
    """The seconds that a lane's start-up took, or has taken by `now` (ns since the epoch) or until
    it failed.

    Once a lane is ready for a race it is what the lane's own clock measured: the engine's start and
    the warm-up of the workers. Until then it is the time since the engine's start began, and after
    that the phases of the warm-up: a lane that waits for a race isn't starting. A phase whose parts
    are counted makes input files, which is no part of it.
    """
    if lane.startup_s or lane.zero is not None:
        return lane.startup_s
    took, opened = lane.opening.seconds(now), lane.opening.end
    if opened is not None:
        warming = [phase for phase in lane.phases if phase.start >= opened and not phase.total]
        took += sum(phase.seconds(now) for phase in warming)
    return max(took, 0.0)


def startup_name(warm: bool) -> str:
    """The name of what `startup_s` is in a table: of a lane that was warm, its first one."""
    if warm:
        return "1st start-up"
    return "start-up"


def startup_text(lane: Lane, now: int) -> str:
    """`start-up 5.90 s`; of a lane that was warm, `warm; first start-up 5.90 s`."""
    text = f"start-up {seconds(startup_s(lane, now))}"
    if lane.warm:
        return f"warm; first {text}"
    return text
