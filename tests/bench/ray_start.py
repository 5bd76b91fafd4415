"""How long Ray takes from nothing to warm workers: the lane against a bare script with the same
options.

uv run python -m tests.bench.ray_start [--quick]
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable

import psutil

from tests.bench.figures import Others, add_ratio, arguments, console, spread, table
from workloads.core import events as ev
from workloads.core.commands import Prepare
from workloads.engines.ray.cluster import ENVIRONMENT
from workloads.lanes.__main__ import NICENESS
from workloads.machine.host import usable_cpus

PREPARE = Prepare(
    run=1,
    workload="pi",
    params={"tasks": 16, "samples": 1000, "kernel": "python"},
    seed=1,
    workers=usable_cpus(),
    num_cpus=1,
    resources={},
    inputs=[],
)

BARE = """
import contextlib, logging, os, sys, time
os.nice({niceness})  # the lane's own, so that others disturb both alike
with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as group:
    group.write("{niceness}")
import ray

ray.init(
    address="local",
    num_cpus={cpus},
    resources={{"share": 1_000_000}},
    include_dashboard=False,
    object_store_memory=1 << 30,
    log_to_driver=True,
    logging_level=logging.WARNING,
    namespace="bare",
    _temp_dir=sys.argv[1],
    _node_ip_address="127.0.0.1",
)
print("init", flush=True)

@ray.remote
def where(hold_s):
    time.sleep(hold_s)
    return os.getpid()

hold_s, seen = 0.05, set()
while len(seen) < {cpus}:
    seen.update(ray.get([where.remote(hold_s) for _ in range({cpus})]))
    hold_s = min(2 * hold_s, 1)
print("warm", flush=True)
sys.stdin.read()
ray.shutdown()
"""


def bare() -> dict[str, float]:
    """Seconds of a bare script to `ray.init`'s return, and to the first result of every worker."""
    folder = tempfile.mkdtemp(prefix="rs-", dir="/tmp")  # a short path: Ray's sockets lie below it
    command = [sys.executable, "-c", BARE.format(cpus=usable_cpus(), niceness=NICENESS), folder]
    environment = {**os.environ, **ENVIRONMENT, "RAY_AUTH_MODE": "disabled"}
    try:
        return _marks(command, environment, b"", {b"init\n": "init", b"warm\n": "warm"}.get)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def lane() -> dict[str, float]:
    """Seconds of the lane to its engine's start, and to warm workers for π."""

    def mark(line: bytes) -> str | None:
        event = ev.decode_event(line)
        if isinstance(event, ev.LaneFailed):
            raise SystemExit(event.reason)
        return {"EngineStarted": "init", "LaneReady": "warm"}.get(type(event).__name__)

    command = [sys.executable, "-P", "-m", "workloads.lanes", "ray", "--events", "1"]
    return _marks(command, {**os.environ}, ev.encode([PREPARE]), mark)


def _marks(
    command: list[str],
    environment: dict[str, str],
    first: bytes,
    mark: Callable[[bytes], str | None],
) -> dict[str, float]:
    """Seconds to the lines that `mark` names, and the CPU seconds of all processes up to there."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(first)
    process.stdin.flush()
    seen: dict[str, float] = {}
    for line in process.stdout:
        if name := mark(line):
            seen[name] = time.perf_counter() - began
        if "warm" in seen:
            break
    processes = [psutil.Process(process.pid), *psutil.Process(process.pid).children(True)]
    seen["cpu"] = _cpu_s(processes)
    process.stdin.close()
    process.stdout.read()
    process.wait(60)
    psutil.wait_procs(processes, 10)
    return seen


def _cpu_s(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def main() -> None:
    """Interleaved pairs."""
    given = arguments(__doc__)
    pairs = 2 if given.quick else 9
    taken: dict[str, list[float]] = defaultdict(list)
    foreign: list[float] = []
    for number in range(pairs + 1):
        others = Others()
        order = (("bare", bare), ("lane", lane))
        for name, start in order if number % 2 else order[::-1]:
            marks = start()
            if number:  # the first pair warms the file cache
                for mark, seconds in marks.items():
                    taken[f"{name} {mark}"].append(seconds)
        if number:
            foreign.append(others.share())
    made = table(
        f"From the start of the process, seconds; {pairs} interleaved pairs",
        "start",
        "median (range)",
        "n",
        "target",
    )
    made.add_row("bare import ray; ray.init()", spread(taken["bare init"]), str(pairs), "")
    made.add_row("  and a result of every worker", spread(taken["bare warm"]), str(pairs), "")
    made.add_row("lane: Ray is ready", spread(taken["lane init"]), str(pairs), "")
    made.add_row("  and every worker is warm", spread(taken["lane warm"]), str(pairs), "")
    add_ratio(made, "ready, lane ÷ bare", taken["lane init"], taken["bare init"], foreign, "≤ 0.7")
    add_ratio(made, "warm, lane ÷ bare", taken["lane warm"], taken["bare warm"], foreign, "≤ 0.7")
    made.add_row("CPU of a bare start", spread(taken["bare cpu"]), "", "")
    made.add_row("CPU of a lane's start", spread(taken["lane cpu"]), "", "")
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", "")
    console.print(made)


if __name__ == "__main__":
    main()
