"""Digests of what tasks return, by which lanes are compared: equal for equal values, different for
different ones.

Runs in the worker that made a value, as only there the whole value is. What counts as equal:

* Numbers by their value, as `==` says, whatever their type: 1, 1.0, True and numpy.int8(1) are the
  same; -0.0 equals 0.0; in contrast to `==`, NaN equals NaN.
* Arrays by data type, shape and elements, whatever their order in memory or the order of their
  bytes (contents_arrays has these, and data frames, tensors and images).
* Lists, tuples and deques in order; sets and dicts without; an OrderedDict with its order. A named
  tuple is a tuple, a bytearray is bytes, as with `==`.
* Dataclasses by the fields that their `==` looks at. Any other object by its class's name and by
  its parts, which are what pickle would keep of it.

What has no content to compare (functions, generators, locks, open files) raises Incomparable. On a
cluster, workers may have no package of ours: this module needs nothing but Python itself.
"""

import array
import collections
import copyreg
import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import io
import math
import operator
import pathlib
import struct
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from typing import Any

from workloads.comparison import arrays
from workloads.comparison.leaves import WHOLE, Leaves
from workloads.core.errors import Incomparable, TaskInterrupted
from workloads.machine.clock import clocks

LONGEST_S = 10.0
"""Seconds of CPU that the digest of one value may take."""

TOO_LARGE = "a value too large to be compared"

DEEPEST = 150
"""Levels of a value within a value; each takes a few of Python's stack frames."""

MEMORY = 100_000
"""Containers that a walk remembers, so that it passes only once through those that a value holds
several times.
"""

KEYS = 1000

SIZE = 12
"""Bytes of a digest: two different values share one by chance in 10²⁸ comparisons."""

SHORTEST_S = 1e-5

CHUNK = 1 << 20
SHORT = 48
SHOWN = 1000
EXACT = 1 << 53
"""Whole numbers below this are floats as well."""


def digest(value: Any, leaves: Leaves | None = None, within_s: float = LONGEST_S) -> bytes:
    """The value's digest, SIZE bytes; `leaves` collects the numbers and texts that it consists of.

    Raises Incomparable for what can't be compared, or not within that many seconds of CPU. What the
    value's own code raises becomes Incomparable too; what interrupts a task passes.
    """
    walk = Walk(leaves, clocks().thread_time() + within_s)
    try:
        return hashlib.sha256(walk.token(value)).digest()[:SIZE]
    except Incomparable:
        raise
    except RecursionError:
        raise Incomparable("a value nested too deeply") from None
    except MemoryError:
        raise Incomparable("a value too large for the memory that is left") from None
    except (KeyboardInterrupt, TaskInterrupted):
        raise
    except (
        BaseException
    ) as error:  # whatever the value's own methods raise: what it is compared by fails no call
        what, why = (
            type.__dict__["__qualname__"].__get__(kind)[:100] for kind in (type(value), type(error))
        )
        raise Incomparable(f"an object of type {what}, whose parts can't be read ({why})") from None


