"""The scoreboard's figures, from what the session knows: measured, projected, or why there is nothing to tell yet."""

from typing import TYPE_CHECKING

from tui.widgets.scoreboard import LaneScore, Score
from tui.widgets.timeline import LaneView
from workloads.history import spread, walls
from workloads.ledger import Lane
from workloads.projection import Estimate, at_most, projected_speedup, projected_wall
from workloads.report import gains, title
from workloads.speedup import efficiency, karp_flatt
from workloads.wording import lane_name, seconds

if TYPE_CHECKING:
    from tui.session import Session

TASKS_TOLD = 4
"""Tasks done from which serial's say how far a speedup can go: before, the longest is as long as all together."""


def score(session: "Session") -> Score:
    """The lanes' times, and the speedup of the last lane over serial: the one that is looked at."""
    opened = session.race.opened
    rows = tuple(_lane_score(session, view) for view in session.views())
    lanes = session.shown_lanes()
    others = [lane for lane in lanes if lane.engine != "serial"]
    if len(lanes) < 2:
        return Score(title="ELAPSED", note="One lane: nothing to compare.", lanes=rows)
    if len(others) == len(lanes):
        return Score(title="ELAPSED", note="Without serial there is no speedup.", lanes=rows)
    rival = others[-1]
    heading, contended = f"SPEEDUP  {title(rival)} vs serial", bool(opened and opened.contended)
    workers, gained = max(1, rival.workers), _gain(session, rival)
    if gained is None:
        note, projected = _waiting_note(session, rival), _projected(session, rival)
        return Score(heading, None, None, workers, contended, note, rows, projected)
    note = "start-up counted" if session.count_startup else _reading(session, rival, gained)
    return Score(heading, gained, efficiency(gained, workers), workers, contended, note, rows)


def _gain(session: "Session", rival: Lane) -> float | None:
    return gains(session.race, session.count_startup).get(rival.name)


def _projected(session: "Session", rival: Lane) -> tuple[float, float, float] | None:
    """The speedup to expect and its bounds: from the tasks so far, and the earlier runs of a lane still to run."""
    serial, now = session.race.serial, session.clock()
    if serial is None or session.race.ended is not None:
        return None
    told = projected_speedup(serial, rival, now)
    if told is None and rival.zero is None and serial.live:
        earlier = spread(walls(session.history.runs(session.history.key), rival.name))
        first = projected_wall(serial, serial.elapsed(now))
        if earlier and first:
            told = Estimate(first.value / earlier.median, first.low / earlier.high, first.high / earlier.low)
    return (told.value, told.low, told.high) if told else None


def _reading(session: "Session", rival: Lane, gained: float) -> str:
    fraction, ideal = karp_flatt(gained, rival.workers), session.ideal(rival)
    bound = "" if ideal is None else f"ideal {seconds(ideal)}"
    return bound if fraction is None else f"{bound}  serial fraction {max(fraction, 0):.1%}".strip()


def _waiting_note(session: "Session", rival: Lane) -> str:
    serial = session.race.serial
    if session.race.ended is not None:
        whole = serial is not None and serial.wall_s is not None and rival.wall_s is not None
        return f"no speedup: {'other tasks failed than on serial' if whole else 'not every lane finished'}"
    if serial is not None and serial.wall_s is not None and rival.live:
        return f"serial took {seconds(serial.wall_s)}"
    if serial is not None and serial.live and serial.done >= TASKS_TOLD and rival.workers > 1:
        return f"at most {at_most(serial.tasks.durations, rival.workers):.2f}× with tasks like these"
    return f"measured when serial and {lane_name(rival.engine)} have finished"


def _lane_score(session: "Session", view: LaneView) -> LaneScore:
    lane, ended = view.lane, view.lane.ended
    if ended is None or view.ghost:
        return LaneScore(lane.engine, view.elapsed + view.offset, startup_s=lane.startup_s, ghost=view.ghost)
    return LaneScore(
        lane.engine, view.elapsed + view.offset, ended.wall_s + view.offset, ended.driver_cpu_s, ended.task_cpu_s,
        lane.startup_s, view.ghost, _gain(session, lane) if lane.engine != "serial" else None,
    )  # fmt: skip
