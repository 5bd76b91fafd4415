"""The guard of a lane whose app is gone: once the lane has ended, in whatever way, it kills what
the lane has left.

`python -m workloads.lanes.guard PID TAG` is started by the lane itself when it begins to end. A
lane that is stuck in C ends by the kernel's timer, and a Ray that loses its driver while it starts
leaves workers behind, which wait for it for minutes.
"""

import os
import select
import sys

from workloads.lanes.freezer import END_WITHIN_S
from workloads.machine import tagged

KILL_S = 5.0


def main() -> int:
    """The process: its arguments are the lane's id and the tag of all its processes."""
    pid, tag = map(int, sys.argv[1:])
    try:
        lane = os.pidfd_open(pid)
    except ProcessLookupError:
        pass  # it has ended
    else:
        select.select([lane], [], [], END_WITHIN_S)
    tagged.kill([tag], KILL_S, spared=[os.getpid()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
