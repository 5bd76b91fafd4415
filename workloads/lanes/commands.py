"""Reads the commands of a lane from its standard input, in a thread of its own."""

import queue
from typing import BinaryIO

import msgspec

from workloads.comparison import keeping
from workloads.core.commands import (
    AnyCommand,
    Cancel,
    Intervention,
    Prepare,
    Shutdown,
    decode_command,
)
from workloads.engines import Stop
from workloads.lanes.ending import Ending
from workloads.lanes.interventions import Interventions


def read_commands(
    channel: BinaryIO,
    commands: "queue.Queue[AnyCommand]",
    stop: Stop,
    ending: Ending,
    interventions: Interventions,
) -> None:
    """Pass commands on; a Cancel and the end of the input also break into a run at once, and
    interventions are carried out here.
    """
    latest = 0
    try:
        for line in channel:
            try:
                command = decode_command(line)
            except msgspec.DecodeError as error:
                print(f"unreadable command: {error}", flush=True)
                continue
            if isinstance(command, Prepare):
                latest = command.run
            elif isinstance(command, Cancel):
                stop.request(latest)
            elif isinstance(command, Intervention):
                interventions.take(command, latest)
                continue
            commands.put(command)
            if isinstance(command, Shutdown):
                break
    finally:
        ending.begin()


def end_lane(commands: "queue.Queue[AnyCommand]", stop: Stop) -> None:
    """Have the main thread end what it does, and the lane. Never called by a signal handler: both
    take locks.
    """
    stop.request()
    commands.put(Shutdown())
    keeping.remove(keeping.lane_folder)
