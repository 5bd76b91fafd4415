"""The processes engine: tasks in worker processes of multiprocessing, as one would without Ray.

A worker has one task at a time, so that a long one never keeps another waiting while somebody is
idle. Only tasks shorter than the way to a worker are sent ahead, and in handfuls (see
`pool.Handfuls`); if one of these turns out long, those behind it are taken back. A task whose
worker died is tried again, alone: others that were sent along with a deadly one must not share its
end.
"""

import pickle
from collections import deque
from collections.abc import Iterator, Sequence

from workloads.core import events as ev
from workloads.core.errors import BadInput, EngineFailed, plain
from workloads.core.task import Task
from workloads.engines import (
    ATTEMPTS,
    STREAMED_AT_MOST,
    Demand,
    Emit,
    EngineOptions,
    ReadyWorkers,
    Stop,
    WarmUp,
)
from workloads.engines.actors import actors_of
from workloads.engines.driver_log import DriverLog
from workloads.engines.measure import RETURNED, Fetched, Record, by_hand, record_to_event
from workloads.engines.pool import GIVEN_BACK, LATE_S, Handfuls, pool_size
from workloads.engines.processes import worker as child
from workloads.engines.processes.copies import check_memory
from workloads.engines.processes.happened import BATCH_BYTES, HANDFUL_BYTES, failed, submitted
from workloads.engines.processes.homes import ActorHomes
from workloads.engines.processes.pool import Death, ProcessPool, Worker
from workloads.machine import clock
from workloads.machine.host import patience

WARM_WITHIN_S = 120.0
FORCE_AFTER_S = 1.0
LOOK_EVERY_S = 0.05


class Processes:
    """Runs tasks in worker processes, which are kept warm between runs."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._emit: Emit = lambda event: None
        self._pool: ProcessPool | None = None
        self._run = 0
        self._batch = 1

    def open(self, emit: Emit) -> None:
        """Start the fork server, if the system has such; raises EngineFailed."""
        self._emit = emit
        self._pool = ProcessPool(emit)

    def prepare(
        self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        """Have as many warm workers as tasks will run at once; raises EngineFailed if they don't
        get warm, BadInput where the copies of what tasks share need more memory than there is.
        """
        size = pool_size(demand, self._options)
        check_memory(tasks, size)
        payload = _payload(tasks, warm_up)
        self._batch = demand.execution.batch
        self.check()
        pool = self._open_pool
        stop.interrupt = pool.wake
        self._emit(ev.PhaseBegan(t=clock.now(), name="workers"))
        homes = len(actors_of(tasks))
        least, most = min(size, max(1, len(tasks))) + homes, size + homes
        pool.warm(least, most, child.Warm(demand.threads, payload))
        deadline = clock.Deadline(WARM_WITHIN_S)
        while len(pool.ready) < len(pool.workers) and not stop.requested:
            for _ in pool.hear(1.0):
                pass
            if deadline.passed():
                got = f"{len(pool.ready)} of {len(pool.workers)} worker processes"
                raise EngineFailed(f"Only {got} were ready in {WARM_WITHIN_S:.0f} s.")
        numbers = [worker.number for worker in pool.ready]
        self._emit(ev.PhaseEnded(t=clock.now(), name="workers", detail=f"{len(numbers)} warm"))
        return ReadyWorkers(most, numbers)

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[ev.AnyEvent]:
        """Run the tasks; see the module's words."""
        self.check()
        self._run += 1
        handfuls = Handfuls(len(self._open_pool.workers), self._batch)
        yield from ProcessRun(self._run, self._open_pool, tasks, handfuls, stop).drive()

    def check(self) -> None:
        """Replace workers that died while they had nothing to do; raises EngineFailed if that is in
        vain.
        """
        for _ in self._open_pool.hear(0):
            pass

    def close(self) -> None:
        """End the workers; the fork server ends with the lane."""
        if self._pool is not None:
            self._pool.close()

    @property
    def _open_pool(self) -> ProcessPool:
        assert self._pool is not None, "open comes first"
        return self._pool


