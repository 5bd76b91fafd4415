"""Screen 6, Code: the source that the lanes run, of two lanes beside each other or of one."""

from dataclasses import replace
from itertools import combinations
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Static

from tui.code_marks import driver_at, failed_in
from tui.keys import CODE, Hint
from tui.notebook import notebook
from tui.screens.base import BaseScreen
from tui.session import Session
from tui.widgets.code.layout import CodeRow, LaneSource, compared_alone, lay_out
from tui.widgets.code.pane import DRIVER, FAILED, HEAD, CodePane, PaneView, Place, gutter
from workloads.core.engine_info import baseline_of
from workloads.core.events import Listing
from workloads.core.wording import lane_name, listed
from workloads.lanes.listings import planned
from workloads.lanes.plan import Plan

OTHERS = ("select.previous", "select.large", "select.follow", "race.fewer", "race.smaller")
"""Bindings that the bars of the other screens name."""

BACKWARDS = (("lines", -1), ("page", -1), ("end", 0))
"""The actions that go towards the first line, with their arguments."""

BESIDE = 100
"""Columns from which on two lanes stand beside each other."""

NOT_RECORDED = "No source is recorded up to here. Recordings of earlier versions hold none."
NO_SOURCE = "{0} names no function whose source could be shown."


class CodeTarget(NamedTuple):
    """What to show first: a lane, and a task of it (None: the lane's driver)."""

    lane: str
    task: int | None


