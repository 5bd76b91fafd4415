"""A lane as the app holds it: commands to a lane that doesn't read, listeners that stumble, limits
of the system.
"""

import asyncio
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.lanes.conftest import PATIENCE_S, Races, sleep_plan
from tests.lanes.test_function import plan
from workloads.core import events as ev
from workloads.core.commands import Go, Prepare
from workloads.engines import EngineOptions
from workloads.figures.report import race_report
from workloads.lanes import pipe as lane_pipe
from workloads.lanes.coordinator import Coordinator
from workloads.lanes.process import LaneProcess
from workloads.lanes.spawned import SpawnedLane


class Heard:
    """A lane's process and what it has told."""

    def __init__(self, engine: str = "serial", options: EngineOptions | None = None) -> None:
        self.events: list[ev.AnyEvent] = []
        spawned = SpawnedLane(engine, engine, options or EngineOptions())
        self.lane = LaneProcess(spawned, self.events.extend)

    async def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, self.events
            await asyncio.sleep(0.01)

    def has(self, kind: type) -> bool:
        return any(isinstance(event, kind) for event in self.events)


def large(run: int) -> Prepare:
    """A command that no pipe holds (5 MB)."""
    return Prepare(run=run, workload="noop", params={"tasks": 2}, seed=1, inputs=["x" * 5_000_000])


async def heartbeat(beats: list[float]) -> None:
    while True:
        beats.append(time.monotonic())
        await asyncio.sleep(0.01)


async def test_only_the_baselines_lane_measures_the_rate_of_a_workload_when_it_starts():
    options = EngineOptions(rate_of="pi")
    rates = {}
    for engine in ("serial", "threads"):
        heard = Heard(engine, options)
        await heard.until(lambda heard=heard: heard.has(ev.EngineStarted))
        await heard.lane.close()
        [rates[engine]] = [e.rate for e in heard.events if isinstance(e, ev.EngineStarted)]
    assert rates["serial"] > 1000
    assert rates["threads"] == 0


async def test_commands_to_a_stopped_lane_do_not_hold_the_loop_and_arrive_in_order():
    heard = Heard()
    await heard.until(lambda: heard.has(ev.EngineStarted))
    os.kill(heard.lane.pid, signal.SIGSTOP)
    beats: list[float] = []
    beating = asyncio.create_task(heartbeat(beats))
    for run in (1, 2, 3):
        heard.lane.send(large(run))
        heard.lane.send(Go(run=run))
    await heard.until(lambda: len(beats) > 5)  # the loop is alive though nothing was read
    assert psutil.Process(heard.lane.pid).status() == psutil.STATUS_STOPPED
    os.kill(heard.lane.pid, signal.SIGCONT)
    await heard.until(lambda: sum(isinstance(event, ev.RunEnded) for event in heard.events) == 3)
    assert [event.run for event in heard.events if isinstance(event, ev.RunEnded)] == [1, 2, 3]
    beating.cancel()
    await heard.lane.close()
    assert isinstance(heard.events[-1], ev.LaneExited)
    assert heard.events[-1].status == 0


async def test_what_was_sent_arrives_before_the_end_of_the_input():
    heard = Heard()
    os.kill(heard.lane.pid, signal.SIGSTOP)
    heard.lane.send(large(1))
    closing = asyncio.create_task(heard.lane.close(PATIENCE_S))
    await asyncio.sleep(0)
    os.kill(heard.lane.pid, signal.SIGCONT)
    await closing
    assert [
        event.run for event in heard.events if isinstance(event, ev.LaneReady | ev.RunEnded)
    ] == [1]
    assert isinstance(heard.events[-1], ev.LaneExited)
    assert heard.events[-1].status == 0


async def test_a_lane_that_never_reads_is_killed_in_the_end():
    heard = Heard()
    os.kill(heard.lane.pid, signal.SIGSTOP)
    heard.lane.send(large(1))
    await heard.lane.close(0.05)
    assert isinstance(heard.events[-1], ev.LaneExited)
    assert heard.events[-1].status == -signal.SIGKILL


async def test_a_lane_that_is_hopelessly_behind_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lane_pipe, "MAX_WAITING_BYTES", 9_000_000)
    heard = Heard()
    os.kill(heard.lane.pid, signal.SIGSTOP)
    for run in (1, 2, 3):
        heard.lane.send(large(run))
    await asyncio.wait_for(heard.lane.exited, PATIENCE_S)
    assert isinstance(heard.events[-1], ev.LaneExited)


async def test_commands_to_a_lane_that_is_gone_are_dropped():
    heard = Heard()
    heard.lane.kill()
    for run in (1, 2):
        heard.lane.send(large(run))
    await heard.lane.close()
    heard.lane.send(large(3))
    await heard.lane.close()


