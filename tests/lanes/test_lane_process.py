"""A lane as the app holds it: commands to a lane that doesn't read, listeners that stumble, limits of the system."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from tests.lanes.conftest import PATIENCE_S, sleep_plan
from workloads import events as ev
from workloads import lane_pipe
from workloads.coordinator import Coordinator
from workloads.engines import EngineOptions
from workloads.lane_process import LaneProcess


class Heard:
    """A lane's process and what it has told."""

    def __init__(self, engine: str = "serial") -> None:
        self.events: list[ev.AnyEvent] = []
        self.lane = LaneProcess(engine, engine, EngineOptions(), self.events.extend)

    async def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, self.events
            await asyncio.sleep(0.01)

    def has(self, kind: type) -> bool:
        return any(isinstance(event, kind) for event in self.events)


def large(run: int) -> ev.Prepare:
    """A command that no pipe holds (5 MB)."""
    return ev.Prepare(run=run, workload="noop", params={"tasks": 2}, seed=1, inputs=["x" * 5_000_000])


async def heartbeat(beats: list[float]) -> None:
    while True:
        beats.append(time.monotonic())
        await asyncio.sleep(0.01)


async def test_commands_to_a_stopped_lane_do_not_hold_the_loop_and_arrive_in_order():
    heard = Heard()
    await heard.until(lambda: heard.has(ev.EngineStarted))
    os.kill(heard.lane.pid, signal.SIGSTOP)
    beats: list[float] = []
    beating = asyncio.create_task(heartbeat(beats))
    for run in (1, 2, 3):
        heard.lane.send(large(run))
        heard.lane.send(ev.Go(run=run))
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
    assert [event.run for event in heard.events if isinstance(event, ev.LaneReady | ev.RunEnded)] == [1]
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


async def test_a_listener_that_stumbles_misses_only_that_event_and_is_logged_once(capsys: pytest.CaptureFixture[str]):
    seen: list[ev.AnyEvent] = []
    others: list[ev.AnyEvent] = []

    def faulty(event: ev.AnyEvent) -> None:
        seen.append(event)
        if isinstance(event, ev.Started | ev.Finished):
            raise KeyError("a row")

    coordinator = Coordinator(EngineOptions(cpus=2), [faulty, others.append])
    try:
        status = await asyncio.wait_for(coordinator.race(sleep_plan(3, 0.0, lanes=("serial",))), PATIENCE_S)
    finally:
        await coordinator.close()
    assert status == "finished"
    assert set(map(id, seen)) == set(map(id, others))
    logged = [event.text for event in others if isinstance(event, ev.Logged)]
    assert len([text for text in logged if "A listener failed on the event started: KeyError: 'a row'" in text]) == 1
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
        status = await asyncio.wait_for(coordinator.race(sleep_plan(2, 0.0, lanes=("serial",))), PATIENCE_S)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert psutil.Process().num_fds() == before
    await coordinator.close()
    assert status == "failed"
    failed = [event for event in events if isinstance(event, ev.LaneFailed)]
    assert [event.lane for event in failed] == ["serial"]
    assert "too many files are open in this process; raise the limit (ulimit -n)" in failed[0].reason
