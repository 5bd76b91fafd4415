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
import logging
import os
import shutil
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

import workloads
from workloads import events as ev
from workloads.engines import Crew, Demand, Emit, EngineOptions, Stop
from workloads.engines import ray_remote as remote
from workloads.engines.measure import BEGAN, REPORTED, RETURNED
from workloads.errors import BadInput, EngineFailed, plain
from workloads.host import usable_cpus
from workloads.task import Task

STREAMED_AT_MOST = 2000
"""More tasks than this go without progress within a task: they are small, or too many to look at."""

ATTEMPTS = 4
"""As Ray's default max_retries=3: a task whose worker dies is tried three times more."""

WAIT_S = 0.05
FORCE_AFTER_S = 1.0
WARM_WITHIN_S = 120.0
CHECK_EVERY_S = 0.5

ENVIRONMENT = {
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",
    # Under `uv run`, Ray would zip and upload the working directory and rebuild the venv in its workers.
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_worker_niceness": "0",
    # Ray ends idle workers above one a CPU after a second: those warmed for tasks that ask for less than a CPU
    # would be gone before their turn.
    "RAY_idle_worker_killing_time_threshold_ms": "600000",
    "RAY_task_oom_retries": "3",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "10",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@dataclass(slots=True)
class Flight:
    """A task in flight: which attempt, since when it is being cancelled, where it runs (-1: not known)."""

    task: Task
    attempt: int
    worker: int = -1
    cancelling: float = 0.0
    forced: bool = False


class RayTasks:
    """Runs tasks on a private Ray of this process, or on a running cluster."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._workers: dict[str, int] = {}
        self._lost: set[int] = set()
        self._temporary: str | None = None
        self._daemons: dict[str, int] = {}
        self._remotes: dict[Callable[..., Any], Any] = {}
        self._streamed = True
        self._demand: dict[str, Any] = {}
        self._at_once = self.cpus = 1
        self._emit: Emit = lambda event: None
        self._checked = 0.0
        self._ray: Any = None

    # -- start and end -----------------------------------------------------------------------------

    def open(self, emit: Emit) -> None:
        """Import Ray and start it, or join the cluster at the address; raises EngineFailed."""
        self._emit = emit
        os.environ.update(ENVIRONMENT)
        if self._options.address is None:
            # A private Ray on loopback needs no token, and writes none into the home directory.
            os.environ["RAY_AUTH_MODE"] = "disabled"
        elif Path("~/.ray/auth_token").expanduser().exists():
            os.environ.setdefault("RAY_AUTH_MODE", "token")
        emit(ev.PhaseBegan(t=time.time_ns(), name="import"))
        try:
            import ray
        except BaseException as error:
            raise EngineFailed(f"Ray can't be imported: {type(error).__name__}: {plain(error, 300)}") from error
        self._ray = ray
        emit(ev.PhaseEnded(t=time.time_ns(), name="import", detail=f"ray {ray.__version__}"))
        emit(ev.PhaseBegan(t=time.time_ns(), name="init"))
        try:
            self._init()
            self.cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))
        except BaseException as error:
            self.close()
            where = f" at {plain(self._options.address, 80)}" if self._options.address else ""
            raise EngineFailed(f"Ray{where} didn't start: {type(error).__name__}: {plain(error, 300)}") from error
        ray.cloudpickle.register_pickle_by_value(workloads)
        self._daemons = _daemons()
        emit(ev.PhaseEnded(t=time.time_ns(), name="init", detail=f"{self.cpus} CPUs"))

    def _init(self) -> None:
        common = {"log_to_driver": False, "logging_level": logging.WARNING, "namespace": "raytasks"}
        if self._options.address is not None:
            _answers(self._options.address)
            self._ray.init(address=self._options.address, **common)
            return
        self._temporary = _own_folder()
        self._ray.init(
            address="local",
            num_cpus=self._options.cpus or usable_cpus(),
            resources={remote.WINDOW_SHARE: remote.SHARES},
            include_dashboard=False,
            object_store_memory=self._options.object_store_bytes,
            _temp_dir=self._temporary,
            _node_ip_address="127.0.0.1",
            **common,
        )

    def check(self) -> None:
        """Raises EngineFailed if one of Ray's own processes is gone."""
        self._checked = time.monotonic()
        for name, pid in self._daemons.items():
            if not _alive(pid):
                raise EngineFailed(f"Ray's {name} (process {pid}) died; nothing can run on this Ray any more.")

    def close(self) -> None:
        """Leave the cluster; end a private Ray and remove its files."""
        if self._ray is not None:
            with contextlib.suppress(Exception):
                self._ray.shutdown()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    # -- before a run --------------------------------------------------------------------------------

    def prepare(self, tasks: Sequence[Task], imports: Sequence[str], demand: Demand, stop: Stop) -> Crew:
        """Have as many warm workers as tasks will run at once; raises EngineFailed if they don't come."""
        self.check()
        cpus, wanted = float(demand.num_cpus), demand.workers
        resources = dict(demand.resources)
        self._demand = {"num_cpus": cpus, "max_retries": 0, "resources": resources}
        if "GPU" in resources:
            self._demand["num_gpus"] = resources.pop("GPU")
        self._refuse_the_impossible(demand)
        most = self._most(demand)
        self._at_once = wanted if wanted and (self._temporary or wanted < most) else most
        if self._temporary and wanted and wanted > most:
            # Four that wait fit on two CPUs if each asks for half a one.
            self._demand["num_cpus"] = int(self.cpus / wanted * 10_000) / 10_000
        if self._temporary and wanted:
            self._demand["resources"][remote.WINDOW_SHARE] = max(1, remote.SHARES // wanted)
        self._streamed = len(tasks) <= STREAMED_AT_MOST
        self._remotes = {function: self._remote(function) for function in {task.function for task in tasks}}
        self._emit(ev.PhaseBegan(t=time.time_ns(), name="workers"))
        places = set[remote.Place]()
        for bound in self._remotes.values():
            places |= self._warm(bound, tuple(imports), min(self._at_once, len(tasks)), stop)
        members = sorted(self._worker(place) for place in places)
        self._emit(ev.PhaseEnded(t=time.time_ns(), name="workers", detail=f"{len(places)} warm"))
        return Crew(self._at_once, members)

    def _remote(self, function: Callable[..., Any]) -> Any:
        if self._streamed and inspect.isgeneratorfunction(function):
            made = self._ray.remote(remote.streaming(function))
            return made.options(num_returns="streaming", **self._demand)
        return self._ray.remote(remote.whole(function)).options(**self._demand)

    def _warm(self, bound: Any, imports: tuple[str, ...], wanted: int, stop: Stop) -> set[remote.Place]:
        """Call the run's own remote function until `wanted` workers have loaded it and the modules."""
        ray, seen = self._ray, set[remote.Place]()
        deadline = time.monotonic() + WARM_WITHIN_S
        hold = 0.05
        while len(seen) < wanted:
            if time.monotonic() > deadline:
                raise EngineFailed(f"Ray gave {len(seen)} workers of {wanted} in {WARM_WITHIN_S:.0f} s.")
            refs = [bound.remote(warm_up=(imports, hold)) for _ in range(wanted)]
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
            if self._options.address and hold > 0.4:
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
        own = {k: v for k, v in self._demand["resources"].items() if k != remote.WINDOW_SHARE}
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
        ray = self._ray
        waiting = deque((task, 0) for task in tasks)
        flights: dict[Any, Flight] = {}
        # A longer window hides the round trip of tiny tasks; streamed ones are long, and each costs a look.
        window = max(8, 2 * self._at_once) if self._streamed else max(64, 8 * self._at_once)
        if self._options.address and self._at_once < self.cpus:
            window = self._at_once  # no share resource on somebody else's cluster
        while waiting or flights:
            if stop.requested:
                while waiting:
                    yield ev.Cancelled(t=time.time_ns(), task=waiting.popleft()[0].number)
                if not flights:
                    return
            while waiting and len(flights) < window:
                yield self._submit(*waiting.popleft(), flights)
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

    def _submit(self, task: Task, attempt: int, flights: dict[Any, Flight]) -> ev.Submitted:
        ref = self._remotes[task.function].remote(*task.args)
        flights[ref] = Flight(task, attempt)
        named = ref._generator_ref if isinstance(ref, self._ray.ObjectRefGenerator) else ref
        return ev.Submitted(t=time.time_ns(), task=task.number, attempt=attempt, ref=named.hex())

    def _values(self, ready: list[Any]) -> list[tuple[Any, Any]]:
        """The ready refs with their values, None where each must be asked for by itself."""
        if not self._streamed and len(ready) > 1:
            with contextlib.suppress(self._ray.exceptions.RayError):
                return list(zip(ready, self._ray.get(ready), strict=True))
        return [(ref, None) for ref in ready]

    def _collect(
        self, ref: Any, value: Any, flights: dict[Any, Flight], waiting: deque[tuple[Task, int]], stop: Stop
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
            now, done, total, partial = rest
            yield ev.Progressed(t=now, task=number, done=done, total=total, attempt=flight.attempt, partial=partial)
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

    def _after_loss(
        self, flight: Flight, error: Exception, waiting: deque[tuple[Task, int]], stop: Stop
    ) -> Iterator[ev.AnyEvent]:
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
            waiting.appendleft((flight.task, flight.attempt + 1))
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


def _answers(address: str) -> None:
    """Raises OSError at once where nobody listens: Ray would try for 20 s, then end this process."""
    host, _, port = address.rpartition(":")
    if port.isdigit():
        socket.create_connection((host, int(port)), timeout=10).close()


def _own_folder() -> str:
    """A folder for Ray's session files, removed at the end; those of lanes that were killed go now.

    Its path is short because Ray puts Unix sockets below it, whose paths can't exceed 107 bytes.
    """
    base = tempfile.gettempdir() if len(tempfile.gettempdir()) <= 20 else "/tmp"
    for left in Path(base).glob("raytasks-*"):
        pid = left.name.rpartition("-")[2]
        with contextlib.suppress(OSError):  # another app may be sweeping too
            if pid.isdigit() and not _alive(int(pid)) and left.stat().st_uid == os.getuid():
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(base) / f"raytasks-{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return str(folder)


def _alive(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _daemons() -> dict[str, int]:
    """The processes of our own Ray without which it can't go on; none on somebody else's cluster.

    Read from the process table, as Ray has no public way to ask.
    """
    names = {"gcs_server": "control service (GCS)", "raylet": "raylet"}
    children = psutil.Process().children()
    return {names[child.name()]: child.pid for child in children if child.name() in names}


if sys.platform == "win32":
    raise EngineFailed("The Ray engine needs Linux or macOS.")
