"""What must be survived: workers, daemons, lanes and drivers killed; tasks that misbehave; Ray
missing.
"""

import asyncio
import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.lanes.conftest import Races, gone, pi_plan, sleep_plan
from tests.lanes.test_tasks import faulty
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.lanes.coordinator import Coordinator, Plan

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_worker_killed_mid_task_is_seen_and_its_task_runs_again(races: Races) -> None:
    plan = pi_plan(tasks=6, samples=1_500_000)
    going = races.begin(plan)
    await races.until(lambda: any(e.lane == "ray" for e in races.of(ev.Progressed)))
    victim = next(e for e in races.of(ev.Progressed) if e.lane == "ray")
    worker = races.lane("ray").tasks.worker[victim.task]
    os.kill(races.lane("ray").rows[worker].pid, signal.SIGKILL)
    assert await going == "finished"
    ray = races.lane("ray")
    assert ray.retried >= 1
    assert len(races.of(ev.WorkerLost)) == 1
    assert [number for number, row in ray.rows.items() if row.lost] == [worker]
    assert ray.tasks.attempt.max() == 1
    assert races.race.same_answer() is True


async def test_a_worker_killed_on_the_plain_path_too(races: Races) -> None:
    going = races.begin(sleep_plan(2500, 0.002, lanes=("ray",)))
    await races.until(lambda: len(races.of(ev.Finished)) > 100)
    os.kill(next(iter(races.lane("ray").rows.values())).pid, signal.SIGKILL)
    assert await going == "finished"
    assert races.lane("ray").retried >= 1
    assert races.lane("ray").done == 2500


async def test_what_is_killed_ends_its_lane_with_a_reason_and_can_be_raced_again(
    own_races: Races,
) -> None:
    """One test, as each of the four needs the start of a Ray that the next one kills."""
    races = own_races
    for victim, word, schedule in (
        ("lane", "SIGKILL", "together"),
        ("raylet", "raylet", "in-turn"),
        ("gcs_server", "GCS", "in-turn"),
    ):
        going = races.begin(replace(faulty("hang on Ray"), schedule=schedule))
        await races.until(
            lambda: (
                races.lane("serial").done == 4
                and any(e.lane == "ray" for e in races.of(ev.Progressed))
            )
        )
        processes = races.processes("ray")
        assert len(processes) > 4
        lane = processes[0]
        next(p for p in processes if p.name() == victim or (victim == "lane" and p == lane)).kill()
        assert await going == "failed"
        assert word in races.lane("ray").reason
        assert races.lane("serial").state == "finished"
        assert races.lane("serial").reason == ""
        assert races.lane("ray").reason in verdict(races.race)
        assert await gone(processes) == []
        assert await races.run(pi_plan(tasks=2, samples=10_000)) == "finished"
    # Between races.
    next(p for p in races.processes("ray") if p.name() == "raylet").kill()
    await races.until(lambda: races.lane("ray").state == "broken")
    assert "raylet" in races.lane("ray").reason


async def test_the_serial_lane_killed_is_told(races: Races) -> None:
    going = races.begin(sleep_plan(3, 30.0))
    await races.until(lambda: any(e.lane == "serial" for e in races.of(ev.Started)))
    os.kill(races.lane("serial").pid, signal.SIGKILL)
    await races.until(lambda: races.lane("serial").state == "gone")
    await races.until(lambda: bool([e for e in races.of(ev.RunStarted) if e.lane == "ray"]))
    races.coordinator.cancel()
    assert await going == "cancelled"
    assert race_report(races.race).lanes[0].status == "failed"


HOLDER = """
import asyncio, sys
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.engines import EngineOptions
from workloads.core import events as ev

async def main():
    def say(event):
        if isinstance(event, ev.Progressed):
            print(event.lane, flush=True)
    coordinator = Coordinator(EngineOptions(cpus=2), [say])
    params = {"tasks": 8, "seconds": 60.0, "workers": 2}
    await coordinator.race(Plan("sleep", params, 1, schedule="together"))

asyncio.run(main())
"""


async def test_lanes_die_with_an_app_that_is_killed_and_take_ray_along() -> None:
    app = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert app.stdout is not None
        seen = set()
        while seen != {b"serial\n", b"ray\n"}:
            line = await asyncio.wait_for(app.stdout.readline(), 120)
            assert line, "the app ended by itself"
            seen.add(line)
        processes = psutil.Process(app.pid).children(recursive=True)
        assert {"raylet", "gcs_server"} <= {process.name() for process in processes}
        app.kill()
        assert await gone(processes, 10.0) == []
    finally:
        if app.returncode is None:
            app.kill()
        await app.wait()


async def test_ray_that_cannot_be_imported_leaves_serial_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError('no ray for you')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with _private() as races:
        assert await races.run(pi_plan(tasks=2, samples=50_000)) == "failed"
        assert "Ray can't be imported: ImportError: no ray for you" in races.lane("ray").reason
        assert races.lane("serial").state == "finished"


async def test_ray_that_fails_to_start_says_why(tmp_path: Path) -> None:
    async with _private(EngineOptions(address="127.0.0.1:1")) as races:
        assert await races.run(pi_plan(tasks=2, samples=50_000)) == "failed"
        reason = races.lane("ray").reason
        assert reason.startswith(
            "No Ray cluster at 127.0.0.1:1: Connection refused; give the address of"
        )
        assert races.lane("serial").state == "finished"


async def test_a_silent_address_is_named_and_can_be_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = f"127.0.0.1:{silent.getsockname()[1]}"
        async with _private(EngineOptions(address=at)) as races:
            running = races.begin(pi_plan(tasks=2, samples=50_000, lanes=("ray",)))
            await races.until(
                lambda: any(phase.name == f"connect to {at}" for phase in races.lane("ray").phases)
            )
            races.coordinator.cancel()
            assert await running == "cancelled"


async def test_two_apps_at_once_and_a_stray_ray_do_not_meet(races: Races) -> None:
    assert await races.run(pi_plan(tasks=2, samples=10_000)) == "finished"
    async with _private() as others:
        assert await others.run(pi_plan(tasks=2, samples=10_000)) == "finished"
        ours = {row.node for row in races.lane("ray").rows.values()}
        theirs = {row.node for row in others.lane("ray").rows.values()}
        assert ours.isdisjoint(theirs)
    assert await races.run(pi_plan(tasks=2, samples=10_000)) == "finished"


class _private:
    def __init__(self, options: EngineOptions | None = None) -> None:
        self._options = options or EngineOptions(cpus=1)

    async def __aenter__(self) -> Races:
        self._races = Races(Coordinator(self._options, []))
        self._races.coordinator.listen(self._races.take)
        return self._races

    async def __aexit__(self, *error: object) -> None:
        await self._races.coordinator.close()


@pytest.mark.parametrize("lane", ["serial", "threads", "processes"])
async def test_a_rehearsal_that_fails_is_told_alike(own_races: Races, lane: str) -> None:
    assert (
        await own_races.run(Plan("tests.lanes.rehearsed:BROKEN", {"tasks": 2}, 1, (lane,)))
        == "failed"
    )
    assert "can't load the tasks' code: SystemExit: no instrument" in own_races.lane(lane).reason
