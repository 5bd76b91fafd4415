"""The Ray engine: tasks through `@ray.remote`, drained with `ray.wait` over a bounded window of
refs, or by `ray.get` where that is asked for.

Four decisions that a reader of Ray's documentation may wonder about:

* Streaming tasks run with `max_retries=0` and are submitted again by us when their worker dies.
  Ray's own retry of a generator skips as many items as were delivered before; a task whose reports
  depend on the clock may yield fewer the second time, and its result would be skipped with them.
  Our retry is also seen at once, where Ray's is silent.
* A run of few tasks begins with streamed ones and goes on with whole ones if they are short
  (see `submission`).
* Only refs that `ray.wait` has just left unready are cancelled: cancelling one that just finished
  aborts the driver process (Ray 2.60).
* Workers run at the driver's priority (`RAY_worker_niceness=0`): at Ray's default of 15 any other
  process takes their cores, and a comparison with serial on the same machine would not be one.
"""

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.core.errors import BadInput, EngineFailed, plain
from workloads.core.task import Task
from workloads.engines import (
    Demand,
    Emit,
    EngineOptions,
    ReadyWorkers,
    Stop,
    WarmUp,
)
from workloads.engines.driver_log import DriverLog
from workloads.engines.measure import trace
from workloads.engines.ray.cancelling import cancel, cancel_single, drop_cancelled
from workloads.engines.ray.cluster import Cluster
from workloads.engines.ray.failing import again, all_interrupted, losses, stopped, task_error
from workloads.engines.ray.fetching import Got, fetch, ready_now
from workloads.engines.ray.flights import Flight, RayRun, Turn
from workloads.engines.ray.getting import by_get
from workloads.engines.ray.leftovers import Leftovers
from workloads.engines.ray.records import happened
from workloads.engines.ray.store import Loading, ObjectStore, is_large, shares
from workloads.engines.ray.submission import Submission, streams
from workloads.engines.ray.workers import CHECK_EVERY_S, Workers
from workloads.machine import clock

WAIT_S = 0.05
GLANCE_S = 0.005
"""Seconds to wait for one of two things that can happen, before looking at the other."""


Result = tuple[Any, Got | None]
"""A ref that is ready and what it holds, None where it must be asked for by itself."""


