"""The workers of the Ray lane: what each task asks of Ray, the remote functions, and who is warm
before a run.
"""

import contextlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import psutil

from workloads.core import events as ev
from workloads.core.errors import BadInput, EngineFailed, plain
from workloads.core.task import Task
from workloads.engines import Demand, Emit, ReadyWorkers, Stop, WarmUp
from workloads.engines.ray import remote
from workloads.engines.ray.actors import RayActors
from workloads.engines.ray.asked import amounts_text, at_once, unplaceable
from workloads.engines.ray.autoscaler import can_grow, wait_for_node
from workloads.engines.ray.cluster import SHARES, WINDOW_SHARE, Cluster
from workloads.engines.ray.flights import Flight, Turn
from workloads.engines.ray.node_clocks import NodeClocks
from workloads.machine import clock
from workloads.machine.host import usable_cpus

WARM_WITHIN_S = 120.0
CHECK_EVERY_S = 0.5


class Workers:
    """The workers of an open cluster. Of a run that is prepared, `size` tasks run at once.

    `exactly` says that Ray would let more run: then no more may be in flight.
    """

    def __init__(self, cluster: Cluster, emit: Emit) -> None:
        self._cluster, self._emit, self._ray = cluster, emit, cluster.ray
        self._clocks = NodeClocks(cluster.ray, emit)
        self._actors = RayActors(cluster.ray, cluster.log)
        self._numbers: dict[str, int] = {}
        self._whole: dict[Callable[..., Any], Any] = {}
        self._streaming: dict[Callable[..., Any], Any] = {}
        self._batches: list[Any] = []
        self._places: dict[Callable[..., Any], int] = {}
        self._demand: dict[str, Any] = {}
        self._asked: dict[str, float] = {}
        self._evenly: dict[str, str] = {}
        self.size = 1
        self.exactly = False

    def prepare(
        self, tasks: Sequence[Task], streamed: bool, warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        """Have as many warm workers as tasks will run at once; `streamed` if some may be streamed.

        Raises BadInput for a demand that can't be met, EngineFailed if the workers don't come.
        """
        self._ask(demand, stop)
        if stop.requested:
            return ReadyWorkers(self.size, [])
        self._emit(ev.PhaseBegan(t=clock.now(), name="workers"))
        # Before tasks have warm workers: Ray makes an actor of an idle one.
        homes = self._actors.create(tasks, warm_up)
        tasks = [task for task in tasks if task.actor is None]
        self._bind(tasks, streamed, warm_up, demand)
        places = set[remote.Place](homes)
        for bound in self._batches or (*self._streaming.values(), *self._whole.values()):
            if not stop.requested:
                places |= self._warm(bound, min(self.size, len(tasks)), stop)
        if not self._cluster.private:
            self._clocks.measure(self._cluster.node_ids(), stop)
        numbers = sorted(self.number(place) for place in places)
        self._emit(ev.PhaseEnded(t=clock.now(), name="workers", detail=f"{len(places)} warm"))
        return ReadyWorkers(self.size + len(homes), numbers)

    def _ask(self, demand: Demand, stop: Stop) -> None:
        """Settle what each task asks for and how many run at once; on a cluster that grows, once a
        node offers that. Raises BadInput where none does or will.
        """
        asked = self._asked = {"CPU": float(demand.num_cpus), **demand.resources}
        self._demand = _options(asked, demand.strategy)
        if why := unplaceable(asked, self._cluster.offers()):
            if self._cluster.private or not can_grow(self._ray):
                raise BadInput(why)
            wait_for_node(self._cluster, asked, self._demand, self._emit, stop)
            if stop.requested:
                return
        nodes = self._cluster.offers()
        most = fitting = at_once(asked, nodes)
        wanted = demand.at_most or self._fewer(demand)
        if wanted is None and demand.num_cpus == 1:
            # Who says what a task asks of a CPU leaves it to Ray how many run at once.
            wanted = demand.workers
        private, several = self._cluster.private, len(nodes) > 1
        if private and wanted and wanted > most:
            # Four that wait fit on two CPUs if each asks for half a one.
            per_node = math.ceil(wanted / len(nodes))
            asked["CPU"] = int(self._cluster.cpus / len(nodes) / per_node * 10_000) / 10_000
            fitting = at_once(asked, nodes)
        self._evenly = {}
        if several:  # by default Ray fills one node before it takes another
            self._evenly["scheduling_strategy"] = "SPREAD"
        self.size = min(wanted or fitting, fitting)
        # No resource of ours holds tasks back on several nodes, or on somebody else's.
        self.exactly = self.size < fitting and (several or not private)
        self._demand = _options(asked, demand.strategy)
        if private and not several and wanted and wanted != most:
            # Only where CPUs don't hold tasks to the workers: a resource more costs every task.
            self._demand["resources"][WINDOW_SHARE] = max(1, SHARES // self.size)
        self._emit(ev.TasksAsk(t=clock.now(), resources=dict(asked), strategy=demand.strategy))

    def call(self, turns: Sequence[Turn], streamed: bool) -> tuple[Any, Sequence[Any]]:
        """The remote function of a task's attempt, or of several that travel together, streamed if
        there is something to tell, and its arguments: calling its `remote` gives the ref, or the
        generator of refs.
        """
        if len(turns) > 1:
            return self._call_of_batch(turns, streamed)
        return self._function(turns[0], streamed), turns[0].arguments

    def _function(self, turn: Turn, streamed: bool) -> Any:
        if turn.task.actor is not None:
            return self._actors.call(turn.task, turn.attempt, streamed)
        function = turn.task.function_of(turn.attempt)
        bound = self._streaming.get(function) if streamed else None
        return bound or self._whole[function]

    def kill_actor(self, task: Task) -> None:
        """End the process of a call's actor; Ray restarts it."""
        self._actors.kill(task)

    def _call_of_batch(self, turns: Sequence[Turn], streamed: bool) -> tuple[Any, list[Any]]:
        calls: list[remote.Call] = []
        arguments: list[Any] = [calls]
        for turn in turns:
            place = self._places[turn.task.function_of(turn.attempt)]
            calls.append((turn.task.number, place, len(turn.arguments)))
            arguments += turn.arguments
        return self._batches[-1 if streamed else 0], arguments

    def item(self, ref: Any) -> Any:
        """The ref to get: the next item of a streamed task, or the ref itself; `ray.wait` called it
        ready.
        """
        if self.streams(ref):
            return next(ref)
        return ref

    def streams(self, ref: Any) -> bool:
        """True if it is that of a streamed task."""
        return isinstance(ref, self._ray.ObjectRefGenerator)

    def unpacked(self, value: Any, flight: Flight) -> tuple[remote.Place, remote.Tagged]:
        """The place and the records that a call sent, each with the number of its task, and with
        its times on the lane's clock.
        """
        place, sent = remote.unpacked(value)
        if not flight.batched:
            sent = [(number, sent) for number in flight.turns]
        return place, [(number, self._clocks.corrected(place, record)) for number, record in sent]

    def number(self, place: remote.Place) -> int:
        """The number of the worker at that place within the lane; a new one is told."""
        id, pid, node = place
        if id not in self._numbers:
            self._numbers[id] = len(self._numbers)
            self._emit(
                ev.WorkerJoined(
                    t=clock.now(),
                    worker=self._numbers[id],
                    pid=pid,
                    id=id,
                    node=node,
                    elsewhere=self._is_elsewhere(pid, node),
                )
            )
        return self._numbers[id]

    def _is_elsewhere(self, pid: int, node: str) -> bool:
        """True if the worker isn't a process of this machine, as this process sees it: a node in a
        container has the machine's address, and process ids of its own.
        """
        if self._cluster.private:
            return False
        addresses = {each["NodeID"]: each["NodeManagerAddress"] for each in self._ray.nodes()}
        if addresses.get(node) != addresses[self._ray.get_runtime_context().get_node_id()]:
            return True
        with contextlib.suppress(psutil.Error):
            return not psutil.Process(pid).cmdline()[0].startswith("ray::")
        return True

    def _bind(self, tasks: Sequence[Task], streamed: bool, warm_up: WarmUp, asked: Demand) -> None:
        """Make the remote functions of a run: each as a whole task, and as one that tells when it
        begins and how far it is.
        """
        # Ray's default for tasks that ask for a GPU is a new process for each of them.
        demand = {"max_calls": 0, **self._demand}

        def bound(make: Callable[..., Any], function: Any) -> Any:
            begin = remote.beginning(asked.threads, self._cluster.log, warm_up)
            return make(self._ray, function, begin, demand)

        functions = {task.function for task in tasks}
        functions |= {task.retry for task in tasks if task.retry is not None}
        with_arguments = {f for task in tasks if task.args for f in (task.function, task.retry)}
        self._whole = {f: bound(remote.whole, f) for f in functions & with_arguments}
        for f in functions - with_arguments:
            self._whole[f] = bound(remote.without_arguments, f)
        self._streaming = {}
        if streamed:
            self._streaming = {f: bound(remote.streaming, f) for f in functions}
        self._batches, self._places = [], {}
        if asked.execution.batch > 1:
            listed = list(functions)
            self._places = {function: place for place, function in enumerate(listed)}
            self._batches = [bound(remote.whole_batch, listed)]
            if streamed:
                self._batches.append(bound(remote.streaming_batch, listed))

    def _warm(self, bound: Any, wanted: int, stop: Stop) -> set[remote.Place]:
        """Call the run's own remote function until `wanted` workers have loaded it and
        the modules.
        """
        ray, seen = self._ray, set[remote.Place]()
        deadline = clock.Deadline(WARM_WITHIN_S)
        hold = 0.05
        while len(seen) < wanted:
            if deadline.passed():
                raise EngineFailed(
                    f"Only {len(seen)} of {wanted} Ray workers started in {WARM_WITHIN_S:.0f} s."
                )
            warming = bound.options(name=remote.warming_name(hold), **self._evenly)
            refs = [warming.remote() for _ in range(wanted)]
            while refs:
                ready, refs = ray.wait(refs, num_returns=1, timeout=CHECK_EVERY_S)
                for ref in ready:
                    with contextlib.suppress(ray.exceptions.WorkerCrashedError):
                        seen.add(self._place(ref))
                self._cluster.check()
                if stop.requested:
                    for ref in refs:  # just left unready
                        ray.cancel(ref)
                    return seen
                if deadline.passed() and not ready:
                    raise EngineFailed(
                        f"Ray started no worker for {self._text()} in "
                        f"{WARM_WITHIN_S:.0f} s; request less."
                    )
            if not self._cluster.private and hold > 0.4:
                # A cluster packs tasks as it likes; the rest of its workers are met in the race.
                break
            hold = min(hold * 2, 1.0)
        return seen

    def _place(self, ref: Any) -> remote.Place:
        try:
            place: remote.Place = self._ray.get(self.item(ref))[0]
        except self._ray.exceptions.RayTaskError as error:
            raise EngineFailed(
                f"A Ray worker can't load the tasks' code: {plain(error.cause, 300)}"
            ) from error
        except self._ray.exceptions.WorkerCrashedError:
            raise
        except self._ray.exceptions.RayError as error:
            self._cluster.check()
            why = f"{type(error).__name__}: {plain(error, 300)}"
            raise EngineFailed(f"Ray failed while its workers started: {why}") from error
        return place

    def _fewer(self, demand: Demand) -> int | None:
        """The tasks that may run at once where this process has fewer CPUs than its private Ray
        counts; else None.

        A mask or a quota can have become tighter since Ray started, and RAY_OVERRIDE_RESOURCES can
        promise it more.
        """
        now = usable_cpus()
        if not self._cluster.automatic or now >= self._cluster.cpus:
            return None
        return max(1, int(now // max(demand.num_cpus, 1)))

    def _text(self) -> str:
        return f"tasks that ask for {amounts_text(self._asked)}"


def _options(asked: dict[str, float], strategy: str) -> dict[str, Any]:
    """The options of a remote function whose tasks ask for that. It is never retried by Ray."""
    resources = {name: amount for name, amount in asked.items() if name not in ("CPU", "GPU")}
    options: dict[str, Any] = {
        "num_cpus": asked["CPU"],
        "max_retries": 0,
        "resources": resources,
        "scheduling_strategy": strategy.upper(),
    }
    if "GPU" in asked:
        options["num_gpus"] = asked["GPU"]
    return options
