"""How a lane's run stands, and how long it took: what a lane's ledger says of its end."""

from workloads.core import events as ev
from workloads.ledger.bounds import MAX_SECONDS, MIN_WALL_S


class RunState:
    """The end of a run, as `Lane` folds it: its `state`, the moment of its `zero`, and how it
    `ended`.
    """

    state: str
    zero: int | None
    ended: ev.RunEnded | None

    @property
    def live(self) -> bool:
        """True while the lane's run lasts."""
        return self.state == "running"

    @property
    def stopped(self) -> bool:
        """True if the engine failed, or the lane's process ended."""
        return self.state in ("broken", "gone")

    @property
    def failed_early(self) -> bool:
        """True if the engine failed, or the process ended, before the run got to an answer."""
        return self.stopped and self.wall_s is None

    @property
    def wall_s(self) -> float | None:
        """Seconds of the run, None unless it got to an answer."""
        ended = self.ended
        if ended is None or (ended.status != "finished" and ended.answer is None):
            return None
        return self.run_s

    @property
    def run_s(self) -> float | None:
        """Seconds of the run, with an answer or without; None until it has ended, and if it never
        started.
        """
        ended = self.ended
        if ended is None or self.zero is None:
            return None
        if 0 < ended.wall_s < MIN_WALL_S or not ended.wall_s <= MAX_SECONDS:
            return None
        return ended.wall_s
