"""The command `raytasks-tui`: what was asked for, checked, and handed to the app or the headless runner."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich_argparse import RawDescriptionRichHelpFormatter

from workloads import catalog
from workloads.coordinator import Plan, Schedule, new_seed, usual_schedule
from workloads.engines import ENGINES, EngineOptions
from workloads.errors import BadInput, RaytasksError, plain
from workloads.events import AnyEvent, RaceOpened
from workloads.task import SEED, Value, Workload

RawDescriptionRichHelpFormatter.group_name_formatter = str  # our headings are sentences, not Titles

OWN_OPTIONS = ("CPU", "memory", "object_store_memory")
"""Resources that Ray takes by other means than its table of resources."""

EPILOG = """examples:
  raytasks-tui                                  open the race of π, serial against Ray; space starts
  raytasks-tui race pi --preset tutorial        the tutorial's size: CPUs × 10,000,000 points
  raytasks-tui race pi --headless --json -      no screen; the figures as JSON
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


def _add_workload(commands: "argparse._SubParsersAction[_Parser]", workload: Workload) -> None:
    sub = commands.add_parser(
        workload.name, help=workload.help, description=workload.help,
        formatter_class=RawDescriptionRichHelpFormatter,
    )  # fmt: skip
    own = sub.add_argument_group("the workload")
    if workload.inputs:
        own.add_argument("files", nargs="*", metavar=workload.inputs.metavar, help=workload.inputs.help)
    for p in workload.parameters:
        limits = f"{p.limits()} {p.unit}".rstrip()
        shown = p.default if p.choices else f"{p.default:,}"
        own.add_argument(f"--{p.name}", metavar=p.name.upper(), help=f"{p.help} (default {shown}; {limits})")
    if workload.presets:
        presets = ", ".join(workload.presets)
        own.add_argument("--preset", metavar="NAME", help=f"settings by name: {presets}; options override them")
    own.add_argument("--seed", help="whole number that fixes the random choices (default: drawn, and told)")
    how = sub.add_argument_group("the race")
    how.add_argument("--lanes", default="serial,ray", help="engines in order (default %(default)s)")
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
    options = EngineOptions(cpus=_cpus(given.cpus), address=given.address)
    if given.command is None:
        _need_terminal()
        return _app(given, None, options)
    plan = _plan(given)
    if given.headless:
        from tui.headless import run

        return run(plan, options, given.json, given.record)
    if given.json:
        raise BadInput("--json goes with --headless.")
    _need_terminal()
    return _app(given, plan, options)


def _plan(given: argparse.Namespace) -> Plan:
    workload = catalog.find(given.workload)
    values: dict[str, Value] = {}
    if getattr(given, "preset", None):
        if given.preset not in workload.presets:
            known = ", ".join(workload.presets)
            raise BadInput(f"{workload.name} has no preset “{plain(given.preset, 40)}”; it has {known}.")
        values = workload.presets[given.preset]()
    for parameter in workload.parameters:
        if (typed := getattr(given, parameter.name)) is not None:
            values[parameter.name] = parameter.parse(typed)
    inputs = tuple(workload.inputs.find(given.files)) if workload.inputs and given.files else ()
    if inputs and given.tasks is None and not given.preset:
        tasks = workload.parameter("tasks")
        values["tasks"] = min(len(inputs), int(tasks.maximum))
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
        workload=workload.name, params=workload.complete(values), seed=_seed(given.seed), lanes=lanes,
        schedule=schedule, num_cpus=_task_cpus(given.task_cpus), resources=_resources(given.task_resources),
        inputs=inputs,
    )  # fmt: skip


def _seed(text: str | None) -> int:
    return new_seed() if text is None else int(SEED.parse(text))


def _cpus(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1024 and len(text) <= 4):
        raise BadInput(f"--cpus takes a whole number from 1 to 1,024, not “{plain(text, 40)}”.")
    return int(text)


def _task_cpus(text: str) -> float:
    number = _positive(text)
    if number is None or number > 1024 or (number > 1 and number != int(number)):
        raise BadInput(f"--task-cpus takes a share of a CPU or a whole number up to 1,024, not “{plain(text, 40)}”.")
    return number


def _resources(text: str) -> dict[str, float]:
    asked = {}
    for part in filter(None, text.split(",")):
        name, _, amount = part.partition("=")
        number = _positive(amount)
        if not name.strip() or number is None or not name.isprintable() or name.strip() in OWN_OPTIONS:
            raise BadInput(f"--task-resources takes NAME=AMOUNT, separated by commas, not “{plain(part, 60)}”.")
        asked[name.strip()] = number
    return asked


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0.0001 <= number <= 1e9 else None


def _need_terminal() -> None:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise BadInput("The screen needs a terminal; without one, use race … --headless.")
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        raise BadInput(
            f"This terminal (TERM={plain(os.environ.get('TERM', ''))}) can't draw a screen; use race … --headless."
        )


def _app(
    given: argparse.Namespace, plan: Plan | None, options: EngineOptions, replay: list[AnyEvent] | None = None
) -> int:
    from tui.program import start

    usual = Plan("pi", catalog.find("pi").complete({}), new_seed(), schedule=usual_schedule())
    return start(
        plan or usual, options, plan is not None, getattr(given, "record", None), replay, given.theme, given.ascii
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
