"""The words that guide a person: the sentence above the keys, the keys that matter now, why one
can't act.
"""

from typing import TYPE_CHECKING

from tui.widgets.bars import KeyHint
from workloads import catalog
from workloads.builtin.images.workload import IMAGES
from workloads.core.engine_info import DEFAULT_LANES
from workloads.core.task import Parameter, Value
from workloads.core.wording import lane_name, listed
from workloads.engines.ray.address import CONNECT

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.ledger.lane import Lane


def sentence(session: "Session", width: int) -> str:
    """The line above the keys, for a screen of `width` cells: what to do, what is going on, or how
    it came out.
    """
    if session.racing and not (session.replayed and session.still):
        return _on_the_way(session)
    from workloads.figures.report import verdict

    told = verdict(session.race, session.count_startup)
    if session.replayed:
        return told
    if told and not session.changed:
        roomy = width >= 120
        return f"{told}  Next: r again · N more tasks · t {_other(session)}" if roomy else told
    plan = session.plan
    workload = catalog.find(plan.workload)
    values = ", ".join(_told(p, plan.params[p.name]) for p in workload.parameters)
    lanes = (
        f", {listed([lane_name(name) for name in plan.lanes])}"
        if plan.lanes != DEFAULT_LANES
        else ""
    )
    return (
        f"{workload.title}: {values}{lanes}, {plan.schedule.replace('-', ' ')}. Space "
        "starts the race."
    )


def _other(session: "Session") -> str:
    return "in turn" if session.plan.schedule == "together" else "together"


def _on_the_way(session: "Session") -> str:
    live = session.live_lane()
    if live is None:
        starting = [_awaited(lane) for lane in session.race.raced() if lane.state == "starting"]
        return (
            "The race starts when every lane is ready: waiting for "
            f"{' and '.join(starting) or 'warm workers'}."
        )
    opened = session.race.opened
    if opened and opened.schedule == "together":
        from workloads.figures.gain import contended  # NumPy, which the first paint can do without

        return "All lanes run at the same time" + (
            " and share the cores." if contended(session.race) else "."
        )
    return (
        f"In turn: {live.engine} has the whole machine; lanes that have finished run again "
        "as ghosts."
    )


def _awaited(lane: "Lane") -> str:
    """A lane that starts, with the address of the cluster that hasn't answered yet."""
    for phase in lane.phases:
        if phase.name.startswith(CONNECT) and phase.end is None:
            return f"{lane.engine} ({phase.name}; x ends the race)"
    return lane.engine


CHANGES = (
    "again",
    "settings",
    "workload",
    "schedule",
    "sweep",
    "lanes",
    "best",
    "fewer",
    "more",
    "smaller",
    "larger",
)
"""What can't be done while a race runs: it would change what is running."""


def why_not(session: "Session", action: str, parameters: tuple[object, ...] = ()) -> str:
    """Why a key can't act now; empty if it can."""
    if action in ("select", "large"):
        return _why_no_picture(session, action, *parameters)
    if action == "follow":
        return "" if session.selected is not None else "Nothing is selected, and no sheet is open."
    if session.replayed and (action == "cancel" or (action in CHANGES and action != "again")):
        return "This is a recording: it can be paused and played again."
    if action == "cancel" and not session.racing:
        return "No race is running."
    if action in CHANGES and session.racing and not session.replayed:
        return "A race is running: x ends it."
    if action == "again" and session.race.opened is None and not session.replayed:
        return "Nothing has been raced yet: space starts."
    return ""


def _why_no_picture(session: "Session", action: str, *by: object) -> str:
    if session.picture != IMAGES.picture:
        return "This workload has no pictures to select."
    if action == "large":
        return ""
    from tui.screens.images import place

    at, count = place(session)
    if not count:
        return "No picture is done yet."
    if by == (-1,) and at == 0:
        return "This is the first picture."
    return "This is the last picture." if by == (1,) and at == count - 1 else ""


def hints(session: "Session", paused: bool) -> list[KeyHint]:
    """The keys that matter now, the most useful first."""
    if session.replayed:
        go = KeyHint("space", "Go on" if paused else "Pause")
        keys = [
            go,
            KeyHint("r", "From the start"),
            KeyHint("2", "Picture"),
            KeyHint("3", "Tasks"),
            KeyHint("7", "Log"),
            KeyHint("T", "Theme"),
        ]
    elif session.racing:
        keys = [
            KeyHint("space", "Go on" if paused else "Pause"),
            KeyHint("x", "Cancel"),
            KeyHint("1", "Race"),
            KeyHint("2", "Picture"),
            KeyHint("3", "Tasks"),
            KeyHint("7", "Log"),
            KeyHint("s", "Settings", "racing"),
        ]
    else:
        raced = session.race.opened is not None
        keys = [
            KeyHint("space", "Start"),
            KeyHint("r", "Again", "" if raced else "nothing raced yet"),
            KeyHint("n N", "Tasks"),
            KeyHint("[ ]", "Size"),
            KeyHint("s", "Settings"),
            KeyHint("w", "Workload"),
            KeyHint("e", "Lanes"),
            KeyHint("v", "Sweep"),
            KeyHint("t", _other(session).capitalize()),
            KeyHint("u", "Start-up"),
            KeyHint("T", "Theme"),
        ]
    if session.picture == IMAGES.picture:
        keys[2:2] = [
            KeyHint(", .", "Pictures", why_not(session, "select")),
            KeyHint("enter", "Large"),
        ]
        if session.selected is not None:
            keys.insert(4, KeyHint("escape", "Follow"))
    return [*keys, KeyHint("F1", "Help"), KeyHint("q", "Quit")]


def _told(parameter: Parameter, value: Value) -> str:
    """A setting in words: `16 tasks`, `kernel python`, `thumbnail 96`."""
    counted = isinstance(value, int) and not parameter.unit
    return f"{value:,} {parameter.name}" if counted else f"{parameter.name} {value}"
