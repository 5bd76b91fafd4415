"""The choice of lanes: which engines race."""

from typing import ClassVar

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from tui.drawing.themes import lane_letter
from tui.keys import LANES
from tui.sheets.base import Sheet, option_row
from tui.widgets.race.states import STATES
from workloads.core.engine_info import ENGINES, engine_info, load_added
from workloads.core.wording import lane_name
from workloads.machine.background import in_background


class LanesSheet(Sheet[tuple[str, ...] | None]):
    """The engines to choose from; returns the chosen ones in their usual order, None if
    left alone.
    """

    BINDINGS: ClassVar[list[BindingType]] = LANES

    def __init__(self, lanes: tuple[str, ...]) -> None:
        super().__init__()
        self._chosen = set(lanes)

    async def _list_added(self) -> None:
        wrong = await in_background(load_added)
        options = self.query_one(OptionList)
        for name in list(ENGINES)[options.option_count :]:
            options.add_option(Option(self._line(name), id=name))
        self.complain(" ".join(wrong))

    def compose(self) -> ComposeResult:
        """One line per engine, and why the choice can't be applied."""
        with Vertical(classes="sheet"):
            yield Label("Lanes", classes="sheet-title")
            yield OptionList(*(Option(self._line(name), id=name) for name in ENGINES), markup=False)
            yield Static("", id="wrong", markup=False)
            take, leave = self.keys.brief("lanes.take"), self.keys.brief("sheet.leave")
            toggle = self.keys.brief("lanes.choose")
            yield Label(
                f"{take} Apply · {leave} Cancel · {toggle} Toggle",
                classes="sheet-keys",
                markup=False,
            )

    def on_mount(self) -> None:
        """Look for the engines of installed packages."""
        self.look_up(self._list_added)

    def _line(self, name: str) -> Table:
        mark = " "
        if name in self._chosen:
            mark = STATES["finished"][bool(getattr(self.app, "ascii", False))]
        head = f"{mark} {lane_letter(name)}  {lane_name(name):<10} "
        return option_row(head, engine_info(name).summary)

    def action_choose(self) -> None:
        """Space: add the engine under the cursor, or leave it out."""
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return
        name = options.get_option_at_index(options.highlighted).id or ""
        self._chosen ^= {name}
        options.replace_option_prompt(name, self._line(name))
        self._say()

    def action_take(self) -> None:
        """Enter: apply the choice."""
        if self._chosen:
            self.dismiss(tuple(name for name in ENGINES if name in self._chosen))
        else:
            self._say()
            self.app.bell()

    def _say(self) -> None:
        if self._chosen:
            self.complain("")
        else:
            self.complain("Choose at least one lane.")
