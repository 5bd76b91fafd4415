"""The requests of the thread that reads a lane's commands to the one that runs its tasks."""

import math
from collections.abc import Callable

from workloads.machine import clock

LOOK_EVERY_S = 0.02
"""Seconds between two looks of a thread that waits while submission is held."""


class Stop:
    """The request to end a run, to cancel one of its tasks, or to hold the submission of tasks.

    An engine reads `requested` between its tasks, at least every few tenths of a second.
    `interrupt`, if an engine sets it, is called in the reader's thread after each request: to break
    into a task that can't be asked, or to wake who waits; `inside` is True exactly while it may
    break in.
    """

    def __init__(self) -> None:
        self._run = 0
        self._upto = -1.0
        self._held = -1
        self._cancelled = set[tuple[int, int]]()
        self.inside = False
        self.interrupt: Callable[[], None] | None = None

    @property
    def requested(self) -> bool:
        """True if the run should end."""
        return self._run <= self._upto

    @property
    def held(self) -> bool:
        """True if no task should be handed out until that is over, or the run should end."""
        return self._held == self._run

    @property
    def cancelled(self) -> set[int]:
        """The tasks of the run that should end, though the run goes on."""
        # A copy: the other thread may add to it.
        return {task for run, task in self._cancelled.copy() if run == self._run}

    def ends(self, task: int) -> bool:
        """True if the task should end, or the whole run."""
        return self.requested or (self._run, task) in self._cancelled

    def request(self, upto: float = math.inf) -> None:
        """End the runs up to that number, also one that waits to begin; without one, all."""
        self._upto = max(self._upto, upto)
        self._interrupt()

    def hold(self, run: int, held: bool) -> None:
        """Hold the submission of that run's tasks, or resume it."""
        self._held = run if held else -1
        self._interrupt()

    def cancel(self, run: int, task: int) -> None:
        """End one task of that run."""
        self._cancelled.add((run, task))
        self._interrupt()

    def begin(self, run: int) -> None:
        """The run of that number begins."""
        self._run = run

    def wait_while_held(self) -> None:
        """Return once tasks may be handed out, or the run should end."""
        while self.held and not self.requested:
            clock.sleep(LOOK_EVERY_S)

    def _interrupt(self) -> None:
        if self.interrupt:
            self.interrupt()
