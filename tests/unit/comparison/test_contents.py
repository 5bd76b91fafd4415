"""Digests of results: equal for equal values, different for different ones, whatever holds them."""

import array
import collections
import copy
import dataclasses
import datetime
import enum
import fractions
import functools
import io
import itertools
import math
import pathlib
import re
import socket
import sys
import threading
import time
import types
import uuid
import zoneinfo
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from PIL import Image

from tests.unit.comparison.pairs import kinds, same
from workloads.comparison import contents
from workloads.comparison.contents import DEEPEST, digest
from workloads.comparison.leaves import LEAVES_BYTES, Leaves
from workloads.core.errors import Incomparable

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary(max_size=80)
    | st.decimals()
    | st.fractions()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.uuids()
)
KEYS = (
    st.text(max_size=5)
    | st.integers()
    | st.booleans()
    | st.tuples(st.integers(), st.text(max_size=3))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.lists(inner, max_size=3).map(collections.deque)
    ),
    max_leaves=12,
)


class Point(NamedTuple):
    x: float
    y: float


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Fitted:
    weights: Any
    took: float = dataclasses.field(default=0.0, compare=False)


class Refitted(Fitted):
    """A plain subclass, which may have attributes that are no fields."""

    def __init__(self, weights: Any, **more: Any) -> None:
        super().__init__(weights, more.pop("took", 0.0))
        vars(self).update(more)


@dataclasses.dataclass(eq=False)
class Unequal:
    weights: Any
    bias: Any = dataclasses.field(default=0.0, compare=False)


class Plain:
    def __init__(self, **parts: Any) -> None:
        vars(self).update(parts)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b


class Chosen(Plain):
    def __getstate__(self) -> Any:
        return {"kept": self.kept}  # type: ignore[attr-defined]


class Lying(str):
    def __str__(self) -> str:
        return "a lie"


