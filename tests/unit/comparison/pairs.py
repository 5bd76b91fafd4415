"""Pairs of values whose digests are compared."""

from typing import Any

from workloads.comparison.contents import digest
from workloads.comparison.leaves import Leaves


def same(one: Any, other: Any) -> bool:
    assert digest(one) == digest(one, Leaves()), "what is kept changes no digest"
    return digest(one) == digest(other)


def kinds(pair: tuple[Any, Any]) -> str:
    return "-".join(type.__dict__["__name__"].__get__(type(value)) for value in pair)
