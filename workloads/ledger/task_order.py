"""The choice of a lane's tasks and their order, for the screen that lists them.

All is computed over the ledger's columns, so that 100,000 tasks take milliseconds.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.lane import Lane
from workloads.ledger.tables import State, TaskTable

SORTS = ("number", "ran", "waited", "state")
"""By number; longest first; slowest to start first; failed tasks first."""

STATE_ORDER = (
    State.FAILED,
    State.RETRYING,
    State.RUNNING,
    State.CANCELLED,
    State.SUBMITTED,
    State.WAITING,
    State.FINISHED,
)
"""The order of the states where tasks are sorted by them."""

RETRIED = "retried"
MIN_LETTERS = 3
"""Letters of a state's name that are enough to choose it."""

STATES = {state.name.lower(): state for state in State}

Rows = NDArray[np.intp]

_RANKS = np.argsort(STATE_ORDER).astype(np.uint8)
_WORKER = re.compile(r"w(\d{1,9})")
# With a dash as the screen writes ranges.
_NUMBERS = re.compile(r"(\d{1,9})(?:(?:-|–|:|\.\.)(\d{1,9}))?")


class Choice(NamedTuple):
    """The tasks to list: sorted by one of SORTS, the other way round with `reverse`, and only those
    that suit each of `words`.

    A word is a state (`failed`), `retried`, a worker (`w3`), a task's number or a range of them
    (`10-20`), or else text that the task's outcome must contain.
    """

    sort: str = SORTS[0]
    reverse: bool = False
    words: str = ""


def ran_s(tasks: TaskTable, t: float, of: Rows) -> NDArray[np.float64]:
    """Seconds that each of these tasks ran, or has run by `t`; NaN for those that haven't begun."""
    start, end = tasks.start[of], tasks.end[of]
    return np.asarray(np.where(np.isfinite(end), end, np.maximum(t, start)) - start)


def waited_s(tasks: TaskTable, of: Rows) -> NDArray[np.float64]:
    """Seconds from the submission of each of these tasks to its start; NaN without either."""
    return np.asarray(np.maximum(tasks.start[of] - tasks.submitted[of], 0))


def matching(tasks: TaskTable, words: str, outcomes: Mapping[int, str]) -> NDArray[np.bool_]:
    """True for each task that suits the words of a Choice; `outcomes` are the texts by task."""
    suits = np.ones(tasks.count, bool)
    for word in words.lower().split():
        if word == RETRIED:
            suits &= tasks.attempt > 0
        elif word in STATES:
            suits &= tasks.state == STATES[word]
        elif worker := _WORKER.fullmatch(word):
            suits &= tasks.worker == int(worker[1])
        elif numbers := _NUMBERS.fullmatch(word):
            first, last = int(numbers[1]), int(numbers[2] or numbers[1])
            within = np.zeros(tasks.count, bool)
            within[first : last + 1] = True
            suits &= within
        else:
            suits &= _containing(tasks, word, outcomes)
    return suits


def _containing(tasks: TaskTable, word: str, outcomes: Mapping[int, str]) -> NDArray[np.bool_]:
    """The tasks whose outcome contains the word, and those in a state that starts with it, as while
    it is being typed.
    """
    suits = np.zeros(tasks.count, bool)
    for task, text in outcomes.items():
        if task < tasks.count and word in text.lower():
            suits[task] = True
    if len(word) >= MIN_LETTERS:
        for name, state in STATES.items():
            if name.startswith(word):
                suits |= tasks.state == state
    return suits


def ordered(tasks: TaskTable, t: float, choice: Choice, outcomes: Mapping[int, str]) -> Rows:
    """The numbers of the chosen tasks in order, `t` seconds into the run; equal ones by number,
    tasks without that time last.
    """
    rows = np.flatnonzero(matching(tasks, choice.words, outcomes))
    if choice.sort == "number":
        return rows[::-1] if choice.reverse else rows
    if choice.sort == "state":
        key = _RANKS[tasks.state[rows]].astype(np.float64)
    elif choice.sort == "ran":
        key = -ran_s(tasks, t, rows)
    else:
        key = -waited_s(tasks, rows)
    if choice.reverse:
        key = -key
    return rows[np.argsort(key, kind="stable")]


EVERYTHING = Choice()


class Order:
    """The order of a lane's tasks, worked out again only when something has changed that it depends
    on.
    """

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._rows = np.zeros(0, np.intp)

    def rows(self, lane: Lane, t: float, choice: Choice, outcomes: Mapping[int, str]) -> Rows:
        """As `ordered`, of this lane; while it runs, not to be asked more than a few times a
        second.
        """
        tasks = lane.tasks
        of: tuple[object, ...] = (tasks, choice)  # the table itself: another run has another one
        if choice.words or choice.sort != "number":
            sent = int(np.count_nonzero(tasks.state == State.SUBMITTED))
            moving = lane.live and choice.sort == "ran"
            counts = lane.done, lane.failed, lane.retried, lane.cancelled, lane.running, sent
            of = (tasks, choice, *counts, t if moving else None)
        if of != self._of:
            self._of, self._rows = of, ordered(tasks, t, choice, outcomes)
        return self._rows
