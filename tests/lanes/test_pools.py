"""The lanes of threads and of processes: whole races, tasks that misbehave, workers and lanes that
die.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.lanes.conftest import PATIENCE_S, Races, gone, pi_plan, sleep_plan
from tests.lanes.pooled import HUGE
from tests.lanes.test_tasks import faulty
from workloads.builtin.sleep import waits
from workloads.core import events as ev
from workloads.core.commands import Go, Prepare
from workloads.core.execution import Execution
from workloads.core.faults import Faults
from workloads.figures.waterfall import waterfall
from workloads.lanes.coordinator import Plan
from workloads.ledger.tables import State

pytestmark = pytest.mark.asyncio(loop_scope="session")

both = pytest.mark.parametrize("lane", ["threads", "processes"])


def pooled(how: str, lane: str, tasks: int = 4, workers: int = 2) -> Plan:
    return Plan(
        "tests.lanes.pooled:POOLED", {"how": how, "tasks": tasks}, 1, lanes=(lane,), workers=workers
    )


def pids(races: Races, lane: str) -> list[int]:
    return [row.pid for row in races.lane(lane).rows.values()]


def rows(races: Races, lane: str) -> list[int]:
    return sorted(races.lane(lane).rows)


async def said(races: Races, words: str) -> None:
    await races.until(lambda: any(words in e.text for e in races.of(ev.Logged)))


async def test_all_four_lanes_compute_the_same(races: Races) -> None:
    assert (
        await races.run(pi_plan(tasks=5, lanes=("serial", "threads", "processes", "ray")))
        == "finished"
    )
    assert len(races.race.raced()) == 4
    assert races.race.same_answer() is True
    for lane in races.race.raced():
        tasks = lane.tasks
        assert not tasks.in_store.any()
        assert (tasks.result_bytes > 0).tolist() == [lane.name in ("processes", "ray")] * 5
        if lane.name == "serial":  # it has each result in hand when the task ends
            assert np.isnan(tasks.fetched).all()
        else:
            assert (tasks.fetched > tasks.end).all()
        account = waterfall(races.race, lane.name)
        assert account is not None
        assert account.total == pytest.approx(lane.wall_s, rel=0.01)
        unexplained = [step.seconds for step in account.steps if step.name == "unexplained"]
        assert sum(map(abs, unexplained)) <= 0.01 * account.wall_s


@both
async def test_the_events_of_a_race_tell_everything(races: Races, lane: str) -> None:
    assert (
        await races.run(pi_plan(tasks=6, samples=400_000, lanes=(lane,), workers=3)) == "finished"
    )
    told = races.lane(lane)
    assert (told.done, told.failed, told.running, told.workers) == (6, 0, 0, 3)
    assert np.all(told.tasks.state == State.FINISHED)
    assert np.all(told.tasks.submitted <= told.tasks.start)
    assert np.all(told.tasks.start <= told.tasks.end)
    assert np.all(told.tasks.cpu > 0)
    assert set(told.tasks.worker) == set(told.rows)
    assert len(told.rows) == 3
    own = {told.pid}
    assert set(pids(races, lane)) == own if lane == "threads" else own.isdisjoint(pids(races, lane))
    for row in told.rows.values():
        spans = row.between(-1e9, 1e9)
        assert np.all(spans.end[:-1] <= spans.start[1:] + 1e-3), "a worker runs one task at a time"
    kinds = [type(e) for e in races.events if getattr(e, "task", None) == 0]
    assert kinds[:2] == [ev.Submitted, ev.Started]
    assert kinds[-1] is ev.Finished
    assert set(kinds[2:-1]) == {ev.Progressed}


@both
async def test_progress_comes_while_tasks_run(races: Races, lane: str) -> None:
    going = races.begin(sleep_plan(2, 600.0, lanes=(lane,)))
    await races.until(lambda: {e.task for e in races.of(ev.Progressed)} == {0, 1})
    races.coordinator.cancel()
    assert await going == "cancelled"


@both
async def test_a_second_race_has_the_same_workers_and_fewer_or_more_as_wanted(
    races: Races, lane: str
) -> None:
    assert await races.run(pi_plan(tasks=8, samples=1000, lanes=(lane,), workers=2)) == "finished"
    first = rows(races, lane), pids(races, lane)
    assert await races.run(pi_plan(tasks=8, samples=1000, lanes=(lane,), workers=2)) == "finished"
    assert (rows(races, lane), pids(races, lane)) == first
    assert await races.run(pi_plan(tasks=8, samples=1000, lanes=(lane,), workers=4)) == "finished"
    assert rows(races, lane)[:2] == first[0]
    assert len(rows(races, lane)) == 4
    assert await races.run(pi_plan(tasks=8, samples=1000, lanes=(lane,), workers=1)) == "finished"
    assert (rows(races, lane), pids(races, lane)) == (first[0][:1], first[1][:1])


async def test_tasks_with_more_threads_get_new_processes(races: Races) -> None:
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=("processes",))) == "finished"
    before = pids(races, "processes")
    assert (
        await races.run(pi_plan(tasks=2, samples=1000, lanes=("processes",), num_cpus=2.0))
        == "finished"
    )
    assert set(before).isdisjoint(pids(races, "processes"))
    assert races.lane("processes").workers == 1


@both
async def test_resources_that_only_ray_has_are_refused(races: Races, lane: str) -> None:
    assert await races.run(pi_plan(tasks=2, lanes=(lane,), resources={"GPU": 1.0})) == "failed"
    assert f"asks for 1 GPU, which the lane {lane} doesn't have" in races.lane(lane).reason
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=(lane,))) == "finished"


@both
@pytest.mark.parametrize(("how", "error"), [("raise", "ValueError"), ("exit", "SystemExit")])
async def test_a_task_that_raises_fails_alone_with_its_traceback(
    races: Races, lane: str, how: str, error: str
) -> None:
    assert await races.run(faulty(how, lane)) == "failed"
    told = races.lane(lane)
    assert (told.done, told.failed) == (3, 1)
    assert told.errors[1].error == error
    assert "in misbehave" in told.errors[1].traceback
    assert "\x1b" not in told.reason
    assert not races.of(ev.WorkerLost)


async def test_faults_hit_the_same_tasks_on_every_lane(races: Races) -> None:
    lanes = ("serial", "threads", "processes")
    plan = sleep_plan(6, 0.05, lanes=lanes, faults=Faults(fail_every=5, straggle_every=3))
    assert await races.run(plan) == "failed"
    for lane in lanes:
        tasks = races.lane(lane).tasks
        assert np.flatnonzero(tasks.state == State.FAILED).tolist() == [4]
        assert races.lane(lane).errors[4].error == "InjectedFault"
        ran = tasks.end - tasks.start
        assert np.flatnonzero(ran >= 5 * 0.05).tolist() == [2, 5]


@both
async def test_what_tasks_print_ends_in_the_log(races: Races, lane: str) -> None:
    assert await races.run(faulty("print", lane)) == "finished"
    await races.until(lambda: len(races.of(ev.Logged)) >= 2)
    assert [e.text for e in races.of(ev.Logged)] == [
        "a word on standard output",
        "and one on descriptor 2",
    ]


@both
@pytest.mark.parametrize("how", ["busy", "asleep"])
async def test_a_cancel_breaks_into_tasks_and_leaves_the_workers(
    races: Races, lane: str, how: str
) -> None:
    assert await races.run(pi_plan(tasks=8, samples=1000, lanes=(lane,), workers=2)) == "finished"
    lane_pid, before = races.lane(lane).pid, pids(races, lane)
    going = races.begin(pooled(how, lane, tasks=20))
    await races.until(lambda: races.lane(lane).live and len(races.of(ev.Started)) == 2)
    if how == "busy":
        await races.until(lambda: len(races.of(ev.Logged)) == 2)
    races.coordinator.cancel()
    assert await going == "cancelled"
    told = races.lane(lane)
    assert (told.cancelled, told.done) == (20, 0)
    assert await races.run(pi_plan(tasks=8, samples=1000, lanes=(lane,), workers=2)) == "finished"
    assert (races.lane(lane).pid, pids(races, lane)) == (lane_pid, before)


async def test_processes_that_hear_no_cancel_are_replaced(races: Races) -> None:
    going = races.begin(pooled("deaf", "processes"))
    await races.until(lambda: len(races.of(ev.Logged)) == 2)
    lane_pid, before = races.lane("processes").pid, pids(races, "processes")
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert races.lane("processes").cancelled == 4
    assert not races.of(ev.WorkerLost)
    assert (
        await races.run(pi_plan(tasks=2, samples=1000, lanes=("processes",), workers=2))
        == "finished"
    )
    assert races.lane("processes").pid == lane_pid
    assert set(before).isdisjoint(pids(races, "processes"))


async def test_a_thread_that_hears_no_cancel_ends_with_its_lane(own_races: Races) -> None:
    races = own_races
    going = races.begin(pooled("deaf", "threads"))
    await races.until(lambda: len(races.of(ev.Logged)) == 2)
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=("threads",))) == "finished"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("odd", "the result can't be pickled: "),
        ("odd-report", "what the task reports can't be pickled: "),
        ("stubborn", "the task can't be unpickled in a worker: not again"),
    ],
)
async def test_what_cannot_travel_fails_its_task(races: Races, how: str, words: str) -> None:
    assert await races.run(pooled(how, "processes")) == "failed"
    told = races.lane("processes")
    assert (told.done, told.failed) == (3, 1)
    assert told.errors[1].message.startswith(words)
    assert told.errors[1].traceback


async def test_a_function_without_a_name_is_refused_before_the_race(races: Races) -> None:
    assert await races.run(pooled("lambda", "processes")) == "failed"
    assert "can't be sent to other processes" in races.lane("processes").reason
    assert await races.run(pooled("lambda", "threads")) == "finished"


@both
async def test_a_module_that_is_missing_is_told_and_ends_the_lane(
    own_races: Races, lane: str
) -> None:
    races = own_races
    assert await races.run(Plan("tests.lanes.pooled:LACKING", {}, 1, lanes=(lane,))) == "failed"
    assert "can't load the tasks' code: ModuleNotFoundError" in races.lane(lane).reason
    assert "a_module_that_is_nowhere" in races.lane(lane).reason
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=(lane,))) == "finished"


@pytest.mark.parametrize("lane", ["threads", "processes", "ray"])
async def test_huge_results_arrive(races: Races, lane: str) -> None:
    assert await races.run(pooled("huge", lane, tasks=2)) == "finished"
    ended = races.lane(lane).ended
    assert ended is not None
    assert ended.answer == [HUGE, HUGE]
    tasks = races.lane(lane).tasks
    travels = lane != "threads"
    assert (tasks.result_bytes > HUGE).tolist() == [travels] * 2
    assert tasks.in_store.tolist() == [lane == "ray"] * 2


async def test_a_worker_killed_mid_task_is_told_and_its_task_runs_again(
    own_races: Races, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POOLED_FOLDER", str(tmp_path))
    races = own_races
    going = races.begin(pooled("once", "processes", tasks=50))
    await said(races, "task 1 waits")
    told = races.lane("processes")
    await races.until(lambda: told.tasks.state[1] == State.RUNNING and told.done == 49)
    worker = int(told.tasks.worker[1])
    os.kill(told.rows[worker].pid, signal.SIGKILL)
    assert await going == "finished"
    (lost,) = races.of(ev.WorkerLost)
    assert (lost.worker, lost.reason) == (worker, "its process was killed by SIGKILL")
    assert [(e.task, e.attempt) for e in races.of(ev.Retried)] == [(1, 1)]
    assert told.ended is not None
    assert told.ended.answer == list(range(50))
    await races.until(lambda: {e.worker for e in races.of(ev.WorkerJoined)} == {0, 1, 2})


@pytest.mark.parametrize("tasks", [12, 3000])
async def test_a_task_that_always_kills_its_worker_fails_and_the_others_finish(
    races: Races, tasks: int
) -> None:
    assert await races.run(pooled("deadly", "processes", tasks=tasks)) == "failed"
    told = races.lane("processes")
    assert (told.done, told.failed) == (tasks - 1, 1)
    assert told.errors[1].error == "WorkerDied"
    assert told.errors[1].attempt == 3
    assert len(races.of(ev.WorkerLost)) == 4
    assert all(e.reason == "its process was killed by SIGKILL" for e in races.of(ev.WorkerLost))
    assert [e.attempt for e in races.of(ev.Retried) if e.task == 1] == [1, 2, 3]


async def test_an_exit_status_is_told(races: Races) -> None:
    assert await races.run(faulty("die", "processes")) == "failed"
    assert {e.reason for e in races.of(ev.WorkerLost)} == {"its process exited with status 9"}
    assert "its worker died 4 times" in races.lane("processes").reason


async def test_a_worker_that_dies_between_races_is_replaced(races: Races) -> None:
    assert (
        await races.run(pi_plan(tasks=4, samples=1000, lanes=("processes",), workers=2))
        == "finished"
    )
    before = pids(races, "processes")
    os.kill(before[0], signal.SIGKILL)
    await races.until(lambda: bool(races.of(ev.WorkerLost)))
    assert (
        await races.run(pi_plan(tasks=4, samples=1000, lanes=("processes",), workers=2))
        == "finished"
    )
    assert not races.of(ev.Retried)
    after = pids(races, "processes")
    assert len(after) == 2
    assert set(before) & set(after) == {before[1]}


@both
async def test_many_tiny_tasks(races: Races, lane: str) -> None:
    assert await races.run(sleep_plan(20_000, 0.0, lanes=(lane,))) == "finished"
    assert races.lane(lane).done == 20_000
    assert not races.of(ev.Progressed)
    assert len(races.of(ev.Submitted)) == 20_000
    assert len(set(races.lane(lane).tasks.worker)) == 2


@both
@pytest.mark.parametrize("tasks", [300, 3000])
async def test_a_long_task_among_tiny_ones_keeps_none_waiting(
    own_races: Races, lane: str, tasks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POOLED_FOLDER", str(tmp_path))
    races = own_races
    assert await races.run(pooled("patient", lane, tasks=tasks)) == "finished"
    told = races.lane(lane)
    assert told.ended is not None
    assert told.ended.answer == list(range(tasks))
    assert len(races.of(ev.Submitted)) == tasks


@both
async def test_a_killed_lane_leaves_nothing_behind_and_can_be_raced_again(
    own_races: Races, lane: str
) -> None:
    races = own_races
    going = races.begin(pooled("busy", lane))
    await races.until(lambda: len(races.of(ev.Logged)) == 2)
    processes = races.processes(lane)
    assert {process.pid for process in processes} >= set(pids(races, lane))
    os.kill(races.lane(lane).pid, signal.SIGKILL)
    assert await going == "failed"
    assert "SIGKILL" in races.lane(lane).reason
    assert await gone(processes) == []
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=(lane,))) == "finished"


async def test_processes_die_with_a_lane_that_nobody_cleans_up_after() -> None:
    lane = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "workloads.lanes",
        "processes",
        start_new_session=True,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert lane.stdin is not None
    assert lane.stdout is not None
    params = {"how": "busy", "tasks": 4}
    prepare = Prepare(run=1, workload="tests.lanes.pooled:POOLED", params=params, seed=1, workers=2)
    lane.stdin.write(ev.encode([prepare, Go(run=1)]))
    begun = 0
    while begun < 2:
        line = await asyncio.wait_for(lane.stdout.readline(), PATIENCE_S)
        begun += isinstance(ev.decode_event(line), ev.Started)
    processes = [p for p in psutil.process_iter() if os.getsid(p.pid) == lane.pid]
    assert len(processes) >= 3
    lane.kill()
    await lane.wait()
    assert await gone(processes) == []


async def test_every_lane_starts_tasks_in_the_order_of_their_size(races: Races) -> None:
    lanes = ("serial", "threads", "processes", "ray")
    params: dict[str, int | float | str] = {"tasks": 5, "seconds": 0.1, "workers": 1, "spread": 4.0}
    order = Execution("longest-first")
    assert await races.run(Plan("sleep", params, 3, lanes, "together", execution=order)) == (
        "finished"
    )
    lengths = waits(params, 3)
    expected = sorted(range(5), key=lambda task: -lengths[task])
    for lane in races.race.raced():
        assert list(np.argsort(lane.tasks.start)) == expected, lane.name
        assert lane.execution == order
    assert races.race.same_answer() is True