class Unreadable(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise RuntimeError

    __iter__ = items


class Metres(float):
    def __new__(cls, value: float, unit: str) -> "Metres":
        made = super().__new__(cls, value)
        made.unit = unit  # type: ignore[attr-defined]
        return made


def in_other_order(value: Any) -> Any:
    """An equal value whose dicts are filled the other way round."""
    if type(value) is dict:
        return {key: in_other_order(value[key]) for key in reversed(value)}
    if type(value) in (list, tuple, collections.deque):
        return type(value)(map(in_other_order, value))
    return value


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_equal_values_have_equal_digests(value: Any) -> None:
    assert same(value, copy.deepcopy(value))
    assert same(value, in_other_order(value))
    assert same([value, value], [value, copy.deepcopy(value)])


@settings(max_examples=300, deadline=None)
@given(VALUES, VALUES)
def test_values_are_the_same_only_if_they_are_equal(one: Any, other: Any) -> None:
    if same(one, other):
        assert repr(one).count("nan") or repr(one).count("NaN") or one == other


@settings(max_examples=200, deadline=None)
@given(
    st.integers() | st.floats(allow_nan=False) | st.fractions() | st.decimals(allow_nan=False),
    st.data(),
)
def test_numbers_are_compared_by_value(number: Any, data: st.DataObject) -> None:
    kinds = (int, float, complex, fractions.Fraction, Decimal)
    for kind in kinds:
        try:
            other = kind(number)
        except (TypeError, ValueError, OverflowError):
            continue
        assert same(number, other) is bool(number == other)
        assert same([number], [other]) is bool(number == other)


@settings(max_examples=150, deadline=None)
@given(
    st_np.arrays(
        st_np.scalar_dtypes() | st_np.array_dtypes(max_size=3),
        st_np.array_shapes(min_dims=0, max_dims=3, min_side=0),
    ),
    st.data(),
)
def test_an_array_is_its_elements(array: Any, data: st.DataObject) -> None:
    assert same(array, array.copy(order="F"))
    assert same(array, array.astype(array.dtype.newbyteorder(">")))
    twice = np.repeat(array[..., None], 2, axis=-1)
    assert same(array, twice[..., 0])
    if array.size and array.dtype.names is None:
        changed = array.copy()
        at = data.draw(st.integers(0, array.size - 1))
        changed.flat[at] = data.draw(st_np.from_dtype(array.dtype))
        before, after = array.flat[at], changed.flat[at]
        equal = bool(before == after) or bool(before != before and after != after)
        assert same(array, changed) is equal or "c" in array.dtype.kind


EQUAL: list[tuple[Any, Any]] = [
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (math.nan, -math.nan),
    (2**60, float(2**60)),
    (1, np.int8(1)),
    (0.5, np.float32(0.5)),
    (0.1, np.float64(0.1)),
    ("a", np.str_("a")),
    (b"ab", bytearray(b"ab")),
    (b"ab", memoryview(b"ab")),
    (b"ab", memoryview(b"xaxb")[1::2]),
    ({1, 2}, frozenset([2, 1])),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, collections.defaultdict(list, a=1)),
    ({"a": 2}, collections.Counter("aa")),
    ((1, 2), Point(1, 2)),
    (Level.LOW, 1),
    (range(0, 3, 2), range(0, 4, 2)),
    ([math.nan], [math.nan]),
    ([1, 2.5], [np.int64(1), np.float64(2.5)]),
    (Fitted(1, took=2), Fitted(1, took=3)),
    (Refitted(1, took=2), Refitted(1, took=3)),
    (Refitted(1, a=2), Refitted(1, a=2)),
    (Unequal(1), Unequal(1)),
    (Plain(a=1, b=2), Plain(b=2, a=1)),
    (Slotted(1, [2]), Slotted(1, [2])),
    (Chosen(kept=1, at=2), Chosen(kept=1)),
    (
        datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC),
        datetime.datetime(2026, 1, 1, 13, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    ),
    (pathlib.PurePosixPath("a"), pathlib.Path("a")),
    (types.MappingProxyType({"a": 1}), {"a": 1}),
    (ValueError("a"), ValueError("a")),
    (re.compile("a"), re.compile("a")),
    (io.BytesIO(b"a"), io.BytesIO(b"a")),
    (array.array("i", [1, 2]), array.array("i", [1, 2])),
    ({1: "a"}, {True: "a"}),
    (slice(1, 2), slice(1, 2)),
    (types.SimpleNamespace(a=1), types.SimpleNamespace(a=1)),
    (int, int),
    ({math.nan: 1}, {float("nan"): 1}),
    (np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T.copy()),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (np.array([0.0, np.nan]), np.array([-0.0, -np.nan])),
    (np.arange(3), np.arange(6)[::2] // 2),
    (np.array(["a", None], object), np.array(["a", None], object)),
    (np.longdouble("0.1"), np.longdouble("0.1")),
    (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 9], mask=[0, 1])),
    (np.datetime64("2026-01-01"), np.datetime64("2026-01-01")),
    (np.array(["a", ""]), np.array(["a", ""])),
    (Lying("a"), "a"),
    (Unreadable(a=1), {"a": 1}),
    (memoryview(array.array("d", [0.0])), memoryview(array.array("d", [-0.0]))),
    (1 << 40_000, 1 << 40_000),
    (fractions.Fraction(10**5000, 3), fractions.Fraction(10**5000, 3)),
    (Decimal("1e999999999"), Decimal("10e999999998")),
    (
        datetime.datetime.max.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-5))),
        datetime.datetime.max.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-5))),
    ),
    (np.broadcast_to(np.float32(1), (30, 30)), np.ones((30, 30), "f4")),
    (np.zeros((1,) * 64), np.zeros((1,) * 64)),
    (np.zeros(5, "i1,f8")["f1"], np.zeros(5)),
    (np.ones((3, 2), "c8")[:, 0], np.ones(3, "c8")),
    (np.array(["", ""], "U0"), np.array(["", ""], "U0")),
    (Image.new("RGB", (2, 2), "red"), Image.new("RGB", (2, 2), "red")),
]


@pytest.mark.parametrize("pair", EQUAL, ids=kinds)
def test_values_that_are_equal(pair: tuple[Any, Any]) -> None:
    assert same(*pair)
    assert same({"a": [pair[0]]}, {"a": [pair[1]]})


