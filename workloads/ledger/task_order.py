"""The choice of a lane's tasks and their order, for the screen that lists them.

All is computed over the ledger's columns, so that 100,000 tasks take milliseconds.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.lane import Lane
from workloads.ledger.tables import State, TaskTable
from workloads.ledger.task_filter import Filter, TaskTexts, parse_filter, ran_s, waited_s

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

Rows = NDArray[np.intp]

_RANKS = np.argsort(STATE_ORDER).astype(np.uint8)


class Choice(NamedTuple):
    """The tasks to list: sorted by one of SORTS, the other way round with `reverse`, and only those
    that suit the filter `words`.
    """

    sort: str = SORTS[0]
    reverse: bool = False
    words: str = ""

    @property
    def filter(self) -> Filter:
        """What the words ask for."""
        return parse_filter(self.words)


def ordered(tasks: TaskTable, t: float, choice: Choice, outcomes: Mapping[int, str]) -> Rows:
    """The numbers of the chosen tasks in order, `t` seconds into the run; equal ones by number,
    tasks without that time last.
    """
    rows = np.flatnonzero(choice.filter.matching(TaskTexts(tasks, outcomes, t)))
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
            moving = lane.live and (choice.sort == "ran" or choice.filter.moves)
            counts = lane.done, lane.failed, lane.retried, lane.cancelled, lane.running, sent
            of = (tasks, choice, *counts, t if moving else None)
        if of != self._of:
            self._of, self._rows = of, ordered(tasks, t, choice, outcomes)
        return self._rows
