"""The nodes of a private Ray beside its first, on this machine too: each has a raylet, an object
store and workers of its own.

They are started by Ray's own `cluster_utils`, which its tests use for that. The first node is the
one that `ray.init` has started.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import psutil

from workloads.core import events as ev
from workloads.core.errors import EngineFailed, plain
from workloads.engines import Emit, EngineOptions
from workloads.engines.ray import start as starting
from workloads.machine import clock

PHASE = "nodes"


class AddedNodes:
    """The nodes that were added to the private Ray of this process; main thread only."""

    def __init__(self, ray: Any, options: EngineOptions) -> None:
        from ray.cluster_utils import Cluster as NodesOfRay

        self._options = options
        self._cluster: Any = NodesOfRay(initialize_head=False, shutdown_at_exit=True)
        self._cluster.head_node = ray._private.worker._global_node
        self._cluster.redis_address = self._cluster.head_node.redis_address
        self._nodes: dict[str, Any] = {}

    def start(self, emit: Emit, cpus: int, store_bytes: int, look: Callable[[], None]) -> None:
        """Add the nodes that the options ask for, each with so many CPUs and an object store of so
        many bytes; `look` is called after each. Raises EngineFailed, naming the node that doesn't
        come up.
        """
        total = self._options.nodes.count
        emit(ev.PhaseBegan(t=clock.now(), name=PHASE))
        emit(ev.PhaseProgressed(t=clock.now(), name=PHASE, done=1, total=total))
        for number in range(2, total + 1):
            try:
                with starting.watched(raylets=number):
                    self.add(cpus, store_bytes)
            except Exception as error:
                why = f"{type(error).__name__}: {plain(error, 300)}"
                if isinstance(error, EngineFailed):
                    why = plain(error, 300)
                raise EngineFailed(f"Node {number} of {total} didn't start: {why}.") from error
            emit(ev.PhaseProgressed(t=clock.now(), name=PHASE, done=number, total=total))
            look()
        emit(ev.PhaseEnded(t=clock.now(), name=PHASE, detail=f"{total} nodes"))

    def add(self, cpus: int, store_bytes: int) -> str:
        """Add a node; returns its id once it has registered. Raises what Ray raises if it
        doesn't.
        """
        node = self._cluster.add_node(
            num_cpus=cpus,
            num_gpus=self._options.nodes.gpus,
            resources=dict(self._options.nodes.resources),
            object_store_memory=store_bytes,
            node_ip_address="127.0.0.1",
        )
        self._nodes[node.node_id] = node
        return str(node.node_id)

    def ended(self) -> dict[str, str]:
        """The reasons why nodes are gone, by their ids. Ray itself needs 15 s to notice."""
        gone = {}
        for id, node in self._nodes.items():
            for info in node.all_processes.get("raylet", ()):
                if not _alive(info.process.pid):
                    gone[id] = f"its raylet (process {info.process.pid}) died"
        return gone

    def close(self) -> None:
        """End the nodes."""
        for node in self._nodes.values():
            with contextlib.suppress(Exception):
                node.kill_all_processes(check_alive=False, allow_graceful=False)
        self._nodes.clear()


def _alive(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False
