"""What whole tasks on Ray are called with and what they send."""

import inspect
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from workloads.builtin.noop import nothing
from workloads.engines import WarmUp
from workloads.engines.measure import RAISED, RETURNED, Record
from workloads.engines.ray import remote

PLACE = ("w" * 56, 4711, "n" * 56)


class Level(IntEnum):
    """An int that isn't only one."""

    HIGH = 3


def returned(result: Any) -> Record:
    return RETURNED, 1, 2, 0.5, result


@pytest.mark.parametrize("result", [None, True, 3, -(2**70), 0.1, "text", "\udc80", ""])
def test_scalars_travel_as_bytes_and_arrive_as_they_were(result: Any) -> None:
    sent = remote.packed(PLACE, returned(result))
    assert type(sent) is bytes
    place, record = remote.unpacked(sent)
    assert (place, record) == (PLACE, returned(result))
    assert type(record[4]) is type(result)


@pytest.mark.parametrize(
    "record",
    [
        returned(Level.HIGH),
        returned(np.float64(1)),
        returned([1]),
        returned({"a": object()}),
        returned(b"bytes"),
        (*returned([1]), ("digest", "", 0.1)),
        (RAISED, 1, 2, 0.5, "ValueError", "why", "trace"),
    ],
)
def test_whatever_else_is_left_to_ray(record: Record) -> None:
    sent = remote.packed(PLACE, record)
    assert sent == (PLACE, record)
    assert remote.unpacked(sent) is sent


def test_a_scalar_travels_with_its_comparison() -> None:
    record = (*returned(1), ("digest", "", 0.1))
    sent = remote.packed(PLACE, record)
    assert type(sent) is bytes
    assert remote.unpacked(sent) == (PLACE, record)


def test_a_task_without_arguments_has_nothing_for_ray_to_bind() -> None:
    undecorated = SimpleNamespace(remote=lambda **demand: lambda function: function)
    begin = remote.beginning(1, "", WarmUp())
    assert not inspect.signature(
        remote.without_arguments(undecorated, nothing, begin, {})
    ).parameters
