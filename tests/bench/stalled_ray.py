"""Whether a Ray lane starts although one of Ray's processes stands still for a while right after
its start.

uv run python -m tests.bench.stalled_ray [--seconds 45] [PROCESS ...]

Stops each process of the lane's Ray whose command line has that word (raylet, gcs_server,
runtime_env/agent, …), lets it go on after the seconds, and shows how the start went, with each
phase. The cases run side by side.
"""

import argparse
import asyncio
import contextlib
import time

import psutil

from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Coordinator, Plan

CASES = ("raylet", "gcs_server", "runtime_env/agent", "dashboard/agent.py")
LOOK_EVERY_S = 0.005


async def stall(lane: int, word: str, seconds: float) -> None:
    """Stop the first of the lane's processes with that word as soon as it appears."""
    while True:
        for process in psutil.Process(lane).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                parts = process.cmdline()
                if any(word in part for part in parts[:3]) and process.pid != lane:
                    process.suspend()
                    print(f"{word}: stopped process {process.pid}", flush=True)
                    await asyncio.sleep(seconds)
                    process.resume()
                    return
        await asyncio.sleep(LOOK_EVERY_S)


async def case(word: str, seconds: float) -> None:
    """Open a Ray lane, stall one of its processes, race one task."""
    began = time.monotonic()

    def say(event: ev.AnyEvent) -> None:
        if isinstance(
            event,
            ev.PhaseBegan
            | ev.PhaseEnded
            | ev.EngineStarted
            | ev.LaneFailed
            | ev.LaneExited
            | ev.Logged,
        ):
            print(f"{word}: {time.monotonic() - began:6.1f} s  {event}", flush=True)

    coordinator = Coordinator(EngineOptions(cpus=1), [say])
    try:
        coordinator.open(["ray"])
        lane = next(child.pid for child in psutil.Process().children() if child.pid not in _seen)
        _seen.add(lane)
        stalled = asyncio.create_task(stall(lane, word, seconds))
        plan = Plan("sleep", {"tasks": 1, "seconds": 0.0, "workers": 1}, 1, ("ray",))
        print(
            f"{word}: {await coordinator.race(plan)} after {time.monotonic() - began:.1f} s",
            flush=True,
        )
        stalled.cancel()
    finally:
        await coordinator.close()


_seen: set[int] = set()


async def main() -> None:
    """Run the cases side by side: they mostly wait."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("process", nargs="*", default=CASES)
    given = parser.parse_args()
    await asyncio.gather(*(case(word, given.seconds) for word in given.process))


if __name__ == "__main__":
    asyncio.run(main())
