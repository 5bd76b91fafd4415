"""The objects of actors on engines of plain Python: each lives in the process that calls it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from workloads.core.actor import Actor
from workloads.core.task import Task


class PlainObjects:
    """The objects of a run's actors, each made when its first call runs."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {}

    def call(self, actor: Actor, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function with the object of the actor."""
        if actor.name not in self._objects:
            self._objects[actor.name] = actor.make()
        return function(self._objects[actor.name], *args)

    def function_of(self, task: Task) -> Callable[..., Any]:
        """The task's function; of a call, with the object of its actor."""
        if task.actor is None:
            return task.function
        return partial(self.call, task.actor, task.function)


@dataclass(frozen=True, slots=True)
class RemoteCall:
    """A call that is sent to the process in which the actor's object lives."""

    run: int
    actor: Actor
    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        """Call the function there; the objects of an earlier run are let go."""
        if self.run not in _objects_here:
            _objects_here.clear()
            _objects_here[self.run] = PlainObjects()
        return _objects_here[self.run].call(self.actor, self.function, *args)


_objects_here: dict[int, PlainObjects] = {}
"""Those of this process, by the number of the run."""


def actors_of(tasks: Sequence[Task]) -> list[Actor]:
    """The actors that the tasks call, in the order of their first calls."""
    return list({task.actor.name: task.actor for task in tasks if task.actor}.values())
