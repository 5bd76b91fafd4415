"""The actors of a lane's run: which tasks are calls of them, and when each was created."""

from typing import NamedTuple

import numpy as np

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.core.wording import lane_name, listed, plural

MAX_ACTORS = 64
MAX_LIVES = 1000
"""Actors of a run, and creations of an actor, that are kept."""


class ActorLife(NamedTuple):
    """A creation of an actor: `at` seconds of the run, on the worker of that number, as it is
    shown; `calls` had returned before, of which it knows nothing.
    """

    at: float
    worker: int
    calls: int


class ActorTable:
    """The actors of a run of `count` tasks, by their names."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.lives: dict[str, list[ActorLife]] = {}
        self._names: list[str] = []
        self._actor = np.zeros(0, np.uint8)
        self._call = np.zeros(0, np.int32)

    def __bool__(self) -> bool:
        return bool(self._names)

    def submit(self, event: ev.Submitted) -> None:
        """A call was submitted."""
        if event.actor not in self._names:
            if len(self._names) == MAX_ACTORS:
                return
            self._names.append(event.actor)
        if not len(self._call):
            self._actor, self._call = np.zeros(self._count, np.uint8), np.zeros(self._count, "i4")
        self._actor[event.task] = self._names.index(event.actor)
        self._call[event.task] = min(max(event.call, 0), self._count)

    def start(self, event: ev.ActorStarted, at: float, worker: int) -> None:
        """An actor was created."""
        if event.actor not in self.lives and len(self.lives) == MAX_ACTORS:
            return
        lives = self.lives.setdefault(event.actor, [])
        if len(lives) < MAX_LIVES:
            lives.append(ActorLife(at, worker, event.calls))

    def call_text(self, task: int) -> str:
        """`call 5 of Counter`; empty for a task that is no call, or isn't submitted."""
        if not len(self._call) or not self._call[task]:
            return ""
        return f"call {self._call[task]:,} of {plain(self._names[self._actor[task]], 40)}"

    def restarted_after(self, actor: str) -> list[int]:
        """The numbers of calls that had returned each time the actor restarted."""
        return [life.calls for life in self.lives.get(actor, [])[1:]]

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold."""
        return self._actor.nbytes + self._call.nbytes


def restart_texts(engine: str, actors: ActorTable) -> list[str]:
    """A sentence for each actor that restarted: its state is lost."""
    sentences = []
    for name in actors.lives:
        if after := actors.restarted_after(name):
            calls = f"{plural('call', len(after))} {listed([f'{call:,}' for call in after])}"
            who = f"On {lane_name(engine)}, the actor {plain(name, 40)}"
            why = "its state was lost with its worker"
            sentences.append(f"{who} restarted empty after {calls}: {why}.")
    return sentences
