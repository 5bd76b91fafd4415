"""The nodes of a lane's cluster: what each offers, what is held of it, and how its clock is off."""

import math
from dataclasses import dataclass, field
from typing import Any

from workloads.core import events as ev
from workloads.ledger.bounds import MAX_SECONDS

MAX_NODES = 1024
MAX_RESOURCES = 64
"""Nodes of a lane, and kinds of resources of a node, that are kept."""


@dataclass(slots=True)
class NodeRow:
    """A node by its `number` in the lane, from 0; amounts of resources by name.

    `recorded` is False for a node of which nothing but its workers is known (a recording of an
    earlier version). `ahead` are the seconds by which its clock is ahead, give or take `error_s`;
    None where that wasn't measured: it has the clock of the lane.
    """

    number: int
    id: str
    address: str = ""
    resources: dict[str, float] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)
    store_bytes: int = 0
    store_used: int = 0
    spilled: int | None = None
    driver: bool = False
    shared: bool = False
    recorded: bool = False
    lost: str | None = None
    ahead: float | None = None
    error_s: float = 0.0

    @property
    def alive(self) -> bool:
        """True as long as it isn't lost."""
        return self.lost is None


class NodeTable:
    """The nodes of a lane by their ids, in the order in which they joined, and what the tasks of
    its run ask for.
    """

    def __init__(self) -> None:
        self.rows: dict[str, NodeRow] = {}
        self.asks: dict[str, float] = {}
        self.strategy = ""
        self.version = 0

    @property
    def count(self) -> int:
        """The nodes that are there."""
        return sum(row.alive for row in self.rows.values())

    def of(self, id: str) -> NodeRow | None:
        """The row of a node, made when it is first named; None where there are too many."""
        row = self.rows.get(id)
        if row is None and len(self.rows) < MAX_NODES:
            row = self.rows[id] = NodeRow(len(self.rows), id)
        return row

    def apply(self, event: ev.NodeEvent) -> None:
        """Take one event."""
        self.version += 1
        if isinstance(event, ev.TasksAsk):
            self.asks, self.strategy = _possible(event.resources), event.strategy
        elif row := self.of(event.node):
            _TAKERS[type(event)](row, event)


def _join(row: NodeRow, event: ev.NodeJoined) -> None:
    row.address, row.resources = event.address, _possible(event.resources)
    row.store_bytes, row.driver, row.shared = event.store_bytes, event.driver, event.shared
    row.recorded, row.lost = True, None


def _use(row: NodeRow, event: ev.NodeUsed) -> None:
    row.held, row.store_used, row.spilled = _possible(event.held), event.store_used, event.spilled


def _lose(row: NodeRow, event: ev.NodeLost) -> None:
    row.lost = event.reason
    row.held, row.store_used = {}, 0


def _measure(row: NodeRow, event: ev.ClockMeasured) -> None:
    if abs(event.ahead) <= MAX_SECONDS and 0 <= event.error_s <= MAX_SECONDS:
        row.ahead, row.error_s = event.ahead, event.error_s


_TAKERS: dict[type, Any] = {
    ev.NodeJoined: _join,
    ev.NodeUsed: _use,
    ev.NodeLost: _lose,
    ev.ClockMeasured: _measure,
}


def _possible(amounts: dict[str, float]) -> dict[str, float]:
    """The amounts that can be true (a recording may hold any number), of so many resources."""
    kept = {
        name: amount for name, amount in amounts.items() if amount >= 0 and math.isfinite(amount)
    }
    return dict(list(kept.items())[:MAX_RESOURCES])
