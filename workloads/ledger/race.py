"""The fold of a race's events: all that the screen, the report and the tests know of a race.

`Race.apply` takes events in any order across lanes (in their own order within one) and hands each
to its lane's fold. Folding is deterministic: the same events give the same ledger.
"""

from collections import deque

from workloads.comparison.answers import EARLIER, Agreement, agreement
from workloads.core import events as ev
from workloads.core.engine_info import baseline_of
from workloads.core.errors import plain
from workloads.ledger.bounds import MAX_LANES, MAX_TASKS
from workloads.ledger.lane import MAX_DETAILS, Lane

LOG_LINES = 5000
MAX_SUSPENDED_S = 1e9
MAX_LISTINGS = 16


class Race:
    """All lanes of a race, its header and its log, and the source that each lane runs, by name."""

    def __init__(self) -> None:
        self.opened: ev.RaceOpened | None = None
        self.ended: ev.RaceEnded | None = None
        self.suspended_s = 0.0
        self.lanes: dict[str, Lane] = {}
        self.listings: dict[str, tuple[ev.Listing, ...]] = {}
        self.compared: ev.Compared | None = None
        self.log: deque[ev.Logged] = deque(maxlen=LOG_LINES)
        self.logged = 0

    def apply(self, event: ev.AnyEvent) -> ev.AnyEvent:
        """Take one event; returns it with its times on its lane's own clock."""
        if isinstance(event, ev.Logged):
            self.log.append(event)
            self.logged += 1
        elif isinstance(event, ev.RaceOpened):
            self.opened, self.ended, self.compared, self.suspended_s = event, None, None, 0.0
            self.listings.clear()
            for name in event.lanes:
                self.lane(name).await_run()
        elif isinstance(event, ev.RaceEnded):
            self.ended = event
        elif isinstance(event, ev.Compared):
            self._take_compared(event)
        elif isinstance(event, ev.RaceSuspended):
            self.suspended_s += min(max(event.seconds, 0.0), MAX_SUSPENDED_S)
        elif isinstance(event, ev.SourceRead):
            if event.lane in self.listings or len(self.listings) < MAX_LANES:
                self.listings[event.lane] = tuple(event.listings[:MAX_LISTINGS])
        elif event.lane and self._fits(event):
            lane = self.lane(event.lane)
            event = lane.clock.read(event)
            lane.apply(event)
        return event

    def _take_compared(self, event: ev.Compared) -> None:
        self.compared = event
        for difference in event.differences[:MAX_DETAILS]:
            if difference.lane in self.lanes:
                self.lanes[difference.lane].differences[difference.task] = difference.how

    def _fits(self, event: ev.AnyEvent) -> bool:
        """True if there is room for it: a recording may name any number of lanes, each with very
        many tasks.
        """
        if event.lane not in self.lanes and len(self.lanes) >= MAX_LANES:
            return False
        if not isinstance(event, (ev.LaneReady, ev.RunStarted)):
            return True
        others = sum(lane.tasks.count for name, lane in self.lanes.items() if name != event.lane)
        return others + event.tasks <= 4 * MAX_TASKS

    def lane(self, name: str) -> Lane:
        """The ledger of the lane of that name, made when first asked for."""
        if name not in self.lanes:
            self.lanes[name] = Lane(name)
        return self.lanes[name]

    def raced(self) -> list[Lane]:
        """The lanes that take part in the race, in its order."""
        if self.opened is None:
            return list(self.lanes.values())
        return [self.lane(name) for name in self.opened.lanes]

    @property
    def elsewhere(self) -> list[str]:
        """The lanes whose tasks run on other machines than this one."""
        if self.opened is None:
            return []
        return self.opened.elsewhere

    @property
    def serial(self) -> Lane | None:
        """The serial lane, if it takes part in the race: what others are compared with."""
        names = self.lanes if self.opened is None else self.opened.lanes
        name = baseline_of(names)
        if name is None:
            return None
        return self.lanes.get(name)

    def agreement(self) -> Agreement:
        """True if all finished lanes computed the same, False if not, with the reason; None with
        fewer than two of them, if some finished tasks that others failed, or if results couldn't be
        compared.
        """
        done = [lane for lane in self.raced() if lane.ended and lane.wall_s is not None]
        if len(done) < 2:
            return Agreement(None, "fewer than two lanes finished")
        for lane in done:
            if not same_tasks(done[0], lane):
                return Agreement(None, f"{lane.name} and {done[0].name} failed on different tasks")
        if self.compared is not None:
            return Agreement(self.compared.same, plain(self.compared.reason, 500))
        if any(lane.partial and _is_of_calls(lane.ended) for lane in done):
            return Agreement(None, EARLIER)
        return agreement(
            {lane.name: lane.ended.answer for lane in done if lane.ended}, done[0].tasks.count
        )

    def same_answer(self) -> bool | None:
        """True if all finished lanes computed the same; None where they couldn't be compared."""
        return self.agreement().same


def _is_of_calls(ended: ev.RunEnded | None) -> bool:
    """True if that is the answer of a function's calls: a digest of their results."""
    if ended is None or not isinstance(ended.answer, dict):
        return False
    return {"calls", "results", "digest"} <= ended.answer.keys()


def same_tasks(one: Lane, other: Lane) -> bool:
    """True if the same tasks failed on both lanes: their times and answers are of the same work."""
    return one.tasks.count == other.tasks.count and one.tasks.failed == other.tasks.failed
