"""The options of the command line as one object."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from tui.cli.parser import command_parser
from tui.outputs.wanted import Outputs
from workloads.core.draining import Drain
from workloads.core.execution import Order
from workloads.core.placement import Strategy
from workloads.lanes.coordinator import Schedule


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options as typed: text is checked by whoever uses it, None wasn't typed.

    `parameters` has the text of the workload's parameters by their names, `kinds` the kinds of
    sweep with the text of their values. `sealed` are the inputs of a function of the user's, and
    `notes` the sentences on what was left out of them.
    """

    command: str | None = None

    cpus: str | None = None
    address: str | None = None
    nodes: str | None = None
    cpus_per_node: str | None = None
    node_gpus: str | None = None
    node_resources: str = ""
    theme: str = "dark"
    ascii: bool = False
    readonly: bool = False
    images: str = "auto"

    workload: str = ""
    files: list[str] = []
    sealed: str | None = None
    notes: list[str] = []
    parameters: dict[str, str] = {}
    preset: str | None = None
    seed: str | None = None
    lanes: str = ""
    schedule: Schedule | Literal["auto"] | None = None
    drain: Drain = "wait"
    order: Order = "as-submitted"
    batch: str = "1"
    threads_per_task: str = "0"
    task_cpus: str = ""
    task_gpus: str | None = None
    task_resources: str = ""
    fail_every: str = "0"
    hang_every: str = "0"
    straggle_every: str = "0"
    strategy: Strategy | None = None
    headless: bool = False
    json: Path | None = None
    record: Path | None = None
    out: Path | None = None

    kinds: list[tuple[str, str | None]] = []
    weak: bool = False
    repeats: str | None = None
    resume: bool = False

    file: Path | None = None
    urls: str | None = None
    to: str | None = None

    @property
    def outputs(self) -> Outputs:
        """The files that the race is to write."""
        return Outputs(self.json, self.record, self.out)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """The options in these arguments (None: the process's own). Raises BadInput for those that
    there aren't; ends Python after --help and --version.
    """
    given = command_parser().parse_args(arguments)
    return msgspec.convert(given, Options, from_attributes=True)
