"""Runs races: starts lane processes, decides who runs when, and hands every event to its listeners.

The command line, the app and the tests all race through this; it never imports ray and never
blocks.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from workloads.core import events as ev
from workloads.core.commands import Cancel, Go, Hold, Intervention
from workloads.core.engine_info import engine_info
from workloads.core.errors import shortage
from workloads.engines import EngineOptions
from workloads.lanes.announced import prepare_command, race_opened
from workloads.lanes.compared import compare
from workloads.lanes.listeners import Listener, Listeners
from workloads.lanes.plan import CpuShares, Plan, Schedule, new_seed, oversubscribed, settled
from workloads.lanes.slot import LaneSlot
from workloads.lanes.turns import Turns, taking_turns
from workloads.machine import clock, cpus, host

__all__ = ["Coordinator", "Listener", "Plan", "Schedule", "new_seed"]

REMIND_S = 1.0
"""Seconds after which Cancel is sent again: a task may have caught the first interrupt."""


class Coordinator:
    """Keeps one process a lane between races and runs one race at a time."""

    def __init__(self, options: EngineOptions, listeners: Iterable[Listener]) -> None:
        self.options = options
        self._listeners = Listeners(listeners)
        self._slots: dict[str, LaneSlot] = {}
        self._run = 0
        self._limit = ""
        self._turns: Turns | None = None
        self._cancelled = False
        self._changed = asyncio.Event()
        self.racing = False

    def listen(self, listener: Listener) -> None:
        """Have `listener` called with every event from now on."""
        self._listeners.add(listener)

    def forget(self, listener: Listener) -> None:
        """Have `listener` called no more."""
        self._listeners.remove(listener)

    # -- lanes -------------------------------------------------------------------------------------

    def open(self, lanes: Iterable[str], options: EngineOptions | None = None) -> None:
        """Start the lanes that don't run yet, so that they get ready while nobody waits for them;
        with these options, if they aren't the coordinator's own.
        """
        options = options or self.options
        from workloads.lanes.process import LaneProcess
        from workloads.lanes.spawned import take

        for name in lanes:
            slot = self._slots.setdefault(name, LaneSlot(name))
            if slot.process is None or not slot.process.alive:
                slot.broken, slot.process = False, None
                try:
                    slot.process = LaneProcess(take(name, name, options), self._hear)
                    slot.options = options
                except OSError as error:
                    why = shortage(error) or error.strerror
                    reason = f"The lane's process can't be started: {why}."
                    self._on_events([ev.LaneFailed(t=clock.now(), lane=name, reason=reason)])

    @property
    def _compares(self) -> bool:
        """True if there is more than one lane to compare results of."""
        return len(self._slots) > 1

    async def close(self) -> None:
        """End all lanes, those that don't listen by force."""
        self._cancelled = True
        self._changed.set()
        if self._turns:
            self._turns.release()
        await asyncio.gather(
            *(slot.process.close() for slot in self._slots.values() if slot.process)
        )

    def suspend(self) -> None:
        """Stop the lanes that can be continued and what they started, until `resume`."""
        if self._turns:
            self._turns.hold()
            return
        for slot in self._slots.values():
            if slot.process and engine_info(slot.name).can_alternate:
                slot.process.suspend()

    def resume(self, after_s: float) -> None:
        """Let the lanes continue; a race that was stopped for so many seconds says so."""
        if self._turns:
            self._turns.proceed()  # the lanes' clocks stood still
            return
        for slot in self._slots.values():
            if slot.process:
                slot.process.resume()
        if self.racing and after_s > 0:
            self.tell(ev.RaceSuspended(t=clock.now(), seconds=after_s))

    def kill(self) -> None:
        """End all lanes and what they started, at once."""
        for slot in self._slots.values():
            if slot.process:
                slot.process.kill()

    def tell(self, event: ev.AnyEvent) -> None:
        """Have the listeners hear an event that is about more than one race."""
        self._on_events([event])

    def _hear(self, events: list[ev.AnyEvent]) -> None:
        """Hand on a lane's events, after the beginning of the slice that they are from."""
        if self._turns:
            self._turns.read()
        self._on_events(events)

    def _on_events(self, events: list[ev.AnyEvent]) -> None:
        events = [event for event in events if not self._is_late(event)]
        for event in events:
            self._follow(event)
        self._listeners.hear(events)

    def _is_late(self, event: ev.AnyEvent) -> bool:
        """True if it is of a run that was cancelled while its lane got ready: nobody waits for
        that, and the next race may have been opened meanwhile.
        """
        return isinstance(event, ev.LaneReady | ev.RunEnded) and event.run < self._run

    def _follow(self, event: ev.AnyEvent) -> None:
        slot = self._slots.get(event.lane)
        if slot is None:
            return
        if isinstance(event, ev.LaneReady):
            slot.ready_run = event.run
        elif isinstance(event, ev.Finished):
            if slot.digests is not None and (event.digest or event.not_compared):
                slot.digests.take(event)
            return
        elif isinstance(event, ev.RunStarted):
            if not self._compares:
                return
            from workloads.comparison.comparing import LaneDigests

            slot.digests = LaneDigests(event.tasks, slot.process.kept if slot.process else None)
            return
        elif isinstance(event, ev.RunEnded):
            slot.ended_run, slot.status = event.run, event.status
        elif isinstance(event, ev.LaneFailed | ev.LaneExited):
            slot.broken = True
        else:
            return
        self._changed.set()

    # -- races -------------------------------------------------------------------------------------

    def race(self, plan: Plan) -> Coroutine[Any, Any, ev.Status]:
        """Run the race to its end: "finished" if every lane finished, "failed" if one didn't.

        From the moment of the call, before it is awaited, `cancel` ends this race.
        """
        self.racing, self._cancelled = True, False
        return self._run_race(plan)

    async def _run_race(self, plan: Plan) -> ev.Status:
        status: ev.Status = "failed"
        try:
            status = await self._race(plan)
        except asyncio.CancelledError:  # the app was left
            status = "cancelled"
            raise
        finally:
            self.racing = False
            self.tell(ev.RaceEnded(t=clock.now(), status=status))
        return status

    async def _race(self, plan: Plan) -> ev.Status:
        self._run += 1
        options = plan.shaped(self.options)
        plan, why = settled(plan, options)
        if why:
            self.tell(ev.Logged(t=clock.now(), text=why))
        for name in plan.lanes:
            slot = self._slots.get(name)
            if slot and slot.process and slot.outdated(options):
                await slot.process.close()
        self.open(plan.lanes, options)
        self._load()
        slots = [self._slots[name] for name in plan.lanes]
        for slot in slots:
            # An earlier race's: a lane that fails to prepare starts no run that replaces them.
            slot.digests = None
        together = plan.schedule == "together" and len(slots) > 1
        await self._prepare(plan, slots, together)
        if plan.schedule == "alternate":
            await self._alternate([slot for slot in slots if slot.ready(self._run)])
        else:
            await self._run_slots([slot for slot in slots if slot.ready(self._run)], together)
        if self._cancelled:
            await self._recall(slots)
            return "cancelled"
        if self._compares:
            compared = await compare([slot for slot in slots if slot.ended_run == self._run])
            if compared is not None:
                self.tell(compared)
        if all(slot.ended_run == self._run and slot.status == "finished" for slot in slots):
            return "finished"
        return "failed"

    def _load(self) -> None:
        """Import what a race needs, while the lanes start: in a race, descriptors may run out."""
        import psutil  # noqa: F401

        if self._compares:
            import workloads.comparison.comparing  # noqa: F401

    async def _prepare(self, plan: Plan, slots: list[LaneSlot], together: bool) -> None:
        """Announce the race, and wait until its lanes are ready: all of them before the first runs,
        also in turn. Starting Ray takes about 5 s of CPU time, which serial's run would lack.
        """
        shares = CpuShares(plan, plan.shaped(self.options))
        self.tell(race_opened(plan, shares, together))
        self._log_limit()
        if why := oversubscribed(plan, plan.shaped(self.options)):
            self.tell(ev.Logged(t=clock.now(), text=why))
        for slot in slots:
            slot.send(prepare_command(plan, slot.name, self._run, shares, together))
        await self._until(lambda: all(slot.settled(self._run) for slot in slots))

    async def _alternate(self, slots: list[LaneSlot]) -> None:
        """Have the lanes take turns: each has the whole machine in its slices."""
        try:
            self._turns = turns = taking_turns(slots, self._on_events, self._changed.set)
        except OSError as error:
            self._give_up(f"Lanes can't take turns: {shortage(error) or error}.")
            return
        try:
            await self._until(lambda: turns.stopped or turns.lost)
            if not self._cancelled:
                for slot in slots:
                    slot.send(Go(run=self._run, alternates=True))
                turns.proceed()
            over: list[LaneSlot] = []
            while not self._cancelled and not turns.lost:
                for slot in slots:
                    if slot.over(self._run) and slot not in over:
                        turns.drop(slot.name)
                        over.append(slot)
                if len(over) == len(slots):
                    break
                await self._change()
        finally:
            self._turns = None
            turns.release()
            await turns.ended()
        if turns.lost:
            self._give_up("The process that has lanes take turns ended; the race is cancelled.")

    def _give_up(self, why: str) -> None:
        self.tell(ev.Logged(t=clock.now(), text=why))
        self._cancelled = True

    async def _run_slots(self, ready: list[LaneSlot], together: bool) -> None:
        """Have the lanes run, all at once or one after the other."""
        groups, start = [[slot] for slot in ready], 0
        if together:
            groups = [ready]
        for group in groups:
            if self._cancelled:
                break
            if together:
                start = clock.now() + 100_000_000
            for slot in group:
                slot.send(Go(run=self._run, at=start))
            await self._until(lambda group=group: all(slot.over(self._run) for slot in group))  # type: ignore[misc]

    def _log_limit(self) -> None:
        """Log what limits the CPUs, once and whenever it has changed."""
        usable = cpus.usable()
        if usable.limit != self._limit:
            self._limit = usable.limit
            self.tell(
                ev.Logged(
                    t=clock.now(),
                    text=f"{usable.count} CPUs: {usable.limit or 'no limit anymore'}",
                )
            )

    def hold(self, held: bool) -> None:
        """Have the lanes of the race hand out no more tasks, or resume."""
        for name in self._slots:
            self.intervene(name, Hold(held))

    def intervene(self, lane: str, command: Intervention) -> None:
        """Have a lane that is ready for the race, or runs, carry out an intervention."""
        slot = self._slots[lane]
        if slot.ready(self._run):
            slot.send(command)

    def cancel(self) -> None:
        """End the race that goes on; `race` then returns "cancelled"."""
        self._cancelled = True
        self._changed.set()

    async def _recall(self, slots: list[LaneSlot]) -> None:
        """Tell the lanes to end their runs; kill those that don't hear."""
        called = [slot for slot in slots if slot.ready(self._run)]
        began = reminded = clock.monotonic()
        self._send_cancel(slots)
        patience = host.patience(
            max((engine_info(slot.name).cancel_timeout_s for slot in called), default=0)
        )
        while (
            any(not slot.over(self._run) for slot in called)
            and clock.monotonic() - began < patience
        ):
            await self._change(0.1)
            if clock.monotonic() - reminded > REMIND_S:
                reminded = clock.monotonic()
                self._send_cancel(called)
        for slot in called:
            if not slot.over(self._run) and slot.process:
                slot.process.kill()
                await slot.process.exited

    def _send_cancel(self, slots: list[LaneSlot]) -> None:
        for slot in slots:
            if not slot.over(self._run):
                slot.send(Cancel())

    async def _until(self, done: Callable[[], bool]) -> None:
        while not done() and not self._cancelled:
            await self._change()

    async def _change(self, within_s: float | None = None) -> None:
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), within_s)
        except TimeoutError:
            return
