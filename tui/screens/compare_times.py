"""The bars and the waterfall of the Compare screen, from what the session has measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from tui.session import Session
from tui.widgets.compare.lanebars import BarsView, LaneFigures
from tui.widgets.compare.waterfall_rows import LossView
from tui.widgets.race.lane_view import LaneView, fit_window
from tui.widgets.race.states import state_word
from workloads.core.engine_info import baseline_of, is_baseline
from workloads.core.wording import lane_name, times, times_range
from workloads.figures.gain import contended, gain, lacks_answer, suspended
from workloads.figures.history import RaceTimes, Spread, speedups, spread, walls
from workloads.figures.paired import speedup_interval
from workloads.figures.reliability import unreliable_reason
from workloads.figures.speedup import beyond
from workloads.figures.startup import startup_name
from workloads.figures.waterfall import Waterfall, waterfall
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.sweeps.fold import SweepFold


class Waterfalls:
    """Each lane's waterfall, computed once when lanes end: with many tasks that takes its time."""

    def __init__(self) -> None:
        self.by_lane: dict[str, Waterfall] = {}
        self._key: tuple[object, ...] = ()

    def bring_up_to_date(self, race: Race) -> None:
        """Compute those of this race as it stands."""
        lanes = race.raced()
        walls = ((lane.name, lane.run_s) for lane in lanes)
        key = (id(race), race.opened and race.opened.t, race.suspended_s, *walls)
        if key == self._key:
            return
        self._key = key
        ended = (lane.name for lane in lanes if lane.run_s is not None)
        self.by_lane = {name: fall for name in ended if (fall := waterfall(race, name))}


def bars_view(session: Session, falls: Iterable[Waterfall], selected: int) -> BarsView:
    """The lanes of the race shown, over all runs of its kind; the axis has room for the waterfalls
    too.
    """
    history, counted = session.history, session.count_startup
    runs = history.runs(history.key)
    # A repeat that is over counts whole runs only, as its verdict does.
    if history.current and not (runs and session.sweep.repeats(session.race.opened)):
        runs = [*runs, history.current]
    lanes = [_figures(view, runs, session) for view in session.views()]
    ends = [0.0]
    for lane in lanes:
        ends.append(lane.startup_s + (lane.now or 0.0))
        if lane.wall:
            ends.append(lane.wall.high)
    ends += [fall.end_s(counted) for fall in falls]
    longest = max(ends)
    end_s = longest * 1.02
    if not longest or any(lane.now is not None for lane in lanes):
        end_s = fit_window(longest)
    return BarsView(
        lanes,
        selected,
        end_s,
        _run_of(session.sweep),
        contended=contended(session.race),
        unreliable=bool(unreliable_reason(session.race)),
    )


def _run_of(sweep: SweepFold) -> str:
    """`run 3 of 5` while a race is repeated."""
    opened = sweep.opened
    if not sweep.running or opened is None or opened.sweep != "runs":
        return ""
    return f"run {sweep.at or len(sweep.points)} of {len(opened.values)}"


def _figures(view: LaneView, runs: Sequence[RaceTimes], session: Session) -> LaneFigures:
    lane, counted = view.lane, session.count_startup
    times, gained = walls(runs, lane.name, counted), spread(speedups(runs, lane.name, counted))
    figures = LaneFigures(
        lane.engine,
        state_word(lane, lane.ended is not None, False, session.racing),
        times,
        spread(times),
        gained,
        lane.workers,
        ideal_s=view.ideal,
        done=lane.done,
        total=lane.tasks.count or view.planned,
        reason=lane.reason,
        beyond=_beyond(session.race, lane, gained, counted),
    )
    if not times and lane.ended is not None and lacks_answer(lane):
        times = [lane.ended.wall_s + lane.startup_s * counted]
        figures = replace(
            figures,
            walls=times,
            wall=spread(times),
            task_cpu_s=lane.ended.task_cpu_s,
            driver_cpu_s=lane.ended.driver_cpu_s,
        )
    if own := [run.lanes[lane.name] for run in runs if lane.name in run.lanes]:
        figures = replace(
            figures,
            task_cpu_s=median(run.task_cpu_s for run in own),
            driver_cpu_s=median(run.driver_cpu_s for run in own),
        )
    if counted:
        figures = replace(figures, startup_s=lane.startup_s)
    if lane.live:
        figures = replace(figures, now=lane.elapsed(view.now))
    return figures


def _beyond(race: Race, lane: Lane, runs: Spread | None, startup: bool) -> bool:
    """True if the last run's speedup or the median of all is more than the workers can give."""
    last = gain(race, lane, startup)
    if last is not None and last.beyond:
        return True
    return runs is not None and beyond(runs.median, max(lane.workers, 1))


def paired_text(session: Session, lane: Lane, runs: int) -> str:
    """The speedup of a single run of lanes that alternated, with its 95% interval, as a sentence
    and a blank; empty for others: over several runs, their range says how far to trust the median.
    """
    gained = gain(session.race, lane)
    if gained is None or gained.beyond or runs > 1 or session.count_startup:
        return ""
    bounds = speedup_interval(session.race, lane, gained)
    if bounds is None:
        return ""
    return f"Speedup {times(gained.speedup)}, 95% interval {times_range(*bounds)}. "


def loss_view(
    session: Session, bars: BarsView, falls: Mapping[str, Waterfall], selected: int
) -> LossView:
    """The waterfall of the selected lane, or why there is none."""
    lanes = session.shown_lanes()
    if not lanes:
        return LossView()
    lane, runs = lanes[selected], len(bars.lanes[selected].walls)
    fall = falls.get(lane.name)
    counted, name = session.count_startup, startup_name(lane.warm)
    view = LossView(lane.engine, fall, bars.end_s, counted, startup_name=name)
    if fall is None:
        return replace(view, note=_why_none(session, lane))
    if runs > 1:
        return replace(view, which=f"last of {runs} runs")
    return view


def _why_none(session: Session, lane: Lane) -> str:
    if baseline_of(other.name for other in session.shown_lanes()) is None:
        return "Add the serial lane to see the lower bound."
    who, have = f"serial and {lane_name(lane.engine)}", "have"
    if is_baseline(lane.name):
        who, have = lane_name(lane.name), "has"
    if why := suspended(session.race):
        return f"{why.capitalize()}."
    if session.race.ended is not None:
        return f"Shown after a race in which {who} ran the same tasks to their end."
    return f"Shown when {who} {have} finished."
