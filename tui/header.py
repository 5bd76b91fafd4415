"""The first line of every screen: the state of the race in a word, what is raced, and how."""

from typing import TYPE_CHECKING

from tui.waits import waiting_word
from tui.widgets.bars import Status
from tui.widgets.race.states import completed
from workloads import catalog
from workloads.core.draining import Drain
from workloads.core.errors import BadInput, plain
from workloads.core.execution import Execution, execution_texts
from workloads.core.task import Params
from workloads.core.wording import plural, rough_size, seconds
from workloads.lanes.plan import SCHEDULE_TEXTS

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.ledger.lane import Lane


def status(session: "Session", frozen: bool) -> Status:
    """The status of the session, to draw in the first line; `frozen` if the view is."""
    opened, live, plan = session.race.opened, session.live_lane(), session.plan
    if opened is None or _other_next(session):
        details = [raced(plan.workload, plan.params), (SCHEDULE_TEXTS[session.schedule],)]
        details += [*_drained(plan.drain), *_executed(plan.execution, plan.params)]
        if session.stale:
            last = "last race"
            if session.sweep.holds(opened):
                last = "last sweep"
            details.insert(0, (f"{last} shown", last))
    else:
        details = [raced(opened.workload, opened.params), (SCHEDULE_TEXTS[opened.schedule],)]
        if live is not None and live.clock.slices:
            # Each lane shows its own time: that they alternate says how to read it, so it stays
            # beside what is raced, of which the shorter form is enough.
            what, (how,) = details
            short, real = f"{what[-1]}  {how}", _real_time(session)
            timed = [f"{form}  {how}  {real[0]}" for form in what]
            details = [(*timed, f"{short}  {real[1]}", short, what[-1])]
        elif live is not None:
            details.insert(1, (_elapsed(session, live),))
        details += [*_drained(opened.drain), *_executed(opened.execution, opened.params)]
        details.append((f"seed {opened.seed}",))
    cpus = session.cpus
    details.append((cpus, cpus.partition(" (")[0]))
    return Status(*_state(session, frozen), tuple(details))


def _drained(drain: Drain) -> list[tuple[str, ...]]:
    """How results are taken, where that isn't as they come."""
    if drain == "wait":
        return []
    return [(f"drain {drain}", drain)]


def _executed(execution: Execution, params: Params) -> list[tuple[str, ...]]:
    """How tasks are executed, where that isn't as usual."""
    tasks = params.get("tasks", 0)
    return [(text,) for text in execution_texts(execution, int(tasks))]


def _elapsed(session: "Session", live: "Lane") -> str:
    """The lane's time so far, with its start-up if that counts."""
    return seconds(live.elapsed(session.now) + live.startup_s * session.count_startup)


def _real_time(session: "Session") -> tuple[str, str]:
    """The real time since the first of the lanes that alternate began."""
    begun = min(lane.zero for lane in session.race.raced() if lane.zero is not None)
    real = seconds((session.now - begun) / 1e9)
    return f"{real} real time", f"{real} real"


def _other_next(session: "Session") -> bool:
    """True if the next race differs from the one that is over, and is what keys act on."""
    return session.changed and not session.racing and not session.replayed


def raced(workload: str, params: Params) -> tuple[str, ...]:
    """What is raced, in a few words and in fewer: `π · 12 × 300,000 samples` and `π · 12 ×
    300,000`; `own.py:crunch · 16 calls`, `arrays · 50 tasks, 16 MB`.
    """
    try:
        described = catalog.find(workload)
    except BadInput:  # of a recording that was changed
        return (plain(workload, 40),)
    unit = "task"
    if catalog.is_foreign(workload) and ":" in workload:
        unit = "call"
    name = plain(described.short or workload.rpartition("/")[2], 40)
    tasks = params.get("tasks")
    if not isinstance(tasks, int):
        return (name,)
    data = params.get(described.data)
    if isinstance(data, int):
        return f"{name} · {tasks:,} {plural(unit, tasks)}, {rough_size(data)}", name
    size = next((each for each in described.parameters if each.name == described.size), None)
    if size is not None and isinstance(value := params.get(size.name), int | float):
        short = f"{name} · {tasks:,} × {value:,}"
        return f"{short} {size.unit or size.name}", short
    return f"{name} · {tasks:,} {plural(unit, tasks)}", name


def _state(session: "Session", frozen: bool) -> tuple[str, str]:
    """The word for the race's state with its mark; and its kind: plain, live or warning."""
    if session.replayed:
        at, length = session.position()
        word = "↺ REPLAY"
        if frozen:
            word = "‖ PAUSED"
        return f"{word} {at:.1f}/{length:.1f} s", "live"
    if frozen:
        return "‖ VIEW FROZEN", "live"
    if session.racing:
        return _going(session), "live"
    for lane in session.shown_lanes():
        if lane.state == "starting":
            return f"░ STARTING {plain(lane.engine, 40).upper()}", "plain"
        if lane.failed_early:
            return f"✗ {plain(lane.engine, 40).upper()} FAILED", "warning"
    if session.race.ended is None or _other_next(session):
        return "○ READY", "plain"
    return _outcome(session)


def _going(session: "Session") -> str:
    """The word for what a race does that goes on."""
    if session.cancelling or session.live_lane() is None:
        return f"○ {waiting_word(session).upper()}"
    if session.submission_held:
        return "◧ SUBMISSION HELD"
    return "● RACING"


def _outcome(session: "Session") -> tuple[str, str]:
    """How the race ended; it has finished if every lane came to its end, though tasks failed."""
    ended = session.race.ended
    if ended is not None and ended.status == "cancelled":
        return "■ CANCELLED", "plain"
    if all(map(completed, session.race.raced())):
        return "✔ FINISHED", "plain"
    return "✗ FAILED", "warning"
