"""What machine this is: the facts that a speedup must be read with."""

import os
import platform

import psutil


def usable_cpus() -> int:
    """Logical CPUs that this process may run on (its affinity mask, where the system has one)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
