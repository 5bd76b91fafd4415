"""Makes of whatever a user's function returns what an event can tell: JSON data of bounded size.

Runs in the worker, so that a huge result never travels, after the call but before the next one, so
that it must cost little: `to_json` writes plain values as JSON once, at the speed of msgspec. On a
cluster, workers may have no package of ours, nor msgspec; there it needs nothing but Python itself.
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
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Any

MOST_BYTES = 1_000_000
"""Bytes of JSON above which a result is told by its size and its beginning."""

PREVIEW = 200
"""Characters of a result's beginning, or of the text of an object that JSON can't hold."""

DEEPEST = 60

LOOKED_MOST = 20_000
"""Lists, objects and what stands beside these in a result that are looked through for parts that
are cut.
"""

_COMPACT = (",", ":")

_PLAIN = {NoneType, bool, int, float, str, list, tuple, dict}
"""The very types that every writer of JSON tells alike; their subclasses may be told otherwise."""

_LONE = re.compile("[\ud800-\udfff]")
"""A surrogate by itself, which UTF-8 can't hold: a result tells it as the text of its escape."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def to_json(result: Any) -> Any:
    """The form that `data` gives the result, where it can as a msgspec.Raw, which holds the JSON
    text already.

    An event holds either. A Raw also keeps what a function returned from changing when the function
    changes it later.
    """
    if type(result) not in (str, list, tuple, dict) or (encoded := _encoded(result)) is None:
        return data(result)
    import msgspec

    return msgspec.Raw(encoded)


def data(result: Any) -> Any:
    """The result as JSON data.

    What JSON holds is itself. Sets become sorted lists, dataclasses and mappings objects; times,
    dates, paths, decimals and enumerations the text or value that stands for them, bytes their
    base64, timedeltas seconds, arrays nested lists, infinities and NaN text. Any other object is
    told as `{"type": …, "text": …}`, a result over MOST_BYTES as `{"type": …, "bytes": …, "digest":
    …, "begins": …}`.
    """
    kind = type(result)
    if result is None or kind is bool or (kind is int and -(1 << 63) <= result < 1 << 63):
        return result
    if kind is float:
        return _finite(result)
    if (size := _bytes_of(result)) > MOST_BYTES:
        return {
            "type": _name(result),
            "bytes": size,
            "digest": _array_digest(result),
            "begins": _text(result),
        }
    try:
        text = json.dumps(
            result, allow_nan=False, ensure_ascii=False, separators=_COMPACT, default=_stand_in
        )
    except (
        TypeError,
        ValueError,
        RecursionError,
    ):  # keys that are no text, NaN, a cycle, a number of 5,000 digits
        text = json.dumps(_walked(result, 0), ensure_ascii=False, separators=_COMPACT)
    whole = _LONE.sub(_escape, text).encode()
    if len(whole) > MOST_BYTES:
        digest = hashlib.sha256(whole).hexdigest()[:16]
        begins = whole[: 4 * PREVIEW].decode("utf-8", "ignore")[:PREVIEW]
        return {"type": _name(result), "bytes": len(whole), "digest": digest, "begins": begins}
    return json.loads(whole)


def _escape(lone: "re.Match[str]") -> str:
    return f"\\\\u{ord(lone[0]):04x}"


def is_cut(result: Any) -> bool:
    """True if `data` replaced the result by its size and a preview."""
    return isinstance(result, dict) and result.keys() == {"type", "bytes", "digest", "begins"}


def is_described(result: Any) -> bool:
    """True if `data` replaced the result by its type and repr, because JSON can't represent it."""
    return isinstance(result, dict) and result.keys() == {"type", "text"}


def is_partial(result: Any) -> bool:
    """True if `data` replaced the result, or a part of it, by its size or text; also where it is
    too long to look.
    """
    left, looked = [result], 0
    while left and looked < LOOKED_MOST:
        value = left.pop()
        looked += 1
        if is_cut(value) or is_described(value):
            return True
        items: Collection[Any] = ()
        if isinstance(value, dict):
            items = value.values()
        elif isinstance(value, list):
            items = value
        if not {list, dict}.isdisjoint(map(type, items)):
            left.extend(items)
    return bool(left)


def digest(results: Sequence[Any]) -> str:
    """A short hash over results in their order, equal for equal results (JSON data)."""
    seen = hashlib.sha256()
    for result in results:
        seen.update(_canonical(result))
        seen.update(b"\n")
    return seen.hexdigest()[:16]


def _canonical(result: Any) -> bytes:
    """The JSON text, with the keys of objects in order. Called in a lane only, where msgspec is."""
    import msgspec

    if isinstance(result, msgspec.Raw):
        encoded = bytes(result)
        if b"{" not in encoded:
            return encoded
        result = msgspec.json.decode(encoded)
    return msgspec.json.encode(result, order="sorted")


