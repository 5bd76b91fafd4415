"""The options of one workload's sub-command, and those that all sub-commands share."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich_argparse import RichHelpFormatter

from tui.cli.actions import StoreParameter
from tui.cli.sweeps import add_sweep_options
from workloads import catalog
from workloads.catalog import is_function
from workloads.core.draining import DRAIN_TEXTS
from workloads.core.engine_info import default_lanes, engine_names
from workloads.core.errors import plain
from workloads.core.execution import BATCH, ORDER_TEXTS, THREADS
from workloads.core.faults import FAULTS
from workloads.core.placement import STRATEGY
from workloads.core.task import Parameter, Workload
from workloads.lanes.plan import SCHEDULE_TEXTS


class _PlainHelp(RichHelpFormatter):
    """Help with text of other packages in it, which is never parsed as markup."""

    text_markup = help_markup = False


def add_workload(
    commands: "argparse._SubParsersAction[Any]", workload: Workload, sweep: bool = False
) -> None:
    """Add a workload's sub-command of `race`, or of `sweep`."""
    ours = any(workload is builtin for builtin in catalog.WORKLOADS)
    sub = commands.add_parser(
        workload.name,
        help=_literal(workload.help),
        description=workload.help,
        formatter_class=RichHelpFormatter if ours else _PlainHelp,
    )
    own = sub.add_argument_group("workload options")
    if not ours and is_function(workload):
        from workloads.functions.inputs import FORMS

        own.add_argument("--inputs", metavar="INPUTS", help=f"what each call gets: {FORMS}")
    if workload.inputs:
        own.add_argument(
            "files", nargs="*", metavar=workload.inputs.metavar, help=workload.inputs.help
        )
    set_by_sweep: Sequence[str] = ()
    if sweep:
        set_by_sweep = add_sweep_options(sub.add_argument_group("what to vary"), workload)
    for parameter in workload.parameters:
        if parameter.name not in set_by_sweep:
            own.add_argument(
                option_of(parameter.name, ours, sweep),
                action=StoreParameter,
                metavar=parameter.name.upper(),
                dest=parameter.name,
                help=_parameter_help(workload, parameter),
            )
    if workload.presets:
        presets = _literal(", ".join(workload.presets))
        own.add_argument(
            "--preset",
            metavar="NAME",
            help=f"named settings: {presets}; other options override them",
        )
    own.add_argument("--seed", help="random seed, a whole number (default: random; printed)")
    _add_race(sub, workload, sweep)
    if not sweep:  # their times would be those of the faults
        _add_faults(sub)
    _add_outputs(sub, sweep)
    add_common(sub)


def _parameter_help(workload: Workload, parameter: Parameter) -> str:
    default = str(parameter.default)
    if not parameter.choices:
        default = f"{parameter.default:,}"
    if parameter.name == "tasks" and workload.inputs:
        default += ", or one per file given"
    if workload.rate is not None and parameter == workload.size_parameter():
        default += " headless; on screen, what takes one core about 8 s in all"
    limits = f"{parameter.limits()} {parameter.unit}".rstrip()
    return _literal(f"{parameter.help} (default {default}; {limits})")


class _EngineNames:
    """The names of all engines, looked up only when the help is printed: that takes 30 ms."""

    def __str__(self) -> str:
        return ",".join(plain(name, 40) for name in engine_names())


def _add_race(sub: argparse.ArgumentParser, workload: Workload, sweep: bool) -> None:
    how = sub.add_argument_group("race options")
    lanes: Any = how.add_argument(
        "--lanes",
        default=",".join(default_lanes(bool(workload.data))),
        help="any of %(engines)s, in order (default %(default)s)",
    )
    lanes.engines = _EngineNames()
    schedules, how_shared = list(SCHEDULE_TEXTS), "in short slices, one after the other"
    if sweep:  # times of lanes that share cores can't be compared
        schedules.remove("together")
    else:
        how_shared += ", or all at the same time"
    how.add_argument(
        "--schedule",
        choices=("auto", *schedules),
        help=f"how lanes share this machine: {how_shared} (default auto: alternate where that is "
        "possible; headless: in-turn)",
    )
    how.add_argument(
        "--drain",
        choices=tuple(DRAIN_TEXTS),
        default="wait",
        help="how Ray's results are taken: ray.wait as they come, one ray.get of all refs, or "
        "ray.get in the submitting loop, one task at a time (default wait)",
    )
    how.add_argument(
        "--order",
        choices=tuple(ORDER_TEXTS),
        metavar="ORDER",
        default="as-submitted",
        help=f"{', '.join(ORDER_TEXTS)}: the order of submission on every lane, by the size that "
        "the workload says its tasks have (default as-submitted)",
    )
    for parameter in (BATCH, THREADS):
        how.add_argument(
            f"--{parameter.name}",
            metavar="N",
            help=f"{parameter.help} (default {parameter.default})",
        )
    how.add_argument(
        "--task-cpus", default="1", metavar="N", help="CPUs per task, `num_cpus` on Ray (default 1)"
    )
    how.add_argument(
        "--task-gpus",
        metavar="N",
        help="logical GPUs per task on Ray, `num_gpus` (default 0)",
    )
    how.add_argument(
        "--task-resources",
        default="",
        metavar="NAME=N,…",
        help="other resources per task on Ray",
    )
    how.add_argument(
        "--strategy",
        choices=STRATEGY.choices,
        help="how Ray picks the node of a task: one node after the other, or evenly (default: "
        "default)",
    )


