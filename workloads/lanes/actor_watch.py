"""Follows the calls of actors in a lane's run: numbers them, and sees when an actor was created."""

from collections.abc import Iterable, Sequence

import msgspec

from workloads.core import events as ev
from workloads.core.task import Task


class ActorWatch:
    """Adds to a run's events what they don't say of actors, whatever the engine.

    An actor lives on one worker for as long as that lives: a call on another one is of an object
    that restarted.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._calls: dict[int, tuple[str, int]] = {}
        counts: dict[str, int] = {}
        for task in tasks:
            if task.actor is not None:
                name = task.actor.name
                counts[name] = counts.get(name, 0) + 1
                self._calls[task.number] = name, counts[name]
        self._homes: dict[str, int] = {}
        self._restarts = dict.fromkeys(counts, 0)
        self._returned = dict.fromkeys(counts, 0)

    def told(self, event: ev.AnyEvent) -> Iterable[ev.AnyEvent]:
        """The event, with what it says of a call, behind what it shows of an actor."""
        if not self._calls or not isinstance(event, ev.Submitted | ev.Started | ev.Finished):
            return (event,)
        actor, call = self._calls.get(event.task, ("", 0))
        if not actor:
            return (event,)
        if isinstance(event, ev.Submitted):
            return (msgspec.structs.replace(event, actor=actor, call=call),)
        created = self._created(event, actor)
        if isinstance(event, ev.Finished):
            self._returned[actor] += 1
        return (*created, event)

    def _created(self, event: ev.Started | ev.Finished, actor: str) -> tuple[ev.ActorStarted, ...]:
        """That the actor was created on the worker of this call; nothing if it was there before."""
        if self._homes.get(actor) == event.worker:
            return ()
        if actor in self._homes:
            self._restarts[actor] += 1
        self._homes[actor] = event.worker
        t = event.t
        if isinstance(event, ev.Finished):
            t = event.start
        return (
            ev.ActorStarted(
                t=t,
                actor=actor,
                worker=event.worker,
                restarts=self._restarts[actor],
                calls=self._returned[actor],
            ),
        )
