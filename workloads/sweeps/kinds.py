"""The kinds of sweep: which parameter each varies, the values a person may type, and the race at
each value.

The command line and the sheet of sweeps read what was typed through `read`; `workloads.sweeps.run`
runs it.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from workloads import catalog
from workloads.core.engine_info import engine_info, rivals_of
from workloads.core.errors import BadInput, plain
from workloads.core.task import Parameter, Value, Workload
from workloads.engines import MOST_AT_ONCE
from workloads.lanes.coordinator import Plan
from workloads.machine import host

MOST_POINTS = 100

TUTORIAL_BATCHES = (10, 20, 30, 40, 50)
"""How many pictures a race has in the tutorial's comparison."""

USUAL_GRAIN = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
USUAL_RUNS = 5

WORK_TOLERANCE = 0.01
"""By how much cutting into whole units may change the work of a sweep over grain."""

SERIAL_ONCE = ("workers", "weak")
"""Kinds in which serial races at the first value only: workers are nothing to it."""

_RANGE = re.compile(r"([^-–]+)[-–]([^-–]+)")


@dataclass(frozen=True)
class Sweep:
    """What to sweep: a race like `plan` at each of `values` of `parameter`; `name` is the kind.

    `missing` are the values still to be raced (None: all), `calibrate` the lanes whose cost of an
    empty task is found first, `note` what a person should know, such as values that were left out.
    """

    name: str
    parameter: str
    values: tuple[int, ...]
    plan: Plan
    missing: tuple[int, ...] | None = None
    calibrate: tuple[str, ...] = ()
    note: str = ""

    @property
    def todo(self) -> tuple[int, ...]:
        """The values that will be raced."""
        return self.values if self.missing is None else self.missing

    def without(self, measured: Collection[int]) -> "Sweep":
        """The same sweep, of which these values aren't raced again."""
        return replace(self, missing=tuple(value for value in self.values if value not in measured))

    def at(self, value: int) -> Plan:
        """The race at that value; always in turn, as its times are to be compared."""
        plan, params = self.plan, dict(self.plan.params)
        if self.name in SERIAL_ONCE:
            lanes = plan.lanes if value == self.values[0] else tuple(rivals_of(plan.lanes))
            plan = replace(plan, workers=value, lanes=lanes)
        if self.name in ("batches", "grain"):
            params["tasks"] = value
        if self.name == "weak":
            params["tasks"] = int(params["tasks"]) * value
        if self.name == "samples":
            params["samples"] = value // int(params["tasks"])
        if self.name == "grain":
            size = size_parameter(catalog.find(plan.workload))
            if size is not None:
                params[size.name] = _share(self.plan.params, size, value)
        return replace(plan, params=params, schedule="in-turn")

    def seconds(self, measured: Mapping[str, float]) -> float | None:
        """About how long the races left take, in seconds, if one of `plan` took each lane as long
        as `measured` says and its lanes have all CPUs; None if a lane's time isn't known. What an
        engine costs isn't foreseen.
        """
        if any(lane not in measured for lane in self.plan.lanes):
            return None
        total = len(self.calibrate) * 3.0
        for value in self.todo:
            for lane in self.at(value).lanes:
                slower = 1.0
                if self.name in SERIAL_ONCE and engine_info(lane).has_workers:
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
        return (
            value / (float(params["tasks"]) * float(params["samples"]))
            if self.name == "samples"
            else 1.0
        )


def size_parameter(workload: Workload) -> Parameter | None:
    """The parameter that says how much work a task is; None where work can't be cut anew."""
    if workload.inputs is not None or [p.name for p in workload.parameters[:1]] != ["tasks"]:
        return None
    size = workload.size_parameter()
    if size is None or size.choices or isinstance(size.default, str):
        return None
    return size


def _share(params: Mapping[str, Value], size: Parameter, tasks: int) -> int | float:
    """A task's size when the plan's whole work is cut into so many."""
    share = float(params["tasks"]) * float(params[size.name]) / tasks
    return round(share) if isinstance(size.default, int) else share


def _has_tasks(workload: Workload) -> bool:
    return any(parameter.name == "tasks" for parameter in workload.parameters)


@dataclass(frozen=True)
class Kind:
    """One kind of sweep: how it is called and told of, what is typed for it, and which workloads it
    fits.

    `plural` and `one` name its values in a sentence that refuses some, `example` is what may be
    typed instead. `usual(plan)` is what is typed for a plan's usual values; `log` says that ranges
    step by 1, 2, 5, 10, ….
    """

    name: str
    title: str
    help: str
    parameter: str
    plural: str
    one: str
    example: str
    usual: Callable[[Plan], str]
    fits: Callable[[Workload], bool]
    log: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "batches",
            "Batches",
            "more and more tasks, as in Ray's tutorial",
            "tasks",
            "numbers of tasks",
            "batch",
            "10,20,30",
            lambda plan: ",".join(map(str, TUTORIAL_BATCHES)),
            _has_tasks,
        ),
        Kind(
            "workers",
            "Workers",
            "the same work on more workers: strong scaling",
            "workers",
            "numbers of workers",
            "number of workers",
            "1,2,4 or 1-8",
            lambda plan: f"1-{host.usable_cpus()}",
            lambda workload: True,
        ),
        Kind(
            "weak",
            "Weak scaling",
            "work grows with the workers: the tutorial's 28×",
            "workers",
            "numbers of workers",
            "number of workers",
            "1,2,4 or 1-8",
            lambda plan: f"1-{host.usable_cpus()}",
            _has_tasks,
        ),
        Kind(
            "grain",
            "Grain",
            "the same work in ever smaller tasks",
            "tasks",
            "numbers of tasks",
            "number of tasks",
            "1,10,100 or 1-100000",
            lambda plan: ",".join(map(str, USUAL_GRAIN)),
            lambda workload: size_parameter(workload) is not None,
            log=True,
        ),
        Kind(
            "samples",
            "Samples",
            "more samples in all: what a digit of π costs",
            "samples",
            "numbers of samples in all",
            "number of samples",
            "1e4,1e6 or 1e4-1e8",
            lambda plan: "1e4-1e8",
            lambda workload: workload.estimate is not None,
            log=True,
        ),
        Kind(
            "runs",
            "Runs",
            "the same race again: how far to trust it",
            "run",
            "runs",
            "run",
            "5",
            lambda plan: str(USUAL_RUNS),
            lambda workload: True,
        ),
    )
}
"""All kinds, in the order in which they are listed."""


