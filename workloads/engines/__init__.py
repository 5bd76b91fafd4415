"""The ways of running tasks. An engine knows nothing of screens or files: it takes tasks, gives
events.
"""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pkgutil import resolve_name
from typing import NamedTuple, Protocol

from workloads.core.draining import Drain
from workloads.core.engine_info import find_engine
from workloads.core.errors import EngineFailed, plain
from workloads.core.events import AnyEvent, PhaseBegan, PhaseEnded
from workloads.core.execution import USUAL, Execution
from workloads.core.placement import Strategy
from workloads.core.task import Task
from workloads.engines.local_nodes import ONE_NODE, LocalNodes
from workloads.engines.stop import Stop as Stop
from workloads.machine import clock


class Emit(Protocol):
    """A function that an engine calls, from any thread, to report an event outside of a run."""

    def __call__(self, event: AnyEvent, /) -> None:
        """Report the event; it is sent from a thread of its own, so the call never blocks."""


STREAMED_AT_MOST = 2000
"""More tasks than this go without progress within a task: they are small, or too many to
look at.
"""

MOST_AT_ONCE = 1024
"""CPUs of a lane, or tasks at once on it, that can be asked for."""

ATTEMPTS = 4
"""As Ray's default max_retries=3: a task whose worker dies is tried three times more."""


@dataclass(frozen=True)
class EngineOptions:
    """Options that a lane's engine is started with. `cpus` is what threads, processes or Ray may
    use (None: the CPUs of this process); `address` is that of an existing Ray cluster, instead of
    starting a private one; `object_store_bytes` is the size of a private one's object store (None:
    what suits the machine); `engine` is the engine's name, which `load` sets. `rate_of` names the
    workload whose rate the baseline's lane measures when it starts (see Workload.rate; empty:
    none). `nodes` are those of a private cluster, which share `cpus` in equal parts.
    """

    cpus: int | None = None
    address: str | None = None
    object_store_bytes: int | None = None
    engine: str = ""
    rate_of: str = ""
    nodes: LocalNodes = ONE_NODE


@dataclass(frozen=True)
class Demand:
    """Resources that each task of a run asks for: `num_cpus` CPUs, and an amount of each of the
    `resources` by name. At most `workers` tasks run at once (None: as many as suit the engine):
    `at_most` if the race bounds them, else what the workload wants. Where there are several nodes,
    `strategy` picks the one for each task. Results are taken by
    `drain`, one of the engine's EngineInfo.drains if it has any. `execution` is how tasks are
    executed; they come in their order.
    """

    workers: int | None = None
    num_cpus: float = 1
    resources: Mapping[str, float] = field(default_factory=dict)
    strategy: Strategy = "default"
    at_most: int | None = None
    drain: Drain = "wait"
    execution: Execution = USUAL

    @property
    def threads(self) -> int:
        """The threads that a task computes with."""
        return self.execution.threads_of(self.num_cpus)


class WarmUp(NamedTuple):
    """The work of a worker process before its first task of a workload: load modules, then call a
    function.

    `name` is the workload's: what was done once for it in a process isn't done again there, on any
    engine.
    """

    imports: tuple[str, ...] = ()
    rehearse: Callable[[], object] | None = None
    name: str = ""

    @property
    def done(self) -> bool:
        """True if this process is warm already."""
        return (self.name, self.imports) in self._done()

    def __call__(self) -> None:
        """Do it, in the process that is to be warm."""
        if self.done:
            return
        for module in self.imports:
            importlib.import_module(module)
        if self.rehearse:
            self.rehearse()
        self._done().add((self.name, self.imports))

    @staticmethod
    def _done() -> set[tuple[str, tuple[str, ...]]]:
        # Kept on a module that every process has: by value, as Ray sends it, this class is made
        # anew each time.
        done: set[tuple[str, tuple[str, ...]]] = sys.__dict__.setdefault("_raytasks_warm", set())
        return done


def load_here(warm_up: WarmUp, emit: Emit) -> None:
    """Do it in the lane's own process, unless that is warm, and report the phase; raises
    EngineFailed.
    """
    if warm_up.done:
        return
    emit(PhaseBegan(t=clock.now(), name="modules"))
    try:
        warm_up()
    except BaseException as error:  # somebody's own module or rehearsal
        why = f"{type(error).__name__}: {plain(error, 300)}"
        raise EngineFailed(f"The lane can't load the tasks' code: {why}") from error
    emit(
        PhaseEnded(t=clock.now(), name="modules", detail=", ".join(warm_up.imports) or "rehearsed")
    )


class ReadyWorkers(NamedTuple):
    """The workers of a run: how many tasks run at once, and the numbers of the workers that are
    warm.
    """

    size: int
    numbers: list[int]


class Engine(Protocol):
    """One way of running tasks, made by calling its class with EngineOptions.

    Its methods are called from the main thread of a lane process, which runs nothing else: `open`
    once, then `prepare` and `run` for each race, `check` in between, `close` in the end.
    """

    def open(self, emit: Emit) -> None:
        """Start up, emitting each phase (PhaseBegan, PhaseEnded). Raises EngineFailed with the
        reason if it can't.
        """

    def prepare(
        self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        """Start and warm the workers that the run needs, fewer after `stop`; returns which they
        are. Emits WorkerJoined for each new worker. All this counts as start-up.

        Raises BadInput for a demand that can't be met, EngineFailed if the engine broke.
        """

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[AnyEvent]:
        """Run the tasks and yield what happens: Submitted for each, then Finished, Failed or, soon
        after `stop`, Cancelled; Started and Progressed where the engine knows. The run's wall time
        is that of this iterator. An engine whose EngineInfo says so hands out none while
        `stop.held`, and ends a task in `stop.cancelled` as Failed: see measure.by_hand.

        Raises EngineFailed if the engine broke.
        """

    def check(self) -> None:
        """Raises EngineFailed if the engine broke while it was idle."""

    def close(self) -> None:
        """Stop all that `open` started."""


def load(engine: str, options: EngineOptions) -> Engine:
    """The engine of that name, not yet open. Raises BadInput if there is none."""
    made: Engine = resolve_name(find_engine(engine).implementation)(replace(options, engine=engine))
    return made
