"""The freezer: a process that lets lanes take turns, by stopping all others (SIGSTOP).

`python -m workloads.lanes.freezer` starts with all lanes stopped. It reads commands from standard
input, one a line, and writes to standard output when slices begin and end, as events. A stopped
process neither sees its input close nor runs a handler, so the freezer, which nobody stops, is
responsible for what it stops: when its input ends without `release`, because the app has ended in
whatever way, it continues all lanes, so that they end in order as they do without the app, and
kills what is left after END_WITHIN_S. It imports little, so that it starts fast.
"""

import argparse
import json
import os
import select
import signal
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from workloads.machine import clock, tagged

END_WITHIN_S = 8.5
"""Seconds that lanes may take to end in order once the app is gone; they end themselves before."""

LOOK_EVERY_S = 0.05
LOOK_SHARE = 0.005
"""Looks for processes of stopped lanes that were started meanwhile, by Ray for instance: so often,
but rarer where that would take more than this share of a CPU.
"""


class FrozenLane(NamedTuple):
    """A lane that takes turns: the process that leads it, and the tag of all its processes."""

    name: str
    pid: int
    tag: int


class Freezer:
    """Has one lane run at a time, each for `slice_s` seconds, in order. `spared` are names of
    processes that are never stopped, such as Ray's daemons.
    """

    def __init__(self, lanes: Sequence[FrozenLane], slice_s: float, spared: Sequence[str]) -> None:
        self._lanes = list(lanes)
        self._tags = [lane.tag for lane in lanes]
        self._slice_s = slice_s
        self._waiting = list(lanes)
        self._running: FrozenLane | None = None
        self._spared = tagged.named(tagged.carriers(self._tags), spared)
        self._dropped: list[int] = []
        self._held = True
        self._released = False
        self._until = self._look_at = 0.0

    def serve(self, commands: int) -> None:
        """Carry out commands from a descriptor until it ends; see the module's words."""
        rest = b""
        try:
            tagged.stop(self._tags, self._spared)
            _write("ready")
            while True:
                readable, _, _ = select.select([commands], [], [], self._timeout())
                if not readable:
                    self._tick()
                    continue
                data = os.read(commands, 4096)
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._obey(line.decode())
        finally:
            tagged.resume(self._tags, self._spared)
        if not self._released:
            self._end_all()

    def _obey(self, command: str) -> None:
        verb, _, name = command.partition(" ")
        if verb == "continue":
            self._held = False
            tagged.resume(self._dropped, self._spared)
            self._next()
        elif verb == "hold":
            self._held = True
            self._stop_running()
            tagged.stop(self._tags, self._spared)
        elif verb == "drop":
            self._drop(name)
        elif verb == "release":
            self._release()

    def _timeout(self) -> float | None:
        """Seconds until something is to be done; None: nothing until the next command."""
        if self._released or self._running is None or not self._waiting:
            return None
        return max(0.0, min(self._until, self._look_at) - clock.monotonic())

    def _tick(self) -> None:
        now = clock.monotonic()
        if now >= self._until:
            self._next()
        elif now >= self._look_at:
            started = tagged.running([lane.tag for lane in self._waiting], self._spared)
            tagged.send(started, signal.SIGSTOP)
            self._look_at = now + max(LOOK_EVERY_S, (clock.monotonic() - now) / LOOK_SHARE)

    def _next(self) -> None:
        """End the slice, and begin that of the lane that has waited longest."""
        if self._held or self._released:
            return
        self._stop_running()
        if self._waiting:
            self._running = self._waiting.pop(0)
            self._tell(self._running.name, clock.now(), runs=True)
            tagged.resume([self._running.tag], self._spared)
        now = clock.monotonic()
        self._until, self._look_at = now + self._slice_s, now + LOOK_EVERY_S / 5

    def _stop_running(self) -> None:
        if self._running is not None:
            out = tagged.stop([self._running.tag], self._spared)
            self._tell(self._running.name, out, runs=False)
            self._waiting.append(self._running)
            self._running = None

    def _drop(self, name: str) -> None:
        """Let a lane that has finished continue for good, and give its slices to the rest."""
        self._dropped += [lane.tag for lane in self._lanes if lane.name == name]
        self._waiting = [lane for lane in self._waiting if lane.name != name]
        if not self._held:
            tagged.resume(self._dropped, self._spared)
        if self._running is not None and self._running.name == name:
            self._running = None
            self._next()

    def _release(self) -> None:
        """Let all lanes continue for good: the race is over, or is being cancelled."""
        self._released = True
        for lane in self._waiting:
            self._tell(lane.name, clock.now(), runs=True)
        tagged.resume(self._tags, self._spared)

    def _end_all(self) -> None:
        """Wait until the lanes have ended, which they do without the app; kill what is left."""
        deadline = clock.monotonic() + END_WITHIN_S
        leaders = {lane.pid for lane in self._lanes}
        while leaders & tagged.living(self._tags).keys() and clock.monotonic() < deadline:
            clock.sleep(0.02)
        tagged.kill(self._tags, 1.0)

    def _tell(self, lane: str, t: int, runs: bool) -> None:
        _write(json.dumps({"event": "sliced", "t": t, "lane": lane, "runs": runs}))


def _write(line: str) -> None:
    try:
        os.write(1, line.encode() + b"\n")
    except OSError:  # the app is gone, and the end of the input will say so
        return


def main() -> int:
    """The process: its arguments are the lanes, as NAME:PID:TAG."""
    parser = argparse.ArgumentParser(prog="python -m workloads.lanes.freezer", description=__doc__)
    parser.add_argument("lanes", nargs="+")
    parser.add_argument("--slice", type=float, required=True, help="seconds")
    parser.add_argument("--spare", default="", help="names of processes, with commas")
    given = parser.parse_args()
    lanes = []
    for text in given.lanes:
        name, pid, tag = text.rsplit(":", 2)
        lanes.append(FrozenLane(name, int(pid), int(tag)))
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _end)
    Freezer(lanes, given.slice, given.spare.split(",")).serve(0)
    return 0


def _end(number: int, frame: object) -> NoReturn:
    """What is stopped continues: `serve` sees to it on its way out."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