class CodeScreen(BaseScreen):
    """The source of one lane, or of two beside each other."""

    TAB = "screen.code"
    AUTO_FOCUS = ""
    HELP = """\
# Code

The source that the lanes run, read by each lane from what it has loaded: the **driver**, the
function that hands out the tasks in the lane's process; what runs around each task in a **worker**;
and the **task**, the workload's own function. Two lanes stand beside each other, lines that are the
same at the same height; a narrow terminal shows one lane. A line marked `▎` differs; calls of Ray,
such as `ray.wait`, are in the lane's colour.

While a lane runs, `▶` marks the line that its driver is on, as the driver reports when it submits,
waits, gets results or runs a task.

* `{code.lane}` shows the next two lanes; in a narrow terminal, the next lane.
* `{code.up}` `{code.down}` and page keys scroll.
* `{code.open}` on any screen shows the code of what you look at: if a task is selected, its
  function, and the line where it failed.
* `ctrl+c` copies the text that is selected with the mouse, else all of the code that is shown.

Before a race, the engines' source is read from their files. A function that has no Python source
(one that is compiled, or was typed at a prompt) is named with the reason.
"""
    BINDINGS: ClassVar[list[BindingType]] = CODE

    def body(self) -> ComposeResult:
        """The two panes, or what stands in their place."""
        with Horizontal(id="code"):
            yield CodePane(id="left-code")
            yield CodePane(id="right-code")
        with Container(id="no-code"):
            yield Static(id="why-no-code", markup=False)
        yield Static(id="verdict", markup=False)

    def hints(self) -> list[Hint]:
        """Those of this screen come first."""
        own = [Hint("Scroll", ("code.up", "code.down"))]
        if len(self._choices(self.raytasks.session)) > 1:
            own.append(Hint("Lanes", ("code.lane",)))
        return [*own, *(hint for hint in super().hints() if hint.bindings[0] not in OTHERS)]

    def find(self) -> None:
        """Look the widgets up."""
        self._left = self.query_one("#left-code", CodePane)
        self._right = self.query_one("#right-code", CodePane)
        self._why = self.query_one("#why-no-code", Static)
        self._chosen: tuple[str, ...] = ()
        self._target: CodeTarget | None = None
        self._offset = 0
        self._laid_out: tuple[object, ...] = ()
        self._rows: list[list[CodeRow]] = []
        self._sources: list[LaneSource] = []
        self._plan: Plan | None = None
        self._planned: dict[str, tuple[Listing, ...]] = {}

    @property
    def chosen_lane(self) -> str | None:
        """The lane that is looked at: the right one of two."""
        if not self._chosen:
            return None
        return self._chosen[-1]

    def look_at(self, lane: str, task: int | None) -> None:
        """Show that lane, and where its task failed or its function begins."""
        self._target = CodeTarget(lane, task)
        self.call_after_refresh(self.tick, force=True)

    # -- which lanes -------------------------------------------------------------------------------

    def _choices(self, session: Session) -> list[tuple[str, ...]]:
        """The lanes that can be shown together, serial and the last one first."""
        names = [lane.name for lane in session.shown_lanes()]
        if self.app.size.width < BESIDE or len(names) < 2:
            return [(name,) for name in names]
        first = baseline_of(names) or names[0]
        names.remove(first)
        return list(combinations([first, *names], 2))

    def _choose(self, session: Session) -> tuple[str, ...]:
        """The lanes to show: those that were chosen; at first serial and the last one."""
        choices = self._choices(session)
        if self._target is not None:
            lane = self._target.lane
            fitting = [each for each in choices if lane in each and each[-1] == self.chosen_lane]
            fitting += [each for each in choices if each[-1] == lane]
            fitting += [each for each in choices if lane in each]
            return next(iter(fitting), choices[0])
        if self._chosen in choices:
            return self._chosen
        last = session.shown_lanes()[-1].name
        wanted = self.chosen_lane or last
        fitting = [each for each in choices if each[-1] == wanted]
        return next(iter(fitting), choices[0])

    # -- keys --------------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key of this screen has nothing to act on now; empty if it has."""
        if action == "follow":
            return self.raytasks.why_not("follow")
        if action in ("lane", "lines", "page", "end") and not self.has_class("-listed"):
            return "There is no source to show."
        if action == "lane" and len(self._choices(self.raytasks.session)) < 2:
            return "There are no other lanes."
        if action in ("lines", "page", "end"):
            return self._why_no_scroll((action, *parameters) in BACKWARDS)
        return ""

    def _why_no_scroll(self, backwards: bool) -> str:
        if backwards and self._offset == 0:
            return "This is the first line."
        if not backwards and self._offset >= self._most():
            return "This is the last line."
        return ""

    def _room(self) -> int:
        return max(self._right.content_size.height - HEAD, 1)

    def _most(self) -> int:
        """The offset of the last page."""
        length = max(map(len, self._rows), default=0)
        return max(length - self._room(), 0)

    def _go_to(self, offset: int) -> None:
        self._offset = min(max(offset, 0), self._most())

    def action_lines(self, by: int) -> None:
        """Scroll by lines."""
        self._go_to(self._offset + by)

    def action_page(self, by: int) -> None:
        """Scroll by pages."""
        self._go_to(self._offset + by * max(self._room() - 2, 1))

    def action_end(self, at: int) -> None:
        """The first line (0), or the last."""
        self._go_to(-at * self._most())

    def action_lane(self, by: int) -> None:
        """The next lanes; after the last come the first."""
        choices = self._choices(self.raytasks.session)
        if self._chosen in choices:
            self._chosen = choices[(choices.index(self._chosen) + by) % len(choices)]

    def on_code_pane_scrolled(self, event: CodePane.Scrolled) -> None:
        """The wheel scrolls both panes."""
        self._go_to(self._offset + event.by)
        self.tick(force=True)

    def action_copy_text(self) -> None:
        """Copy the text that is selected with the mouse, else all of the code that is shown."""
        if self.get_selected_text() is not None:
            super().action_copy_text()
            return
        parts = [
            f"# {lane_name(source.engine)}: {place_text(listing)}\n{listing.text}\n"
            for source in self._sources
            for listing in source.listings
            if listing.text
        ]
        if parts:
            self.app.copy_to_clipboard("\n".join(parts))
            lanes = listed([lane_name(source.engine) for source in self._sources])
            self.notify(f"Copied the code of {lanes}.", markup=False)

    # -- what is shown -----------------------------------------------------------------------------

    def show(self, session: Session, slow: bool) -> None:
        """The rows of the chosen lanes."""
        if not slow or not session.shown_lanes():
            return
        self._chosen = self._choose(session)
        self._sources = [self._source(session, name) for name in self._chosen]
        listed = any(source.listings for source in self._sources)
        self.set_class(listed, "-listed")
        self.set_class(len(self._chosen) > 1, "-beside")
        if not listed:
            why = NO_SOURCE.format(" and ".join(map(lane_name, self._chosen)))
            if session.replayed:
                why = NOT_RECORDED
            self._why.update(self.raytasks.printable(why))
        elif self._right.content_size.width:
            self._lay_out(self._partner(session))
            self._follow_target(session)
            self._show_panes(session)
        self.show_sentence(self.raytasks.sentence())

    def _source(self, session: Session, name: str) -> LaneSource:
        """What the lane runs, as it told; before a race, what it will run."""
        race = session.race
        engine, cell = race.lane(name).engine, notebook(session, name)
        if race.opened is not None and name in race.listings:
            return LaneSource(engine, (*race.listings[name], *cell))
        if session.replayed:
            return LaneSource(engine)
        if session.plan != self._plan:
            self._plan, self._planned = session.plan, {}
        if name not in self._planned:
            self._planned[name] = tuple(planned(session.plan, name))
        return LaneSource(engine, (*self._planned[name], *cell))

    def _panes(self) -> list[CodePane]:
        return [self._left, self._right][-len(self._chosen) :]

    def _partner(self, session: Session) -> LaneSource | None:
        """The lane that one that stands alone is compared with: serial, or with serial the last."""
        names = [lane.name for lane in session.shown_lanes()]
        if len(self._chosen) > 1 or len(names) < 2:
            return None
        first = baseline_of(names) or names[0]
        names.remove(first)
        if self._chosen == (first,):
            first = names[-1]
        return self._source(session, first)

    def _lay_out(self, partner: LaneSource | None) -> None:
        """Make the rows anew if the source or the room is another."""
        panes = self._panes()
        widths = [pane.content_size.width for pane in panes]
        state = (tuple(self._sources), partner, tuple(widths))
        if state == self._laid_out:
            return
        self._laid_out = state
        digits = [gutter(_numbered(source)) for source in self._sources]
        rooms = [width - before for width, before in zip(widths, digits, strict=True)]
        if partner is not None:
            self._rows = [compared_alone(self._sources[0], partner, rooms[0])]
        else:
            self._rows = lay_out(self._sources, rooms)
        self._go_to(self._offset)

    def _follow_target(self, session: Session) -> None:
        """Scroll to what was asked for."""
        if self._target is None:
            return
        name, task = self._target
        self._target = None
        if name not in self._chosen:
            return
        at = self._chosen.index(name)
        rows = self._rows[at]
        if place := failed_in(session, name, task, self._sources[at]):
            lines = [(row.listing, row.number) for row in rows]
            self._go_to(lines.index(place) - self._room() // 2)
        elif task is not None:
            tasks = {n for n, each in enumerate(self._sources[at].listings) if each.role == "task"}
            self._go_to(next((n for n, row in enumerate(rows) if row.listing in tasks), 0))
        else:
            self._go_to(0)
            if driver := driver_at(session, name, self._sources[at])[1]:
                line = [(row.listing, row.number) for row in rows].index(driver)
                if line >= self._room():
                    self._go_to(line - self._room() // 2)

    def _show_panes(self, session: Session) -> None:
        length = max(map(len, self._rows))
        end = min(self._offset + self._room(), length)
        position = ""
        if length > self._room():
            position = f"{self._offset + 1}–{end} of {length}"
        for name, pane, source, rows in zip(
            self._chosen, self._panes(), self._sources, self._rows, strict=True
        ):
            marks: dict[Place, str] = {}
            state, driver = driver_at(session, name, source)
            if driver is not None:
                marks[driver] = DRIVER
            if place := failed_in(session, name, session.selected, source):
                marks[place] = FAILED
            view = PaneView(source, rows, self._offset, marks, state)
            if pane is self._right:
                view = replace(view, position=position)
            with self.panel(pane):
                pane.update(view)


def place_text(listing: Listing) -> str:
    """Where a listing stands; its name if it isn't in a file."""
    if not listing.file:
        return listing.name
    return f"{listing.file}, line {listing.line}"


def _numbered(source: LaneSource) -> list[CodeRow]:
    """Rows with the largest number of each listing."""
    return [CodeRow(number=listing.line + listing.text.count("\n")) for listing in source.listings]