class RayTasks:
    """Runs tasks on a private Ray of this process, or on a running cluster."""

    def __init__(self, options: EngineOptions) -> None:
        self._cluster = Cluster(options)
        self._workers: Workers
        self._leftovers = Leftovers(self._cluster)
        self._ray: Any = None
        self._large = self._shared = False
        self._drain: Drain = "wait"
        self._batch = 1
        self._lost: set[int] = set()
        self._checked = 0.0

    def open(self, emit: Emit) -> None:
        """Import Ray and start it, or join the cluster at the address; raises EngineFailed."""
        self._cluster.open(emit)
        self._ray = self._cluster.ray
        self._workers = Workers(self._cluster, emit)

    def check(self) -> None:
        """Raises EngineFailed if one of Ray's own processes is gone."""
        self._checked = clock.monotonic()
        self._cluster.check()

    def close(self) -> None:
        """Leave the cluster, or end a private Ray."""
        self._leftovers.leave()
        self._cluster.close()

    def prepare(
        self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        """Have as many warm workers as tasks will run at once; raises BadInput, and EngineFailed if
        none come.
        """
        self.check()
        self._leftovers.wait(stop)
        self._large, self._shared = any(map(is_large, tasks)), any(map(shares, tasks))
        self._drain = demand.drain
        self._batch = demand.execution.batch
        streamed = streams(len(tasks), demand.drain)
        ready = self._workers.prepare(tasks, streamed, warm_up, demand, stop)
        if self._workers.exactly and demand.drain == "get":
            raise BadInput(
                f"The cluster can run more than {ready.size} tasks concurrently, and one ray.get "
                "submits all of them; leave workers out, or drain by wait."
            )
        return ready

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks, over a window where results are waited for; see the module's decisions."""
        waiting = deque(
            Turn(task, 0, None if self._large and is_large(task) else task.args)
            for task in tasks
            if task.actor is None
        )
        # An actor loads what is large itself.
        calls = deque(Turn(task, 0, task.args) for task in tasks if task.actor is not None)
        workers = self._workers
        store = None
        if self._large or self._shared:
            store = ObjectStore(self._ray, workers.size, self._cluster.spills)
        submission = Submission(len(tasks), workers.size, workers.exactly, self._drain)
        run = RayRun(
            waiting, submission, store, stop, DriverLog(), workers.kill_actor, calls, self._batch
        )
        try:
            if self._shared:
                yield from run.put_shared(tasks)
            yield from self._drive(run)
            yield from run.driver.end()
        finally:
            self._leftovers.run_is_over()
            if store is not None:
                store.close()

    def _drive(self, run: RayRun) -> Iterator[ev.AnyEvent]:
        """Submit the tasks whose turn it is, and take results, until all tasks have ended."""
        while run.unfinished:
            yield from self._leftovers.take(run)
            yield from self._heed_requests(run)
            yield from self._put_inputs(run)
            while turns := run.next_call():
                run_task, arguments = self._workers.call(turns, run.submission.streamed)
                yield from run.driver.enter("submitting", lasting=run.submission.all_at_once)
                ref = run_task.remote(*arguments)
                yield from self._submitted(turns, ref, run)
            if run.submitted:
                for ref, result in (yield from self._results(run)):
                    yield from self._collect(ref, result, run)

    def _by_wait(self, run: RayRun) -> Generator[ev.AnyEvent, None, Sequence[Result]]:
        """Wait until some tasks are ready; returns their refs with what they hold."""
        ray, (refs, handful, within_s) = self._ray, self._awaited(run)
        yield from run.driver.enter("waiting", run.in_flight)
        ready, _ = ray.wait(refs, num_returns=handful, timeout=within_s, fetch_local=False)
        if (ready and handful == 1) or run.stop.requested:
            ready = self._all_ready(run)
        cancel_single(ray, run)
        if not ready:
            self._check_now_and_then()
            return []
        yield from run.driver.enter("getting", len(ready))
        return self._values(ready)

    def _results(self, run: RayRun) -> Generator[ev.AnyEvent, None, Sequence[Result]]:
        """The next refs that are ready with what they hold, as `_values` gives them."""
        if not (run.submission.waits or run.stop.requested or run.ending):
            got = yield from by_get(self._ray, run, self._check_now_and_then)
            if got is not None:
                return got
        return (yield from self._by_wait(run))

    def _awaited(self, run: RayRun) -> tuple[list[Any], int, float]:
        """The refs to wait for, how many of them, and for so many seconds."""
        refs = list(islice(run.flights, run.front))
        # Where each result makes room for the next input, none waits for others.
        handful = 1 if self._large else min(len(refs), run.submission.handful)
        if run.loading and len(refs) < self._workers.size:
            return refs, handful, GLANCE_S  # a loaded input is waited for as well
        return refs, handful, WAIT_S

    def _all_ready(self, run: RayRun) -> list[Any]:
        """All refs that are ready by now; those that aren't are cancelled if the run is to end."""
        ready, unready = ready_now(self._ray, list(run.flights))
        if run.stop.requested:
            cancel(self._ray, unready, run)
        return ready

    def _heed_requests(self, run: RayRun) -> Iterator[ev.AnyEvent]:
        """Drop the tasks that aren't in flight and were cancelled, all if the run is to end; rest
        for a moment where submission is held and none is left in flight.
        """
        yield from drop_cancelled(run)
        if run.stop.held and not run.flights:
            yield from run.driver.enter("idle")
            self._check_now_and_then()
            clock.sleep(GLANCE_S)
        if not run.stop.requested:
            return
        dropped = [turn.task for turn in (*run.stored_turns, *run.waiting, *run.calls)]
        if run.store is not None:
            dropped += run.store.drop()
        for task in dropped:
            yield ev.Cancelled(t=clock.now(), task=task.number)
        run.waiting.clear()
        run.calls.clear()
        run.stored_turns.clear()

    def _check_now_and_then(self) -> None:
        """As `check`, but at most twice a second."""
        if clock.monotonic() - self._checked > CHECK_EVERY_S:
            self.check()

    def _put_inputs(self, run: RayRun) -> Iterator[ev.AnyEvent]:
        """Load the large inputs of tasks that come next, and put those that are loaded."""
        store = run.store
        if store is None:
            return
        while run.waiting and run.waiting[0].args is None and self._may_load(store, run):
            turn = run.waiting.popleft()
            store.load(turn.task, turn.attempt)
        while run.ahead < run.submission.window and not run.stop.held:
            within_s = WAIT_S
            if run.in_the_way:
                within_s = GLANCE_S
            if run.in_the_way >= self._workers.size:
                within_s = 0
            elif run.loading:
                yield from run.driver.enter("waiting", run.loading)
            loaded = store.take(run.stored, within_s)
            if loaded is None:
                break
            yield from run.driver.enter("submitting")
            yield from self._put(loaded, store, run)
        yield from store.look()

    @staticmethod
    def _may_load(store: ObjectStore, run: RayRun) -> bool:
        """True if another input may be loaded now, beside those that are."""
        return run.loading < run.submission.window and store.room(run.in_the_way)

    def _put(self, loaded: Loading, store: ObjectStore, run: RayRun) -> Iterator[ev.AnyEvent]:
        """Put a task's inputs: it can be submitted."""
        end = stopped(run, loaded.task.number, loaded.attempt)
        if end is not None:
            yield end
            return
        try:
            args, stored = store.put(loaded)
        except EngineFailed:
            raise
        except Exception as error:  # whatever a workload's own loading raises fails its task
            yield ev.Failed(
                t=clock.now(),
                task=loaded.task.number,
                error=type(error).__name__,
                message=plain(error),
                traceback=trace(error),
            )
            return
        yield from stored
        size = sum(event.bytes for event in stored)
        run.stored_turns.append(Turn(loaded.task, loaded.attempt, args, size))

    def _submitted(self, turns: Sequence[Turn], ref: Any, run: RayRun) -> Iterator[ev.AnyEvent]:
        """Keep what is in flight by its ref, which the tasks of a batch share."""
        run.flights[ref] = Flight({turn.task.number: turn for turn in turns}, len(turns) > 1)
        named = ref
        if self._workers.streams(ref):
            named = ref._generator_ref
        now, name = clock.now(), named.hex()
        for turn in turns:
            yield ev.Submitted(t=now, task=turn.task.number, attempt=turn.attempt, ref=name)

    def _values(self, ready: list[Any]) -> list[Result]:
        """The ready refs with their values."""
        if len(ready) > 1:
            whole = [ref for ref in ready if not self._workers.streams(ref)]
            with contextlib.suppress(self._ray.exceptions.RayError):
                values = dict(zip(whole, fetch(self._ray, whole), strict=True))
                return [(ref, values.get(ref)) for ref in ready]
        return [(ref, None) for ref in ready]

    def _collect(self, ref: Any, got: Got | None, run: RayRun) -> Iterable[ev.AnyEvent]:
        """What a ready ref holds."""
        flight = run.flights[ref]
        try:
            value, fetched = got or fetch(self._ray, [self._workers.item(ref)])[0]
            place, tagged = self._workers.unpacked(value, flight)
        except (StopIteration, self._ray.exceptions.RayError) as error:
            del run.flights[ref]
            return self._without_record(flight, error, run)
        flight.worker = self._workers.number(place)
        share = fetched.share(len(tagged))
        events = [happened(flight, number, record, share, run) for number, record in tagged]
        if not flight.turns:
            del run.flights[ref]
        return events

    def _without_record(
        self, flight: Flight, error: Exception, run: RayRun
    ) -> Iterator[ev.AnyEvent]:
        """Events for what `ray.get` raised for a record. Raises EngineFailed if Ray broke."""
        errors = self._ray.exceptions
        kind = type(error).__name__
        if isinstance(error, losses(errors)):
            yield from self._after_loss(flight, error, run)
        elif flight.batched and isinstance(
            error, (StopIteration, errors.TaskCancelledError, errors.RayTaskError)
        ):
            # One of its tasks was cancelled, or has a result that doesn't travel: which it was
            # shows when each runs alone.
            yield from again(flight, run, kind, f"its batch ended early: {kind}")
        elif isinstance(error, StopIteration):
            if not flight.cancelling:
                raise EngineFailed(
                    f"Ray ended task {min(flight.turns)} without its result."
                ) from None
            # A cancel that reaches a generator while it is being sent ends its stream like that.
            yield from all_interrupted(flight, run)
        elif isinstance(error, errors.TaskCancelledError):
            yield from all_interrupted(flight, run)
        elif isinstance(error, errors.RayTaskError):
            yield from task_error(flight, error, run, errors.TaskCancelledError)
        else:
            raise EngineFailed(f"Ray failed: {kind}: {plain(error, 300)}") from error

    def _after_loss(self, flight: Flight, error: Exception, run: RayRun) -> Iterator[ev.AnyEvent]:
        if all(map(run.stop.ends, flight.turns)):
            yield from all_interrupted(flight, run)
            return
        if flight.worker >= 0 and flight.worker not in self._lost:
            self._lost.add(flight.worker)
            yield ev.WorkerLost(t=clock.now(), worker=flight.worker, reason="its process died")
        self.check()
        kind, why = type(error).__name__, "; Ray doesn't report why, but the log may"
        if isinstance(error, self._ray.exceptions.OutOfMemoryError):
            why = ": memory had run out"
        yield from again(flight, run, kind, f"{kind}: {plain(error, 200)}", why)
