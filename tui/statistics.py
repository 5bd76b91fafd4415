"""What the panels of statistics are given: durations, the slowest tasks, throughput, results."""

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.widgets.compare.waterfall_rows import LossView
from tui.widgets.log import LogEntry
from tui.widgets.race.durations import LaneDurations
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.results import ResultsView, TaskResult
from tui.widgets.race.slowest import SlowestView, SlowTask, Throughput
from workloads.core.wording import lane_name
from workloads.figures.durations import durations, slowest, throughput
from workloads.figures.startup import startup_name
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


def lane_durations(session: "Session") -> list[LaneDurations]:
    """The durations of the finished tasks of each lane that is shown."""
    race = session.race
    return [
        LaneDurations(lane.engine, durations(race, lane), lane.failed)
        for lane in session.shown_lanes()
    ]


def slowest_view(session: "Session", hint: str) -> SlowestView:
    """The slowest tasks of all lanes, and the lanes' throughput."""
    views = session.views()
    tasks = [task for view in views for task in _slowest(view.lane)]
    tasks.sort(key=lambda task: -task.seconds)
    throughput = tuple(_throughput(view) for view in views if view.lane.zero is not None)
    selection = session.selected, session.selected_lane
    return SlowestView(tuple(tasks[:MAX_SLOWEST]), throughput, *selection, hint)


def _slowest(lane: Lane) -> list[SlowTask]:
    """The slowest tasks of a lane, the slowest first."""
    table = lane.tasks
    tasks = slowest(lane, MAX_SLOWEST)
    workers, ran = table.worker[tasks].tolist(), (table.end[tasks] - table.start[tasks]).tolist()
    return [
        SlowTask(lane.engine, task, worker, seconds, lane.name)
        for task, worker, seconds in zip(tasks.tolist(), workers, ran, strict=True)
    ]


def _throughput(view: LaneView) -> Throughput:
    """The tasks that ended per second until the moment that is drawn."""
    lane, end = view.lane, view.elapsed
    stats = throughput(lane, end)
    if end <= 0 or not any(stats.tasks):
        return Throughput(lane.engine, end_s=end)
    rates = tuple(tasks / stats.interval_s for tasks in stats.tasks)
    return Throughput(lane.engine, rates, end, stats.mean_per_s)


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
    counted = session.count_startup
    end_s = 1.02 * fall.end_s(counted)
    return LossView(lane.engine, fall, end_s, counted, startup_name=startup_name(lane.warm))
