"""The settings sheet and the choice of a workload: modal, checked while one types."""

import asyncio
import os
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from workloads import catalog
from workloads.coordinator import Plan
from workloads.errors import BadInput, plain
from workloads.task import SEED, Value

FILES = "field-files"


def common_names(files: Sequence[str]) -> list[str]:
    """How a person would name these files again: by the folder that holds them all, where there are many."""
    if len(files) < 2:
        return list(files)
    return [os.path.commonpath(files)]


class SettingsSheet(ModalScreen[Plan | None]):
    """The parameters of the workload, each with its limits; returns the changed plan, None if left alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", id="settings.leave"),
        Binding("f2", "preset", "Preset", id="settings.preset"),
        Binding("down", "app.focus_next", "Next", show=False, id="settings.next"),
        Binding("up", "app.focus_previous", "Previous", show=False, id="settings.previous"),
    ]

    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._workload = catalog.find(plan.workload)
        self._parameters = (*self._workload.parameters, SEED)
        self._named = common_names(plan.inputs)

    def compose(self) -> ComposeResult:
        """A line a parameter, and the sentence that says what is wrong."""
        with Vertical(classes="sheet"):
            yield Label(f"Settings of {plain(self._workload.title, 60)}", classes="sheet-title", markup=False)
            with VerticalScroll(can_focus=False):
                if self._workload.inputs:
                    with Horizontal(classes="field"):
                        yield Label("files", classes="field-name")
                        yield Input(shlex.join(self._named), id=FILES, compact=True)
                    yield Label(self._workload.inputs.help, classes="field-help", markup=False)
                for p in self._parameters:
                    value = self._plan.seed if p is SEED else self._plan.params[p.name]
                    with Horizontal(classes="field"):
                        yield Label(f"{p.name} {p.unit}".strip(), classes="field-name")
                        yield Input(self._shown(value), id=f"field-{p.name}", compact=True)
                    yield Label(f"{p.help} ({p.limits()})", classes="field-help", markup=False)
            yield Static("", id="wrong", markup=False)
            presets = "   ".join(f"F2 preset {name}" for name in self._workload.presets)
            yield Label(f"Enter takes them   Esc leaves   ↑↓ move   {presets}", classes="sheet-keys", markup=False)

    @staticmethod
    def _shown(value: Value) -> str:
        return f"{value:,}" if isinstance(value, int) else f"{value}"

    def on_mount(self) -> None:
        """Begin with the first parameter."""
        self.query(Input).first().focus()

    def on_input_changed(self) -> None:
        """Say what is wrong as soon as it is."""
        try:
            self._read()
            if self._workload.inputs:
                self._names()
        except BadInput as error:
            self.query_one("#wrong", Static).update(str(error))
        else:
            self.query_one("#wrong", Static).update("")

    def _names(self) -> list[str]:
        """The files and folders named; raises BadInput if none of them is there."""
        field = self.query_one(f"#{FILES}", Input)
        field.add_class("-bad")
        try:
            names = [os.path.expanduser(name) for name in shlex.split(field.value)]
        except ValueError:
            raise BadInput("files: a quotation mark has no second.") from None
        if names and not any(map(os.path.exists, names)):
            raise BadInput(f"files: there is no file or folder “{plain(names[0], 60)}”.")
        field.remove_class("-bad")
        return names

    async def _take(self) -> Plan:
        """The plan with its files; looking for them in large folders takes a while, and nothing waits for it."""
        plan = self._read()
        if self._workload.inputs is None or (names := self._names()) == self._named:
            return plan
        notes: list[str] = []
        files = await asyncio.to_thread(self._workload.inputs.find, names, notes.append) if names else []
        for note in notes:
            self.app.notify(note, severity="warning", timeout=8, markup=False)
        tasks = self._workload.parameter("tasks")
        if files and plan.params["tasks"] == self._plan.params["tasks"]:
            plan = replace(plan, params={**plan.params, "tasks": min(len(files), int(tasks.maximum))})
        return replace(plan, inputs=tuple(files))

    def _read(self) -> Plan:
        values: dict[str, Value] = {}
        wrong: BadInput | None = None
        for p in self._parameters:
            field = self.query_one(f"#field-{p.name}", Input)
            try:
                values[p.name] = p.parse(field.value)
                field.remove_class("-bad")
            except BadInput as error:
                field.add_class("-bad")
                wrong = wrong or error
        if wrong:
            raise wrong
        seed = int(values.pop("seed"))
        return replace(self._plan, params=values, seed=seed)

    async def on_input_submitted(self) -> None:
        """Enter: take the settings if they are good."""
        try:
            plan = await self._take()
        except BadInput as error:
            self.query_one("#wrong", Static).update(str(error))
            self.app.bell()
        else:
            self.dismiss(plan)

    def action_preset(self) -> None:
        """Fill in the next preset."""
        for preset in list(self._workload.presets.values())[:1]:
            for name, value in preset().items():
                self.query_one(f"#field-{name}", Input).value = self._shown(value)


class WorkloadSheet(ModalScreen[str | None]):
    """The workloads to choose from; returns a name, None if left alone."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", id="workload.leave")]

    def compose(self) -> ComposeResult:
        """A line a workload, those that packages add among them."""
        known = [(w.name, w.title, w.help) for w in catalog.known()]
        names = {name for name, _, _ in known}
        known += [(a.name, a.name, f"Added by {a.package}.") for a in catalog.added() if a.name not in names]
        with Vertical(classes="sheet"):
            yield Label("What to race", classes="sheet-title")
            yield OptionList(
                *(Option(f"{plain(title, 60)}\n  {plain(help, 200)}", id=name) for name, title, help in known),
                markup=False,
            )
            yield Label("Enter takes it   Esc leaves", classes="sheet-keys")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: take it."""
        self.dismiss(event.option.id)
