"""The sheet that asks before a worker is killed."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Label, Static

from tui.keys import KILL
from tui.sheets.base import Sheet
from workloads.core.wording import lane_name
from workloads.ledger.lane import Lane
from workloads.ledger.rows import WorkerRow

LOOK_EVERY_S = 0.2


class KillSheet(Sheet[bool | None]):
    """Asks whether to kill a worker, and says what it runs at the moment; returns True if it should
    be killed.
    """

    BINDINGS: ClassVar[list[BindingType]] = KILL

    def __init__(self, lane: Lane, row: WorkerRow) -> None:
        super().__init__()
        self._lane, self._row = lane, row

    def compose(self) -> ComposeResult:
        """The worker, what becomes of its task, and the keys."""
        name = lane_name(self._lane.engine)
        title = f"Kill worker w{self._row.worker} of {name} (process {self._row.pid})?"
        with Vertical(classes="sheet"):
            yield Label(title, classes="sheet-title", markup=False)
            yield Static("", id="killed", markup=False)
            yield Static("", id="wrong", markup=False)
            enter, leave = self.keys.brief("kill.confirm"), self.keys.brief("sheet.leave")
            keys = f"{enter[0].upper()}{enter[1:]} Kill · {leave} Cancel"
            yield Label(keys, classes="sheet-keys", markup=False)

    def on_mount(self) -> None:
        """Follow what the worker runs."""
        self._look()
        self.set_interval(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        text = "It has no task now. Another process takes its place."
        if self._row.open:
            task = next(iter(self._row.open))
            text = f"It runs task {task}, which is then tried again by another process."
        if not self._lane.live:
            text = "Its lane has finished."
        self.query_one("#killed", Static).update(text)

    def action_confirm(self) -> None:
        """Kill it."""
        self.dismiss(True)
