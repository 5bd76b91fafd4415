"""What a person does to a run: hold and resume submission, cancel single tasks, kill workers."""

from dataclasses import replace

import numpy as np
import pytest

from tests.lanes.conftest import Races, sleep_plan
from workloads.core import events as ev
from workloads.core.commands import CancelTask, KillWorker
from workloads.core.draining import Drain
from workloads.core.faults import Faults
from workloads.engines.measure import CANCELLED_BY_HAND
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.lanes.coordinator import Plan
from workloads.ledger.tables import State

pytestmark = pytest.mark.asyncio(loop_scope="session")

pools = pytest.mark.parametrize("lane", ["serial", "threads", "processes"])


def plan(lane: str, tasks: int = 6, seconds: float = 0.02, **faults: int) -> Plan:
    return sleep_plan(tasks, seconds, lanes=(lane,), faults=Faults(**faults))


async def started(races: Races, task: int, attempt: int = 0) -> None:
    await races.until(
        lambda: any((e.task, e.attempt) == (task, attempt) for e in races.of(ev.Started))
    )


def states(races: Races, lane: str) -> list[int]:
    return races.lane(lane).tasks.state.tolist()


def interventions(races: Races) -> list[tuple[str, str]]:
    return [(e.action, e.refused) for e in races.of(ev.Intervened)]


@pools
async def test_while_submission_is_held_no_task_starts(races: Races, lane: str) -> None:
    going = races.begin(plan(lane, hang_every=1))
    mine = races.lane(lane)
    await races.until(lambda: mine.live and mine.running == mine.workers)
    first = {e.task for e in races.of(ev.Started)}
    races.coordinator.hold(True)
    await races.until(lambda: mine.interventions.held)
    for task in first:
        races.coordinator.intervene(lane, CancelTask(task))
    await races.until(lambda: mine.failed == len(first))
    races.coordinator.hold(False)
    await races.until(lambda: mine.running == mine.workers)
    resumed = next(e for e in races.of(ev.Intervened) if e.action == "resume")
    assert all(e.t > resumed.t for e in races.of(ev.Started) if e.task not in first)
    races.coordinator.cancel()
    assert await going == "cancelled"


async def test_the_times_of_a_race_that_was_held_are_no_measure(races: Races) -> None:
    going = races.begin(plan("processes", tasks=40))
    await started(races, 0)
    races.coordinator.hold(True)
    mine = races.lane("processes")
    await races.until(lambda: mine.interventions.held)
    races.coordinator.hold(False)
    assert await going == "finished"
    assert 0 < mine.interventions.held_s < (mine.run_s or 0)
    assert "Submission was held for " in verdict(races.race)
    (report,) = race_report(races.race).lanes
    assert [each.action for each in report.interventions] == ["hold", "resume"]
    assert report.held_s == mine.interventions.held_s


@pools
async def test_a_race_that_is_held_can_be_cancelled_and_the_next_is_not_held(
    races: Races, lane: str
) -> None:
    going = races.begin(plan(lane, tasks=100))
    await started(races, 0)
    races.coordinator.hold(True)
    await races.until(lambda: races.lane(lane).interventions.held)
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert await races.run(plan(lane)) == "finished"
    assert not races.lane(lane).interventions.ever_held


@pools
async def test_one_task_is_cancelled_while_the_others_run(races: Races, lane: str) -> None:
    going = races.begin(plan(lane, hang_every=3))
    await started(races, 2)
    races.coordinator.intervene(lane, CancelTask(2))
    await started(races, 5)
    races.coordinator.intervene(lane, CancelTask(5))
    assert await going == "failed"
    mine = races.lane(lane)
    assert (mine.done, mine.failed, mine.cancelled, mine.running) == (4, 2, 0, 0)
    assert {mine.errors[task].error for task in (2, 5)} == {CANCELLED_BY_HAND}
    ran = mine.tasks.end - mine.tasks.start
    assert np.all(ran[[2, 5]] > 0), "from its start until it was cancelled"
    assert "2 of 6 tasks failed" in verdict(races.race)


@pytest.mark.parametrize("lane", ["threads", "processes"])
async def test_a_waiting_task_is_cancelled_at_once(races: Races, lane: str) -> None:
    hanging = Faults(hang_every=1)
    going = races.begin(sleep_plan(9, 0.0, workers=1, lanes=(lane,), faults=hanging))
    await started(races, 0)
    for task in (8, 7, 0):
        races.coordinator.intervene(lane, CancelTask(task))
        await races.until(lambda task=task: states(races, lane)[task] == State.FAILED)
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert [e.task for e in races.of(ev.Failed)] == [8, 7, 0]


