"""The lane process: `python -m workloads.lanes.server ENGINE` reads commands from standard input
and writes events.

Events go to the descriptor named by --events. Descriptors 1 and 2 are left to the engine, whose
every word (Ray prints at length, and from C++) thus ends in the log and never on a screen. When
standard input ends, because the app has ended in whatever way, the lane stops its engine and exits.
"""

import argparse
import contextlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from workloads import catalog
from workloads.comparison import keeping
from workloads.core import events as ev
from workloads.core.errors import EngineFailed, RaytasksError, plain, shortage
from workloads.core.task import Params, Task, Workload
from workloads.engines import Demand, Engine, EngineOptions, Stop, WarmUp, load, running, streams
from workloads.engines.measure import use_threads
from workloads.lanes.clock import LaneClock
from workloads.lanes.ending import GRACE_S, Ending, continue_with_parent
from workloads.machine import clock
from workloads.machine.places import settle

FLUSH_S = 0.02
NICENESS = 5


WORKER_DEATHS = ("WorkerDied", "WorkerCrashedError", "OutOfMemoryError", "NodeDiedError")
"""What `Failed.error` names where a task has no result because its workers died."""


class Writer:
    """Sends events from a thread of its own, so that no engine ever waits for a slow reader."""

    def __init__(self, descriptor: int, lane: str) -> None:
        self._descriptor, self._lane = descriptor, lane
        self._queue: queue.SimpleQueue[ev.AnyEvent | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._pump, daemon=True, name="events")
        self._thread.start()

    def __call__(self, event: ev.AnyEvent) -> None:
        """Send the event soon."""
        self._queue.put(event)

    def _pump(self) -> None:
        ended = False
        while not ended:
            batch = [self._queue.get()]
            clock.sleep(FLUSH_S)  # what happens together travels together
            with contextlib.suppress(queue.Empty):
                while True:
                    batch.append(self._queue.get_nowait())
            ended = None in batch
            view = memoryview(
                b"".join(_line(_named(event, self._lane)) for event in batch if event is not None)
            )
            with contextlib.suppress(OSError):  # nobody reads any more: standard input will tell
                while view:
                    view = view[os.write(self._descriptor, view) :]

    def close(self) -> None:
        """Send what is left."""
        self._queue.put(None)
        self._thread.join(GRACE_S)


def _named(event: ev.AnyEvent, lane: str) -> ev.AnyEvent:
    # Every engine makes events without the lane's name: it doesn't know it. Structs are frozen for
    # their readers; here they are still being made.
    msgspec.structs.force_setattr(event, "lane", lane)
    return event


def _line(event: ev.AnyEvent) -> bytes:
    """The event as a line; a value that JSON can't hold is told in its place."""
    try:
        return ev.encode([event])
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        why = plain(str(error).encode("utf-8", "replace").decode(), 300)
    if isinstance(event, ev.Finished):
        told: ev.AnyEvent = ev.Failed(
            t=event.t,
            lane=event.lane,
            task=event.task,
            worker=event.worker,
            start=event.start,
            attempt=event.attempt,
            error="NotJSON",
            message=f"the result can't be told: {why}",
        )
    elif isinstance(event, ev.RunEnded):
        told = msgspec.structs.replace(
            event, status="failed", answer=None, message=f"The answer can't be told: {why}"
        )
    else:
        told = ev.Logged(t=event.t, lane=event.lane, text=f"an event can't be told: {why}")
    return ev.encode([told])


