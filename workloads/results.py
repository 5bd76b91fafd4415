"""Makes of whatever a user's function returns what an event can tell: JSON data of bounded size.

Runs in the worker, so that a huge result never travels. It needs nothing but Python itself: on a cluster, workers
may have no package of ours.
"""

import base64
import datetime
import decimal
import enum
import hashlib
import json
import math
import os
import re
import reprlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

MOST_BYTES = 1_000_000
"""Bytes of JSON above which a result is told by its size and its beginning."""

PREVIEW = 200
"""Characters of a result's beginning, or of the text of an object that JSON can't hold."""

DEEPEST = 60

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def data(result: Any) -> Any:
    """The result as JSON data.

    What JSON holds is itself. Sets become sorted lists, dataclasses and mappings objects; times, dates, paths,
    decimals and enumerations the text or value that stands for them, bytes their base64, timedeltas seconds, arrays
    nested lists, infinities and NaN text. Any other object is told as `{"type": …, "text": …}`, a result over
    MOST_BYTES as `{"type": …, "bytes": …, "digest": …, "begins": …}`.
    """
    kind = type(result)
    if result is None or kind is bool or (kind is int and -(1 << 63) <= result < 1 << 63):
        return result
    if kind is float:
        return result if math.isfinite(result) else repr(result)
    if (size := _bytes_of(result)) > MOST_BYTES:
        return {"type": _name(result), "bytes": size, "digest": _array_digest(result), "begins": _text(result)}
    try:
        text = json.dumps(result, allow_nan=False, ensure_ascii=False, default=_stand_in)
    except (TypeError, ValueError, RecursionError):  # keys that are no text, NaN, a cycle, a number of 5,000 digits
        text = json.dumps(_walked(result, 0), ensure_ascii=False)
    whole = text.encode("utf-8", "replace")
    if len(whole) > MOST_BYTES:
        digest = hashlib.sha256(whole).hexdigest()[:16]
        begins = whole[: 4 * PREVIEW].decode("utf-8", "ignore")[:PREVIEW]
        return {"type": _name(result), "bytes": len(whole), "digest": digest, "begins": begins}
    return json.loads(whole)


def is_cut(told: Any) -> bool:
    """Whether `data` told a result by its size and beginning only."""
    return isinstance(told, dict) and told.keys() == {"type", "bytes", "digest", "begins"}


def is_described(told: Any) -> bool:
    """Whether `data` told a result by its type and text, because JSON can't hold it."""
    return isinstance(told, dict) and told.keys() == {"type", "text"}


def digest(results: Sequence[Any]) -> str:
    """A short hash over results in their order, equal for equal results (JSON data)."""
    seen = hashlib.sha256()
    for result in results:
        seen.update(json.dumps(result, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    return seen.hexdigest()[:16]


def _bytes_of(value: Any) -> int:
    """Bytes that an array, a tensor or a byte string takes; 0 for anything else."""
    if isinstance(value, bytes | bytearray | memoryview):
        return memoryview(value).nbytes
    size = getattr(value, "nbytes", 0) if hasattr(value, "tolist") else 0
    return size if isinstance(size, int) else 0


def _array_digest(value: Any) -> str:
    try:
        return hashlib.sha256(value).hexdigest()[:16]
    except (TypeError, ValueError, BufferError):  # a tensor, or an array that isn't in one piece
        return ""


def _stand_in(value: Any) -> Any:
    """What stands in JSON for a value that it has no form for."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted((json.loads(json.dumps(item, allow_nan=False, default=_stand_in)) for item in value), key=repr)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if callable(getattr(value, "tolist", None)) and _bytes_of(value) <= MOST_BYTES:  # numpy, torch and their like
        plain = value.tolist()
        if plain is not value and isinstance(plain, bool | int | float | str | list):
            return plain
    return {"type": _name(value), "text": _text(value)}


def _walked(value: Any, depth: int) -> Any:
    """As JSON would have it, one value after the other."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() < 10_000 else hex(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(float(value))
    if isinstance(value, str):
        return str(value)
    if depth > DEEPEST:
        return {"type": _name(value), "text": "nested too deeply"}
    if isinstance(value, dict):
        return {str(_walked(key, depth + 1)): _walked(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walked(item, depth + 1) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_walked(item, depth + 1) for item in value), key=repr)
    return _walked(_stand_in(value), depth + 1)


def _name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _text(value: Any) -> str:
    """The object's own text without the addresses in memory, which differ from process to process."""
    try:
        text = reprlib.repr(value) if isinstance(value, list | dict | set | bytes) else repr(value)
    except Exception as error:  # somebody's own __repr__
        return f"its text can't be told: {type(error).__name__}"
    text = _ADDRESS.sub("", text)
    return text if len(text) <= PREVIEW else text[: PREVIEW - 1] + "…"