class Walk:
    """One pass through a value. A token stands for a value: itself where it is short, else its
    hash.
    """

    def __init__(self, leaves: Leaves | None, until: float) -> None:
        self.leaves = leaves
        self._until = until
        self._seconds = clocks().thread_time
        self._steps = 0
        self._open: dict[int, int] = {}
        self._memory: dict[int, tuple[Any, bytes]] = {}
        self._outermost = sys.maxsize
        self._keys: dict[str, bytes] = {}
        self._special: dict[type, arrays.Special | None] = {}

    def token(self, value: Any) -> bytes:
        """What stands for the value; equal for equal values."""
        self._steps += 1
        if not self._steps & 255:
            self.look()
            _let_others_run()
        scalar = _SCALARS.get(type(value))
        if scalar is None:
            return self._within(value)
        token = scalar(value)
        if self.leaves is not None:
            self.leaves.scalar(value)
        return token

    def key(self, key: Any) -> bytes:
        """The token of a dict's key; of many dicts the keys are the same."""
        if type(key) is not str:
            return self.token(key)
        token = self._keys.get(key)
        if token is None:
            token = _text(key)
            if len(self._keys) < KEYS:
                self._keys[key] = token
        return token

    def look(self) -> None:
        """Raises Incomparable when the time is up."""
        if self.leaves is not None and not self.leaves.whole:
            self.leaves = None
        if self._seconds() > self._until:
            raise Incomparable(TOO_LARGE)

    def under(self, key: str, value: Any) -> bytes:
        """The token of a part of a value; `key` says which, as Python would."""
        if self.leaves is not None:
            self.leaves.path.append(key)
        try:
            token = self.token(value)
        except Incomparable as error:
            raise error.under(key) from None
        if self.leaves is not None:
            self.leaves.path.pop()
        return token

    def parts(self, tag: str, parts: Iterable[tuple[str, Any]]) -> bytes:
        """The token of a value of named parts, in their order."""
        return _hashed(tag, [self.under(key, part) for key, part in parts])

    def run(self, tag: str, chunks: Iterable[Any]) -> bytes:
        """The token of a value that is a run of bytes; `chunks` of them are anything with
        a buffer.
        """
        seen = hashlib.sha256(f"{tag}\0".encode())
        for chunk in chunks:
            self.look()
            seen.update(chunk)
        return b"#" + seen.digest()[:16]

    def _within(self, value: Any) -> bytes:
        """The token of what isn't a plain scalar. A value that holds itself is met as a number of
        levels up.
        """
        here = id(value)
        if (known := self._memory.get(here)) is not None:
            if self.leaves is not None:
                self.leaves.scalar(known[1].hex())
            return known[1]
        depth = len(self._open)
        if (above := self._open.get(here)) is not None:
            self._outermost = min(self._outermost, above)
            return b"^" + struct.pack("<I", depth - above)
        if depth >= DEEPEST:
            raise Incomparable(f"a value nested more than {DEEPEST} levels deep")
        outside, self._outermost = self._outermost, sys.maxsize
        self._open[here] = depth
        token = self._token_of(value)
        del self._open[here]
        # What refers to a level above means another thing elsewhere.
        if self._outermost >= depth and len(self._memory) < MEMORY:
            self._memory[here] = (value, token)
        self._outermost = min(outside, self._outermost if self._outermost < depth else sys.maxsize)
        return token

    def _token_of(self, value: Any) -> bytes:
        kind = type(value)
        if (content := _BY_TYPE.get(kind)) is not None:
            return content(self, value)
        if isinstance(value, _REFUSED):
            raise Incomparable(named(value))
        if kind not in self._special:
            self._special[kind] = arrays.special(kind)
        if (special := self._special[kind]) is not None:
            return special(self, value)
        for base, content in _KINDS:
            if isinstance(value, base) and not (kind is not base and _has_state(value)):
                return content(self, value)
        if isinstance(value, Iterator) and not isinstance(value, io.BytesIO | io.StringIO):
            raise Incomparable(named(value))
        return _object(self, value)


def _let_others_run() -> None:
    """In a lane of threads, comparing must not slow the tasks of the others: they come first for
    Python's lock.
    """
    if threading.current_thread() is not threading.main_thread():
        clocks().sleep(SHORTEST_S)


def named(value: Any) -> str:
    """What a value is, in words: `a function`, `an object of type module.Class`."""
    kind = type(value)
    for words, kinds in _WORDS.items():
        if isinstance(value, kinds):
            return words
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    return f"an object of type {name[:100]}"


def _hashed(tag: str, tokens: Iterable[bytes]) -> bytes:
    return b"#" + hashlib.sha256(b"".join([tag.encode(), b"\0", *tokens])).digest()[:16]


# -- plain values ----------------------------------------------------------------------------------


