"""The kinds of sweep: which parameter each varies, the values a person may type, and the race at
each value.

The command line and the sheet of sweeps read what was typed through `read`; `workloads.sweeps.run`
runs it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from workloads import catalog
from workloads.core.engine_info import engine_info
from workloads.core.task import Parameter, Value, Workload
from workloads.core.wording import rough_size
from workloads.lanes.coordinator import Plan
from workloads.machine import host

POINT_KEYS = {
    "batch",
    "workers",
    "tasks",
    "samples",
    "run",
    "size",
    "error",
    "speedup",
    "speedups",
    "efficiency",
    "weak_efficiency",
    "schedule",
    "same_answer",
    "reliable",
    "unreliable_reason",
    "reason",
    "beyond",
    "no_speedup",
    "races",
    "interval",
}
"""The keys that a point has in the report, beside seconds: a package's estimate of that name is
`estimate_` and the name.
"""

MAX_POINTS = 100
MAX_REPEATS = 100

TUTORIAL_BATCHES = (10, 20, 30, 40, 50)
"""How many pictures a race has in the tutorial's comparison."""

USUAL_GRAIN = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
USUAL_RUNS = 5
USUAL_REPEATS = 5
"""Races at each size: from three on there is an interval."""

USUAL_SIZES = "100k,400k,1M,4M,16M"

BY_WORKERS = ("workers", "weak")
"""Kinds that vary the number of workers; serial has one at every value."""


@dataclass(frozen=True)
class Sweep:
    """A race like `plan` at each of `values` of `parameter`; `name` is the kind of sweep.

    `missing` are the values still to be raced (None: all), `calibrate` the lanes whose cost of a
    no-op task is measured first, `note` a sentence for the reader, such as on values left out. At
    each value there are `repeats` races, one in each round over all values: a machine that drifts
    meanwhile doesn't make one value faster than another.
    """

    name: str
    parameter: str
    values: tuple[int, ...]
    plan: Plan
    missing: tuple[int, ...] | None = None
    calibrate: tuple[str, ...] = ()
    note: str = ""
    repeats: int = 1

    @property
    def todo(self) -> tuple[int, ...]:
        """The values that will be raced, each as often as it stands there."""
        if self.missing is None:
            return self.values * self.repeats
        return self.missing

    def without(self, races: Mapping[int, int]) -> "Sweep":
        """The same sweep, of which so many races at a value aren't run again."""
        left = [
            value
            for number in range(self.repeats)
            for value in self.values
            if races.get(value, 0) <= number
        ]
        return replace(self, missing=tuple(left))

    def at(self, value: int) -> Plan:
        """The race at that value. Its lanes alternate where those of the plan do: if the speed of
        the machine drifts, speedups scatter less in the same time, and else no more
        (tests/bench/repeating.py). But where the cost of a task is measured, slices could only blur
        a lane's own time. Other plans run in turn: times of lanes that share cores can't be
        compared.
        """
        plan, params = self.plan, dict(self.plan.params)
        if self.name in BY_WORKERS:
            plan = replace(plan, workers=value)
        if self.name in ("batches", "grain"):
            params["tasks"] = value
        if self.name == "weak":
            params["tasks"] = int(params["tasks"]) * value
        if self.name == "samples":
            params["samples"] = value // int(params["tasks"])
        if self.name == "sizes":
            params[catalog.find(plan.workload).data] = value
        if self.name == "grain":
            size = size_parameter(catalog.find(plan.workload))
            if size is not None:
                params[size.name] = share_of(self.plan.params, size, value)
        if plan.schedule != "alternate" or self.name == "grain":
            plan = replace(plan, schedule="in-turn")
        return replace(plan, params=params)

    def seconds(self, measured: Mapping[str, float]) -> float | None:
        """The seconds that the races left take, about, if one of `plan` took each lane as long as
        `measured` says and its lanes have all CPUs; None if a lane's time isn't measured. The cost
        of an engine isn't foreseen, nor what the size of the data costs it.
        """
        if any(lane not in measured for lane in self.plan.lanes) or self.name == "sizes":
            return None
        total = len(self.calibrate) * 3.0
        for value in self.todo:
            for lane in self.at(value).lanes:
                slower = 1.0
                if self.name in BY_WORKERS and engine_info(lane).has_workers:
                    slower = host.usable_cpus() / min(value, host.usable_cpus())
                total += measured[lane] * self._work(value) * slower
        return total

    def _work(self, value: int) -> float:
        """The work of the race at `value`, 1 for that of the plan."""
        params = self.plan.params
        if self.name == "weak":
            return value
        if self.name == "batches":
            return value / float(params["tasks"])
        if self.name == "samples":
            return value / (float(params["tasks"]) * float(params["samples"]))
        return 1.0


