"""A lane's process from when it is started until the app takes it over.

Needs no event loop, so that a lane that takes seconds to get ready can start before the app is even
loaded. If nobody takes the process over, it sees its input end and ends, as any lane whose app has
gone: whether that failed to come up, or was killed.
"""

import atexit
import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from workloads.comparison import keeping
from workloads.core.engine_info import engine_info, is_baseline
from workloads.engines import EngineOptions
from workloads.engines.local_nodes import ONE_NODE
from workloads.machine import clock, tagged

LOG_ENCODING = "utf-8:backslashreplace"
"""The encoding of what Python processes write to a lane's log: the terminal's encoding may lack
what a task prints.
"""


class Descriptors(NamedTuple):
    """One side's ends of a lane's pipes."""

    commands: int
    events: int
    log: int


class SpawnedLane:
    """A lane's process, in a session of its own, and our ends of its pipes.

    `kept` is the folder where its workers may store results, None where what they write isn't seen
    here; `tag` is that of its processes, if they have one. Raises OSError if the system has no room
    for it.
    """

    def __init__(self, name: str, engine: str, options: EngineOptions) -> None:
        self.name, self.options = name, options
        self.kept: Path | None = None
        if options.address is None or not engine_info(engine).joins_cluster:
            self.kept = keeping.make_folder()
        atexit.register(keeping.remove, self.kept)
        self.tag = tagged.new_tag() if tagged.available() else None
        ours: list[int] = []
        theirs: list[int] = []
        try:
            for name_of_pipe in Descriptors._fields:
                read, write = os.pipe()
                if name_of_pipe == "commands":
                    read, write = write, read
                ours.append(read)
                theirs.append(write)
            own = {"--kept": self.kept, "--tag": self.tag, "--parent": os.getpid()}
            self.process = _start_process(name, engine, options, own, Descriptors(*theirs))
        except BaseException:
            keeping.remove(self.kept)
            for descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self._ours = Descriptors(*ours)

    def hand_over(self) -> Descriptors:
        """Our ends of the pipes; whoever takes them closes them."""
        return self._ours

    def abandon(self) -> None:
        """Have the lane end, by the end of its input."""
        for descriptor in self.hand_over():
            os.close(descriptor)


_early: dict[str, SpawnedLane] = {}
"""Lanes that were started before somebody wanted them, by name."""


def spawn_early(name: str, engine: str, options: EngineOptions) -> None:
    """Start a lane that will be wanted; where there is no room for it, whoever wants it says so."""
    with contextlib.suppress(OSError):
        _early[name] = SpawnedLane(name, engine, options)


def take(name: str, engine: str, options: EngineOptions) -> SpawnedLane:
    """The lane of that name, started now if it wasn't earlier. Raises OSError if the system has no
    room for it.
    """
    if name in _early and _early[name].options == options:
        return _early.pop(name)
    return SpawnedLane(name, engine, options)


def abandon() -> None:
    """Have the lanes end that nobody has taken."""
    for lane in _early.values():
        lane.abandon()
    _early.clear()


def _nodes_json(options: EngineOptions) -> str | None:
    """The nodes of a private cluster as the lane takes them; None for the usual one."""
    if options.nodes == ONE_NODE:
        return None
    return msgspec.json.encode(options.nodes).decode()


def _start_process(
    name: str,
    engine: str,
    options: EngineOptions,
    own: Mapping[str, object],
    pipes: Descriptors,
) -> "subprocess.Popen[bytes]":
    """The lane's process on these pipes, with options of its `own`. Raises OSError if the system
    has no room for it.
    """
    measured = None
    if options.rate_of and is_baseline(engine):
        measured = options.rate_of
    command = [sys.executable, "-P", "-m", "workloads.lanes", engine, "--name", name]
    given = {
        "--events": pipes.events,
        "--cpus": options.cpus,
        "--address": options.address,
        "--store-bytes": options.object_store_bytes,
        "--rate-of": measured,
        "--nodes": _nodes_json(options),
        **own,
    }
    for option, value in given.items():
        if value is not None:
            command += [option, str(value)]
    return subprocess.Popen(
        command,
        stdin=pipes.commands,
        stdout=pipes.log,
        stderr=pipes.log,
        pass_fds=(pipes.events,),
        start_new_session=True,
        env={**os.environ, "PYTHONIOENCODING": LOG_ENCODING, **clock.handed_on()},
    )
