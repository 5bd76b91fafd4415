"""The facts of this machine that a speedup must be read with."""

import os
import platform
import socket
from pathlib import Path

from workloads.machine import cpus


def usable_cpus() -> int:
    """Logical CPUs that this process may use now, as the kernel enforces it; at least 1."""
    return cpus.usable().count


PATIENCE_MOST_S = 30.0


def patience(seconds: float) -> float:
    """Seconds to wait for what takes at most `seconds` on a quiet machine: longer, the more
    processes share its CPUs.

    At most PATIENCE_MOST_S, as somebody may be waiting too.
    """
    try:
        crowding = os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        crowding = 1.0
    return max(seconds, min(seconds * crowding, PATIENCE_MOST_S))


def oom_kills() -> int:
    """The number of processes that the kernel has killed because memory had run out; 0 where it
    doesn't say.
    """
    try:
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
        return int(counts.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0


def elsewhere(address: str | None) -> bool:
    """True if a Ray at that address (None: our own) surely runs on other machines than this one."""
    name = (address or "auto").rpartition(":")[0] or "auto"
    return name not in ("auto", "localhost", socket.gethostname()) and not name.startswith("127.")


def physical_cpus() -> int:
    """The physical cores of the usable CPUs; the usable CPUs where the system doesn't say."""
    return cpus.usable().physical


def describe() -> dict[str, int | str]:
    """The host for a race's record: CPUs and what limits them, memory in bytes, system and Python
    version.
    """
    import psutil  # which the first paint can do without

    usable = cpus.usable()
    facts: dict[str, int | str] = {
        "logical_cpus": usable.count,
        "physical_cpus": usable.physical,
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }
    if usable.limit:
        facts["cpu_limit"] = usable.limit
    return facts
