"""The command `raytasks-tui`: what was asked for, checked, and handed to the app or the headless runner."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich_argparse import RawDescriptionRichHelpFormatter, RichHelpFormatter

from tui.plans import TUTORIAL_BATCHES, cpus_of, plan_of, sweep_of
from workloads import catalog
from workloads.coordinator import Plan, new_seed, usual_schedule
from workloads.engines import EngineOptions
from workloads.errors import BadInput, RaytasksError, plain
from workloads.events import AnyEvent, RaceOpened
from workloads.task import Workload

if TYPE_CHECKING:
    from workloads.sweep import Sweep

RichHelpFormatter.group_name_formatter = str  # our headings are sentences, not Titles

EPILOG = """examples:
  raytasks-tui                                  open the race of π, serial against Ray; space starts
  raytasks-tui race pi --preset tutorial        the tutorial's size: CPUs × 10,000,000 points
  raytasks-tui race pi --headless --json -      no screen; the figures as JSON
  raytasks-tui sweep images                     pictures in batches of 10 to 50, serial against Ray
  raytasks-tui replay race.jsonl                look at a recorded race again
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence that names the command to ask for help."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise BadInput(f"{plain(message)} (see {self.prog} --help)")


class _Version(argparse.Action):
    """Looks the version up only when asked: that takes 30 ms, which the first paint can do without."""

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:
        from importlib.metadata import version

        print(version("raytasks-tui"))
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    made = _Parser(
        prog="raytasks-tui", formatter_class=RawDescriptionRichHelpFormatter, epilog=EPILOG,
        description="See a Python workload go from serial to distributed on Ray, live, in a terminal.",
    )  # fmt: skip
    made.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    _add_common(made, top=True)
    commands = made.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    race = commands.add_parser(
        "race", help="race a workload on several lanes", description="Race a workload on several lanes.",
        formatter_class=made.formatter_class,
    )  # fmt: skip
    workloads = race.add_subparsers(dest="workload", metavar="WORKLOAD", required=True, parser_class=_Parser)
    for workload in catalog.WORKLOADS:
        _add_workload(workloads, workload)
    sweep = commands.add_parser(
        "sweep", help="race a workload again and again, in batches of growing size",
        description="Race a workload once for each batch, in turn, and compare the times.",
        formatter_class=made.formatter_class,
    )  # fmt: skip
    swept = sweep.add_subparsers(dest="workload", metavar="WORKLOAD", required=True, parser_class=_Parser)
    for workload in catalog.WORKLOADS:
        _add_workload(swept, workload, sweep=True)
    replay = commands.add_parser(
        "replay", help="show a recorded race", formatter_class=made.formatter_class,
        description="Show a recorded race in the same screens, at its own speed.",
    )  # fmt: skip
    replay.add_argument("file", type=Path, metavar="FILE", help="a file that race --record wrote")
    _add_look(replay)
    pictures = commands.add_parser(
        "images", help="fetch pictures for the image workload", formatter_class=made.formatter_class,
        description="Pictures for the image workload. Without any, it paints its own.",
    )  # fmt: skip
    what = pictures.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)
    download = what.add_parser(
        "download", help="fetch a list of pictures", formatter_class=made.formatter_class,
        description="Fetch pictures in parallel; what is there already isn't fetched again.",
    )  # fmt: skip
    download.add_argument(
        "--urls", metavar="FILE", help="one address a line (- is standard input; default: Ray's tutorial's)"
    )
    download.add_argument("--to", metavar="DIR", help="where to put them (default: the user's cache folder)")
    commands.add_parser(
        "workloads", help="list the workloads and their parameters", formatter_class=made.formatter_class,
        description="List the workloads with their parameters, defaults and limits.",
    )  # fmt: skip
    return made


def _add_workload(
    commands: "argparse._SubParsersAction[_Parser]", workload: Workload, sweep: bool = False
) -> None:  # fmt: skip
    sub = commands.add_parser(
        workload.name, help=workload.help, description=workload.help, formatter_class=RichHelpFormatter,
    )  # fmt: skip
    own = sub.add_argument_group("the workload")
    if workload.inputs:
        own.add_argument("files", nargs="*", metavar=workload.inputs.metavar, help=workload.inputs.help)
    if sweep:
        usual = ",".join(map(str, TUTORIAL_BATCHES))
        own.add_argument("--batches", metavar="N,N,…", default=usual, help="tasks of each race (default %(default)s)")
    sub.set_defaults(tasks=None)
    for p in workload.parameters:
        if sweep and p.name == "tasks":
            continue
        limits = f"{p.limits()} {p.unit}".rstrip()
        shown = p.default if p.choices else f"{p.default:,}"
        if p.name == "tasks" and workload.inputs:
            shown = f"{shown}, or as many as files are given"
        own.add_argument(f"--{p.name}", metavar=p.name.upper(), help=f"{p.help} (default {shown}; {limits})")
    if workload.presets:
        presets = ", ".join(workload.presets)
        own.add_argument("--preset", metavar="NAME", help=f"settings by name: {presets}; options override them")
    own.add_argument("--seed", help="whole number that fixes the random choices (default: drawn, and told)")
    how = sub.add_argument_group("the race")
    how.add_argument("--lanes", default="serial,ray", help="engines in order (default %(default)s)")
    if sweep:
        sub.set_defaults(schedule="in-turn")
    else:
        how.add_argument("--schedule", choices=("together", "in-turn"), help="default: by the cores; headless: in-turn")
    how.add_argument("--task-cpus", default="1", metavar="N", help="CPUs that each task asks of Ray (default 1)")
    how.add_argument(
        "--task-resources", default="", metavar="NAME=N,…", help="other resources that each task asks of Ray"
    )
    out = sub.add_argument_group("without a screen, and files")
    out.add_argument("--headless", action="store_true", help="no screen: exit status 0 all finished, 1 a lane failed")
    out.add_argument("--json", metavar="FILE", help="write the figures as JSON (- is standard output); headless")
    out.add_argument("--record", type=Path, metavar="FILE", help="write the race's events, for replay")
    _add_common(sub)


