"""The shape of a local Ray cluster, and whether this machine has the memory for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workloads.core.errors import BadInput
from workloads.core.wording import plural, size_text
from workloads.machine import memory

FIRST_NODE_BYTES = 420 << 20
NODE_BYTES = 60 << 20
WORKER_BYTES = 50 << 20
"""Memory (PSS) of the driver and the first node, of each further node and of an idle worker, as
tests.bench.nodes measures them.
"""


@dataclass(frozen=True)
class LocalNodes:
    """The nodes of a local Ray cluster: how many, and the logical GPUs and other resources by name
    that each of them offers.
    """

    count: int = 1
    gpus: int = 0
    resources: Mapping[str, float] = field(default_factory=dict)


ONE_NODE = LocalNodes()
"""The usual shape of a local Ray: one node, which offers its CPUs."""


def need_bytes(nodes: int, cpus: int) -> int:
    """Bytes of memory that a local cluster of so many nodes takes, with a worker for each of its
    CPUs, before tasks use any.
    """
    return FIRST_NODE_BYTES + (nodes - 1) * NODE_BYTES + cpus * WORKER_BYTES


def check_room(nodes: int, cpus: int) -> None:
    """Raises BadInput where the memory that is available isn't enough for such a cluster."""
    if nodes <= 1:
        return
    need, free = need_bytes(nodes, cpus), memory.available()
    if need <= free:
        return
    each = NODE_BYTES + cpus // nodes * WORKER_BYTES
    fit = max(1, (free - FIRST_NODE_BYTES + NODE_BYTES) // each)
    cpus_each = f"{cpus // nodes:,} {plural('CPU', cpus // nodes)}"
    raise BadInput(
        f"{nodes:,} local nodes of {cpus_each} need about {size_text(need)} of memory, but "
        f"{size_text(free)} are available: at most {fit:,} fit."
    )
