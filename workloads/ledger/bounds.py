"""The bounds of a recorded event: numbers that can be true, so that no file makes the program draw
nonsense or take all memory.

The events of live lanes aren't checked against them.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from workloads.core import events as ev
from workloads.core.faults import MAX_EVERY, Faults
from workloads.core.task import STAGE_CHARACTERS

MAX_TASKS = 1 << 20
"""Tasks of a lane; inputs are at most a million."""

MAX_WORKERS = 1 << 15
MAX_LANES = 16
MIN_WALL_S = 1e-9
"""The resolution of the clocks: no run takes less."""

MAX_SECONDS = 1e9
"""The most seconds that anything takes: thirty years."""

MAX_TIME_NS = 1 << 62
"""Nanoseconds since the epoch: the year 2116."""

_INT = Meta(ge=-(1 << 63), le=(1 << 63) - 1)
_BOUNDS = {
    "t": Meta(ge=0, le=MAX_TIME_NS),
    "start": Meta(ge=0, le=MAX_TIME_NS),
    "task": Meta(ge=0, lt=MAX_TASKS),
    "tasks": Meta(ge=0, le=MAX_TASKS),
    "worker": Meta(ge=-1, lt=MAX_WORKERS),
    "workers": Meta(ge=1, le=MAX_WORKERS),
    "crew": Meta(ge=0, lt=MAX_WORKERS),
    "attempt": Meta(ge=0, lt=256),
    "bytes": Meta(ge=0, le=(1 << 63) - 1),
    "result_bytes": Meta(ge=0, le=(1 << 63) - 1),
    "used": Meta(ge=0, le=(1 << 63) - 1),
    "capacity": Meta(ge=0, le=(1 << 63) - 1),
    "spilled": Meta(ge=0, le=(1 << 63) - 1),
}
_SECONDS = Meta(ge=0, le=MAX_SECONDS)
_LENGTHS = {
    "lane": 200,
    "engine": 200,
    "name": 200,
    "workload": 10_000,
    "stage": STAGE_CHARACTERS,
    "lanes": MAX_LANES,
}


_EVERY = Annotated[int, Meta(ge=0, le=MAX_EVERY)]
_FAULTS = msgspec.defstruct("Faults", [(name, _EVERY, 0) for name in Faults.__struct_fields__])


def _bounded(field: str, hint: Any) -> Any:
    """The type with bounds; any data is only checked to be JSON, which takes no memory."""
    if hint is Any:
        return msgspec.Raw
    if hint is Faults:
        return _FAULTS
    if hint is int:
        return Annotated[int, _BOUNDS.get(field, _INT)]
    if hint is float and field.endswith("_s"):
        return Annotated[float, _SECONDS]
    if hint is str and field in _LENGTHS:
        return Annotated[str, Meta(max_length=_LENGTHS[field])]
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return reduce(or_, (part if part is float else _bounded(field, part) for part in parts))
    if origin is list and field == "lanes":
        lanes = list[_bounded("", parts[0])]  # type: ignore[misc,valid-type]
        return Annotated[lanes, Meta(max_length=_LENGTHS["lanes"])]
    if origin is list:
        return list[_bounded(field, parts[0])]  # type: ignore[misc]
    if origin is dict:
        return dict[str, _bounded("", parts[1])]  # type: ignore[misc]
    return hint


def _mirror(kind: Any) -> Any:
    hints = get_type_hints(kind)
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        kept = (field.name, _bounded(field.name, hints[field.name]))
        fields.append(kept if field.required else (*kept, None))
    tag = kind.__struct_config__.tag
    return msgspec.defstruct(kind.__name__, fields, tag_field="event", tag=tag, kw_only=True)


class Header(msgspec.Struct):
    """The fields that every event has, also those of later versions."""

    event: str
    t: int = 0
    version: int = 0


_MIRRORS = {_mirror(kind): kind for kind in get_args(ev.AnyEvent)}
possible: Any = msgspec.json.Decoder(reduce(or_, _MIRRORS))
"""Decodes a line into a stand-in of its event, with the same fields but no data; raises
msgspec.DecodeError if it holds no event, or one that can't be true.
"""

header = msgspec.json.Decoder(Header)
TAGS = frozenset(kind.__struct_config__.tag for kind in get_args(ev.AnyEvent))
OPENED = next(mirror for mirror, kind in _MIRRORS.items() if kind is ev.RaceOpened)


def planned_tasks(params: Mapping[str, Any]) -> int:
    """The number of tasks of a race with these parameters, as far as they say; 0 for none, and for
    more than any has.
    """
    tasks = params.get("tasks")
    if isinstance(tasks, int) and 0 <= tasks <= MAX_TASKS:
        return tasks
    return 0


def possible_s(seconds: float) -> float:
    """The seconds, 0 where they can't be true (a recording may hold any number)."""
    if 0 <= seconds <= MAX_SECONDS:
        return seconds
    return 0.0
