"""A lane seen from the app: its process, the commands sent to it, the events and lines that come back.

Everything happens in callbacks of the running asyncio loop; nothing here ever waits for a lane.
"""

import asyncio
import atexit
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import psutil

from workloads import clock, keeping
from workloads import events as ev
from workloads.engines import EngineOptions
from workloads.lane_pipe import CommandPipe

OnEvents = Callable[[list[ev.AnyEvent]], None]

CLOSE_S = 7.0
"""Ray needs up to 3 s to shut down when asked; a lane that takes longer than this is killed."""

REAP_EVERY_S = 0.01
LOOK_EVERY_S = 0.5

EXIT_S = 3.0
"""A lane whose events have ended ends at once; one that lives on longer than this is killed."""

LOG_ENCODING = "utf-8:backslashreplace"
"""How Python processes write to a lane's log: the terminal's encoding may lack what a task prints."""

READ = 1 << 18
LOG_CHUNKS = 64
"""Reads after which a line of the log that doesn't end is cut."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)")


class LaneProcess:
    """Starts a lane and hands its events on in batches; the last one is LaneExited.

    The lane leads a session of its own, so that keys typed at the terminal don't reach it and that all
    it started can be ended together.
    """

    def __init__(self, name: str, engine: str, options: EngineOptions, on_events: OnEvents) -> None:
        self.name = name
        self._on_events = on_events
        self._loop = asyncio.get_running_loop()
        # Elsewhere, what workers write isn't seen here.
        self.kept = keeping.make_folder() if options.address is None or engine != "ray" else None
        atexit.register(keeping.remove, self.kept)
        ours: list[int] = []
        theirs: list[int] = []
        try:
            for writes in (True, False, False):
                read, write = os.pipe()
                ours.append(write if writes else read)
                theirs.append(read if writes else write)
            self._process = _start(name, engine, options, self.kept, *theirs)
        except BaseException:
            keeping.remove(self.kept)
            for descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        commands, events_read, log_read = ours
        self._commands = CommandPipe(commands, self._loop)
        self._ended = asyncio.Event()
        self._torn: dict[int, list[bytes]] = {events_read: [], log_read: []}
        self.exited: asyncio.Task[int] = self._loop.create_task(self._watch((events_read, log_read)))
        for descriptor, take in ((events_read, self._take_events), (log_read, self._take_log)):
            os.set_blocking(descriptor, False)
            self._loop.add_reader(descriptor, self._readable, descriptor, take)

    @property
    def pid(self) -> int:
        """The lane's process id, which is also its group's."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the lane still takes commands."""
        return not self.exited.done()

    def send(self, command: ev.AnyCommand) -> None:
        """Send a command, without waiting for a lane that is slow to read; one that never will be able to is killed.

        A lane that is going away doesn't get it, and LaneExited tells.
        """
        self._commands.send(ev.encode([command]))
        if self._commands.full:
            self.kill()

    async def close(self, within_s: float = CLOSE_S) -> None:
        """Ask the lane to end, by the end of its input; kill its whole group if it takes too long."""
        self._commands.close()
        done, _ = await asyncio.wait([self.exited], timeout=within_s)
        if not done:
            self.kill()
            await self.exited

    def kill(self) -> None:
        """End the lane and all it started at once: Ray's workers have process groups of their own."""
        self._signal(self._session(), signal.SIGKILL)

    def suspend(self) -> None:
        """Stop the lane and all it started."""
        stopped: set[int] = set()
        while fresh := [pid for pid in [self.pid, *self._session()] if pid not in stopped]:
            self._signal(fresh, signal.SIGSTOP)
            stopped.update(fresh)  # until none was started meanwhile

    def resume(self) -> None:
        """Let the lane and all it started continue."""
        self._signal(self._session(), signal.SIGCONT)

    def _signal(self, pids: Iterable[int], number: signal.Signals) -> None:
        if self._process.returncode is not None:  # its number may be another's by now
            pids = [pid for pid in pids if pid != self.pid]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _session(self) -> list[int]:
        """The processes that the lane started, and itself while it lives."""
        found = []
        try:
            for pid in psutil.pids():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if os.getsid(pid) == self.pid:
                        found.append(pid)
        except OSError:  # no descriptor is left to read the process table with
            return [] if self._process.returncode is not None else [self.pid]
        return found

    async def _watch(self, descriptors: tuple[int, int]) -> int:
        # Mostly only the lane holds the other end of the events' pipe. But what a task forks holds it too, and may
        # outlive a lane that was killed.
        while not self._ended.is_set() and self._process.poll() is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), LOOK_EVERY_S)
        status = await self._reaped(EXIT_S)
        while status is None:  # a task closed the pipe, and the lane can't tell any more
            self._process.kill()
            status = await self._reaped(EXIT_S)
        self._commands.drop()
        self.kill()  # what the lane left behind: a Ray whose driver was killed lives on for a minute
        await asyncio.to_thread(keeping.remove, self.kept)
        events_read, log_read = descriptors
        for descriptor, take in ((events_read, self._take_events), (log_read, self._take_log)):
            self._loop.remove_reader(descriptor)
            self._readable(descriptor, take)
            os.close(descriptor)
        self._on_events([ev.LaneExited(t=clock.now(), lane=self.name, status=status)])
        return status

    async def _reaped(self, within_s: float) -> int | None:
        """The lane's exit status, None if it still lives after that time. Without a thread: there may be none."""
        deadline = clock.monotonic() + within_s
        while (status := self._process.poll()) is None and clock.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(REAP_EVERY_S)
        return status

    def _readable(self, descriptor: int, take: Callable[[list[bytes]], None]) -> None:
        try:
            data = os.read(descriptor, READ)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(descriptor)
            if take == self._take_events:
                self._ended.set()
            return
        torn = self._torn[descriptor]
        first, newline, rest = data.partition(b"\n")
        torn.append(first)
        if newline:
            *lines, last = rest.split(b"\n")
            whole = b"".join(torn)
            torn[:] = [last]
            take([whole, *lines])
        elif take == self._take_log and len(torn) > LOG_CHUNKS:
            take([b"".join(torn)])
            torn.clear()

    def _take_events(self, lines: list[bytes]) -> None:
        batch = []
        for line in lines:
            try:
                batch.append(ev.decode_event(line))
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                batch.append(self._logged(f"unreadable event: {error}: {line[:200]!r}"))
        self._on_events(batch)

    def _take_log(self, lines: list[bytes]) -> None:
        self._on_events([self._logged(line.decode("utf-8", "replace")) for line in lines])

    def _logged(self, text: str) -> ev.Logged:
        kept = "".join(c if c.isprintable() else " " for c in _ESCAPES.sub("", text.expandtabs()))
        return ev.Logged(t=clock.now(), lane=self.name, text=kept.rstrip()[:2000])


def _start(
    name: str, engine: str, options: EngineOptions, kept: Path | None, commands: int, events: int, log: int
) -> "subprocess.Popen[bytes]":
    """The lane's process on these descriptors. Raises OSError if the system has no room for it."""
    command = [sys.executable, "-P", "-m", "workloads.lane", engine, "--name", name, "--events", str(events)]
    if options.cpus is not None:
        command += ["--cpus", str(options.cpus)]
    if options.address is not None:
        command += ["--address", options.address]
    if options.object_store_bytes is not None:
        command += ["--store-bytes", str(options.object_store_bytes)]
    if kept is not None:
        command += ["--kept", str(kept)]
    return subprocess.Popen(
        command, stdin=commands, stdout=log, stderr=log, pass_fds=(events,), start_new_session=True,
        env={**os.environ, "PYTHONIOENCODING": LOG_ENCODING, **clock.handed_on()},
    )  # fmt: skip
