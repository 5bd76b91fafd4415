"""The inspector of one task: where and how long it ran, every event, its ObjectRef's life, every
attempt, and what it returned or raised.

`draw_details` is pure and gives every line there is; the widget shows as many as it has room for,
and pages.
"""

from collections.abc import Sequence

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.widgets.images.look import Look
from tui.widgets.images.sides import Block, beside
from tui.widgets.tasks.facts import DetailsView, Fact, Section, outcome, sections
from tui.widgets.tasks.state import state_ink, state_words
from tui.widgets.wheel import WHEEL
from workloads.ledger.tables import State

LABEL = 12
"""Cells that the names of facts take, a blank included."""

FLAT = 16
"""Lines below which what the task came to stands beside the facts, where both have room."""


def draw_details(view: DetailsView, page: Page) -> list[Line]:
    """All lines, of the page's width each; its height decides on the columns."""
    look, width, colors = Look(page, view.lane.engine), page.width, page.colors
    if view.task is None or not view.exists:
        sentence = ["No task has ended yet."]
        return look.note(sentence, colors.dim, width, page.height, page.ground)
    of, task, state = view.of, view.task, int(view.of.tasks.state[view.task])
    words = [(state_words(state, page), state_ink(state, view.lane.engine, colors), True)]
    title = look.row(width - 3, [(f" task {task}", colors.text, True)], words)
    facts, came_to = sections(of, task, page, view.printed), outcome(of, task, page)
    if page.height < FLAT and width >= 70:
        half = width // 2 - 1
        left = Block(half, _draw(facts, half, look))
        right = Block(width - half - 2, _draw([came_to], width - half - 2, look))
        lines = beside(left, right, 2, look)
    else:
        ordered = [*facts, came_to]
        if state == State.FAILED:  # what went wrong is what one looks for
            ordered = [came_to, *facts]
        lines = _draw(ordered, width, look)
    return [[*look.badge(), *title], *lines]


def _draw(parts: Sequence[Section], width: int, look: Look) -> list[Line]:
    """The sections one after the other, each but an untitled one under its title."""
    lines: list[Line] = []
    for section in parts:
        if lines and section.facts:
            lines.append(look.blank(width))
        if section.title:
            lines.append(look.row(width, [(section.title, look.colors.text, True)]))
        label = 0
        if any(fact.name for fact in section.facts):
            label = min(LABEL, width)
        for fact in section.facts:
            lines += _draw_fact(fact, label, width, look)
    return lines


def _draw_fact(fact: Fact, label: int, width: int, look: Look) -> list[Line]:
    """A fact beside its name, on as many lines as it takes."""
    name = look.row(label, [(fact.name, fact.name_ink or look.colors.dim, False)])
    if width <= label:
        return [name]
    lines = []
    for words in look.page.wrap_foreign(fact.words, width - label):
        lines.append([*name, *look.row(width - label, [(words, fact.ink, False)])])
        name = look.blank(label)
    return lines


class TaskDetails(Lines):
    """The details of the selected task, or the newest that ended: text that can be copied."""

    ALLOW_SELECT = True

    key = "page down"
    """The name of the key that shows more."""

    _view = DetailsView()
    _offset = 0
    _length = 0

    def update(self, view: DetailsView) -> None:
        """Show this, from its beginning if it is another task."""
        if (view.lane, view.task) != (self._view.lane, self._view.task):
            self._offset = 0
        self._view = view
        self.redraw()

    @property
    def overflows(self) -> bool:
        """True if there is more than fits."""
        return self._length > self.content_size.height > 0

    def turn(self, by: int) -> None:
        """Go a page on, or back."""
        self._scroll(by * max(self.content_size.height - 2, 1))

    def on_mouse_scroll_down(self) -> None:
        """The lines below."""
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """The lines above."""
        self._scroll(-WHEEL)

    def _scroll(self, by: int) -> None:
        self._offset += by
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lines there is room for; the last one says how many follow."""
        lines = draw_details(self._view, page)
        self._length = len(lines)
        self._offset = max(0, min(self._offset, len(lines) - page.height))
        visible = lines[self._offset : self._offset + page.height]
        after = len(lines) - self._offset - page.height
        if after > 0 and page.height > 2:
            look = Look(page, self._view.lane.engine)
            words = f"{after + 1} more lines: {self.key}"
            visible[-1] = look.row(page.width, [], [(words, page.colors.accent, False)])
        return visible