def _payload(tasks: Sequence[Task], warm_up: WarmUp) -> bytes:
    """Everything that workers load before the race: the warm-up and the functions that the tasks
    call.
    """
    functions = [*dict.fromkeys(task.function for task in tasks), *actors_of(tasks)]
    try:
        return pickle.dumps((warm_up, functions), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        why = f"{type(error).__name__}: {plain(error, 300)}"
        raise BadInput(
            f"The tasks' function can't be sent to other processes: {why}; give it a name "
            "in a module."
        ) from error


class ProcessRun:
    """One run: which tasks wait, which attempt of each it is, and who has the others
    (`Worker.flights`).
    """

    def __init__(
        self, number: int, pool: ProcessPool, tasks: Sequence[Task], handfuls: Handfuls, stop: Stop
    ) -> None:
        self._number, self._pool, self._stop = number, pool, stop
        self._numbered = sorted(tasks, key=lambda task: task.number)
        self._waiting = deque(task for task in tasks if task.actor is None)
        self._homes = ActorHomes(number, pool, tasks)
        self._attempts: dict[int, int] = {}
        self._given_back: set[int] = set()
        self._streamed = len(tasks) <= STREAMED_AT_MOST
        self._handfuls = handfuls
        self._most_bytes = BATCH_BYTES if handfuls.fixed else HANDFUL_BYTES
        self._large = False
        self._asked, self._force_after_s = 0.0, FORCE_AFTER_S
        self._force_at: dict[int, float] = {}
        self._driver = DriverLog()
        stop.interrupt = pool.wake

    def drive(self) -> Iterator[ev.AnyEvent]:
        """Hand tasks over and tell what comes back, until all is told."""
        pool = self._pool
        yield from self._homes.queue(self._given_back)
        while True:
            if self._stop.requested:
                yield from self._cancel()
            else:
                yield from self._cancel_tasks()
                yield from self._feed()
            in_flight = sum(len(worker.flights) for worker in pool.workers)
            if not (self._waiting or in_flight or self._homes):
                yield from self._driver.end()
                return
            late = self._recall() or self._stop.requested or bool(self._ending())
            yield from self._driver.enter("waiting", in_flight)
            for heard in pool.hear(LOOK_EVERY_S if late else 1.0):
                if isinstance(heard, Death):
                    yield from self._after_loss(heard)
                else:
                    worker, records = heard
                    for number, record in records:
                        yield from self._collect(worker, number, record)

    def _attempt(self, number: int) -> int:
        return self._attempts.get(number, 0)

    def _feed(self) -> Iterator[ev.AnyEvent]:
        """Hand the tasks whose turn it is to whoever has the least to do."""
        if self._stop.held:
            return
        for worker in sorted(self._homes.settle(), key=lambda worker: len(worker.flights)):
            while self._waiting and self._takes(worker):
                yield from self._driver.enter("submitting")
                handful = self._handfuls.handful(len(self._waiting))
                yield from self._hand(worker, self._waiting, handful)
        for home, calls in self._homes.due():
            yield from self._driver.enter("submitting")
            yield from self._hand(home, calls, 1)

    def _takes(self, worker: Worker) -> bool:
        if worker.recalled:
            return False  # it may be about to speak at length, and only listen then
        if not worker.flights:
            return True
        if self._handfuls.fixed:
            return False
        left = len(self._waiting)
        if worker.late or not self._handfuls.brief or left < len(self._pool.workers):
            return False
        if self._attempt(self._waiting[0].number) or any(map(self._attempt, worker.flights)):
            return False
        if self._large:
            return len(worker.flights) == 1
        return len(worker.flights) <= self._handfuls.handful(left)

    def _hand(self, worker: Worker, waiting: deque[Task], wanted: int) -> Iterator[ev.AnyEvent]:
        """Hand the worker as many of those that wait as are `wanted`."""
        handful: list[tuple[int, bytes]] = []
        size = 0
        while waiting and len(handful) < wanted and size < self._most_bytes:
            task = waiting[0]
            attempt = self._attempt(task.number)
            if handful and attempt:
                break
            waiting.popleft()
            began = clock.perf_counter()
            try:
                code = self._homes.function_of(task, attempt), task.args
                payload = pickle.dumps(code, pickle.HIGHEST_PROTOCOL)
            except Exception as error:  # whatever a workload's own pickling raises fails its task
                yield failed(task.number, attempt, "the task can't be pickled", error)
                continue
            handful.append((task.number, payload))
            worker.flights[task.number] = None
            size += len(payload)
            self._large = len(payload) > HANDFUL_BYTES
            if task.number not in self._given_back:
                yield submitted(task.number, attempt, len(payload), clock.perf_counter() - began)
            if attempt:
                break
        if handful:
            brief = self._handfuls.brief and waiting is self._waiting
            worker.since, worker.brief, worker.late = clock.monotonic(), brief, False
            worker.order(child.Handful(self._number, self._streamed, worker.brief, handful))

    def _recall(self) -> bool:
        """Take back what waits behind a task that turns out long; returns whether some may yet."""
        if self._handfuls.fixed:
            return False
        now = clock.monotonic()
        for worker in self._pool.workers:
            if worker.may_be_late and now - worker.since > LATE_S:
                worker.late = worker.recalled = True
                worker.order(child.Recall())
        return any(worker.may_be_late for worker in self._pool.workers)

    def _collect(self, worker: Worker, number: int, pickled: bytes) -> Iterator[ev.AnyEvent]:
        attempt = self._attempt(number)
        try:
            record: Record = pickle.loads(pickled)
        except Exception as error:  # a class of the workload's own can refuse to come to life again
            if worker.flights.pop(number, number) is None:
                yield failed(
                    number,
                    attempt,
                    "what the task returned can't be unpickled",
                    error,
                    worker.number,
                )
            return
        kind = record[0]
        if kind >= RETURNED:
            del worker.flights[number]
        if kind == GIVEN_BACK and number in self._force_at:
            yield by_hand(number)
            return
        if kind == GIVEN_BACK:
            self._given_back.add(number)
            self._waiting.appendleft(self._numbered[number])
            return
        worker.late = worker.late and kind < RETURNED
        if kind == RETURNED:
            self._handfuls.note((record[2] - record[1]) / 1e9)
        fetched = Fetched(clock.now(), len(pickled))
        yield record_to_event(number, worker.number, attempt, record, fetched)

    def _after_loss(self, death: Death) -> Iterator[ev.AnyEvent]:
        worker, reason, now = death.worker, death.reason, clock.now()
        again: list[Task] = []
        for number in worker.flights:
            attempt = self._attempt(number) + 1
            if self._stop.requested:
                yield ev.Cancelled(t=now, task=number)
            elif number in self._force_at:
                yield by_hand(number, worker.number, attempt - 1)
            elif attempt < ATTEMPTS:
                self._attempts[number] = attempt
                self._given_back.discard(number)
                again.append(self._numbered[number])
                yield ev.Retried(t=now, task=number, attempt=attempt, reason=reason)
            else:
                yield ev.Failed(
                    t=now,
                    task=number,
                    worker=worker.number,
                    attempt=attempt - 1,
                    error="WorkerDied",
                    message=f"its worker died {ATTEMPTS} times: {reason}",
                    traceback=reason,
                )
        self._waiting.extendleft(task for task in reversed(again) if task.actor is None)
        for task in reversed(again):
            self._homes.again(task)

    def _cancel_tasks(self) -> Iterator[ev.AnyEvent]:
        """End the tasks that were cancelled while the run goes on: what waits is left out, what
        runs is asked, and a worker whose task doesn't listen is killed.
        """
        now = clock.monotonic()
        asked = self._stop.cancelled - self._force_at.keys()
        waiting = (*self._waiting, *self._homes) if asked else ()
        for task in [task for task in waiting if task.number in asked]:
            if not self._homes.remove(task):
                self._waiting.remove(task)
            yield by_hand(task.number, attempt=self._attempt(task.number))
        for number in asked:
            self._force_at[number] = now + patience(FORCE_AFTER_S)
            for worker in self._pool.workers:
                if number in worker.flights:
                    worker.order(child.EndTask(self._number, number))
        for worker, force_at in self._ending().items():
            if now > force_at:
                self._pool.end(worker)

    def _ending(self) -> dict[Worker, float]:
        """The workers that are asked to end a task, and when they will be made to."""
        if not self._force_at:
            return {}
        return {
            worker: self._force_at[number]
            for worker in self._pool.workers
            for number in list(worker.flights)[:1]
            if number in self._force_at
        }

    def _cancel(self) -> Iterator[ev.AnyEvent]:
        """Take back what waits; ask the workers to end their tasks, then make them."""
        for task in (*self._waiting, *self._homes):
            yield ev.Cancelled(t=clock.now(), task=task.number)
        self._waiting.clear()
        self._homes.clear()
        busy = [worker for worker in self._pool.workers if worker.flights]
        if not self._asked:
            self._asked, self._force_after_s = clock.monotonic(), patience(FORCE_AFTER_S)
            for worker in busy:
                worker.order(child.CancelRun(self._number))
        elif clock.monotonic() - self._asked > self._force_after_s:
            for worker in busy:
                self._pool.end(worker)
