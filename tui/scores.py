"""The scoreboard's figures: measured, projected, or the reason why there are none yet."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.scoreboard import LaneScore, Score
from workloads.core.engine_info import is_baseline
from workloads.core.wording import is_slower, lane_name, more_than, seconds, times, times_range
from workloads.figures.gain import Gain, apart, contended, gain, suspended, why_none
from workloads.figures.history import RaceTimes, Spread, spread, walls
from workloads.figures.paired import speedup_interval
from workloads.figures.projection import at_most, projected_speedup
from workloads.figures.reliability import unreliable_reason
from workloads.figures.speedup import ONE_SIDED, OTHER_TASKS, efficiency
from workloads.figures.verdict import title
from workloads.ledger.lane import Lane
from workloads.ledger.tables import State
from workloads.sweeps.fold import repeated

if TYPE_CHECKING:
    from tui.session import Session

BOUND_FROM = 4
"""Tasks done from which serial's times bound the speedup: with fewer, the longest is as long as all
together.
"""


def score(session: "Session") -> Score:
    """The lanes' times, and the speedup of the last lane over serial: the one that is looked at."""
    rows = lane_scores(session)
    lanes = session.shown_lanes()
    others = [lane for lane in lanes if not is_baseline(lane.engine)]
    if len(lanes) < 2:
        return Score(title="ELAPSED", note="One lane: nothing to compare.", lanes=rows)
    if len(others) == len(lanes):
        return Score(title="ELAPSED", note="No serial lane to compare with.", lanes=rows)
    other = others[-1]
    workers, gained = max(1, other.workers), gain(session.race, other, session.count_startup)
    board = Score(
        f"SPEEDUP  {title(other)} vs serial",
        workers=workers,
        contended=contended(session.race),
        lanes=rows,
        startup=session.count_startup,
        stale=session.stale,
        unreliable=unreliable_reason(session.race),
    )
    if gained is None:
        projected = _projected(session, other)
        return replace(board, note=_waiting_note(session, other), projected=projected)
    runs = _repeated(session).get(other.name)
    if runs is not None:
        return replace(
            board,
            title=f"MEDIAN SPEEDUP  {title(other)} vs serial",
            speedup=runs.median,
            efficiency=efficiency(runs.median, workers),
            note=f"median of {runs.count} runs, {times_range(runs.low, runs.high)}",
        )
    board = replace(
        board,
        speedup=gained.speedup,
        efficiency=gained.efficiency,
        note=_reading(session, other, gained),
    )
    if is_slower(gained.speedup):
        board = replace(board, title=f"SLOWDOWN  {title(other)} vs serial")
    if gained.beyond:
        return replace(board, doubt=more_than(workers))
    if session.count_startup:
        return board
    return replace(board, interval=speedup_interval(session.race, other, gained))


def _repeated(session: "Session") -> dict[str, Spread]:
    """Each lane's speedups over the runs of a repeat that is over; empty after a single race."""
    if not session.sweep.repeats(session.race.opened):
        return {}
    return repeated(session.sweep, session.count_startup)


def lane_scores(session: "Session") -> tuple[LaneScore, ...]:
    """The lanes' times at this moment."""
    repeats = _repeated(session)
    return tuple(_lane_score(session, view, repeats) for view in session.views())


def _projected(session: "Session", other: Lane) -> tuple[float, float, float] | None:
    """The speedup to expect and its bounds: from the tasks so far, and the earlier runs of a lane
    still to run.
    """
    serial, now, startup = session.race.serial, session.now, session.count_startup
    if serial is None or session.race.ended is not None or _hopeless(session, other):
        return None
    earlier = None
    if other.zero is None:
        earlier = spread(walls(_alike(session, serial, other), other.name, startup))
    speedup = projected_speedup(serial, other, now, startup, earlier)
    if speedup is None:
        return None
    return speedup.value, speedup.low, speedup.high


def _hopeless(session: "Session", other: Lane) -> str:
    """The reason why a race that is running can't end in a speedup; empty if it can."""
    serial = session.race.serial
    if serial is None:
        return ""
    if why := suspended(session.race):
        return why
    if why := _failed(serial, other):
        return why
    if apart(serial, other):
        return OTHER_TASKS
    started = serial.zero is not None and other.zero is not None
    if session.count_startup and started and min(serial.startup_s, other.startup_s) <= 0:
        return ONE_SIDED
    return ""


def _failed(*lanes: Lane) -> str:
    """Which of the lanes failed before it had a time; empty if none did."""
    failed = (lane for lane in lanes if lane.failed_early)
    return next((f"{lane_name(lane.engine)} failed" for lane in failed), "")


def _alike(session: "Session", serial: Lane, other: Lane) -> list[RaceTimes]:
    """The earlier runs of this kind in which no task failed on the other lane that is done on
    serial.
    """
    runs = [run for run in session.history.runs(session.history.key) if other.name in run.lanes]
    if not runs:
        return []
    done = serial.tasks.kept("finished", lambda: serial.tasks.state == State.FINISHED)
    return [
        run
        for run in runs
        if not any(done[task] for task in run.lanes[other.name].failed if task < len(done))
    ]


def _reading(session: "Session", other: Lane, gained: Gain) -> str:
    if gained.beyond:
        return gained.beyond
    if session.count_startup:
        return ""
    bound = session.ideal(other)
    if bound is None:
        return ""
    return f"lower bound {seconds(bound)}"


def _waiting_note(session: "Session", other: Lane) -> str:
    serial = session.race.serial
    if session.race.ended is not None:
        if why := _failed(*filter(None, (serial, other))):
            return f"no speedup: {why}"
        return f"no speedup: {why_none(session.race, other, session.count_startup)}"
    if why := _hopeless(session, other):
        return f"no speedup: {why}"
    if serial is not None and serial.wall_s is not None and other.live:
        return f"serial took {seconds(serial.wall_s)}"
    bounded = serial is not None and serial.live and serial.done >= BOUND_FROM and other.workers > 1
    if serial is not None and bounded and not session.count_startup:
        most = times(at_most(serial.tasks.durations, other.workers))
        return f"at most {most} with tasks like these"
    return f"measured when serial and {lane_name(other.engine)} have finished"


def _lane_score(session: "Session", view: LaneView, repeats: dict[str, Spread]) -> LaneScore:
    lane, ended = view.lane, view.lane.ended
    if ended is None or view.ghost:
        time: float | None = None
        if lane.zero is not None:
            time = view.elapsed + view.offset
        return LaneScore(
            lane.engine, time, startup_s=view.started, ghost=view.ghost, warm=lane.warm
        )
    gained = gain(session.race, lane, session.count_startup)
    ratio, wall = gained and gained.speedup, ended.wall_s + view.offset
    if lane.name in repeats:
        ratio = repeats[lane.name].median
    if repeats:
        history = session.history
        times_s = spread(walls(history.runs(history.key), lane.name, session.count_startup))
        if times_s:
            wall = times_s.median
    return LaneScore(
        lane.engine,
        view.elapsed + view.offset,
        wall,
        ended.driver_cpu_s,
        ended.task_cpu_s,
        view.started,
        view.ghost,
        ratio,
        bool(gained and gained.beyond),
        lane.warm,
    )
