"""The tasks that a lane's own threads are at, in a file that outlives the process: a call that ends
it is then named, and so is the task that prints a line.

The events that say so may still be on their way when a task brings the process down.
"""

import contextlib
import mmap
import struct
import threading
from pathlib import Path

NAME = "running"

SLOTS = 1024
"""Workers of which it is kept."""

_TASK = struct.Struct("<q")


class Running:
    """Keeps the number of the task that each worker is at."""

    def __init__(self, folder: Path | None) -> None:
        self._map: mmap.mmap | bytearray = bytearray(_TASK.size * SLOTS)
        self._mine = threading.local()
        if folder is None:
            return
        with contextlib.suppress(OSError), open(folder / NAME, "xb+") as file:
            file.write(
                self._map
            )  # not only its length: a page that found no room later would end us with SIGBUS
            file.flush()
            self._map = mmap.mmap(file.fileno(), len(self._map))

    def attach(self, worker: int) -> None:
        """The calling thread is that worker."""
        if worker < SLOTS:
            self._mine.worker = worker

    def task(self) -> int:
        """The task that the calling thread is at; -1 if none, or the thread is no worker."""
        worker = getattr(self._mine, "worker", None)
        if worker is None:
            return -1
        (number,) = _TASK.unpack_from(self._map, _TASK.size * worker)
        return int(number) - 1

    def enter(self, worker: int, task: int) -> None:
        """The worker begins the task."""
        if worker < SLOTS:
            _TASK.pack_into(self._map, _TASK.size * worker, task + 1)

    def leave(self, worker: int) -> None:
        """The worker has ended it."""
        if worker < SLOTS:
            _TASK.pack_into(self._map, _TASK.size * worker, 0)


def last(folder: Path | None) -> list[int]:
    """The tasks that workers of a lane that has ended were at, in order."""
    if folder is None:
        return []
    try:
        data = (folder / NAME).read_bytes()
    except OSError:
        return []
    return sorted(
        number - 1 for (number,) in _TASK.iter_unpack(data[: _TASK.size * SLOTS]) if number > 0
    )


here = Running(None)
"""Of this process; a lane puts its own in place."""


def mark() -> str:
    """The number of the task that the calling thread is at, for the log; empty for none."""
    task = here.task()
    if task < 0:
        return ""
    return str(task)
