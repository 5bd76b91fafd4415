"""The sentence on lanes that failed: what to do, with its key, and why they did."""

from typing import TYPE_CHECKING

from tui.keys import Keys
from workloads.core.errors import plain
from workloads.core.wording import lane_name

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.ledger.lane import Lane


def failed_lanes(session: "Session", keys: Keys) -> str:
    """What failed, the remedy with its key, and the cause, which comes last as it may be long;
    empty if no lane failed.
    """
    failed = [
        lane
        for lane in session.shown_lanes()
        if lane.failed_early and lane.name in session.plan.lanes
    ]
    if not failed:
        return ""
    lane = failed[0]
    name, what = lane_name(lane.engine), "stopped"
    if lane.zero is None:
        what = "failed to start"
    parts = [f"{name[:1].upper()}{name[1:]} {what}."]
    if not session.replayed:
        parts.append(_remedy(session, lane, keys))
    cause = plain(lane.reason, 1000).removeprefix(f"{name} {what}: ").rstrip(".")
    if cause:
        parts.append(f"Cause: {cause}.")
    return " ".join(parts)


def _remedy(session: "Session", lane: "Lane", keys: Keys) -> str:
    """What to do about a lane that failed."""
    if len(session.plan.lanes) > 1:
        return f"Press {keys.name('race.lanes')} to race without {lane_name(lane.engine)}."
    return f"Press {keys.name('race.go')} to try again."