async def test_a_listener_that_stumbles_misses_only_that_event_and_is_logged_once(
    capsys: pytest.CaptureFixture[str],
):
    seen: list[ev.AnyEvent] = []
    others: list[ev.AnyEvent] = []

    def faulty(event: ev.AnyEvent) -> None:
        seen.append(event)
        if isinstance(event, ev.Started | ev.Finished):
            raise KeyError("a row")

    coordinator = Coordinator(EngineOptions(cpus=2), [faulty, others.append])
    try:
        status = await asyncio.wait_for(
            coordinator.race(sleep_plan(3, 0.0, lanes=("serial",))), PATIENCE_S
        )
    finally:
        await coordinator.close()
    assert status == "finished"
    assert set(map(id, seen)) == set(map(id, others))
    logged = [event.text for event in others if isinstance(event, ev.Logged)]
    assert (
        len(
            [
                text
                for text in logged
                if "A listener failed on the event started: KeyError: 'a row'" in text
            ]
        )
        == 1
    )
    assert len([text for text in logged if "A listener failed" in text]) == 1
    assert capsys.readouterr().err.count("Traceback") == 1


async def test_no_descriptor_left_is_a_sentence_and_leaks_none():
    events: list[ev.AnyEvent] = []
    coordinator = Coordinator(EngineOptions(cpus=2), [events.append])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest, after = os.pipe()
    os.close(lowest)
    os.close(after)
    before = psutil.Process().num_fds()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 3, hard))
        status = await asyncio.wait_for(
            coordinator.race(sleep_plan(2, 0.0, lanes=("serial",))), PATIENCE_S
        )
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert psutil.Process().num_fds() == before
    await coordinator.close()
    assert status == "failed"
    failed = [event for event in events if isinstance(event, ev.LaneFailed)]
    assert [event.lane for event in failed] == ["serial"]
    assert "this process has too many open files; raise the limit (ulimit -n)" in failed[0].reason


@pytest.fixture
def crowded(tmp_path: Path) -> Callable[[int, list[str]], "subprocess.CompletedProcess[str]"]:
    """Runs Python as a user that may have so many processes and threads; root may have
    any number.
    """
    if os.getuid() != 0 or not shutil.which("setpriv") or not shutil.which("prlimit"):
        pytest.skip("needs root, setpriv and prlimit")
    user = 600_000 + os.getpid() % 100_000  # nobody else's processes count
    drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    drop += [
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    ]  # our Python may be in root's home

    def run(processes: int, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
        command = [*drop, "prlimit", f"--nproc={processes}", sys.executable, *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env={**os.environ, "HOME": str(tmp_path)},
        )

    probe = run(1, ["-c", "import threading; threading.Thread(target=print).start()"])
    assert "can't start new thread" in probe.stderr
    return run


@pytest.mark.parametrize(
    ("processes", "lane", "said"),
    [
        (
            1,
            "serial",
            "Serial didn't finish. The lane's process can't be started: the limit on "
            "processes and threads",
        ),
        (
            2,
            "serial",
            "Serial didn't finish. The lane can't start: the limit on processes and threads",
        ),
        (
            7,
            "threads",
            "Threads didn't finish. Not all 4 threads can be started: the limit on processes "
            "and threads",
        ),
    ],
)
def test_no_threads_or_processes_left_is_a_sentence(
    crowded: Callable[[int, list[str]], "subprocess.CompletedProcess[str]"],
    processes: int,
    lane: str,
    said: str,
):
    race = ["race", "noop", "--tasks", "4", "--lanes", lane, "--cpus", "4", "--headless"]
    ended = crowded(processes, ["-m", "tui.cli", *race])
    assert said in ended.stdout, ended
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_a_suspended_race_stands_still_with_ray_and_then_ends_as_it_should(
    races: Races, tmp_path: Path
):
    gate = tmp_path / "gate"
    (tmp_path / "in.json").write_text(json.dumps([str(gate)] * 2))
    gated = plan("gated", str(tmp_path / "in.json"), ("serial", "ray"))
    going = races.begin(replace(gated, schedule="together"))
    await races.until(lambda: any(event.lane == "ray" for event in races.of(ev.Progressed)))
    processes = races.processes("ray") + races.processes("serial")
    assert {"raylet", "gcs_server"} <= {process.name() for process in processes}
    races.coordinator.suspend()
    await races.until(
        lambda: {process.status() for process in processes} == {psutil.STATUS_STOPPED}
    )
    await asyncio.sleep(float(os.environ.get("SUSPENDED_S", "0.5")))
    races.coordinator.resume(0.5)
    gate.touch()
    assert await going == "finished"
    assert [
        event.seconds for event in races.of(ev.RaceSuspended) if isinstance(event, ev.RaceSuspended)
    ] == [0.5]
    assert races.lane("ray").retried == 0
    assert races.race.same_answer() is True
    assert race_report(races.race).speedup == {}
