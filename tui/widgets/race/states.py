"""A lane's state as a word and a mark."""

from tui.drawing.page import Page
from workloads.ledger.lane import Lane

STATES = {
    "running": ("●", "*"),
    "ghost": ("◌", "o"),
    "finished": ("✔", "v"),
    "failed": ("✗", "X"),
    "cancelled": ("■", "#"),
    "starting": ("░", ":"),
    "preparing": ("░", ":"),
    "ready": ("○", "o"),
    "waits": ("‖", "="),
    "held": ("◧", "H"),
}
"""The mark of each state, in Unicode and in ASCII."""


def state_mark(state: str, page: Page) -> str:
    """The mark of a state, a key of STATES."""
    return page.pick(*STATES[state])


def completed(lane: Lane) -> bool:
    """True if the lane's run came to its end: no task is missing, though some may have failed."""
    if lane.ended is None or lane.stopped or lane.state == "cancelled":
        return False
    return lane.state == "finished" or 0 < lane.done >= lane.tasks.count - lane.failed


def state_word(lane: Lane, over: bool, ghost: bool, behind: bool) -> str:
    """The word for a lane's state, a key of STATES; a warm lane that is `behind` waits for its
    turn.
    """
    if ghost:
        return "ghost"
    if lane.stopped:
        return "failed"
    if completed(lane):
        return "finished"
    if lane.zero is not None and not over:
        return ("running", "held")[lane.live and lane.interventions.held]
    if lane.state not in ("prepared", "ready"):
        return lane.state
    if any(phase.end is None for phase in lane.phases):
        return "preparing"
    if behind:
        return "waits"
    return "ready"
