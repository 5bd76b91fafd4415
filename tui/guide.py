"""The texts that guide the user: the sentence above the keys, the keys that matter now, why one
can't act.
"""

from typing import TYPE_CHECKING

from tui.failed_lanes import failed_lanes
from tui.keys import Hint, Keys
from tui.waits import awaited, waiting
from workloads import catalog
from workloads.builtin.images.workload import IMAGES
from workloads.core.draining import DRAIN_TEXTS
from workloads.core.engine_info import DEFAULT_LANES
from workloads.core.execution import execution_texts
from workloads.core.faults import counts
from workloads.core.task import Parameter, Value
from workloads.core.wording import as_sentence, lane_name, listed, plural
from workloads.lanes.plan import (
    SCHEDULE_TEXTS,
    may_wait,
    next_schedule,
    oversubscribed,
    settled,
    why_no_drain,
    why_not_alternate,
)

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.lanes.plan import Plan


def sentence(session: "Session", width: int, keys: Keys) -> str:
    """The line above the keys, for a screen of `width` cells: what to do, what is going on, or how
    it came out.
    """
    if session.racing and not (session.replayed and session.still):
        if session.cancelling or session.live_lane() is None:
            return waiting(session, keys)
        if session.submission_held:
            return keys.fill(HELD)
        return _on_the_way(session) + _faults(session)
    if failure := failed_lanes(session, keys):
        return failure
    from workloads.figures.verdict import verdict

    result = verdict(session.race, session.count_startup)
    if session.sweep.repeats(session.race.opened):
        from workloads.sweeps.verdict import verdict as verdict_on_sweep

        result = verdict_on_sweep(session.sweep, session.count_startup)
    if session.replayed:
        return result
    if result and not session.changed:
        if width >= ROOMY:
            result += keys.fill(NEXT) + _other_schedule(session)
        return result
    if session.stale:
        return f"The last race is shown. Next race: {_next_race(session, keys)}"
    return _next_race(session, keys)


def _faults(session: "Session") -> str:
    """The faults that were put into the tasks of the race that runs; empty for none."""
    opened = session.race.opened
    if opened is None or not (text := opened.faults.text()):
        return ""
    return f" Injected faults: {text}."


def _next_race(session: "Session", keys: Keys) -> str:
    """The race that a key starts: its settings, and why lanes don't alternate, or what to mind if
    they do.
    """
    plan = session.plan
    workload = catalog.find(plan.workload)
    parts = [_setting_text(p, plan.params[p.name]) for p in workload.parameters]
    if plan.lanes != DEFAULT_LANES:
        parts.append(listed([lane_name(name) for name in plan.lanes]))
    parts.append(SCHEDULE_TEXTS[session.schedule])
    if plan.nodes:
        parts.append(f"{plan.nodes} local {plural('node', plan.nodes)}, {plan.strategy} strategy")
    if plan.drain != "wait" and not why_no_drain(plan.lanes):
        parts.append(f"drained by {DRAIN_TEXTS[plan.drain]}")
    parts += execution_texts(plan.execution, int(plan.params["tasks"]))
    parts += [f"{name} {n:,}" for name, n in counts(plan.faults).items() if n]
    text = f"{workload.title}: {', '.join(parts)}. Press {keys.name('race.go')} to start."
    text += _sized_for(session)
    if why := oversubscribed(plan, plan.shaped(session.options)):
        text += f" {why}"
    if why := settled(plan, session.options)[1]:
        text += f" {why}"
    elif may_wait(plan.workload) and not why_not_alternate(plan, session.options):
        text += " A function may wait, so lanes don't alternate."
    return text


def _sized_for(session: "Session") -> str:
    """The time that a race takes whose size was chosen for this machine."""
    if session.sized is None or session.sized[0] != session.plan.params:
        return ""
    return f" Serial takes about {session.sized[1]:.0f} s here."


def _other_schedule(session: "Session") -> str:
    return SCHEDULE_TEXTS[next_schedule(session.plan, session.options)]


def _on_the_way(session: "Session") -> str:
    """What a race that runs does."""
    live = session.live_lane()
    assert live is not None
    opened = session.race.opened
    if opened and opened.schedule == "together":
        from workloads.figures.gain import contended  # NumPy, which the first paint can do without

        if contended(session.race):
            return "Running all lanes at the same time; they share the cores."
        return "Running all lanes at the same time."
    if opened and opened.schedule == "alternate":
        return "Lanes alternate: each has the whole machine in its slices, and a clock of its own."
    text = f"Running {lane_name(live.engine)} alone"
    if any(lane.ended is not None for lane in session.race.raced()):
        text += "; finished lanes replay as ghosts"
    return f"{text}."


