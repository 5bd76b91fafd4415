"""The CPU time that this machine's processes have used so far: all of them, and those of this
program; what its container was refused.
"""

import contextlib
import os
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from workloads.machine import cpus


class MachineLoad(NamedTuple):
    """CPU seconds since the machine started: of all its processes (`machine_s`), of this program's
    (`own_s`), idle while a disk was waited for (`io_wait_s`), and refused by a container's quota or
    a hypervisor (`withheld_s`).
    """

    machine_s: float
    own_s: float
    io_wait_s: float
    withheld_s: float

    def since(self, before: "MachineLoad") -> "MachineLoad":
        """The seconds between two measurements; processes that ended between them count as 0."""
        pairs = zip(self, before, strict=True)
        return MachineLoad(*(max(after - earlier, 0.0) for after, earlier in pairs))


NOT_MEASURED = MachineLoad(0.0, 0.0, 0.0, 0.0)


def measure(ancestor: int, root: Path = Path("/")) -> MachineLoad:
    """The load by the files of a system below `root`; this program is the process `ancestor` and
    all that descend from it. NOT_MEASURED where the system has no such files.
    """
    ticks = os.sysconf("SC_CLK_TCK")
    try:
        first = (root / "proc/stat").read_text().split("\n", 1)[0].split()
        user, nice, system, _, io_wait, irq, soft_irq, steal = map(int, first[1:9])
        own = _descendants(ancestor, root)
    except (OSError, ValueError):
        return NOT_MEASURED
    busy = user + nice + system + irq + soft_irq
    withheld = steal / ticks + cpus.throttled_s(root)
    return MachineLoad(busy / ticks, own / ticks, io_wait / ticks, withheld)


def _descendants(ancestor: int, root: Path) -> int:
    """Clock ticks that a process and its descendants have used, those that ended included once
    their parent has waited for them. Raises OSError without a process table.
    """
    children, used = defaultdict(list), {}
    for name in os.listdir(root / "proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The name, in brackets, may hold anything.
                fields = (root / "proc" / name / "stat").read_text().rpartition(")")[2].split()
                children[int(fields[1])].append(int(name))
                used[int(name)] = sum(map(int, fields[11:15]))
    total, waiting = 0, [ancestor]
    while waiting:
        pid = waiting.pop()
        total += used.pop(pid, 0)
        waiting += children.pop(pid, [])
    return total
