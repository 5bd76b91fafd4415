"""The event that tells what source a lane runs, and what it holds."""

import msgspec

from workloads.core.event import Event


class Listing(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source of a function that a lane runs: `text` begins at line `line` of `file`, without
    the indentation that all its lines share.

    `role` says where it runs: "driver", the lane's process; "worker", around each task; "task", the
    workload's own. `note` is a sentence on what is missing of the text.
    """

    name: str
    role: str
    file: str = ""
    line: int = 1
    text: str = ""
    note: str = ""


class SourceRead(Event, frozen=True, tag="source-read"):
    """The functions that the lane's run executes, as the lane has loaded them."""

    listings: list[Listing]
