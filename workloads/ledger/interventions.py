"""What a person did to a lane's run: submission held, tasks cancelled, workers killed."""

from workloads.core import events as ev

MAX_KEPT = 1000


class InterventionLog:
    """The interventions of a run in their order; times in seconds since its zero.

    `since` is when the hold that lasts began, None while tasks are handed out. `held_s` are the
    seconds of the holds that are over.
    """

    def __init__(self, held: bool = False) -> None:
        self.events: list[tuple[float, ev.Intervened]] = []
        self.held_s = 0.0
        self.ever_held = held
        self.since: float | None = None
        if held:
            self.since = 0.0

    @property
    def held(self) -> bool:
        """True while submission is held."""
        return self.since is not None

    def take(self, event: ev.Intervened, at: float) -> None:
        """Take the next one."""
        if len(self.events) < MAX_KEPT:
            self.events.append((at, event))
        if event.refused:
            return
        if event.action == "hold" and self.since is None:
            self.since, self.ever_held = at, True
        elif event.action == "resume":
            self.end(at)

    def end(self, at: float) -> None:
        """The hold that lasts, if any, is over: submission was resumed, or the run ended."""
        if self.since is not None:
            self.held_s += max(at - self.since, 0.0)
            self.since = None

    def count(self, action: str) -> int:
        """How often that was done."""
        return sum(event.action == action and not event.refused for _, event in self.events)
