"""Tokens of Python's own types: which function reads the content of a value of each."""

import array
import collections
import datetime
import enum
import io
import pathlib
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workloads.comparison.containers import (
    dict_token,
    ordered_token,
    pairs_token,
    sequence_token,
    set_token,
)
from workloads.comparison.objects import class_name
from workloads.comparison.scalars import SHORT, run_token

if TYPE_CHECKING:
    from workloads.comparison.contents import Walk

SHOWN = 1000
"""Bytes of a buffer that are kept as its leaf."""


def _enum(walk: "Walk", value: enum.Enum) -> bytes:
    if isinstance(value, int | float | str):  # an IntEnum equals its value
        return walk.token(value.value)
    return walk.parts(f"enum {type(value).__qualname__}", [(".value", value.value)])


def _moment(walk: "Walk", value: datetime.datetime) -> bytes:
    if value.utcoffset() is None:
        return walk.parts("datetime", [("", value.isoformat())])
    try:
        value = value.astimezone(datetime.UTC)
    except OverflowError:  # the last hours of the year 9999
        return walk.parts("moment", [("", value.isoformat())])
    return walk.parts("moment", [("", value.replace(tzinfo=None).isoformat())])


def _buffer(walk: "Walk", value: Any) -> bytes:
    view = memoryview(value)
    if view.format == "B" and view.ndim == 1:
        if walk.leaves is not None:
            walk.leaves.scalar(bytes(view[:SHOWN]))
        if not view.c_contiguous or len(view) <= SHORT:
            return run_token(b"b", view.tobytes())
        return run_token(b"b", view)
    return walk.parts(f"memory {view.shape}", [("", view.tolist())])


def _array(walk: "Walk", value: "array.array[Any]") -> bytes:
    if value.typecode in "uw":
        return sequence_token("array u", walk, value.tounicode())
    return sequence_token("array ", walk, value)


def _range(walk: "Walk", value: range) -> bytes:
    start, step = 0, 1
    if value:
        start = value.start
    if len(value) > 1:
        step = value.step
    return walk.parts("range", [("", (len(value), start, step))])


def _named_parts(tag: str, *names: str) -> Callable[["Walk", Any], bytes]:
    return lambda walk, value: walk.parts(
        tag, ((f".{name}", getattr(value, name)) for name in names)
    )


def _file(walk: "Walk", value: Any) -> bytes:
    return walk.parts("memory file", [(".getvalue()", value.getvalue()), (".tell()", value.tell())])


KINDS: tuple[tuple[type, Callable[["Walk", Any], bytes]], ...] = (
    (enum.Enum, _enum),
    (str, lambda walk, value: walk.token(str.__str__(value))),
    (int, lambda walk, value: walk.token(int.__int__(value))),
    (float, lambda walk, value: walk.token(float.__float__(value))),
    (complex, lambda walk, value: walk.token(complex.__complex__(value))),
    (bytes, _buffer),
    (bytearray, _buffer),
    (memoryview, _buffer),
    (list, lambda walk, value: sequence_token("list", walk, list.__iter__(value))),
    (tuple, lambda walk, value: sequence_token("tuple", walk, tuple.__iter__(value))),
    (
        collections.deque,
        lambda walk, value: sequence_token("deque", walk, collections.deque.__iter__(value)),
    ),
    (collections.OrderedDict, ordered_token),
    (dict, dict_token),
    (set, lambda walk, value: set_token(walk, set.__iter__(value))),
    (frozenset, lambda walk, value: set_token(walk, frozenset.__iter__(value))),
    (range, _range),
    (slice, _named_parts("slice", "start", "stop", "step")),
    (array.array, _array),
    (datetime.datetime, _moment),
    (datetime.date, lambda walk, value: walk.parts("date", [("", value.isoformat())])),
    (datetime.time, lambda walk, value: walk.parts("time", [("", value.isoformat())])),
    (datetime.timedelta, _named_parts("timedelta", "days", "seconds", "microseconds")),
    (pathlib.PurePath, lambda walk, value: walk.parts("path", [("", str(value))])),
    (io.BytesIO, _file),
    (io.StringIO, _file),
    (type, lambda walk, value: walk.parts("class", [("", class_name(value))])),
    (types.MappingProxyType, lambda walk, value: pairs_token(walk, value.items())),
)
"""Types and what their content is; of a subclass too, unless it adds attributes: then it is an
object with parts.
"""

BY_TYPE = {kind: content for kind, content in KINDS if kind not in (enum.Enum, type)}
