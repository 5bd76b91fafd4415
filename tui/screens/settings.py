"""The settings sheet and the choice of a workload: modal, checked while one types."""

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
from workloads.errors import BadInput
from workloads.task import SEED, Value


class SettingsSheet(ModalScreen[Plan | None]):
    """The parameters of the workload, each with its limits; returns the changed plan, None if left alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", id="settings.leave"),
        Binding("f2", "preset", "Preset", id="settings.preset"),
        Binding("down", "app.focus_next", "Next", show=False, id="settings.next"),
        Binding("up", "app.focus_previous", "Previous", show=False, id="settings.previous"),
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._workload = catalog.find(plan.workload)
        self._parameters = (*self._workload.parameters, SEED)

    def compose(self) -> ComposeResult:
        """A line a parameter, and the sentence that says what is wrong."""
        with Vertical(classes="sheet"):
            yield Label(f"Settings of {self._workload.title}", classes="sheet-title")
            with VerticalScroll():
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
        except BadInput as error:
            self.query_one("#wrong", Static).update(str(error))
        else:
            self.query_one("#wrong", Static).update("")

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

    def on_input_submitted(self) -> None:
        """Enter: take the settings if they are good."""
        try:
            self.dismiss(self._read())
        except BadInput:
            self.app.bell()

    def action_preset(self) -> None:
        """Fill in the next preset."""
        for preset in list(self._workload.presets.values())[:1]:
            for name, value in preset().items():
                self.query_one(f"#field-{name}", Input).value = self._shown(value)


class WorkloadSheet(ModalScreen[str | None]):
    """The workloads to choose from; returns a name, None if left alone."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", id="workload.leave")]

    def compose(self) -> ComposeResult:
        """A line a workload."""
        with Vertical(classes="sheet"):
            yield Label("What to race", classes="sheet-title")
            yield OptionList(*(Option(f"{w.title}\n  {w.help}", id=w.name) for w in catalog.WORKLOADS), markup=False)
            yield Label("Enter takes it   Esc leaves", classes="sheet-keys")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: take it."""
        self.dismiss(event.option.id)
