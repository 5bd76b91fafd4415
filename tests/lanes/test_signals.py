"""Signals to a lane at any moment of its life: it ends in order, whatever its main thread is in."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from workloads.core import events as ev
from workloads.core.commands import AnyCommand, Cancel, Go, Prepare, Shutdown

PATIENCE_S = 60.0
"""A deadline against hanging for ever; by then the lane's own deadlines have long killed it."""

ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class BareLane:
    """A lane's process without a coordinator: `say` sends commands, `events` is what it
    has told.
    """

    def __init__(self, engine: str, **more: object) -> None:
        read, write = os.pipe()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "workloads.lanes",
                engine,
                "--events",
                str(write),
                "--cpus",
                "2",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(write,),
            start_new_session=True,
            bufsize=0,
            **more,  # type: ignore[call-overload]
        )
        os.close(write)
        self.events: list[ev.AnyEvent] = []
        self.log = b""
        self._readers = [
            threading.Thread(target=self._fold, args=(read,)),
            threading.Thread(target=self._keep, args=(self.process.stdout,)),
        ]
        for reader in self._readers:
            reader.start()

    def _fold(self, descriptor: int) -> None:
        with open(descriptor, "rb") as lines:
            self.events.extend(map(ev.decode_event, lines))

    def _keep(self, log: BinaryIO) -> None:
        with log:
            self.log = log.read()

    def say(self, *commands: AnyCommand) -> None:
        assert self.process.stdin
        self.process.stdin.write(ev.encode(commands))

    def until(self, kind: type) -> None:
        """Wait until it has told an event of that type."""
        deadline = time.monotonic() + PATIENCE_S
        while not any(isinstance(event, kind) for event in self.events):
            assert time.monotonic() < deadline, self.log.decode()
            assert self.process.poll() is None, self.log.decode()
            time.sleep(0.01)

    def end(self) -> int:
        """Wait for its end; returns its exit status."""
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdin:
                self.process.stdin.close()
            for reader in self._readers:
                reader.join(PATIENCE_S)


SPIN = Prepare(run=1, workload="sleep", params={"tasks": 8, "seconds": 30.0, "workers": 2}, seed=1)


@pytest.mark.parametrize(
    ("engine", "seed"), [*itertools.product(("serial", "threads", "processes"), (1, 2))]
)
def test_a_storm_of_signals_ends_a_lane_in_order(engine: str, seed: int):
    chance = random.Random(seed)
    lane = BareLane(engine)
    try:
        lane.until(ev.LaneOpened)
        lane.say(SPIN, Go(run=1))
        # Commands keep the main thread inside the queue's lock while the signals come.
        lane.say(*[Cancel() if n % 5 == 4 else Go(run=99) for n in range(chance.randrange(2000))])
        time.sleep(chance.uniform(0, 0.3))
        for _ in range(300):
            if lane.process.poll() is not None:
                break
            lane.process.send_signal(chance.choice(ENDINGS))
            time.sleep(chance.choice((0, 0, 0.001)))
    finally:
        status = lane.end()
    assert status == 0, lane.log.decode()


HELD = """
import queue, signal, sys, time
from workloads.lanes.commands import end_lane
from workloads.engines import Stop
from workloads.lanes import ending as lane_ending

commands = queue.Queue()
stop = Stop()
lane_ending.Ending(lambda: end_lane(commands, stop), lambda: False)
with commands.mutex:  # as the main thread holds it within get()
    for _ in range(100):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.raise_signal(number)
print(commands.get(timeout=30), stop.requested)
sys.stdout.flush()
"""


def test_a_signal_while_the_main_thread_holds_the_queue_does_not_deadlock():
    ended = subprocess.run(
        [sys.executable, "-c", HELD], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert ended.stdout == "Shutdown() True\n", ended.stderr


@pytest.mark.parametrize("number", ENDINGS)
def test_one_signal_ends_an_idle_lane_with_status_0(number: signal.Signals):
    lane = BareLane("threads")
    try:
        lane.until(ev.EngineStarted)
        time.sleep(0.05)  # nothing depends on it: it may also be about to read its first command
        lane.process.send_signal(number)
    finally:
        assert lane.end() == 0, lane.log.decode()


def test_an_interrupt_in_a_task_fails_the_call_and_not_the_lane(tmp_path: Path):
    (tmp_path / "timed.py").write_text(
        "import _thread, threading, time\n"
        "def call(n):\n"
        "    if n == 1:\n"
        "        threading.Timer(0.05, _thread.interrupt_main).start()\n"
        "        for _ in range(6000):\n"
        "            time.sleep(0.01)\n"
        "    return n\n"
    )
    from workloads.functions import inputs

    sealed, _ = inputs.seal("range:3")
    lane = BareLane("serial", cwd=tmp_path)
    try:
        lane.say(
            Prepare(run=1, workload="timed:call", params={"tasks": 3}, seed=1, inputs=[sealed]),
            Go(run=1),
        )
        lane.until(ev.RunEnded)
        lane.say(Shutdown())
    finally:
        assert lane.end() == 0, lane.log.decode()
    failed = [event for event in lane.events if isinstance(event, ev.Failed)]
    assert [(event.task, event.error) for event in failed] == [(1, "KeyboardInterrupt")]
    assert [event.task for event in lane.events if isinstance(event, ev.Finished)] == [0, 2]
