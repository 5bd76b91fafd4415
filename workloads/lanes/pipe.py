"""A lane's standard input as the app writes to it: never waiting, however slowly the lane reads."""

import asyncio
import os
from collections import deque

MAX_WAITING_BYTES = 256 << 20
"""Commands that a lane hasn't read; one that is further behind will not come back."""


class CommandPipe:
    """Writes what fits and keeps the rest in order until the lane reads on. Used in the event
    loop's thread only.
    """

    def __init__(self, descriptor: int, loop: asyncio.AbstractEventLoop) -> None:
        """Takes over the descriptor of the pipe's writing end."""
        os.set_blocking(descriptor, False)
        self._descriptor, self._loop = descriptor, loop
        self._waiting: deque[memoryview] = deque()
        self._bytes = 0
        self._closing = False

    @property
    def full(self) -> bool:
        """True once more than MAX_WAITING_BYTES wait."""
        return self._bytes > MAX_WAITING_BYTES

    def send(self, data: bytes) -> None:
        """Write the data after what was sent before; nothing once the pipe is closed, or full."""
        if self._closing or self.full:
            return
        first = not self._waiting
        self._waiting.append(memoryview(data))
        self._bytes += len(data)
        if first:
            self._write()
        if self._waiting and first:
            self._loop.add_writer(self._descriptor, self._write)

    def close(self) -> None:
        """Let the lane see the end of its input after what was sent."""
        if not self._closing:
            self._closing = True
            if not self._waiting:
                self._settle()

    def drop(self) -> None:
        """The lane is gone: forget what it hasn't read."""
        self._waiting.clear()
        self._closing = True
        self._settle()

    def _write(self) -> None:
        try:
            while self._waiting:
                written = os.write(self._descriptor, self._waiting[0])
                self._bytes -= written
                self._waiting[0] = self._waiting[0][written:]
                if not self._waiting[0]:
                    self._waiting.popleft()
        except BlockingIOError:
            return
        except OSError:  # the lane is going away, and LaneExited tells
            self._waiting.clear()
        self._settle()

    def _settle(self) -> None:
        """Nothing waits any more."""
        self._bytes = 0
        if self._descriptor < 0:
            return
        self._loop.remove_writer(self._descriptor)
        if self._closing:
            os.close(self._descriptor)
            self._descriptor = -1
