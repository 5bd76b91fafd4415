"""The sentences on what a race waits for, and how long that usually takes here."""

from typing import TYPE_CHECKING

from tui.keys import Keys
from tui.phase_text import counted
from workloads.core.errors import plain
from workloads.core.wording import lane_name, listed

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.ledger.lane import Lane

DOING = {"starting": "starting", "ready": "preparing"}
"""What a race waits for while lanes are in these states."""

LONG_S = 9.95
"""Seconds from which on a start is counted in whole ones."""


def waiting(session: "Session", keys: Keys) -> str:
    """What a race that no lane runs waits for, and the key that cancels it."""
    cancel = ""
    if not session.replayed:
        cancel = f" Press {keys.name('race.cancel')} to cancel."
    if session.cancelling:
        running = [lane for lane in session.race.raced() if lane.live]
        return f"Cancelling: waiting for {_names(running) or 'the lanes'} to stop."
    if session.sizing:
        return f"Measuring how fast this machine is, to size the race.{cancel}"
    lanes = session.race.raced()
    state, late = _late(lanes)
    if state == "starting":
        return f"Starting {_names(late)}{_phase(late)}: {_so_far(session, late)}.{cancel}"
    if state == "ready":
        return f"Waiting for {_names(late)} to prepare{_phase(late)}.{cancel}"
    if lanes and all(lane.ended is not None for lane in lanes):
        return f"Comparing the results of the lanes.{cancel}"
    return f"Waiting for {_names(late) or 'the first lane'} to run.{cancel}"


def waiting_word(session: "Session") -> str:
    """The same in two or three words, for the first line of every screen."""
    if session.cancelling:
        return "cancelling"
    if session.sizing:
        return "measuring"
    lanes = session.race.raced()
    state, late = _late(lanes)
    if lanes and all(lane.ended is not None for lane in lanes):
        return "comparing"
    if not late or state == "prepared":
        return "getting ready"
    return f"{DOING[state]} {plain(_names(late[:1]), 40)}"


def awaited(session: "Session") -> str:
    """The lanes that a race waits for before its first task can run; empty once a lane has run."""
    lanes = session.race.raced()
    if not session.racing or any(lane.zero is not None for lane in lanes):
        return ""
    _, late = _late(lanes)
    return _names(late or lanes) or "its lanes"


def _late(lanes: "list[Lane]") -> "tuple[str, list[Lane]]":
    """The lanes that keep a race waiting, and their state: those that are furthest behind; where
    all are prepared, the first, which runs first.
    """
    for state in ("starting", "ready"):
        if late := [lane for lane in lanes if lane.state == state]:
            return state, late
    return "prepared", [lane for lane in lanes if lane.state == "prepared"][:1]


def _names(lanes: "list[Lane]") -> str:
    return listed([lane_name(lane.engine) for lane in lanes])


def _phase(lanes: "list[Lane]") -> str:
    """What is under way in the lane that is waited for longest."""
    for lane in lanes:
        for phase in lane.phases:
            if phase.end is None:
                return f" ({counted(phase)})"
    return ""


def _so_far(session: "Session", lanes: "list[Lane]") -> str:
    """The seconds that the start of these lanes has taken, of those that it usually takes here:
    `1.4 of about 2.6 s`, `4 of about 12 s`, or `1.4 s` where none was measured.
    """
    from workloads.figures.startup import startup_s  # not before the first paint

    took = max(startup_s(lane, session.now) for lane in lanes)
    usual = [session.start_times.usual_s(lane.name) for lane in lanes]
    longest = max((each for each in usual if each is not None), default=None)
    places = 1
    if max(took, longest or 0) >= LONG_S:
        places = 0
    if longest is None:
        return f"{took:.{places}f} s"
    return f"{took:.{places}f} of about {longest:.{places}f} s"
