"""The legend: what each mark and colour of a screen means, for its help."""

from typing import NamedTuple

from tui.drawing.themes import lane_letter
from tui.widgets.race.states import STATES
from tui.widgets.tasks.state import GLYPHS
from workloads.core.engine_info import ENGINES
from workloads.core.wording import lane_name
from workloads.ledger.tables import State


class Sign(NamedTuple):
    """A mark in Unicode and in ASCII, the name of its colour in the palette, and its meaning."""

    mark: str
    ascii: str
    color: str
    meaning: str


LANES = tuple(
    Sign(
        f"{lane_letter(name)} ▇▇",
        f"{lane_letter(name)} ##",
        engine.color,
        f"the {lane_name(name)} lane",
    )
    for name, engine in ENGINES.items()
)
BASELINE = next(engine.color for engine in ENGINES.values() if engine.is_baseline)
"""The colour of the lane that the others are compared with."""

LANE_STATES = (
    Sign(*STATES["running"], "text", "the lane is running"),
    Sign(*STATES["ghost"], "dim", "a ghost: a finished lane, replayed beside the running one"),
    Sign(*STATES["finished"], "text", "the lane has finished"),
    Sign(*STATES["failed"], "failed", "the lane has failed"),
    Sign(*STATES["cancelled"], "text", "the race was cancelled"),
    Sign(*STATES["starting"], "dim", "the engine is starting, or preparing its tasks"),
    Sign(*STATES["ready"], "text", "the lane is ready"),
    Sign(*STATES["waits"], "text", "the lane waits for its turn"),
    Sign(*STATES["held"], "accent", "the lane hands out no tasks"),
)
TASK_STATES = (
    Sign(*GLYPHS[State.WAITING], "dim", "the task is waiting to be submitted"),
    Sign(*GLYPHS[State.SUBMITTED], "dim", "the task is submitted"),
    Sign(*GLYPHS[State.RUNNING], "text", "the task is running"),
    Sign(*GLYPHS[State.FINISHED], "text", "the task has finished"),
    Sign(*GLYPHS[State.FAILED], "failed", "the task has failed"),
    Sign(*GLYPHS[State.RETRYING], "accent", "the task will run again: its worker was lost"),
    Sign(*GLYPHS[State.CANCELLED], "dim", "the task was cancelled"),
)
RETRIED = Sign("↻2", "R2", "text", "the second attempt, after a worker was lost")
SELECTED = Sign("▌", ">", "accent", "the selected row")
ABOUT = Sign("≈", "~", "accent", "about: estimated, or measured on shared cores")
BOUND = Sign("┊", ":", "text", "the lower bound")

LEGENDS = {
    "screen.race": (
        *LANES,
        *LANE_STATES,
        Sign("▇▇", "##", "failed", "a task that failed"),
        Sign("w4 ◈", "w4 A", "text", "the worker that an actor lives on: its calls wait here"),
        RETRIED,
        Sign("░░", "..", "dim", "start-up, drawn to scale"),
        Sign("▼", "V", "accent", "now"),
        Sign("▇▇", "@@", "text", "the selected task"),
        Sign("◆", "@", "text", "the cell in which the selected task lies, among others"),
        SELECTED,
        Sign("··", "..", "dim", "by task: submitted, waiting for a worker"),
        Sign("╌╌", "~~", "dim", "by task: done, its result not yet fetched"),
        Sign("A━B", "A=B", "accent", "the marks, and the time between"),
        Sign("│", "|", BASELINE, "in Ray's bar: where serial was after the same time"),
        BOUND,
        ABOUT,
    ),
    "screen.picture": (
        *LANES,
        ABOUT,
        Sign("••", "..", "inside", "π: points inside the circle"),
        Sign("••", "..", "outside", "π: points outside the circle"),
        Sign("3.1", "3.1", "text", "π: digits settled at 95% confidence"),
        Sign("415", "415", "faint", "π: digits that may still change"),
        Sign("✗", "x", "failed", "an image that failed"),
        Sign("▁▃▅", "-", "text", "actors: the total that each call found, plus one"),
        Sign("▌", ">", "accent", "the selected image"),
    ),
    "screen.tasks": (*LANES, *TASK_STATES, RETRIED, SELECTED),
    "screen.compare": (
        *LANES,
        SELECTED,
        BOUND,
        ABOUT,
        Sign("•", "o", "text", "one run of the lane"),
        Sign("├─━─┤", "|-=-|", "text", "all runs; heavy between the quartiles"),
        Sign("//", "//", "text", "a cut axis, which doesn't start at zero"),
        Sign("┈┈", "..", "dim", "a fitted law or a reference line, not measured"),
    ),
    "screen.cluster": (
        *LANES,
        Sign("● ", "* ", "text", "a worker that runs a task"),
        Sign("○ ", "o ", "dim", "a worker that is idle"),
        Sign("◐ ", "+ ", "dim", "a worker whose tasks are too short to report their start"),
        Sign("✗ ", "X ", "failed", "a worker or node that is lost"),
        Sign("━━", "==", "text", "held by this race's tasks"),
        Sign("╍╍", "%%", "dim", "held by others of a shared cluster"),
        Sign("──", "--", "dim", "free"),
        Sign("▌", ">", "accent", "the selected node or worker"),
    ),
    "screen.code": (
        *LANES,
        Sign("▎", "|", "text", "the other lane has no such line"),
        Sign("▶", ">", "accent", "the lane's driver is on this line"),
        Sign("✗", "x", "failed", "the selected task failed in this line"),
    ),
    "screen.log": (*LANES, Sign(" ! ", " ! ", "failed", "a message of raytasks-tui itself")),
}
"""The signs of each main screen, by the id of the binding that opens it."""
