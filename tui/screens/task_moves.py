"""The keys of screen 3 that select another task, and why one can't."""

from tui.screens.base import BaseScreen
from tui.widgets.tasks.details import TaskDetails
from tui.widgets.tasks.rows import TasksView
from tui.widgets.tasks.table import TaskRows

NOT_READY = "The tasks are listed once the lane is ready."


BACKWARDS = (("move", -1), ("page", -1), ("end", 0))
"""The actions that go towards the first row, with their arguments."""


class TaskMoves(BaseScreen):
    """A screen with a table of tasks, and the details of one."""

    _table: TaskRows
    _details: TaskDetails
    _view: TasksView

    def _why_no_move(self, action: str, by: object = 0) -> str:
        rows, at = len(self._view.rows), self._view.selected_row
        if not rows and self._view.choice.words:
            return self.raytasks.keys.fill("No task matches the filter: {tasks.back} clears it.")
        if not rows:
            return NOT_READY
        if action == "page" and self.has_class("-details") and self._details.overflows:
            return ""
        backwards = (action, by) in BACKWARDS
        if backwards and at == 0:
            return "This is the first task."
        if not backwards and at == rows - 1:
            return "This is the last task."
        return ""

    def action_move(self, by: int) -> None:
        """Select the next row, or the one before; the first time the one to begin from."""
        row = self._view.selected_row
        if row is None:
            self._select(self._table.here)
        else:
            self._select(row + by)

    def action_page(self, by: int) -> None:
        """A page on, or back: in the details if they are longer than their room."""
        if self.has_class("-details") and self._details.overflows:
            self._details.turn(by)
        else:
            row = self._view.selected_row
            if row is None:
                row = self._table.here
            self._select(row + by * self._table.room)

    def action_end(self, at: int) -> None:
        """The first row, or the last."""
        self._select(at % max(len(self._view.rows), 1))

    def _select(self, row: int) -> None:
        rows = self._view.rows
        if len(rows):
            of, task = self._view.tasks.at(int(rows[min(max(row, 0), len(rows) - 1)]))
            self.raytasks.session.select(task, of.lane.name)
            self._table.follow()
