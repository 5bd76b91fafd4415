"""The tasks that printed the lines of a lane's log, by the lines' marks.

A mark is the task's number, or Ray's id of it. Which task has that id is in the event that it was
submitted, which may come after the line: lines wait for it a while, in order.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from workloads.core import events as ev
from workloads.lanes.log import LogLine

WAIT_S = 0.5
"""Seconds that a line waits for the event that names its task, and the lines behind it."""

ID_DIGITS = 48
"""Hex digits of Ray's id of a task, with which the id of its ObjectRef begins."""

MAX_IDS = 10_000
"""Ids that are kept, the newest: more tasks than are in flight."""


class TaskLine(NamedTuple):
    """A line's text, the number of its task, -1 if it is of none, and the id of the process that
    printed it, 0 if that isn't known.
    """

    text: str
    task: int
    pid: int = 0


class TaskMarks:
    """Follows a lane's events and gives lines the numbers of their tasks. Times are in seconds, on
    any clock.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, int] = {}
        self._lines: deque[tuple[float, LogLine]] = deque()

    def note(self, event: ev.AnyEvent) -> None:
        """Take one of the lane's events."""
        if isinstance(event, ev.Submitted) and event.ref:
            self._tasks[event.ref[:ID_DIGITS]] = event.task
            if len(self._tasks) > MAX_IDS:
                del self._tasks[next(iter(self._tasks))]

    @property
    def waiting(self) -> bool:
        """True while there are lines that wait."""
        return bool(self._lines)

    def resolve(self, lines: Sequence[LogLine], now: float) -> list[TaskLine]:
        """These lines, after those that waited, as far as their tasks are known or nothing is
        waited for any more.
        """
        self._lines += [(now, line) for line in lines]
        done = []
        while self._lines:
            since, line = self._lines[0]
            task = self._task(line.mark)
            if task is None and now - since < WAIT_S:
                break
            self._lines.popleft()
            done.append(TaskLine(line.text, -1 if task is None else task, line.pid))
        return done

    def _task(self, mark: str) -> int | None:
        """The task's number, -1 for no mark; None while its id is unknown."""
        if not mark:
            return -1
        if len(mark) < ID_DIGITS and mark.isdecimal():
            return int(mark)
        return self._tasks.get(mark)
