"""Tasks that travel in batches: on every lane the same is computed, and each task has times, ends
and attempts of its own.
"""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from tests.lanes.conftest import Races, pi_plan, sleep_plan
from tests.lanes.test_tasks import faulty
from workloads.core import events as ev
from workloads.core.commands import CancelTask
from workloads.core.draining import Drain
from workloads.core.execution import Execution
from workloads.ledger.tables import State

pytestmark = pytest.mark.asyncio(loop_scope="session")

BATCH = Execution(batch=3)


async def test_all_lanes_compute_the_same_and_each_task_has_its_own_times(races: Races) -> None:
    lanes = ("serial", "threads", "processes", "ray")
    assert await races.run(pi_plan(tasks=7, lanes=lanes, execution=BATCH)) == "finished"
    assert races.race.same_answer() is True
    ray = races.lane("ray").tasks
    assert len(set(ray.start)) == 7
    refs = [e.ref for e in races.of(ev.Submitted) if e.lane == "ray"]
    assert [refs.count(ref) for ref in dict.fromkeys(refs)] == [3, 3, 1]
    for lane in races.race.raced():
        for batch in (slice(0, 3), slice(3, 6)):
            assert (np.diff(lane.tasks.start[batch]) > 0).all()
            assert len(set(lane.tasks.worker[batch])) == 1, lane.name


@pytest.mark.parametrize("drain", ["wait", "get"])
async def test_a_task_that_raises_fails_alone(races: Races, drain: Drain) -> None:
    lanes = ("processes", "ray")
    plan = replace(faulty("raise", *lanes), execution=Execution(batch=4), drain=drain)
    assert await races.run(plan) == "failed"
    finished, failed = [State.FINISHED], [State.FAILED]
    for lane in lanes:
        assert races.lane(lane).tasks.state.tolist() == finished + failed + 2 * finished


@pytest.mark.parametrize("lane", ["processes", "ray"])
async def test_of_a_batch_one_task_can_be_cancelled(races: Races, lane: str) -> None:
    plan = sleep_plan(4, 0.5, workers=1, lanes=(lane,), execution=Execution(batch=4))
    going = races.begin(plan)
    await races.until(lambda: bool(races.of(ev.Started)))
    races.coordinator.intervene(lane, CancelTask(2))
    assert await going == "failed"
    states = races.lane(lane).tasks.state.tolist()
    assert states == [State.FINISHED] * 2 + [State.FAILED, State.FINISHED]
    assert races.lane(lane).errors[2].error == "TaskCancelled"


@pytest.mark.parametrize("lane", ["processes", "ray"])
async def test_after_a_crash_each_task_is_tried_again_alone(races: Races, lane: str) -> None:
    plan = sleep_plan(3, 0.3, workers=1, lanes=(lane,), execution=BATCH)
    going = races.begin(plan)
    await races.until(lambda: bool(races.of(ev.Started)))
    os.kill(next(iter(races.lane(lane).rows.values())).pid, signal.SIGKILL)
    assert await going == "finished"
    assert races.lane(lane).retried == 3
    again = [e for e in races.of(ev.Submitted) if e.attempt]
    assert len({(e.task, e.ref) for e in again}) == 3
    assert races.lane(lane).done == 3
