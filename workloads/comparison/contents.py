"""Digests of what tasks return, by which lanes are compared: equal for equal values, different for
different ones.

Runs in the worker that made a value, as only there the whole value is. What counts as equal:

* Numbers by their value, as `==` says, whatever their type: 1, 1.0, True and numpy.int8(1) are the
  same; -0.0 equals 0.0; in contrast to `==`, NaN equals NaN.
* Arrays by data type, shape and elements, whatever their order in memory or the order of their
  bytes (workloads.comparison.arrays has these, and data frames, tensors and images).
* Lists, tuples and deques in order; sets and dicts without; an OrderedDict with its order. A named
  tuple is a tuple, a bytearray is bytes, as with `==`.
* Dataclasses by the fields that their `==` looks at. Any other object by its class's name and by
  its parts, which are what pickle would keep of it.

What has no content to compare (functions, generators, locks, open files) raises Incomparable. On a
cluster, workers may have no package of ours: this module needs nothing but Python itself.
"""

import hashlib
import io
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from workloads.comparison import arrays
from workloads.comparison.kinds import BY_TYPE, KINDS
from workloads.comparison.leaves import SIZE, Leaves
from workloads.comparison.objects import REFUSED, has_state, named, object_token
from workloads.comparison.scalars import SCALARS, hashed, text_token
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

SHORTEST_S = 1e-5


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
        """Return a token for the value; equal for equal values."""
        self._steps += 1
        if not self._steps & 255:
            self.look()
            _let_others_run()
        scalar = SCALARS.get(type(value))
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
            token = text_token(key)
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
        return hashed(tag, [self.under(key, part) for key, part in parts])

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
        if (walked := self._memory.get(here)) is not None:
            if self.leaves is not None:
                self.leaves.scalar(walked[1].hex())
            return walked[1]
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
        if self._outermost < depth:
            outside = min(outside, self._outermost)
        self._outermost = outside
        return token

    def _token_of(self, value: Any) -> bytes:
        kind = type(value)
        if (content := BY_TYPE.get(kind)) is not None:
            return content(self, value)
        if isinstance(value, REFUSED):
            raise Incomparable(named(value))
        if kind not in self._special:
            self._special[kind] = arrays.special(kind)
        if (special := self._special[kind]) is not None:
            return special(self, value)
        for base, content in KINDS:
            if isinstance(value, base) and not (kind is not base and has_state(value)):
                return content(self, value)
        if isinstance(value, Iterator) and not isinstance(value, io.BytesIO | io.StringIO):
            raise Incomparable(named(value))
        return object_token(self, value)


def _let_others_run() -> None:
    """In a lane of threads, comparing must not slow the tasks of the others: they come first for
    Python's lock.
    """
    if threading.current_thread() is not threading.main_thread():
        clocks().sleep(SHORTEST_S)
