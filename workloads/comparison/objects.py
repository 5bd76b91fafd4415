"""Tokens of objects by their class's name and their parts; and which objects have no content."""

import copyreg
import enum
import io
import pathlib
import types
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from workloads.comparison.containers import pairs_token, sequence_token, set_token
from workloads.comparison.scalars import hashed, text_token
from workloads.core.errors import Incomparable

if TYPE_CHECKING:
    from workloads.comparison.contents import Walk

REFUSED = (
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

_NOUNS: dict[str, Any] = {
    "a function": REFUSED[:7],
    "a module": types.ModuleType,
    "a generator": (types.GeneratorType, types.AsyncGeneratorType),
    "a coroutine": types.CoroutineType,
    "an open file": io.IOBase,
    "an iterator": Iterator,
}


def named(value: Any) -> str:
    """Describe a value: `a function`, `an object of type module.Class`."""
    kind = type(value)
    for words, kinds in _NOUNS.items():
        if isinstance(value, kinds):
            return words
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    return f"an object of type {name[:100]}"


def class_name(kind: Any) -> str:
    """The name of a class, or of what makes objects instead of one."""
    return str(
        getattr(kind, "__qualname__", None)
        or getattr(kind, "__name__", "")
        or type(kind).__qualname__
    )


def object_token(walk: "Walk", value: Any) -> bytes:
    """An object by its parts: a dataclass's fields, or what pickle would keep."""
    kind = type(value)
    if _compares_fields(value):
        names = [field.name for field in fields(value) if field.compare]
        return walk.parts(
            f"object {class_name(kind)} {names}", ((f".{n}", getattr(value, n)) for n in names)
        )
    if (attributes := getattr(kind, "__attrs_attrs__", None)) is not None:
        names = [attribute.name for attribute in attributes if attribute.eq]
        return walk.parts(
            f"object {class_name(kind)} {names}", ((f".{n}", getattr(value, n)) for n in names)
        )
    try:
        reduced = _reduced(value)
    except TypeError:  # "cannot pickle"
        if isinstance(value, Mapping):
            return pairs_token(walk, value.items(), f"mapping {class_name(kind)}")
        if isinstance(value, Set):
            return set_token(walk, value)
        raise Incomparable(named(value)) from None
    if isinstance(reduced, str):
        return walk.parts("global", [("", reduced)])
    make, args, state, items, pairs = (*reduced, None, None, None)[:5]
    tokens = [walk.under("", args)]
    if _has_slots(state):
        tokens += [_state(walk, part) for part in state]
    else:
        tokens.append(_state(walk, state))
    if items is None:
        tokens.append(walk.token(None))
    else:
        tokens.append(sequence_token("items", walk, items))
    if pairs is None:
        tokens.append(walk.token(None))
    else:
        tokens.append(pairs_token(walk, pairs))
    return hashed(f"object {class_name(kind)} {class_name(make)}", tokens)


def _has_slots(state: Any) -> bool:
    """True if a state as pickle keeps it is that of an object with slots: its `__dict__` or None,
    and theirs.
    """
    return (
        isinstance(state, tuple)
        and len(state) == 2
        and isinstance(state[0], dict | None)
        and bool(state[1])
    )


def _compares_fields(value: Any) -> bool:
    """True if it is a dataclass's object that is compared by fields. A plain subclass may add
    attributes to them.
    """
    kind = type(value)
    if not (is_dataclass(kind) and kind.__dataclass_params__.eq):  # type: ignore[attr-defined]
        return False
    if "__dataclass_fields__" in vars(kind):
        return True
    has = {*getattr(value, "__dict__", ()), *copyreg._slotnames(kind)}  # type: ignore[attr-defined]
    return has <= {field.name for field in fields(kind)}


def _state(walk: "Walk", state: Any) -> bytes:
    if not isinstance(state, dict):
        return walk.token(state)
    return hashed(
        "state",
        [walk.under(f".{name}", state[name]) for name in sorted(state, key=str)]
        + [text_token(" ".join(sorted(map(str, state))))],
    )


def _reduced(value: Any) -> Any:
    by_type = copyreg.dispatch_table.get(type(value))
    if by_type is not None:
        return by_type(value)
    return value.__reduce_ex__(4)


def has_state(value: Any) -> bool:
    """True if an object of a subclass has attributes beside its content."""
    if isinstance(value, enum.Enum | type | pathlib.PurePath | io.IOBase):
        return False
    if getattr(value, "__dict__", None):
        return True
    slots = copyreg._slotnames(type(value))  # type: ignore[attr-defined]  # as pickle does
    return any(hasattr(value, name) for name in slots)
