"""Keeps the time of what a lane's driver does, and makes the events that tell it.

A state that lasts is told with its exact times. Where states change faster than anybody can see,
their seconds are summed up and told about ten times a second, so that a run of very many tiny tasks
pays for a few events each second and not for some per task.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workloads.core import events as ev
from workloads.core.draining import BUSY, Driving
from workloads.machine import clock

LASTS_NS = 20_000_000
"""A state that lasts as long is told with its own times."""

TELL_EVERY_NS = 100_000_000

_NOTHING: tuple[ev.AnyEvent, ...] = ()


class _Phase(NamedTuple):
    """What the driver does, since when (ns), and with how many tasks."""

    doing: Driving
    since: int
    tasks: int


class DriverLog:
    """The states of one run's driver; its methods return the events that are due."""

    def __init__(self) -> None:
        now = clock.now()
        self._now = _Phase("idle", now, 0)
        self._told = now
        self._announced = True
        self._spent = dict.fromkeys(BUSY, 0)
        self._cpu = clock.process_time()

    def enter(
        self, doing: Driving, tasks: int = 0, *, lasting: bool = False
    ) -> Sequence[ev.AnyEvent]:
        """The driver does that from now on, with so many tasks; `lasting` if it is known to last,
        so that it is told now. To enter the same state again changes nothing, but tells it in time.
        """
        last = self._now
        if doing == last.doing:
            return self._announce()
        now = clock.now()
        lasted = now - last.since
        due: list[ev.AnyEvent] = []
        if lasted >= LASTS_NS and not self._announced:
            due.append(self._event(last))
        if last.doing != "idle":
            self._spent[last.doing] += lasted
        self._now = _Phase(doing, now, tasks)
        self._announced = lasting or lasted >= LASTS_NS or now - self._told >= TELL_EVERY_NS
        if self._announced:
            due.append(self._event(self._now))
        return due

    def end(self) -> Iterable[ev.AnyEvent]:
        """The run is over: the driver is idle."""
        return self.enter("idle", lasting=True)

    def _announce(self) -> Sequence[ev.AnyEvent]:
        """Tell the state of now if it has lasted for a while and isn't told."""
        if self._announced or clock.now() - self._now.since < TELL_EVERY_NS:
            return _NOTHING
        self._announced = True
        return (self._event(self._now),)

    def _event(self, phase: _Phase) -> ev.DriverChanged:
        """The event of the phase's beginning, with what was done since the last one."""
        spent: dict[str, Any] = {f"{state}_s": ns / 1e9 for state, ns in self._spent.items() if ns}
        self._spent = dict.fromkeys(BUSY, 0)
        self._told = phase.since
        return ev.DriverChanged(
            t=phase.since,
            doing=phase.doing,
            tasks=phase.tasks,
            cpu_s=round(clock.process_time() - self._cpu, 6),
            **spent,
        )
