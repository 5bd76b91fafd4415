"""A lane seen from the app: its process, the commands sent to it, the events and lines that come
back.

Everything happens in callbacks of the running asyncio loop; nothing here ever waits for a lane.
"""

import asyncio
import contextlib
import math
import os
import signal
from collections.abc import Callable, Iterable

import msgspec

from workloads.comparison import keeping
from workloads.core import events as ev
from workloads.core.commands import AnyCommand
from workloads.core.errors import plain
from workloads.engines import running
from workloads.lanes.log import SAY_EVERY_S, LaneLog, LogLine
from workloads.lanes.marks import TaskMarks
from workloads.lanes.pipe import CommandPipe
from workloads.lanes.spawned import SpawnedLane
from workloads.machine import clock
from workloads.machine.background import in_background

OnEvents = Callable[[list[ev.AnyEvent]], None]

CLOSE_S = 7.0
"""Ray needs up to 3 s to shut down when asked; a lane that takes longer than this is killed."""

REAP_EVERY_S = 0.01
LOOK_EVERY_S = 0.5

EXIT_S = 3.0
"""A lane whose events have ended ends at once; one that lives on longer than this is killed."""

READ = 1 << 18

LOG_READ = 1 << 16
LOG_READS = 16
"""Reads of the log at a time: one that prints a lot waits for us, and its race with it."""

LOG_DELAY_S = 0.05
"""Seconds in which a line of the log may still be overwritten, and what is printed together comes
together.
"""


