"""Tokens of numbers and texts: what stands for a plain value in the digest of what holds it."""

import decimal
import fractions
import functools
import hashlib
import math
import struct
import types
from collections.abc import Callable, Iterable
from typing import Any

CHUNK = 1 << 20
"""Characters of a text that are encoded at once."""

SHORT = 48
"""Bytes up to which a value is its own token."""

EXACT = 1 << 53
"""Whole numbers below this are floats as well."""


def hashed(tag: str, tokens: Iterable[bytes]) -> bytes:
    """The token of a value that consists of others, by theirs; `tag` says what it is."""
    return b"#" + hashlib.sha256(b"".join([tag.encode(), b"\0", *tokens])).digest()[:16]


def whole_token(value: int) -> bytes:
    """The token of a whole number; one below EXACT has that of the float that equals it."""
    if -EXACT < value < EXACT:
        return b"f" + struct.pack("<d", value)
    return run_token(b"i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def real_token(value: float) -> bytes:
    """The token of a float, with one zero and one NaN."""
    if -EXACT < value < EXACT:
        return b"f" + struct.pack("<d", value + 0.0)  # -0.0 + 0.0 is 0.0
    if math.isnan(value):
        return b"f" + struct.pack("<d", math.nan)
    if math.isinf(value):
        return b"f" + struct.pack("<d", value)
    return whole_token(int(value))


def _complex(value: complex) -> bytes:
    if value.imag == 0:
        return real_token(value.real)
    return b"c" + real_token(value.real) + real_token(value.imag)


def _fraction(value: fractions.Fraction) -> bytes:
    if value.denominator == 1:
        return whole_token(value.numerator)
    try:
        if fractions.Fraction(near := float(value)) == value:
            return real_token(near)
    except OverflowError:
        pass
    return b"q" + whole_token(value.numerator) + whole_token(value.denominator)


def _decimal(value: decimal.Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    if value.is_infinite():
        return real_token(math.inf * (1 - 2 * sign))
    if not isinstance(exponent, int):
        return real_token(math.nan)
    if (
        abs(value.adjusted()) < 400 and len(digits) < 2000
    ):  # a larger one is compared with decimals only
        return _fraction(fractions.Fraction(value))
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    return run_token(b"d", f"{sign} {stripped} {exponent + len(text) - len(stripped)}".encode())


def text_token(value: str) -> bytes:
    """The token of a text."""
    if len(value) > CHUNK:
        seen = hashlib.sha256()
        for at in range(0, len(value), CHUNK):
            seen.update(value[at : at + CHUNK].encode("utf-8", "surrogatepass"))
        return b"S" + seen.digest()[:16]
    return run_token(b"s", value.encode("utf-8", "surrogatepass"))


def run_token(tag: bytes, data: bytes | memoryview) -> bytes:
    """Bytes with their length before them, or their hash where they are many."""
    if len(data) > SHORT:
        return tag.upper() + hashlib.sha256(data).digest()[:16]
    return b"".join((tag, bytes((len(data),)), data))


SCALARS: dict[type, Callable[[Any], bytes]] = {
    types.NoneType: lambda value: b"0",
    bool: whole_token,
    int: whole_token,
    float: real_token,
    complex: _complex,
    str: text_token,
    bytes: functools.partial(run_token, b"b"),
    decimal.Decimal: _decimal,
    fractions.Fraction: _fraction,
}
"""Tokens of values of exactly these types. The text of a subclass may be its class's own: see
KINDS.
"""