BIG = np.arange(250_000.0)
CHANGED_BIG = BIG.copy()
CHANGED_BIG[200_000] = np.nextafter(200_000, 1)

DIFFERENT: list[tuple[Any, Any]] = [
    (1, 2),
    ("1", 1),
    ("a", b"a"),
    (None, False),
    (0.1, 0.1 + 2**-56),
    ([1], (1,)),
    ([1], collections.deque([1])),
    ([1, 2], [2, 1]),
    ([[1], 2], [1, [2]]),
    (["ab"], ["a", "b"]),
    ([], {}),
    ([], ()),
    (set(), {}),
    ({1}, [1]),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"b": 1}),
    (Point(1, 2), Point(2, 1)),
    (Colour.RED, Colour.GREEN),
    (Colour.RED, 1),
    (Fitted([1]), Fitted([2])),
    (Refitted(1, a=1), Refitted(1, a=2)),
    (Refitted([1]), Refitted([2])),
    (Unequal(1, 2), Unequal(1, 3)),
    (Plain(a=1), Plain(a=2)),
    (Plain(a=1), Plain(b=1)),
    (Slotted(1, 2), Slotted(2, 1)),
    (Chosen(kept=1), Chosen(kept=2)),
    (Metres(1, "m"), Metres(1, "km")),
    (
        collections.OrderedDict(a=1, b=2),
        collections.OrderedDict(b=2, a=1),
    ),
    (datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1)),
    (datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    (range(3), range(4)),
    ("\ud800", "\ud801"),
    ("a" * 3_000_000, "a" * 2_999_999 + "b"),
    (ValueError("a"), ValueError("b")),
    (int, float),
    (uuid.UUID(int=1), uuid.UUID(int=2)),
    (10**400, 10**400 + 1),
    (Decimal("1e500"), Decimal("2e500")),
    (pathlib.Path("a"), "a"),
    (io.BytesIO(b"a"), io.BytesIO(b"b")),
    (re.compile("a"), re.compile("a", re.I)),
    (array.array("d", [1.0]), array.array("d", [2.0])),
    (memoryview(b"ab"), memoryview(b"ba")),
    (np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2)),
    (np.zeros(2, "f4"), np.zeros(2)),
    (BIG, CHANGED_BIG),
    (BIG.reshape(500, 500).T, CHANGED_BIG.reshape(500, 500).T),
    ({"a": [BIG]}, {"a": [CHANGED_BIG]}),
    (Fitted(BIG), Fitted(CHANGED_BIG)),
    (np.zeros((0, 3)), np.zeros((3, 0))),
    (np.array([1]), [1]),
    (np.array([1, "a"], object), np.array([1, "b"], object)),
    (np.longdouble(1) / 3, np.longdouble(1 / 3)),
    (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    (np.array(["a"]), np.array(["b"])),
    (np.array([(1, 2.0)], "i4,f8"), np.array([(1, 3.0)], "i4,f8")),
    (np.array([np.nan]), np.array([0.0])),
    (np.datetime64("2026-01-01"), np.datetime64("2026-01-02")),
    (np.void(b"ab"), np.void(b"ac")),
    (Image.new("RGB", (2, 2), "red"), Image.new("RGB", (2, 2), "blue")),
]


@pytest.mark.parametrize("pair", DIFFERENT, ids=kinds)
def test_values_that_differ(pair: tuple[Any, Any]) -> None:
    assert not same(*pair)
    assert not same({"a": [pair[0]]}, {"a": [pair[1]]})


def generator() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (lambda: 1, "a function"),
        (len, "a function"),
        (Plain().__init__, "a function"),
        (generator(), "a generator"),
        (iter([1]), "an iterator"),
        (map(str, [1]), "an iterator"),
        (itertools.count(), "an iterator"),
        (sys, "a module"),
        (threading.Lock(), "an object of type _thread.lock"),
        (open("/dev/null"), "an open file"),  # noqa: SIM115
        (functools.partial(lambda: 1), "a function"),
        (memoryview(b"").__class__.tobytes, "a function"),
        (socket.socket(), "an object of type socket.socket"),
    ],
)
def test_what_has_no_content_is_named(value: Any, what: str) -> None:
    with pytest.raises(Incomparable) as raised:
        digest(value)
    assert raised.value.what.startswith(what)
    with pytest.raises(Incomparable) as raised:
        digest({"a": [0, value]}, Leaves())
    assert raised.value.path.startswith("['a'][1]")


