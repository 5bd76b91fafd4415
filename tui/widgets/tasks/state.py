"""A task's state as a sign, a word and a colour; for the table of tasks and the details of one."""

from tui.drawing.page import Page
from tui.drawing.themes import Palette
from workloads.ledger.tables import State

GLYPHS = {
    State.WAITING: ("·", "."),
    State.SUBMITTED: ("○", "o"),
    State.RUNNING: ("●", "*"),
    State.FINISHED: ("✔", "v"),
    State.FAILED: ("✗", "X"),
    State.RETRYING: ("↻", "R"),
    State.CANCELLED: ("■", "#"),
}
"""The sign of each state, in Unicode and in ASCII."""


def state_ink(state: int, engine: str, colors: Palette) -> str:
    """The colour of a task's state."""
    inks = {
        State.RUNNING: colors.lane(engine),
        State.FINISHED: colors.text,
        State.FAILED: colors.failed,
        State.RETRYING: colors.accent,
    }
    return inks.get(State(state), colors.dim)


def state_words(state: int, page: Page) -> str:
    """`✔ finished`."""
    name = State(state).name.lower()
    if state == State.WAITING:
        name = "not started"
    return f"{page.pick(*GLYPHS[State(state)])} {name}"
