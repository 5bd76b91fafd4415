"""The actors of the Ray engine: each is an actor of Ray, whose calls queue at its one process.

Ray restarts an actor whose process died (`max_restarts=-1`); calls that were in flight then are
submitted again by us, as tasks are (`max_task_retries=0`), so that each loss is seen.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

from workloads.core.errors import BadInput, plain
from workloads.core.task import Task
from workloads.engines import WarmUp
from workloads.engines.actors import actors_of
from workloads.engines.measure import Record, last_record, records, use_threads
from workloads.engines.ray.remote import Place, packed, place

Functions = Sequence[Callable[..., Any]]


def actor_class(
    ray: Any, make: Callable[[], Any], functions: Functions, log: str, warm_up: WarmUp
) -> Any:
    """The class of an actor that calls functions, by their numbers, with its one object."""

    @ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=0)
    class ActorProcess:
        def __init__(self) -> None:
            use_threads(1)
            warm_up()
            self.here = place(log)
            self.object = make()

        def where(self) -> Place:
            return self.here

        @ray.method(num_returns="streaming")  # type: ignore[untyped-decorator]
        def stream(self, function: int, *args: Any) -> Generator[tuple[Place, Record], None, None]:
            for record in records(functions[function], (self.object, *args)):
                yield self.here, record

        def call(self, function: int, *args: Any) -> tuple[Place, Record] | bytes:
            return packed(self.here, last_record(functions[function], (self.object, *args)))

    return ActorProcess


class ActorCall(NamedTuple):
    """A call to submit: the actor's method, and the number of the function that it calls."""

    method: Any
    function: int

    def remote(self, *args: Any) -> Any:
        """Submit it: Ray queues it behind the actor's other calls."""
        return self.method.remote(self.function, *args)


class RayActors:
    """The actors of one run after the other."""

    def __init__(self, ray: Any, log: str) -> None:
        self._ray, self._log = ray, log
        self._handles: dict[str, Any] = {}
        self._numbers: dict[str, dict[Callable[..., Any], int]] = {}

    def create(self, tasks: Sequence[Task], warm_up: WarmUp) -> list[Place]:
        """Create the actors that the tasks call, in place of those of the run before; returns where
        they are. Raises BadInput for one that can't be created.
        """
        for handle in self._handles.values():
            self._ray.kill(handle)
        self._handles, self._numbers = {}, {}
        for actor in actors_of(tasks):
            functions = dict.fromkeys(
                function
                for task in tasks
                if task.actor is not None and task.actor.name == actor.name
                for function in (task.function, task.retry)
                if function is not None
            )
            self._numbers[actor.name] = {each: at for at, each in enumerate(functions)}
            made = actor_class(self._ray, actor.make, tuple(functions), self._log, warm_up)
            self._handles[actor.name] = made.remote()
        return [self._place(name) for name in self._handles]

    def _place(self, name: str) -> Place:
        try:
            where: Place = self._ray.get(self._handles[name].where.remote())
        except self._ray.exceptions.RayActorError as error:
            raise BadInput(
                f"The actor {plain(name, 60)} can't be created: {plain(error, 300)}"
            ) from error
        return where

    def kill(self, task: Task) -> None:
        """End the process of the actor that the task calls; Ray restarts it."""
        assert task.actor is not None, "the task is a call"
        self._ray.kill(self._handles[task.actor.name], no_restart=False)

    def call(self, task: Task, attempt: int, streamed: bool) -> ActorCall:
        """The call that the task is, to submit; streamed if it has something to tell."""
        assert task.actor is not None, "the task is a call"
        handle = self._handles[task.actor.name]
        method = handle.stream if streamed else handle.call
        return ActorCall(method, self._numbers[task.actor.name][task.function_of(attempt)])