def _encoded(value: Any) -> bytes | None:
    """The JSON text of a plain value of at most MOST_BYTES; None for any other, or where msgspec is
    missing.
    """
    try:
        import msgspec
    except ImportError:
        return None
    try:
        encoded: bytes = msgspec.json.encode(value)
        if len(encoded) > MOST_BYTES or not (
            _is_flat(encoded, value) or _is_plain(value, b"null" in encoded)
        ):
            return None
    except (
        TypeError,
        ValueError,
        RecursionError,
        OverflowError,
    ):  # objects, lone surrogates, cycles
        return None
    return encoded


def _is_flat(encoded: bytes, value: Any) -> bool:
    """True if that is the text of a list of numbers: it has no other list, object, string or null
    in it.
    """
    return (
        type(value) in (list, tuple)
        and encoded.count(b"[") == 1
        and not any(c in encoded for c in (b'"', b"{", b"n"))
    )


def _is_plain(value: Any, nulls: bool, depth: int = 0) -> bool:
    """True if a value is of plain types all through, with text for keys. msgspec tells NaN as null:
    where the text has any (`nulls`), there may be none.
    """
    kind = type(value)
    if kind is str:
        return True
    if depth > DEEPEST or (kind is dict and any(type(key) is not str for key in value)):
        return False
    items = value
    if kind is dict:
        items = value.values()
    kinds = set(map(type, items))
    if not kinds <= _PLAIN:
        return False
    if (
        nulls
        and float in kinds
        and not all(math.isfinite(item) for item in items if type(item) is float)
    ):
        return False
    if kinds.isdisjoint((list, tuple, dict)):
        return True
    return all(
        _is_plain(item, nulls, depth + 1) for item in items if type(item) in (list, tuple, dict)
    )


def _bytes_of(value: Any) -> int:
    """Bytes that an array, a tensor or a byte string takes; 0 for anything else."""
    if isinstance(value, bytes | bytearray | memoryview):
        return memoryview(value).nbytes
    if not hasattr(value, "tolist"):
        return 0
    size = getattr(value, "nbytes", 0)
    if isinstance(size, int):
        return size
    return 0


def _array_digest(value: Any) -> str:
    try:
        return hashlib.sha256(value).hexdigest()[:16]
    except (TypeError, ValueError, BufferError):  # a tensor, or an array that isn't in one piece
        return ""


_FORMS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (datetime.datetime | datetime.date | datetime.time, lambda value: value.isoformat()),
    (datetime.timedelta, lambda value: value.total_seconds()),
    (bytes | bytearray | memoryview, lambda value: base64.b64encode(value).decode()),
    (enum.Enum, lambda value: value.value),
    (decimal.Decimal | uuid.UUID, str),
    (os.PathLike, os.fsdecode),
)
"""Python's own types that JSON has no form for, and the text or value that stands for each."""


def _stand_in(value: Any) -> Any:
    """Return the JSON form of a value that JSON can't represent."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(
            (json.loads(json.dumps(item, allow_nan=False, default=_stand_in)) for item in value),
            key=repr,
        )
    for kinds, form in _FORMS:
        if isinstance(value, kinds):
            return form(value)
    if (
        callable(getattr(value, "tolist", None)) and _bytes_of(value) <= MOST_BYTES
    ):  # numpy, torch and their like
        plain = value.tolist()
        if plain is not value and isinstance(plain, bool | int | float | str | list):
            return plain
    return {"type": _name(value), "text": _text(value)}


def _walked(value: Any, depth: int) -> Any:
    """As JSON would have it, one value after the other."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() < 10_000:
            return int(value)
        return hex(value)
    if isinstance(value, float):
        return _finite(float(value))
    if isinstance(value, str):
        return str(value)
    if depth > DEEPEST:
        return {"type": _name(value), "text": "nested too deeply"}
    if isinstance(value, dict):
        return {
            str(_walked(key, depth + 1)): _walked(item, depth + 1) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_walked(item, depth + 1) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_walked(item, depth + 1) for item in value), key=repr)
    return _walked(_stand_in(value), depth + 1)


def _finite(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return repr(value)


def _name(value: Any) -> str:
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def _text(value: Any) -> str:
    """The object's own text without the addresses in memory, which differ from process to
    process.
    """
    try:
        if isinstance(value, list | dict | set | bytes):
            text = reprlib.repr(value)
        else:
            text = repr(value)
    except Exception as error:  # somebody's own __repr__
        return f"its text can't be read: {type(error).__name__}"
    text = _ADDRESS.sub("", text)
    if len(text) <= PREVIEW:
        return text
    return text[: PREVIEW - 1] + "…"
