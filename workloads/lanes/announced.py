"""The event and the commands that a plan becomes when its race opens."""

from workloads.core import events as ev
from workloads.core.commands import Prepare
from workloads.core.engine_info import engine_info
from workloads.lanes.plan import CpuShares, Plan
from workloads.machine import clock, host


def race_opened(plan: Plan, shares: CpuShares, together: bool) -> ev.RaceOpened:
    """The first event of the plan's race."""
    return ev.RaceOpened(
        t=clock.now(),
        workload=plan.workload,
        params=plan.params,
        seed=plan.seed,
        schedule=plan.schedule,
        lanes=list(plan.lanes),
        contended=together and shares.contended,
        host=host.describe(),
        inputs=list(plan.inputs),
        workers=plan.workers,
        elsewhere=shares.elsewhere,
        faults=plan.faults,
        num_cpus=plan.num_cpus,
        resources=plan.resources,
        strategy=plan.strategy,
        nodes=plan.nodes,
        cpus_per_node=plan.cpus_per_node,
        drain=plan.drain,
        execution=plan.execution,
    )


def prepare_command(plan: Plan, lane: str, run: int, shares: CpuShares, together: bool) -> Prepare:
    """The command that gets a lane ready for its part."""
    workers = None
    if engine_info(lane).has_workers:
        workers = shares.workers(together)
    return Prepare(
        run=run,
        workload=plan.workload,
        params=plan.params,
        seed=plan.seed,
        workers=workers,
        num_cpus=plan.num_cpus,
        resources=plan.resources,
        inputs=list(plan.inputs),
        faults=plan.faults,
        strategy=plan.strategy,
        drain=plan.drain_of(lane),
        execution=plan.execution,
    )


def same_race(plan: Plan, opened: ev.RaceOpened) -> bool:
    """True if the race was one of the plan in all but its seed."""
    return (
        opened.workload,
        opened.params,
        opened.schedule,
        tuple(opened.inputs),
        tuple(opened.lanes),
        opened.workers,
        opened.faults,
        (opened.num_cpus, opened.resources, opened.strategy),
        (opened.nodes, opened.cpus_per_node),
        opened.drain,
        opened.execution,
    ) == (
        plan.workload,
        plan.params,
        plan.schedule,
        plan.inputs,
        plan.lanes,
        plan.workers,
        plan.faults,
        (plan.num_cpus, plan.resources, plan.strategy),
        (plan.nodes, plan.cpus_per_node),
        plan.drain,
        plan.execution,
    )
