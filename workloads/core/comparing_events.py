"""The event that says whether lanes computed the same; see `workloads.core.events`."""

import msgspec

from workloads.core.event import Event


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `task` whose result on `lane` isn't that of the first lane that finished: `how`."""

    lane: str
    task: int
    how: str


class Compared(Event, frozen=True, tag="compared"):
    """The results of the lanes' tasks were compared: `same` is True or False, or None where they
    can't be compared; `reason` says why; `differences` are those of the first tasks that differ.
    """

    same: bool | None = None
    reason: str = ""
    differences: list[Difference] = []
