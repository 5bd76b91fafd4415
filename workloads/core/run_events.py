"""The events of a lane's run but those of its tasks; see `workloads.core.events`, which has them
all.
"""

from typing import Any

from workloads.core.draining import Drain, Driving
from workloads.core.event import Event, Status
from workloads.core.execution import USUAL, Execution


class RunStarted(Event, frozen=True, tag="run-started"):
    """The lane's clock starts at `t`: the zero of every time drawn. `drain` is how this lane takes
    results; where that isn't "wait", tasks have no Started, but a start in Finished. `execution` is
    how its tasks are executed.
    """

    run: int
    tasks: int
    workers: int
    drain: Drain = "wait"
    execution: Execution = USUAL


class DriverChanged(Event, frozen=True, tag="driver-changed"):
    """From `t` on the lane's driver is `doing` that, with so many `tasks`; seconds are what it did
    since the event before, or since RunStarted. `cpu_s` is the CPU time of its process since then.

    A state that lasts has an event at each end; of states that change faster than that can be
    seen, the seconds are summed up.
    """

    doing: Driving = "idle"
    tasks: int = 0
    submitting_s: float = 0.0
    waiting_s: float = 0.0
    getting_s: float = 0.0
    computing_s: float = 0.0
    cpu_s: float = 0.0


class StoreFilled(Event, frozen=True, tag="store-filled"):
    """The object store's bytes: `used` of `capacity`, `spilled` to disk (None: not measured)."""

    used: int
    capacity: int
    spilled: int | None = 0


class ActorStarted(Event, frozen=True, tag="actor-started"):
    """The actor of that name was created, without state, on that worker, where its first call
    starts now. `restarts` counts how often it was created before: what it knew from `calls` that
    had returned is lost.
    """

    actor: str
    worker: int
    restarts: int = 0
    calls: int = 0


class RunEnded(Event, frozen=True, tag="run-ended"):
    """The run is over. Times in seconds: `wall_s` from RunStarted to the last result in hand,
    `driver_cpu_s` the lane process' own CPU time, of which `driver_system_s` in the kernel (None:
    not recorded), `task_cpu_s` the sum over its tasks; the four from `machine_cpu_s` on are a
    machine.load.MachineLoad (0: not measured). `answer` is what the workload combined from all
    results, None unless every task finished or it takes failures into account.
    """

    run: int
    status: Status
    wall_s: float
    driver_cpu_s: float
    task_cpu_s: float
    startup_s: float
    answer: Any = None
    message: str = ""
    machine_cpu_s: float = 0.0
    own_cpu_s: float = 0.0
    io_wait_s: float = 0.0
    withheld_s: float = 0.0
    driver_system_s: float | None = None
