"""The coordinator on lanes that are played: what it makes of their events."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.fabricate import run_ended
from workloads.comparison import comparing
from workloads.core import engine_info
from workloads.core import events as ev
from workloads.core.commands import AnyCommand, Go, Prepare
from workloads.engines import EngineOptions
from workloads.engines.local_nodes import LocalNodes
from workloads.lanes import process as lane_process
from workloads.lanes import spawned as lane_spawned
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.machine import host

SUSPENDED: list[str] = []

DIGESTS = {"serial": "AAAA", "threads": "BBBB"}


class Played:
    """A lane that returns one result, and fails to prepare the workload "broken"."""

    kept, alive = None, True

    def __init__(self, name: str, on_events: Any) -> None:
        self.name, self._tell = name, on_events

    def suspend(self) -> None:
        SUSPENDED.append(self.name)

    def send(self, command: AnyCommand) -> None:
        now: dict[str, Any] = {"t": 1, "lane": self.name}
        if isinstance(command, Prepare) and command.workload == "broken":
            self._tell([run_ended(run=command.run, status="failed", wall_s=1, **now)])
        elif isinstance(command, Prepare):
            self._tell([ev.LaneReady(run=command.run, tasks=1, workers=1, startup_s=0, **now)])
        elif isinstance(command, Go):
            self._tell(
                [
                    ev.RunStarted(run=command.run, tasks=1, workers=1, **now),
                    ev.Finished(
                        task=0, worker=0, start=0, cpu_s=0, digest=DIGESTS[self.name], **now
                    ),
                    run_ended(run=command.run, wall_s=1, **now),
                ]
            )


def play(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have coordinators use lanes that are played; no process is started."""
    monkeypatch.setattr(lane_spawned, "take", lambda name, engine, options: name)
    monkeypatch.setattr(lane_process, "LaneProcess", Played)


def test_results_of_an_earlier_race_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch)
    compared: list[list[str]] = []
    monkeypatch.setattr(comparing, "compared", lambda digests: compared.append(sorted(digests)))

    async def races() -> None:
        played = Coordinator(EngineOptions(cpus=2), [])
        await played.race(Plan("noop", {}, 1, ("serial", "threads")))
        await played.race(Plan("broken", {}, 1, ("serial", "threads")))

    asyncio.run(races())
    assert compared == [["serial", "threads"], []]


@pytest.mark.parametrize(("num_cpus", "contended"), [(1, False), (0.5, False), (2, True)])
def test_tasks_of_several_cores_each_crowd_a_machine_sooner(
    monkeypatch: pytest.MonkeyPatch, num_cpus: float, contended: bool
) -> None:
    monkeypatch.setattr(host, "physical_cpus", lambda: 4)
    opened: list[ev.RaceOpened] = []
    play(monkeypatch)
    listen = [lambda event: opened.append(event) if isinstance(event, ev.RaceOpened) else None]
    plan = Plan("noop", {}, 1, ("serial", "threads"), "together", num_cpus=num_cpus, workers=3)
    asyncio.run(Coordinator(EngineOptions(cpus=4), listen).race(plan))
    assert [event.contended for event in opened] == [contended]


def test_a_lane_that_cant_be_stopped_and_continued_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch)
    lasting = replace(engine_info.ENGINES["threads"], can_alternate=False)
    monkeypatch.setitem(engine_info.ENGINES, "threads", lasting)
    SUSPENDED.clear()
    coordinator = Coordinator(EngineOptions(cpus=2), [])
    coordinator.open(["serial", "threads"])
    coordinator.suspend()
    assert SUSPENDED == ["serial"]


def test_lanes_with_workers_start_again_for_other_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, int]] = []

    def take(name: str, engine: str, options: EngineOptions) -> str:
        started.append((name, options.nodes.count))
        return name

    class Closing(Played):
        async def close(self) -> None:
            self.alive = False

    play(monkeypatch)
    monkeypatch.setattr(lane_spawned, "take", take)
    monkeypatch.setattr(lane_process, "LaneProcess", Closing)
    plan = Plan("noop", {}, 1, ("serial", "threads"))

    async def races() -> None:
        played = Coordinator(EngineOptions(cpus=2), [])
        for nodes in (0, 2, 2, 0):
            await played.race(replace(plan, nodes=nodes))

    asyncio.run(races())
    assert started == [("serial", 1), ("threads", 1), ("threads", 2), ("threads", 1)]


def test_nodes_of_a_cluster_elsewhere_are_its_own() -> None:
    plan, there = Plan("noop", {}, 1, nodes=4), EngineOptions(address="there:6379")
    assert plan.shaped(there) is there
    shaped = plan.shaped(EngineOptions(nodes=LocalNodes(1, 2)))
    assert (shaped.cpus, shaped.nodes) == (4, LocalNodes(4, 2))


def test_what_a_lane_says_of_a_run_that_was_cancelled_while_it_got_ready_comes_too_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[ev.AnyEvent] = []
    race = Race()

    class Slow(Played):
        """Gets ready for its first run when it is asked to get ready for the second."""

        def send(self, command: AnyCommand) -> None:
            if isinstance(command, Prepare) and command.run == 2:
                super().send(replace_run(command, 1))
                self._tell([run_ended(t=1, lane=self.name, run=1, status="cancelled", wall_s=0)])
            if not isinstance(command, Prepare) or command.run > 1:
                super().send(command)

    opened = asyncio.Event()

    def listen(event: ev.AnyEvent) -> None:
        heard.append(event)
        race.apply(event)
        if isinstance(event, ev.RaceOpened):
            opened.set()

    play(monkeypatch)
    monkeypatch.setattr(lane_process, "LaneProcess", Slow)
    plan = Plan("noop", {}, 1, ("serial",))

    async def races() -> None:
        played = Coordinator(EngineOptions(cpus=2), [listen])
        first = asyncio.ensure_future(played.race(plan))
        await opened.wait()
        played.cancel()
        assert await first == "cancelled"
        heard.clear()
        assert await played.race(plan) == "finished"

    asyncio.run(races())
    assert {event.run for event in heard if isinstance(event, ev.LaneReady | ev.RunEnded)} == {2}
    assert race.lane("serial").state == "finished"


def replace_run(command: Prepare, run: int) -> Prepare:
    """The same for another run."""
    return msgspec.structs.replace(command, run=run)