def size_parameter(workload: Workload) -> Parameter | None:
    """The parameter that says how much work a task is; None where work can't be cut anew."""
    if workload.inputs is not None or [p.name for p in workload.parameters[:1]] != ["tasks"]:
        return None
    size = workload.size_parameter()
    if size is None or size.choices or isinstance(size.default, str):
        return None
    return size


def share_of(params: Mapping[str, Value], size: Parameter, tasks: int) -> int | float:
    """The size of a task when the plan's whole work is cut into so many."""
    share = float(params["tasks"]) * float(params[size.name]) / tasks
    if isinstance(size.default, int):
        return round(share)
    return share


def _has_tasks(workload: Workload) -> bool:
    return any(parameter.name == "tasks" for parameter in workload.parameters)


@dataclass(frozen=True)
class Kind:
    """One kind of sweep: its names, its values as typed, and the workloads that it fits.

    `plural` and `one` name its values in a sentence that refuses some, `example` is what may be
    typed instead, `hint` the same with what the values mean. `usual(plan)` is what is typed for a
    plan's usual values; `log` says that ranges step by 1, 2, 5, 10, …, `bytes` that values are
    numbers of them. There are `repeats` races at each value.
    """

    name: str
    title: str
    help: str
    parameter: str
    plural: str
    one: str
    example: str
    hint: str
    usual: Callable[[Plan], str]
    fits: Callable[[Workload], bool]
    log: bool = False
    bytes: bool = False
    repeats: int = 1


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "batches",
            "Batches",
            "increasing numbers of tasks per race",
            "tasks",
            "numbers of tasks",
            "batch",
            "10,20,30",
            "10,20,30",
            lambda plan: ",".join(map(str, TUTORIAL_BATCHES)),
            _has_tasks,
        ),
        Kind(
            "workers",
            "Workers",
            "same work, more concurrent tasks: strong scaling",
            "workers",
            "numbers of workers",
            "number of workers",
            "1,2,4 or 1-8",
            "1,2,4 or 1-8: maximum concurrent tasks on every lane except serial",
            lambda plan: f"1-{host.usable_cpus()}",
            lambda workload: True,
        ),
        Kind(
            "weak",
            "Weak scaling",
            "work grows with the concurrent tasks",
            "workers",
            "numbers of workers",
            "number of workers",
            "1,2,4 or 1-8",
            "1,2,4 or 1-8: maximum concurrent tasks on every lane except serial",
            lambda plan: f"1-{host.usable_cpus()}",
            _has_tasks,
        ),
        Kind(
            "grain",
            "Granularity",
            "same work, more and smaller tasks",
            "tasks",
            "numbers of tasks",
            "number of tasks",
            "1,10,100 or 1-100000",
            "1,10,100 or 1-100000: the number of tasks that share the work",
            lambda plan: ",".join(map(str, USUAL_GRAIN)),
            lambda workload: size_parameter(workload) is not None,
            log=True,
        ),
        Kind(
            "samples",
            "Samples",
            "more samples in total: the cost of a digit of π",
            "samples",
            "total numbers of samples",
            "number of samples",
            "1e4,1e6 or 1e4-1e8",
            "1e4,1e6 or 1e4-1e8: the samples of all tasks together",
            lambda plan: "1e4-1e8",
            lambda workload: workload.estimate is not None,
            log=True,
        ),
        Kind(
            "sizes",
            "Sizes",
            "same tasks, more data that they read",
            "size",
            "sizes",
            "size",
            "100k,1M,16M",
            "100k,1M,16M or 100k-64M: bytes of the data that all tasks read; five races each",
            lambda plan: USUAL_SIZES,
            lambda workload: bool(workload.data),
            log=True,
            bytes=True,
            repeats=USUAL_REPEATS,
        ),
        Kind(
            "runs",
            "Repeat",
            "same race again: run-to-run variation",
            "run",
            "runs",
            "run",
            "5",
            "5: the number of runs",
            lambda plan: str(USUAL_RUNS),
            lambda workload: True,
        ),
    )
}
"""All kinds, in the order in which they are listed."""


def value_text(kind: str, value: int) -> str:
    """A value of a kind of sweep: `1,000`, `16 MB`."""
    if kind in KINDS and KINDS[kind].bytes:
        return rough_size(value)
    return f"{value:,}"


def kinds_for(workload: Workload) -> list[Kind]:
    """The kinds that fit the workload."""
    return [kind for kind in KINDS.values() if kind.fits(workload)]


def usual_values(kind: Kind, plan: Plan, elsewhere: bool) -> str:
    """What is typed for a plan's usual values; empty for a sweep over workers of a cluster
    `elsewhere`, whose CPUs aren't known before a lane asks it.
    """
    joins = any(engine_info(lane).joins_cluster for lane in plan.lanes)
    if elsewhere and joins and kind.name in BY_WORKERS:
        return ""
    return kind.usual(plan)
