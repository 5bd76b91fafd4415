"""Clusters that grow: whether Ray's autoscaler can add nodes, and the wait for one that a task
needs.
"""

import contextlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workloads.core import events as ev
from workloads.engines import Emit, Stop
from workloads.engines.ray import remote
from workloads.engines.ray.asked import Amounts, amounts_text, unplaceable
from workloads.machine import clock

if TYPE_CHECKING:
    from workloads.engines.ray.cluster import Cluster

LOOK_EVERY_S = 0.5

STATUS = b"__autoscaling_status"
"""Where Ray's monitor keeps what it knows of the cluster's nodes (Ray 2.60)."""


def can_grow(ray: Any) -> bool:
    """True if the cluster has an autoscaler with kinds of nodes to add. Every `ray start --head`
    runs one that only watches: its kinds of nodes are called after the nodes.
    """
    with contextlib.suppress(Exception):  # private parts of Ray, which another version may lack
        config = ray._private.state.state.get_cluster_config()
        if config is not None and len(config.node_group_configs):
            return True
    with contextlib.suppress(Exception):
        status = ray._private.worker.global_worker.gcs_client.internal_kv_get(STATUS, None)
        kinds = json.loads(status)["autoscaler_report"]["node_type_mapping"]
        return any(kind not in (f"node_{node}", "") for node, kind in kinds.items())
    return False


def wait_for_node(
    cluster: "Cluster", asked: Amounts, demand: dict[str, Any], emit: Emit, stop: Stop
) -> None:
    """Have the autoscaler see a task that asks for that, and wait until a node offers it; the
    phase says what is waited for. Returns early after `stop`; raises EngineFailed if Ray broke.
    """
    ray = cluster.ray
    name = f"wait for a node with {amounts_text(asked)}"
    emit(ev.PhaseBegan(t=clock.now(), name=name))
    refs: Sequence[Any] = [ray.remote(**demand)(remote.ping).remote()]
    said = ""
    while not stop.requested and (why := unplaceable(asked, cluster.offers())):
        if why != said:
            said = why
            print(f"{why} Waiting for a node.", flush=True)
        ready, refs = ray.wait(refs, timeout=LOOK_EVERY_S)
        cluster.check()
        if ready:
            break
    _, unready = ray.wait(refs, timeout=0) if refs else ([], [])
    for ref in unready:
        ray.cancel(ref)
    emit(ev.PhaseEnded(t=clock.now(), name=name))
