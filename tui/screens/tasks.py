"""Screen 3, Tasks: every task of a lane a row, sorted and filtered as one likes, and all that is
known of one.
"""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input, Static

from tui.screens.base import BaseScreen
from tui.session import Session
from tui.widgets.bars import KeyHint
from tui.widgets.tasks.details import DetailsView, TaskDetails
from tui.widgets.tasks.table import TaskRows, TasksView
from workloads.core.wording import lane_name
from workloads.ledger.lane import Lane
from workloads.ledger.tables import State
from workloads.ledger.task_order import SORTS, Choice, Order

OTHERS = (", .", "enter", "escape", "n N", "[ ]")
"""Keys of which the other screens tell."""

NOTHING_RACED = (
    "Nothing has been raced yet.\n\nEach task of a race is a row here: when it was submitted, "
    "where and how long it "
    "ran, and what it returned or raised."
)
NOT_READY = "The tasks are listed once the lane is ready."

SORTED = {
    "number": ("", "the last first"),
    "ran": ("the longest first", "the shortest first"),
    "waited": ("the slowest to start first", "the quickest to start first"),
    "state": ("the failed first", "the failed last"),
}
"""How each of SORTS is told, and the other way round."""


def featured(session: Session, name: str | None) -> Lane | None:
    """The lane to look at: the one of that name, else the live one, else the last that
    has tasks.
    """
    lanes = session.shown_lanes()
    chosen = [lane for lane in lanes if lane.name == name]
    live = session.live_lane()
    begun = [lane for lane in lanes if lane.zero is not None]
    return next(iter(chosen or ([live] if live else begun[-1:] or lanes[-1:])), None)


def newest_ended(lane: Lane) -> int | None:
    """The task that ended last, other than by being cancelled."""
    state, end = lane.tasks.state, lane.tasks.end
    over = ((state == State.FINISHED) | (state == State.FAILED)).nonzero()[0]
    return int(over[end[over].argmax()]) if len(over) else None


def sentence(lane: Lane, choice: Choice, listed: int) -> str:
    """`100 tasks on Ray: 99 finished, 1 failed; the longest first, 12 match “failed”.`"""
    count = lane.tasks.count
    counts = {
        "finished": lane.done,
        "failed": lane.failed,
        "cancelled": lane.cancelled,
        "running": lane.running,
    }
    counts["waiting"] = count - sum(counts.values())
    told = ", ".join(f"{number:,} {word}" for word, number in counts.items() if number > 0)
    how = [words for words in (SORTED[choice.sort][choice.reverse],) if words]
    if choice.words:
        how.append(f"{listed:,} {'matches' if listed == 1 else 'match'} “{choice.words}”")
    more = f"; {', '.join(how)}" if how else ""
    reason = f" {lane.reason}" if lane.state in ("broken", "gone") and lane.reason else ""
    return (
        f"{count:,} {'task' if count == 1 else 'tasks'} on {lane_name(lane.engine)}: "
        f"{told}{more}.{reason}"
    )


