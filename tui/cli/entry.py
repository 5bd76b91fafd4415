"""The command `raytasks-tui`: what was asked for, checked, and handed to the app or the headless
runner.
"""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.interrupts import ending_at_once

with ending_at_once():
    from tui.cli.options import parser
    from tui.cli.plans import cpus_of, plan_of
    from tui.cli.sweeps import sweep_of
    from tui.drawing.ascii import draws_unicode, never_fail
    from tui.outputs.places import check
    from tui.outputs.streams import complain, open_closed, silence_stdout
    from workloads import catalog
    from workloads.core.errors import BadInput, RaytasksError, plain, shortage
    from workloads.core.task import Workload
    from workloads.engines import EngineOptions
    from workloads.engines.ray.address import checked_address
    from workloads.lanes.coordinator import Plan, new_seed, usual_schedule
    from workloads.machine.places import started_in

if TYPE_CHECKING:
    from rich.console import Console

    from workloads.ledger.recording import Recording
    from workloads.sweeps.run import Sweep

ADDING = """A function of yours is raced as it is:
  raytasks-tui race mypackage.module:function --inputs data.csv
An installed package adds a workload with an entry point, found by its name or as module:NAME:
  [project.entry-points."raytasks.workloads"]
  mine = "mypackage.module:WORKLOAD"        # a workloads.core.task.Workload
"""


OF_A_STREAM = (errno.ENOSPC, errno.EPIPE, errno.EBADF, errno.EIO, errno.EFBIG)
"""What the standard streams fail with; no file's name comes with it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns the exit status (2 for anything that can't be used, told in one
    sentence).
    """
    open_closed()
    never_fail(sys.stdout, sys.stderr)
    try:
        return _run(parser().parse_args(arguments))
    except RaytasksError as error:
        complain(str(error))
        return 2 if isinstance(error, BadInput) else 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # standard output closed or full
        silence_stdout()
        why = shortage(error) or error.strerror or str(error)
        written = error.filename is None and error.errno in OF_A_STREAM
        complain(f"{'Standard output: ' if written else ''}{why}.")
        return 1
    except (RuntimeError, MemoryError) as error:
        if not shortage(error):
            raise
        complain(f"{shortage(error)}.")
        return 1


def _run(given: argparse.Namespace) -> int:
    if given.command == "workloads":
        return _list_workloads()
    if given.command == "images":
        from tui.cli.download import run as download

        return download(given.urls, given.to)
    started_in()
    if given.command == "replay":
        from tui.replaying import first_look

        recording = first_look(given.file)
        _need_terminal()
        return _app(given, None, EngineOptions(), replay=recording or given.file)
    if given.cpus is not None and given.address is not None:
        raise BadInput("--cpus is for a Ray of our own; the one at --address has its CPUs already.")
    address = None if given.address is None else checked_address(given.address)
    options = EngineOptions(cpus=cpus_of(given.cpus), address=address)
    if given.command is None:
        _need_terminal()
        return _app(given, None, options)
    notes: list[str] = []
    plan = plan_of(given) if given.headless else plan_of(given, notes.append)
    sweep = sweep_of(given, plan) if given.command == "sweep" else None
    out: Path | None = getattr(given, "out", None)
    check(out, given.json, given.record, plan)
    if given.headless and sweep:
        from tui.cli.headless import run_sweep

        return run_sweep(sweep, options, given.json, given.record, given.resume, given.seed is None)
    if given.headless:
        from tui.cli.headless import run

        return run(plan, options, given.json, given.record, out)
    if given.json:
        raise BadInput("--json goes with --headless.")
    _need_terminal(given.command)
    return _app(given, plan, options, given.record, sweep=sweep, notes=notes, out=out)


def _need_terminal(command: str = "race") -> None:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise BadInput(f"The screen needs a terminal; without one, use {command} … --headless.")
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        term = plain(os.environ.get("TERM", ""))
        raise BadInput(
            f"This terminal (TERM={term}) can't draw a screen; use {command} … --headless."
        )


def _app(
    given: argparse.Namespace,
    plan: Plan | None,
    options: EngineOptions,
    record: Path | None = None,
    replay: "Recording | Path | None" = None,
    sweep: "Sweep | None" = None,
    notes: Sequence[str] = (),
    out: Path | None = None,
) -> int:
    from tui.drawing.pixels import images_for, terminal_name
    from tui.program import start

    ascii = given.ascii or not draws_unicode()
    images = images_for(given.images, ascii, os.environ, terminal_name)
    usual = Plan("pi", catalog.find("pi").complete({}), new_seed(), schedule=usual_schedule())
    return start(
        plan or usual,
        options,
        plan is not None,
        record,
        replay,
        given.theme,
        ascii,
        sweep,
        images,
        notes,
        out,
    )


def _list_workloads() -> int:
    from rich.console import Console

    console = Console()
    for workload in catalog.WORKLOADS:
        _list_workload(console, workload)
    for point in catalog.added():
        try:
            _list_workload(console, catalog.describe(point.name))
        except BadInput as error:
            console.print(
                f"{plain(point.name, 60)}, from {plain(point.package, 60)}: {error}\n", markup=False
            )
    for sentence in catalog.unreadable():
        console.print(f"{sentence}\n", markup=False)
    console.print(ADDING, markup=False, highlight=False)
    return 0


def _list_workload(console: "Console", workload: Workload) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        "parameter",
        "default",
        "limits",
        "what it is",
        title=Text(f"{workload.name}: {workload.help}"),
    )
    table.title_justify = "left"
    for p in workload.parameters:
        default = f"{p.default:,}" if not p.choices else str(p.default)
        table.add_row(p.name, *(Text(cell) for cell in (f"{default} {p.unit}", p.limits(), p.help)))
    console.print(table)
    if missing := workload.missing():
        console.print(f"{missing}\n", markup=False, highlight=False, soft_wrap=True)
    for name, preset in workload.presets.items():
        values = ", ".join(f"{k} {v}" for k, v in preset().items())
        console.print(f"preset {name}: {values}\n", markup=False)
