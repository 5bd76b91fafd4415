"""Large inputs on their way into Ray's object store: loaded ahead by threads of the driver, put once, counted.

A picture is decoded here and put as an array, which every worker on this machine then reads in place. The
window of tasks in flight is bounded by what the store holds, so more pictures than memory never fill it.
"""

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workloads import events as ev
from workloads.task import Large, Task, opened

LOADERS = 4
"""Threads that load at the same time, at most: they share the cores with the workers."""

SHARE = 0.6
"""The share of the store that inputs in flight may fill; above 0.8 Ray begins to spill."""

LOOK_EVERY_S = 0.25


@dataclass(slots=True)
class Loading:
    """A task whose large inputs are being loaded: the values, and the seconds that each took."""

    task: Task
    attempt: int
    values: "Future[list[tuple[Any, float]]]"


def is_large(task: Task) -> bool:
    """Whether the task has an argument that belongs into the object store."""
    return any(isinstance(argument, Large) for argument in task.args)


class Store:
    """Loads and puts the large inputs of one run's tasks.

    Loading happens in threads (decoders release the GIL), putting in the thread that drives Ray.
    """

    def __init__(self, ray: Any, workers: int, spill_folder: Path | None) -> None:
        self._ray, self._workers, self._spill_folder = ray, workers, spill_folder
        self._pool = ThreadPoolExecutor(min(workers, LOADERS), thread_name_prefix="load")
        self._loading: deque[Loading] = deque()
        self._looked = 0.0
        self._told: tuple[int, int] = (-1, -1)
        self._largest = 0
        self._capacity = sum(int(node["Resources"].get("object_store_memory", 0)) for node in ray.nodes())

    @property
    def loading(self) -> int:
        """How many tasks wait for their inputs here."""
        return len(self._loading)

    def room(self, in_flight: int) -> bool:
        """Whether another input may be loaded beside those `in_flight`."""
        ahead = in_flight + len(self._loading)
        if ahead >= 2 * self._workers:
            return False
        # Each worker needs the one it works on, and one more must be on its way.
        return ahead <= self._workers or (ahead + 1) * self._largest <= SHARE * self._capacity

    def load(self, task: Task, attempt: int) -> None:
        """Begin to load the task's large inputs."""
        large = [argument for argument in task.args if isinstance(argument, Large)]
        self._loading.append(Loading(task, attempt, self._pool.submit(_load, large)))

    def loaded(self, within_s: float) -> Iterator[Loading]:
        """The tasks whose inputs are there by now, in order; waits for the first of them up to `within_s`."""
        while self._loading:
            first = self._loading[0]
            if within_s > 0:
                with contextlib.suppress(TimeoutError):
                    first.values.exception(within_s)
                within_s = 0
            if not first.values.done():
                return
            yield self._loading.popleft()

    def put(self, loaded: Loading) -> tuple[list[Any], list[ev.Stored]]:
        """The task's arguments with a ref for each large one, and what was stored.

        Raises what loading raised.
        """
        values = iter(loaded.values.result())
        args, stored = [], []
        for argument in loaded.task.args:
            if not isinstance(argument, Large):
                args.append(argument)
                continue
            value, load_s = next(values)
            began = time.perf_counter()
            ref = self._ray.put(value)
            size = int(getattr(value, "nbytes", 0))
            self._largest = max(self._largest, size)
            stored.append(
                ev.Stored(
                    t=time.time_ns(), task=loaded.task.number, ref=ref.hex(), bytes=size, load_s=load_s,
                    put_s=time.perf_counter() - began,
                )
            )  # fmt: skip
            args.append(ref)
        return args, stored

    def drop(self) -> Iterator[Task]:
        """Give up what is loading: the run ends."""
        while self._loading:
            loading = self._loading.popleft()
            loading.values.cancel()
            yield loading.task

    def look(self) -> Iterator[ev.StoreFilled]:
        """How full the store is, a few times a second, when that has changed."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        free = int(self._ray.available_resources().get("object_store_memory", 0))
        used, spilled = max(0, self._capacity - free), self._spilled()
        if (used, spilled) != self._told:
            self._told = used, spilled
            yield ev.StoreFilled(t=time.time_ns(), used=used, capacity=self._capacity, spilled=spilled)

    def _spilled(self) -> int:
        """Bytes that Ray moved to disk; without its dashboard Ray doesn't tell, but its files do."""
        total = 0
        if self._spill_folder:
            for file in self._spill_folder.glob("ray_spilled_objects*/*"):
                with contextlib.suppress(OSError):
                    total += file.stat().st_size
        return total

    def close(self) -> None:
        """End the threads; one that loads goes on to its end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _load(large: list[Large]) -> list[tuple[Any, float]]:
    values = []
    for argument in large:
        began = time.perf_counter()
        values.append((opened(argument), time.perf_counter() - began))
    return values
