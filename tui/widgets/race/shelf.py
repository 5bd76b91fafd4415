"""The rows of a lane on the timeline: which there are, and which of them are in view."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.widgets.race.lane_view import LaneView
from workloads.ledger.rows import WorkerRow

HEADED = 6
"""Lines of a lane from which on nodes have headings where not all rows are in view."""

Keys = NDArray[np.intp]


class Heading(NamedTuple):
    """The heading of the workers of a node: its number in the lane, its id and address, and how
    many there are.
    """

    number: int
    id: str
    address: str
    workers: int


Row = WorkerRow | Heading


class Shelf(NamedTuple):
    """A lane's rows by their `keys` (a worker's number, or a task's; -1 for a heading), of which
    there is room for `room`; `top` is the first that is wanted in view.
    """

    keys: Keys
    room: int
    top: int = 0

    @property
    def full(self) -> bool:
        """True if not all rows are in view: then the last line stands for the others."""
        return len(self.keys) > self.room

    @property
    def shown(self) -> int:
        """How many rows are in view."""
        if self.full:
            return max(self.room - 1, 0)
        return len(self.keys)

    @property
    def first(self) -> int:
        """The first row in view."""
        return max(0, min(self.top, len(self.keys) - self.shown))

    def in_view(self) -> list[int]:
        """The rows in view, by their places; the first is the heading of those that follow."""
        places = list(range(self.first, self.first + self.shown))
        if places and self.keys[places[0]] >= 0:
            above = np.flatnonzero(self.keys[: places[0]] < 0)
            if len(above):
                places[0] = int(above[-1])
        return places

    def showing(self, key: int) -> "Shelf":
        """The shelf with that row in view, moved by as little as it takes."""
        found = np.flatnonzero(self.keys == key)
        if not self.full or not len(found) or not self.shown:
            return self
        place, headed = int(found[0]), int((self.keys < 0).any())
        top = min(max(self.first, place - self.shown + 1), place - headed)
        return self._replace(top=top)

    def scrolled(self, rows: int) -> "Shelf":
        """The shelf moved by so many rows."""
        return self._replace(top=self._replace(top=self.first + rows).first)


EMPTY = Shelf(np.zeros(0, np.intp), 0)


def rows_of_lane(view: LaneView) -> list[Row]:
    """The lane's workers in order, below headings of their nodes if there are several; none before
    its run.
    """
    if not view.lane.zero:
        return []
    workers = [view.lane.rows[worker] for worker in sorted(view.lane.rows)]
    nodes = dict.fromkeys(row.node for row in workers)
    if len(nodes) < 2:
        return [*workers]
    rows: list[Row] = []
    for number, node in enumerate(_by_number(view, list(nodes))):
        own = [row for row in workers if row.node == node]
        recorded = view.lane.nodes.rows.get(node)
        address = ""
        if recorded is not None:
            number, address = recorded.number, recorded.address
        rows += [Heading(number, node, address, len(own)), *own]
    return rows


def _by_number(view: LaneView, nodes: list[str]) -> list[str]:
    """The nodes in the order in which they joined, others after them."""
    places = {node: row.number for node, row in view.lane.nodes.rows.items()}
    return sorted(nodes, key=lambda node: places.get(node, len(places)))


def without_headings(rows: Sequence[Row], room: int) -> Sequence[Row]:
    """The rows; without headings where these would take the room that workers need."""
    if len(rows) > room and room < HEADED:
        return [row for row in rows if isinstance(row, WorkerRow)]
    return rows


def keys_of(rows: Sequence[Row]) -> Keys:
    """The keys of these rows: a heading has -1."""
    return np.array([_key(row) for row in rows], np.intp)


def _key(row: Row) -> int:
    if isinstance(row, WorkerRow):
        return row.worker
    return -1
