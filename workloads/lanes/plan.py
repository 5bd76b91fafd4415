"""The plan of a race, and how many of this machine's CPUs each of its lanes gets."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from workloads import catalog
from workloads.core.draining import DRAIN_TEXTS, Drain
from workloads.core.engine_info import DEFAULT_LANES, default_lanes, engine_info
from workloads.core.errors import BadInput, plain
from workloads.core.execution import USUAL, Execution
from workloads.core.faults import NO_FAULTS, Faults
from workloads.core.placement import Strategy
from workloads.core.task import Parameter, Value, Workload
from workloads.core.wording import plural
from workloads.engines import EngineOptions
from workloads.machine import host, tagged

Schedule = Literal["alternate", "in-turn", "together"]

SCHEDULE_TEXTS: dict[Schedule, str] = {
    "alternate": "alternating",
    "in-turn": "in turn",
    "together": "together",
}
"""How the lanes of a race run, in words."""

SCHEDULE = Parameter(
    "schedule", "alternate", "how lanes share this machine", choices=tuple(SCHEDULE_TEXTS)
)
"""The schedule of a race as a setting."""

TOGETHER_FROM = 4
"""Physical cores from which lanes run together by default: one for serial, the rest for Ray."""


@dataclass(frozen=True)
class Plan:
    """A race to run: a workload with its parameters and seed, the lanes in order, what tasks ask
    for, the files that the workload works on, if it takes any and shouldn't make its own, how many
    tasks run at once on each lane but serial (None: as many as suit the machine), and the faults to
    inject. `strategy` picks a task's node on Ray: one of a cluster elsewhere, or of as many local
    `nodes` of `cpus_per_node` (0: one node, with all CPUs). `drain` is how results are taken on the
    lanes whose engine has that way, `execution` how tasks are executed on all of them.
    """

    workload: str
    params: dict[str, Value]
    seed: int
    lanes: tuple[str, ...] = DEFAULT_LANES
    schedule: Schedule = "in-turn"
    num_cpus: float = 1
    resources: dict[str, float] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    workers: int | None = None
    faults: Faults = NO_FAULTS
    strategy: Strategy = "default"
    drain: Drain = "wait"
    nodes: int = 0
    cpus_per_node: int = 1
    execution: Execution = USUAL

    def shaped(self, options: EngineOptions) -> EngineOptions:
        """The options that engines are started with, so that Ray has the local nodes."""
        if not self.nodes or options.address is not None:
            return options
        nodes = replace(options.nodes, count=self.nodes)
        return replace(options, cpus=self.nodes * self.cpus_per_node, nodes=nodes)

    def drain_of(self, lane: str) -> Drain:
        """How results are taken on that lane: "wait" where its engine has no other way."""
        if self.drain in engine_info(lane).drains:
            return self.drain
        return "wait"


def new_seed() -> int:
    """A seed for a race that wasn't given one."""
    return random.SystemRandom().randrange(1, 1_000_000)


def usual_schedule() -> Schedule:
    """Together where there is a core for serial beside Ray's, else in turn."""
    if host.physical_cpus() >= TOGETHER_FROM:
        return "together"
    return "in-turn"


def lanes_for(plan: Plan, workload: str) -> tuple[str, ...]:
    """The lanes of the plan once it is for another workload: others if it has the usual ones."""
    usual, others = (
        default_lanes(bool(catalog.find(name).data)) for name in (plan.workload, workload)
    )
    if plan.lanes == usual:
        return others
    return plan.lanes


def default_schedule(workload: str) -> Schedule:
    """The schedule of a race for which none is chosen: lanes alternate where that is possible and
    the tasks are known to compute.
    """
    if may_wait(workload):
        return usual_schedule()
    return "alternate"


def may_wait(workload: str) -> bool:
    """True for a user's function: nobody knows whether it computes or waits for something."""
    return ":" in workload


def why_not_alternate(plan: Plan, options: EngineOptions) -> str:
    """The reason why the lanes of a race can't take turns; empty if they can."""
    if len(plan.lanes) < 2:
        return "there is one lane only"
    if catalog.waits(plan.workload):
        return "the tasks wait, and time passes while they are stopped"
    for info in map(engine_info, plan.lanes):
        if options.address is not None and info.joins_cluster:
            return f"{info.title or info.name} runs on a cluster of its own"
        if not info.can_alternate:
            return f"{info.title or info.name} can't be stopped and continued"
    if not tagged.available():
        return "this system has no safe way to stop processes"
    return ""


def caveat(plan: Plan, options: EngineOptions) -> str:
    """A sentence for who chooses that lanes alternate: why they can't, or what their times are
    worth if it isn't known that the tasks compute; empty where there is nothing to say.
    """
    if why := why_not_alternate(plan, options):
        return f"Lanes can't alternate: {why}."
    return _worth(plan)


def _worth(plan: Plan) -> str:
    """What times are worth where lanes alternate; empty if the tasks are known to compute."""
    if may_wait(plan.workload):
        return "Alternating, calls that wait seem shorter."
    return ""


