"""The settings sheet: modal, checked while you type."""

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Static

from tui.keys import SETTINGS
from tui.sheets.base import Sheet
from workloads import catalog
from workloads.core.draining import DRAIN
from workloads.core.engine_info import engine_info
from workloads.core.errors import BadInput, plain
from workloads.core.execution import ORDER, execution_of, setting_values
from workloads.core.execution import SETTINGS as EXECUTION
from workloads.core.faults import FAULTS, Faults, counts
from workloads.core.placement import (
    CPUS_PER_NODE,
    NODES,
    STRATEGY,
    TASK_CPUS,
    check_task_cpus,
)
from workloads.core.task import SEED, Parameter, Value
from workloads.engines import EngineOptions
from workloads.engines.local_nodes import check_room
from workloads.lanes.plan import SCHEDULE, Plan, caveat, why_no_drain

FILES = "field-files"


def common_names(files: Sequence[str]) -> list[str]:
    """Shorter names for these files: by the folder that holds them all, where there are
    many.
    """
    if len(files) < 2:
        return list(files)
    return [os.path.commonpath(files)]


def _of_cluster(plan: Plan, options: EngineOptions) -> list[Parameter]:
    """The settings of lanes that run on a cluster; its nodes are settings if it is a local one."""
    if not any(engine_info(lane).joins_cluster for lane in plan.lanes):
        return []
    if options.address is not None:
        return [TASK_CPUS, STRATEGY]
    return [NODES, CPUS_PER_NODE, TASK_CPUS, STRATEGY]


class _Fields(VerticalScroll, inherit_bindings=False):
    """The fields; arrows move between them, also where they scroll."""