def _add_faults(sub: argparse.ArgumentParser) -> None:
    faults = sub.add_argument_group("faults on demand, on every lane")
    for parameter in FAULTS:
        faults.add_argument(f"--{parameter.name}", metavar="N", help=f"{parameter.help} (default)")


def _add_outputs(sub: argparse.ArgumentParser, sweep: bool) -> None:
    out = sub.add_argument_group("headless mode and output files")
    out.add_argument(
        "--headless",
        action="store_true",
        help="run without a screen; exit status 0: all lanes finished, 1: a lane failed",
    )
    out.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the figures as JSON (- is standard output); requires --headless",
    )
    out.add_argument(
        "--record", type=Path, metavar="FILE", help="record the race's events for replay"
    )
    if not sweep:
        out.add_argument(
            "--out", type=Path, metavar="FILE.jsonl", help="write the tasks' results, one per line"
        )


def _literal(text: str) -> str:
    """Text that argparse doesn't take for a format."""
    return text.replace("%", "%%")


OPTIONS = (
    "inputs",
    "preset",
    "seed",
    "lanes",
    "schedule",
    "drain",
    "order",
    "batch",
    "threads-per-task",
    "task-cpus",
    "task-gpus",
    "task-resources",
    "fail-every",
    "hang-every",
    "straggle-every",
    "strategy",
    "headless",
    "json",
    "record",
    "out",
    "cpus",
    "address",
    "nodes",
    "cpus-per-node",
    "node-gpus",
    "node-resources",
    "theme",
    "readonly",
    "ascii",
    "images",
    "help",
)
SWEEP_OPTIONS = (
    "batches",
    "workers",
    "weak",
    "grain",
    "samples",
    "sizes",
    "repeats",
    "runs",
    "resume",
)
"""The program's own options. A parameter of another package's workload that has the name of one
of them is set by --param-NAME.
"""


def option_of(name: str, ours: bool, sweep: bool) -> str:
    """The option that sets a workload's parameter: `--NAME`, or `--param-NAME` where the program
    has an option of that name.
    """
    taken = name in OPTIONS or (sweep and name in SWEEP_OPTIONS)
    if (taken and not ours) or name.startswith("param-"):
        return f"--param-{name}"
    return f"--{name}"


def add_common(sub: argparse.ArgumentParser) -> None:
    """Add the options that are taken before and after a sub-command's name."""
    ray = sub.add_argument_group("CPUs and Ray")
    ray.add_argument(
        "--cpus",
        metavar="N",
        help="CPUs for threads, processes and a local Ray instance (default: all CPUs)",
    )
    ray.add_argument(
        "--address",
        help="connect to an existing Ray cluster: auto or host:port (default: start a local one)",
    )
    ray.add_argument(
        "--nodes",
        metavar="N",
        help="start a local Ray cluster of so many nodes on this machine (default 1)",
    )
    ray.add_argument("--cpus-per-node", metavar="N", help="CPUs of each of the --nodes (default 1)")
    ray.add_argument(
        "--node-gpus", metavar="N", help="logical GPUs of each local node, which need no hardware"
    )
    ray.add_argument(
        "--node-resources", metavar="NAME=N,…", help="other resources of each local node"
    )
    add_look(sub)


def add_look(sub: argparse.ArgumentParser) -> None:
    """Add the options that say how the app draws."""
    look = sub.add_argument_group("display options")
    look.add_argument(
        "--theme", choices=("dark", "light", "contrast"), help="colour theme (default dark)"
    )
    look.add_argument(
        "--readonly",
        action="store_true",
        help="switch off the keys that hold submission, cancel single tasks, kill workers or "
        "inject faults",
    )
    look.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    look.add_argument(
        "--images",
        choices=("auto", "blocks", "kitty"),
        help="draw the selected image in half-blocks or by kitty's graphics protocol (default: "
        "what the terminal supports)",
    )
