"""The values of a sweep as a person types them, on the command line and in the sheet of sweeps."""

import re
from dataclasses import replace

from workloads import catalog
from workloads.core.engine_info import compared_lanes
from workloads.core.errors import BadInput, plain
from workloads.core.task import Parameter, Workload
from workloads.engines import MOST_AT_ONCE
from workloads.lanes.coordinator import Plan
from workloads.sweeps.kinds import (
    BY_WORKERS,
    KINDS,
    MAX_POINTS,
    USUAL_RUNS,
    Kind,
    Sweep,
    kinds_for,
    share_of,
    size_parameter,
)

WORK_TOLERANCE = 0.01
"""By how much cutting into whole units may change the work of a sweep over grain."""

_RANGE = re.compile(r"([^-–]+)[-–]([^-–]+)")


def read(name: str, text: str, plan: Plan) -> Sweep:
    """The sweep of that kind over the values that a person typed: `1,2,4`, `1-8`, `1e3-1e6`; a
    number for runs.

    Raises BadInput for what can't be swept.
    """
    kind, workload = KINDS[name], catalog.find(plan.workload)
    if not kind.fits(workload):
        others = ", ".join(other.name for other in kinds_for(workload))
        raise BadInput(
            f"{plain(workload.name, 60)} can't be swept over {name}. Choose from {others}."
        )
    if name in BY_WORKERS and not compared_lanes(plan.lanes):
        raise BadInput("A sweep over workers needs a lane other than serial.")
    if name == "runs":
        runs = int(Parameter("runs", USUAL_RUNS, "", 1, MAX_POINTS).parse(text))
        return Sweep(name, kind.parameter, tuple(range(1, runs + 1)), plan)
    typed = _values(kind, text, _limits(kind, workload, plan))
    values, note = _fitting(kind, typed, workload, plan)
    if not values:
        raise BadInput(f"Nothing is left to sweep over: {note}")
    sweep = Sweep(name, kind.parameter, values, plan, note=note, repeats=kind.repeats)
    if name == "grain":
        sweep = replace(sweep, calibrate=plan.lanes)
    for value in values:
        workload.complete(sweep.at(value).params)
    return sweep


def _limits(kind: Kind, workload: Workload, plan: Plan) -> Parameter:
    """The limits of one value."""
    if kind.name in BY_WORKERS:
        return Parameter("workers", 1, "", 1, MOST_AT_ONCE)
    if kind.name == "samples":
        most = int(plan.params["tasks"]) * int(workload.parameter("samples").maximum)
        return Parameter("samples", 1, "", 1, most)
    if kind.bytes:
        return workload.parameter(workload.data)
    return workload.parameter("tasks")


def _values(kind: Kind, text: str, limits: Parameter) -> list[int]:
    """The values typed, in that order."""
    noun = kind.name.capitalize()
    if kind.name == "weak":
        noun = "Workers"
    refusal = BadInput(
        f"{noun} must be 1 to {MAX_POINTS} {kind.plural} such as {kind.example}; "
        f"got “{plain(text, 60)}”."
    )
    words = [word for word in text.split(",") if word.strip()]
    if not words or len(words) > MAX_POINTS:
        raise refusal
    values: list[int] = []
    for word in words:
        ends = _RANGE.fullmatch(word.strip())
        if ends is None:
            values.append(int(limits.parse(word)))
        else:
            first, last = (int(limits.parse(end)) for end in ends.groups())
            if last < first:
                raise refusal
            values += _log_range(first, last) if kind.log else range(first, last + 1)
        if len(values) > MAX_POINTS:
            raise refusal
    if len(set(values)) < len(values):
        raise BadInput(f"Each {kind.one} can be listed only once; got “{plain(text, 60)}”.")
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
        if not dropped:
            return tuple(values), ""
        return tuple(values), f"{_points(dropped)} left out: less than one sample per task."
    if kind.name != "grain" or size is None:
        return tuple(typed), ""
    work = float(plan.params["tasks"]) * float(plan.params[size.name])
    shares = {n: share_of(plan.params, size, n) for n in typed}
    good = [
        n
        for n, share in shares.items()
        if size.minimum <= share <= size.maximum and abs(share * n - work) <= WORK_TOLERANCE * work
    ]
    dropped = len(typed) - len(good)
    if not dropped:
        return tuple(good), ""
    unit = size.name
    if size.unit:
        unit = f"{size.unit} of work"
    return tuple(good), (
        f"{_points(dropped)} left out: {work:,.6g} {unit} can't be cut into so many tasks."
    )


def _points(count: int) -> str:
    if count == 1:
        return "1 point was"
    return f"{count} points were"
