"""The fold of one lane's events: all that the screen, the report and the tests know of a lane.

`Lane.apply` takes the lane's events in their own order and keeps numpy columns, a row a task.
"""

import math
from typing import Any, get_args

import numpy as np

from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.core.execution import USUAL
from workloads.functions.results import is_partial
from workloads.ledger.actors import ActorTable
from workloads.ledger.bounds import possible_s
from workloads.ledger.checks import CHECKS, MAX_AFTER_NS, MAX_BEFORE_NS
from workloads.ledger.driver_row import DriverRow
from workloads.ledger.exits import exit_reason
from workloads.ledger.inputs import MAX_DETAILS as MAX_DETAILS
from workloads.ledger.inputs import SentInputs, StoredInputs
from workloads.ledger.interventions import InterventionLog
from workloads.ledger.nodes import NodeTable
from workloads.ledger.own_clock import OwnClock
from workloads.ledger.phases import Phases
from workloads.ledger.rows import RowsByNumber, WorkerRow
from workloads.ledger.run_state import RunState
from workloads.ledger.tables import Phase, State, StoreUsage, TaskTable, fail_phases


class Lane(Phases, RunState):
    """One lane's ledger.

    `state` is starting, ready (its engine is up), prepared (warm, waits for go), running; finished,
    failed, cancelled (its run ended so), broken (the engine) or gone (the process). `opening` is
    the engine's start; `warm` is True if the lane was so from an earlier race. `clock` is its own.
    `drain` is how its driver took results; `driver` what that did. `execution` is how its tasks
    were executed.
    """

    def __init__(self, name: str) -> None:
        self.name = self.engine = name
        self.state = "starting"
        self.reason = ""
        self.pid = 0
        self.phases = []
        self.opening = Phase("opening", 0, 0)
        self.clock = OwnClock()
        self._workers = RowsByNumber()
        self.nodes = NodeTable()
        self.startup_s = 0.0
        self.warm = False
        self.run = 0
        self.store = StoreUsage()
        self._clear(0, 0)

    def _clear(self, tasks: int, workers: int, held: bool = False) -> None:
        self.tasks = TaskTable(tasks)
        self.actors = ActorTable(tasks)
        self.driver = DriverRow()
        self.drain: Drain = "wait"
        self.execution = USUAL
        self.workers = workers
        self.zero: int | None = None
        # The times (ns) that events of tasks can have; any before the run's zero.
        self.earliest, self.latest = -math.inf, math.inf
        self.last = 0
        self.done = self.failed = self.retried = self.cancelled = self.running = 0
        self.ended: ev.RunEnded | None = None
        self.errors: dict[int, ev.Failed] = {}
        self.store = StoreUsage(self.store.used, self.store.capacity)
        self.stored, self.sent = StoredInputs(), SentInputs()
        self.differences: dict[int, str] = {}
        self.not_compared: dict[int, str] = {}
        # Of a function that an earlier version raced: it compared no more of results than it
        # recorded.
        self.partial = False
        self.interventions = InterventionLog(held)
        self._workers.clear()

    # -- folding -------------------------------------------------------------------------------

    def apply(self, event: ev.AnyEvent) -> None:
        """Take one event of this lane; one that can't be true (a recording may hold any JSON)
        changes nothing.
        """
        kind = type(event)
        handler, check = _HANDLERS.get(kind), CHECKS.get(kind)
        if handler is None or (check is not None and not check(self, event)):
            return
        handler(self, event)
        if event.t > self.last:
            self.last = event.t

    def _seconds(self, t: int) -> float:
        return (t - (self.zero or 0)) / 1e9

    def _on_opened(self, event: ev.LaneOpened) -> None:
        self.engine, self.pid, self.state, self.reason = event.engine, event.pid, "starting", ""
        self.phases, self._workers, self.startup_s = [], RowsByNumber(), 0.0
        self.nodes = NodeTable()
        self.opening, self.warm = Phase("opening", event.t), False
        self.run = 0

    def _on_node(self, event: ev.NodeEvent) -> None:
        self.nodes.apply(event)

    def _on_joined(self, event: ev.WorkerJoined) -> None:
        row = WorkerRow(event.worker, event.pid, event.id, event.node)
        row.elsewhere = event.elsewhere
        self._workers.join(row)
        if event.node:
            self.nodes.of(event.node)

    def _on_engine_started(self, event: ev.EngineStarted) -> None:
        self.state = "ready"
        self.opening.end = event.t

    def _on_ready(self, event: ev.LaneReady) -> None:
        self._clear(event.tasks, event.workers)
        self._workers.prepare(event.crew)
        self.state, self.reason, self.startup_s = "prepared", "", possible_s(event.startup_s)
        self.warm = event.warm

    def _on_run_started(self, event: ev.RunStarted) -> None:
        # Submission can have been held while the lane waited for its turn.
        self._clear(event.tasks, event.workers, self.interventions.held)
        self.drain, self.execution = event.drain, event.execution
        self.zero, self.state, self.reason = event.t, "running", ""
        self.earliest = event.t - MAX_BEFORE_NS
        self.latest = event.t + MAX_AFTER_NS

    def _on_driver_changed(self, event: ev.DriverChanged) -> None:
        self.driver.take(event, self._seconds(event.t))

    def _on_submitted(self, event: ev.Submitted) -> None:
        self.tasks.submit(event.task, self._seconds(event.t))
        if event.sent_bytes:
            self.sent.take(event)
        if event.actor:
            self.actors.submit(event)
        try:
            ref = bytes.fromhex(event.ref)
        except ValueError:  # of a recording that was changed
            return
        self.tasks.refer(event.task, ref)

    def _on_actor_started(self, event: ev.ActorStarted) -> None:
        row = self._workers.of(event.worker)
        row.actor = event.actor
        self.actors.start(event, self._seconds(event.t), row.worker)

    def _on_started(self, event: ev.Started) -> None:
        start, task, row = self._seconds(event.t), event.task, self._workers.of(event.worker)
        before = self.tasks.begin(task, start, row.worker, event.attempt)
        self.running += before != State.RUNNING
        row.begin(task, start, event.attempt)

    def _on_progressed(self, event: ev.Progressed) -> None:
        if event.total > 0:
            self.tasks.report(event.task, min(max(event.done / event.total, 0), 1))
        if event.stage:
            self.tasks.mark(event.task, event.stage, self._seconds(event.t))

    def _on_stored(self, event: ev.Stored) -> None:
        store = self.store
        store.puts += 1
        store.put_bytes += event.bytes
        store.put_s += event.put_s
        store.load_s += event.load_s
        self.stored.take(event)

    def _on_store_filled(self, event: ev.StoreFilled) -> None:
        store = self.store
        store.used, store.capacity = event.used, event.capacity
        store.peak = max(store.peak, event.used)
        if event.spilled is not None:
            store.spilled = max(store.spilled or 0, event.spilled)

    def _on_finished(self, event: ev.Finished) -> None:
        self._close(event.task, self._row(event), event.start, event.t, State.FINISHED)
        self.tasks.finish(event.task, event.cpu_s, event.attempt)
        if event.fetch_s:
            # Comparing is our wish; the result was ready before.
            at = self._seconds(event.t) + max(event.fetch_s - event.compare_s, 0)
            self.tasks.fetch(event.task, at, event.result_bytes, event.in_store)
        self.done += 1
        if event.not_compared and len(self.not_compared) < MAX_DETAILS:
            self.not_compared[event.task] = event.not_compared
        if not (event.digest or event.not_compared or self.partial):
            self.partial = isinstance(event.result, dict | list) and is_partial(event.result)

    def _on_failed(self, event: ev.Failed) -> None:
        # Who broke into a task doesn't know when it started.
        start_ns = event.start or min(self._start_ns(event.task) or event.t, event.t)
        self._close(event.task, self._row(event), start_ns, event.t, State.FAILED)
        self.failed += 1
        if event.fetch_s:
            at = self._seconds(event.t) + event.fetch_s
            self.tasks.fetch(event.task, at, event.result_bytes, event.in_store)
        if len(self.errors) < MAX_DETAILS:
            self.errors[event.task] = event

    def _on_retried(self, event: ev.Retried) -> None:
        start_ns = self._start_ns(event.task) or event.t
        row = self.rows.get(int(self.tasks.worker[event.task]))
        self._close(event.task, row, min(start_ns, event.t), event.t, State.RETRYING)
        self.tasks.retry(event.task, event.attempt, event.reason)
        self.retried += 1

    def _on_cancelled(self, event: ev.Cancelled) -> None:
        if self.tasks.state[event.task] == State.CANCELLED:
            return
        start_ns, row = self._start_ns(event.task), None
        if start_ns is not None:
            row = self.rows.get(int(self.tasks.worker[event.task]))
        start_ns = min(start_ns or event.t, event.t)
        self._close(event.task, row, start_ns, event.t, State.CANCELLED)
        self.cancelled += 1

    def _start_ns(self, task: int) -> int | None:
        """When the task's last attempt started (ns since the epoch); None if it never did."""
        start = self.tasks.start[task]
        if not np.isfinite(start):
            return None
        return (self.zero or 0) + int(start * 1e9)

    def _close(
        self, task: int, row: WorkerRow | None, start_ns: int, end_ns: int, state: State
    ) -> None:
        start, end = self._seconds(start_ns or end_ns), self._seconds(end_ns)
        worker = -1
        if row is not None:
            worker = row.worker
            row.close(task, start, end, state)
        before = self.tasks.end_attempt(task, worker, start, end, state)
        self.running -= before == State.RUNNING

    def _on_intervened(self, event: ev.Intervened) -> None:
        self.interventions.take(event, self._seconds(event.t))
        if event.action == "kill-worker" and not event.refused:
            self._workers.of(event.worker).lost = "killed by hand"

    def _on_worker_lost(self, event: ev.WorkerLost) -> None:
        self._workers.of(event.worker).lost = event.reason

    def _on_run_ended(self, event: ev.RunEnded) -> None:
        self.ended, self.state, self.reason = event, event.status, event.message
        self.interventions.end(event.wall_s)
        self.startup_s = possible_s(event.startup_s) or self.startup_s

    def _on_lane_failed(self, event: ev.LaneFailed) -> None:
        self.state, self.reason = "broken", event.reason
        fail_phases([self.opening, *self.phases], event.t)

    def _on_exited(self, event: ev.LaneExited) -> None:
        if self.state in ("finished", "failed", "cancelled", "broken"):
            return  # how its run ended, or why its engine broke, says more
        self.reason = exit_reason(event, self.state == "starting")
        self.state = "gone"
        fail_phases([self.opening, *self.phases], event.t)

    def _row(self, event: ev.Finished | ev.Failed) -> WorkerRow | None:
        if event.worker < 0:
            return None
        return self._workers.of(event.worker)

    def await_run(self) -> None:
        """A new race was opened: what an earlier run left is over."""
        self._clear(0, self.workers)
        if self.state in ("prepared", "running", "finished", "failed", "cancelled"):
            self.state, self.reason = "ready", ""

    # -- reading -------------------------------------------------------------------------------

    @property
    def rows(self) -> dict[int, WorkerRow]:
        """The rows of the run's workers, by the numbers by which they are shown."""
        return self._workers.numbered

    def number_of(self, worker: int) -> int:
        """The number by which a worker is shown, by its number in the events."""
        return self._workers.number(worker)

    def end_s(self) -> float | None:
        """Seconds at which the run ended in whatever way; None before its end."""
        if self.zero is None or self.live:
            return None
        if self.ended is None:
            return self._seconds(self.last)
        return self.ended.wall_s

    def elapsed(self, now: int) -> float:
        """Seconds since the run's zero by `now` (ns), at most the run's end; 0 before the run."""
        if self.zero is None:
            return 0.0
        end = self.end_s()
        if end is None:
            return max(0.0, self._seconds(self.clock.at(now)))
        return end or 0.0  # not -0.0

    def done_at(self, t: float) -> int:
        """The number of tasks that had finished `t` seconds into the run."""
        return self.tasks.done_at(t)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns hold; at most 200 a task."""
        rows = sum(row.nbytes for row in self.rows.values())
        return self.tasks.nbytes + self.actors.nbytes + self.driver.nbytes + rows


_HANDLERS: dict[type, Any] = {
    ev.LaneOpened: Lane._on_opened,
    ev.PhaseBegan: Lane._on_phase_began,
    ev.PhaseProgressed: Lane._on_phase_progressed,
    ev.PhaseEnded: Lane._on_phase_ended,
    ev.WorkerJoined: Lane._on_joined,
    ev.WorkerLost: Lane._on_worker_lost,
    **dict.fromkeys(get_args(ev.NodeEvent), Lane._on_node),
    ev.EngineStarted: Lane._on_engine_started,
    ev.LaneReady: Lane._on_ready,
    ev.LaneFailed: Lane._on_lane_failed,
    ev.RunStarted: Lane._on_run_started,
    ev.DriverChanged: Lane._on_driver_changed,
    ev.Submitted: Lane._on_submitted,
    ev.ActorStarted: Lane._on_actor_started,
    ev.Started: Lane._on_started,
    ev.Progressed: Lane._on_progressed,
    ev.Stored: Lane._on_stored,
    ev.StoreFilled: Lane._on_store_filled,
    ev.Finished: Lane._on_finished,
    ev.Failed: Lane._on_failed,
    ev.Retried: Lane._on_retried,
    ev.Cancelled: Lane._on_cancelled,
    ev.Intervened: Lane._on_intervened,
    ev.RunEnded: Lane._on_run_ended,
    ev.LaneExited: Lane._on_exited,
}
