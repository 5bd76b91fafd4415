"""A run on Ray as it goes on: the tasks that wait for their turn and those in flight."""

import bisect
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workloads.core import events as ev
from workloads.core.task import Task
from workloads.engines import Stop
from workloads.engines.driver_log import DriverLog
from workloads.engines.ray.store import ObjectStore
from workloads.engines.ray.submission import Submission


class Turn(NamedTuple):
    """A task that waits for its turn; `args` are what it is called with, None until its inputs are
    stored.

    Those take `stored` bytes.
    """

    task: Task
    attempt: int
    args: Sequence[Any] | None
    stored: int = 0

    @property
    def arguments(self) -> Sequence[Any]:
        """What it is called with, once its inputs are stored."""
        return self.args or ()


@dataclass(slots=True)
class Flight:
    """A call in flight: those of its tasks that haven't ended, by their numbers, since when it is
    being cancelled, where it runs (-1: not yet reported). A call is of one task unless it is
    `batched`.

    The turns hold the refs of their inputs: what nobody holds, the object store forgets.
    """

    turns: dict[int, Turn]
    batched: bool = False
    worker: int = -1
    cancelling: float = 0.0
    force_at: float = 0.0
    forced: bool = False

    @property
    def call_of_actor(self) -> Task | None:
        """The task, if it is a call of an actor, which never travels with others."""
        for turn in self.turns.values():
            if turn.task.actor is not None:
                return turn.task
        return None


@dataclass(slots=True)
class RayRun:
    """A run in progress: the tasks that wait, and the calls in flight by their refs or generators
    of refs, each of `batch` tasks at most.

    `store` is there if tasks have large inputs; `stored_turns` are those whose inputs it holds.
    `calls` are those of actors that wait, in the order of their tasks. `kill_actor` ends the
    process of a call's actor; those in `ended_actors` ended with the run. `driver` keeps what this
    process does. `dropped` are the tasks that were cancelled alone.
    """

    waiting: deque[Turn]
    submission: Submission
    store: ObjectStore | None
    stop: Stop
    driver: DriverLog
    kill_actor: Callable[[Task], None]
    calls: deque[Turn] = field(default_factory=deque)
    batch: int = 1
    stored_turns: deque[Turn] = field(default_factory=deque)
    flights: dict[Any, Flight] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    ended_actors: set[str] = field(default_factory=set)
    has_calls: bool = False

    def __post_init__(self) -> None:
        self.has_calls = bool(self.calls)

    def put_shared(self, tasks: Sequence[Task]) -> Iterator[ev.AnyEvent]:
        """Put the inputs that tasks share, and have each wait for its turn with their refs. Raises
        EngineFailed if the store failed.
        """
        if self.store is None or self.stop.requested:
            return
        yield from self.driver.enter("submitting")
        yield from self.store.put_shared(tasks)
        for _ in range(len(self.waiting)):
            turn = self.waiting.popleft()
            if turn.args is not None:
                turn = turn._replace(args=self.store.with_refs(turn.args))
            self.waiting.append(turn)

    @property
    def ending(self) -> list[Any]:
        """The refs of the calls in flight with a task that was cancelled alone."""
        if not self.dropped:
            return []
        return [
            ref for ref, flight in self.flights.items() if not self.dropped.isdisjoint(flight.turns)
        ]

    @property
    def unfinished(self) -> bool:
        """True until all tasks have ended."""
        queued = self.waiting or self.calls or self.stored_turns
        return bool(queued or self.flights or self.loading)

    def next_call(self) -> list[Turn]:
        """The tasks to submit next, in one call; none if none can be now: there is no room in the
        window, their inputs aren't in the store, submission is held, or the run is to end. A task
        that is tried again goes alone: others must not share its end.
        """
        if self.stop.requested or self.stop.held:
            return []
        window, calls = self.submission.window, self.calls_in_flight
        if self.submission.one_at_a_time and self.flights:
            return []
        # Calls wait for their actor; tasks mustn't wait behind them.
        if self.calls and calls < window and not self._task_first(window, calls):
            return [self.calls.popleft()]
        turns = self.stored_turns or self.waiting
        full = len(self.flights) - calls >= window
        if full or not turns or turns[0].args is None or self._batch_grows:
            return []
        return self._batch_of(turns)

    def _batch_of(self, turns: deque[Turn]) -> list[Turn]:
        """The first of the turns, with those that travel with it."""
        call = [turns.popleft()]
        while len(call) < self.batch and not call[0].attempt and turns:
            if turns[0].attempt or turns[0].args is None:
                break
            call.append(turns.popleft())
        return call

    @property
    def _batch_grows(self) -> bool:
        """True if more inputs of a batch are on their way into the store, which has room for
        them.
        """
        if self.store is None or self.store.full:
            return False
        return 0 < len(self.stored_turns) < self.batch and self.loading > 0

    @property
    def in_flight(self) -> int:
        """The number of tasks in flight."""
        if self.batch == 1:
            return len(self.flights)
        return sum(len(flight.turns) for flight in self.flights.values())

    def _task_first(self, window: int, calls: int) -> bool:
        """True if the next task comes before the next call, and there is room for it."""
        if not self.waiting or self.waiting[0].args is None:
            return False
        room = len(self.flights) - calls < window
        return room and self.waiting[0].task.number < self.calls[0].task.number

    @property
    def calls_in_flight(self) -> int:
        """The calls of actors in flight."""
        if not self.has_calls:
            return 0
        return sum(flight.call_of_actor is not None for flight in self.flights.values())

    @property
    def front(self) -> int | None:
        """The number of tasks in flight that are waited for, the oldest; None if all are."""
        if self.has_calls:  # the oldest can be calls that queue
            return None
        return self.submission.front

    def again(self, turn: Turn) -> None:
        """A task whose worker was lost comes next; of calls that were lost with their actor, the
        first.
        """
        if turn.task.actor is None:
            self.waiting.appendleft(turn)
            return
        bisect.insort(self.calls, turn, key=lambda each: each.task.number)

    @property
    def ahead(self) -> int:
        """The calls in flight and those that can be at once."""
        return len(self.flights) + len(self.stored_turns) // self.batch

    @property
    def in_the_way(self) -> int:
        """The tasks in flight that an input must wait for, as the store has no room beside theirs.
        Where all are submitted before any result is taken, none ends meanwhile: the store spills.
        """
        if self.submission.all_at_once:
            return 0
        return self.ahead

    @property
    def stored(self) -> int:
        """The bytes in the store that an input must fit beside."""
        if self.submission.all_at_once:
            return 0
        in_flight = sum(
            turn.stored for flight in self.flights.values() for turn in flight.turns.values()
        )
        return in_flight + sum(turn.stored for turn in self.stored_turns)

    @property
    def submitted(self) -> bool:
        """True if results are taken now: tasks are in flight, all of them where that comes
        first.
        """
        waiting = self.waiting or self.calls or self.loading or self.stored_turns
        if self.submission.all_at_once and waiting:
            return False
        return bool(self.flights)

    @property
    def loading(self) -> int:
        """The number of tasks whose inputs are on their way into the store."""
        if self.store is None:
            return 0
        return self.store.loading
