"""The figures of a lane's tasks, by which a list of them is filtered and sorted, and which stand in
its columns: each is computed here alone, NaN where it isn't measured.

All are computed over the ledger's columns, so that 100,000 tasks take milliseconds.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.lane import Lane
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import State, TaskTable

Figures = NDArray[np.float64]
Rows = NDArray[np.intp] | slice
ALL = slice(None)


NODE_LETTERS = 6
"""Letters of a node's id that are shown."""


class LaneTasks(NamedTuple):
    """A lane's tasks as a list reads them: its ledger, the texts of results and exceptions by task,
    and the seconds since the run's zero.
    """

    lane: Lane
    outcomes: Mapping[int, str] = {}
    t: float = 0.0

    @property
    def tasks(self) -> TaskTable:
        """The table."""
        return self.lane.tasks

    def outcome(self, task: int) -> str:
        """The result of a task as JSON, its exception, or why its worker was lost; empty where
        there is none, or it is no longer kept.
        """
        state, lane = self.tasks.state[task], self.lane
        if state == State.RETRYING:
            row = lane.rows.get(int(self.tasks.worker[task]))
            return row.lost if row else ""
        if state == State.FAILED and task not in self.outcomes and task in lane.errors:
            return exception_line(lane.errors[task])
        if state not in (State.FINISHED, State.FAILED):
            return ""
        return self.outcomes.get(task, "")

    def node(self, worker: int) -> str:
        """The id of a worker's node, by the number by which it is shown; empty where none is
        known.
        """
        row = self.lane.rows.get(worker)
        return row.node if row else ""

    def node_text(self, worker: int) -> str:
        """A worker's node by its number in the lane and the beginning of its id: `0 dadefb`."""
        node = self.node(worker)
        row = self.lane.nodes.rows.get(node)
        if row is None:
            return node[:NODE_LETTERS]
        return f"{row.number} {node[:NODE_LETTERS]}"


def queued_s(of: LaneTasks, rows: Rows = ALL) -> Figures:
    """Seconds from the submission of each of these tasks to its start."""
    return np.asarray(np.maximum(of.tasks.start[rows] - of.tasks.submitted[rows], 0))


def ran_s(of: LaneTasks, rows: Rows = ALL) -> Figures:
    """Seconds that each of these tasks ran, or has run by now."""
    start, end = of.tasks.start[rows], of.tasks.end[rows]
    return np.asarray(np.where(np.isfinite(end), end, np.maximum(of.t, start)) - start)


def fetched_s(of: LaneTasks, rows: Rows = ALL) -> Figures:
    """Seconds from the end of each of these tasks until the lane had its result in hand."""
    return np.asarray(np.maximum(of.tasks.fetched[rows] - of.tasks.end[rows], 0))


def cpu_share(of: LaneTasks, rows: Rows = ALL) -> Figures:
    """The CPU time of each of these tasks that finished, as a share of the time that it ran."""
    tasks = of.tasks
    cpu, ran = tasks.cpu[rows].astype(np.float64), ran_s(of, rows)
    measured = (tasks.state[rows] == State.FINISHED) & (cpu > 0) & (ran > 0)
    share = np.full(len(cpu), np.nan)
    np.divide(cpu, ran, out=share, where=measured)
    return share


def result_bytes(of: LaneTasks, rows: Rows = ALL) -> Figures:
    """The bytes that travelled to the lane for the result of each of these tasks."""
    size = of.tasks.result_bytes[rows]
    return np.where(size > 0, size, np.nan)


def attempts(of: LaneTasks, rows: Rows = ALL) -> Figures:
    """The number of each task's last attempt, from 1."""
    return np.asarray(of.tasks.attempt[rows].astype(np.float64) + 1)
