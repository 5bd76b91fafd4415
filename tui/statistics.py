"""What the panels of statistics are given: durations, the slowest tasks, throughput, results."""

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tui.widgets.compare.waterfall import LossView
from tui.widgets.log import LogEntry
from tui.widgets.race.durations import LaneDurations
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.results import ResultsView, TaskResult
from tui.widgets.race.slowest import SlowestView, SlowTask, Throughput
from workloads.core.wording import lane_name
from workloads.figures.durations import percentiles, slowest
from workloads.figures.waterfall import Waterfall
from workloads.ledger.lane import Lane
from workloads.ledger.tables import State

if TYPE_CHECKING:
    from tui.session import Session

MAX_SLOWEST = 40
"""Tasks that are listed as the slowest."""

MAX_RESULTS = 60
"""Results that are listed."""

MAX_LOG_LINES = 60
"""Lines of the log that are shown beside the race."""

MAX_PARTS = 48
TASKS_A_PART = 4
"""Tasks that a part of the time should have for its throughput to say something."""


def lane_durations(lane: Lane) -> LaneDurations:
    """The durations of the lane's finished tasks."""
    return lane.tasks.kept("panel", lambda: _durations(lane))


def _durations(lane: Lane) -> LaneDurations:
    seconds = lane.tasks.durations
    if not len(seconds):
        return LaneDurations(lane.engine)
    return LaneDurations(lane.engine, seconds, *percentiles(seconds))


def slowest_view(session: "Session", hint: str) -> SlowestView:
    """The slowest tasks of all lanes, and the lanes' throughput."""
    views = session.views()
    tasks = [task for view in views for task in _slowest(view.lane)]
    tasks.sort(key=lambda task: -task.seconds)
    throughput = tuple(_throughput(view) for view in views if view.lane.zero is not None)
    return SlowestView(tuple(tasks[:MAX_SLOWEST]), throughput, session.selected, hint)


def _slowest(lane: Lane) -> list[SlowTask]:
    """The slowest tasks of a lane, the slowest first."""
    table = lane.tasks
    return [
        SlowTask(
            lane.engine, task, int(table.worker[task]), float(table.end[task] - table.start[task])
        )
        for task in slowest(lane)[:MAX_SLOWEST].tolist()
    ]


def _throughput(view: LaneView) -> Throughput:
    """The tasks that ended per second until the moment that is drawn."""
    lane, end = view.lane, view.elapsed
    ends = lane.tasks.kept("ended", lambda: lane.tasks.end[lane.tasks.state == State.FINISHED])
    if not view.over:
        ends = ends[ends <= view.t]
    ends = np.minimum(ends, end)  # the run's end was stamped by another clock than the last task's
    if end <= 0 or not len(ends):
        return Throughput(lane.engine, (), end)
    parts = int(np.clip(len(ends) // TASKS_A_PART, 4, MAX_PARTS))
    counts = np.histogram(ends, parts, (0.0, end))[0]
    return Throughput(lane.engine, tuple((counts * parts / end).tolist()), end)


def results_view(session: "Session") -> ResultsView:
    """The newest results of the live lane, else of the last that has any."""
    live = session.live_lane()
    raced = (lane for lane in session.shown_lanes() if lane.tasks.count)
    lanes = [lane for lane in raced if session.outcomes.of(lane.name)]
    if live is not None and live in lanes:
        lane = live
    elif lanes:
        lane = lanes[-1]
    else:
        return ResultsView()
    outcomes = session.outcomes.of(lane.name)
    newest = reversed(deque(outcomes.items(), MAX_RESULTS))
    failed = lane.tasks.state == State.FAILED
    return ResultsView(
        tuple(TaskResult(lane.engine, task, text, bool(failed[task])) for task, text in newest)
    )


def log_tail(session: "Session") -> list[LogEntry]:
    """The newest lines of the log, the newest last."""
    race = session.race
    return [LogEntry.of(line, race) for line in list(race.log)[-MAX_LOG_LINES:]]


def waterfall_view(session: "Session", falls: Mapping[str, Waterfall]) -> LossView:
    """Where the time went of the last lane of which that is measured."""
    lanes = session.shown_lanes()
    if not lanes:
        return LossView()
    measured = [lane for lane in lanes if lane.name in falls]
    lane = [lanes[-1], *measured][-1]
    fall = falls.get(lane.name)
    if fall is None:
        return LossView(
            lane.engine, note=f"Measured when serial and {lane_name(lane.engine)} finish."
        )
    return LossView(
        lane.engine, fall, 1.02 * fall.end_s(session.count_startup), session.count_startup
    )