def _add_common(sub: argparse.ArgumentParser, top: bool = False) -> None:
    ray = sub.add_argument_group("Ray")
    # A sub-command's own defaults would hide what was given before its name.
    absent = None if top else argparse.SUPPRESS
    ray.add_argument("--cpus", metavar="N", default=absent, help="CPUs for Ray (default: those of this machine)")
    ray.add_argument(
        "--address", default=absent, help="join a running Ray: auto, or host:port (default: start a private one)"
    )
    _add_look(sub, top)


def _add_look(sub: argparse.ArgumentParser, top: bool = False) -> None:
    look = sub.add_argument_group("the screen")
    look.add_argument(
        "--theme", choices=("dark", "light", "contrast"), default="dark" if top else argparse.SUPPRESS,
        help="default dark",
    )  # fmt: skip
    look.add_argument(
        "--ascii", action="store_true", default=False if top else argparse.SUPPRESS,
        help="draw with ASCII characters only",
    )  # fmt: skip
    look.add_argument(
        "--images", choices=("auto", "blocks", "kitty"), default="auto" if top else argparse.SUPPRESS,
        help="the selected picture in half-blocks, or by kitty's graphics protocol (default: as the terminal can)",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns the exit status (2 for anything that can't be used, told in one sentence)."""
    try:
        return _run(parser().parse_args(arguments))
    except RaytasksError as error:
        print(f"raytasks-tui: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadInput) else 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # standard output closed or full
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        with contextlib.suppress(OSError):
            print(f"raytasks-tui: {error.strerror or error}.", file=sys.stderr)
        return 1


def _run(given: argparse.Namespace) -> int:
    if given.command == "workloads":
        return _list_workloads()
    if given.command == "images":
        from tui.download import run as download

        return download(given.urls, given.to)
    if given.command == "replay":
        from workloads.recording import read

        events = read(given.file)
        for event in events:
            if isinstance(event, RaceOpened) and ":" not in event.workload:  # whose name would have code loaded
                catalog.find(event.workload)
        _need_terminal()
        return _app(given, None, EngineOptions(), replay=events)
    if given.cpus is not None and given.address is not None:
        raise BadInput("--cpus is for a Ray of our own; the one at --address has its CPUs already.")
    options = EngineOptions(cpus=cpus_of(given.cpus), address=given.address)
    if given.command is None:
        _need_terminal()
        return _app(given, None, options)
    plan = plan_of(given)
    sweep = sweep_of(given, plan) if given.command == "sweep" else None
    if given.headless and sweep:
        from tui.headless import run_sweep

        return run_sweep(sweep, options, given.json, given.record)
    if given.headless:
        from tui.headless import run

        return run(plan, options, given.json, given.record)
    if given.json:
        raise BadInput("--json goes with --headless.")
    _need_terminal(given.command)
    return _app(given, plan, options, sweep=sweep)


def _need_terminal(command: str = "race") -> None:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise BadInput(f"The screen needs a terminal; without one, use {command} … --headless.")
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        term = plain(os.environ.get("TERM", ""))
        raise BadInput(f"This terminal (TERM={term}) can't draw a screen; use {command} … --headless.")


def _app(
    given: argparse.Namespace, plan: Plan | None, options: EngineOptions,
    replay: list[AnyEvent] | None = None, sweep: "Sweep | None" = None,
) -> int:  # fmt: skip
    from tui.pixels import images_for, terminal_name
    from tui.program import start

    images = images_for(given.images, given.ascii, os.environ, terminal_name)
    usual = Plan("pi", catalog.find("pi").complete({}), new_seed(), schedule=usual_schedule())
    return start(
        plan or usual,
        options,
        plan is not None,
        getattr(given, "record", None),
        replay,
        given.theme,
        given.ascii,
        sweep,
        images,
    )


def _list_workloads() -> int:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for workload in catalog.WORKLOADS:
        table = Table("parameter", "default", "limits", "what it is", title=f"{workload.name}: {workload.help}")
        table.title_justify = "left"
        for p in workload.parameters:
            default = f"{p.default:,}" if not p.choices else str(p.default)
            table.add_row(p.name, f"{default} {p.unit}", p.limits(), p.help)
        console.print(table)
        for name, preset in workload.presets.items():
            console.print(f"preset {name}: " + ", ".join(f"{k} {v}" for k, v in preset().items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
