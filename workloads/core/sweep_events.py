"""The events of a sweep: the races that follow each other, one for each of many values."""

from workloads.core.draining import Drain
from workloads.core.event import Event, Status
from workloads.core.execution import USUAL, Execution


class SweepOpened(Event, frozen=True, tag="sweep-opened"):
    """Races follow, one for each of `values` of `parameter`; `sweep` is what it is called, such as
    "batches".

    `workload`, `params`, `seed` and `inputs` are those of the plan that is varied. `resumes` says
    that points of the same sweep that were measured before stay; `note` is a sentence for the
    reader, such as on values that were left out. `drain` and `execution` are those
    of RaceOpened. At each value there are `repeats` races, one in each round over all values.
    """

    sweep: str
    parameter: str
    values: list[int]
    lanes: list[str]
    workload: str = ""
    params: dict[str, int | float | str] = {}
    seed: int = 0
    inputs: list[str] = []
    resumes: bool = False
    note: str = ""
    drain: Drain = "wait"
    execution: Execution = USUAL
    repeats: int = 1


class SweepAt(Event, frozen=True, tag="sweep-at"):
    """The race that opens next is the sweep's at `value`. Races of no-op tasks before it calibrate
    the engines.
    """

    value: int


class SweepEnded(Event, frozen=True, tag="sweep-ended"):
    """The last race of the sweep is over."""

    status: Status
