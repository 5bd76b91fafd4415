"""The lane process: `python -m workloads.lanes ENGINE` reads commands from standard input and
writes events.

Events go to the descriptor named by --events. Descriptors 1 and 2 are left to the engine, whose
every word (Ray prints at length, and from C++) thus ends in the log and never on a screen. When
standard input ends, because the app has ended in whatever way, the lane stops its engine and exits.
"""

import argparse
import contextlib
import os
import queue
import sys
import threading
import traceback
from pathlib import Path

import msgspec

from workloads.comparison import keeping
from workloads.core import events as ev
from workloads.core.commands import AnyCommand
from workloads.core.errors import RaytasksError, plain, shortage
from workloads.engines import EngineOptions, Stop, load, running, streams
from workloads.engines.local_nodes import ONE_NODE, LocalNodes
from workloads.engines.measure import use_threads
from workloads.lanes.commands import end_lane, read_commands
from workloads.lanes.ending import Ending, continue_with_parent
from workloads.lanes.interventions import Interventions
from workloads.lanes.server import LaneServer
from workloads.lanes.writer import EventWriter
from workloads.machine import clock, tagged
from workloads.machine.places import settle

NICENESS = 5


def main() -> int:
    """The process: exit status 0, or 1 if the engine failed."""
    given = _parser().parse_args()
    keeping.lane_folder = given.kept
    running.here = running.Running(given.kept)
    # Last: a random.py in the folder where somebody happens to be must not take the place of
    # Python's own.
    sys.path.append(settle())
    streams.own(running.mark)
    _be_a_lane(given.tag)
    # A private duplicate: no process that the engine starts may hold the channel open, or write to
    # it.
    channel = os.dup(given.events)
    if given.events == 1:
        os.dup2(2, given.events)
    else:
        os.close(given.events)
    # Likewise: what a task starts, or forks, must neither read our commands nor wait for the lock
    # of their reader.
    orders = open(os.dup(0), "rb")  # noqa: SIM115 - open as long as the lane lives
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    commands: queue.Queue[AnyCommand] = queue.Queue()
    stop = Stop()
    lane = given.name or given.engine
    try:
        emit = EventWriter(channel, lane)
        interventions = Interventions(stop, emit)
        ending = Ending(
            lambda: end_lane(commands, stop), lambda: stop.inside, given.tag, given.parent
        )
        reader = threading.Thread(
            target=read_commands,
            args=(orders, commands, stop, ending, interventions),
            daemon=True,
            name="commands",
        )
        reader.start()
    except (RuntimeError, OSError) as error:
        reason = f"The lane can't start: {shortage(error) or error}."
        os.write(channel, ev.encode([ev.LaneFailed(t=clock.now(), lane=lane, reason=reason)]))
        return 1
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(ending.over)
        cleanup.callback(keeping.remove, given.kept)
        cleanup.callback(emit.close)
        try:
            engine = load(given.engine, _options(given))
            cleanup.callback(engine.close)
            cleanup.callback(ending.begin)
            server = LaneServer(engine, interventions.emit, stop)
            server.open(given.engine, given.rate_of)
            ending.install()  # Ray has set a handler of its own
            server.serve(commands)
        except Exception as error:
            emit(_failure(error))
            return 1
    return 0


def _be_a_lane(tag: int | None) -> None:
    step_back()
    continue_with_parent()
    if tag is not None:
        tagged.put_on(tag)
    use_threads(1)


def _options(given: argparse.Namespace) -> EngineOptions:
    nodes = ONE_NODE
    if given.nodes is not None:
        nodes = msgspec.json.decode(given.nodes, type=LocalNodes)
    return EngineOptions(given.cpus, given.address, given.store_bytes, nodes=nodes)


def _failure(error: Exception) -> ev.LaneFailed:
    if isinstance(error, RaytasksError):
        cause = plain(error.__cause__ or "")
        if cause.rstrip(".") in str(error):
            cause = ""  # the reason says it
        return ev.LaneFailed(t=clock.now(), reason=str(error), detail=cause)
    traceback.print_exception(error)
    why = shortage(error) or f"{type(error).__name__}: {plain(error, 300)}"
    return ev.LaneFailed(t=clock.now(), reason=f"The lane failed: {why}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workloads.lanes", description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--name", help="the lane's name in its events (default: the engine's)")
    parser.add_argument(
        "--events",
        type=int,
        default=1,
        metavar="FD",
        help="file descriptor that events are written to",
    )
    parser.add_argument("--cpus", type=int, help="CPUs for a local Ray instance")
    parser.add_argument("--address", help="address of an existing Ray cluster")
    parser.add_argument(
        "--store-bytes", type=int, help="size of the local Ray instance's object store"
    )
    parser.add_argument("--nodes", metavar="JSON", help="nodes of a local cluster: see LocalNodes")
    parser.add_argument("--rate-of", help="workload whose rate is measured at the start")
    parser.add_argument(
        "--kept", type=Path, help="folder where workers may store results until they are compared"
    )
    parser.add_argument("--parent", type=int, help="id of the process that started the lane")
    parser.add_argument("--tag", type=int, help="tag of the lane's processes: see machine.tagged")
    return parser


def step_back() -> None:
    """Let the screen, and the terminal that draws it, come first: every lane and all it starts
    alike.

    Where Linux groups processes by session (sched_autogroup), only the group's own niceness tells.
    """
    os.nice(NICENESS)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))


if __name__ == "__main__":
    sys.exit(main())
