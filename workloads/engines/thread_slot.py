"""The place where a cancel may break into the task that a thread runs.

A cancel must break into a task that never reports, such as a plain function in a loop. A signal
reaches only the main thread; another one is reached by PyThreadState_SetAsyncExc, which has the
interpreter raise an exception in that thread at one of its next bytecodes, wherever it is by then.
So that it never hits our own code unprepared, and that none is left over:

* A thread is asked only while `_inside` says that it runs a task's code, and only ASKS times until
  it has left. The second time reaches a task that caught the first exception.
* Leaving ends `_inside`, waits for whoever is asking at that moment, and then runs a loop: where a
  loop goes round, the interpreter raises a pending exception. It must not be taken back instead:
  until the next one is raised, CPython 3.11 and 3.12 would keep every thread of the process on the
  slow path, and 3.11 would never get on where a trace function is set.
* An exception can come at any moment before the end of that loop, also while the thread is leaving.
  Leaving holds no lock that could stay locked, and is tried once more than there can be exceptions.
* No cancel is missed: the run's stop is requested before threads are asked, and a thread looks for
  the request after it has set `_inside`.

A call into C that never returns can't be broken into; the coordinator then kills the lane.
"""

import ctypes
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from workloads.core.errors import TaskInterrupted
from workloads.engines import Stop
from workloads.machine import clock

T = TypeVar("T")

ASKS = 2
"""Times that a task is broken into until it ends, one less than `ThreadSlot.call` tries to leave
it.
"""


class ThreadSlot:
    """A thread's place: where a cancel may break into the task that it runs. See the module's
    words.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._thread = ctypes.c_ulong(threading.get_ident())
        self._inside = False
        self._task = -1
        self._asking = set[object]()
        self._permits = deque[None](maxlen=ASKS)

    def call(self, stop: Stop, step: Callable[[], T], task: int = -1) -> T | None:
        """Return what `step()` of that task returns, called in the slot's thread; None if the task
        or its run was cancelled before or in it.
        """
        done = None
        self._task = task
        try:
            try:
                try:
                    self._permits.extend([None] * ASKS)
                    self._inside = True
                    if not stop.ends(task):
                        done = step()
                finally:
                    self._leave()
            except TaskInterrupted:
                self._leave()
        except TaskInterrupted:
            self._leave()
        return done

    def ask(self, task: int | None = None) -> None:
        """Break into the task, if there is one, or only into that one; called from other threads
        and from signal handlers.
        """
        caller = object()
        self._asking.add(caller)
        try:
            # The thread can't leave this task for another while somebody is asking.
            if self._inside and task in (None, self._task):
                self._permits.pop()
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    self._thread, ctypes.py_object(TaskInterrupted)
                )
        except IndexError:  # asked often enough
            return
        finally:
            self._asking.discard(caller)

    def _leave(self) -> None:
        """Raises TaskInterrupted if it was asked for and hasn't come yet; after that none
        can come.
        """
        self._inside = False
        while self._asking:
            clock.sleep(0)
        if len(self._permits) < ASKS:
            for _ in range(2):
                pass
