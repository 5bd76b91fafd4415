"""The command line of sweeps: the options of `raytasks-tui sweep WORKLOAD`, and the sweep that they
ask for.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.cli.actions import StoreSweep
from workloads.core.errors import BadInput
from workloads.core.task import Parameter, Workload

if TYPE_CHECKING:
    from tui.cli.options import Options
    from workloads.lanes.coordinator import Plan
    from workloads.sweeps.kinds import Sweep

RANGE = "N,N,… or N-N"

WEAK = {"workers": "weak"}
STRONG = {"weak": "workers"}
"""A sweep over workers in which each has the same work is a kind of its own, with no option."""


def add_sweep_options(group: argparse._ActionsContainer, workload: Workload) -> Sequence[str]:
    """Add the options of a sweep of that workload; returns the names of the parameters that these
    options set too, which need no option of their own.
    """
    from workloads.sweeps.kinds import (
        TUTORIAL_BATCHES,
        USUAL_REPEATS,
        USUAL_SIZES,
        kinds_for,
    )

    fitting = {kind.name for kind in kinds_for(workload)}
    parameters = {parameter.name: parameter for parameter in workload.parameters}
    shared = []

    def add(name: str, help: str, metavar: str = RANGE, nargs: str | None = "?") -> None:
        if name not in fitting:
            return
        parameter = parameters.get(name)
        if parameter:
            shared.append(name)
            help = (
                f"{help}; one number: {parameter.help} (default {parameter.default:,}; "
                f"{parameter.limits()})"
            )
        group.add_argument(
            f"--{name}",
            action=StoreSweep,
            dest=name,
            parameter=parameter,
            nargs=nargs,
            metavar=metavar,
            help=help,
        )

    usual = ",".join(map(str, TUTORIAL_BATCHES))
    add("batches", f"tasks of each race (default {usual})", "N,N,…", nargs=None)
    add("workers", "concurrent tasks on every lane except serial (default 1 to the number of CPUs)")
    if "weak" in fitting:
        group.add_argument(
            "--weak",
            action="store_true",
            help="with --workers: --tasks is the number per worker, so work grows with the workers",
        )
    add("grain", "split the same work into this many tasks (default 1 to 100,000)")
    add("samples", "total samples, such as 1e4-1e8")
    add("sizes", f"bytes of the data that all tasks read (default {USUAL_SIZES})")
    if "sizes" in fitting:
        group.add_argument(
            "--repeats",
            metavar="N",
            help=f"with --sizes: races at each size (default {USUAL_REPEATS}), for 95%% intervals",
        )
    add("runs", "repeat the same race this many times", "N", nargs=None)
    group.add_argument(
        "--resume",
        action="store_true",
        help="resume the interrupted sweep in the --record FILE; requires --headless",
    )
    return shared


def sweep_of(options: "Options", plan: "Plan") -> "Sweep":
    """The sweep that was asked for, over races like `plan`; batches, as in the tutorial, if no kind
    was named. Raises BadInput.
    """
    from workloads.catalog import find
    from workloads.machine.host import elsewhere
    from workloads.sweeps.kinds import (
        KINDS,
        MAX_REPEATS,
        USUAL_REPEATS,
        kinds_for,
        usual_values,
    )
    from workloads.sweeps.values import read

    kinds = list(options.kinds)
    if options.weak:
        if not any(kind == "workers" for kind, _ in kinds):
            kinds.append(("workers", None))
        kinds = [(WEAK.get(kind, kind), text) for kind, text in kinds]
    if len(kinds) > 1:
        names = " and ".join(f"--{STRONG.get(kind, kind)}" for kind, _ in kinds)
        raise BadInput(f"A sweep varies one thing; got {names}.")
    if options.resume and not (options.headless and options.record):
        raise BadInput(
            "--resume requires --headless and the --record FILE of the interrupted sweep."
        )
    workload = find(plan.workload)
    fitting = kinds_for(workload)
    [(name, text)] = kinds or [(_usual_kind(workload, options.preset or "", fitting[0].name), None)]
    if name == "batches" and "tasks" in options.parameters:
        raise BadInput(
            "--tasks can't be used with --batches, which sets the number of tasks in each race."
        )
    if text is None:
        text = usual_values(KINDS[name], plan, elsewhere(options.address))
        if not text:
            raise BadInput(
                "--workers needs values with --address, such as --workers 1-8: the "
                "cluster's CPUs aren't counted before the race."
            )
    sweep = read(name, text, plan)
    if options.repeats is None:
        return sweep
    if name != "sizes":
        raise BadInput("--repeats requires --sizes; --runs repeats a race.")
    limits = Parameter("repeats", USUAL_REPEATS, "", 1, MAX_REPEATS)
    return replace(sweep, repeats=int(limits.parse(options.repeats)))


def _usual_kind(workload: Workload, preset: str, first: str) -> str:
    """The kind of sweep where none was named: that of the preset, or over sizes where tasks share
    their data, or else the first that fits.
    """
    if preset in workload.sweeps:
        return workload.sweeps[preset]
    if workload.data:
        return "sizes"
    return first
