"""The parser of the command `raytasks-tui`: its sub-commands and their help."""

import argparse
from pathlib import Path
from typing import Any

from rich_argparse import RawDescriptionRichHelpFormatter, RichHelpFormatter

from tui.cli.workload_options import add_common, add_look, add_workload
from workloads import catalog
from workloads.catalog import is_function
from workloads.core.errors import BadInput, plain
from workloads.machine.places import started_in

RichHelpFormatter.group_name_formatter = str  # our headings are sentences, not Titles

EPILOG = """examples:
  raytasks-tui                                  race π on serial and Ray
  raytasks-tui race pi --preset tutorial        the tutorial's size: CPUs × 10,000,000 samples
  raytasks-tui race pi --headless --json -      no screen; write the figures as JSON
  raytasks-tui race math:factorial --inputs range:100     any function, called once per input
  raytasks-tui sweep images                     images in batches of 10 to 50, serial and Ray
  raytasks-tui replay race.jsonl                replay a recorded race
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence that names the command to ask for help.

    With `names_others`, its help also names the workloads that installed packages add.
    """

    names_others = False

    def __init__(self, **settings: Any) -> None:
        # `Options` has the defaults: a sub-command's would hide what was given before its name.
        super().__init__(argument_default=argparse.SUPPRESS, **settings)

    def error(self, message: str) -> None:  # type: ignore[override]
        raise BadInput(f"{plain(message)}; see {self.prog} --help.")

    def format_help(self) -> str:
        """The help; what installed packages add is looked up only now, as that takes 30 ms."""
        if self.names_others:
            others = ", ".join(plain(point.name, 40) for point in catalog.added())
            self.epilog = "Your function: MODULE:FUNCTION or FILE.py:FUNCTION, with --inputs."
            if others:
                self.epilog += f" Added by installed packages: {others}."
        return super().format_help()

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if isinstance(action, _Workloads):
            action.look_up(arg_strings)
        return super()._get_values(action, arg_strings)


class _Workloads(argparse._SubParsersAction):  # type: ignore[type-arg]
    """One sub-command per workload; those of installed packages and of the user are added when
    they are named.
    """

    sweep = False

    def look_up(self, given: list[str]) -> None:
        """Add the workload that `given` begins with, if it isn't built in. A function's inputs are
        looked for in what follows, as they are a part of its description.
        """
        name = given[0]
        if name in self.choices or not catalog.is_foreign(name):
            return
        from workloads.functions.inputs import seal

        started_in()
        finder = _Parser(add_help=False, prog=f"raytasks-tui race {plain(name, 80)}")
        finder.add_argument("--inputs")
        typed = getattr(finder.parse_known_args(given[1:])[0], "inputs", None)
        notes: list[str] = []
        sealed = None
        if typed is not None:
            sealed = seal(typed, notes.append)[0]
        workload = catalog.describe(name, sealed)
        if sealed and not is_function(workload):
            raise BadInput(
                f"{plain(name, 80)} is a workload that makes its own tasks; --inputs is for "
                "functions."
            )
        try:
            add_workload(self, workload, self.sweep)
        except (argparse.ArgumentError, ValueError) as error:  # a parameter called as an option
            raise BadInput(
                f"{plain(name, 80)} can't be raced from the command line: {plain(error, 200)}."
            ) from None
        self.choices[name].set_defaults(sealed=sealed, notes=notes)


class _Sweeps(_Workloads):
    """One sub-command of `sweep` per workload."""

    sweep = True


class _Version(argparse.Action):
    """Looks the version up only when asked: that takes 30 ms, which the first paint can
    do without.
    """

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:
        from importlib.metadata import version

        print(version("raytasks-tui"))
        parser.exit()


def command_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    made = _Parser(
        prog="raytasks-tui",
        formatter_class=RawDescriptionRichHelpFormatter,
        epilog=EPILOG,
        description=(
            "Run the same Python tasks serially, in threads, in processes and on Ray, and watch "
            "every task live."
        ),
    )
    made.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    add_common(made)
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
        help="race a workload once for each of several values, and compare",
        description="Race a workload once for each of several values, in turn, and compare: "
        "batches, workers, grain, samples or runs.",
        formatter_class=RichHelpFormatter,
    )
    _add_workloads(sweep, _Sweeps, sweep=True)
    _add_replay(commands)
    _add_images(commands)
    commands.add_parser(
        "workloads",
        help="list the workloads and their parameters",
        formatter_class=made.formatter_class,
        description="List the workloads with their parameters, defaults and limits.",
    )
    return made


def _add_workloads(command: _Parser, action: type[_Workloads], sweep: bool = False) -> None:
    """Add the sub-commands of `race` or `sweep`: the built-in workloads, and by `action` any other
    that is named.
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
        add_workload(workloads, workload, sweep)


def _add_replay(commands: "argparse._SubParsersAction[_Parser]") -> None:
    replay = commands.add_parser(
        "replay",
        help="replay a recorded race",
        formatter_class=RawDescriptionRichHelpFormatter,
        description="Replay a recorded race on the same screens, at its original speed.",
    )
    replay.add_argument("file", type=Path, metavar="FILE", help="file written by race --record")
    add_look(replay)


def _add_images(commands: "argparse._SubParsersAction[_Parser]") -> None:
    pictures = commands.add_parser(
        "images",
        help="download images for the image workload",
        formatter_class=RawDescriptionRichHelpFormatter,
        description="Images for the image workload. Without any, it generates its own.",
    )
    what = pictures.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_Parser, prog=pictures.prog
    )
    download = what.add_parser(
        "download",
        help="download a list of images",
        formatter_class=RawDescriptionRichHelpFormatter,
        description="Download images in parallel. Existing files aren't downloaded again.",
    )
    download.add_argument(
        "--urls",
        metavar="FILE",
        help="file with one address per line (- is standard input; default: the addresses in "
        "Ray's tutorial)",
    )
    download.add_argument(
        "--to", metavar="DIR", help="folder to save them in (default: your cache folder)"
    )
