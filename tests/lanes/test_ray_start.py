"""A private Ray whose start fails: tried once more, said, and nothing is left of the first try."""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.lanes.conftest import PATIENCE_S, Races, gone, pi_plan
from workloads.core import events as ev

pytestmark = pytest.mark.asyncio(loop_scope="session")

TWO_STARTS_S = 300.0


async def first(races: Races, name: str) -> psutil.Process:
    """The lane's first process of that name, as soon as there is one."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.Error, KeyError):
            for process in races.processes("ray")[1:]:
                if process.name() == name and len(process.cmdline()) > 1:  # exec is over
                    return process
        await asyncio.sleep(0.002)
    raise AssertionError(f"no {name} appeared")


def session_folder(process: psutil.Process) -> Path:
    """The folder of the session that the raylet belongs to, from its command line."""
    named = next(part for part in process.cmdline() if part.startswith("--session_dir="))
    return Path(named.partition("=")[2])


async def test_a_start_that_fails_is_tried_once_more_and_said(own_races: Races) -> None:
    races = own_races
    plan = pi_plan(tasks=2, samples=10_000, lanes=("ray",))
    going = asyncio.create_task(asyncio.wait_for(races.coordinator.race(plan), TWO_STARTS_S))
    raylet = await first(races, "raylet")
    folder = session_folder(raylet)
    of_the_first = [
        process for process in races.processes("ray") if process.pid != races.lane("ray").pid
    ]
    raylet.kill()
    assert await going == "finished"
    assert await gone(of_the_first) == []
    assert not folder.exists()
    assert [process.name() for process in races.processes("ray")].count("raylet") == 1
    ended = [event for event in races.events if isinstance(event, ev.PhaseEnded)]
    assert [(event.name, event.detail) for event in ended][1:3] == [
        ("init", "failed: Ray's raylet ended while it started"),
        ("init again", "2 CPUs"),
    ]
    said = [event.text for event in races.events if isinstance(event, ev.Logged)]
    assert "Ray's raylet ended while it started; trying once more." in said


async def test_a_raylet_that_stands_still_is_waited_for(own_races: Races) -> None:
    races = own_races
    going = races.begin(pi_plan(tasks=2, samples=10_000, lanes=("ray",)))
    raylet = await first(races, "raylet")
    raylet.suspend()
    await asyncio.sleep(
        2.5
    )  # longer than two slices of the wait; tests.bench.stalled_ray does it for 45 s
    raylet.resume()
    assert await going == "finished"
    assert {phase.name for phase in races.lane("ray").phases} == {"import", "init", "workers"}


EFFECTIVE = """
import os
from workloads.engines import EngineOptions
from workloads.engines.ray.cluster import Cluster

cluster = Cluster(EngineOptions(cpus=1))
cluster._start = lambda emit: cluster.close() or os._exit(report())

def report():
    from ray._private import ray_constants
    from ray._raylet import Config
    print(Config.worker_register_timeout_seconds())
    attempts = Config.raylet_client_num_connect_attempts()
    print(attempts * Config.raylet_client_connect_timeout_milliseconds() / 1000)
    print(Config.py_gcs_connect_timeout_s())
    print(Config.health_check_timeout_ms() / 1000)
    print(ray_constants.GCS_SERVER_REQUEST_TIMEOUT_SECONDS)
    print(ray_constants.RAY_DASHBOARD_STARTUP_TIMEOUT_S)
    print(os.environ["RAY_raylet_start_wait_time_s"], flush=True)
    return 0

cluster.open(lambda event: None)
"""


async def test_the_deadlines_in_force_are_a_minute_at_least() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", EFFECTIVE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    seconds = [float(line) for line in said.split()]
    assert len(seconds) == 7
    assert min(seconds) >= 60
