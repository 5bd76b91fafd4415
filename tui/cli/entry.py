"""The command `raytasks-tui`: checks what was asked for, and hands it to the app or to the
headless runner.
"""

import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.loading import ending_at_once, uncollected

with ending_at_once(), uncollected():
    from tui.cli.options import Options, parse
    from tui.cli.plans import noted, plan_of
    from tui.cli.shapes import engine_options, shape_of
    from tui.cli.sweeps import sweep_of
    from tui.drawing.ascii import draws_unicode, never_fail
    from tui.opening import Appearance, Opening
    from tui.outputs.streams import complain, open_closed, silence_stdout
    from workloads import catalog
    from workloads.builtin.pi import PI
    from workloads.core.engine_info import engine_info
    from workloads.core.errors import BadInput, RaytasksError, plain, shortage
    from workloads.engines import EngineOptions
    from workloads.lanes.coordinator import Plan, new_seed
    from workloads.machine.places import started_in

if TYPE_CHECKING:
    from workloads.ledger.recording import Recording
    from workloads.sweeps.kinds import Sweep

OF_A_STREAM = (errno.ENOSPC, errno.EPIPE, errno.EBADF, errno.EIO, errno.EFBIG)
"""What the standard streams fail with; no file's name comes with it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns the exit status (2 for anything that can't be used, told in one
    sentence).
    """
    open_closed()
    never_fail(sys.stdout, sys.stderr)
    try:
        return _run(parse(arguments))
    except BadInput as error:
        complain(str(error))
        return 2
    except RaytasksError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # standard output closed or full
        silence_stdout()
        why = shortage(error) or error.strerror or str(error)
        if error.filename is None and error.errno in OF_A_STREAM:
            why = f"Standard output: {why}"
        complain(f"{why}.")
        return 1
    except (RuntimeError, MemoryError) as error:
        if not shortage(error):
            raise
        complain(f"{shortage(error)}.")
        return 1


def _run(options: Options) -> int:
    if options.command == "workloads":
        from tui.cli.listing import list_workloads

        return list_workloads()
    if options.command == "images":
        from tui.cli.download import run as download

        return download(options.urls, options.to)
    started_in()
    if options.command == "replay":
        return _replay(options)
    engine = engine_options(options)
    if options.command is None:
        _need_terminal()
        plan = _usual_plan(options)
        return _show(options, plan, replace(engine, rate_of=plan.workload), Opening())
    notes: list[str] = []
    note = notes.append
    if options.headless:
        note = noted
    plan = plan_of(options, note)
    sweep = None
    if options.command == "sweep":
        sweep = sweep_of(options, plan)
    options.outputs.check(plan)
    if options.headless:
        return _run_headless(options, plan.shaped(engine), plan, sweep)
    if options.json:
        raise BadInput("--json requires --headless.")
    _need_terminal(options.command)
    if sweep is None and not options.preset and _usual_size(options, plan):
        engine = replace(engine, rate_of=plan.workload)
    return _show(options, plan, engine, Opening(begin=True, sweep=sweep, notes=notes))


def _replay(options: Options) -> int:
    from tui.replaying import first_look

    assert options.file
    recording = first_look(options.file)
    _need_terminal()
    return _show(options, recording or options.file, EngineOptions(), Opening())


def _usual_plan(options: Options) -> Plan:
    nodes, each = shape_of(options)
    params = PI.complete({})
    return Plan(PI.name, params, new_seed(), schedule="alternate", nodes=nodes, cpus_per_node=each)


def _usual_size(options: Options, plan: Plan) -> bool:
    """True if the work per task isn't set, and can suit the machine."""
    workload = catalog.find(plan.workload)
    size = workload.size_parameter()
    return workload.rate is not None and size is not None and size.name not in options.parameters


def _run_headless(
    options: Options, engine: EngineOptions, plan: Plan, sweep: "Sweep | None"
) -> int:
    if sweep is None:
        from tui.cli.headless import run

        return run(plan, engine, options.outputs)
    from tui.cli.headless_sweep import run_sweep

    any_seed = options.seed is None
    return run_sweep(sweep, engine, options.outputs, options.resume, any_seed)


def _need_terminal(command: str = "race") -> None:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise BadInput(f"The screen needs a terminal. Without one, use {command} … --headless.")
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        term = plain(os.environ.get("TERM", ""))
        raise BadInput(
            f"This terminal (TERM={term}) can't draw a screen; use {command} … --headless."
        )


def _show(
    options: Options, source: "Plan | Recording | Path", engine: EngineOptions, opening: Opening
) -> int:
    """Run the app on what the lanes do, or on a recording; returns the exit status."""
    from workloads.lanes import spawned

    if isinstance(source, Plan):
        # The others, which would take the app's CPU time, follow once it is painted.
        for name in source.lanes:
            if engine_info(name).starts_slowly:
                spawned.spawn_early(name, name, source.shaped(engine))
    try:
        from tui.drawing.pixels import images_for, terminal_name
        from tui.program import start

        ascii = options.ascii or not draws_unicode()
        images = images_for(options.images, ascii, os.environ, terminal_name)
        appearance = Appearance(options.theme, ascii, images, options.readonly)
        return start(source, engine, opening, appearance, options.outputs)
    finally:
        spawned.abandon()
