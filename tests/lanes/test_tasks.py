"""Tasks that misbehave, and clusters that have never seen this package."""

import os
import shutil

import pytest

from tests.lanes.conftest import Races, pi_plan, sleep_plan
from tests.lanes.pooled import folder_of
from workloads.core import events as ev
from workloads.engines import STREAMED_AT_MOST, EngineOptions
from workloads.functions.inputs import seal
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.machine import clock
from workloads.machine.host import usable_cpus

pytestmark = pytest.mark.asyncio(loop_scope="session")


def faulty(how: str, *lanes: str) -> Plan:
    return Plan("tests.lanes.faulty:FAULTY", {"how": how}, 1, lanes=lanes or ("serial", "ray"))


async def test_short_tasks_are_streamed_only_until_their_length_is_known(races: Races) -> None:
    assert await races.run(sleep_plan(200, 0.001, lanes=("ray",))) == "finished"
    begun, done = races.of(ev.Started), races.of(ev.Finished)
    assert {event.task for event in done} == set(range(200))
    assert 4 <= len(begun) < 100
    assert len(races.lane("ray").rows) == 2
    assert await races.run(sleep_plan(12, 0.2, lanes=("ray",))) == "finished"
    assert len(races.of(ev.Started)) == 12


async def test_a_race_of_short_tasks_can_be_cancelled_on_either_path(races: Races) -> None:
    going = races.begin(sleep_plan(2000, 0.01, lanes=("ray",)))
    await races.until(lambda: len(races.of(ev.Finished)) > 40)
    races.coordinator.cancel()
    assert await going == "cancelled"
    lane = races.lane("ray")
    assert lane.done + lane.cancelled == 2000
    assert lane.cancelled > 0
    assert await races.run(sleep_plan(2, 0.001, lanes=("ray",))) == "finished"


async def test_a_long_task_among_very_many_short_ones_holds_none_of_them_up(races: Races) -> None:
    tasks, seed = STREAMED_AT_MOST + 500, os.getpid()
    folder = folder_of(seed)
    os.mkdir(folder)
    try:
        how = {"how": "patient", "tasks": tasks}  # one waits until every other is done
        plan = Plan("tests.lanes.pooled:POOLED", how, seed, lanes=("ray",), workers=2)
        assert await races.run(plan) == "finished"
        assert len(os.listdir(folder)) == tasks - 1
    finally:
        shutil.rmtree(folder)
    done = [event for event in races.of(ev.Finished) if isinstance(event, ev.Finished)]
    assert sorted(event.task for event in done) == list(range(tasks))
    long = next(event for event in done if event.task == tasks // 2)
    assert sum(event.t <= long.t for event in done) == tasks


@pytest.mark.parametrize(("how", "error"), [("raise", "ValueError"), ("exit", "SystemExit")])
async def test_a_task_that_raises_fails_alone_and_is_told(
    races: Races, how: str, error: str
) -> None:
    assert await races.run(faulty(how)) == "failed"
    for lane in races.race.raced():
        assert (lane.done, lane.failed) == (3, 1)
        assert lane.errors[1].error == error
        assert "misbehave" in lane.errors[1].traceback
        assert lane.reason.startswith(f"Task 1 failed: {error}")
        assert "\x1b" not in lane.reason
        assert "\n" not in lane.reason
    assert await races.run(pi_plan(tasks=2, samples=1000)) == "finished"


async def test_a_task_that_kills_its_worker_every_time_fails_in_the_end(races: Races) -> None:
    assert await races.run(faulty("die", "ray")) == "failed"
    ray = races.lane("ray")
    assert (ray.done, ray.failed, ray.retried) == (3, 1, 3)
    assert "its worker died 4 times" in ray.reason
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=("ray",))) == "finished"


