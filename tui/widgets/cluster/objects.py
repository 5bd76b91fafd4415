"""The objects of a lane: the inputs that were put into the object store, who reads them where, and
which results came inline.
"""

from collections.abc import Iterator
from textwrap import wrap

import numpy as np

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.listing import heading
from tui.drawing.page import Page
from tui.widgets.cluster.view import ClusterView
from workloads.core import events as ev
from workloads.core.engine_info import engine_info
from workloads.core.wording import brief, plural, size_text
from workloads.ledger.inputs import reader_count
from workloads.ledger.lane import Lane
from workloads.ledger.nodes import NodeRow
from workloads.ledger.tables import OVER, State

REF = 8
"""Characters at the end of an ObjectRef's id that are shown: there, what was put is counted."""

NOTHING = (
    "No input was put. A result below about 100 KiB travels with Ray's reply into the driver "
    "(inline); a larger one stays in the store of the worker's node until it is fetched."
)
NO_STORE = (
    "This engine has no object store: what a task takes and returns is passed to it or pickled."
)


def draw_objects(view: ClusterView, page: Page) -> list[Line]:
    """The panel's lines."""
    lane = view.lane
    lines = [heading("Objects", page).line(), page.blank()]
    if not engine_info(lane.engine).has_refs:
        return [*lines, *_paragraph(NO_STORE, page, page.colors.dim)]
    texts = list(_results(lane))
    if not lane.store.puts:
        texts.append(NOTHING)
    for text in texts:
        lines += [*_paragraph(text, page, page.colors.text), page.blank()]
    return [*lines, *_inputs(view, page, page.height - len(lines))][: page.height]


def _inputs(view: ClusterView, page: Page, room: int) -> Iterator[Line]:
    """The puts in all, then as many of the latest refs as have room: where each lies, and who reads
    it.
    """
    lane, store = view.lane, view.lane.store
    if not store.puts:
        return
    each = brief(store.put_s / store.puts)
    text = f"ray.put: {store.puts:,} {plural('object', store.puts)}, {size_text(store.put_bytes)}"
    head = list(_paragraph(f"{text}, {each} each.", page, page.colors.text))
    yield from head
    put = [*lane.stored.values(), *lane.stored.shared]
    for stored in reversed(put[-max(room - len(head), 1) :]):
        cells = page.cells()
        ref, state = stored.ref[-REF:] or "ref", _place(lane, stored)
        cells.put(1, page.clip_foreign(ref, REF), page.colors.lane(lane.engine))
        cells.put(REF + 2, f"{size_text(stored.bytes):>6}", page.colors.dim)
        cells.put(REF + 9, page.clip(state, page.width - REF - 10), page.colors.text)
        yield cells.line()


def _place(lane: Lane, stored: ev.Stored) -> str:
    """Where an input lies, and how its task reads it."""
    if stored.readers:
        return _shared_place(lane, stored)
    task = stored.task
    state = lane.tasks.state[task]
    if state in (*OVER, State.CANCELLED):
        return f"freed with task {task:,}"
    lies = _home_text(lane)
    if state != State.RUNNING:
        return f"{lies}, task {task:,} waits"
    number = int(lane.tasks.worker[task])
    row = lane.rows.get(number)
    home, reader = _home(lane), lane.nodes.rows.get(row.node) if row else None
    if home is None or reader is None or reader is home:
        return f"{lies}, w{number} in place"
    return f"{lies}, copied to node {reader.number}"


def _shared_place(lane: Lane, stored: ev.Stored) -> str:
    """Where an input of several tasks lies, and how many of them have read it."""
    count = reader_count(stored)
    if not lane.live:
        return f"{count:,} tasks read it; freed"
    done = sum(
        int(np.isin(lane.tasks.state[first : last + 1], OVER).sum())
        for first, last in stored.readers
    )
    return f"{_home_text(lane)}, {done:,} of {count:,} read it"


def _home(lane: Lane) -> NodeRow | None:
    """The node of the driver, which puts inputs into its own store; None if it isn't recorded."""
    return next((node for node in lane.nodes.rows.values() if node.driver), None)


def _home_text(lane: Lane) -> str:
    home = _home(lane)
    return f"node {home.number}" if home else "store"


def _results(lane: Lane) -> Iterator[str]:
    """How the results came: inline, or out of the store."""
    tasks = lane.tasks
    done = tasks.state == State.FINISHED
    stored = done & (tasks.in_store > 0)
    inline = done & (tasks.in_store == 0) & (tasks.result_bytes > 0)
    if count := int(np.count_nonzero(inline)):
        size = size_text(float(tasks.result_bytes[inline].sum()))
        yield f"Results: {count:,} inline in the driver ({size} in all)."
    if count := int(np.count_nonzero(stored)):
        size = size_text(float(tasks.result_bytes[stored].sum()))
        yield f"Results: {count:,} through the object store ({size} in all)."


def _paragraph(text: str, page: Page, ink: str) -> Iterator[Line]:
    for part in wrap(page.words(text), max(page.width - 2, 10)):
        cells = page.cells()
        cells.put(1, part, ink)
        yield cells.line()


class ObjectsPanel(Lines):
    """The objects of the lane that is looked at."""

    _view = ClusterView()

    def update(self, view: ClusterView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The panel's lines."""
        return draw_objects(self._view, page)
