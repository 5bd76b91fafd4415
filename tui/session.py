"""The race that the app shows, its settings and its clock. The screens read it; keys change it.

It is the only place in `tui` that knows where events come from: live lanes or a recording.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import msgspec

from tui import views
from tui.cpu_text import cpu_text
from tui.failures import Failures
from tui.intervening import Intervening
from tui.selecting import Selecting
from tui.sizing import Sizing
from tui.start_times import StartTimes
from tui.views import LaneFold, LanePicture
from tui.widgets.race.lane_view import LaneView
from workloads import catalog
from workloads.core import events as ev
from workloads.core.execution import possible
from workloads.core.task import Value
from workloads.engines import EngineOptions
from workloads.figures.gain import apart, gain, lower_bound
from workloads.figures.history import History, spread, walls
from workloads.lanes.announced import same_race
from workloads.lanes.plan import Plan, Schedule, default_schedule, settled
from workloads.ledger.bounds import planned_tasks
from workloads.ledger.lane import Lane
from workloads.ledger.outcomes import Outcomes
from workloads.ledger.race import Race
from workloads.machine import host
from workloads.machine.clock import now
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.kinds import Sweep

Clock = Callable[[], int]


PARTS = {
    "race": "Race tracking",
    "sweep": "Sweep tracking",
    "history": "Run comparison",
    "results": "The result list",
    "start times": "The start-up times",
    "picture": "The workload's view",
}
"""The parts that take the events, as a fault in one is named."""


class Session(Selecting, Intervening, Sizing):
    """A race as it goes on, and the plan of the next one.

    `clock` gives ns since the epoch; a test holds it. `plan` is what the next race will run.
    `broken` says why parts of PARTS can't take the events any more.
    """

    def __init__(self, plan: Plan, clock: Clock = now) -> None:
        self.plan = plan
        self.race = Race()
        self.folds: dict[str, LaneFold] = {}
        self.clock = clock
        self.sweep = SweepFold(self.race)
        self.history = History()
        self.outcomes = Outcomes()
        self.failures = Failures(self._log)
        self.broken: dict[str, str] = {}
        self.confirmations: list[str] = []
        self.start_times = StartTimes()
        self.count_startup = False
        self.version = 0
        self._settings: dict[str, tuple[dict[str, Value], tuple[str, ...]]] = {}

    options = EngineOptions()
    """The engines' options."""

    _moment: int | None = None
    """The time of the frame that is being drawn, ns since the epoch."""

    replayed = False
    """True if the events come from a recording."""

    cancelling = False
    """True from the moment that the running race is to end early until it has."""

    elsewhere = False
    """True if the next race's cluster isn't this machine."""

    notes: Sequence[str] = ()
    """Sentences to show first, on what is left out."""

    def position(self) -> tuple[float, float]:
        """Seconds of a recording that were played, and its length; 0 for a live race."""
        return 0.0, 0.0

    def open(self) -> None:
        """Get ready for races."""

    def start(self) -> None:
        """Run the plan; only when no race goes on."""

    def renew(self) -> None:
        """Run the plan, with a new seed if that wasn't changed."""
        self.start()

    def start_sweep(self, sweep: Sweep) -> None:
        """Race once for each point of the sweep; only when no race goes on."""

    def cancel(self) -> None:
        """End the race that goes on."""

    def hold(self, held: bool) -> None:
        """The view is held, or goes on; what runs runs on."""

    def feed(self) -> None:
        """Take the events that are due, where nobody else brings them."""

    def suspend(self) -> None:
        """Stop what runs, until `resume`."""

    def resume(self, after_s: float) -> None:
        """Let it continue; it was stopped for so many seconds."""

    async def close(self) -> None:
        """End what was opened."""

    @property
    def cpus(self) -> str:
        """The CPUs of the machine that the lanes run on, and what limits them: `2 CPUs`, `1 CPU
        (…)`.
        """
        return cpu_text(self.race.opened, self.elsewhere)

    def choose(self, name: str) -> None:
        """Race another workload next, as it was set last, or with its defaults; what an earlier
        race left is cleared away.
        """
        self._settings[self.plan.workload] = self.plan.params, self.plan.inputs
        params, inputs = self._settings.get(name) or (catalog.find(name).complete({}), ())
        self.plan = replace(self.plan, workload=name, params=params, inputs=inputs)
        self.plan = replace(self.plan, execution=possible(self.plan.execution, catalog.find(name)))
        if self.plan.schedule == "alternate":
            self.plan = replace(self.plan, schedule=default_schedule(name))
        self.race.opened = self.race.ended = None
        for lane in self.race.lanes.values():
            lane.await_run()
        self.select(None)
        self.folds, self.sweep = {}, SweepFold(self.race)
        self.version += 1

    def choose_lanes(self, lanes: tuple[str, ...]) -> None:
        """Race these lanes next."""
        self.plan = replace(self.plan, lanes=lanes)
        self.open()

    def apply(self, event: ev.AnyEvent) -> None:
        """Take one event. A part that fails is left out from then until the next race,
        and says so; but the race takes all that it can: without it there is nothing to see at all.
        """
        if isinstance(event, ev.RaceOpened):
            self.broken = {}
        try:
            event = self.race.apply(event)
        except Exception as error:
            self.broken["race"] = self.failures.add(PARTS["race"], error)
        for part, take in (
            ("sweep", self.sweep.apply),
            ("history", self.history.apply),
            ("results", self.outcomes.apply),
            ("start times", self.start_times.apply),
            ("picture", self._picture),
        ):
            if part not in self.broken:
                try:
                    take(event)
                except Exception as error:
                    self.broken[part] = self.failures.add(PARTS[part], error)
        if isinstance(event, ev.Intervened):
            self.confirm(event)
        elif isinstance(event, ev.LaneFailed):
            for text in filter(None, (event.reason, event.detail)):
                self.race.apply(ev.Logged(t=event.t, lane=event.lane, text=text))
        self.version += 1

    def _picture(self, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.RaceOpened):
            self.select(None)
            view = views.load(self.picture)
            self.folds = {}
            if view is not None:
                self.folds = {name: view.fold() for name in event.lanes}
        elif event.lane in self.folds:
            if isinstance(event, ev.Started | ev.Finished | ev.Failed):
                number = self.race.lane(event.lane).number_of(event.worker)
                if number != event.worker:
                    event = msgspec.structs.replace(event, worker=number)
            self.folds[event.lane].apply(event)

    def _log(self, line: str) -> None:
        self.race.apply(ev.Logged(t=self.clock(), lane="", text=line))
        self.version += 1

    @contextmanager
    def frame(self) -> Iterator[None]:
        """Hold the time while a frame is drawn: all that stands in one frame is of one moment."""
        self._moment = self.clock()
        try:
            yield
        finally:
            self._moment = None

    @property
    def now(self) -> int:
        """The time to draw, ns since the epoch."""
        if self._moment is None:
            return self.clock()
        return self._moment

    # -- what is going on ------------------------------------------------------------------------

    @property
    def workload(self) -> str:
        """The name of the race's workload, or of the next one's before any."""
        return (self.race.opened or self.plan).workload

    @property
    def picture(self) -> str:
        """The name of the view that draws the workload."""
        return catalog.picture(self.workload)

    @property
    def racing(self) -> bool:
        """True if a race was opened and hasn't ended, or a sweep goes on."""
        sweeps = self.sweep.running and "sweep" not in self.broken
        return (self.race.opened is not None and self.race.ended is None) or sweeps

    @property
    def changed(self) -> bool:
        """True if the next race differs from the one shown in more than its seed."""
        opened = self.race.opened
        plan = self.plan
        if opened and self.sweep.repeats(opened):  # never together
            plan = replace(plan, schedule=opened.schedule)
        plan, _ = settled(plan, self.options)
        return opened is None or not same_race(plan, opened)

    @property
    def stale(self) -> bool:
        """True if the race that is shown is over and had other settings than those of the next."""
        return self.race.ended is not None and self.changed and not (self.racing or self.replayed)

    @property
    def still(self) -> bool:
        """True if nothing moves unless an event comes."""
        starting = any(lane.state == "starting" for lane in self.race.lanes.values())
        return not self.racing and not starting

    @property
    def busy(self) -> bool:
        """True if the lanes that run hold every core of this machine."""
        here = (lane for lane in self.race.raced() if lane.name not in self.race.elsewhere)
        return sum(lane.workers for lane in here if lane.live) >= host.physical_cpus()

    @property
    def schedule(self) -> Schedule:
        """How the lanes of the next race will run."""
        return settled(self.plan, self.options)[0].schedule

    def shown_lanes(self) -> list[Lane]:
        """The lanes to draw: those of the race, or of the next one before any."""
        if self.race.opened:
            return self.race.raced()
        return [self.race.lane(name) for name in self.plan.lanes]

    def live_lane(self) -> Lane | None:
        """The lane that runs, or ran last in a race in turn."""
        running = (lane for lane in reversed(self.race.raced()) if lane.live)
        return next(running, None)

    def featured_lane(self, name: str | None = None) -> Lane | None:
        """The lane to look at: the one of that name, else the live one, else the last that has
        tasks.
        """
        lanes = self.shown_lanes()
        for lane in lanes:
            if lane.name == name:
                return lane
        if live := self.live_lane():
            return live
        begun = [lane for lane in lanes if lane.zero is not None]
        return next(reversed(begun or lanes), None)

    def views(self) -> list[LaneView]:
        """Each lane and the moment to draw it at: live, finished, or as a ghost beside the live
        one.
        """
        now = self.now
        live = self.live_lane()
        in_turn = self.race.opened is not None and self.race.opened.schedule == "in-turn"
        planned = planned_tasks(self.plan.params)
        views = []
        for lane in self.shown_lanes():
            ghost = False
            t, offset = lane.elapsed(now), 0.0
            if live is not None and in_turn and lane is not live and lane.ended is not None:
                ghost, t = True, live.elapsed(now)
            if self.count_startup and lane.zero is not None:
                offset = lane.startup_s
            views.append(
                LaneView(lane, t, ghost, lane.live, now, offset, planned, self.ideal(lane))
            )
        return views

    def ideal(self, lane: Lane) -> float | None:
        """The least seconds in which the lane's workers could do serial's tasks, once serial has
        done them all.

        None where serial's times are no measure: the lane failed other tasks, or took less than its
        workers explain.
        """
        serial = self.race.serial
        if serial is None or serial is lane or serial.run_s is None or lane.zero is None:
            return None
        if apart(serial, lane):
            return None
        if lane.wall_s is not None:
            gained = gain(self.race, lane)
            if gained is None or gained.beyond:
                return None
        return serial.tasks.kept(("ideal", lane.workers), lambda: lower_bound(self.race, lane))

    def measured(self) -> dict[str, float]:
        """The seconds that a race like the next one took each lane, the median of its runs; empty
        before any.
        """
        if self.changed:
            return {}
        runs = self.history.runs(self.history.key)
        spreads = {name: spread(walls(runs, name)) for name in self.plan.lanes}
        return {name: times.median for name, times in spreads.items() if times}

    def pictures(self) -> list[LanePicture]:
        """The lanes that a view draws, in the race's order."""
        return [
            LanePicture(view.lane.engine, self.folds[view.lane.name], view.t, view.ghost)
            for view in self.views()
            if view.lane.name in self.folds
        ]
