"""How a task's state is told: by a sign, a word and a colour; for the table of tasks and the
details of one.
"""

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


def state_ink(state: int, engine: str, colors: Palette) -> str:
    """The colour of a task's state."""
    inks = {
        State.RUNNING: colors.lane(engine),
        State.FINISHED: colors.text,
        State.FAILED: colors.failed,
        State.RETRYING: colors.accent,
    }
    return inks.get(State(state), colors.dim)


def state_words(state: int, ascii: bool) -> str:
    """`✔ finished`."""
    return f"{GLYPHS[State(state)][ascii]} {State(state).name.lower()}"