CHANGES = (
    "again",
    "settings",
    "workload",
    "schedule",
    "drain",
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
NO_RACE = "No race yet. Press {race.go} to start."
REPLAY_ONLY = "Replay only: pause or restart."
RUNNING = "A race is running. Press {race.cancel} to cancel."
HELD = "Submission is held: running tasks finish, and no task starts. Press {race.hold} to resume."
FAULTY = "Faults are injected: set them to 0 in the settings ({race.settings}) first."
LAST_RACE = "Last race, with other settings than the next."
NOTHING = {
    "follow": "Nothing is selected: the newest is followed already.",
    "back": "Nothing is selected, and no sheet is open.",
}
"""The reasons why these keys have nothing to do while nothing is selected."""

NO_IMAGES = "This workload has no images. Tasks are selected on screen {screen.tasks}."

ROOMY = 120
"""Columns from which the sentence has room for what to do next."""


def why_not(
    session: "Session", keys: Keys, action: str, parameters: tuple[object, ...] = ()
) -> str:
    """The reason why a key can't act now; empty if it can."""
    if action in ("select", "large"):
        return keys.fill(_why_no_image(session, action, *parameters))
    if action in NOTHING and session.selected is None:
        return NOTHING[action]
    if action == "go" and not session.replayed and awaited(session):
        return _race_waits(session, keys)
    if action == "cancel" or action in CHANGES:
        return _why_no_change(session, keys, action)
    if action in ("next_failed", "slowest") and session.race.opened is None:
        return keys.fill(NO_RACE)
    return ""


def _race_waits(session: "Session", keys: Keys) -> str:
    return f"The race waits for {awaited(session)}. Press {keys.name('race.cancel')} to cancel."


def _why_no_change(session: "Session", keys: Keys, action: str) -> str:
    if session.replayed:
        if action == "again":
            return ""
        return REPLAY_ONLY
    if action == "cancel":
        if session.cancelling:
            return waiting(session, keys)
        if not session.racing:
            return "No race is running."
        return ""
    if session.racing:
        if awaited(session):
            return _race_waits(session, keys)
        return keys.fill(RUNNING)
    if action == "again" and session.race.opened is None:
        return keys.fill(NO_RACE)
    return _why_not_this_plan(session.plan, keys, action)


def _why_not_this_plan(plan: "Plan", keys: Keys, action: str) -> str:
    """The reason why the next race, as it is planned, leaves a key nothing to do."""
    if action in ("sweep", "best") and plan.faults.every():
        return keys.fill(FAULTY)
    if action == "drain" and (why := why_no_drain(plan.lanes)):
        return as_sentence(f"{why[0].upper()}{why[1:]}")
    return ""


def _why_no_image(session: "Session", action: str, *by: object) -> str:
    if session.picture != IMAGES.picture:
        return NO_IMAGES
    if action == "large":
        return ""
    from tui.screens.images import place

    at, count = place(session)
    if not count:
        return "No image is done yet."
    if by == (-1,) and at == 0:
        return "This is the first image."
    if by == (1,) and at == count - 1:
        return "This is the last image."
    return ""


SCREENS = (
    "screen.race",
    "screen.picture",
    "screen.tasks",
    "screen.compare",
    "screen.cluster",
    "screen.code",
    "screen.log",
)


def hints(session: "Session", paused: bool) -> list[Hint]:
    """The keys that matter now, the most useful first; the last three are always shown."""
    theme, startup = Hint("Theme", ("look.theme",)), Hint("Start-up", ("race.startup",))
    space = Hint(_space_label(session, paused), ("race.go",))
    again = Hint("Again", ("race.again",))
    if session.replayed:
        hints = [space, Hint("Restart", ("race.again",)), startup, theme]
        if session.still:
            hints.remove(space)
    elif session.racing:
        hints = [*_racing_hints(session, space), startup, theme]
    else:
        if session.race.opened is None:
            again = again._replace(why_not="no race yet")
        sweep = Hint("Sweep", ("race.sweep",))
        if session.plan.faults.every():
            sweep = sweep._replace(why_not="faults are injected")
        hints = [
            space,
            again,
            Hint("Settings", ("race.settings",)),
            Hint("Tasks", ("race.fewer", "race.more")),
            Hint("Size", ("race.smaller", "race.larger")),
            Hint("Workload", ("race.workload",)),
            Hint("Lanes", ("race.lanes",)),
            sweep,
            Hint(_other_schedule(session).capitalize(), ("race.schedule",)),
            startup,
            theme,
        ]
    if session.picture == IMAGES.picture:
        none = _why_no_image(session, "select")
        hints[2:2] = [
            Hint("Images", ("select.previous", "select.next"), none),
            Hint("Large", ("select.large",)),
        ]
        if session.selected is not None:
            hints.insert(4, Hint("Follow", ("select.follow",)))
    return [*hints, Hint("Screens", SCREENS), Hint("Help", ("help",)), Hint("Quit", ("quit",))]


def _racing_hints(session: "Session", space: Hint) -> list[Hint]:
    """The keys that matter while a race goes on; `space` freezes the view."""
    wait, cancelling = "", ""
    if awaited(session):
        wait = "the race waits for its lanes"
    if session.cancelling:
        cancelling = "already cancelling"
    cancel = Hint("Cancel", ("race.cancel",), cancelling)
    settings = Hint("Settings", ("race.settings",), "racing")
    return [space._replace(why_not=wait), cancel, settings]


def _space_label(session: "Session", paused: bool) -> str:
    """What space does now."""
    if session.replayed:
        if paused:
            return "Play"
        return "Pause"
    if paused:
        return "Resume view"
    if session.racing:
        return "Freeze view"
    return "Start"


def _setting_text(parameter: Parameter, value: Value) -> str:
    """`16 tasks`, `kernel python`, `thumbnail 96`."""
    if isinstance(value, int) and not parameter.unit:
        return f"{value:,} {parameter.name}"
    return f"{parameter.name} {value}"
