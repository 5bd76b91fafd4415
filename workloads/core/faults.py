"""Faults on demand: which tasks raise, hang, or take five times as long, as a person asked for.

They hit the first attempt of a task, as a passing fault of a machine would: an attempt that follows
a lost worker runs the task as it is. `workloads.engines.injected` puts them around the tasks.
"""

from enum import Enum

import msgspec

from workloads.core.task import Parameter
from workloads.core.wording import listed, ordinal

STRAGGLES = 5
"""How many times as long a straggler takes."""

MAX_EVERY = 100_000


class Fault(Enum):
    """What happens to a task."""

    FAIL = "raises"
    HANG = "hangs until it is cancelled"
    STRAGGLE = f"takes {STRAGGLES}× as long"


class Faults(msgspec.Struct, frozen=True, omit_defaults=True):
    """Every n-th task, counted from 1, has the fault; 0: none has.

    Of several that would hit the same task, the first of Fault does.
    """

    fail_every: int = 0
    hang_every: int = 0
    straggle_every: int = 0

    def every(self) -> dict[Fault, int]:
        """The faults that there are, each with its n."""
        counts = (self.fail_every, self.hang_every, self.straggle_every)
        return {fault: every for fault, every in zip(Fault, counts, strict=True) if every > 0}

    def of(self, number: int) -> Fault | None:
        """The fault of the task with that number, which counts from 0; None if it has none."""
        for fault, every in self.every().items():
            if (number + 1) % every == 0:
                return fault
        return None

    def text(self) -> str:
        """The faults in a few words: `every 4th task raises and every 5th task takes 5× as long`;
        empty if there are none.
        """
        return listed([f"every {_nth(n)}task {fault.value}" for fault, n in self.every().items()])


def _nth(every: int) -> str:
    """`4th `; empty for every single one."""
    if every == 1:
        return ""
    return f"{ordinal(every)} "


NO_FAULTS = Faults()

FAULTS = (
    Parameter("fail-every", 0, "every n-th task raises; 0: none", 0, MAX_EVERY),
    Parameter("hang-every", 0, "every n-th task hangs until cancelled; 0: none", 0, MAX_EVERY),
    Parameter(
        "straggle-every", 0, f"every n-th task takes {STRAGGLES}× as long; 0: none", 0, MAX_EVERY
    ),
)
"""The faults as settings of a race, by the names of their options."""


def counts(faults: Faults) -> dict[str, int]:
    """The n of each setting of FAULTS, by its name."""
    fields = (faults.fail_every, faults.hang_every, faults.straggle_every)
    return {parameter.name: n for parameter, n in zip(FAULTS, fields, strict=True)}
