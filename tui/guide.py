"""The texts that guide the user: the sentence above the keys, the keys that matter now, why one
can't act.
"""

from typing import TYPE_CHECKING

from tui.failed_lanes import failed_lanes
from tui.keys import Hint, Keys
from workloads import catalog
from workloads.builtin.images.workload import IMAGES
from workloads.core.engine_info import DEFAULT_LANES
from workloads.core.task import Parameter, Value
from workloads.core.wording import lane_name, listed
from workloads.engines.ray.address import CONNECT

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.ledger.lane import Lane


def sentence(session: "Session", width: int, keys: Keys) -> str:
    """The line above the keys, for a screen of `width` cells: what to do, what is going on, or how
    it came out.
    """
    if session.racing and not (session.replayed and session.still):
        return _on_the_way(session, keys)
    if failure := failed_lanes(session, keys):
        return failure
    from workloads.figures.verdict import verdict
    from workloads.sweeps.verdict import verdict as verdict_on_sweep

    result = verdict(session.race, session.count_startup)
    if session.repeated:
        result = verdict_on_sweep(session.sweep, session.count_startup)
    if session.replayed:
        return result
    if result and not session.changed:
        if width >= ROOMY:
            result += keys.fill(NEXT) + _other_schedule(session)
        return result
    plan = session.plan
    workload = catalog.find(plan.workload)
    parts = [_setting_text(p, plan.params[p.name]) for p in workload.parameters]
    if plan.lanes != DEFAULT_LANES:
        parts.append(listed([lane_name(name) for name in plan.lanes]))
    parts.append(plan.schedule.replace("-", " "))
    return f"{workload.title}: {', '.join(parts)}. {keys.opening('race.go')} starts the race."


def _other_schedule(session: "Session") -> str:
    if session.plan.schedule == "together":
        return "in turn"
    return "together"


def _on_the_way(session: "Session", keys: Keys) -> str:
    live = session.live_lane()
    if live is None:
        lanes = (lane for lane in session.race.raced() if lane.state == "starting")
        starting = [_awaited(lane, keys) for lane in lanes]
        return (
            "The race starts when every lane is ready: waiting for "
            f"{' and '.join(starting) or 'warm workers'}."
        )
    opened = session.race.opened
    if opened and opened.schedule == "together":
        from workloads.figures.gain import contended  # NumPy, which the first paint can do without

        if contended(session.race):
            return "All lanes run at the same time and share the cores."
        return "All lanes run at the same time."
    return (
        f"In turn: {live.engine} has the whole machine; lanes that have finished run again "
        "as ghosts."
    )


def _awaited(lane: "Lane", keys: Keys) -> str:
    """A lane that starts, with the address of the cluster that hasn't answered yet."""
    for phase in lane.phases:
        if phase.name.startswith(CONNECT) and phase.end is None:
            return f"{lane.engine} ({phase.name}; {keys.name('race.cancel')} ends the race)"
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
"""The actions that can't be done while a race runs: they would change what is running."""

NEXT = "  Next: {race.again} again · {race.more} more tasks · {race.schedule} "
NOTHING_RACED = "Nothing has been raced yet: {race.go} starts."

ROOMY = 120
"""Columns from which the sentence has room for what to do next."""


def why_not(
    session: "Session", keys: Keys, action: str, parameters: tuple[object, ...] = ()
) -> str:
    """The reason why a key can't act now; empty if it can."""
    if action in ("select", "large"):
        return _why_no_picture(session, action, *parameters)
    if action == "follow":
        if session.selected is None:
            return "Nothing is selected, and no sheet is open."
        return ""
    if session.replayed and (action == "cancel" or (action in CHANGES and action != "again")):
        return "This is a recording: it can be paused and played again."
    if action == "cancel" and not session.racing:
        return "No race is running."
    if action in CHANGES and session.racing and not session.replayed:
        return f"A race is running: {keys.name('race.cancel')} ends it."
    if action == "again" and session.race.opened is None and not session.replayed:
        return keys.fill(NOTHING_RACED)
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
    if by == (1,) and at == count - 1:
        return "This is the last picture."
    return ""


def hints(session: "Session", paused: bool) -> list[Hint]:
    """The keys that matter now, the most useful first."""
    pause = Hint("Pause", ("race.go",))
    if paused:
        pause = Hint("Go on", ("race.go",))
    race, picture = Hint("Race", ("screen.race",)), Hint("Picture", ("screen.picture",))
    tasks, log = Hint("Tasks", ("screen.tasks",)), Hint("Log", ("screen.log",))
    theme = Hint("Theme", ("look.theme",))
    if session.replayed:
        hints = [pause, Hint("From the start", ("race.again",)), picture, tasks, log, theme]
    elif session.racing:
        settings = Hint("Settings", ("race.settings",), "racing")
        hints = [pause, Hint("Cancel", ("race.cancel",)), race, picture, tasks, log, settings]
    else:
        again = Hint("Again", ("race.again",))
        if session.race.opened is None:
            again = again._replace(why_not="nothing raced yet")
        hints = [
            Hint("Start", ("race.go",)),
            again,
            Hint("Tasks", ("race.fewer", "race.more")),
            Hint("Size", ("race.smaller", "race.larger")),
            Hint("Settings", ("race.settings",)),
            Hint("Workload", ("race.workload",)),
            Hint("Lanes", ("race.lanes",)),
            Hint("Sweep", ("race.sweep",)),
            Hint(_other_schedule(session).capitalize(), ("race.schedule",)),
            Hint("Start-up", ("race.startup",)),
            theme,
        ]
    if session.picture == IMAGES.picture:
        none = _why_no_picture(session, "select")
        hints[2:2] = [
            Hint("Pictures", ("select.previous", "select.next"), none),
            Hint("Large", ("select.large",)),
        ]
        if session.selected is not None:
            hints.insert(4, Hint("Follow", ("select.none",)))
    return [*hints, Hint("Help", ("help",)), Hint("Quit", ("quit",))]


def _setting_text(parameter: Parameter, value: Value) -> str:
    """`16 tasks`, `kernel python`, `thumbnail 96`."""
    if isinstance(value, int) and not parameter.unit:
        return f"{value:,} {parameter.name}"
    return f"{parameter.name} {value}"
