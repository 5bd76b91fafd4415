"""The choice of a workload: modal; third-party code is described by a process of its own first."""

import asyncio

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from tui.sheets.base import Sheet, option_row
from workloads import catalog
from workloads.core.errors import plain
from workloads.functions import probe


class WorkloadSheet(Sheet[str | None]):
    """The workloads to choose from, the `current` one highlighted; returns a name, None if left
    alone.
    """

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        """One line per workload; those that packages add are looked up."""
        with Vertical(classes="sheet"):
            yield Label("What to race", classes="sheet-title")
            yield OptionList(
                *(_option(w.name, w.title, w.help, w.missing()) for w in catalog.described()),
                markup=False,
            )
            yield Static("", id="wrong", markup=False)
            leave = self.keys.brief("sheet.leave")
            yield Label(f"Enter Apply · {leave} Cancel", classes="sheet-keys", markup=False)

    def on_mount(self) -> None:
        """Look for what packages add, which reads a file of each package."""
        names = [workload.name for workload in catalog.described()]
        if self._current in names:
            self.query_one(OptionList).highlighted = names.index(self._current)
        self.look_up(self._list_added)

    async def _list_added(self) -> None:
        added = await self.in_thread("Looking for workloads of installed packages", catalog.added)
        names = {workload.name for workload in catalog.described()}
        options = self.query_one(OptionList)
        for point in added:
            if point.name not in names:
                options.add_option(_option(point.name, point.name, f"Added by {point.package}."))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: apply it; third-party code is described by a process first."""
        name = event.option.id or ""
        if any(name == workload.name for workload in catalog.described()):
            self.dismiss(name)
        else:
            self.look_up(lambda: self._describe(name))

    async def _describe(self, name: str) -> None:
        try:
            await self.in_thread(f"Loading {plain(name, 60)}", catalog.describe, name)
        except asyncio.CancelledError:
            probe.abandon()
            raise
        self.dismiss(name)


def _option(name: str, title: str, help: str, missing: str = "") -> Option:
    """A workload to choose, greyed if something is `missing`."""
    text = option_row("  ", plain(missing or help, 200))
    return Option(Group(Text(plain(title, 60)), text), id=name, disabled=bool(missing))
