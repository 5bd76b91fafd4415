"""Fetches what Ray's tasks returned, with how large it was and where it lay.

The driver owns the tasks' ObjectRefs, so its own core worker knows both without asking another
process: `get_local_object_locations` sends no message.
"""

from collections.abc import Sequence
from typing import Any

from workloads.engines.measure import Fetched
from workloads.machine import clock

Got = tuple[Any, Fetched]
"""The value of a ref, and how it came."""


def fetch(ray: Any, refs: Sequence[Any], within_s: float | None = None) -> list[Got]:
    """The values of refs, in their order, once all are ready. Raises what `ray.get` raises for one
    of them, and its GetTimeoutError if they aren't ready in so many seconds.
    """
    from ray.experimental import get_local_object_locations

    values = ray.get(list(refs), timeout=within_s)
    now, found = clock.now(), get_local_object_locations(list(refs))
    return [
        (value, _fetched(now, found.get(ref, {}))) for ref, value in zip(refs, values, strict=True)
    ]


def ready_now(ray: Any, refs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The refs that are ready by now, and those that aren't; nothing is fetched."""
    if not refs:
        return [], []
    ready, unready = ray.wait(list(refs), num_returns=len(refs), timeout=0, fetch_local=False)
    return list(ready), list(unready)


def _fetched(now: int, location: dict[str, Any]) -> Fetched:
    """An object that no node's store has was in the memory of its owner, the driver: inline."""
    return Fetched(now, location.get("object_size") or 0, bool(location.get("node_ids")))
