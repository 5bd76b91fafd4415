"""Whole races on real lanes that all end well."""

import asyncio

import numpy as np
import pytest

from tests.lanes.conftest import Races, pi_plan, sleep_plan
from workloads.builtin.pi import combine, sampling_task
from workloads.core import events as ev
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.lanes.coordinator import Plan
from workloads.ledger.tables import State

pytestmark = pytest.mark.asyncio(loop_scope="session")


def by_hand(plan: Plan) -> dict[str, object]:
    results = []
    for number in range(int(plan.params["tasks"])):
        task = sampling_task(
            int(plan.params["samples"]), plan.seed, number, str(plan.params["kernel"])
        )
        try:
            while True:
                next(task)
        except StopIteration as end:
            results.append(end.value)
    return combine(results)


@pytest.mark.parametrize("kernel", ["python", "numpy"])
async def test_every_lane_computes_the_same_answer_as_a_plain_loop(
    races: Races, kernel: str
) -> None:
    plan = Plan("pi", {"tasks": 5, "samples": 250_000, "kernel": kernel}, seed=11)
    assert await races.run(plan) == "finished"
    expected = by_hand(plan)
    assert [lane.ended.answer for lane in races.race.raced()] == [expected, expected]
    assert races.race.same_answer() is True
    assert "Every lane computed the same answer." in verdict(races.race)


async def test_the_events_of_a_race_tell_everything(races: Races) -> None:
    assert await races.run(pi_plan(tasks=6)) == "finished"
    for name, workers in (("serial", 1), ("ray", 2)):
        lane = races.lane(name)
        assert (lane.done, lane.failed, lane.running, lane.workers) == (6, 0, 0, workers)
        assert np.all(lane.tasks.state == State.FINISHED)
        assert np.all(lane.tasks.start <= lane.tasks.end)
        assert np.all(lane.tasks.cpu > 0)
        assert set(lane.tasks.worker) <= set(lane.rows)
        assert len(lane.rows) == workers
        assert lane.startup_s > 0
        for row in lane.rows.values():
            spans = row.between(-1e9, 1e9)
            assert np.all(spans.end[:-1] <= spans.start[1:] + 1e-3), (
                "a worker runs one task at a time"
            )
    ray = races.lane("ray")
    assert len({ray.tasks.ref_hex(n) for n in range(6)}) == 6
    assert all(len(ray.tasks.ref_hex(n)) == 56 for n in range(6))
    assert {phase.name for phase in ray.phases} == {"import", "init", "workers"}
    assert races.of(ev.Progressed), "tasks report while they run"
    assert ray.ended is not None
    assert ray.ended.driver_cpu_s < ray.ended.task_cpu_s, "the driver only waits"


async def test_in_turn_lanes_never_overlap_and_together_they_start_at_once(races: Races) -> None:
    await races.run(pi_plan(tasks=4))
    starts = {e.lane: e.t for e in races.of(ev.RunStarted)}
    ends = {e.lane: e.t for e in races.of(ev.RunEnded)}
    assert ends["serial"] <= starts["ray"]
    await races.run(pi_plan(tasks=4, schedule="together"))
    starts = {e.lane: e.t for e in races.of(ev.RunStarted)}
    ends = {e.lane: e.t for e in races.of(ev.RunEnded)}
    assert max(starts.values()) < min(ends.values())
    opened = races.race.opened
    assert opened is not None
    assert opened.contended == (int(opened.host["physical_cpus"]) < 3)


async def test_four_tasks_wait_at_once_on_two_cpus(races: Races) -> None:
    assert await races.run(sleep_plan(10, 0.4, workers=4)) == "finished"
    ray, serial = races.lane("ray"), races.lane("serial")
    assert ray.workers == 4
    edges = sorted([(t, 1) for t in ray.tasks.start] + [(t, -1) for t in ray.tasks.end])
    assert max(np.cumsum([step for _, step in edges])) == 4
    assert serial.ended is not None
    assert ray.ended is not None
    assert serial.ended.wall_s > 2 * ray.ended.wall_s


async def test_thousands_of_tiny_tasks_take_the_plain_path(races: Races) -> None:
    assert await races.run(sleep_plan(3000, 0.0)) == "finished"
    assert not [event for event in races.of(ev.Progressed) if event.lane == "ray"]
    assert races.lane("ray").done == races.lane("serial").done == 3000


@pytest.mark.parametrize("schedule", ["in-turn", "together", "alternate"])
@pytest.mark.parametrize("moment", ["at once", "ready", "started", "late"])
async def test_a_race_can_be_cancelled_at_any_moment_and_run_again(
    races: Races, schedule: str, moment: str
) -> None:
    going = races.begin(pi_plan(tasks=6, samples=800_000, schedule=schedule))
    holds = {
        "at once": lambda: True,
        "ready": lambda: bool(races.of(ev.LaneReady)),
        "started": lambda: bool(races.of(ev.Started)),
        "late": lambda: any(e.lane == "serial" for e in races.of(ev.Finished)),
    }[moment]
    await asyncio.sleep(0)
    await races.until(holds)
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert not any(lane.live for lane in races.race.raced())
    assert await races.run(pi_plan(tasks=3, samples=50_000)) == "finished"
    assert race_report(races.race).same_answer is True


async def test_a_run_cancelled_on_ray_frees_its_workers(races: Races) -> None:
    going = races.begin(sleep_plan(8, 60.0, lanes=("ray",)))
    await races.until(lambda: len(races.of(ev.Progressed)) > 3)
    races.coordinator.cancel()
    assert await going == "cancelled"
    ray = races.lane("ray")
    assert (ray.cancelled, ray.done) == (8, 0)
    assert await races.run(sleep_plan(4, 0.1, lanes=("ray",))) == "finished"


async def test_a_lane_outlives_its_runs(races: Races) -> None:
    await races.run(pi_plan(tasks=2, samples=10_000))
    before = [lane.pid for lane in races.race.raced()]
    await races.run(pi_plan(tasks=2, samples=10_000))
    assert [lane.pid for lane in races.race.raced()] == before
    assert not races.of(ev.LaneOpened)


async def test_parameters_that_a_lane_refuses_end_the_race_with_a_reason(races: Races) -> None:
    assert await races.run(pi_plan(tasks=0)) == "failed"
    assert "tasks must be from 1 to 100,000" in races.lane("ray").reason


async def test_resources_that_ray_lacks_are_told_and_the_lane_lives_on(races: Races) -> None:
    assert (
        await races.run(pi_plan(tasks=2, lanes=("ray",), resources={"unobtainium": 1.0}))
        == "failed"
    )
    assert "unobtainium" in races.lane("ray").reason
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=("ray",))) == "finished"


async def test_a_race_is_cancelled_while_workers_are_awaited(races: Races) -> None:
    going = races.begin(pi_plan(tasks=2, lanes=("ray",), num_cpus=2.0))
    await races.until(lambda: any(e.name == "workers" for e in races.of(ev.PhaseBegan)))
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert await races.run(pi_plan(tasks=2, samples=1000)) == "finished"
