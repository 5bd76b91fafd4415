"""A lane's workers as they are shown: numbered from 0 without gaps, in the order in which they
joined the run.
"""

import msgspec

from workloads.core.errors import plain
from workloads.ledger.lane import Lane


class ShownWorker(msgspec.Struct, frozen=True):
    """A worker: its `number` within the lane, its process id, and its node's id where it has one
    (Ray).
    """

    number: int
    pid: int
    node: str


def worker_list(lane: Lane) -> list[ShownWorker]:
    """The workers of the lane's run, those that were lost included."""
    return [ShownWorker(number, row.pid, plain(row.node, 100)) for number, row in lane.rows.items()]
