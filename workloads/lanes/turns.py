"""The freezer seen from the app: lanes that take turns, and the slices in which each ran."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence

from workloads.core import events as ev
from workloads.core.engine_info import engine_info
from workloads.lanes.freezer import FrozenLane
from workloads.lanes.slot import LaneSlot
from workloads.machine import clock, tagged
from workloads.machine.host import patience

SLICE_S = 0.3
"""Seconds of a lane's turn."""

RELEASE_S = 3.0
"""Seconds after which a freezer that doesn't end is killed."""

READ = 1 << 16

OnEvents = Callable[[list[ev.AnyEvent]], None]


class Turns:
    """Lets lanes take turns from `proceed` until `release`; until then all are stopped.

    `on_events` gets the slices as they begin and end. `on_change` is called once the lanes are
    `stopped`, and if the freezer is `lost`, as it ended by itself: then all lanes run. Used in the
    event loop's thread only.
    """

    def __init__(
        self,
        lanes: Sequence[FrozenLane],
        spared: Collection[str],
        on_events: OnEvents,
        on_change: Callable[[], None],
    ) -> None:
        """Raises OSError if the system has no room for the process."""
        self._tags = [lane.tag for lane in lanes]
        self._on_events, self._on_change = on_events, on_change
        self._loop = asyncio.get_running_loop()
        self._torn = b""
        self._over = False
        self.stopped = self.lost = False
        command = [sys.executable, "-P", "-m", "workloads.lanes.freezer"]
        command += [f"--slice={SLICE_S}", f"--spare={','.join(spared)}"]
        command += [f"{lane.name}:{lane.pid}:{lane.tag}" for lane in lanes]
        # In a session of its own, so that no key typed at the terminal stops or ends it.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the terminal is the screen's
            bufsize=0,
            start_new_session=True,
            env={**os.environ, **clock.handed_on()},
        )
        assert self._process.stdin
        assert self._process.stdout
        self._commands = self._process.stdin
        self._reports = self._process.stdout.fileno()
        os.set_blocking(self._reports, False)
        self._loop.add_reader(self._reports, self.read)

    def proceed(self) -> None:
        """Let the lanes take turns, from the start or after `hold`."""
        self._send("continue")

    def hold(self) -> None:
        """Stop all lanes."""
        self._send("hold")

    def drop(self, lane: str) -> None:
        """The lane has finished: its slices go to the rest."""
        self._send(f"drop {lane}")

    def release(self) -> None:
        """Let all lanes continue for good. Calls after the first do nothing."""
        if not self._over:
            self._send("release")
            self._over = True
            self._commands.close()

    async def ended(self) -> None:
        """Wait for the freezer's end, after `release`; if it doesn't come, as somebody has stopped
        the freezer itself, end it and let the lanes continue.
        """
        deadline = clock.Deadline(patience(RELEASE_S))
        while self._process.poll() is None:  # without a thread: there may be none
            await asyncio.sleep(0.01)
            if deadline.passed():
                self._process.kill()
        tagged.resume(self._tags)
        self.read()
        self._end_reading()

    def read(self) -> None:
        """Hand on what the freezer has written. Events of a lane come after its slice's beginning
        if this is called once they were read.
        """
        try:
            data = os.read(self._reports, READ)
        except OSError:  # nothing is there to read, or it has ended
            return
        if not data:
            self._end_reading()
            return
        *lines, self._torn = (self._torn + data).split(b"\n")
        batch = [ev.decode_event(line) for line in lines if line != b"ready"]
        if len(batch) < len(lines):
            self.stopped = True
            self._on_change()
        if batch:
            self._on_events(batch)

    def _send(self, command: str) -> None:
        if self._over:
            return
        try:
            self._commands.write(command.encode() + b"\n")
        except OSError:  # it is gone, and the end of its reports will say so
            return

    def _end_reading(self) -> None:
        assert self._process.stdout
        if self._process.stdout.closed:
            return
        self._loop.remove_reader(self._reports)
        self._process.stdout.close()
        if not self._over:
            self._over = True
            self._commands.close()
            self._process.poll()
            self.lost = True
            self._on_change()
            tagged.resume(self._tags)


def taking_turns(
    slots: Sequence[LaneSlot], on_events: OnEvents, on_change: Callable[[], None]
) -> Turns:
    """The turns of lanes that have processes with tags. Raises OSError, as Turns."""
    lanes, spared = [], set[str]()
    for slot in slots:
        if slot.process is not None and slot.process.tag is not None:
            lanes.append(FrozenLane(slot.name, slot.process.pid, slot.process.tag))
            spared.update(engine_info(slot.name).daemons)
    return Turns(lanes, sorted(spared), on_events, on_change)
