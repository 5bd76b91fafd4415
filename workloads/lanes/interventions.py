"""What a person has a lane do to its run: hold submission, cancel one task, kill a worker.

All of it happens in the thread that reads commands, so that a lane whose main thread is blocked
listens too; what comes of it is for the engine to see.
"""

import os
from collections.abc import Callable

from workloads.core import events as ev
from workloads.core.commands import CancelTask, Hold, KillWorker
from workloads.engines import Stop
from workloads.machine import clock, identity
from workloads.machine.identity import Identity


class Interventions:
    """Carries out interventions and reports each. It sees the events of the lane on their way, as
    it must know its workers' processes from the moment that they join: a number of a process can
    be another's later.
    """

    def __init__(self, stop: Stop, emit: Callable[[ev.AnyEvent], None]) -> None:
        self._stop, self._emit = stop, emit
        self._processes: dict[int, Identity] = {}

    def emit(self, event: ev.AnyEvent) -> None:
        """Take note of an event of the lane, and report it."""
        if isinstance(event, ev.WorkerJoined) and not event.elsewhere:
            process = identity.identify(event.pid)
            if process is not None:
                self._processes[event.worker] = process
        self._emit(event)

    def take(self, command: Hold | CancelTask | KillWorker, run: int) -> None:
        """Carry out the command in that run, the latest that was prepared."""
        now = clock.now()
        if isinstance(command, Hold):
            action = {True: "hold", False: "resume"}[command.held]
            self._emit(ev.Intervened(t=now, action=action))
            self._stop.hold(run, command.held)
        elif isinstance(command, CancelTask):
            self._emit(ev.Intervened(t=now, action="cancel-task", task=command.task))
            self._stop.cancel(run, command.task)
        else:
            worker, refused = self._kill(command.pid)
            self._emit(ev.Intervened(t=now, action="kill-worker", worker=worker, refused=refused))

    def _kill(self, pid: int) -> tuple[int, str]:
        """Kill the process of a worker; returns the worker's number (-1: there is none), and why it
        wasn't killed, empty if it was.
        """
        for worker, process in self._processes.items():
            if process.pid == pid:
                return worker, _killed(process)
        return -1, f"no worker on this machine has the process {pid}"


def _killed(process: Identity) -> str:
    if process.pid == os.getpid():
        return "the worker is a thread of the lane's own process"
    if why := identity.kill(process):
        return f"the worker's process {process.pid} {why}"
    return ""
