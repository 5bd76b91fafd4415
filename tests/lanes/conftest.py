"""Real lanes: one Ray for all tests that leave it whole, a private one for those that break it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import msgspec
import psutil
import pytest_asyncio

from tests.schema import check
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.figures.report import race_report
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race

PATIENCE_S = 120.0
"""A deadline against hanging for ever; no test depends on how fast anything is."""

LOOK_EVERY_S = 0.02

FREQUENT = (ev.Submitted, ev.Started, ev.Progressed, ev.Finished, ev.DriverChanged, ev.SourceRead)
"""Events that tell little of why a race came out as it did."""


@dataclass
class Races:
    """A coordinator whose events are folded and kept, with waiting for facts instead of
    sleeping.
    """

    coordinator: Coordinator
    race: Race = field(default_factory=Race)
    events: list[ev.AnyEvent] = field(default_factory=list)

    def take(self, event: ev.AnyEvent) -> None:
        """Fold and keep an event."""
        self.events.append(event)
        self.race.apply(event)

    async def run(self, plan: Plan) -> ev.Status:
        """The race, from a clean list of events."""
        self.events.clear()
        status = await asyncio.wait_for(self.coordinator.race(plan), PATIENCE_S)
        print(
            plan.lanes, status, [(lane.name, lane.state, lane.reason) for lane in self.race.raced()]
        )
        if status != "finished":  # for the report of a test that expected otherwise
            for event in self.events:
                if not isinstance(event, FREQUENT):
                    print("  ", f"{event!r:.300}")
        check(msgspec.json.decode(msgspec.json.encode(race_report(self.race))), "race")
        return status

    def begin(self, plan: Plan) -> "asyncio.Task[ev.Status]":
        """The race in the background."""
        self.events.clear()
        return asyncio.create_task(asyncio.wait_for(self.coordinator.race(plan), PATIENCE_S))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until the events say so."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"never happened; last events: {self.events[-5:]}"
            await asyncio.sleep(LOOK_EVERY_S)

    def of(self, kind: type) -> list[ev.AnyEvent]:
        """The events of one type."""
        return [event for event in self.events if isinstance(event, kind)]

    def lane(self, name: str) -> Lane:
        """The ledger of a lane."""
        return self.race.lane(name)

    def processes(self, name: str) -> list[psutil.Process]:
        """The lane's process and all it has started."""
        lane = psutil.Process(self.lane(name).pid)
        return [lane, *lane.children(recursive=True)]


async def gone(processes: list[psutil.Process], within_s: float = 10.0) -> list[psutil.Process]:
    """The processes still alive after at most `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while True:
        alive = [process for process in processes if _alive(process)]
        if not alive or time.monotonic() > deadline:
            return alive
        await asyncio.sleep(LOOK_EVERY_S)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def races_with(options: EngineOptions) -> AsyncIterator[Races]:
    races = Races(Coordinator(options, []))
    races.coordinator.listen(races.take)
    try:
        yield races
    finally:
        await races.coordinator.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def races() -> AsyncIterator[Races]:
    """One Ray for all tests here, which ends before those of other folders: idle, it would go on to
    take 3 % of a CPU.
    """
    async for made in races_with(EngineOptions(cpus=2)):
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def own_races() -> AsyncIterator[Races]:
    """A Ray of its own, to be broken."""
    async for made in races_with(EngineOptions(cpus=2)):
        yield made


def pi_plan(tasks: int = 8, samples: int = 300_000, seed: int = 7, **more: object) -> Plan:
    """A small race of π."""
    return Plan("pi", {"tasks": tasks, "samples": samples, "kernel": "python"}, seed, **more)  # type: ignore[arg-type]


def sleep_plan(tasks: int, seconds: float, workers: int = 2, **more: object) -> Plan:
    """A race of tasks that wait."""
    return Plan("sleep", {"tasks": tasks, "seconds": seconds, "workers": workers}, 1, **more)  # type: ignore[arg-type]
