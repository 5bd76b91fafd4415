"""The command line of sweeps: the options of `raytasks-tui sweep WORKLOAD`, and the sweep that they
ask for.
"""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workloads.core.errors import BadInput
from workloads.core.task import Parameter, Workload

if TYPE_CHECKING:
    from workloads.lanes.coordinator import Plan
    from workloads.sweeps.run import Sweep

RANGE = "N,N,… or N-N"


class _Values(argparse.Action):
    """Takes the values of a kind of sweep; a single number where the workload has a setting of that
    name sets that.
    """

    def __init__(
        self, *names: Any, kind: str = "", setting: Parameter | None = None, **more: Any
    ) -> None:
        super().__init__(*names, **more)
        self._kind, self._setting = kind, setting

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        given: argparse.Namespace,
        values: object,
        option: str | None = None,
    ) -> None:
        """Note the kind with what was typed for it, None for its usual values."""
        text = values if isinstance(values, str) else None
        if self._setting and text is not None and _one_number(self._setting, text):
            setattr(given, self.dest, text)
        else:
            given.kinds = [*(getattr(given, "kinds", None) or ()), (self._kind, text)]


def _one_number(setting: Parameter, text: str) -> bool:
    """Whether it is a value of the setting, or nothing else that makes sense."""
    try:
        setting.parse(text)
    except BadInput:
        return not any(sign in text.lstrip("-–") for sign in ",-–")
    return True


def add_sweep_options(group: argparse._ActionsContainer, workload: Workload) -> Sequence[str]:
    """Add the options of a sweep of that workload; returns the names of its parameters that these
    options set too, which need no option of their own.
    """
    from workloads.sweeps.kinds import TUTORIAL_BATCHES, kinds_for

    fitting = {kind.name for kind in kinds_for(workload)}
    shared = []

    def add(name: str, help: str, metavar: str = RANGE, needed: bool = False) -> None:
        if name not in fitting:
            return
        setting = next(
            (parameter for parameter in workload.parameters if parameter.name == name), None
        )
        if setting:
            shared.append(name)
            help = (
                f"{help}; one number: {setting.help} (default {setting.default:,}; "
                f"{setting.limits()})"
            )
        more: dict[str, Any] = {} if needed else {"nargs": "?"}
        group.add_argument(
            f"--{name}",
            action=_Values,
            kind=name,
            setting=setting,
            dest=name if setting else f"sweep_{name}",
            metavar=metavar,
            help=help,
            **more,
        )

    usual = ",".join(map(str, TUTORIAL_BATCHES))
    add("batches", f"tasks of each race (default {usual})", "N,N,…", needed=True)
    add("workers", "workers at once on every lane but serial (default 1 to the CPUs)")
    if "weak" in fitting:
        group.add_argument(
            "--weak",
            action="store_true",
            help="with --workers: each worker has the tasks that --tasks says, so that work "
            "grows along; the "
            "tutorial's 28× on 48 cores is of this kind",
        )
    add("grain", "cut the same work into so many tasks (default 1 to 100,000)")
    if workload.name == "pi":
        add("samples", "samples in all, such as 1e4-1e8")
    add("runs", "the same race so many times", "N", needed=True)
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on with the sweep in the --record FILE where it stopped; headless",
    )
    return shared


def sweep_of(given: argparse.Namespace, plan: "Plan") -> "Sweep":
    """The sweep over races like `plan` that was asked for; batches, as in the tutorial, if no kind
    was. Raises BadInput.
    """
    from workloads.catalog import find
    from workloads.sweeps.kinds import KINDS, kinds_for, read

    asked: list[tuple[str, str | None]] = list(getattr(given, "kinds", None) or ())
    if getattr(given, "weak", False):
        if not any(kind == "workers" for kind, _ in asked):
            asked.append(("workers", None))
        asked = [("weak" if kind == "workers" else kind, text) for kind, text in asked]
    if len(asked) > 1:
        names = " and ".join(f"--{'workers' if kind == 'weak' else kind}" for kind, _ in asked)
        raise BadInput(f"A sweep varies one thing, not {names}.")
    if getattr(given, "resume", False) and not (given.headless and given.record):
        raise BadInput(
            "--resume goes with --headless and the --record FILE of the sweep that stopped."
        )
    fitting = kinds_for(find(plan.workload))
    name, text = asked[0] if asked else (fitting[0].name, None)
    if name == "batches" and given.tasks is not None:
        raise BadInput(
            "--tasks goes with the other kinds of sweep; --batches says how many tasks "
            "each race has."
        )
    return read(name, KINDS[name].usual(plan) if text is None else text, plan)