class TasksScreen(BaseScreen):
    """The tasks of the lane that is looked at, and the details of one."""

    TAB = "3"
    AUTO_FOCUS = ""  # keys are for the table until the filter is asked for
    HELP = """\
# The tasks

Every task of a lane is a row: its **state**, the **worker** that ran it (`w0`, `w1`, …), how often
it was begun (`↻2` after its worker was lost), how long it **waited** from submission to start, how
long it **ran**, the share of that in which it had a **CPU**, on Ray its **ObjectRef**, and what it
returned or raised.

* `tab` changes the lane. `↑` `↓` select a task, on all screens; `f` follows the newest again.
* `o` sorts: by number, the longest, the slowest to start, the failed first. `O` turns that round.
* `/` filters: `failed` (or another state), `retried`, `w3`, `17`, `10-20`, or words of the result
  or exception; several of them must all suit. `escape` clears it.
* `enter` shows all that is known of a task; page keys scroll that where it is long.

Results are kept of the newest 10,000 tasks of a lane, and tracebacks of the first 1,000 that
failed.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k,comma", "move(-1)", "Task above", id="tasks.up"),
        Binding("down,j,full_stop", "move(1)", "Task below", id="tasks.down"),
        Binding("pageup", "page(-1)", "Page up", id="tasks.pageup"),
        Binding("pagedown", "page(1)", "Page down", id="tasks.pagedown"),
        Binding("home", "end(0)", "First task", id="tasks.first"),
        Binding("end", "end(-1)", "Last task", id="tasks.last"),
        Binding("tab", "lane(1)", "Next lane", id="tasks.lane"),
        Binding("shift+tab", "lane(-1)", "Lane before", id="tasks.lane-before"),
        Binding("o", "sort", "Sort", tooltip="By number, time, waiting, state", id="tasks.sort"),
        Binding("O", "reverse", "Reverse", tooltip="The other way round", id="tasks.reverse"),
        Binding("slash", "filter", "Filter", tooltip="Only some of the tasks", id="tasks.filter"),
        Binding(
            "enter",
            "details",
            "Details",
            tooltip="All that is known of the task",
            id="tasks.details",
        ),
        Binding("f", "follow", "Follow", tooltip="Follow the newest task again", id="tasks.follow"),
        Binding("escape", "back", "Back", tooltip="No filter, then no selection", id="tasks.back"),
    ]

    def body(self) -> ComposeResult:
        """The table, the details below or beside it, and the filter."""
        with Container(id="tasks"):
            yield TaskRows()
            yield TaskDetails()
        yield Input(
            placeholder="failed, w3, 10-20, or words of the result", id="filter", compact=True
        )
        with Container(id="no-tasks"):
            yield Static(id="why-none", markup=False)
        yield Static(id="verdict", markup=False)

    def hints(self) -> list[KeyHint]:
        """Those of this screen come first."""
        if self._filter.has_focus:
            return [
                KeyHint("enter", "Keep"),
                KeyHint("escape", "No filter"),
                KeyHint("↑ ↓", "Task"),
            ]
        session = self.raytasks.session
        own = [
            KeyHint("↑ ↓", "Task"),
            KeyHint("enter", "Table" if self.has_class("-details") else "Details"),
        ]
        own += [KeyHint("o", "Sort"), KeyHint("/", "Filter")]
        own += [KeyHint("escape", "No filter")] if self._choice.words else []
        own += [KeyHint("f", "Follow")] if session.selected is not None else []
        own += [KeyHint("tab", "Lane")] if len(session.shown_lanes()) > 1 else []
        own = own if session.race.opened else []
        return [*own, *(hint for hint in super().hints() if hint.key not in OTHERS)]

    def find(self) -> None:
        """Look the widgets up."""
        self._table, self._details = self.query_one(TaskRows), self.query_one(TaskDetails)
        self._filter, self._why = (
            self.query_one("#filter", Input),
            self.query_one("#why-none", Static),
        )
        self._filter.cursor_blink = False  # a still screen costs nothing
        self._order, self._choice = Order(), Choice()
        self._lane: str | None = None
        self._view = TasksView()

    # -- keys --------------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why a key of this screen has nothing to act on now; empty if it has."""
        session = self.raytasks.session
        if action == "follow" or (
            action == "back" and not (self._filter.has_focus or self._choice.words)
        ):
            return self.raytasks.why_not("follow")
        if action not in ("move", "page", "end", "lane", "sort", "reverse", "filter", "details"):
            return ""
        if session.race.opened is None:
            return "Nothing has been raced yet: space starts."
        if not self.has_class("-listed"):
            return NOT_READY
        if action == "lane":
            return "" if len(session.shown_lanes()) > 1 else "There is only one lane."
        return self._why_no_move(action, *parameters) if action in ("move", "page", "end") else ""

    def _why_no_move(self, action: str, by: object = 0) -> str:
        rows, at = len(self._view.rows), self._view.place()
        if not rows:
            return (
                "No task matches the filter: escape clears it." if self._choice.words else NOT_READY
            )
        if action == "page" and self.has_class("-details") and self._details.overflows:
            return ""
        backwards = by == (0 if action == "end" else -1)
        if at is not None and at == (0 if backwards else rows - 1):
            return f"This is the {'first' if backwards else 'last'} task."
        return ""

    def action_move(self, by: int) -> None:
        """Select the next row, or the one before; the first time the one to begin from."""
        place = self._view.place()
        self._select(self._table.here if place is None else place + by)

    def action_page(self, by: int) -> None:
        """A page on, or back: in the details if they are longer than their room."""
        if self.has_class("-details") and self._details.overflows:
            self._details.page(by)
        else:
            place = self._view.place()
            self._select((self._table.here if place is None else place) + by * self._table.page)

    def action_end(self, at: int) -> None:
        """The first row, or the last."""
        self._select(at % max(len(self._view.rows), 1))

    def _select(self, place: int) -> None:
        rows = self._view.rows
        if len(rows):
            self.raytasks.session.selected = int(rows[min(max(place, 0), len(rows) - 1)])
            self._table.follow()

    def action_lane(self, by: int) -> None:
        """Look at another lane; after the last comes the first."""
        session = self.raytasks.session
        names, lane = [lane.name for lane in session.shown_lanes()], featured(session, self._lane)
        if lane:
            self._lane = names[(names.index(lane.name) + by) % len(names)]

    def action_sort(self) -> None:
        """Sort by the next of SORTS."""
        after = SORTS[(SORTS.index(self._choice.sort) + 1) % len(SORTS)]
        self._choice = self._choice._replace(sort=after)
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
        self.raytasks.session.selected = None
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
        self.raytasks.session.selected = event.task
        self.tick(force=True)

    # -- what is shown -----------------------------------------------------------------------------

    def show(self, session: Session, slow: bool) -> None:
        """The rows on screen in every frame; their order, the details and the sentence when due."""
        lane = featured(session, self._lane) if session.race.opened else None
        listed = lane is not None and lane.tasks.count > 0
        self.set_class(listed, "-listed")
        if lane is None or not listed:
            self._why.update(NOT_READY if lane else NOTHING_RACED)
            self.tell(self.raytasks.sentence())
            return
        t, outcomes = lane.elapsed(session.clock()), session.outcomes.of(lane.name)
        due = slow or lane.tasks is not self._view.tasks
        rows = self._order.rows(lane, t, self._choice, outcomes) if due else self._view.rows
        lanes = [known.engine for known in session.shown_lanes()]
        self._view = TasksView(
            lane, lane.tasks, rows, t, outcomes, session.selected, lanes, self._choice
        )
        self._table.update(self._view)
        if not slow:
            return
        if self.has_class("-details"):
            task = newest_ended(lane) if session.selected is None else session.selected
            outcome = outcomes.get(task, "") if task is not None else ""
            self._details.update(DetailsView(lane, task, t, outcome))
        self.tell(sentence(lane, self._choice, len(rows)))
