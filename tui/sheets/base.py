"""The base of all sheets: a box over the screen that asks for something and closes exactly once."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Generic, TypeVar

from rich.table import Table
from rich.text import Text
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Static
from textual.worker import WorkType

from tui.drawing.panels import report
from tui.keys import SHEET, Keys
from workloads.core.errors import BadInput
from workloads.machine.background import in_background

T = TypeVar("T")


def option_row(head: str, text: str) -> Table:
    """An option to choose: its text wraps beside its head, not below it."""
    row = Table.grid()
    row.add_column(no_wrap=True)
    row.add_column()
    row.add_row(Text(head), Text(text))
    return row


class Sheet(ModalScreen[ScreenResultType], Generic[ScreenResultType]):
    """A sheet. A subclass composes a Static `#wrong`, which shows what is wrong and what is being
    looked up.
    """

    BINDINGS: ClassVar[list[BindingType]] = SHEET

    _left = False
    _pending: list[ScreenResultType | None]

    def __init__(self) -> None:
        super().__init__()
        self._pending = []

    @property
    def keys(self) -> Keys:
        """The keys in force."""
        return Keys(self.app._keymap)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leave with a result; the first call counts. Under the palette, wait until the sheet is on
        top again.
        """
        if self._left:
            return AwaitComplete()
        if self.app.screen is not self:
            self._pending[:] = [result]
            return AwaitComplete()
        self._left = True
        self.workers.cancel_node(self)
        return super().dismiss(result)

    def on_screen_resume(self) -> None:
        """Leave now if that was asked for while something lay over the sheet."""
        if self._pending:
            self.dismiss(self._pending[0])

    # -- what takes a while ------------------------------------------------------------------------

    def look_up(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do what may take long while the keys are heard. Another look-up replaces it, Escape
        leaves it behind.
        """

        async def guarded() -> None:
            try:
                await work()
            except BadInput as error:
                self.complain(str(error))
            except Exception as error:  # a hung or stale disk, no more threads: the app would end
                self.complain(report(self, error))

        looking: WorkType[None] = guarded
        self.run_worker(looking, group="look-up", exclusive=True)

    def stop_looking(self) -> None:
        """Abandon what is being looked up, as it is no longer what is wanted."""
        self.workers.cancel_group(self, "look-up")
        self.remove_class("-looking")

    async def in_thread(self, doing: str, function: Callable[..., T], *arguments: Any) -> T:
        """The function's result, from a thread; `doing` (`Looking for …`) is shown until it is
        there. Python would wait at exit for the thread of a worker, which a disk may hold for ever.
        """
        line = self.query_one("#wrong", Static)
        line.update(f"{doing} … {self.keys.brief('sheet.leave')} cancels.")
        self.add_class("-looking")
        try:
            return await in_background(function, *arguments)
        finally:
            if self.is_attached:
                self.remove_class("-looking")
                line.update("")

    def complain(self, sentence: str) -> None:
        """Say what is wrong; empty if nothing is."""
        self.query_one("#wrong", Static).update(sentence)