class LaneProcess:
    """Takes over a lane's process and hands its events on in batches; the last one is LaneExited.

    The lane leads a session of its own, so that keys typed at the terminal don't reach it and that
    all it started can be ended together.
    """

    def __init__(self, spawned: SpawnedLane, on_events: OnEvents) -> None:
        self.name, self.kept, self.tag = spawned.name, spawned.kept, spawned.tag
        self._on_events = on_events
        self._loop = asyncio.get_running_loop()
        self._process = spawned.process
        commands, events_read, log_read = spawned.hand_over()
        self._commands = CommandPipe(commands, self._loop)
        self._ended = asyncio.Event()
        self._torn: list[bytes] = []
        self._log = LaneLog(clock.monotonic())
        self._marks = TaskMarks()
        self._log_due: asyncio.TimerHandle | None = None
        self.exited: asyncio.Task[int] = self._loop.create_task(self._watch(events_read, log_read))
        for descriptor, reader in ((events_read, self._read_events), (log_read, self._read_log)):
            os.set_blocking(descriptor, False)
            self._loop.add_reader(descriptor, reader, descriptor)

    @property
    def pid(self) -> int:
        """The lane's process id, which is also its group's."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while the lane takes commands."""
        return not self.exited.done()

    def send(self, command: AnyCommand) -> None:
        """Send a command, without waiting for a lane that is slow to read; one that never will be
        able to is killed.

        A lane that is going away doesn't get it, and LaneExited tells.
        """
        self._commands.send(ev.encode([command]))
        if self._commands.full:
            self.kill()

    async def close(self, within_s: float = CLOSE_S) -> None:
        """Ask the lane to end, by the end of its input; kill its whole group if it takes
        too long.
        """
        self._commands.close()
        done, _ = await asyncio.wait([self.exited], timeout=within_s)
        if not done:
            self.kill()
            await self.exited

    def kill(self) -> None:
        """End the lane and all it started at once: Ray's workers have process groups of
        their own.
        """
        self._signal_all(signal.SIGKILL)

    def suspend(self) -> None:
        """Stop the lane and all it started."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the lane and all it started continue."""
        self._signal(self._session(), signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        """Signal the lane and all it started, until none was started meanwhile."""
        reached: set[int] = set()
        while fresh := [pid for pid in self._session() if pid not in reached]:
            self._signal(fresh, number)
            reached.update(fresh)

    def _signal(self, pids: Iterable[int], number: signal.Signals) -> None:
        if self._process.returncode is not None:  # its number may be another's by now
            pids = [pid for pid in pids if pid != self.pid]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _session(self) -> list[int]:
        """The processes that the lane started, and itself while it lives."""
        import psutil  # which the first paint can do without

        session = []
        try:
            for pid in psutil.pids():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if os.getsid(pid) == self.pid:
                        session.append(pid)
        except OSError:  # no descriptor is left to read the process table with
            if self._process.returncode is None:
                return [self.pid]
            return []
        return session

    async def _watch(self, events_read: int, log_read: int) -> int:
        # Mostly only the lane holds the other end of the events' pipe. But what a task forks holds
        # it too, and may outlive a lane that was killed.
        while not self._ended.is_set() and self._process.poll() is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), LOOK_EVERY_S)
        status = await self._reaped(EXIT_S)
        while status is None:  # a task closed the pipe, and the lane can't tell any more
            self._process.kill()
            status = await self._reaped(EXIT_S)
        self._commands.drop()
        # What the lane left behind: a Ray whose driver was killed lives on for a minute.
        self.kill()
        tasks = running.last(self.kept)
        try:
            await in_background(keeping.remove, self.kept)
        except RuntimeError:  # the system has no thread left
            keeping.remove(self.kept)
        for descriptor, read in ((events_read, self._read_events), (log_read, self._read_log)):
            self._loop.remove_reader(descriptor)
            read(descriptor)
            os.close(descriptor)
        if self._log_due:
            self._log_due.cancel()
        self._tell(self._log.end(), math.inf)  # no event comes that a line could wait for
        self._on_events([ev.LaneExited(t=clock.now(), lane=self.name, status=status, tasks=tasks)])
        return status

    async def _reaped(self, within_s: float) -> int | None:
        """The lane's exit status, None if it still lives after that time. Without a thread: there
        may be none.
        """
        deadline = clock.monotonic() + within_s
        while (status := self._process.poll()) is None and clock.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(REAP_EVERY_S)
        return status

    def _read_events(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, READ)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(descriptor)
            self._ended.set()
            return
        first, newline, rest = data.partition(b"\n")
        self._torn.append(first)
        if newline:
            *lines, last = rest.split(b"\n")
            whole = b"".join(self._torn)
            self._torn[:] = [last]
            self._take_events([whole, *lines])

    def _read_log(self, descriptor: int) -> None:
        for _ in range(LOG_READS):
            try:
                data = os.read(descriptor, LOG_READ)
            except BlockingIOError:
                break
            if not data:
                self._loop.remove_reader(descriptor)
                break
            self._log.feed(data, clock.monotonic())
        if self._log_due is None:
            self._log_due = self._loop.call_later(LOG_DELAY_S, self._tell_lines)

    def _tell_lines(self) -> None:
        now = clock.monotonic()
        self._tell(self._log.lines(now), now)
        self._log_due = None
        if self._marks.waiting:
            self._log_due = self._loop.call_later(LOG_DELAY_S, self._tell_lines)
        elif self._log.dropping:
            self._log_due = self._loop.call_later(SAY_EVERY_S, self._tell_lines)

    def _take_events(self, lines: list[bytes]) -> None:
        batch = []
        for line in lines:
            try:
                event = ev.decode_event(line)
                self._marks.note(event)
                batch.append(event)
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                text = plain(f"unreadable event: {error}: {line[:200]!r}")
                batch.append(ev.Logged(t=clock.now(), lane=self.name, text=text))
        self._on_events(batch)

    def _tell(self, lines: list[LogLine], now: float) -> None:
        """Hand on lines of the log, each with its task."""
        batch: list[ev.AnyEvent] = [
            ev.Logged(t=clock.now(), lane=self.name, text=text, task=task, pid=pid)
            for text, task, pid in self._marks.resolve(lines, now)
        ]
        if batch:
            self._on_events(batch)
