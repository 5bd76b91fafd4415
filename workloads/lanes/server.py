"""Carries out the commands of one lane: prepares runs, runs their tasks, reports what happens."""

import os
import queue
import resource
import traceback
from collections.abc import Callable, Sequence

import msgspec

from workloads import catalog
from workloads.core import events as ev
from workloads.core.commands import AnyCommand, Cancel, Go, Prepare, Shutdown
from workloads.core.errors import EngineFailed, RaytasksError
from workloads.core.execution import Execution, check_order, ordered
from workloads.core.task import Params, Task, Workload
from workloads.engines import Demand, Engine, Stop, WarmUp, streams
from workloads.engines.injected import inject
from workloads.engines.measure import use_threads
from workloads.lanes.actor_watch import ActorWatch
from workloads.lanes.listings import engine_functions, read_source, shown_of
from workloads.lanes.plan import check_actors
from workloads.lanes.prepared import PreparedRun
from workloads.ledger.comparing_clock import LaneClock
from workloads.machine import clock, load

WORKER_DEATHS = ("WorkerDied", "WorkerCrashedError", "OutOfMemoryError", "NodeDiedError")
"""Names in `Failed.error` where a task has no result because its workers died."""

Commands = queue.Queue[AnyCommand]


class LaneServer:
    """Carries out commands in the main thread, one run at a time."""

    def __init__(self, engine: Engine, emit: Callable[[ev.AnyEvent], None], stop: Stop) -> None:
        self.engine, self.emit, self.stop = engine, emit, stop
        self.opened_s = 0.0
        self._warming_s: dict[tuple[str, ...], float] = {}
        self._own_workers: set[int] = set()
        self._name = ""

    def open(self, name: str, rate_of: str | None = None) -> None:
        """Start the engine and tell how; measure the rate of the workload of that name."""
        self._name = name
        began = clock.perf_counter()
        self.emit(ev.LaneOpened(t=clock.now(), engine=name, pid=os.getpid()))
        self.engine.open(self._emit)
        self.opened_s = clock.perf_counter() - began
        rate = _rate(rate_of)
        self.emit(ev.EngineStarted(t=clock.now(), rate=rate))

    def _emit(self, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.WorkerJoined) and event.pid == os.getpid():
            self._own_workers.add(event.worker)
        self.emit(event)

    def serve(self, commands: Commands) -> None:
        """Carry out commands until Shutdown."""
        while True:
            command = self._next(commands)
            if isinstance(command, Shutdown):
                return
            if isinstance(command, Prepare) and not self._prepared(command, commands):
                return

    def _next(self, commands: Commands) -> AnyCommand:
        """The next command; while none comes, the engine is looked after. Raises EngineFailed if it
        broke.
        """
        while True:
            try:
                return commands.get(timeout=1.0)
            except queue.Empty:
                self.engine.check()

    def _prepared(self, wanted: Prepare, commands: Commands) -> bool:
        """Prepare, wait for Go, run. False if the lane should end instead."""
        self.stop.begin(wanted.run)
        try:
            run = self._prepare(wanted)
        except EngineFailed:
            raise
        except RaytasksError as error:
            self._end_unstarted(wanted.run, "failed", message=str(error))
            return True
        if run is None:
            self._end_unstarted(wanted.run, "cancelled")
            return True
        while True:
            command = self._next(commands)
            if isinstance(command, Shutdown):
                return False
            if isinstance(command, Cancel):
                self._end_unstarted(wanted.run, "cancelled", run.startup_s)
                return True
            if isinstance(command, Prepare):
                return self._prepared(command, commands)
            if isinstance(command, Go) and command.run == wanted.run:
                before = load.measure(os.getppid())
                clock.sleep(max(0, command.at - clock.now()) / 1e9)
                self._run(run, before, command.alternates)
                return True

    def _prepare(self, wanted: Prepare) -> PreparedRun | None:
        """Make the tasks and warm the workers; None if the run is cancelled before that. Raises
        BadInput for what can't be run, EngineFailed.
        """
        workload = catalog.find(wanted.workload)
        check_actors(workload, self._name)
        params = workload.complete(wanted.params)
        files = self._files(workload, params, wanted.inputs)
        check_order(wanted.execution.order, workload)
        if self.stop.requested:
            return None
        began = clock.perf_counter()  # making files is no part of an engine's start-up
        tasks = inject(workload.make_tasks(params, wanted.seed, files), wanted.faults)
        queue = self._in_order(tasks, workload, wanted.execution)
        use_threads(wanted.execution.threads_of(wanted.num_cpus))
        workers = wanted.workers or workload.slots(params)
        demand = Demand(
            workers,
            wanted.num_cpus,
            wanted.resources,
            wanted.strategy,
            wanted.workers,
            wanted.drain,
            wanted.execution,
        )
        warm_up = WarmUp(workload.imports(params), None, wanted.workload)
        if workload.rehearsal is not None:
            warm_up = warm_up._replace(rehearse=workload.rehearsal())
        ready = self.engine.prepare(queue, warm_up, demand, self.stop)
        streams.end_lines()  # a module may have printed, or closed a stream, when it was loaded
        warmed = (warm_up.name, *warm_up.imports)
        warm = warmed in self._warming_s
        startup_s = self._startup(warmed, clock.perf_counter() - began)
        shown = shown_of(workload, tasks, wanted.execution)
        shown_functions = engine_functions(self._name, wanted.drain, shown)
        self.emit(read_source(shown_functions, workload, params, tasks))
        self.emit(
            ev.LaneReady(
                t=clock.now(),
                run=wanted.run,
                tasks=len(tasks),
                workers=ready.size,
                startup_s=startup_s,
                crew=ready.numbers,
                warm=warm,
            )
        )
        results = [None] * len(tasks)
        return PreparedRun(
            wanted.run,
            workload,
            tasks,
            queue,
            ready.size,
            startup_s,
            wanted.drain,
            wanted.execution,
            results,
        )

    def _in_order(
        self, tasks: Sequence[Task], workload: Workload, execution: Execution
    ) -> Sequence[Task]:
        """The tasks in the order of their submission; that it changes nothing is logged."""
        queue, note = ordered(tasks, workload.cost, execution.order)
        if note:
            self.emit(ev.Logged(t=clock.now(), text=note))
        return queue

    def _startup(self, warmed: tuple[str, ...], took_s: float) -> float:
        """Seconds that this lane took to start, though it is kept warm from an earlier race of
        the same workload.
        """
        self._warming_s[warmed] = max(took_s, self._warming_s.get(warmed, 0.0))
        return self.opened_s + self._warming_s[warmed]

    def _files(self, workload: Workload, params: Params, named: list[str]) -> list[str]:
        """The files to work on: those named, or the workload's own, made now if they don't exist
        yet.
        """
        if named or workload.inputs is None:
            return named
        phase, begun = workload.inputs.phase, False

        def report(done: int, total: int) -> None:
            nonlocal begun
            if not begun and done < total:
                self.emit(ev.PhaseBegan(t=clock.now(), name=phase))
                begun = True
            self.emit(ev.PhaseProgressed(t=clock.now(), name=phase, done=done, total=total))

        files = workload.inputs.make(int(params["tasks"]), report, lambda: self.stop.requested)
        if begun:
            self.emit(ev.PhaseEnded(t=clock.now(), name=phase, detail=f"{len(files)} made"))
        return files

    def _run(self, run: PreparedRun, before: load.MachineLoad, alternates: bool) -> None:
        cpu, began = clock.process_time(), clock.perf_counter()
        system = resource.getrusage(resource.RUSAGE_SELF).ru_stime
        self.emit(
            ev.RunStarted(
                t=clock.now(),
                run=run.number,
                tasks=len(run.tasks),
                workers=run.workers,
                drain=run.drain,
                execution=run.execution,
            )
        )
        broken: EngineFailed | None = None
        lane_clock = LaneClock(alone=run.workers == 1 and bool(self._own_workers))
        actors = ActorWatch(run.queue)
        try:
            for happened in self.engine.run(run.queue, self.stop):
                back = lane_clock.set_back(happened)
                for event in actors.told(_with_input(happened if alternates else back, run)):
                    run.count(event)
                    self.emit(event)
        except EngineFailed as error:
            broken, run.message = error, str(error)
        wall_s = clock.perf_counter() - began
        if not alternates:
            wall_s -= lane_clock.excess_s
        driver_s = clock.process_time() - cpu
        if self._own_workers:
            # serial, threads: the time of this process is that of its workers too
            driver_s = _without_comparing(driver_s, run.task_cpu_s, lane_clock.compared_s)
        system_s = resource.getrusage(resource.RUSAGE_SELF).ru_stime - system
        used = load.measure(os.getppid()).since(before)
        status, answer, message = run.outcome(self.stop.requested, broken is not None)
        self.emit(
            ev.RunEnded(
                t=clock.now(),
                run=run.number,
                status=status,
                wall_s=wall_s,
                driver_cpu_s=driver_s,
                task_cpu_s=run.task_cpu_s,
                startup_s=run.startup_s,
                answer=answer,
                message=message,
                machine_cpu_s=used.machine_s,
                own_cpu_s=used.own_s,
                io_wait_s=used.io_wait_s,
                withheld_s=used.withheld_s,
                driver_system_s=min(system_s, driver_s),
            )
        )
        if broken:
            raise broken

    def _end_unstarted(
        self, run: int, status: ev.Status, startup_s: float = 0.0, message: str = ""
    ) -> None:
        self.emit(
            ev.RunEnded(
                t=clock.now(),
                run=run,
                status=status,
                wall_s=0,
                driver_cpu_s=0,
                task_cpu_s=0,
                startup_s=startup_s,
                message=message,
            )
        )


def _rate(workload: str | None) -> float:
    """The rate of the workload in this process, with its usual parameters; 0 if it has none."""
    if workload is None:
        return 0.0
    try:
        found = catalog.find(workload)
        if found.rate is not None:
            return found.rate(found.complete({}))
    except Exception:  # a workload's own code; the race has its usual size
        traceback.print_exc()
    return 0.0


def _with_input(event: ev.AnyEvent, run: PreparedRun) -> ev.AnyEvent:
    """The event; that a task's workers died also says with what input: there is no traceback that
    would.
    """
    if not isinstance(event, ev.Failed) or event.error not in WORKER_DEATHS:
        return event
    text = run.workload.input_text(run.tasks[event.task])
    if not text:
        return event
    return msgspec.structs.replace(event, message=f"{event.message}; its input: {text}")


def _without_comparing(driver_cpu_s: float, task_cpu_s: float, compared_s: float) -> float:
    """The CPU seconds of a process whose own threads ran the tasks, without those spent on
    comparing.

    Of comparing only the time that passed is measured, which threads spend side by side, waiting
    for each other: what the tasks took is the least that is left.
    """
    return max(min(task_cpu_s, driver_cpu_s), driver_cpu_s - compared_s)
