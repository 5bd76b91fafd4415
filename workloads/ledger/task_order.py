"""The choice of the tasks of all lanes and their order, for the screen that lists them.

All is computed over the ledger's columns, so that 100,000 tasks take milliseconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.ledger import task_figures as figures
from workloads.ledger.tables import REF, State
from workloads.ledger.task_figures import Figures, LaneTasks
from workloads.ledger.task_filter import Filter, parse_filter
from workloads.machine import clock

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

LONG_S = 0.01
"""CPU seconds of ordering from which on it isn't done again at once."""

PAUSE = 10
"""So many times as long as it took to order many tasks, their order stays as it is."""

Rows = NDArray[np.intp]

_RANKS = np.argsort(STATE_ORDER).astype(np.float64)


@dataclass(frozen=True)
class TaskList:
    """The tasks of some lanes as one list. The place of a task in it is its number, after all tasks
    of the lanes before its own.
    """

    lanes: tuple[LaneTasks, ...] = ()

    @cached_property
    def starts(self) -> Rows:
        """The place of each lane's first task, and the number of all tasks."""
        counts = [of.tasks.count for of in self.lanes]
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)

    @property
    def count(self) -> int:
        """The number of all tasks."""
        return int(self.starts[-1])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the lanes."""
        return tuple(of.lane.name for of in self.lanes)

    def place(self, lane: str, task: int) -> int | None:
        """The place of a lane's task; None if it isn't in the list."""
        for start, of in zip(self.starts.tolist(), self.lanes, strict=False):
            if of.lane.name == lane and 0 <= task < of.tasks.count:
                return int(start) + task
        return None

    def at(self, place: int) -> tuple[LaneTasks, int]:
        """The lane of the task at a place, and its number."""
        lane = int(np.searchsorted(self.starts, place, side="right")) - 1
        return self.lanes[lane], place - int(self.starts[lane])

    def each(self, of: Callable[[LaneTasks], NDArray[Any]]) -> Figures:
        """A column or figure of all tasks, by their places."""
        return np.concatenate([np.zeros(0), *map(of, self.lanes)])

    @cached_property
    def by_number(self) -> Rows:
        """The places in the order of the tasks' numbers, those of equal numbers in the order of
        lanes.
        """
        return np.argsort(_by_number(self), kind="stable")


# -- what tasks are sorted by ----------------------------------------------------------------------


def _figure(of: Callable[[LaneTasks], Figures], tasks: TaskList) -> Figures:
    return tasks.each(of)


def _by_number(tasks: TaskList) -> Figures:
    return tasks.each(lambda of: np.arange(of.tasks.count))


def _by_lane(tasks: TaskList) -> Figures:
    return np.repeat(np.arange(len(tasks.lanes)), np.diff(tasks.starts)).astype(np.float64)


def _by_state(tasks: TaskList) -> Figures:
    return tasks.each(lambda of: _RANKS[of.tasks.state])


def _by_worker(tasks: TaskList) -> Figures:
    workers = tasks.each(lambda of: of.tasks.worker)
    return np.where(workers >= 0, workers, np.nan)


def _by_node(tasks: TaskList) -> Figures:
    nodes = sorted({row.node for of in tasks.lanes for row in of.lane.rows.values() if row.node})
    ranks = {node: rank for rank, node in enumerate(nodes)}

    def of_lane(of: LaneTasks) -> Figures:
        by_worker = np.full(max(of.lane.rows, default=-1) + 2, np.nan)  # the last is nobody's
        for worker, row in of.lane.rows.items():
            by_worker[worker] = ranks.get(row.node, np.nan)
        return by_worker[of.tasks.worker]

    return tasks.each(of_lane)


def _by_ref(tasks: TaskList) -> Figures:
    refs = np.concatenate([np.zeros(0, REF), *(of.tasks.ref for of in tasks.lanes)])
    ids, ranks = np.unique(refs.view(f"S{REF.itemsize}"), return_inverse=True)
    return np.where(ids[ranks] != b"", ranks, np.nan)


def _by_result(tasks: TaskList) -> Figures:
    texts = sorted({text for of in tasks.lanes for text in of.outcomes.values()})
    ranks = {text: rank for rank, text in enumerate(texts)}

    def of_lane(of: LaneTasks) -> Figures:
        by_task = np.full(of.tasks.count, np.nan)
        for task, text in of.outcomes.items():
            if task < len(by_task):
                by_task[task] = ranks[text]
        return by_task

    return tasks.each(of_lane)


class Sort(NamedTuple):
    """What tasks are sorted by, NaN for those that come last either way; and which end is first."""

    key: Callable[[TaskList], Figures]
    largest_first: bool = False


SORTS = {
    "task": Sort(_by_number),
    "lane": Sort(_by_lane),
    "state": Sort(_by_state),
    "worker": Sort(_by_worker),
    "node": Sort(_by_node),
    "attempt": Sort(partial(_figure, figures.attempts), True),
    "queued": Sort(partial(_figure, figures.queued_s), True),
    "ran": Sort(partial(_figure, figures.ran_s), True),
    "fetched": Sort(partial(_figure, figures.fetched_s), True),
    "cpu": Sort(partial(_figure, figures.cpu_share), True),
    "size": Sort(partial(_figure, figures.result_bytes), True),
    "ref": Sort(_by_ref),
    "result": Sort(_by_result),
}
"""What tasks can be sorted by. By state, failed tasks are first."""

BY_NUMBER = next(iter(SORTS))
STILL = (BY_NUMBER, "lane")
"""Orders that no event changes."""


class Choice(NamedTuple):
    """The tasks to list: sorted by one of SORTS, the other way round with `reverse`, and only those
    that suit the filter `words`.
    """

    sort: str = BY_NUMBER
    reverse: bool = False
    words: str = ""

    def filter(self, lanes: tuple[str, ...]) -> Filter:
        """What the words ask for, of tasks of the lanes of these names."""
        return parse_filter(self.words, lanes)

    @property
    def ascends(self) -> bool:
        """True if the smallest comes first."""
        return SORTS[self.sort].largest_first == self.reverse


EVERYTHING = Choice()


def ordered(tasks: TaskList, choice: Choice) -> Rows:
    """The places of the chosen tasks in order; equal ones by number, those without that figure
    last.
    """
    rows = tasks.by_number
    if choice.words:
        suits = tasks.each(choice.filter(tasks.names).matching).astype(bool)
        rows = rows[suits[rows]]
    if choice.sort == BY_NUMBER and not choice.reverse:
        return rows
    key = SORTS[choice.sort].key(tasks)[rows]
    if not choice.ascends:
        key = -key
    return rows[np.argsort(key, kind="stable")]


class Order:
    """The order of tasks, worked out again only when something has changed that it depends on."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._rows: Rows = np.zeros(0, np.intp)
        self._not_before = 0.0

    def rows(self, tasks: TaskList, choice: Choice) -> Rows:
        """As `ordered`; while lanes run, not to be asked more than a few times a second."""
        # The tables themselves: another run has another one.
        asked = (choice, *(of.tasks for of in tasks.lanes))
        state = asked
        if choice.words or choice.sort not in STILL:
            moves = choice.sort == "ran" or choice.filter(tasks.names).moves
            state = (*asked, *(_state(of, moves) for of in tasks.lanes))
        live = any(of.lane.live for of in tasks.lanes)
        waits = live and clock.monotonic() < self._not_before
        if state == self._of or (waits and asked == self._of[: len(asked)]):
            return self._rows
        began = clock.thread_time()
        self._of, self._rows = state, ordered(tasks, choice)
        took = clock.thread_time() - began
        self._not_before = 0.0
        if took > LONG_S:
            self._not_before = clock.monotonic() + PAUSE * took
        return self._rows


def _state(of: LaneTasks, moves: bool) -> tuple[object, ...]:
    """What a lane's part of an order depends on; `moves` where that is also the time."""
    lane, t = of.lane, None
    sent = int(np.count_nonzero(of.tasks.state == State.SUBMITTED))
    if lane.live and moves:
        t = of.t
    return lane.done, lane.failed, lane.retried, lane.cancelled, lane.running, sent, t
