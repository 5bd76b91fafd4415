"""Comparison of lanes' answers where there is nothing but their JSON data to go by: built-in and
third-party workloads, and functions' races as earlier versions recorded them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from workloads.core.errors import plain

EARLIER = "recorded by an earlier version, which compared only a part of some results"


class Agreement(NamedTuple):
    """The outcome: all lanes computed the `same`; None where that isn't known. `reason` says why
    not, or what differs.
    """

    same: bool | None
    reason: str = ""


def agreement(answers: Mapping[str, Any], tasks: int) -> Agreement:
    """Compare the answers of lanes, by their names; `tasks` is how many tasks each ran."""
    (first, base), *others = answers.items()
    for answer in answers.values():
        if isinstance(answer, dict) and (count := answer.get("not_compared")):
            if count == 1:
                return Agreement(None, "a result can't be compared")
            return Agreement(None, f"{count} results can't be compared")
    for name, answer in others:
        if answer != base:
            return Agreement(False, _difference(first, base, name, answer, tasks))
    return Agreement(True)


def _difference(first: str, one: Any, name: str, other: Any, tasks: int) -> str:
    """Describe the first difference; a list with an entry for each task says which task it is."""
    if isinstance(one, dict) and isinstance(other, dict):
        if set(one) >= {"calls", "results", "digest"}:
            return f"the digests of the results differ between {first} and {name}"
        for key in one:
            here, there = one[key], other.get(key)
            if not (
                isinstance(here, list)
                and isinstance(there, list)
                and len(here) == len(there) == tasks
            ):
                continue
            if here != there:
                task = next(n for n in range(tasks) if here[n] != there[n])
                where = _first(here[task], there[task], f"{key}[{task}]")
                return (
                    f"task {task} differs between {first} and {name}: {_said(where, first, name)}"
                )
    return _said(_first(one, other, ""), first, name)


def _said(where: tuple[str, Any, Any], first: str, name: str) -> str:
    path, one, other = where
    return (
        f"{plain(path or 'the answer', 80)} is {_short(one)} on {first}, {_short(other)} on {name}"
    )


def _short(value: Any) -> str:
    return plain(repr(value)[:100], 60)


def _first(one: Any, other: Any, path: str) -> tuple[str, Any, Any]:
    """The first place where two pieces of JSON data that differ do so, and what each has there."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        key = next(key for key in one if one[key] != other[key])
        return _first(one[key], other[key], f"{path}.{key}" if path else str(key))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        at = next(n for n in range(len(one)) if one[n] != other[n])
        return _first(one[at], other[at], f"{path}[{at}]")
    return path, one, other
