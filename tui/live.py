"""The session whose events come from lanes of its own."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from tui.session import Clock, Session
from tui.sizing import sized
from tui.start_times import StartTimes
from workloads.core import events as ev
from workloads.core.commands import CancelTask, KillWorker
from workloads.core.engine_info import baseline_of
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Coordinator, Plan, new_seed
from workloads.machine.clock import now
from workloads.machine.host import elsewhere
from workloads.sweeps.kinds import Sweep
from workloads.sweeps.run import run_sweep

SIZED_WITHIN_S = 5.0
"""Seconds that a race waits at most for its size."""


class LiveSession(Session):
    """Races on lanes of its own; `listeners` hear every event after the session. `start_times` are
    those of earlier sessions.

    A race is a task, not a worker of Textual's: it doesn't end with a screen, and a session knows
    no app.
    """

    def __init__(
        self,
        plan: Plan,
        options: EngineOptions,
        listeners: Sequence[Callable[[ev.AnyEvent], object]] = (),
        clock: Clock = now,
        start_times: StartTimes | None = None,
    ) -> None:
        super().__init__(plan, clock)
        self.start_times = start_times or self.start_times
        self.options, self.elsewhere = options, elsewhere(options.address)
        self._coordinator = Coordinator(options, [self.apply, self._size, *listeners])
        self._default, self._baseline = plan, baseline_of(plan.lanes)
        self.sizing = bool(options.rate_of) and self._baseline is not None
        self._measured, self._awaits_size = asyncio.Event(), False
        self._task: asyncio.Task[ev.Status] | None = None
        self._cancel_asked = False

    def open(self) -> None:
        """Start the lanes in the background, so that they are ready when the race is wanted."""
        self._coordinator.open(self.plan.lanes, self.plan.shaped(self.options))

    def start(self) -> None:
        """Start a race, unless one is running."""
        if self.racing:
            return
        self._cancel_asked = False
        if not self.sizing:
            self._task = asyncio.create_task(self._coordinator.race(self.plan))
            return
        self._awaits_size = True
        self._task = asyncio.create_task(self._race_sized())

    async def _race_sized(self) -> ev.Status:
        """Run the race once its size suits this machine; if that takes too long, with the usual."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._measured.wait(), SIZED_WITHIN_S)
        self.sizing = self._awaits_size = False
        if self._cancel_asked:
            return "cancelled"
        return await self._coordinator.race(self.plan)

    def _size(self, event: ev.AnyEvent) -> None:
        """Size the default race, unless it was changed, once the baseline's lane has measured this
        machine.
        """
        ended = isinstance(event, ev.EngineStarted | ev.LaneFailed | ev.LaneExited)
        if not self.sizing or not ended or event.lane != self._baseline:
            return
        unchanged = (self.plan.workload, self.plan.params) == (
            self._default.workload,
            self._default.params,
        )
        if isinstance(event, ev.EngineStarted) and event.rate > 0 and unchanged:
            self.plan, core_s = sized(self.plan, event.rate)
            self.sized = self.plan.params, core_s
        self.sizing = False
        self._measured.set()

    def start_sweep(self, sweep: Sweep) -> None:
        """Start a sweep, unless a race is running."""
        if self.racing:
            return
        self._cancel_asked = False
        self.plan = sweep.plan
        self._task = asyncio.create_task(run_sweep(self._coordinator, sweep))

    def renew(self) -> None:
        """Start a race with a new seed."""
        if self.race.opened and self.plan.seed == self.race.opened.seed:
            self.plan = replace(self.plan, seed=new_seed())
        self.start()

    @property
    def racing(self) -> bool:
        """True if a race is running, from the moment it was asked for."""
        return self._awaits_size or self._coordinator.racing or super().racing

    @property
    def cancelling(self) -> bool:  # type: ignore[override]
        """True from the moment that the running race is to end early until it has."""
        return self._cancel_asked and self.racing

    def cancel(self) -> None:
        """End the running race early."""
        self._cancel_asked = True
        self._coordinator.cancel()

    def hold_submission(self, held: bool) -> None:
        """Have the lanes hand out no more tasks, or resume."""
        self._coordinator.hold(held)

    def cancel_task(self, lane: str, task: int) -> None:
        """End a single task of the lane."""
        self._coordinator.intervene(lane, CancelTask(task))

    def kill_worker(self, lane: str, pid: int) -> None:
        """Kill the process of a worker of the lane."""
        self._coordinator.intervene(lane, KillWorker(pid))

    def suspend(self) -> None:
        """Stop the lanes and all they started."""
        self._coordinator.suspend()

    def resume(self, after_s: float) -> None:
        """Let them continue."""
        self._coordinator.resume(after_s)

    async def close(self) -> None:
        """End the lanes."""
        self._coordinator.cancel()
        await self._coordinator.close()