def test_values_that_hold_themselves() -> None:
    def cycle(last: Any) -> Any:
        made: list[Any] = [1, {"b": last}]
        made.append(made)
        made[1]["up"] = made[1]
        return made

    assert same(cycle(2), cycle(2))
    assert not same(cycle(2), cycle(3))
    outer: list[Any] = []
    outer.append(outer)
    assert not same(outer, [[]])


def test_what_a_value_holds_several_times_is_read_once() -> None:
    wide: Any = [1.5]
    for _ in range(100):
        wide = [wide, wide]
    assert same(wide, wide)
    assert digest(wide) != digest([wide, 1])


def test_a_deep_value_is_refused() -> None:
    deep: Any = []
    for _ in range(DEEPEST + 1):
        deep = [deep]
    with pytest.raises(Incomparable, match="nested more than"):
        digest(deep)


def test_a_value_that_takes_too_long_is_refused() -> None:
    with pytest.raises(Incomparable, match="too large"):
        digest([str(number) for number in range(2000)], within_s=0)
    with pytest.raises(Incomparable, match="too large"):
        digest(np.zeros(1_000_000), within_s=0)


class Hostile:
    def __reduce_ex__(self, protocol: Any) -> Any:
        raise ZeroDivisionError("no")


class Leaving:
    def __reduce_ex__(self, protocol: Any) -> Any:
        raise SystemExit(3)


class Secretive(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(name)


class Hidden(metaclass=Secretive):
    pass


class Interrupted:
    def __getstate__(self) -> Any:
        raise KeyboardInterrupt


def test_hostile_values_are_refused_and_interrupts_pass() -> None:
    with pytest.raises(
        Incomparable, match=r"Hostile, whose parts can't be read \(ZeroDivisionError\)"
    ):
        digest([Hostile()][0])
    with pytest.raises(Incomparable, match=r"Leaving, whose parts can't be read \(SystemExit\)"):
        digest(Leaving())
    with pytest.raises(Incomparable, match="Hidden"):
        digest(Hidden())
    with pytest.raises(KeyboardInterrupt):
        digest(Interrupted())


def test_large_arrays_take_little_memory() -> None:
    import tracemalloc

    big = np.zeros((2000, 4000))
    tracemalloc.start()
    digest(big.T)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < big.nbytes / 8


def test_what_is_kept_is_bounded() -> None:
    leaves = Leaves()
    digest({"a": np.zeros(100), "b": "text", "c": {1, 2}}, leaves)
    assert leaves.whole
    assert [leaf[:3] for leaf in leaves.kept[:2]] == [("['a']", "<f8", (100,)), ("['b']", "", ())]
    for large in (np.zeros(LEAVES_BYTES // 8 + 1), [object] * 50_000, [np.zeros(1000)] * 5000):
        leaves = Leaves()
        digest(large, leaves)
        assert leaves.whole is (
            large.__class__ is list and large[0] is not object
        )  # the last holds one array
        assert sum(len(leaf[3]) for leaf in leaves.kept) <= LEAVES_BYTES


def test_no_library_is_imported() -> None:
    import subprocess

    code = (
        "import sys; from workloads.comparison.contents import digest; digest({'a': [1, {2.5}], "
        "'b': b'x'}); "
        "print([m for m in ('numpy', 'pandas', 'torch', 'scipy', 'PIL', 'msgspec') if m in "
        "sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_clock_is_looked_at() -> None:
    before = time.thread_time()
    with pytest.raises(Incomparable):
        digest([[str(number)] for number in range(300_000)], within_s=0.05)
    assert time.thread_time() - before < 2
    assert contents.LONGEST_S < 60
