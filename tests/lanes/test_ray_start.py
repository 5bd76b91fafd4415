"""A private Ray whose start fails: tried once more, said, and nothing is left of the first try."""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.lanes.conftest import PATIENCE_S, Races, pi_plan
from workloads.core import events as ev
from workloads.engines.ray.start import DAEMONS, STEP_BACK

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


BREAKING = """
import json, os, sys

def break_the_first_raylet(event, arguments):
    if event != "subprocess.Popen" or os.path.basename(arguments[0]) != "raylet":
        return
    try:
        note = open(os.environ["FIRST_START"], "x")
    except FileExistsError:
        return
    import psutil
    command, started = arguments[1], psutil.Process().children(recursive=True)
    session = next(part for part in command if part.startswith("--session_dir="))
    with note:
        json.dump([session.partition("=")[2], [process.pid for process in started]], note)
    command.append("--no-such-option")

sys.addaudithook(break_the_first_raylet)
"""
"""Python runs this when the lane starts: the first raylet ends at once; its session's folder, and
what runs beside it, are noted. Killed by the test, it may have registered by then, and the driver,
which registers with it next, ends with it.
"""


def is_agent(process: psutil.Process) -> bool:
    """True for Ray's agents, by the command or the title that they take later."""
    return process.name() not in DAEMONS and "agent" in " ".join(process.cmdline()).lower()


async def test_a_start_that_fails_is_tried_once_more_and_said(
    own_races: Races, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    races = own_races
    (tmp_path / "sitecustomize.py").write_text(BREAKING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("FIRST_START", str(tmp_path / "first"))
    plan = pi_plan(tasks=2, samples=10_000, lanes=("ray",))
    assert await asyncio.wait_for(races.coordinator.race(plan), TWO_STARTS_S) == "finished"
    session, started = json.loads((tmp_path / "first").read_text())
    assert started
    assert not any(psutil.pid_exists(pid) for pid in started)
    assert not (tmp_path / session).exists()
    assert [process.name() for process in races.processes("ray")].count("raylet") == 1
    ended = [event for event in races.events if isinstance(event, ev.PhaseEnded)]
    assert [(event.name, event.detail) for event in ended][1:3] == [
        ("init", "failed: Ray's raylet ended while it started"),
        ("init again", "2 CPUs"),
    ]
    said = [event.text for event in races.events if isinstance(event, ev.Logged)]
    assert "Ray's raylet ended while it started; trying once more." in said
    usual = psutil.Process(races.lane("ray").pid).nice()
    later = {process for process in races.processes("ray") if is_agent(process)}
    assert len(later) == 2
    idle = ("monitor.py", "log_monitor.py")
    assert not any(
        word.endswith(idle) for each in races.processes("ray") for word in each.cmdline()
    )
    assert {process.nice() for process in later} == {min(usual + STEP_BACK, 19)}
    assert {process.nice() for process in {*races.processes("ray")} - later} == {usual}


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
