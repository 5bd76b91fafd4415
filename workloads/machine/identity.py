"""Processes by their number and their start, as a number is given to another process later."""

import os
import signal
from typing import NamedTuple


class Identity(NamedTuple):
    """A process of this machine: its id, and when it started, in a unit of the system's own."""

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """The process that has that id now; None if there is none."""
    started = _started(pid)
    if started is None:
        return None
    return Identity(pid, started)


def kill(process: Identity) -> str:
    """Kill the process if it is still that one; returns why it can't be, empty if it was killed."""
    handle = None
    try:
        if hasattr(signal, "pidfd_send_signal"):
            # Held before its start is compared: what it stands for can't change any more.
            handle = os.pidfd_open(process.pid)
        if _started(process.pid) != process.started:
            return "has ended already"
        if handle is None:
            os.kill(process.pid, signal.SIGKILL)
        else:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return "has ended already"
    except OSError as error:
        return f"can't be killed: {error.strerror}"
    finally:
        if handle is not None:
            os.close(handle)
    return ""


def _started(pid: int) -> str | None:
    """The start of a process; None for one that has ended, though its parent may be still to hear
    of that.
    """
    try:
        with open(f"/proc/{pid}/stat") as stat:
            state, *fields = stat.read().rpartition(")")[2].split()
    except (ProcessLookupError, FileNotFoundError):
        return _started_elsewhere(pid)
    if state in "ZX":
        return None
    return fields[18]


def _started_elsewhere(pid: int) -> str | None:
    """The same on a system without /proc."""
    import psutil  # 20 ms, which a lane's start can do without

    try:
        return str(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
