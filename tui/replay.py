"""The session that replays a recording."""

from collections.abc import Sequence

from tui.failures import Failures
from tui.session import Clock, Session
from workloads.core import events as ev
from workloads.figures.history import History
from workloads.lanes.coordinator import Plan
from workloads.ledger.outcomes import Outcomes
from workloads.ledger.race import Race
from workloads.ledger.recording import Recording
from workloads.machine.clock import now
from workloads.sweeps.fold import SweepFold

MAX_WAIT_NS, WAIT_LEFT_NS = 1_000_000_000, 300_000_000
"""A wait for the next event that is longer is cut, and what is left of it."""

AT_ONCE = 2000
"""Events of a recording that are applied between two frames at most."""


class Replay(Session):
    """A session that plays recorded events at their own speed; long start-ups and other waits in
    which no task ran are cut short.
    """

    replayed = True

    def __init__(self, events: Sequence[ev.AnyEvent], clock: Clock = now) -> None:
        self._events: Sequence[ev.AnyEvent] = events
        self._times: Sequence[int]
        if isinstance(events, Recording):
            self._times, self.notes = events.times, events.notes
        else:
            self._times = [event.t for event in events]
        self._real = clock
        opened = next(event for event in events if isinstance(event, ev.RaceOpened))
        super().__init__(
            Plan(
                opened.workload,
                dict(opened.params),
                opened.seed,
                tuple(opened.lanes),
                opened.schedule,
                inputs=tuple(opened.inputs),
                workers=opened.workers,
                drain=opened.drain,
                execution=opened.execution,
            ),
            self._now,
        )
        self._next = 0
        self._set_clock(self._times[0])
        self._held: int | None = None

    def _now(self) -> int:
        if self._held is not None:
            return self._held
        now = self._at + self._real() - self._since
        if self.finished:
            return min(now, max(self._times[-3:]))
        return now

    def _set_clock(self, at: int) -> None:
        """Have the clock run on from there (ns, the recording's time)."""
        self._at, self._since = at, self._real()

    @property
    def finished(self) -> bool:
        """True if the recording has been played to its end."""
        return self._next == len(self._events)

    @property
    def still(self) -> bool:
        """True if nothing moves."""
        return self.finished

    def position(self) -> tuple[float, float]:
        """Seconds of the recording that were played, and its length."""
        first, last = self._times[0], max(self._times[-3:])
        length = max(last - first, 0)
        return min(max(self._now() - first, 0), length) / 1e9, length / 1e9

    def feed(self) -> None:
        """Apply what has happened by now; of very much the rest the next time, so that keys are
        heard meanwhile.
        """
        now = self._now()
        most = min(len(self._times), self._next + AT_ONCE)
        while self._next < most and self._times[self._next] <= now:
            self.apply(self._events[self._next])
            self._next += 1
        if self._held is not None or self.finished:
            return
        ahead = self._times[self._next]
        if ahead <= now:  # the clock waits for the events that couldn't be taken yet
            self._set_clock(max(self._at, self._times[self._next - 1]))
        elif self._nothing_moves() and ahead - now > MAX_WAIT_NS:
            self._set_clock(ahead - WAIT_LEFT_NS)

    def _nothing_moves(self) -> bool:
        """True while no lane runs tasks, as in a start-up: the wait for the next event is cut."""
        return super().still or self.live_lane() is None

    def hold(self, held: bool) -> None:
        """Stop the clock, or let it run again."""
        now = self._now()
        self._held = None
        if held:
            self._held = now
        self._set_clock(now)

    def start(self) -> None:
        """Play from the beginning."""
        self.race, self.folds, self._next = Race(), {}, 0
        self.sweep = SweepFold(self.race)
        self.history, self.outcomes, self.broken = History(), Outcomes(), {}
        self.failures = Failures(self._log)
        self._held = None
        self._set_clock(self._times[0])
        self.version += 1
