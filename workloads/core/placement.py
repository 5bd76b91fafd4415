"""Where tasks run on Ray: the settings of nodes, and how Ray picks the one of a task."""

from typing import Literal

from workloads.core.errors import BadInput
from workloads.core.task import Parameter

Strategy = Literal["default", "spread"]
"""Ray's own names, in small letters: by default it fills a node before it takes another; spread
places tasks evenly.
"""

STRATEGY = Parameter(
    "strategy", "default", "how Ray picks the node of a task", choices=("default", "spread")
)
"""The strategy as a setting."""

MOST_NODES = 64

NODES = Parameter(
    "nodes", 0, "nodes of a local Ray cluster on this machine; 0: none but one", 0, MOST_NODES
)
"""The nodes of a local cluster as a setting."""

CPUS_PER_NODE = Parameter("cpus_per_node", 1, "CPUs of each of these nodes", 1, 64)
"""Their CPUs as a setting."""

TASK_CPUS = Parameter("num_cpus", 1.0, "CPUs that each task asks for on Ray", 0.0001, 1024.0)
"""The CPUs of a task as a setting; see `check_task_cpus`."""


def check_task_cpus(number: float) -> None:
    """Raises BadInput for CPUs that Ray doesn't take: above one, it takes whole CPUs."""
    if number > 1 and number != int(number):
        raise BadInput(f"num_cpus must be a fraction or a whole number; got {number:g}.")