class LaneServer:
    """Carries out commands in the main thread, one run at a time."""

    def __init__(self, engine: Engine, emit: Writer, stop: Stop) -> None:
        self.engine, self.emit, self.stop = engine, emit, stop
        self.opened_s = 0.0
        self._warming_s: dict[tuple[str, ...], float] = {}
        self._own_workers: set[int] = set()

    def open(self, name: str) -> None:
        """Start the engine and tell how."""
        began = clock.perf_counter()
        self.emit(ev.LaneOpened(t=clock.now(), engine=name, pid=os.getpid()))
        self.engine.open(self._emit)
        self.opened_s = clock.perf_counter() - began
        self.emit(ev.EngineStarted(t=clock.now()))

    def _emit(self, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.WorkerJoined) and event.pid == os.getpid():
            self._own_workers.add(event.worker)
        self.emit(event)

    def serve(self, commands: "queue.Queue[ev.AnyCommand]") -> None:
        """Carry out commands until Shutdown."""
        while True:
            command = self._next(commands)
            if isinstance(command, ev.Shutdown):
                return
            if isinstance(command, ev.Prepare) and not self._prepared(command, commands):
                return

    def _next(self, commands: "queue.Queue[ev.AnyCommand]") -> ev.AnyCommand:
        """The next command; while none comes, the engine is looked after. Raises EngineFailed if it
        broke.
        """
        while True:
            try:
                return commands.get(timeout=1.0)
            except queue.Empty:
                self.engine.check()

    def _prepared(self, wanted: ev.Prepare, commands: "queue.Queue[ev.AnyCommand]") -> bool:
        """Prepare, wait for the word to go, run. False if the lane should end instead."""
        self.stop.begin(wanted.run)
        try:
            workload = catalog.find(wanted.workload)
            params = workload.complete(wanted.params)
            files = self._files(workload, params, wanted.inputs)
            if self.stop.requested:
                self._end(wanted.run, "cancelled", 0, 0, 0)
                return True
            began = clock.perf_counter()  # making files is no part of an engine's start-up
            tasks = workload.make_tasks(params, wanted.seed, files)
            use_threads(wanted.num_cpus)
            workers = wanted.workers or workload.slots(params)
            demand = Demand(workers, wanted.num_cpus, wanted.resources)
            rehearse = workload.rehearsal() if workload.rehearsal else None
            warm_up = WarmUp(workload.imports(params), rehearse, wanted.workload)
            ready = self.engine.prepare(tasks, warm_up, demand, self.stop)
        except EngineFailed:
            raise
        except RaytasksError as error:
            self._end(wanted.run, "failed", 0, 0, 0, message=str(error))
            return True
        streams.end_lines()  # a module may have printed, or closed a stream, when it was loaded
        startup_s = self._startup((warm_up.name, *warm_up.imports), clock.perf_counter() - began)
        self.emit(
            ev.LaneReady(
                t=clock.now(),
                run=wanted.run,
                tasks=len(tasks),
                workers=ready.size,
                startup_s=startup_s,
                crew=ready.numbers,
            )
        )
        while True:
            command = self._next(commands)
            if isinstance(command, ev.Shutdown):
                return False
            if isinstance(command, ev.Cancel):
                self._end(wanted.run, "cancelled", 0, 0, startup_s)
                return True
            if isinstance(command, ev.Prepare):
                return self._prepared(command, commands)
            if isinstance(command, ev.Go) and command.run == wanted.run:
                clock.sleep(max(0, command.at - clock.now()) / 1e9)
                self._run(wanted.run, workload, tasks, ready.size, startup_s)
                return True

    def _startup(self, warmed: tuple[str, ...], took_s: float) -> float:
        """What this lane took to start in seconds, though it is kept warm from an earlier race of
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

    def _run(
        self,
        run: int,
        workload: Workload,
        tasks: "list[Task] | Any",
        workers: int,
        startup_s: float,
    ) -> None:
        results: list[Any] = [None] * len(tasks)
        finished = failed = 0
        task_cpu = 0.0
        cpu, began = clock.process_time(), clock.perf_counter()
        self.emit(ev.RunStarted(t=clock.now(), run=run, tasks=len(tasks), workers=workers))
        message = ""
        broken: EngineFailed | None = None
        lane_clock = LaneClock(alone=workers == 1 and bool(self._own_workers))
        try:
            for happened in self.engine.run(tasks, self.stop):
                event = _with_input(lane_clock.set_back(happened), tasks, workload)
                if isinstance(event, ev.Finished):
                    digest = (event.digest,) if event.digest else ()
                    results[event.task] = workload.keep(event.result, *digest)
                    finished += 1
                    task_cpu += event.cpu_s
                elif isinstance(event, ev.Failed):
                    failed += 1
                    message = (
                        message
                        or f"Task {event.task} failed: {event.error}: {plain(event.message, 200)}"
                    )
                self.emit(event)
        except EngineFailed as error:
            broken, message = error, str(error)
        wall = clock.perf_counter() - began - lane_clock.excess_s
        driver = clock.process_time() - cpu
        if (
            self._own_workers
        ):  # serial, threads: the time of this process is that of its workers too
            driver = _without_comparing(driver, task_cpu, lane_clock.compared_s)
        answer = None
        status: ev.Status
        missing = len(tasks) - finished - failed
        if missing and not broken:
            status = "cancelled" if self.stop.requested else "failed"
            message = message if self.stop.requested else f"{missing} tasks ended without a result."
        elif broken or (failed and not (workload.partial and finished)):
            status = "failed"
        else:
            status, answer, why = _combined(workload, results)
            status, message = ("failed" if failed else status), why or message
        self._end(run, status, wall, driver, startup_s, task_cpu, answer, message)
        if broken:
            raise broken

    def _end(
        self,
        run: int,
        status: ev.Status,
        wall: float,
        driver: float,
        startup: float,
        task_cpu: float = 0,
        answer: Any = None,
        message: str = "",
    ) -> None:
        self.emit(
            ev.RunEnded(
                t=clock.now(),
                run=run,
                status=status,
                wall_s=wall,
                driver_cpu_s=driver,
                task_cpu_s=task_cpu,
                startup_s=startup,
                answer=answer,
                message=message,
            )
        )


def _with_input(event: ev.AnyEvent, tasks: Sequence[Task], workload: Workload) -> ev.AnyEvent:
    """The event; that a task's workers died also says with what input: there is no traceback that
    would.
    """
    if not isinstance(event, ev.Failed) or event.error not in WORKER_DEATHS:
        return event
    text = workload.input_text(tasks[event.task])
    return (
        msgspec.structs.replace(event, message=f"{event.message}; its input: {text}")
        if text
        else event
    )


def _without_comparing(driver_cpu_s: float, task_cpu_s: float, compared_s: float) -> float:
    """The CPU seconds of a process whose own threads ran the tasks, without those spent on
    comparing.

    Of comparing only the time that passed is measured, which threads spend side by side, waiting
    for each other: what the tasks took is the least that is left.
    """
    return max(min(task_cpu_s, driver_cpu_s), driver_cpu_s - compared_s)


def _combined(workload: Workload, results: list[Any]) -> tuple[ev.Status, Any, str]:
    try:
        return "finished", workload.combine(results), ""
    except Exception as error:  # a workload's own code
        return (
            "failed",
            None,
            f"The results can't be combined: {type(error).__name__}: {plain(error, 200)}",
        )


def _read(
    channel: BinaryIO, commands: "queue.Queue[ev.AnyCommand]", stop: Stop, ending: Ending
) -> None:
    """Pass commands on; a Cancel and the end of the input also break into a run at once."""
    latest = 0
    try:
        for line in channel:
            try:
                command = ev.decode_command(line)
            except msgspec.DecodeError as error:
                print(f"unreadable command: {error}", flush=True)
                continue
            if isinstance(command, ev.Prepare):
                latest = command.run
            elif isinstance(command, ev.Cancel):
                stop.request(latest)
            commands.put(command)
            if isinstance(command, ev.Shutdown):
                break
    finally:
        ending.begin()


def end(commands: "queue.Queue[ev.AnyCommand]", stop: Stop) -> None:
    """Have the main thread end what it does, and the lane. Never called by a signal handler: both
    take locks.
    """
    stop.request()
    commands.put(ev.Shutdown())
    keeping.remove(keeping.lane_folder)


def main() -> int:
    """The process: exit status 0, or 1 if the engine failed."""
    parser = argparse.ArgumentParser(prog="python -m workloads.lanes.server", description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--name", help="the lane's name in its events (default: the engine's)")
    parser.add_argument(
        "--events", type=int, default=1, metavar="FD", help="where events are written"
    )
    parser.add_argument("--cpus", type=int, help="CPUs for a private Ray")
    parser.add_argument("--address", help="a running Ray cluster to join")
    parser.add_argument("--store-bytes", type=int, help="size of a private Ray's object store")
    parser.add_argument(
        "--kept", type=Path, help="a folder where workers may keep results until they are compared"
    )
    given = parser.parse_args()
    keeping.lane_folder = given.kept
    running.here = running.Running(given.kept)
    # Last: a random.py in the folder where somebody happens to be must not take the place of
    # Python's own.
    sys.path.append(settle())
    streams.own()
    _step_back()
    continue_with_parent()
    use_threads(1)
    # A private duplicate: no process that the engine starts may hold the channel open, or write to
    # it.
    told = os.dup(given.events)
    os.dup2(2, given.events) if given.events == 1 else os.close(given.events)
    # Likewise: what a task starts, or forks, must neither read our commands nor wait for the lock
    # of their reader.
    channel = open(os.dup(0), "rb")  # noqa: SIM115 - open as long as the lane lives
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    commands: queue.Queue[ev.AnyCommand] = queue.Queue()
    stop = Stop()
    try:
        emit = Writer(told, given.name or given.engine)
        ending = Ending(lambda: end(commands, stop), lambda: stop.inside)
        reader = threading.Thread(
            target=_read, args=(channel, commands, stop, ending), daemon=True, name="commands"
        )
        reader.start()
    except (RuntimeError, OSError) as error:
        reason = f"The lane can't start: {shortage(error) or error}."
        failed = ev.LaneFailed(t=clock.now(), lane=given.name or given.engine, reason=reason)
        os.write(told, ev.encode([failed]))
        return 1
    engine = load(given.engine, EngineOptions(given.cpus, given.address, given.store_bytes))
    server = LaneServer(engine, emit, stop)
    status = 0
    try:
        server.open(given.engine)
        ending.install()  # Ray has set a handler of its own
        server.serve(commands)
    except EngineFailed as error:
        emit(ev.LaneFailed(t=clock.now(), reason=str(error), detail=plain(error.__cause__ or "")))
        status = 1
    except Exception as error:
        traceback.print_exc()
        reason = (
            f"The lane broke: {shortage(error) or f'{type(error).__name__}: {plain(error, 300)}'}"
        )
        emit(ev.LaneFailed(t=clock.now(), reason=reason))
        status = 1
    finally:
        ending.begin()
        engine.close()
        emit.close()
        keeping.remove(given.kept)
        ending.over()
    return status


def _step_back() -> None:
    """Let the screen, and the terminal that draws it, come first: every lane and all it starts
    alike.

    Where Linux groups processes by session (sched_autogroup), only the group's own niceness tells.
    """
    os.nice(NICENESS)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))


if __name__ == "__main__":
    sys.exit(main())
