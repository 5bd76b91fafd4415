"""Turns the command line's options into the plan of a race; each wrong value is named in one
sentence.
"""

import sys
from collections.abc import Callable, Sequence

from tui.cli.amounts import amounts_of, positive
from tui.cli.options import Options
from tui.cli.shapes import preset_strategy, shape_of
from workloads import catalog
from workloads.core.engine_info import find_engine
from workloads.core.errors import BadInput, plain
from workloads.core.execution import BATCH, THREADS, Execution, check_order
from workloads.core.faults import FAULTS, Faults
from workloads.core.task import SEED, Value, Workload
from workloads.engines import MOST_AT_ONCE
from workloads.lanes.plan import (
    Plan,
    Schedule,
    check_actors,
    default_schedule,
    new_seed,
    why_no_batches,
    why_no_drain,
)


def noted(sentence: str) -> None:
    """Tell on standard error what is left out of a race."""
    print(f"raytasks-tui: {sentence}", file=sys.stderr)


def plan_of(options: Options, note: Callable[[str], None] = noted) -> Plan:
    """The race that was asked for; raises BadInput for whatever can't be raced.

    `note` gets a sentence on each file or folder that is left out, or that could be read in another
    way.
    """
    workload = catalog.find(options.workload)
    if missing := workload.missing():
        raise BadInput(missing)
    if options.sealed is None and ":" in workload.name and catalog.is_function(workload):
        from workloads.functions.workload import HOW_TO_GET_INPUTS

        raise BadInput(f"{plain(workload.name, 80)} is a function; {HOW_TO_GET_INPUTS}.")
    values = _values(options, workload)
    inputs = _inputs(options, workload, note)
    if inputs and not options.sealed and "tasks" not in values:
        values["tasks"] = min(len(inputs), int(workload.parameter("tasks").maximum))
    lanes = _lanes(options.lanes)
    if options.drain != "wait" and why_no_drain(lanes):
        raise BadInput(f"--drain {options.drain}: {why_no_drain(lanes)}.")
    for lane in lanes:
        check_actors(workload, lane)
    nodes, cpus_per_node = shape_of(options)
    return Plan(
        workload=workload.name,
        params=workload.complete(values),
        seed=_seed(options.seed),
        lanes=lanes,
        drain=options.drain,
        execution=_execution(options, workload, lanes),
        schedule=_schedule(options),
        num_cpus=_task_cpus(options.task_cpus),
        resources=_task_resources(options),
        inputs=inputs,
        faults=_faults(options),
        strategy=options.strategy or preset_strategy(options),
        nodes=nodes,
        cpus_per_node=cpus_per_node,
    )


def _values(options: Options, workload: Workload) -> dict[str, Value]:
    """The parameters that were set, by a preset and one by one."""
    values: dict[str, Value] = {}
    if options.preset:
        if options.preset not in workload.presets:
            raise BadInput(
                f"{workload.name} has no preset “{plain(options.preset, 40)}”; it has "
                f"{', '.join(workload.presets)}."
            )
        values |= workload.presets[options.preset]()
    for name, text in options.parameters.items():
        values[name] = workload.parameter(name).parse(text)
    return values


def _inputs(options: Options, workload: Workload, note: Callable[[str], None]) -> tuple[str, ...]:
    if options.sealed:
        for sentence in options.notes:
            note(sentence)
        return (options.sealed,)
    if workload.inputs and options.files:
        return tuple(workload.inputs.find(options.files, note))
    return ()


def _lanes(text: str) -> tuple[str, ...]:
    lanes = tuple(name.strip() for name in text.split(","))
    for name in lanes:
        find_engine(name)
    if len(set(lanes)) < len(lanes):
        raise BadInput("Each lane can be listed only once.")
    return lanes


def _schedule(options: Options) -> Schedule:
    if options.headless and options.schedule == "together":
        raise BadInput(
            "A headless race runs in turn or alternates: each lane has the whole machine."
        )
    if options.schedule is None and options.headless:
        return "in-turn"  # always the same, for scripts
    if options.schedule is not None and options.schedule != "auto":
        return options.schedule
    return default_schedule(options.workload)


def _seed(text: str | None) -> int:
    if text is None:
        return new_seed()
    return int(SEED.parse(text))


def _faults(options: Options) -> Faults:
    typed = (options.fail_every, options.hang_every, options.straggle_every)
    fail, hang, straggle = (
        int(parameter.parse(text)) for parameter, text in zip(FAULTS, typed, strict=True)
    )
    if hang and options.headless:
        raise BadInput("--hang-every requires the screen: without it, a race would never end.")
    return Faults(fail, hang, straggle)


def _execution(options: Options, workload: Workload, lanes: Sequence[str]) -> Execution:
    check_order(options.order, workload)
    batch, threads = BATCH.parse(options.batch), THREADS.parse(options.threads_per_task)
    if batch != 1 and (why := why_no_batches(lanes)):
        raise BadInput(f"--batch {batch:,}: {why}.")
    return Execution(options.order, int(batch), int(threads))


def _task_cpus(text: str) -> float:
    number = positive(text)
    if number is None or number > MOST_AT_ONCE or (number > 1 and number != int(number)):
        raise BadInput(
            "--task-cpus must be a fraction of a CPU or a whole number up to "
            f"{MOST_AT_ONCE:,}; got "
            f"“{plain(text, 40)}”."
        )
    return number


def _task_resources(options: Options) -> dict[str, float]:
    asked = amounts_of("--task-resources", options.task_resources)
    if options.task_gpus is None:
        return asked
    gpus = positive(options.task_gpus)
    if gpus is None or gpus > MOST_AT_ONCE or (gpus > 1 and gpus != int(gpus)):
        raise BadInput(
            "--task-gpus must be a fraction of a GPU or a whole number up to "
            f"{MOST_AT_ONCE:,}; got “{plain(options.task_gpus, 40)}”."
        )
    return {**asked, "GPU": gpus}
