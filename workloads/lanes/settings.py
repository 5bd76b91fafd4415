"""The settings of a race from Python that few races need, checked: `race(…, drain="get")`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypedDict

from workloads.core.draining import DRAIN, Drain
from workloads.core.errors import BadInput
from workloads.core.faults import MAX_EVERY, Faults
from workloads.core.placement import (
    CPUS_PER_NODE,
    NODES,
    STRATEGY,
    TASK_CPUS,
    Strategy,
    check_task_cpus,
)
from workloads.core.task import Parameter
from workloads.engines import MOST_AT_ONCE
from workloads.engines.local_nodes import check_room
from workloads.lanes.plan import Plan

FAIL_EVERY = Parameter("fail_every", 0, "every n-th call raises", 0, MAX_EVERY)
STRAGGLE_EVERY = Parameter("straggle_every", 0, "every n-th call takes longer", 0, MAX_EVERY)

SETTINGS = {
    each.name: each
    for each in (DRAIN, STRATEGY, TASK_CPUS, NODES, CPUS_PER_NODE, FAIL_EVERY, STRAGGLE_EVERY)
}


class Settings(TypedDict, total=False):
    """On Ray, `drain` is how results are taken: "wait" as they come, "get" by one ray.get of all
    refs, "get-each" by a ray.get in the submitting loop. Each call asks for `num_cpus` CPUs, and
    Ray picks its node by `strategy`, "default" or "spread". `nodes` starts a local cluster of so
    many, of `cpus_per_node` each.

    `fail_every` and `straggle_every` inject faults on all lanes: every n-th call raises, or takes
    five times as long.
    """

    drain: Drain
    strategy: Strategy
    num_cpus: float
    nodes: int
    cpus_per_node: int
    fail_every: int
    straggle_every: int


def check_settings(settings: Mapping[str, Any], cpus: object, address: object) -> None:
    """Raises TypeError for a setting that there isn't, and BadInput for a value that can't be,
    alone or beside `cpus` and `address`; also for more nodes than memory holds.
    """
    for name, value in settings.items():
        if name not in SETTINGS:
            raise TypeError(f"race() got an unexpected keyword argument “{name}”")
        SETTINGS[name].check(value)
    check_task_cpus(settings.get("num_cpus", 1))
    nodes, each = settings.get("nodes", 0), settings.get("cpus_per_node", 1)
    if not nodes:
        if each != 1:
            raise BadInput("cpus_per_node requires nodes; without it, use cpus.")
        return
    if address is not None:
        raise BadInput(
            "nodes applies to a local Ray instance; the cluster at address already has its nodes."
        )
    if cpus is not None:
        raise BadInput("cpus can't be used with nodes; use cpus_per_node.")
    if nodes * each > MOST_AT_ONCE:
        raise BadInput(f"{nodes:,} nodes of {each:,} CPUs are more than {MOST_AT_ONCE:,} CPUs.")
    check_room(nodes, nodes * each)


def with_settings(plan: Plan, settings: Mapping[str, Any]) -> Plan:
    """The plan of a race with settings that were checked."""
    own = dict(settings)
    faults = Faults(
        fail_every=own.pop("fail_every", 0), straggle_every=own.pop("straggle_every", 0)
    )
    return replace(plan, faults=faults, **own)
