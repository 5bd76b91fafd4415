"""Who holds what of a lane's nodes: read from its ledger, for the moment that is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workloads.ledger.lane import Lane
from workloads.ledger.nodes import NodeRow
from workloads.ledger.rows import WorkerRow
from workloads.ledger.tables import OVER, State

WorkerState = Literal["running", "idle", "busy", "lost"]


@dataclass(frozen=True)
class ResourceUse:
    """An amount of a resource that a node offers, and what is held of it: by the lane's tasks, and
    by `others` of a cluster that the lane shares.
    """

    name: str
    total: float
    held: float
    others: float = 0.0

    @property
    def free(self) -> float:
        """What a further task can have."""
        return max(0.0, self.total - self.held - self.others)


@dataclass(frozen=True)
class WorkerUse:
    """What a worker does: `task` is the one that it runs, or ran last (None: none yet), for
    `task_s` seconds; it has `ran` so many attempts to their ends and was at work for `busy_s`.

    It is "busy" where the lane's tasks are too short to report their starts.
    """

    state: WorkerState
    task: int | None
    task_s: float
    ran: int
    busy_s: float


def nodes_of(lane: Lane) -> list[tuple[NodeRow, list[WorkerRow]]]:
    """The nodes of the lane with their workers, both in order of their numbers; workers that are on
    none, as those of other engines, are on a node without an id.
    """
    workers: dict[str, list[WorkerRow]] = {id: [] for id in lane.nodes.rows}
    for _, row in sorted(lane.rows.items()):
        workers.setdefault(row.node, []).append(row)
    nodes: list[tuple[NodeRow, list[WorkerRow]]] = []
    for id, rows in workers.items():
        node = lane.nodes.rows.get(id)
        nodes.append((node or NodeRow(len(nodes), id), rows))
    return nodes


def resource_uses(lane: Lane, node: NodeRow, workers: Iterable[WorkerRow]) -> list[ResourceUse]:
    """What is held of the node's CPUs, GPUs and custom resources, and of its memory where tasks ask
    for that.
    """
    asks = lane.nodes.asks
    running = sum(len(row.open) for row in workers)
    uses = []
    for name, total in sorted(node.resources.items(), key=lambda item: _rank(item[0])):
        if name == "memory" and not (asks.get(name) or node.held.get(name)):
            continue
        counted, own = node.held.get(name, 0.0), min(running * asks.get(name, 0.0), total)
        if node.shared:
            uses.append(ResourceUse(name, total, own, max(0.0, counted - own)))
        elif lane.running or lane.ended is not None:
            uses.append(ResourceUse(name, total, own))
        else:  # tasks that don't report their starts, or workers that are warmed: as Ray counts
            uses.append(ResourceUse(name, total, counted))
    return uses


def worker_use(lane: Lane, node: NodeRow, row: WorkerRow, t: float) -> WorkerUse:
    """What the worker does, `t` seconds into the run."""
    busy_s = float(row.busy_until(np.array([t]))[0])
    ended = row.between(-np.inf, t)
    ran = len(ended.task)
    state: WorkerState = "idle"
    if row.lost or not node.alive:
        state = "lost"
    if row.open and lane.live:
        task, (start, _) = next(reversed(row.open.items()))
        since_s = max(0.0, t - start)
        if state == "idle":
            state = "running"
        return WorkerUse(state, task, since_s, ran, busy_s + since_s)
    if state == "idle" and lane.live and not lane.running:
        state = "busy"
    if not ran:
        return WorkerUse(state, None, 0.0, 0, 0.0)
    task_s = float(min(ended.end[-1], t) - ended.start[-1])
    return WorkerUse(state, int(ended.task[-1]), task_s, ran, busy_s)


def tasks_at_work(
    rows: Iterable[WorkerRow], edges: NDArray[np.float64], t: float
) -> NDArray[np.float64]:
    """The mean number of tasks that these workers ran between each pair of neighbouring edges, in
    seconds of the run, up to `t`.
    """
    busy = np.zeros(len(edges))
    for row in rows:
        busy += row.busy_until(np.minimum(edges, t))
        for start, _ in row.open.values():
            busy += np.clip(np.minimum(edges, t) - start, 0, None)
    return np.asarray(np.diff(busy) / np.diff(edges))


def held_inputs(lane: Lane) -> list[int]:
    """The tasks, of those whose inputs were put, that still hold them: they haven't ended."""
    return [task for task in lane.stored if lane.tasks.state[task] not in (*OVER, State.CANCELLED)]


def _rank(name: str) -> tuple[int, str]:
    return {"CPU": 0, "GPU": 1, "memory": 3}.get(name, 2), name
