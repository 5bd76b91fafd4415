"""The sheet that begins a sweep: what to vary and over which values, checked while one types, with
what it takes.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from tui.keys import SWEEP
from tui.sheets.base import Sheet
from workloads import catalog
from workloads.core.errors import BadInput, plain
from workloads.lanes.coordinator import Plan
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.kinds import BY_WORKERS, Sweep, kinds_for, usual_values
from workloads.sweeps.remaining import rough_time
from workloads.sweeps.run import resumed
from workloads.sweeps.values import read


class SweepSheet(Sheet[Sweep | None]):
    """The kinds of sweep that fit the plan's workload; returns the sweep, None if left alone.

    `measured` are the seconds that a race of this plan took each lane, if one was raced: the sheet
    then says about how long the sweep will take. A sweep that `earlier` holds in part is offered
    first, and only what is missing raced. With a cluster `elsewhere` no numbers of workers are
    suggested, as its CPUs aren't known.
    """

    DEFAULT_CSS = """
    SweepSheet #kinds { height: auto; margin-bottom: 1; background: $panel; }
    SweepSheet #takes { height: auto; min-height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = SWEEP

    def __init__(
        self,
        plan: Plan,
        measured: Mapping[str, float] | None = None,
        earlier: SweepFold | None = None,
        elsewhere: bool = False,
    ) -> None:
        super().__init__()
        self._elsewhere = elsewhere
        self._plan, self._measured, self._earlier = plan, measured or {}, earlier
        self._workload = catalog.find(plan.workload)
        self._kinds = kinds_for(self._workload)
        self._typed = [usual_values(kind, plan, elsewhere) for kind in self._kinds]
        names, presets = [kind.name for kind in self._kinds], self._workload.presets
        self._chosen = next(
            (
                names.index(kind)
                for preset, kind in self._workload.sweeps.items()
                if presets[preset]().items() <= dict(plan.params).items()
            ),
            0,
        )
        self._offer_the_rest()

    def _offer_the_rest(self) -> None:
        """Begin with the sweep that ended early."""
        if self._earlier is None or self._earlier.opened is None:
            return
        opened, names = self._earlier.opened, [kind.name for kind in self._kinds]
        whole = len(self._earlier.measured()) >= len(opened.values)
        if whole or opened.workload != self._plan.workload or opened.sweep not in names:
            return
        self._chosen = names.index(opened.sweep)
        self._typed[self._chosen] = ",".join(map(str, opened.values))
        if opened.sweep == "runs":
            self._typed[self._chosen] = f"{len(opened.values)}"

    def compose(self) -> ComposeResult:
        """The kinds, a field for the values, what the sweep takes, and the sentence that says what
        is wrong.
        """
        with Vertical(classes="sheet"):
            yield Label(
                f"Sweep of {plain(self._workload.title, 60)}", classes="sheet-title", markup=False
            )
            kinds = OptionList(
                *(Option(f"{kind.title:<14}{kind.help}") for kind in self._kinds),
                id="kinds",
                markup=False,
            )
            kinds.can_focus = False  # the field keeps the keys, ↑ and ↓ go through it
            yield kinds
            with Horizontal(classes="field"):
                yield Label("values", classes="field-name")
                yield Input(self._typed[self._chosen], compact=True, select_on_focus=False)
            yield Label("", id="help", classes="field-help", markup=False)
            yield Static("", id="takes", markup=False)
            yield Static("", id="wrong", markup=False)
            choose = self.keys.brief("sweep.previous", "sweep.next")
            yield Label(
                f"Enter Start · {self.keys.brief('sheet.leave')} Cancel · {choose} Choose",
                classes="sheet-keys",
                markup=False,
            )

    def on_mount(self) -> None:
        """Begin with the kind that is chosen."""
        self.query_one(Input).focus()
        self._show()

    def action_choose(self, by: int) -> None:
        """Another kind; what was typed for this one is kept."""
        field = self.query_one(Input)
        self._typed[self._chosen] = field.value
        self._chosen = (self._chosen + by) % len(self._kinds)
        field.value = self._typed[self._chosen]
        field.cursor_position = len(field.value)
        self._show()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click on a kind."""
        self.action_choose(event.option_index - self._chosen)

    def on_input_changed(self) -> None:
        """Say what it takes, or what is wrong as soon as it is."""
        self._read()

    def on_input_submitted(self) -> None:
        """Enter: start if it is valid."""
        if sweep := self._read():
            self.dismiss(sweep)
        else:
            self.app.bell()

    def _show(self) -> None:
        kind = self._kinds[self._chosen]
        self.query_one("#kinds", OptionList).highlighted = self._chosen
        self.query_one(".field-name", Label).update(plain(kind.parameter, 13))
        self.query_one("#help", Label).update(f"such as {kind.hint}")
        self._read()

    def _read(self) -> Sweep | None:
        wrong, takes, field = (
            self.query_one("#wrong", Static),
            self.query_one("#takes", Static),
            self.query_one(Input),
        )
        try:
            sweep = read(self._kinds[self._chosen].name, field.value, self._plan)
        except BadInput as error:
            wrong.update(str(error))
            takes.update("")
            field.add_class("-bad")
            return None
        if self._earlier is not None:
            sweep = resumed(sweep, self._earlier)
        wrong.update("")
        takes.update(self._cost(sweep))
        field.remove_class("-bad")
        return sweep

    def _cost(self, sweep: Sweep) -> str:
        """The number of races, about how long they take where known, and what is left out."""
        count, total = len(sweep.todo), len(sweep.values) * sweep.repeats
        done, unit = total - count, "points"
        if sweep.repeats > 1:
            unit = "races"
        text = f"{count} races"
        if count == 1:
            text = "1 race"
        if done:
            text = f"{done} of {total} {unit} are done; {text} left"
        if sweep.calibrate:
            text += ", after calibrating each lane's per-task overhead"
        about = sweep.seconds(self._measured)
        if self._elsewhere and sweep.name in BY_WORKERS:
            about = None
        if about is not None:
            text += f"; {rough_time(about)}"
        return f"{text}. {plain(sweep.note, 200)}".rstrip()