class SettingsSheet(Sheet[Plan | None]):
    """The parameters of the workload, each with its limits, and what to mind about the schedule;
    returns the changed plan, None if left alone.
    """

    BINDINGS: ClassVar[list[BindingType]] = SETTINGS

    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012

    def __init__(self, plan: Plan, options: EngineOptions, faults: bool = True) -> None:
        """`faults` says that they can be set."""
        super().__init__()
        self._plan, self._caveat = plan, caveat(plan, options)
        self._workload = catalog.find(plan.workload)
        self._faults = FAULTS if faults else ()
        self._race = [SCHEDULE, DRAIN, *EXECUTION]
        self._race += [*_of_cluster(plan, options), SEED, *self._faults]
        if self._workload.cost is None:
            self._race.remove(ORDER)
        if why_no_drain(plan.lanes):
            self._race.remove(DRAIN)
        self._parameters = (*self._workload.parameters, *self._race)
        self._presets = list(self._workload.presets)
        self._preset = 0
        self._named = common_names(plan.inputs)

    def compose(self) -> ComposeResult:
        """A line per parameter, and the sentence that says what is wrong."""
        parameters = self._workload.parameters
        values: list[Value] = [self._plan.params[p.name] for p in parameters]
        plan = self._plan
        race = {**vars(plan), **counts(plan.faults), **setting_values(plan.execution)}
        values += [race[parameter.name] for parameter in self._race]
        with Vertical(classes="sheet"):
            yield Label(
                f"Settings of {plain(self._workload.title, 60)}",
                classes="sheet-title",
                markup=False,
            )
            with _Fields(can_focus=False):
                if self._workload.inputs:
                    with Horizontal(classes="field"):
                        yield Label("files", classes="field-name")
                        yield Input(shlex.join(self._named), id=FILES, compact=True)
                    yield Label(self._workload.inputs.help, classes="field-help", markup=False)
                for p, value in zip(self._parameters, values, strict=True):
                    with Horizontal(classes="field"):
                        yield Label(
                            plain(f"{p.name} {p.unit}".strip(), 40),
                            classes="field-name",
                            markup=False,
                        )
                        yield Input(self._value_text(value), id=self._field(p), compact=True)
                    help = f"{p.help} ({p.limits()})"
                    if p is SCHEDULE and self._caveat:
                        help += f". {self._caveat}"
                    yield Label(plain(help, 300), classes="field-help", markup=False)
            yield Static("", id="wrong", markup=False)
            yield Label("", id="what-keys", classes="sheet-keys", markup=False)

    def _field(self, parameter: Parameter) -> str:
        """The id of a parameter's field: by its name where an id may be called so, else by its
        place.
        """
        if any(parameter is own for own in self._race):
            return f"field-{parameter.name}"
        plain_name = re.fullmatch(
            r"[A-Za-z_]\w*", parameter.name, re.ASCII
        ) and parameter.name not in {"files", *(own.name for own in self._race)}
        if plain_name:
            return f"field-{parameter.name}"
        return f"field-{self._parameters.index(parameter)}"

    @staticmethod
    def _value_text(value: Value) -> str:
        if isinstance(value, int):
            return f"{value:,}"
        return str(value)

    def on_mount(self) -> None:
        """Start with the first parameter."""
        self.query(Input).first().focus()
        self._show_keys()

    def _show_keys(self) -> None:
        move = self.keys.brief("settings.previous", "settings.next")
        keys = f"Enter Apply · {self.keys.brief('sheet.leave')} Cancel · {move} Move"
        if self._presets:
            preset = self.keys.brief("settings.preset")
            keys += f" · {preset} Preset {plain(self._presets[self._preset], 30)}"
        self.query_one("#what-keys", Label).update(keys)

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key has nothing to act on."""
        if action == "preset" and not self._presets:
            return "This workload has no presets."
        return ""

    # -- while something is typed ------------------------------------------------------------------

    def on_input_changed(self) -> None:
        """Say what is wrong as soon as it is; whether files are there is looked up."""
        self.stop_looking()
        try:
            self._read()
        except BadInput as error:
            self.complain(str(error))
        else:
            self.complain("")
            if self._workload.inputs:
                self.look_up(self._check_files)

    async def _check_files(self) -> None:
        await self._names()

    async def _names(self) -> list[str]:
        """The files and folders named; raises BadInput if none of them is there."""
        field = self.query_one(f"#{FILES}", Input)
        field.add_class("-bad")
        names = names_in(field.value)
        if names and not await self.in_thread("Looking for the files", any_exists, names):
            raise BadInput(f"files: no file or folder is named “{plain(names[0], 60)}”.")
        field.remove_class("-bad")
        return names

    def _read(self) -> Plan:
        values: dict[str, Value] = {}
        wrong: BadInput | None = None
        for p in self._workload.parameters:
            values[p.name], wrong = self._typed(p, wrong)
        race: dict[str, Any] = {}
        for p in self._race:
            race[p.name], wrong = self._typed(p, wrong)
        if wrong:
            raise wrong
        check_task_cpus(float(race.get("num_cpus", 1)))
        nodes = int(race.get("nodes", 0))
        check_room(nodes, nodes * int(race.get("cpus_per_node", 1)))
        every = counts(self._plan.faults)
        every |= {parameter.name: race.pop(parameter.name) for parameter in self._faults}
        execution = setting_values(self._plan.execution)
        execution |= {p.name: race.pop(p.name) for p in EXECUTION if p in self._race}
        return replace(
            self._plan,
            params=values,
            faults=Faults(*every.values()),
            execution=execution_of(execution),
            **race,
        )

    def _typed(self, parameter: Parameter, wrong: BadInput | None) -> tuple[Value, BadInput | None]:
        """Return what was typed for a parameter, and the first error so far."""
        field = self.query_one(f"#{self._field(parameter)}", Input)
        try:
            value = parameter.parse(field.value)
        except BadInput as error:
            field.add_class("-bad")
            return parameter.default, wrong or error
        field.remove_class("-bad")
        return value, wrong

    # -- taking it ---------------------------------------------------------------------------------

    def on_input_submitted(self) -> None:
        """Enter: apply the settings if they are valid. Large folders take a while; the keys don't
        wait for them.
        """
        try:
            plan = self._read()
            if (
                self._workload.inputs is None
                or names_in(self.query_one(f"#{FILES}", Input).value) == self._named
            ):
                self.dismiss(plan)
            else:
                self.look_up(lambda: self._take_files(plan))
        except BadInput as error:
            self.complain(str(error))
            self.app.bell()

    async def _take_files(self, plan: Plan) -> None:
        try:
            self.dismiss(await self._with_files(plan))
        except BadInput:
            self.app.bell()
            raise

    async def _with_files(self, plan: Plan) -> Plan:
        assert self._workload.inputs is not None
        names = await self._names()
        notes: list[str] = []
        find = self._workload.inputs.find
        files = []
        if names:
            files = await self.in_thread("Looking for images", find, names, notes.append)
        for note in notes:
            self.app.notify(note, severity="warning", timeout=8, markup=False)
        tasks = self._workload.parameter("tasks")
        if files and plan.params["tasks"] == self._plan.params["tasks"]:
            plan = replace(
                plan, params={**plan.params, "tasks": min(len(files), int(tasks.maximum))}
            )
        return replace(plan, inputs=tuple(files))

    def action_preset(self) -> None:
        """Fill in the next preset; after the last comes the first."""
        name = self._presets[self._preset]
        self._preset = (self._preset + 1) % len(self._presets)
        for parameter, value in self._workload.presets[name]().items():
            self.query_one(
                f"#{self._field(self._workload.parameter(parameter))}", Input
            ).value = self._value_text(value)
        if NODES in self._race and self._workload.local_nodes:
            nodes = self._workload.local_nodes.get(name, 0)
            strategy = ("default", "spread")[nodes > 0]
            self.query_one("#field-nodes", Input).value = f"{nodes}"
            self.query_one("#field-strategy", Input).value = strategy
        self._show_keys()


def names_in(typed: str) -> list[str]:
    """The names of files that were typed, as a shell reads them; raises BadInput."""
    try:
        return [os.path.expanduser(name) for name in shlex.split(typed)]
    except ValueError:
        raise BadInput("files: unclosed quotation mark.") from None


def any_exists(names: Sequence[str]) -> bool:
    """True if one of these files or folders is there; may wait long for a network."""
    return any(os.path.exists(name) for name in names if "\0" not in name)
