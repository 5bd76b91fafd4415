"""A process with a Ray of its own that runs what it is told: the bare loops that the Ray lane is
measured against.

    python -m tests.bench.ray_host bare|engine

It reads one JSON command a line on standard input and answers each with the seconds it took. `bare`
starts Ray as a short script would, but with the lane's environment; `engine` uses the lane's engine
without a lane.
"""

import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import workloads
from tests.bench.hosted import Hosted
from workloads.builtin import noop
from workloads.builtin.pi import sampling_task
from workloads.core.task import Task
from workloads.engines import Demand, EngineOptions, Stop, WarmUp
from workloads.engines.measure import THREADS
from workloads.engines.ray.cluster import ENVIRONMENT
from workloads.engines.ray.tasks import RayTasks
from workloads.machine.host import usable_cpus

KERNEL, SEED, WINDOW = "python", 1, 64


def sample(samples: int, number: int) -> Any:
    """The π task as a plain function: the same loop to the end, its reports dropped."""
    task = sampling_task(samples, SEED, number, KERNEL)
    while True:
        try:
            next(task)
        except StopIteration as end:
            return end.value


def nothing() -> None:
    """The least a task can do."""


def bare_sampling(ray: Any, tasks: int, samples: int) -> float:
    """What a script would write: submit all, get all."""
    remote = ray.remote(sample)
    ray.get([remote.remote(1000, n) for n in range(2 * usable_cpus())])
    began = time.perf_counter()
    ray.get([remote.remote(samples, n) for n in range(tasks)])
    return time.perf_counter() - began


def tiny_all(ray: Any, tasks: int) -> float:
    """Submit all, get all."""
    remote = ray.remote(nothing)
    ray.get([remote.remote() for _ in range(100)])
    began = time.perf_counter()
    ray.get([remote.remote() for _ in range(tasks)])
    return time.perf_counter() - began


def tiny_window(ray: Any, tasks: int) -> float:
    """At most 64 in flight, through ray.wait."""
    remote = ray.remote(nothing)
    ray.get([remote.remote() for _ in range(100)])
    began = time.perf_counter()
    flying: list[Any] = []
    left = tasks
    while left or flying:
        more = min(left, WINDOW - len(flying))
        flying += [remote.remote() for _ in range(more)]
        left -= more
        ready, _ = ray.wait(flying, num_returns=1)
        ready, flying = ray.wait(flying, num_returns=len(flying), timeout=0)
        ray.get(ready)
    return time.perf_counter() - began


def through_engine(engine: RayTasks, tasks: list[Task], workers: int | None) -> float:
    """The lane's engine, its events dropped."""
    engine.prepare(tasks, WarmUp(("numpy",)), Demand(workers), Stop())
    began = time.perf_counter()
    for _ in engine.run(tasks, Stop()):
        pass
    return time.perf_counter() - began


def carry_out(command: dict[str, Any], ray: Any, engine: RayTasks | None) -> float:
    """Seconds that the command took."""
    what, count = command["run"], command["tasks"]
    if what == "bare":
        return bare_sampling(ray, count, command["samples"])
    if what == "all":
        return tiny_all(ray, count)
    if what == "window":
        return tiny_window(ray, count)
    assert engine
    tasks = {
        "streamed": lambda n: Task(n, sampling_task, (command["samples"], SEED, n, KERNEL)),
        "plain": lambda n: Task(n, sample, (command["samples"], n)),
        "tiny": lambda n: Task(n, noop.nothing),
    }[what]
    return through_engine(
        engine, [tasks(n) for n in range(count)], usable_cpus() if what == "tiny" else None
    )


def main() -> None:
    """Serve until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ.update(ENVIRONMENT, **dict.fromkeys(THREADS, "1"))
    ray: Any = None
    engine, folder = None, ""
    if sys.argv[1] == "engine":
        engine = RayTasks(EngineOptions())
        engine.open(lambda event: None)
        close: Callable[[], None] = engine.close
    else:
        # Only here: an engine imports Ray itself, after it has set a token.
        os.environ["RAY_AUTH_MODE"] = "disabled"
        import ray

        folder = tempfile.mkdtemp(
            prefix="rb-", dir="/tmp"
        )  # a short path: Ray puts Unix sockets below it
        ray.init(
            address="local",
            num_cpus=usable_cpus(),
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.WARNING,
            _temp_dir=folder,
            _node_ip_address="127.0.0.1",
        )
        ray.cloudpickle.register_pickle_by_value(workloads)
        close = ray.shutdown
    try:
        for line in sys.stdin:
            print(json.dumps(carry_out(json.loads(line), ray, engine)), file=answers, flush=True)
    finally:
        with contextlib.suppress(Exception):
            close()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


class Host(Hosted):
    """That process, from outside."""

    def __init__(self, kind: str) -> None:
        super().__init__("tests.bench.ray_host", kind, silent=True)

    def run(self, what: str, tasks: int, samples: int = 0) -> float:
        """Seconds that the run took."""
        return self.ask({"run": what, "tasks": tasks, "samples": samples})


if __name__ == "__main__":
    main()
