"""Processes that carry a tag: one that was tagged, and all that it and they start from then on.

A process may leave its session, its process group and its parent (`setsid` after a double fork),
clear its environment and change its title. What it can't lose by accident are its resource limits,
which are inherited by fork and kept by exec. So the tag is the soft limit of the bytes in POSIX
message queues, lowered to a number that no other process has. Reading it is one system call for
each process of the machine. Little is imported here, so that the freezer starts fast.

Nothing is ever signalled by its number alone: a handle (pidfd) is opened first and the tag read
again, so that a number which was given to another process meanwhile does no harm.
"""

import contextlib
import os
import random
import resource
import signal
from collections.abc import Collection, Iterator, Mapping
from functools import cache

from workloads.machine import clock

LEAST, MOST = 1 << 17, 1 << 19
"""The range of tags in bytes: far below the usual limit of 819,200, and room for a queue."""

SETTLE_S = 0.1
"""Seconds after which `stop` gives up waiting for processes that don't stop: they wait for a disk,
or a debugger has them.
"""

ENDED = frozenset("ZX")
STOPPED = ENDED | frozenset("Tt")
"""States in /proc/PID/stat of what doesn't run until somebody continues it, or never again."""


@cache
def available() -> bool:
    """True where processes can be tagged, and signalled without mistaking one for another."""
    if not hasattr(resource, "prlimit") or not hasattr(signal, "pidfd_send_signal"):
        return False
    _, hard = resource.getrlimit(resource.RLIMIT_MSGQUEUE)
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old kernel, or a sandbox
        return False
    return hard == resource.RLIM_INFINITY or hard >= MOST


def new_tag() -> int:
    """A tag that no process carries."""
    taken = {_tag(pid) for pid in _pids()}
    while (tag := random.SystemRandom().randrange(LEAST, MOST)) in taken:
        pass
    return tag


def put_on(tag: int) -> None:
    """Tag this process, and with it all that it starts from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_MSGQUEUE)
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (tag, hard))


def carriers(tags: Collection[int]) -> dict[int, int]:
    """The tag of each process that carries one of the tags, by its process id."""
    found = {}
    for pid in _pids():
        tag = _tag(pid)
        if tag is not None and tag in tags:
            found[pid] = tag
    return found


def living(tags: Collection[int]) -> dict[int, int]:
    """The carriers that haven't ended: not those whose parent is still to hear of their end."""
    return {pid: tag for pid, tag in carriers(tags).items() if state(pid) not in ENDED}


def running(tags: Collection[int], spared: Collection[int] = ()) -> dict[int, int]:
    """The carriers but the `spared` that aren't stopped."""
    found = _others(carriers(tags), spared)
    return {pid: tag for pid, tag in found.items() if state(pid) not in STOPPED}


def send(pids: Mapping[int, int], number: signal.Signals) -> None:
    """Send a signal to processes, given with their tags; to none that doesn't carry it any more."""
    for pid, tag in pids.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            handle = os.pidfd_open(pid)
            try:
                if _tag(pid) == tag:
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)


def stop(tags: Collection[int], spared: Collection[int] = ()) -> int:
    """Stop all processes that carry one of the tags but the `spared` ids, and those that they are
    just starting; returns when the first signals were out (ns since the epoch).
    """
    send(_others(carriers(tags), spared), signal.SIGSTOP)
    out = clock.now()
    stood: set[int] = set()
    while clock.now() - out < SETTLE_S * 1e9:
        found = _others(carriers(tags), spared)
        moving = {pid: tag for pid, tag in found.items() if state(pid) not in STOPPED}
        # One that was seen to stand still may have started another just before, after the list of
        # processes was read: only what stood still before this list was read has started no more.
        if not moving and found.keys() <= stood:
            break
        stood = found.keys() - moving.keys()
        send(moving, signal.SIGSTOP)
    return out


def resume(tags: Collection[int], spared: Collection[int] = ()) -> None:
    """Let all processes that carry one of the tags continue."""
    send(_others(carriers(tags), spared), signal.SIGCONT)


def kill(tags: Collection[int], within_s: float, spared: Collection[int] = ()) -> None:
    """Kill all processes that carry one of the tags but the `spared` ids, until none is left or
    the time is up.
    """
    deadline = clock.monotonic() + within_s
    while (left := _others(living(tags), spared)) and clock.monotonic() < deadline:
        send(left, signal.SIGKILL)
        clock.sleep(0.01)


def state(pid: int) -> str:
    """The letter of a process's state, as in /proc/PID/stat; X if it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "X"


def named(pids: Collection[int], names: Collection[str]) -> set[int]:
    """Those of the processes that have one of the names (of at most 15 characters)."""
    result = set()
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as name:
            if name.read().rstrip("\n") in names:
                result.add(pid)
    return result


def _others(pids: dict[int, int], spared: Collection[int]) -> dict[int, int]:
    return {pid: tag for pid, tag in pids.items() if pid not in spared}


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())


def _tag(pid: int) -> int | None:
    """The tag that a process may carry; None for another user's, or one that has ended."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_MSGQUEUE)[0]
    except OSError:
        return None
