"""The texts of a task that can be copied, one after the other with the same key."""

from typing import NamedTuple

from workloads.core.errors import plain
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import State
from workloads.ledger.task_figures import LaneTasks

MOST_CHARACTERS = 10_000
"""Characters of a text that are copied."""


class Copy(NamedTuple):
    """A text of a task, and what it is called in a sentence."""

    name: str
    text: str


class Copied:
    """Which text of a task was copied last."""

    def __init__(self) -> None:
        self._place, self._name = -1, ""

    def next(self, place: int, texts: list[Copy]) -> tuple[Copy, str]:
        """The text to copy of the task at a place of the list, and the name of the one after it."""
        names = [copy.name for copy in texts]
        at = 0
        if place == self._place and self._name in names:
            at = (names.index(self._name) + 1) % len(names)
        self._place, self._name = place, names[at]
        return texts[at], names[(at + 1) % len(names)]


def copies(of: LaneTasks, task: int, row: str) -> list[Copy]:
    """The texts that there are: the `row` as it stands in the table (empty if it isn't listed), the
    ObjectRef, the result, or the error with its traceback. Foreign text loses control characters.
    """
    state, raised = of.tasks.state[task], of.lane.errors.get(task)
    result = of.outcome(task)
    error, traceback = "", ""
    if state == State.FAILED:
        error, result = result, ""
        if raised is not None:
            error, traceback = exception_line(raised), _lines(raised.traceback)
    elif state != State.FINISHED:
        result = ""
    found = [
        Copy("row", row),
        Copy("ObjectRef", of.tasks.ref_hex(task)),
        Copy("result", plain(result, MOST_CHARACTERS)),
        Copy("error", plain(error, MOST_CHARACTERS)),
        Copy("traceback", traceback),
    ]
    return [copy for copy in found if copy.text]


def _lines(text: str) -> str:
    return "\n".join(plain(line) for line in text[:MOST_CHARACTERS].splitlines())
