"""What machine this is: the facts that a speedup must be read with."""

import contextlib
import os
import platform
import socket
from functools import cache
from pathlib import Path

import psutil


@cache
def usable_cpus() -> int:
    """Logical CPUs that this process may use: by its affinity mask and its container's quota, where there are such."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            count = min(count, max(1, int(quota) // int(period)))
    return count


PATIENCE_MOST_S = 60.0


def patience(seconds: float) -> float:
    """How long to wait for what takes at most `seconds` on a quiet machine: longer, the more processes share its CPUs.

    At most PATIENCE_MOST_S, as somebody may be waiting too.
    """
    try:
        crowding = os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        crowding = 1.0
    return max(seconds, min(seconds * crowding, PATIENCE_MOST_S))


def elsewhere(address: str | None) -> bool:
    """Whether a Ray at that address (None: our own) surely runs on other machines than this one."""
    name = (address or "auto").rpartition(":")[0] or "auto"
    return name not in ("auto", "localhost", socket.gethostname()) and not name.startswith("127.")


@cache
def physical_cpus() -> int:
    """Physical cores, at most the usable CPUs; the usable CPUs where the system doesn't say."""
    return min(psutil.cpu_count(logical=False) or usable_cpus(), usable_cpus())


def describe() -> dict[str, int | str]:
    """The host for a race's record: CPUs, memory in bytes, system and Python version."""
    return {
        "logical_cpus": usable_cpus(),
        "physical_cpus": physical_cpus(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }
