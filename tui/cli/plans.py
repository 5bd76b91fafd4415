"""From what was typed on the command line to a plan of a race, each value checked and told in a
sentence.
"""

import argparse
import sys
from collections.abc import Callable

from workloads import catalog
from workloads.core.engine_info import ENGINES
from workloads.core.errors import BadInput, plain
from workloads.core.task import SEED, Value
from workloads.engines import MOST_AT_ONCE
from workloads.lanes.coordinator import Plan, Schedule, new_seed, usual_schedule

OWN_OPTIONS = ("CPU", "memory", "object_store_memory")
"""Resources that Ray takes by other means than its table of resources."""


def noted(sentence: str) -> None:
    """Tell on standard error what is left out of a race."""
    print(f"raytasks-tui: {sentence}", file=sys.stderr)


def plan_of(given: argparse.Namespace, note: Callable[[str], None] = noted) -> Plan:
    """The race that was asked for; raises BadInput for whatever can't be raced.

    `note` gets a sentence on each file or folder that is left out, or that could be read in another
    way.
    """
    workload = catalog.find(given.workload)
    if missing := workload.missing():
        raise BadInput(missing)
    values: dict[str, Value] = {}
    if getattr(given, "preset", None):
        if given.preset not in workload.presets:
            known = ", ".join(workload.presets)
            raise BadInput(
                f"{workload.name} has no preset “{plain(given.preset, 40)}”; it has {known}."
            )
        values = workload.presets[given.preset]()
    sealed = getattr(given, "sealed", None)
    if sealed is None and ":" in workload.name and catalog.is_function(workload):
        from workloads.functions.workload import HOW_TO_GET_INPUTS

        raise BadInput(f"{plain(workload.name, 80)} is a function; {HOW_TO_GET_INPUTS}.")
    for parameter in workload.parameters:
        if (typed := getattr(given, given.typed[parameter.name])) is not None:
            values[parameter.name] = parameter.parse(typed)
    inputs = (
        tuple(workload.inputs.find(given.files, note)) if workload.inputs and given.files else ()
    )
    if inputs and given.tasks is None and not given.preset:
        tasks = workload.parameter("tasks")
        values["tasks"] = min(len(inputs), int(tasks.maximum))
    if sealed:
        inputs = (sealed,)
        for sentence in given.notes:
            note(sentence)
    lanes = tuple(name.strip() for name in given.lanes.split(","))
    for name in lanes:
        if name not in ENGINES:
            raise BadInput(f"There is no lane “{plain(name, 40)}”; there are {', '.join(ENGINES)}.")
    if len(set(lanes)) < len(lanes):
        raise BadInput("Each lane can race once.")
    schedule: Schedule = given.schedule or ("in-turn" if given.headless else usual_schedule())
    if given.headless and schedule != "in-turn":
        raise BadInput("A headless race is always in turn: each lane has the whole machine.")
    return Plan(
        workload=workload.name,
        params=workload.complete(values),
        seed=_seed(given.seed),
        lanes=lanes,
        schedule=schedule,
        num_cpus=_task_cpus(given.task_cpus),
        resources=_resources(given.task_resources),
        inputs=inputs,
    )


def _seed(text: str | None) -> int:
    return new_seed() if text is None else int(SEED.parse(text))


def cpus_of(text: str | None) -> int | None:
    """The CPUs that --cpus gives Ray; raises BadInput."""
    if text is None:
        return None
    if not (
        text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_AT_ONCE and len(text) <= 4
    ):
        raise BadInput(
            f"--cpus takes a whole number from 1 to {MOST_AT_ONCE:,}, not “{plain(text, 40)}”."
        )
    return int(text)


def _task_cpus(text: str) -> float:
    number = _positive(text)
    if number is None or number > MOST_AT_ONCE or (number > 1 and number != int(number)):
        raise BadInput(
            f"--task-cpus takes a share of a CPU or a whole number up to {MOST_AT_ONCE:,}, not "
            f"“{plain(text, 40)}”."
        )
    return number


def _resources(text: str) -> dict[str, float]:
    asked = {}
    for part in filter(None, text.split(",")):
        name, _, amount = part.partition("=")
        number = _positive(amount)
        if (
            not name.strip()
            or number is None
            or not name.isprintable()
            or name.strip() in OWN_OPTIONS
        ):
            raise BadInput(
                f"--task-resources takes NAME=AMOUNT, separated by commas, not “{plain(part, 60)}”."
            )
        asked[name.strip()] = number
    return asked


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0.0001 <= number <= 1e9 else None
