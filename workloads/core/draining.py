"""The ways of draining a lane's tasks, and what a driver does meanwhile: the vocabulary.

The driver is the code that hands tasks out and takes their results: the lane's own process.
"""

from typing import Literal, get_args

from workloads.core.task import Parameter

Drain = Literal["wait", "get", "get-each"]
"""How a driver takes results: with `ray.wait` as they come, by one `ray.get` of all refs, or by a
`ray.get` inside the submitting loop.
"""

DRAIN_TEXTS: dict[Drain, str] = {
    "wait": "ray.wait",
    "get": "one ray.get",
    "get-each": "ray.get in the loop",
}
"""The ways of draining, in words."""

DRAIN = Parameter(
    "drain", "wait", "how the driver takes results of ObjectRefs", choices=tuple(DRAIN_TEXTS)
)
"""The way of draining as a setting."""

Driving = Literal["idle", "submitting", "waiting", "getting", "computing"]
"""What a driver does: it makes inputs and submits tasks, waits until some are done, gets results
(blocked until they are there), or runs the tasks itself.
"""

BUSY: tuple[Driving, ...] = get_args(Driving)[1:]
"""What a driver does while it isn't idle, in the order of DriverChanged's seconds."""
