"""Actors on real lanes: calls queue on one worker, state is kept between them, and an actor that is
killed restarts empty.
"""

import pytest

from tests.lanes.conftest import Races
from workloads.core import events as ev
from workloads.core.commands import CancelTask, KillWorker
from workloads.core.faults import Faults
from workloads.engines.measure import CANCELLED_BY_HAND
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.lanes.coordinator import Plan
from workloads.ledger.lane import Lane

pytestmark = pytest.mark.asyncio(loop_scope="session")

pools = pytest.mark.parametrize("lane", ["threads", "processes", "ray"])
killable = pytest.mark.parametrize("lane", ["processes", "ray"])


def plan(*lanes: str, tasks: int = 12, seconds: float = 0.01, **more: object) -> Plan:
    params = {"tasks": tasks, "seconds": seconds, "every": 2, "workers": 2}
    return Plan("actors", params, 1, lanes=lanes, **more)  # type: ignore[arg-type]


def answer(lane: Lane) -> dict[str, object]:
    assert lane.ended is not None
    return dict(lane.ended.answer)


@pools
async def test_calls_queue_on_one_worker_and_find_the_state_of_those_before(
    races: Races, lane: str
) -> None:
    assert await races.run(plan("serial", lane)) == "finished"
    mine = races.lane(lane)
    assert answer(mine) == answer(races.lane("serial"))
    assert answer(mine)["text"] == "counted 6 of 6"
    calls, tasks = mine.tasks.worker[1::2], mine.tasks.worker[0::2]
    (home,) = set(calls.tolist())
    assert home not in tasks.tolist(), "it has a worker of its own"
    assert mine.rows[home].actor == "Counter"
    starts, ends = mine.tasks.start[1::2], mine.tasks.end[1::2]
    assert (starts[1:] >= ends[:-1]).all(), "one after the other, in the order of their tasks"
    assert (mine.tasks.submitted[3::2] < starts[1:]).all(), "they wait for their actor"
    assert mine.actors.call_text(5) == "call 3 of Counter"
    assert mine.actors.call_text(4) == ""
    (reported,) = race_report(races.race).lanes[1].actors
    assert (reported.workers, reported.restarted_after) == ([home], [])


@pytest.mark.parametrize("lane", ["serial", "threads", "processes"])
async def test_no_state_is_left_for_the_next_run(races: Races, lane: str) -> None:
    for _ in range(2):
        await races.run(plan(lane))
        assert answer(races.lane(lane))["counted"] == 6


@killable
async def test_a_killed_actor_restarts_empty_which_is_said(races: Races, lane: str) -> None:
    hanging = Faults(hang_every=8)  # the fourth call waits to be killed, at its first attempt
    going = races.begin(plan(lane, tasks=14, faults=hanging))
    mine = races.lane(lane)
    await races.until(lambda: bool(mine.live and started(races, 7)))
    home = mine.rows[int(mine.tasks.worker[7])]
    races.coordinator.intervene(lane, KillWorker(home.pid))
    assert await going == "finished"
    assert (mine.done, mine.failed) == (14, 0)
    assert mine.tasks.attempt[7] == 1
    assert answer(mine)["text"] == "counted 4 of 7: the actor restarted empty after call 3"
    assert mine.actors.restarted_after("Counter") == [3]
    assert "the actor Counter restarted empty after call 3" in verdict(races.race)
    recorded = [(event.restarts, event.calls) for event in races.of(ev.ActorStarted)]
    assert recorded == [(0, 0), (1, 3)]


def started(races: Races, task: int) -> bool:
    return any(event.task == task for event in races.of(ev.Started))


@pools
async def test_calls_are_cancelled_one_that_runs_and_one_that_waits(
    races: Races, lane: str
) -> None:
    going = races.begin(plan(lane, tasks=6, faults=Faults(hang_every=4)))
    await races.until(lambda: started(races, 3))
    races.coordinator.intervene(lane, CancelTask(5))
    races.coordinator.intervene(lane, CancelTask(3))
    assert await going == "failed"
    mine = races.lane(lane)
    assert {task: error.error for task, error in mine.errors.items()} == {
        3: CANCELLED_BY_HAND,
        5: CANCELLED_BY_HAND,
    }
    assert answer(mine)["text"] == "counted 1 of 1"


@pools
async def test_a_race_is_cancelled_while_calls_wait(races: Races, lane: str) -> None:
    going = races.begin(plan(lane, tasks=20, faults=Faults(hang_every=4)))
    await races.until(lambda: started(races, 3))
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert races.lane(lane).cancelled >= 8
