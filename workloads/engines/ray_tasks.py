"""The Ray engine: tasks through `@ray.remote`, drained with `ray.wait` over a bounded window of refs.

Three decisions that a reader of Ray's documentation may wonder about:

* Streaming tasks run with `max_retries=0` and are submitted again by us when their worker dies. Ray's own
  retry of a generator skips as many items as were delivered before; a task whose reports depend on the
  clock may yield fewer the second time, and its result would be skipped with them. Our retry is also seen
  at once, where Ray's is silent.
* Only refs that `ray.wait` has just left unready are cancelled: cancelling one that just finished
  aborts the driver process (Ray 2.60).
* Workers run at the driver's priority (`RAY_worker_niceness=0`): at Ray's default of 15 any other process
  takes their cores, and the comparison with a serial run on the same machine would not be one.
"""

import contextlib
import inspect
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from workloads import events as ev
from workloads.engines import ATTEMPTS, STREAMED_AT_MOST, Crew, Demand, Emit, EngineOptions, Stop, WarmUp
from workloads.engines import ray_remote as remote
from workloads.engines.measure import BEGAN, REPORTED, RETURNED
from workloads.engines.ray_cluster import SHARES, WINDOW_SHARE, Cluster
from workloads.engines.ray_store import Store, is_large
from workloads.errors import BadInput, EngineFailed, plain
from workloads.task import Task

WAIT_S = 0.05
FORCE_AFTER_S = 1.0
WARM_WITHIN_S = 120.0
CHECK_EVERY_S = 0.5


class Turn(NamedTuple):
    """A task that waits for its turn; `args` are what it is called with, None until its inputs are stored."""

    task: Task
    attempt: int
    args: Sequence[Any] | None


@dataclass(slots=True)
class Flight:
    """A task in flight: which attempt, since when it is being cancelled, where it runs (-1: not known).

    `args` holds the refs of its inputs: what nobody holds, the object store forgets.
    """

    task: Task
    attempt: int
    args: Sequence[Any]
    worker: int = -1
    cancelling: float = 0.0
    forced: bool = False