def _whole(value: int) -> bytes:
    if -EXACT < value < EXACT:
        return b"f" + struct.pack("<d", value)
    return _run(b"i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def _real(value: float) -> bytes:
    if -EXACT < value < EXACT:
        return b"f" + struct.pack("<d", value + 0.0)  # -0.0 + 0.0 is 0.0
    if not math.isfinite(value):
        return b"f" + struct.pack("<d", math.nan if value != value else value)
    return _whole(int(value))


def _complex(value: complex) -> bytes:
    return _real(value.real) if value.imag == 0 else b"c" + _real(value.real) + _real(value.imag)


def _fraction(value: fractions.Fraction) -> bytes:
    if value.denominator == 1:
        return _whole(value.numerator)
    try:
        if fractions.Fraction(near := float(value)) == value:
            return _real(near)
    except OverflowError:
        pass
    return b"q" + _whole(value.numerator) + _whole(value.denominator)


def _decimal(value: decimal.Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return _real(float("inf") * (1 - 2 * sign) if value.is_infinite() else math.nan)
    if (
        abs(value.adjusted()) < 400 and len(digits) < 2000
    ):  # a larger one is compared with decimals only
        return _fraction(fractions.Fraction(value))
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    return _run(b"d", f"{sign} {stripped} {exponent + len(text) - len(stripped)}".encode())


def _text(value: str) -> bytes:
    if len(value) > CHUNK:
        seen = hashlib.sha256()
        for at in range(0, len(value), CHUNK):
            seen.update(value[at : at + CHUNK].encode("utf-8", "surrogatepass"))
        return b"S" + seen.digest()[:16]
    return _run(b"s", value.encode("utf-8", "surrogatepass"))


def _run(tag: bytes, data: bytes | memoryview) -> bytes:
    """Bytes with their length before them, or their hash where they are many."""
    if len(data) > SHORT:
        return tag.upper() + hashlib.sha256(data).digest()[:16]
    return b"".join((tag, bytes((len(data),)), data))


_SCALARS: dict[type, Callable[[Any], bytes]] = {
    types.NoneType: lambda value: b"0",
    bool: _whole,
    int: _whole,
    float: _real,
    complex: _complex,
    str: _text,
    bytes: functools.partial(_run, b"b"),
    decimal.Decimal: _decimal,
    fractions.Fraction: _fraction,
}
"""What stands for values of exactly these types. The text of a subclass may be its class's own: see
_KINDS.
"""


# -- containers ------------------------------------------------------------------------------------


def _sequence(tag: str, walk: Walk, value: Iterable[Any]) -> bytes:
    items = list(value)
    if (packed := _numbers(items)) is not None:
        if walk.leaves is not None:
            walk.leaves.array(
                "<f8" if float in map(type, items) else WHOLE, (len(items),), [packed]
            )
        return walk.run(f"{tag} of numbers", [packed])
    if walk.leaves is None:
        tokens = []
        try:
            for item in items:
                tokens.append(walk.token(item))
        except Incomparable as error:
            raise error.under(f"[{len(tokens)}]") from None
    else:
        tokens = [walk.under(f"[{n}]", item) for n, item in enumerate(items)]
    if tokens and all(token[0] == 102 for token in tokens):  # b"f": numbers of other types
        return walk.run(f"{tag} of numbers", [b"".join([token[1:] for token in tokens])])
    return _hashed(f"{tag} {len(tokens)}", tokens)


def _numbers(items: list[Any]) -> bytes | None:
    """The numbers as eight bytes each, where all are plain, and below EXACT if they are finite."""
    if not items or not {float, int, bool}.issuperset(map(type, items)):
        return None
    odd = not all(-EXACT < item < EXACT for item in items)
    if odd and not all(
        -EXACT < item < EXACT or item != item or abs(item) == math.inf for item in items
    ):
        return None
    packed = array.array(
        "d", [math.nan if item != item else item for item in items] if odd else items
    )
    if 0.0 in items:
        packed = array.array("d", [number + 0.0 for number in packed])
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


_first = operator.itemgetter(0)


def _dict(walk: Walk, value: dict[Any, Any]) -> bytes:
    return _pairs(walk, dict.items(value))


def _pairs(walk: Walk, pairs: Iterable[tuple[Any, Any]], tag: str = "dict") -> bytes:
    """Keys with values; in the order of the keys' tokens, as two equal dicts may have another."""
    leaves, walk.leaves = walk.leaves, None  # keys are the names of leaves, not leaves
    try:
        keyed = [(walk.key(key), key, item) for key, item in pairs]
    finally:
        walk.leaves = leaves
    keyed.sort(key=_first)
    tokens = []
    for token, key, item in keyed:
        tokens.append(token)
        if leaves is None:
            try:
                tokens.append(walk.token(item))
            except Incomparable as error:
                raise error.under(_key(key)) from None
        else:
            tokens.append(walk.under(_key(key), item))
    return _hashed(f"{tag} {len(keyed)}", tokens)


def _key(key: Any) -> str:
    plain = isinstance(key, str | int | float | bytes) and not isinstance(key, enum.Enum)
    return f"[{repr(key)[:60]}]" if plain else f"[{type(key).__name__}]"


def _ordered(walk: Walk, value: "collections.OrderedDict[Any, Any]") -> bytes:
    return walk.parts(
        "ordered", ((_key(pair[0]), pair) for pair in collections.OrderedDict.items(value))
    )


def _set(walk: Walk, value: Iterable[Any]) -> bytes:
    leaves, walk.leaves = walk.leaves, None
    try:
        tokens = sorted(map(walk.token, value))
    finally:
        walk.leaves = leaves
    if leaves is not None:
        leaves.scalar(f"{len(tokens)} elements, {_hashed('', tokens).hex()[2:14]}")
    return _hashed(f"set {len(tokens)}", tokens)


# -- other kinds -----------------------------------------------------------------------------------


def _enum(walk: Walk, value: enum.Enum) -> bytes:
    if isinstance(value, int | float | str):  # an IntEnum equals its value
        return walk.token(value.value)
    return walk.parts(f"enum {type(value).__qualname__}", [(".value", value.value)])


def _moment(walk: Walk, value: datetime.datetime) -> bytes:
    if value.utcoffset() is None:
        return walk.parts("datetime", [("", value.isoformat())])
    try:
        value = value.astimezone(datetime.UTC)
    except OverflowError:  # the last hours of the year 9999
        return walk.parts("moment", [("", value.isoformat())])
    return walk.parts("moment", [("", value.replace(tzinfo=None).isoformat())])


def _buffer(walk: Walk, value: Any) -> bytes:
    view = memoryview(value)
    if view.format == "B" and view.ndim == 1:
        if walk.leaves is not None:
            walk.leaves.scalar(bytes(view[:SHOWN]))
        return _run(b"b", view.tobytes() if not view.c_contiguous or len(view) <= SHORT else view)
    return walk.parts(f"memory {view.shape}", [("", view.tolist())])


def _array(walk: Walk, value: "array.array[Any]") -> bytes:
    tag = f"array {'u' if value.typecode in 'uw' else ''}"
    return _sequence(tag, walk, value.tounicode() if value.typecode in "uw" else value)


def _range(walk: Walk, value: range) -> bytes:
    bounds = (len(value), value.start if value else 0, value.step if len(value) > 1 else 1)
    return walk.parts("range", [("", bounds)])


def _named_parts(tag: str, *names: str) -> Callable[[Walk, Any], bytes]:
    return lambda walk, value: walk.parts(
        tag, ((f".{name}", getattr(value, name)) for name in names)
    )


def _file(walk: Walk, value: Any) -> bytes:
    return walk.parts("memory file", [(".getvalue()", value.getvalue()), (".tell()", value.tell())])


_REFUSED = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.ModuleType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
)

_WORDS: dict[str, Any] = {
    "a function": _REFUSED[:7],
    "a module": types.ModuleType,
    "a generator": (types.GeneratorType, types.AsyncGeneratorType),
    "a coroutine": types.CoroutineType,
    "an open file": io.IOBase,
    "an iterator": Iterator,
}

_KINDS: tuple[tuple[type, Callable[[Walk, Any], bytes]], ...] = (
    (enum.Enum, _enum),
    (str, lambda walk, value: walk.token(str.__str__(value))),
    (int, lambda walk, value: walk.token(int.__int__(value))),
    (float, lambda walk, value: walk.token(float.__float__(value))),
    (complex, lambda walk, value: walk.token(complex.__complex__(value))),
    (bytes, _buffer),
    (bytearray, _buffer),
    (memoryview, _buffer),
    (list, lambda walk, value: _sequence("list", walk, list.__iter__(value))),
    (tuple, lambda walk, value: _sequence("tuple", walk, tuple.__iter__(value))),
    (
        collections.deque,
        lambda walk, value: _sequence("deque", walk, collections.deque.__iter__(value)),
    ),
    (collections.OrderedDict, _ordered),
    (dict, _dict),
    (set, lambda walk, value: _set(walk, set.__iter__(value))),
    (frozenset, lambda walk, value: _set(walk, frozenset.__iter__(value))),
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
    (type, lambda walk, value: walk.parts("class", [("", _class_name(value))])),
    (types.MappingProxyType, lambda walk, value: _pairs(walk, value.items())),
)
"""Types and what their content is; of a subclass too, unless it adds attributes: then it is an
object with parts.
"""

_BY_TYPE = {kind: content for kind, content in _KINDS if kind not in (enum.Enum, type)}


def _has_state(value: Any) -> bool:
    """Whether an object of a subclass has attributes beside its content."""
    if isinstance(value, enum.Enum | type | pathlib.PurePath | io.IOBase):
        return False
    if getattr(value, "__dict__", None):
        return True
    slots = copyreg._slotnames(type(value))  # type: ignore[attr-defined]  # as pickle does
    return any(hasattr(value, name) for name in slots)


# -- objects ---------------------------------------------------------------------------------------


def _class_name(kind: Any) -> str:
    return str(
        getattr(kind, "__qualname__", None)
        or getattr(kind, "__name__", "")
        or type(kind).__qualname__
    )


def _object(walk: Walk, value: Any) -> bytes:
    """An object by its parts: a dataclass's fields, or what pickle would keep."""
    kind = type(value)
    if _compares_fields(value):
        names = [field.name for field in fields(value) if field.compare]
        return walk.parts(
            f"object {_class_name(kind)} {names}", ((f".{n}", getattr(value, n)) for n in names)
        )
    if (attributes := getattr(kind, "__attrs_attrs__", None)) is not None:
        names = [attribute.name for attribute in attributes if attribute.eq]
        return walk.parts(
            f"object {_class_name(kind)} {names}", ((f".{n}", getattr(value, n)) for n in names)
        )
    try:
        reduced = _reduced(value)
    except TypeError:  # "cannot pickle"
        if isinstance(value, Mapping):
            return _pairs(walk, value.items(), f"mapping {_class_name(kind)}")
        if isinstance(value, Set):
            return _set(walk, value)
        raise Incomparable(named(value)) from None
    if isinstance(reduced, str):
        return walk.parts("global", [("", reduced)])
    make, args, state, items, pairs = (*reduced, None, None, None)[:5]
    tokens = [walk.under("", args)]
    if (
        isinstance(state, tuple)
        and len(state) == 2
        and isinstance(state[0], dict | None)
        and state[1]
    ):
        tokens += [
            _attributes(walk, part or {}) if isinstance(part, dict) else walk.token(part)
            for part in state
        ]
    else:
        tokens.append(_attributes(walk, state) if isinstance(state, dict) else walk.token(state))
    tokens.append(walk.token(None) if items is None else _sequence("items", walk, items))
    tokens.append(walk.token(None) if pairs is None else _pairs(walk, pairs))
    return _hashed(f"object {_class_name(kind)} {_class_name(make)}", tokens)


def _compares_fields(value: Any) -> bool:
    """Whether it is a dataclass's object that is compared by fields. A plain subclass may add
    attributes to them.
    """
    kind = type(value)
    if not (is_dataclass(kind) and kind.__dataclass_params__.eq):  # type: ignore[attr-defined]
        return False
    if "__dataclass_fields__" in vars(kind):
        return True
    has = {*getattr(value, "__dict__", ()), *copyreg._slotnames(kind)}  # type: ignore[attr-defined]
    return has <= {field.name for field in fields(kind)}


def _attributes(walk: Walk, state: dict[Any, Any]) -> bytes:
    return _hashed(
        "state",
        [walk.under(f".{name}", state[name]) for name in sorted(state, key=str)]
        + [_text(" ".join(sorted(map(str, state))))],
    )


def _reduced(value: Any) -> Any:
    by_type = copyreg.dispatch_table.get(type(value))
    return by_type(value) if by_type is not None else value.__reduce_ex__(4)
