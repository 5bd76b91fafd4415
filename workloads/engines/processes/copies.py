"""The memory that a lane of processes takes for data that all tasks read: each call has a copy."""

from collections.abc import Sequence

from workloads.core.errors import BadInput
from workloads.core.task import Shared, Task
from workloads.core.wording import plural, size_text
from workloads.machine import memory

IN_A_WORKER = 4
"""Copies that a worker holds at most: the call that it runs, unpickled and pickled, and the next
one, as it is received and as it was sent.
"""

IN_THE_LANE = 2
"""Copies that the lane makes of a call to send it."""


def check_memory(tasks: Sequence[Task], workers: int) -> None:
    """Raises BadInput where the memory that is available can't hold the copies."""
    shared = {argument for task in tasks for argument in task.args if isinstance(argument, Shared)}
    data = max((int(getattr(each.value, "nbytes", 0)) for each in shared), default=0)
    need, free = data * (IN_A_WORKER * workers + IN_THE_LANE), memory.available() if data else 0
    if need > free:
        raise BadInput(
            f"{size_text(data)} that each task reads are pickled for each call: {workers:,} "
            f"{plural('worker', workers)} need about {size_text(need)} of memory for the copies, "
            f"but {size_text(free)} are available."
        )
