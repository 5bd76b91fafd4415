"""The ways of draining Ray's tasks: as with `ray.wait`, nothing is lost, retried or left running
otherwise.
"""

import os
import signal
from dataclasses import replace

import pytest

from tests.lanes.conftest import Races, pi_plan, sleep_plan
from tests.lanes.test_tasks import faulty
from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.engines.ray.leftovers import MANY
from workloads.figures.draining import most_running
from workloads.figures.verdict import verdict
from workloads.lanes.plan import Schedule
from workloads.ledger.tables import State

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(("drain", "schedule"), [("get", "alternate"), ("get-each", "together")])
async def test_results_are_the_same_and_the_race_says_how_they_were_taken(
    races: Races, drain: Drain, schedule: Schedule
) -> None:
    plan = pi_plan(tasks=4, samples=50_000, schedule=schedule, drain=drain)
    assert await races.run(plan) == "finished"
    assert races.race.same_answer() is True
    assert races.race.opened is not None
    assert races.race.opened.drain == drain
    ray = races.lane("ray")
    assert (ray.drain, races.lane("serial").drain) == (drain, "wait")
    assert not [e for e in races.of(ev.Started) if e.lane == "ray"]
    spent = ray.driver.total(ray.wall_s or 0.0)
    assert spent["getting"] > 0
    assert spent["submitting"] > 0
    assert sum(spent.values()) <= (ray.wall_s or 0.0) * 1.01
    assert races.lane("serial").driver.total(1e3)["computing"] > 0


async def test_one_get_gives_no_result_before_all_are_ready(races: Races) -> None:
    assert await races.run(sleep_plan(4, 0.1, lanes=("ray",), drain="get")) == "finished"
    tasks = races.lane("ray").tasks
    assert (tasks.fetched >= tasks.end.max()).all()
    assert most_running(races.lane("ray")) == 2
    assert "one ray.get of all refs" in verdict(races.race)


async def test_a_get_for_each_task_runs_one_at_a_time(races: Races) -> None:
    assert await races.run(sleep_plan(4, 0.05, lanes=("ray",), drain="get-each")) == "finished"
    assert most_running(races.lane("ray")) == 1
    assert "ray.get in the submitting loop" in verdict(races.race)


@pytest.mark.parametrize("drain", ["get", "get-each"])
async def test_a_task_that_raises_leaves_the_others_whole(races: Races, drain: Drain) -> None:
    assert await races.run(replace(faulty("raise", "ray"), drain=drain)) == "failed"
    ray = races.lane("ray")
    finished, failed = [State.FINISHED], [State.FAILED]
    assert ray.tasks.state.tolist() == finished + failed + 2 * finished
    assert ray.errors[1].error == "ValueError"
    assert 0 < ray.tasks.result_bytes[1] < 100_000, "the record of the error travels like a result"


async def test_a_worker_that_is_killed_while_the_driver_is_blocked(races: Races) -> None:
    going = races.begin(sleep_plan(4, 1, lanes=("ray",), drain="get"))
    await races.until(lambda: races.lane("ray").driver.now.state == "getting")
    os.kill(next(iter(races.lane("ray").rows.values())).pid, signal.SIGKILL)
    assert await going == "finished"
    assert races.lane("ray").retried >= 1
    assert races.lane("ray").done == 4


@pytest.mark.parametrize("drain", ["get", "get-each"])
async def test_a_cancel_reaches_a_driver_that_is_blocked(races: Races, drain: Drain) -> None:
    going = races.begin(sleep_plan(4, 3600, lanes=("ray",), drain=drain))
    await races.until(lambda: races.lane("ray").driver.now.state == "getting")
    assert races.lane("ray").driver.now.tasks == {"get": 4, "get-each": 1}[drain]
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert races.lane("ray").cancelled == 4
    assert races.lane("ray").state == "cancelled"


async def test_very_many_tasks_in_flight_are_cancelled_without_a_wait_for_each(
    races: Races,
) -> None:
    going = races.begin(sleep_plan(2 * MANY, 3600, lanes=("ray",), drain="get"))
    await races.until(lambda: races.lane("ray").driver.now.state == "getting")
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert races.lane("ray").cancelled == 2 * MANY
    pid = races.lane("ray").pid
    assert await races.run(sleep_plan(4, 0.05, lanes=("ray",), drain="get")) == "finished"
    assert races.lane("ray").pid == pid, "the driver outlived what it cancelled"
