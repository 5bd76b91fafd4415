"""Large inputs on their way into Ray's object store: loaded ahead by threads of the driver, put
once, counted.

A picture is decoded here and put as an array, which every worker on this machine then reads in
place. What is put is bounded by what the store holds, so more pictures than memory never fill it.
An input that many tasks share is put once, before the first of them, and stays until the run ends.
"""

import contextlib
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from workloads.core import events as ev
from workloads.core.errors import EngineFailed, plain
from workloads.core.task import Large, Shared, Task, opened
from workloads.machine import clock

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

    @property
    def nbytes(self) -> int | None:
        """Bytes that the inputs, which are loaded, take in the store; None if they can't be."""
        if self.values.exception():
            return None
        return sum(size_of(value) for value, _ in self.values.result())


def is_large(task: Task) -> bool:
    """True if the task has an argument of its own that belongs into the object store."""
    return any(isinstance(argument, Large) for argument in task.args)


def shares(task: Task) -> bool:
    """True if the task has an argument that belongs into the object store once for many tasks."""
    return any(isinstance(argument, Shared) for argument in task.args)


def size_of(value: Any) -> int:
    """Bytes of an array, 0 where the value doesn't say."""
    return int(getattr(value, "nbytes", 0))


class ObjectStore:
    """Loads and puts the large inputs of one run's tasks.

    Loading happens in threads (decoders release the GIL), putting in the thread that drives Ray.
    `spill_folder` is where this Ray spills to disk, None where that isn't known. The driver puts
    into the store of its own node; how full the store is said to be is that of all nodes together,
    as Ray tells no more.
    """

    def __init__(self, ray: Any, workers: int, spill_folder: Path | None) -> None:
        self._ray, self._workers, self._spill_folder = ray, workers, spill_folder
        self._loaders = min(workers, LOADERS)
        self._pool = ThreadPoolExecutor(self._loaders, thread_name_prefix="load")
        self._loading: dict[int, Loading] = {}
        self._loaded: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._next: int | None = None
        self._largest: int | None = None
        self._looked = 0.0
        self._told: tuple[int, int | None] | None = None
        self._shared: dict[Shared, Any] = {}
        # Ray takes its time to delete what earlier runs spilled.
        self._spilled_before = frozenset(self._spill_files())
        here = ray.get_runtime_context().get_node_id()
        sizes = {
            n["NodeID"]: int(n["Resources"].get("object_store_memory", 0))
            for n in ray.nodes()
            if n["Alive"]
        }
        self._capacity = sum(sizes.values())
        self._bound = SHARE * sizes.get(here, 0)

    @property
    def loading(self) -> int:
        """The number of tasks that wait for their inputs, or with them for room in the store."""
        return len(self._loading)

    @property
    def full(self) -> bool:
        """True if a loaded input waits for room."""
        return self._next is not None

    def room(self, in_flight: int) -> bool:
        """True if another input may be loaded beside those of the tasks `in_flight`.

        As long as no size is known, only as many as load at the same time.
        """
        ahead = in_flight + len(self._loading)
        if ahead == 0:
            return True
        if ahead >= 2 * self._workers:
            return False
        if self._largest is None:
            return ahead < self._loaders
        return (ahead + 1) * self._largest <= self._bound

    def load(self, task: Task, attempt: int) -> None:
        """Begin to load the task's large inputs."""
        large = [argument for argument in task.args if isinstance(argument, Large)]
        loading = Loading(task, attempt, self._pool.submit(_load, large))
        self._loading[task.number] = loading
        loading.values.add_done_callback(lambda _: self._loaded.put(task.number))

    def take(self, held: int, within_s: float) -> Loading | None:
        """A task whose inputs are loaded and fit into the store beside the `held` bytes of tasks in
        flight.

        The first to be loaded comes first; waits up to `within_s` for one that is loading. None if
        there is none.
        """
        if self._next is None:
            if not self._loading:
                within_s = 0
            with contextlib.suppress(queue.Empty):
                self._next = self._loaded.get(block=within_s > 0, timeout=within_s)
        first = None if self._next is None else self._loading.get(self._next)
        if first is None:  # or it was dropped
            self._next = None
            return None
        nbytes = first.nbytes
        if nbytes is not None:
            self._largest = max(self._largest or 0, nbytes)
        if held and nbytes and held + nbytes > self._bound:
            return None
        self._next = None
        return self._loading.pop(first.task.number)

    def put(self, loaded: Loading) -> tuple[list[Any], list[ev.Stored]]:
        """The task's arguments with a ref for each large one, and what was stored.

        Raises what loading raised; EngineFailed if the store failed.
        """
        values = iter(loaded.values.result())
        args, stored = [], []
        for argument in self.with_refs(loaded.task.args):
            if not isinstance(argument, Large):
                args.append(argument)
                continue
            value, load_s = next(values)
            ref, event = self._put(value, loaded.task.number)
            stored.append(msgspec.structs.replace(event, load_s=load_s))
            args.append(ref)
        return args, stored

    def put_shared(self, tasks: Sequence[Task]) -> Iterator[ev.Stored]:
        """Put each input that tasks share, once for all of them. Raises EngineFailed if the store
        failed.
        """
        readers: dict[Shared, list[int]] = {}
        for task in tasks:
            for shared in {argument for argument in task.args if isinstance(argument, Shared)}:
                readers.setdefault(shared, []).append(task.number)
        for shared, numbers in readers.items():
            self._shared[shared], event = self._put(shared.value, numbers[0])
            yield msgspec.structs.replace(event, readers=ranges(numbers))

    def with_refs(self, args: Sequence[Any]) -> Sequence[Any]:
        """The arguments with the ref of each that is shared in its place."""
        return [self._shared.get(each) if isinstance(each, Shared) else each for each in args]

    def _put(self, value: Any, task: int) -> tuple[Any, ev.Stored]:
        """Put a value for a task; returns its ref and what was stored."""
        began = clock.perf_counter()
        try:
            ref = self._ray.put(value)
        except self._ray.exceptions.RayError as error:
            raise EngineFailed(
                f"The object store failed: {type(error).__name__}: {plain(error, 300)}"
            ) from error
        put_s = clock.perf_counter() - began
        return ref, ev.Stored(
            t=clock.now(), task=task, ref=ref.hex(), bytes=size_of(value), load_s=0.0, put_s=put_s
        )

    def drop(self) -> Iterator[Task]:
        """Give up what is loading: the run ends."""
        while self._loading:
            loading = self._loading.popitem()[1]
            loading.values.cancel()
            yield loading.task

    def look(self) -> Iterator[ev.StoreFilled]:
        """The state of the store, a few times a second, when that has changed."""
        now = clock.monotonic()
        if now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        free = int(self._ray.available_resources().get("object_store_memory", 0))
        used, spilled = max(0, self._capacity - free), self._spilled()
        if (used, spilled) != self._told:
            self._told = used, spilled
            yield ev.StoreFilled(t=clock.now(), used=used, capacity=self._capacity, spilled=spilled)

    def _spilled(self) -> int | None:
        """Bytes on disk that Ray moved there in this run, None where that isn't known.

        Without its dashboard Ray doesn't tell, but its files do.
        """
        if self._spill_folder is None:
            return None
        total = 0
        for file in self._spill_files():
            if file not in self._spilled_before:
                with contextlib.suppress(OSError):
                    total += file.stat().st_size
        return total

    def _spill_files(self) -> Iterator[Path]:
        return self._spill_folder.glob("ray_spilled_objects*/*") if self._spill_folder else iter(())

    def close(self) -> None:
        """End the threads, once what they load is loaded, and drop what is shared."""
        self._shared.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of each range of ascending numbers: 0, 1, 2, 5 are (0, 2), (5, 5)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def _load(large: list[Large]) -> list[tuple[Any, float]]:
    values = []
    for argument in large:
        began = clock.perf_counter()
        values.append((opened(argument), clock.perf_counter() - began))
    return values
