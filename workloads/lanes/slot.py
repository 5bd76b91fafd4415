"""A lane's place in a coordinator, which outlives the lane's process."""

from typing import TYPE_CHECKING

from workloads.core import events as ev
from workloads.core.commands import AnyCommand
from workloads.core.engine_info import engine_info
from workloads.engines import EngineOptions

if TYPE_CHECKING:
    from workloads.comparison.comparing import LaneDigests
    from workloads.lanes.process import LaneProcess


class LaneSlot:
    """A lane's place in the race: its process, and how far that is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.options = EngineOptions()
        self.process: LaneProcess | None = None
        self.ready_run = self.ended_run = 0
        self.status: ev.Status = "cancelled"
        self.broken = False
        self.digests: LaneDigests | None = None

    def outdated(self, options: EngineOptions) -> bool:
        """True if it lives, but must start again: it broke and is still cleaning up, or its workers
        are those of other options.
        """
        if self.process is None or not self.process.alive:
            return False
        return self.broken or (engine_info(self.name).has_workers and self.options != options)

    def send(self, command: AnyCommand) -> None:
        """Send the lane a command, if it has a process."""
        if self.process:
            self.process.send(command)

    def settled(self, run: int) -> bool:
        """True if the lane is ready for the run, or will never be."""
        return self.ready_run == run or self.over(run)

    def ready(self, run: int) -> bool:
        """True if the lane got ready for the run, and hasn't ended it."""
        return self.ready_run == run and not self.over(run)

    def over(self, run: int) -> bool:
        """True if the run has ended on this lane, or the lane broke."""
        return self.broken or self.ended_run == run