def kinds_for(workload: Workload) -> list[Kind]:
    """The kinds that fit the workload."""
    return [kind for kind in KINDS.values() if kind.fits(workload)]


def read(name: str, text: str, plan: Plan) -> Sweep:
    """The sweep of that kind over the values that a person typed: `1,2,4`, `1-8`, `1e3-1e6`; a
    number for runs.

    Raises BadInput for what can't be swept.
    """
    kind, workload = KINDS[name], catalog.find(plan.workload)
    if not kind.fits(workload):
        known = ", ".join(other.name for other in kinds_for(workload))
        raise BadInput(
            f"{plain(workload.name, 60)} can't be swept over {name}; it can over {known}."
        )
    if name in SERIAL_ONCE and not rivals_of(plan.lanes):
        raise BadInput("A sweep over workers needs another lane than serial, which has but one.")
    if name == "runs":
        runs = int(Parameter("runs", USUAL_RUNS, "", 1, MOST_POINTS).parse(text))
        return Sweep(name, kind.parameter, tuple(range(1, runs + 1)), plan)
    typed = _values(kind, text, _limits(kind, workload, plan))
    values, note = _fitting(kind, typed, workload, plan)
    if not values:
        raise BadInput(f"Nothing is left to sweep over: {note}")
    sweep = Sweep(
        name,
        kind.parameter,
        values,
        plan,
        calibrate=plan.lanes if name == "grain" else (),
        note=note,
    )
    for value in values:
        workload.complete(sweep.at(value).params)
    return sweep


def batches(text: str, plan: Plan) -> Sweep:
    """The sweep over batches of tasks that a person typed: `10,20,30`; raises BadInput."""
    return read("batches", text, plan)


def _limits(kind: Kind, workload: Workload, plan: Plan) -> Parameter:
    """What one value may be."""
    if kind.name in SERIAL_ONCE:
        return Parameter("workers", 1, "", 1, MOST_AT_ONCE)
    tasks = workload.parameter("tasks")
    if kind.name == "samples":
        return Parameter(
            "samples",
            1,
            "",
            1,
            int(plan.params["tasks"]) * int(workload.parameter("samples").maximum),
        )
    return tasks


def _values(kind: Kind, text: str, limits: Parameter) -> list[int]:
    """The values typed, in that order."""
    noun = f"{kind.name.capitalize()} are" if kind.name != "weak" else "Workers are"
    what = (
        f"{noun} 1 to {MOST_POINTS} {kind.plural} such as {kind.example}, not “{plain(text, 60)}”."
    )
    words = [word for word in text.split(",") if word.strip()]
    if not words or len(words) > MOST_POINTS:
        raise BadInput(what)
    values: list[int] = []
    for word in words:
        ends = _RANGE.fullmatch(word.strip())
        first, *last = [int(limits.parse(end)) for end in (ends.groups() if ends else (word,))]
        if last and last[0] < first:
            raise BadInput(what)
        values += (
            (_log_range(first, last[0]) if kind.log else range(first, last[0] + 1))
            if last
            else [first]
        )
        if len(values) > MOST_POINTS:
            raise BadInput(what)
    if len(set(values)) < len(values):
        raise BadInput(f"Each {kind.one} can be swept once: “{plain(text, 60)}” names one twice.")
    return values


def _log_range(first: int, last: int) -> list[int]:
    """From first to last (both ≥ 1) in three steps a decade: 1, 2, 5, 10, …, with both ends."""
    steps = (step * 10**power for power in range(len(str(last))) for step in (1, 2, 5))
    return sorted({first, last, *(step for step in steps if first < step < last)})


def _fitting(
    kind: Kind, typed: list[int], workload: Workload, plan: Plan
) -> tuple[tuple[int, ...], str]:
    """The values that can be raced, and a sentence on those that can't."""
    size = size_parameter(workload)
    if kind.name == "samples":
        tasks = int(plan.params["tasks"])
        # Each task throws as many: the totals become multiples of their number.
        values = dict.fromkeys(round(value / tasks) * tasks for value in typed if value >= tasks)
        dropped = sum(value < tasks for value in typed)
        return tuple(
            values
        ), f"{_points(dropped)} left out, with less than a sample a task." if dropped else ""
    if kind.name != "grain" or size is None:
        return tuple(typed), ""
    work = float(plan.params["tasks"]) * float(plan.params[size.name])
    shares = {n: _share(plan.params, size, n) for n in typed}
    good = [
        n
        for n, share in shares.items()
        if size.minimum <= share <= size.maximum and abs(share * n - work) <= WORK_TOLERANCE * work
    ]
    dropped = len(typed) - len(good)
    unit = f"{size.unit} of work" if size.unit else size.name
    why = f"{_points(dropped)} left out: {work:,.6g} {unit} can't be cut into so many tasks."
    return tuple(good), why if dropped else ""


def _points(count: int) -> str:
    return f"{count} point{'s were' if count != 1 else ' was'}"