async def test_a_killed_worker_is_replaced_and_its_task_tried_again(races: Races) -> None:
    going = races.begin(plan("processes", hang_every=4))
    await started(races, 3)
    mine = races.lane("processes")
    row = mine.rows[int(mine.tasks.worker[3])]
    races.coordinator.intervene("processes", KillWorker(mine.pid))
    races.coordinator.intervene("processes", KillWorker(row.pid))
    assert await going == "finished", "the fault hits the first attempt only"
    assert interventions(races) == [
        ("kill-worker", f"no worker on this machine has the process {mine.pid}"),
        ("kill-worker", ""),
    ]
    assert (mine.retried, mine.done, mine.tasks.attempt[3]) == (1, 6, 1)
    assert row.lost == "its process was killed by SIGKILL"
    assert "Processes had 1 worker killed by hand and repeated 1 attempt" in verdict(races.race)


async def test_a_worker_whose_task_is_done_can_be_killed(races: Races) -> None:
    going = races.begin(plan("processes", tasks=100, seconds=0.01))
    await started(races, 0)
    races.coordinator.hold(True)
    mine = races.lane("processes")
    await races.until(lambda: mine.interventions.held and mine.running == 0)
    for row in list(mine.rows.values()):
        races.coordinator.intervene("processes", KillWorker(row.pid))
    await races.until(lambda: len(races.of(ev.WorkerLost)) == 2)
    races.coordinator.hold(False)
    assert await going == "finished"
    assert (mine.retried, mine.done) == (0, 100)


async def test_kill_hold_and_cancel_within_a_second_twice(races: Races) -> None:
    for _ in range(2):
        going = races.begin(plan("processes", tasks=50, hang_every=2))
        await started(races, 1)
        mine = races.lane("processes")
        row = mine.rows[int(mine.tasks.worker[1])]
        races.coordinator.intervene("processes", KillWorker(row.pid))
        races.coordinator.hold(True)
        races.coordinator.intervene("processes", KillWorker(row.pid))
        races.coordinator.hold(False)
        races.coordinator.hold(True)
        races.coordinator.cancel()
        assert await going == "cancelled"
    assert await races.run(plan("processes")) == "finished"


async def test_a_ray_lane_is_held_loses_a_worker_and_a_task_by_hand(races: Races) -> None:
    """Once with the shared Ray: submission held and resumed, one task cancelled while it runs, one
    before, the worker of another killed.
    """
    going = races.begin(plan("ray", tasks=12, seconds=0.1, hang_every=6))
    await started(races, 5)
    mine = races.lane("ray")
    races.coordinator.hold(True)
    races.coordinator.intervene("ray", CancelTask(11))
    await races.until(lambda: mine.interventions.held and mine.failed == mine.running == 1)
    row = mine.rows[int(mine.tasks.worker[5])]
    races.coordinator.intervene("ray", KillWorker(row.pid))
    await races.until(lambda: mine.retried == 1)
    assert row.lost
    races.coordinator.hold(False)
    assert await going == "failed"
    assert (mine.done, mine.failed, mine.tasks.attempt[5]) == (11, 1, 1)
    assert mine.errors[11].error == CANCELLED_BY_HAND
    resumed = next(e for e in races.of(ev.Intervened) if e.action == "resume")
    (again,) = (e for e in races.of(ev.Submitted) if e.attempt)
    assert again.t > resumed.t, "no task is submitted while that is held, nor again"


async def test_a_running_task_is_cancelled_on_ray(races: Races) -> None:
    going = races.begin(plan("ray", hang_every=3))
    for task in (2, 5):
        await started(races, task)
        races.coordinator.intervene("ray", CancelTask(task))
    assert await going == "failed"
    mine = races.lane("ray")
    assert (mine.done, mine.failed, mine.retried) == (4, 2, 0)
    assert {mine.errors[task].error for task in (2, 5)} == {CANCELLED_BY_HAND}


@pytest.mark.parametrize("drain", ["get", "get-each"])
async def test_a_task_is_cancelled_while_the_driver_is_blocked(races: Races, drain: Drain) -> None:
    going = races.begin(replace(plan("ray", hang_every=3), drain=drain))
    for task in (2, 5):
        await races.until(lambda task=task: task in {e.task for e in races.of(ev.Submitted)})
        races.coordinator.intervene("ray", CancelTask(task))
    assert await going == "failed"
    mine = races.lane("ray")
    assert (mine.done, mine.failed) == (4, 2)
