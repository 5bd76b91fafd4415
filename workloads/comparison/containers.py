"""Tokens of sequences, dicts and sets, by those of what they hold."""

import array
import collections
import enum
import math
import operator
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from workloads.comparison.leaves import WHOLE
from workloads.comparison.scalars import EXACT, hashed
from workloads.core.errors import Incomparable

if TYPE_CHECKING:
    from workloads.comparison.contents import Walk


def sequence_token(tag: str, walk: "Walk", value: Iterable[Any]) -> bytes:
    """The token of items in their order; numbers are packed, whatever their types."""
    items = list(value)
    if (packed := _numbers(items)) is not None:
        if walk.leaves is not None:
            dtype = WHOLE
            if float in map(type, items):
                dtype = "<f8"
            walk.leaves.array(dtype, (len(items),), [packed])
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
    return hashed(f"{tag} {len(tokens)}", tokens)


def _numbers(items: list[Any]) -> bytes | None:
    """The numbers as eight bytes each, where all are plain, and below EXACT if they are finite."""
    if not items or not {float, int, bool}.issuperset(map(type, items)):
        return None
    small = all(-EXACT < item < EXACT for item in items)
    if not small and any(EXACT <= abs(item) < math.inf for item in items):
        return None
    packed = array.array("d", items)
    if not small:
        for place, item in enumerate(items):
            if item != item:
                packed[place] = math.nan
    if 0.0 in items:
        packed = array.array("d", [number + 0.0 for number in packed])  # -0.0 + 0.0 is 0.0
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


_first = operator.itemgetter(0)


def dict_token(walk: "Walk", value: dict[Any, Any]) -> bytes:
    """The token of a dict, in whatever order its keys are."""
    return pairs_token(walk, dict.items(value))


def pairs_token(walk: "Walk", pairs: Iterable[tuple[Any, Any]], tag: str = "dict") -> bytes:
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
    return hashed(f"{tag} {len(keyed)}", tokens)


def _key(key: Any) -> str:
    if isinstance(key, str | int | float | bytes) and not isinstance(key, enum.Enum):
        return f"[{repr(key)[:60]}]"
    return f"[{type(key).__name__}]"


def ordered_token(walk: "Walk", value: "collections.OrderedDict[Any, Any]") -> bytes:
    """The token of a dict whose order counts."""
    return walk.parts(
        "ordered", ((_key(pair[0]), pair) for pair in collections.OrderedDict.items(value))
    )


def set_token(walk: "Walk", value: Iterable[Any]) -> bytes:
    """The token of elements without an order."""
    leaves, walk.leaves = walk.leaves, None
    try:
        tokens = sorted(map(walk.token, value))
    finally:
        walk.leaves = leaves
    if leaves is not None:
        leaves.scalar(f"{len(tokens)} elements, {hashed('', tokens).hex()[2:14]}")
    return hashed(f"set {len(tokens)}", tokens)
