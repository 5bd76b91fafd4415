"""Screen 3, Tasks: one row per task of each lane, sorted and filtered, and the details of one."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Input, Static

from tui.guide import LAST_RACE, NO_RACE
from tui.keys import TASKS, Hint
from tui.screens.task_moves import NOT_READY, TaskMoves
from tui.session import Session
from tui.task_list import newest_ended, selected_in, task_list
from tui.widgets.tasks.copying import Copied, copies
from tui.widgets.tasks.details import TaskDetails
from tui.widgets.tasks.facts import DetailsView
from tui.widgets.tasks.rows import TasksView
from tui.widgets.tasks.sentence import sentence
from tui.widgets.tasks.table import TaskRows
from workloads.ledger.task_order import Choice, Order

OTHERS = ("select.previous", "select.large", "select.follow", "race.fewer", "race.smaller")
"""Bindings that the bars of the other screens name."""

WHAT_FOR = (
    "No race yet.\n\nEach task of a race is one row here: its state, where and how long it ran, "
    "and what it returned or raised."
)
MOST_PRINTED = 20
"""Lines that a task printed that are shown among its events."""

WIDE = 160
"""Columns from which there is room for the details beside the table from the start."""


class TasksScreen(TaskMoves):
    """The tasks of all lanes, or of one, and the details of one task."""

    TAB = "screen.tasks"
    AUTO_FOCUS = ""  # keys are for the table until the filter is asked for
    HELP = """\
# Tasks

One row per task of each lane: its **state**, the **worker** that ran it (`w0`, `w1`, …) and the
worker's **node**, the **attempt** (`↻2` is the second: the lane submits a task again when its
worker is lost, as Ray's own retries are off, `max_retries=0`), how long it was **queued** (from
submission to start), how long it **ran**, how long after its end the lane had **fetched** its
result, the share of its time in which it had a **CPU**, the **size** of the result as it travelled
to the lane, on Ray its **ObjectRef** (the receipt for a result that may not exist yet; `ray.get`
redeems it), and what it returned or raised. What wasn't recorded is left empty.

A lane submits only a few tasks ahead of its workers, so the time queued is not the time that Ray
would keep a task in its queue.

* `{tasks.lane}` lists one lane, then the next, then all. `{tasks.up}` `{tasks.down}` select a task,
  on all screens; `{tasks.follow}` follows the newest again. `{select.failed}` selects the next task
  that failed, `{select.slowest}` the next of the slowest.
* `{tasks.sort}` sorts by the next column, a click by the one under it; `{tasks.reverse}` reverses
  the order.
* `{tasks.filter}` filters; all words must match. `lane:ray`, `failed` or `state:failed`, `retried`,
  `w3` or `worker:3`, `node:c0ff`, `ref:00ff`, `17`, `10-20`, `attempt>1`, `ran>0.5s`,
  `queued<20ms`, `fetched>1ms`, `cpu<90%`, `size>100kB`; any other word, or text in double quotes,
  is looked for in results and exceptions. `{tasks.back}` clears the filter.
* `{tasks.details}` shows or hides all that was recorded of a task: every event with its time, the
  states that its ObjectRef went through, its attempts, its result or its error in full; page keys
  scroll. What no event says is called unknown.
* `ctrl+c` copies the selected row; pressed again, its ObjectRef, its result, or its error and the
  traceback. `{screen.race}` shows the task on the timeline, `{screen.tasks}` lists it again.

