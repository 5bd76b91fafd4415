"""The CPUs that this process may use, as the kernel enforces it: by its affinity mask and its
control groups' quotas.

A quota binds every group below the one that it is set for, so all from this process's own up to the
root are read, in the one hierarchy of cgroup v2 and in the `cpu` hierarchy of cgroup v1. A mask and
a quota can change at any time.
"""

import contextlib
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workloads.core.wording import plural
from workloads.machine import clock

Reader = Callable[[Path], float | None]
"""Reads a figure of the group whose folder that is; None where it has none."""

KEPT_S = 5.0
"""Seconds for which what was read is kept: screens ask for each frame."""


ROUNDING = 0.01
"""CPUs by which a quota may miss a whole number that it was meant to be."""


@dataclass(frozen=True)
class Cpus:
    """`count` are whole CPUs, at least 1: as many tasks can compute at once. `physical` are the
    cores that they are on. `limit` says in words what keeps the machine's other CPUs from this
    process; empty where nothing does.
    """

    count: int
    physical: int
    limit: str = ""


def usable() -> Cpus:
    """The CPUs that this process may use now."""
    return _kept(int(clock.monotonic() / KEPT_S))


@lru_cache(maxsize=1)
def _kept(moment: int) -> Cpus:
    return measured(Path("/"))


def measured(root: Path) -> Cpus:
    """The CPUs of this process, by the files of a system below `root`."""
    everything = os.cpu_count() or 1
    mask = set(range(everything))
    if hasattr(os, "sched_getaffinity"):
        mask = os.sched_getaffinity(0)
    count, limit = len(mask), ""
    if count < everything:
        limit = f"affinity mask: {count} of {everything} CPUs"
    quota, group = min(_quotas(root), default=(math.inf, ""))
    if quota < count:
        count = max(1, math.floor(quota + ROUNDING))
        limit = f"cgroup quota: {quota:.3g} {plural('CPU', quota)}, set for {group}"
    return Cpus(count, min(_cores(root, mask) or count, count), limit)


def _cores(root: Path, mask: set[int]) -> int:
    """The physical cores of these logical CPUs; 0 where the system doesn't say."""
    cores = set()
    try:
        for cpu in mask:
            topology = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
            cores.add(
                tuple((topology / name).read_text() for name in ("physical_package_id", "core_id"))
            )
    except OSError:
        import psutil  # which the first paint can do without

        return psutil.cpu_count(logical=False) or 0
    return len(cores)


def throttled_s(root: Path) -> float:
    """Seconds for which quotas have kept this process from CPUs; 0 where there are none."""
    readers = {"": _throttled_v2, "cpu": _throttled_v1}
    return max((seconds for seconds, _ in by_group(root, readers)), default=0.0)


def _quotas(root: Path) -> Iterator[tuple[float, str]]:
    """The CPUs that each quota allows which binds this process, and the group that it is
    set for.
    """
    for quota, group in by_group(root, {"": _v2, "cpu": _v1}):
        if quota > 0:
            yield quota, group


def by_group(root: Path, readers: Mapping[str, Reader]) -> Iterator[tuple[float, str]]:
    """What the hierarchy's reader finds in each group of this process, and the group's name."""
    with contextlib.suppress(OSError):
        paths = _paths((root / "proc/self/cgroup").read_text())
        for kind, top, mount in _mounts((root / "proc/self/mountinfo").read_text()):
            if kind in paths and kind in readers:
                group = _below(top, paths[kind])
                yield from _up(root / mount.lstrip("/"), group, readers[kind])


def _up(mount: Path, group: str, read: Reader) -> Iterator[tuple[float, str]]:
    """What is read of the group in that hierarchy and of all above it."""
    parts = [part for part in group.split("/") if part]
    for depth in range(len(parts), -1, -1):
        with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
            value = read(mount.joinpath(*parts[:depth]))
            if value is not None:
                yield value, "/" + "/".join(parts[:depth])


def _throttled_v2(folder: Path) -> float | None:
    return _statistic(folder, "throttled_usec", 1e6)


def _throttled_v1(folder: Path) -> float | None:
    return _statistic(folder, "throttled_time", 1e9)


def _statistic(folder: Path, name: str, unit: float) -> float | None:
    for line in (folder / "cpu.stat").read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value) / unit
    return None


def _v2(folder: Path) -> float | None:
    quota, period = (folder / "cpu.max").read_text().split()
    if quota == "max":
        return None
    return int(quota) / int(period)


def _v1(folder: Path) -> float | None:
    quota = int((folder / "cpu.cfs_quota_us").read_text())
    if quota < 0:
        return None
    return quota / int((folder / "cpu.cfs_period_us").read_text())


def _paths(lines: str) -> dict[str, str]:
    """The process's group in the hierarchy of cgroup v2, named "", and in that of v1 with the
    controller `cpu`.
    """
    paths = {}
    for line in lines.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            paths[""] = path
        elif "cpu" in controllers.split(","):
            paths["cpu"] = path
    return paths


def _mounts(lines: str) -> Iterator[tuple[str, str, str]]:
    """The places where these hierarchies are mounted: which (as in `_paths`), the group that is
    mounted, and where.
    """
    for line in lines.splitlines():
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(), right.split()
        if len(fields) < 5 or len(kinds) < 3:
            continue
        group, mount = (
            re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), field) for field in fields[3:5]
        )
        if kinds[0] == "cgroup2":
            yield "", group, mount
        elif kinds[0] == "cgroup" and "cpu" in kinds[2].split(","):
            yield "cpu", group, mount


def _below(top: str, path: str) -> str:
    """A group's path below the one that is mounted. A container may see the host's path, but only
    its own group.
    """
    if ".." in path.split("/"):
        return ""
    if top == "/":
        return path
    if path == top or path.startswith(f"{top}/"):
        return path.removeprefix(top)
    return ""
