"""The base of all events; see `workloads.core.events`, which has them all."""

from typing import Literal

import msgspec

Status = Literal["finished", "failed", "cancelled"]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event"):
    """One fact. `lane` names the lane it belongs to; it is empty for facts about the whole race."""

    t: int
    lane: str = ""