Results are stored for the newest 10,000 tasks of a lane, tracebacks for the first 1,000 failures.
"""
    BINDINGS: ClassVar[list[BindingType]] = TASKS

    def body(self) -> ComposeResult:
        """The table, the details below or beside it, and the filter."""
        with Container(id="tasks"):
            yield TaskRows()
            yield TaskDetails()
        yield Input(
            placeholder="lane:ray  failed  ran>0.5s  worker:3  10-20  or text of a result",
            id="filter",
            compact=True,
        )
        with Container(id="no-tasks"):
            yield Static(id="why-none", markup=False)
        yield Static(id="verdict", markup=False)

    def hints(self) -> list[Hint]:
        """Those of this screen come first."""
        if self._filter.has_focus:
            return [
                Hint("Keep", ("enter",)),
                Hint("No filter", ("tasks.back",)),
                Hint("Task", ("tasks.up", "tasks.down")),
            ]
        own, acting = self._own_hints(), self.raytasks.task_hints()
        own[2:2] = acting
        others = [hint for hint in super().hints() if hint not in acting]
        return [*own, *(hint for hint in others if hint.bindings[0] not in OTHERS)]

    def _own_hints(self) -> list[Hint]:
        session = self.raytasks.session
        if not session.race.opened:
            return []
        details = "Details"
        if self.has_class("-details"):
            details = "Table"
        own = [
            Hint("Task", ("tasks.up", "tasks.down")),
            Hint(details, ("tasks.details",)),
            Hint("Sort", ("tasks.sort",)),
            Hint("Filter", ("tasks.filter",)),
        ]
        if self._choice.words:
            own.append(Hint("No filter", ("tasks.back",)))
        if session.selected is not None:
            own.append(Hint("Timeline", ("screen.race",)))
            own.append(Hint("Follow", ("tasks.follow",)))
        if len(session.shown_lanes()) > 1:
            own.append(Hint("Lane", ("tasks.lane",)))
        return own

    def find(self) -> None:
        """Look the widgets up."""
        self._table, self._details = self.query_one(TaskRows), self.query_one(TaskDetails)
        self._filter, self._why = (
            self.query_one("#filter", Input),
            self.query_one("#why-none", Static),
        )
        self._filter.cursor_blink = False  # a still screen costs nothing
        self.set_class(self.app.size.width >= WIDE, "-details")
        self._order, self._choice = Order(), Choice()
        self.chosen_lane = ""
        """The name of the lane that is listed alone; empty for all."""

        self._copied = Copied()
        self._view = TasksView()

    # -- keys --------------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key of this screen has nothing to act on now; empty if it has."""
        if action == "back" and (self._filter.has_focus or self._choice.words):
            return ""
        if action in ("follow", "back"):
            return self.raytasks.why_not(action)
        if action not in ("move", "page", "end", "lane", "sort", "reverse", "filter", "details"):
            return ""
        session = self.raytasks.session
        if session.race.opened is None:
            return self.raytasks.keys.fill(NO_RACE)
        if not self.has_class("-listed"):
            return NOT_READY
        if action == "lane" and len(session.shown_lanes()) < 2:
            return "There is only one lane."
        if action in ("move", "page", "end"):
            return self._why_no_move(action, *parameters)
        return ""

    def action_lane(self, by: int) -> None:
        """List the next lane alone; after the last one come all of them."""
        names = ["", *(lane.name for lane in self.raytasks.session.shown_lanes())]
        at = 0
        if self.chosen_lane in names:
            at = names.index(self.chosen_lane)
        self._list(names[(at + by) % len(names)])

    def _list(self, lane: str) -> None:
        """List the lane of that name, or all if it is empty; the same task is selected there."""
        self.chosen_lane = lane
        session = self.raytasks.session
        session.select(session.selected, lane)

    def on_screen_resume(self) -> None:
        """The task that was selected on another screen is listed, whichever its lane is."""
        lane = self.raytasks.session.selected_lane
        if self.chosen_lane and lane:
            self.chosen_lane = lane

    def action_sort(self) -> None:
        """Sort by the next column to the right, after the last by the first."""
        sorts, at = self._table.columns.sorts, -1
        if self._choice.sort in sorts:
            at = sorts.index(self._choice.sort)
        self._sort(sorts[(at + 1) % len(sorts)])

    def _sort(self, by: str) -> None:
        self._choice = self._choice._replace(sort=by, reverse=False)
        self._table.to_top()

    def action_reverse(self) -> None:
        """The other way round."""
        self._choice = self._choice._replace(reverse=not self._choice.reverse)
        self._table.to_top()

    def action_details(self) -> None:
        """Show all that is known of a task, or the table alone again."""
        self.toggle_class("-details")

    def action_follow(self) -> None:
        """No task is selected any more: the newest are shown."""
        self.raytasks.session.select(None)
        self._table.follow()

    def action_back(self) -> None:
        """No filter; where there is none, no selection."""
        if self._filter.has_focus or self._choice.words:
            self._filter.value = ""
            self._close_filter()
        else:
            self.action_follow()

    def action_filter(self) -> None:
        """Ask which tasks are wanted."""
        self.add_class("-filter")
        self._filter.focus()

    def _close_filter(self) -> None:
        self.remove_class("-filter")
        self.set_focus(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The table shows at once what suits."""
        self._choice = self._choice._replace(words=" ".join(event.value.split()))
        self.tick(force=True)

    def on_input_submitted(self) -> None:
        """Enter: back to the table."""
        self._close_filter()
        self.tick(force=True)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """A click elsewhere is as good as enter."""
        if event.widget is self._filter:
            self.remove_class("-filter")

    def on_task_rows_chosen(self, event: TaskRows.Chosen) -> None:
        """A click selects."""
        self._select(event.row)
        self.tick(force=True)

    def on_task_rows_lane_chosen(self, event: TaskRows.LaneChosen) -> None:
        """A click on a lane lists that one."""
        lanes = self.raytasks.session.shown_lanes()
        named = (lane.name for lane in lanes if lane.engine == event.engine)
        self._list(next(named, ""))
        self.tick(force=True)

    def on_task_rows_sorted(self, event: TaskRows.Sorted) -> None:
        """A click on the head of a column sorts by it; on that of the sorted one, reverses it."""
        if event.sort == self._choice.sort:
            self.action_reverse()
        else:
            self._sort(event.sort)
        self.tick(force=True)

    def action_copy_text(self) -> None:
        """Copy the text that is selected with the mouse, else one of the selected task's: its row,
        and when pressed again its ObjectRef, its result, or its error and the traceback.
        """
        place, texts = self._view.selected, []
        if place is not None and self.get_selected_text() is None:
            of, task = self._view.tasks.at(place)
            texts = copies(of, task, self._table.selected_text())
        if place is None or not texts:
            super().action_copy_text()
            return
        copy, following = self._copied.next(place, texts)
        self.app.copy_to_clipboard(copy.text)
        sentence = f"Copied the {copy.name} of task {task}. Again: the {following}."
        self.notify(sentence, timeout=3, markup=False)

    # -- what is shown -----------------------------------------------------------------------------

    def show(self, session: Session, slow: bool) -> None:
        """The rows on screen in every frame; their order, the details and the sentence when due."""
        tasks = task_list(session, self.chosen_lane)
        self.set_class(tasks.count > 0, "-listed")
        if not tasks.count:
            why = NOT_READY
            if session.race.opened is None:
                why = WHAT_FOR
            self._why.update(why)
            self.show_sentence(self.raytasks.sentence())
            return
        view, rows = self._view, self._view.rows
        if slow or [of.tasks for of in tasks.lanes] != list(view.tables):
            rows = self._order.rows(tasks, self._choice)
        selected = selected_in(session, tasks)
        engines = [lane.engine for lane in session.shown_lanes()]
        self._view = TasksView(tasks, rows, *selected, engines, self._choice)
        self._table.update(self._view)
        if not slow:
            return
        if self.has_class("-details"):
            self._show_details(selected.place)
        hidden = selected.place is not None and self._view.selected_row is None
        text = sentence(tasks, self._choice, len(rows), hidden)
        if session.stale:
            text = f"{LAST_RACE} {text}"
        self.show_sentence(text)

    def _show_details(self, place: int | None) -> None:
        """The details of the selected task, else of the newest that ended."""
        tasks = self._view.tasks
        if place is None:
            of, task = newest_ended(tasks)
        else:
            of, task = tasks.at(place)
        self._details.key = self.raytasks.keys.name("tasks.pagedown")
        printed = [
            line
            for line in self.raytasks.session.race.log
            if line.task == task and line.lane == of.lane.name
        ]
        self._details.update(DetailsView(of, task, tuple(printed[-MOST_PRINTED:])))
