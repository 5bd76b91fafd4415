"""Races whose lanes take turns, with real processes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import psutil
import pytest
import pytest_asyncio

from tests.lanes.conftest import Races
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes import turns
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.machine import tagged
from workloads.sweeps.kinds import Sweep
from workloads.sweeps.run import run_sweep

PLAN = Plan("pi", {"tasks": 6, "samples": 500_000}, 1, ("serial", "processes"), "alternate")
LONG = replace(PLAN, params={"tasks": 200, "samples": 1_000_000})


@pytest_asyncio.fixture
async def races() -> AsyncIterator[Races]:
    coordinator = Coordinator(EngineOptions(cpus=2), [])
    races = Races(coordinator)
    coordinator.listen(races.take)
    coordinator.open(PLAN.lanes)
    yield races
    tags = tags_of(races)
    await coordinator.close()
    await races.until(lambda: not tagged.living(tags))


def tags_of(races: Races) -> list[int]:
    """The tags of all lanes' processes."""
    processes = [slot.process for slot in races.coordinator._slots.values()]
    return [process.tag for process in processes if process and process.tag]


def slices(races: Races) -> list[ev.Sliced]:
    return [event for event in races.events if isinstance(event, ev.Sliced)]


async def test_lanes_take_turns_and_each_has_a_clock_of_its_own(races: Races) -> None:
    assert await races.run(PLAN) == "finished"
    assert races.race.opened is not None
    assert races.race.opened.schedule == "alternate"
    assert races.race.same_answer()
    running: set[str] = set()
    for event in slices(races):
        running = running | {event.lane} if event.runs else running - {event.lane}
        if not any(lane.ended for lane in races.race.raced()):
            assert len(running) <= 1
    for lane in races.race.raced():
        assert lane.clock.elapsed_s is not None
        assert lane.wall_s is not None
        assert lane.wall_s <= lane.clock.elapsed_s + 1e-6
        spans = lane.tasks.end - lane.tasks.start
        assert (spans >= 0).all()
        # All of a lane's work lies in its slices.
        assert spans.sum() <= lane.wall_s * lane.workers * 1.001
    # What is recorded gives the same figures again, and the race after it none of its slices.
    again = Race()
    for event in races.events:
        again.apply(event)
    assert [lane.wall_s for lane in again.raced()] == [lane.wall_s for lane in races.race.raced()]
    assert await races.run(replace(PLAN, schedule="in-turn")) == "finished"
    assert not slices(races)
    assert all(lane.clock.elapsed_s is None for lane in races.race.raced())


async def test_a_race_is_cancelled_in_any_slice(races: Races) -> None:
    for count in (1, 2):
        race = races.begin(LONG)
        await races.until(lambda: len(slices(races)) > count)  # noqa: B023
        races.coordinator.cancel()
        assert await race == "cancelled"
        assert all(lane.state == "cancelled" for lane in races.race.raced())
        assert not stopped(races)
    assert await races.run(PLAN) == "finished"


async def test_a_worker_that_is_killed_while_stopped_is_replaced(races: Races) -> None:
    race = races.begin(replace(PLAN, params={"tasks": 6, "samples": 1_000_000}))
    await races.until(lambda: any(e.lane == "processes" and not e.runs for e in slices(races)))
    rows = races.race.lane("processes").rows.values()
    os.kill(next(row.pid for row in rows), signal.SIGKILL)
    assert await race == "finished"
    assert races.race.lane("processes").retried >= 1


async def test_a_lane_that_is_killed_leaves_its_slices_to_the_other(races: Races) -> None:
    race = races.begin(PLAN)
    await races.until(lambda: len(slices(races)) > 2)
    os.kill(races.race.lane("processes").pid, signal.SIGKILL)
    assert await race == "failed"
    assert races.race.lane("serial").state == "finished"


async def test_clocks_stand_still_while_the_program_is_suspended(races: Races) -> None:
    race = races.begin(PLAN)
    await races.until(lambda: len(slices(races)) > 2)
    races.coordinator.suspend()
    pids = tagged.living(tags_of(races))
    await races.until(lambda: all(tagged.state(pid) == "T" for pid in pids))
    await asyncio.sleep(0.5)
    assert all(tagged.state(pid) == "T" for pid in pids)
    races.coordinator.resume(0.5)
    assert await race == "finished"
    assert races.race.suspended_s == 0


async def test_if_the_freezer_is_killed_the_race_is_cancelled(races: Races) -> None:
    race = races.begin(LONG)
    await races.until(lambda: len(slices(races)) > 2)
    assert races.coordinator._turns is not None
    os.kill(races.coordinator._turns._process.pid, signal.SIGKILL)
    assert await race == "cancelled"
    assert "take turns ended" in races.race.log[-1].text
    assert not stopped(races)


async def test_a_race_whose_freezer_is_stopped_can_be_cancelled(
    races: Races, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "RELEASE_S", 0.1)
    race = races.begin(LONG)
    await races.until(lambda: len(slices(races)) > 2)
    assert races.coordinator._turns is not None
    os.kill(races.coordinator._turns._process.pid, signal.SIGSTOP)
    races.coordinator.cancel()
    assert await race == "cancelled"
    assert not stopped(races)


async def test_where_lanes_cannot_take_turns_the_log_says_why(races: Races) -> None:
    plan = Plan("sleep", {"tasks": 2, "seconds": 0.01}, 1, PLAN.lanes, "alternate")
    assert await races.run(plan) == "finished"
    assert not slices(races)
    assert any("the tasks wait" in line.text for line in races.race.log)


def stopped(races: Races) -> list[int]:
    """The processes of lanes that are stopped."""
    pids = tagged.living(tags_of(races))
    return [pid for pid in pids if psutil.Process(pid).status() == psutil.STATUS_STOPPED]


async def test_the_points_of_a_sweep_alternate_where_lanes_can(races: Races) -> None:
    params = {"tasks": 4, "samples": 200_000}
    sweep = Sweep("runs", "run", (1, 2), replace(PLAN, params=params))
    assert await run_sweep(races.coordinator, sweep) == "finished"
    waiting = replace(PLAN, workload="sleep", params={"tasks": 2, "seconds": 0.01, "workers": 2})
    assert await run_sweep(races.coordinator, Sweep("runs", "run", (1,), waiting)) == "finished"
    opened = [event.schedule for event in races.events if isinstance(event, ev.RaceOpened)]
    assert opened == ["alternate", "alternate", "in-turn"]
    assert any("the tasks wait" in line.text for line in races.race.log)