async def test_what_tasks_print_ends_in_the_log_of_the_lane(races: Races) -> None:
    words = ["a word on standard output", "and one on descriptor 2"]
    assert await races.run(faulty("print", "serial")) == "finished"
    await races.until(lambda: len(races.of(ev.Logged)) >= 2)
    assert [e.text for e in races.of(ev.Logged)] == words
    assert await races.run(faulty("print", "ray")) == "finished"
    await races.until(lambda: len(races.of(ev.Logged)) >= 2)
    # Ray reads the two streams apart, and adds nothing.
    assert sorted((e.lane, e.text) for e in races.of(ev.Logged)) == [
        ("ray", text) for text in words
    ]


async def test_what_many_tasks_print_alike_is_told_of_each(races: Races) -> None:
    assert (
        await races.run(Plan("tests.lanes.faulty:FAULTY", {"how": "chatter"}, 1, lanes=("ray",)))
        == "finished"
    )
    await races.until(lambda: len(races.of(ev.Logged)) >= 4)
    assert [e.text for e in races.of(ev.Logged)] == ["the same words"] * 4


async def test_a_workload_that_cannot_be_loaded_is_told(races: Races) -> None:
    assert await races.run(Plan("tests.lanes.nowhere:X", {}, 1)) == "failed"
    assert "can't be loaded: ModuleNotFoundError" in races.lane("ray").reason
    assert races.lane("ray").state == "failed"


async def test_tasks_that_break_pythons_clocks_are_measured_as_they_were(own_races: Races) -> None:
    sealed, count = seal("range:3")
    # Each race leaves its workers with broken clocks to the next. Clocks that give no numbers break
    # Ray itself.
    for how in ("frozen", "backwards", "frozen"):
        plan = Plan(
            f"tests.lanes.clocks:{how}",
            {"tasks": count},
            1,
            ("serial", "threads", "processes", "ray"),
            inputs=(sealed,),
        )
        before = clock.now()
        assert await own_races.run(plan) == "finished"
        after = clock.now()
        for event in own_races.events:
            assert before <= event.t <= after, event
        for lane in own_races.race.raced():
            tasks, ended = lane.tasks, lane.ended
            assert ended is not None
            assert tasks.start.min() >= 0
            assert 0 < tasks.durations.min() <= tasks.durations.max() <= ended.wall_s, lane.name
            assert 0 < tasks.cpu.min() <= tasks.cpu.max() <= ended.wall_s * 1.1, lane.name


@pytest.mark.parametrize(
    "lanes", [("serial", "threads", "processes"), ("ray",)], ids=["here", "ray"]
)
async def test_every_worker_process_rehearses_each_workload_once(
    races: Races, lanes: tuple[str, ...]
) -> None:
    startup: dict[str, float] = {}
    for name in ("FIRST", "SECOND", "FIRST"):
        assert (
            await races.run(Plan(f"tests.lanes.rehearsed:{name}", {"tasks": 6}, 1, lanes))
            == "finished"
        )
        for lane in lanes:
            ended = races.lane(lane).ended
            assert ended is not None
            assert ended.answer == [1] * 6, (name, lane)
            # Kept warm, it has the start-up that it had.
            assert races.lane(lane).warm is (f"{name} {lane}" in startup)
            assert ended.startup_s >= startup.get(f"{name} {lane}", 1e-9)
            startup[f"{name} {lane}"] = ended.startup_s


async def test_ray_runs_no_more_tasks_at_once_than_there_are_cpus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As where a mask has become tighter since Ray started.
    monkeypatch.setenv("RAY_OVERRIDE_RESOURCES", '{"CPU": 4}')
    events: list[ev.AnyEvent] = []
    coordinator = Coordinator(EngineOptions(), [events.append])
    try:
        status = await coordinator.race(Plan("noop", {"tasks": 4}, 1, ("threads", "ray")))
    finally:
        await coordinator.close()
    assert status == "finished"
    workers = {event.lane: event.workers for event in events if isinstance(event, ev.LaneReady)}
    assert workers == {"threads": usable_cpus(), "ray": usable_cpus()}
    assert any(
        isinstance(event, ev.PhaseEnded) and event.detail == "4 CPUs by Ray's count"
        for event in events
    )
