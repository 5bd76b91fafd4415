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
    "ready": ("○", "o"),
    "waits": ("‖", "="),
}
"""The mark of each state, in Unicode and in ASCII."""


def state_mark(state: str, page: Page) -> str:
    """The mark of a state, a key of STATES."""
    return page.pick(*STATES[state])


def state_word(lane: Lane, over: bool, ghost: bool, behind: bool) -> str:
    """The word for a lane's state, a key of STATES; a warm lane that is `behind` waits for its
    turn.
    """
    if ghost:
        return "ghost"
    if lane.state in ("gone", "broken"):
        return "failed"
    if lane.zero is not None and not over:
        return "running"
    if lane.state not in ("prepared", "ready"):
        return lane.state
    if behind:
        return "waits"
    return "ready"