class RayTasks:
    """Runs tasks on a private Ray of this process, or on a running cluster."""

    def __init__(self, options: EngineOptions) -> None:
        self._cluster = Cluster(options)
        self._workers: dict[str, int] = {}
        self._lost: set[int] = set()
        self._remotes: dict[Callable[..., Any], Any] = {}
        self._streamed, self._large = True, False
        self._demand: dict[str, Any] = {}
        self._at_once = 1
        self._emit: Emit = lambda event: None
        self._checked = 0.0
        self._ray: Any = None

    def open(self, emit: Emit) -> None:
        """Import Ray and start it, or join the cluster at the address; raises EngineFailed."""
        self._emit = emit
        self._cluster.open(emit)
        self._ray = self._cluster.ray

    def check(self) -> None:
        """Raises EngineFailed if one of Ray's own processes is gone."""
        self._checked = time.monotonic()
        self._cluster.check()

    def close(self) -> None:
        """Leave the cluster, or end a private Ray."""
        self._cluster.close()

    # -- before a run --------------------------------------------------------------------------------

    def prepare(self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop) -> Crew:
        """Have as many warm workers as tasks will run at once; raises EngineFailed if they don't come."""
        self.check()
        cpus, wanted = float(demand.num_cpus), demand.workers
        resources = dict(demand.resources)
        self._demand = {"num_cpus": cpus, "max_retries": 0, "resources": resources}
        if "GPU" in resources:
            self._demand["num_gpus"] = resources.pop("GPU")
        self._refuse_the_impossible(demand)
        most = self._most(demand)
        self._at_once = wanted if wanted and (self._cluster.private or wanted < most) else most
        if self._cluster.private and wanted and wanted > most:
            # Four that wait fit on two CPUs if each asks for half a one.
            self._demand["num_cpus"] = int(self._cluster.cpus / wanted * 10_000) / 10_000
        if self._cluster.private and wanted:
            self._demand["resources"][WINDOW_SHARE] = max(1, SHARES // wanted)
        self._streamed = len(tasks) <= STREAMED_AT_MOST
        self._large = any(map(is_large, tasks))
        self._remotes = {function: self._remote(function) for function in {task.function for task in tasks}}
        self._emit(ev.PhaseBegan(t=time.time_ns(), name="workers"))
        places = set[remote.Place]()
        for bound in self._remotes.values():
            places |= self._warm(bound, warm_up, min(self._at_once, len(tasks)), stop)
        members = sorted(self._worker(place) for place in places)
        self._emit(ev.PhaseEnded(t=time.time_ns(), name="workers", detail=f"{len(places)} warm"))
        return Crew(self._at_once, members)

    def _remote(self, function: Callable[..., Any]) -> Any:
        if self._streamed and inspect.isgeneratorfunction(function):
            made = self._ray.remote(remote.streaming(function, self._demand["num_cpus"]))
            return made.options(num_returns="streaming", **self._demand)
        return self._ray.remote(remote.whole(function, self._demand["num_cpus"])).options(**self._demand)

    def _warm(self, bound: Any, warm_up: WarmUp, wanted: int, stop: Stop) -> set[remote.Place]:
        """Call the run's own remote function until `wanted` workers have loaded it and the modules."""
        ray, seen = self._ray, set[remote.Place]()
        deadline = time.monotonic() + WARM_WITHIN_S
        hold = 0.05
        while len(seen) < wanted:
            if time.monotonic() > deadline:
                raise EngineFailed(f"Ray gave {len(seen)} workers of {wanted} in {WARM_WITHIN_S:.0f} s.")
            refs = [bound.remote(warming=(warm_up, hold)) for _ in range(wanted)]
            while refs:
                ready, refs = ray.wait(refs, num_returns=1, timeout=CHECK_EVERY_S)
                for ref in ready:
                    with contextlib.suppress(ray.exceptions.WorkerCrashedError):
                        seen.add(self._place(ref))
                self.check()
                if stop.requested:
                    for ref in refs:  # just left unready
                        ray.cancel(ref)
                    return seen
                if not ready and time.monotonic() > deadline:
                    raise EngineFailed(
                        f"Ray offered no worker for {self._asked()} in {WARM_WITHIN_S:.0f} s; ask for less."
                    )
            if not self._cluster.private and hold > 0.4:
                break  # a cluster packs tasks as it likes; the rest of its workers are met in the race
            hold = min(hold * 2, 1.0)
        return seen

    def _place(self, ref: Any) -> remote.Place:
        try:
            place: remote.Place = self._ray.get(self._item(ref))[0]
        except self._ray.exceptions.RayTaskError as error:
            raise EngineFailed(f"A Ray worker can't load what the tasks need: {plain(error.cause, 300)}") from error
        return place

    def _item(self, ref: Any) -> Any:
        """The ref to get: the next item of a streaming task, or the ref itself; `ray.wait` called it ready."""
        return next(ref) if isinstance(ref, self._ray.ObjectRefGenerator) else ref

    def _most(self, demand: Demand) -> int:
        """How many such tasks Ray's resources let run at once."""
        has = self._ray.cluster_resources()
        asked = {"CPU": demand.num_cpus, **demand.resources}
        return max(1, min((int(has.get(name, 0) / amount) for name, amount in asked.items() if amount), default=1))

    def _refuse_the_impossible(self, demand: Demand) -> None:
        has = self._ray.cluster_resources()
        for name, amount in {"CPU": demand.num_cpus, **demand.resources}.items():
            if amount > has.get(name, 0):
                raise BadInput(f"Each task asks for {amount:g} {plain(name, 40)}, but Ray has {has.get(name, 0):g}.")

    def _asked(self) -> str:
        own = {k: v for k, v in self._demand["resources"].items() if k != WINDOW_SHARE}
        asked = ", ".join([f"{self._demand['num_cpus']:g} CPUs", *(f"{v:g} {plain(k, 40)}" for k, v in own.items())])
        return f"tasks that ask for {asked}"

    def _worker(self, place: remote.Place) -> int:
        id, pid, node = place
        if id not in self._workers:
            self._workers[id] = len(self._workers)
            self._emit(ev.WorkerJoined(t=time.time_ns(), worker=self._workers[id], pid=pid, id=id, node=node))
        return self._workers[id]

    # -- a run ---------------------------------------------------------------------------------------

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks over a window of a few times the workers; see the module's decisions."""
        waiting = deque(Turn(task, 0, None if self._large and is_large(task) else task.args) for task in tasks)
        store = Store(self._ray, self._at_once, self._cluster.spills) if self._large else None
        try:
            yield from self._drive(waiting, store, stop)
        finally:
            if store is not None:
                store.close()

    def _drive(self, waiting: deque[Turn], store: Store | None, stop: Stop) -> Iterator[ev.AnyEvent]:
        ray = self._ray
        flights: dict[Any, Flight] = {}
        # A longer window hides the round trip of tiny tasks; streamed ones are long, and each costs a look.
        window = max(8, 2 * self._at_once) if self._streamed else max(64, 8 * self._at_once)
        if not self._cluster.private and self._at_once < self._cluster.cpus:
            window = self._at_once  # no share resource on somebody else's cluster
        while waiting or flights or (store is not None and store.loading):
            if stop.requested:
                for task in [turn.task for turn in waiting] + list(() if store is None else store.drop()):
                    yield ev.Cancelled(t=time.time_ns(), task=task.number)
                waiting.clear()
            yield from self._feed(waiting, flights, window, store)
            if not flights:
                continue
            refs = list(flights)
            # Tiny tasks are taken in handfuls: a wait and a get for each would cost more than the task.
            handful = 1 if self._streamed else min(len(refs), window // 2)
            ready, _ = ray.wait(refs, num_returns=handful, timeout=WAIT_S, fetch_local=False)
            if (ready and self._streamed) or stop.requested:
                ready, unready = ray.wait(refs, num_returns=len(refs), timeout=0, fetch_local=False)
                if stop.requested:
                    self._cancel(unready, flights)
            if not ready and time.monotonic() - self._checked > CHECK_EVERY_S:
                self.check()
            for ref, value in self._values(ready):
                yield from self._collect(ref, value, flights, waiting, stop)

    def _feed(
        self, waiting: deque[Turn], flights: dict[Any, Flight], window: int, store: Store | None
    ) -> Iterator[ev.AnyEvent]:
        """Submit the tasks whose turn it is; those with large inputs once these are in the object store."""
        while waiting and len(flights) < window:
            task, attempt, args = waiting[0]
            if args is not None:
                yield self._submit(task, attempt, args, flights)
            elif store is not None and store.room(len(flights)):
                store.load(task, attempt)
            else:
                break
            waiting.popleft()
        if store is None:
            return
        for loaded in store.loaded(WAIT_S if len(flights) < self._at_once else 0):
            try:
                args, stored = store.put(loaded)
            except self._ray.exceptions.RayError as error:
                raise EngineFailed(f"The object store broke: {type(error).__name__}: {plain(error, 300)}") from error
            except Exception as error:  # whatever a workload's own loading raises fails its task
                yield ev.Failed(
                    t=time.time_ns(), task=loaded.task.number, error=type(error).__name__, message=plain(error),
                    traceback="".join(traceback.format_exception(error))[-8000:],
                )  # fmt: skip
                continue
            yield from stored
            yield self._submit(loaded.task, loaded.attempt, args, flights)
        yield from store.look()

    def _submit(self, task: Task, attempt: int, args: Sequence[Any], flights: dict[Any, Flight]) -> ev.Submitted:
        ref = self._remotes[task.function].remote(*args)
        flights[ref] = Flight(task, attempt, args)
        named = ref._generator_ref if isinstance(ref, self._ray.ObjectRefGenerator) else ref
        return ev.Submitted(t=time.time_ns(), task=task.number, attempt=attempt, ref=named.hex())

    def _values(self, ready: list[Any]) -> list[tuple[Any, Any]]:
        """The ready refs with their values, None where each must be asked for by itself."""
        if not self._streamed and len(ready) > 1:
            with contextlib.suppress(self._ray.exceptions.RayError):
                return list(zip(ready, self._ray.get(ready), strict=True))
        return [(ref, None) for ref in ready]

    def _collect(
        self, ref: Any, value: Any, flights: dict[Any, Flight], waiting: deque[Turn], stop: Stop
    ) -> Iterator[ev.AnyEvent]:
        flight, errors = flights[ref], self._ray.exceptions
        number = flight.task.number
        try:
            place, record = value or self._ray.get(self._item(ref))
        except StopIteration:
            del flights[ref]
            raise EngineFailed(f"Ray ended task {number} without its result.") from None
        except errors.TaskCancelledError:
            del flights[ref]
            yield ev.Cancelled(t=time.time_ns(), task=number)
            return
        except (errors.WorkerCrashedError, errors.OutOfMemoryError, errors.NodeDiedError) as error:
            del flights[ref]
            yield from self._after_loss(flight, error, waiting, stop)
            return
        except errors.RayTaskError as error:
            # Our wrapper tells what a task raises as a record; this is its result or arguments failing
            # to travel, or a cancel that came while Ray was at work on either.
            del flights[ref]
            if isinstance(error.cause, errors.TaskCancelledError) or stop.requested:
                yield ev.Cancelled(t=time.time_ns(), task=number)
                return
            cause = error.cause if error.cause is not None else error
            yield ev.Failed(
                t=time.time_ns(), task=number, worker=flight.worker, attempt=flight.attempt,
                error=type(cause).__name__, message=plain(cause), traceback=str(error)[-8000:],
            )  # fmt: skip
            return
        except errors.RayError as error:
            raise EngineFailed(f"Ray broke: {type(error).__name__}: {plain(error, 300)}") from error
        flight.worker = worker = self._worker(place)
        kind, *rest = record
        if kind == BEGAN:
            yield ev.Started(t=rest[0], task=number, worker=worker, attempt=flight.attempt)
        elif kind == REPORTED:
            now, done, total, partial, stage = rest
            yield ev.Progressed(
                t=now, task=number, done=done, total=total, attempt=flight.attempt, partial=partial, stage=stage
            )
        else:
            del flights[ref]
            yield self._outcome(kind, rest, flight)

    def _outcome(self, kind: int, rest: list[Any], flight: Flight) -> ev.AnyEvent:
        number, worker, attempt = flight.task.number, flight.worker, flight.attempt
        if kind == RETURNED:
            start, end, cpu, result = rest
            return ev.Finished(
                t=end, task=number, worker=worker, start=start, cpu_s=cpu, attempt=attempt, result=result
            )
        start, end, _, error, message, trace = rest
        return ev.Failed(
            t=end, task=number, worker=worker, start=start, attempt=attempt,
            error=error, message=message, traceback=trace,
        )  # fmt: skip

    def _after_loss(self, flight: Flight, error: Exception, waiting: deque[Turn], stop: Stop) -> Iterator[ev.AnyEvent]:
        number, now = flight.task.number, time.time_ns()
        if flight.forced or stop.requested:
            yield ev.Cancelled(t=now, task=number)
            return
        reason = f"{type(error).__name__}: {plain(error, 200)}"
        if flight.worker >= 0 and flight.worker not in self._lost:
            self._lost.add(flight.worker)
            yield ev.WorkerLost(t=now, worker=flight.worker, reason="its process died")
        self.check()
        if flight.attempt + 1 < ATTEMPTS:
            yield ev.Retried(t=now, task=number, attempt=flight.attempt + 1, reason=reason)
            waiting.appendleft(Turn(flight.task, flight.attempt + 1, flight.args))
        else:
            message = f"its worker died {ATTEMPTS} times"
            yield ev.Failed(
                t=now, task=number, worker=flight.worker, attempt=flight.attempt,
                error=type(error).__name__, message=message, traceback=reason,
            )  # fmt: skip

    def _cancel(self, unready: Sequence[Any], flights: dict[Any, Flight]) -> None:
        now = time.monotonic()
        for ref in unready:
            flight = flights[ref]
            if not flight.cancelling:
                flight.cancelling = now
                self._ray.cancel(ref, force=False)
            elif not flight.forced and now - flight.cancelling > FORCE_AFTER_S:
                flight.forced = True
                self._ray.cancel(ref, force=True)
