"""The options of the command `raytasks-tui`: what can be typed, and the words of its help."""

import argparse
from pathlib import Path
from typing import Any

from rich_argparse import RawDescriptionRichHelpFormatter, RichHelpFormatter

from tui.cli.sweeps import add_sweep_options
from workloads import catalog
from workloads.catalog import is_function
from workloads.core.engine_info import DEFAULT_LANES, ENGINES
from workloads.core.errors import BadInput, plain
from workloads.core.task import Workload
from workloads.machine.places import started_in

RichHelpFormatter.group_name_formatter = str  # our headings are sentences, not Titles

EPILOG = """examples:
  raytasks-tui                                  open the race of π, serial against Ray; space starts
  raytasks-tui race pi --preset tutorial        the tutorial's size: CPUs × 10,000,000 points
  raytasks-tui race pi --headless --json -      no screen; the figures as JSON
  raytasks-tui race math:factorial --inputs range:100     any function, called once per input
  raytasks-tui sweep images                     pictures in batches of 10 to 50, serial against Ray
  raytasks-tui replay race.jsonl                look at a recorded race again
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence that names the command to ask for help.

    With `names_others`, its help also names the workloads that aren't ours.
    """

    names_others = False

    def error(self, message: str) -> None:  # type: ignore[override]
        raise BadInput(f"{plain(message)} (see {self.prog} --help)")

    def format_help(self) -> str:
        """The help; what installed packages add is looked up only now, as that takes 30 ms."""
        if self.names_others:
            others = ", ".join(plain(point.name, 40) for point in catalog.added())
            added = f" Added by installed packages: {others}." if others else ""
            self.epilog = (
                f"A function of yours: MODULE:FUNCTION or FILE.py:FUNCTION, with --inputs.{added}"
            )
        return super().format_help()

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if isinstance(action, _Workloads):
            action.look_up(arg_strings)
        return super()._get_values(action, arg_strings)


class _Workloads(argparse._SubParsersAction):  # type: ignore[type-arg]
    """A sub-command a workload; those that aren't ours get theirs when they are named."""

    sweep = False

    def look_up(self, given: list[str]) -> None:
        """Have somebody else's workload described, with the inputs of a function among what was
        `given` after it.
        """
        from workloads.functions.inputs import seal

        name = given[0]
        if name in self.choices or not catalog.is_foreign(name):
            return
        started_in()
        finder = _Parser(add_help=False, prog=f"raytasks-tui race {plain(name, 80)}")
        finder.add_argument("--inputs")
        typed = finder.parse_known_args(given[1:])[0].inputs
        notes: list[str] = []
        sealed = seal(typed, notes.append)[0] if typed is not None else None
        workload = catalog.describe(name, sealed)
        if sealed and not is_function(workload):
            raise BadInput(
                f"{plain(name, 80)} is a workload that makes its own tasks; --inputs is for "
                "functions."
            )
        try:
            _add_workload(self, workload, self.sweep)
        except (
            argparse.ArgumentError,
            ValueError,
        ) as error:  # a parameter called as an option of ours
            raise BadInput(
                f"{plain(name, 80)} can't be raced from the command line: {plain(error, 200)}."
            ) from None
        self.choices[name].set_defaults(sealed=sealed, notes=notes)


class _Sweeps(_Workloads):
    """The same for sweeps."""

    sweep = True


