"""The codec: every event and command comes back from its line as it was."""

import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.core import events as ev
from workloads.core.commands import AnyCommand, decode_command

EVENTS = typing.get_args(ev.AnyEvent)
COMMANDS = typing.get_args(AnyCommand)
INTS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | INTS | FLOATS | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    simple = {
        int: INTS,
        float: FLOATS,
        str: st.text(),
        bool: st.booleans(),
        type(None): st.none(),
        Any: JSON,
    }
    if kind in simple:
        return simple[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return items(kind)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return st.sampled_from(inner)
    if origin is list:
        return st.lists(values(inner[0]), max_size=4)
    if origin is tuple:
        return st.tuples(*map(values, inner))
    if origin is dict:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=4)
    return st.one_of(*map(values, inner))


def items(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any event or command of this type."""
    fields = msgspec.structs.fields(kind)
    needed = {f.name: values(f.type) for f in fields if f.required}
    optional = {f.name: values(f.type) for f in fields if not f.required}
    return st.fixed_dictionaries(needed, optional=optional).map(lambda given_: kind(**given_))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@settings(max_examples=30)
@given(data=st.data())
def test_an_event_comes_back_as_it_was(kind: type[ev.Event], data: st.DataObject):
    event = data.draw(items(kind))
    line = ev.encode([event])
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    back = ev.decode_event(line)
    assert type(back) is kind
    assert back == event


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
@settings(max_examples=30)
@given(data=st.data())
def test_a_command_comes_back_as_it_was(kind: type[msgspec.Struct], data: st.DataObject):
    command = data.draw(items(kind))
    assert decode_command(ev.encode([command])) == command


@settings(max_examples=30)
@given(st.lists(st.one_of(*map(items, EVENTS)), max_size=5))
def test_many_events_are_as_many_lines(events: list[Any]):
    lines = ev.encode(events).split(b"\n")
    assert lines.pop() == b""
    assert [ev.decode_event(line) for line in lines] == events


def test_every_event_is_told_apart_by_its_tag():
    tags = [kind.__struct_config__.tag for kind in EVENTS]
    assert len(set(tags)) == len(tags) == 39
    assert ev.encode([ev.Started(t=5, lane="ray", task=1, worker=0)]) == (
        b'{"event":"started","task":1,"worker":0,"t":5,"lane":"ray"}\n'
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"started"',
        b'{"event":"teleported","t":1}',
        b'{"t":1,"task":1,"worker":0}',
        b'{"event":"started","t":1}',
        b'{"event":"started","t":"now","task":1,"worker":0}',
        b'{"event":"logged","t":1,"text"',
        b'{"event":"race-ended","t":1,"status":"exploded"}',
        b'{"event":"logged","t":1,"text":"\xff"}',
        b'{"event":"started","t":1.5,"task":1,"worker":0}',
        b'{"command":"cancel"}',
    ],
)
def test_what_is_no_event_is_refused(line: bytes):
    with pytest.raises(msgspec.DecodeError):
        ev.decode_event(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'{"command":"explode"}',
        b'{"command":"go"}',
        b'{"event":"logged","t":1,"text":""}',
    ],
)
def test_what_is_no_command_is_refused(line: bytes):
    with pytest.raises(msgspec.DecodeError):
        decode_command(line)


def test_a_field_of_a_later_version_is_passed_over():
    assert ev.decode_event(b'{"event":"cancelled","t":1,"task":2,"mood":"sad"}') == ev.Cancelled(
        t=1, task=2
    )


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(TypeError):
        ev.encode([ev.Finished(t=1, task=0, worker=0, start=0, cpu_s=0, result=object())])
