"""What screen 5 shows of a lane: its nodes and their workers, as the lines of a list of which one
is selected.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from workloads.ledger.lane import Lane
from workloads.ledger.nodes import NodeRow
from workloads.ledger.rows import WorkerRow
from workloads.ledger.usage import nodes_of

Kind = Literal["node", "meters", "worker", "gap"]


class Item(NamedTuple):
    """A line of the list: the head of a node, a line of what is held of it, or one of its
    workers; `part` counts the lines of meters.
    """

    kind: Kind
    node: NodeRow
    workers: list[WorkerRow]
    worker: WorkerRow | None = None
    part: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """A name that stays while the list changes: the node's id, and the worker's number."""
        if self.worker is None:
            return self.node.id, -1
        return self.node.id, self.worker.worker

    @property
    def selectable(self) -> bool:
        """True for what has more to show: a node or a worker."""
        return self.kind in ("node", "worker")


@dataclass(frozen=True)
class ClusterView:
    """A lane's nodes, `t` seconds into its run at `now` (ns since the epoch); `cursor` is the key
    of the selected item, `task` the task that is selected in the whole app.
    """

    lane: Lane = field(default_factory=lambda: Lane(""))
    t: float = 0.0
    now: int = 0
    cursor: tuple[str, int] | None = None
    task: int | None = None

    def items(self, meter_lines: int, gaps: bool) -> list[Item]:
        """The list, with so many lines of meters for each node; `gaps` between nodes."""
        items: list[Item] = []
        for node, workers in nodes_of(self.lane):
            if items and gaps:
                items.append(Item("gap", node, workers))
            items.append(Item("node", node, workers))
            if node.recorded:
                parts = range(meter_lines)
                items += [Item("meters", node, workers, part=part) for part in parts]
            items += [Item("worker", node, workers, row) for row in workers]
        return items

    def selectable(self) -> list[tuple[str, int]]:
        """The keys of what can be selected, from the top."""
        return [item.key for item in self.items(0, False) if item.selectable]