class _Version(argparse.Action):
    """Looks the version up only when asked: that takes 30 ms, which the first paint can
    do without.
    """

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:
        from importlib.metadata import version

        print(version("raytasks-tui"))
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    made = _Parser(
        prog="raytasks-tui",
        formatter_class=RawDescriptionRichHelpFormatter,
        epilog=EPILOG,
        description="See a Python workload go from serial to distributed on Ray, live, in "
        "a terminal.",
    )
    made.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    _add_common(made, top=True)
    # Without prog, each formats a usage, which writes nothing to standard output, and /dev/full
    # refuses even that.
    commands = made.add_subparsers(
        dest="command", metavar="COMMAND", parser_class=_Parser, prog=made.prog
    )
    race = commands.add_parser(
        "race",
        help="race a workload on several lanes",
        description="Race a workload on several lanes.",
        formatter_class=RichHelpFormatter,
    )
    _add_workloads(race, _Workloads)
    sweep = commands.add_parser(
        "sweep",
        help="race a workload once for each of many values, and compare",
        description="Race a workload once for each of many values, in turn, and compare: "
        "batches, workers, grain, "
        "samples, runs.",
        formatter_class=RichHelpFormatter,
    )
    _add_workloads(sweep, _Sweeps, sweep=True)
    replay = commands.add_parser(
        "replay",
        help="show a recorded race",
        formatter_class=made.formatter_class,
        description="Show a recorded race in the same screens, at its own speed.",
    )
    replay.add_argument("file", type=Path, metavar="FILE", help="a file that race --record wrote")
    _add_look(replay)
    pictures = commands.add_parser(
        "images",
        help="fetch pictures for the image workload",
        formatter_class=made.formatter_class,
        description="Pictures for the image workload. Without any, it paints its own.",
    )
    what = pictures.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_Parser, prog=pictures.prog
    )
    download = what.add_parser(
        "download",
        help="fetch a list of pictures",
        formatter_class=made.formatter_class,
        description="Fetch pictures in parallel; what is there already isn't fetched again.",
    )
    download.add_argument(
        "--urls",
        metavar="FILE",
        help="one address a line (- is standard input; default: Ray's tutorial's)",
    )
    download.add_argument(
        "--to", metavar="DIR", help="where to put them (default: the user's cache folder)"
    )
    commands.add_parser(
        "workloads",
        help="list the workloads and their parameters",
        formatter_class=made.formatter_class,
        description="List the workloads with their parameters, defaults and limits.",
    )
    return made


class _PlainHelp(RichHelpFormatter):
    """Help with words of somebody else's in it, which are no markup."""

    text_markup = help_markup = False


def _add_workloads(command: _Parser, action: type[_Workloads], sweep: bool = False) -> None:
    """The subcommands of `race` or `sweep`: the built-in workloads; `action` adds the one that
    somebody else's is.
    """
    workloads = command.add_subparsers(
        dest="workload",
        metavar="WORKLOAD",
        required=True,
        parser_class=_Parser,
        action=action,
        prog=command.prog,
    )
    command.names_others = True
    for workload in catalog.WORKLOADS:
        _add_workload(workloads, workload, sweep)


def _add_workload(
    commands: "argparse._SubParsersAction[_Parser]", workload: Workload, sweep: bool = False
) -> None:
    ours = any(workload is known for known in catalog.WORKLOADS)
    sub = commands.add_parser(
        workload.name,
        help=_literal(workload.help),
        description=workload.help,
        formatter_class=RichHelpFormatter if ours else _PlainHelp,
    )
    own = sub.add_argument_group("the workload")
    if not ours and is_function(workload):
        from workloads.functions.inputs import FORMS

        own.add_argument("--inputs", metavar="INPUTS", help=f"what each call gets: {FORMS}")
    if workload.inputs:
        own.add_argument(
            "files", nargs="*", metavar=workload.inputs.metavar, help=workload.inputs.help
        )
    shared = add_sweep_options(sub.add_argument_group("what to vary"), workload) if sweep else ()
    sub.set_defaults(tasks=None)
    parameters = workload.parameters
    for p in parameters:
        if p.name in shared:
            continue
        limits = f"{p.limits()} {p.unit}".rstrip()
        shown = p.default if p.choices else f"{p.default:,}"
        if p.name == "tasks" and workload.inputs:
            shown = f"{shown}, or as many as files are given"
        own.add_argument(
            option_of(p.name, ours, sweep),
            metavar=p.name.upper(),
            dest=destination_of(p.name, ours),
            help=_literal(f"{p.help} (default {shown}; {limits})"),
        )
    sub.set_defaults(
        typed={
            p.name: p.name if p.name in shared else destination_of(p.name, ours) for p in parameters
        }
    )
    if workload.presets:
        presets = _literal(", ".join(workload.presets))
        own.add_argument(
            "--preset", metavar="NAME", help=f"settings by name: {presets}; options override them"
        )
    own.add_argument(
        "--seed", help="whole number that fixes the random choices (default: drawn, and told)"
    )
    how = sub.add_argument_group("the race")
    how.add_argument(
        "--lanes",
        default=",".join(DEFAULT_LANES),
        help=f"some of {','.join(ENGINES)}, in order (default %(default)s)",
    )
    if sweep:
        sub.set_defaults(schedule="in-turn")
    else:
        how.add_argument(
            "--schedule",
            choices=("together", "in-turn"),
            help="default: by the cores; headless: in-turn",
        )
    how.add_argument(
        "--task-cpus", default="1", metavar="N", help="CPUs that each task asks of Ray (default 1)"
    )
    how.add_argument(
        "--task-resources",
        default="",
        metavar="NAME=N,…",
        help="other resources that each task asks of Ray",
    )
    out = sub.add_argument_group("without a screen, and files")
    out.add_argument(
        "--headless",
        action="store_true",
        help="no screen: exit status 0 all finished, 1 a lane failed",
    )
    out.add_argument(
        "--json", metavar="FILE", help="write the figures as JSON (- is standard output); headless"
    )
    out.add_argument(
        "--record", type=Path, metavar="FILE", help="write the race's events, for replay"
    )
    if not sweep:
        out.add_argument(
            "--out", type=Path, metavar="FILE.jsonl", help="write the tasks' results, one a line"
        )
    _add_common(sub)