def settled(plan: Plan, options: EngineOptions) -> tuple[Plan, str]:
    """The plan with the schedule that its race can have, and a sentence if that is another, or one
    whose times may mislead.
    """
    if plan.schedule != "alternate":
        return plan, ""
    if not (why := why_not_alternate(plan, options)):
        return plan, _worth(plan)
    other = usual_schedule()
    return replace(plan, schedule=other), f"Lanes run {SCHEDULE_TEXTS[other]}: {why}."


def next_schedule(plan: Plan, options: EngineOptions) -> Schedule:
    """The schedule after that of the plan, of those that a race of it can have."""
    those = list(SCHEDULE_TEXTS)
    if why_not_alternate(plan, options):
        those.remove("alternate")
    current = settled(plan, options)[0].schedule
    return those[(those.index(current) + 1) % len(those)]


def why_no_drain(lanes: Iterable[str]) -> str:
    """The reason why a race of these lanes has no choice of how results are taken; empty if it has
    one.
    """
    if any(engine_info(lane).drains for lane in lanes):
        return ""
    return "no lane of the race has ObjectRefs to wait for or to get"


def check_actors(workload: Workload, lane: str) -> None:
    """Raises BadInput if tasks of the workload call an actor, and the lane's engine has none."""
    if workload.actors and not engine_info(lane).has_actors:
        name = plain(workload.actors[0].name, 40)
        raise BadInput(
            f"The lane {plain(lane, 40)} can't race {plain(workload.name, 60)}: its tasks call the "
            f"actor {name}, and that engine has no actors."
        )


def why_no_batches(lanes: Iterable[str]) -> str:
    """The reason why tasks can't travel in batches; empty if they can on one of the lanes."""
    if any(engine_info(lane).batches for lane in lanes):
        return ""
    return "no lane of the race sends tasks to workers"


def oversubscribed(plan: Plan, options: EngineOptions) -> str:
    """A sentence if the tasks that run at once have more threads than there are CPUs; empty if
    not, or if the race doesn't set them.
    """
    threads, cpus = plan.execution.threads, options.cpus or host.usable_cpus()
    if not threads or catalog.waits(plan.workload) or options.address is not None:
        return ""
    workers = 1
    if any(engine_info(lane).has_workers for lane in plan.lanes):
        workers = plan.workers or max(1, int(cpus // max(plan.num_cpus, 1)))
    if workers * threads <= host.usable_cpus():
        return ""
    return (
        f"Oversubscribed: {workers:,} concurrent {plural('task', workers)} × {threads:,} "
        f"{plural('thread', threads)} on {host.usable_cpus():,} CPUs."
    )


def next_drain(plan: Plan) -> Drain:
    """The way of taking results after that of the plan, of those that its lanes have."""
    drains = [
        drain
        for drain in DRAIN_TEXTS
        if any(drain in info.drains for info in map(engine_info, plan.lanes))
    ]
    if plan.drain not in drains:
        return drains[0]
    return drains[(drains.index(plan.drain) + 1) % len(drains)]


class CpuShares:
    """The CPUs of the lanes of a race on this machine, where they run together."""

    def __init__(self, plan: Plan, options: EngineOptions) -> None:
        self._plan, self._options = plan, options
        self._parallel = [name for name in plan.lanes if engine_info(name).has_workers]
        self._single = len(plan.lanes) - len(self._parallel)

    def workers(self, together: bool) -> int | None:
        """The number of tasks to run at once on each lane that has workers; None: as many as suit
        it.
        """
        if self._plan.workers or not together or not self._share:
            return self._plan.workers
        return max(1, int(self._share // max(self._plan.num_cpus, 1)))

    @cached_property
    def _share(self) -> int | None:
        """The CPUs of each lane that has workers, where lanes that run together can have cores of
        their own: one for serial, the rest in equal parts. None: as many as each would have alone.
        """
        count, cores = self._options.cpus or host.usable_cpus(), host.physical_cpus()
        if (
            catalog.waits(self._plan.workload)
            or not self._parallel
            or not TOGETHER_FROM <= cores <= count
            or self._options.address is not None
        ):
            return None
        return (cores - self._single) // len(self._parallel) or None

    @property
    def contended(self) -> bool:
        """True if the lanes of a race together have fewer cores on this machine than tasks at
        once.
        """
        plan = self._plan
        if catalog.waits(plan.workload):
            return False
        asked = plan.workers and plan.workers * max(1, int(plan.num_cpus))
        each = asked or self._share or self._options.cpus or host.usable_cpus()
        here = set(self._parallel) - set(self.elsewhere)
        return (
            len(plan.lanes) > 1
            and self._single + each * len(here) > host.physical_cpus()
            and bool(here)
        )

    @property
    def elsewhere(self) -> list[str]:
        """The lanes whose tasks run on a cluster that isn't this machine."""
        if not host.elsewhere(self._options.address):
            return []
        return [name for name in self._plan.lanes if engine_info(name).joins_cluster]
