"""The calls of actors on the processes engine: each actor lives in a worker process of its own,
beside those that run tasks.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from workloads.core import events as ev
from workloads.core.actor import Actor
from workloads.core.task import Task
from workloads.engines.actors import RemoteCall, actors_of
from workloads.engines.processes.pool import ProcessPool, Worker
from workloads.machine import clock


class ActorHomes:
    """The calls of a run that wait for their actors, and the worker that each actor lives in.

    A home gets one call at a time, so that those that wait outlive it.
    """

    def __init__(self, run: int, pool: ProcessPool, tasks: Sequence[Task]) -> None:
        self._run, self._pool = run, pool
        self._waiting: dict[Actor, deque[Task]] = {actor: deque() for actor in actors_of(tasks)}
        for task in tasks:
            if task.actor is not None:
                self._waiting[task.actor].append(task)
        self._homes: dict[Actor, Worker] = {}

    def __bool__(self) -> bool:
        return any(self._waiting.values())

    def __iter__(self) -> Iterator[Task]:
        """The calls that wait, by actor."""
        return chain.from_iterable(self._waiting.values())

    def queue(self, submitted: set[int]) -> Iterator[ev.AnyEvent]:
        """Calls are submitted as soon as the run starts, and wait for their actor; their numbers
        are added to those that were `submitted`.
        """
        for task in self:
            submitted.add(task.number)
            yield ev.Submitted(t=clock.now(), task=task.number)

    def function_of(self, task: Task, attempt: int) -> Callable[..., Any]:
        """The function that a worker calls; that of a call finds the object in its process."""
        function = task.function_of(attempt)
        if task.actor is None:
            return function
        return RemoteCall(self._run, task.actor, function)

    def settle(self) -> list[Worker]:
        """Give each actor that has no home, or whose home is gone, an idle worker; returns the
        workers that are left for tasks.
        """
        free = self._pool.ready
        for home in self._homes.values():
            if home in free:
                free.remove(home)
        for actor in self._waiting:
            idle = [worker for worker in free if not worker.flights]
            if self._homes.get(actor) not in self._pool.workers and idle:
                self._homes[actor] = idle[-1]
                free.remove(idle[-1])
        return free

    def due(self) -> Iterator[tuple[Worker, deque[Task]]]:
        """The homes that have no call, with the calls that wait for them."""
        for actor, home in self._homes.items():
            if home.ready and not home.flights and self._waiting[actor]:
                yield home, self._waiting[actor]

    def again(self, task: Task) -> None:
        """A call that was lost with its actor comes before those that wait."""
        if task.actor is not None:
            self._waiting[task.actor].appendleft(task)

    def remove(self, task: Task) -> bool:
        """Leave out a call that waits; False for a task that is none."""
        if task.actor is None:
            return False
        self._waiting[task.actor].remove(task)
        return True

    def clear(self) -> None:
        """The run is to end: none waits any longer."""
        for calls in self._waiting.values():
            calls.clear()