OPTIONS = (
    "inputs",
    "preset",
    "seed",
    "lanes",
    "schedule",
    "task-cpus",
    "task-resources",
    "headless",
    "json",
    "record",
    "out",
    "cpus",
    "address",
    "theme",
    "ascii",
    "images",
    "help",
)
SWEEP_OPTIONS = ("batches", "workers", "weak", "grain", "samples", "runs", "resume")
"""Options of ours. A parameter of somebody else's workload that is called like one of them gets
--param-NAME.
"""


def option_of(name: str, ours: bool, sweep: bool) -> str:
    """The option that sets a workload's parameter: `--NAME`, or `--param-NAME` where that is an
    option of ours.
    """
    taken = not ours and name in (*OPTIONS, *(SWEEP_OPTIONS if sweep else ()))
    return f"--param-{name}" if taken or name.startswith("param-") else f"--{name}"


def destination_of(name: str, ours: bool) -> str:
    """Where the parser keeps what was typed for a parameter: beside our own options, some of which
    are called so.
    """
    return name if ours or name == "tasks" else f"parameter {name}"


def _literal(text: str) -> str:
    """Text that argparse doesn't take for a format."""
    return text.replace("%", "%%")


def _add_common(sub: argparse.ArgumentParser, top: bool = False) -> None:
    ray = sub.add_argument_group("CPUs and Ray")
    # A sub-command's own defaults would hide what was given before its name.
    absent = None if top else argparse.SUPPRESS
    ray.add_argument(
        "--cpus",
        metavar="N",
        default=absent,
        help="CPUs for threads, processes and a private Ray (default: those of this machine)",
    )
    ray.add_argument(
        "--address",
        default=absent,
        help="join a running Ray: auto, or host:port (default: start a private one)",
    )
    _add_look(sub, top)


def _add_look(sub: argparse.ArgumentParser, top: bool = False) -> None:
    look = sub.add_argument_group("the screen")
    look.add_argument(
        "--theme",
        choices=("dark", "light", "contrast"),
        default="dark" if top else argparse.SUPPRESS,
        help="default dark",
    )
    look.add_argument(
        "--ascii",
        action="store_true",
        default=False if top else argparse.SUPPRESS,
        help="draw with ASCII characters only",
    )
    look.add_argument(
        "--images",
        choices=("auto", "blocks", "kitty"),
        default="auto" if top else argparse.SUPPRESS,
        help="the selected picture in half-blocks, or by kitty's graphics protocol (default: as "
        "the terminal can)",
    )
