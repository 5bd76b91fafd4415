"""What lanes returned, compared once a race is over."""

import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workloads.core import events as ev
from workloads.lanes.slot import LaneSlot
from workloads.machine import clock
from workloads.machine.background import in_background

if TYPE_CHECKING:
    from workloads.comparison.comparing import LaneDigests


async def compare(slots: Sequence[LaneSlot]) -> ev.Compared | None:
    """How the results of lanes whose runs ended compare, where their tasks made digests of them."""
    digests = {
        slot.name: slot.digests for slot in slots if slot.digests is not None and not slot.broken
    }
    try:
        return await _compared(digests)
    except Exception as error:  # the race is over, and its figures are good without this one
        traceback.print_exc()
        why = f"comparing them failed: {type(error).__name__}"
        return ev.Compared(t=clock.now(), same=None, reason=why)


async def _compared(digests: "dict[str, LaneDigests]") -> ev.Compared | None:
    from workloads.comparison import comparing

    try:
        return await in_background(comparing.compared, digests)
    except RuntimeError:  # the system has no thread left
        return comparing.compared(digests)
