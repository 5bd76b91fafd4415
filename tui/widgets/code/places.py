"""Places in the source that is shown: the line that the driver is on, and where a task failed."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from workloads.core.draining import BUSY, Driving
from workloads.core.events import Listing

MAX_PARSED = 100_000
"""Characters of a driver that are parsed."""

_FRAME = re.compile(r'^ *File "(.+)", line (\d{1,9}), in ', re.MULTILINE)


def failed_at(listings: Sequence[Listing], traceback: str) -> tuple[int, int] | None:
    """The innermost line of a Python traceback that lies in one of the listings: that listing's
    place, and the line's number in its file; None if none does.
    """
    for file, number in reversed(_FRAME.findall(traceback)):
        for at, listing in enumerate(listings):
            lines = listing.text.count("\n") + 1
            within = listing.line <= int(number) < listing.line + lines
            if listing.text and within and _same_file(file, listing.file):
                return at, int(number)
    return None


def _same_file(loaded: str, shown: str) -> bool:
    """True if the path that Python names ends with the one that is shown."""
    return loaded == shown or loaded.endswith(f"/{shown}")


@lru_cache(64)
def driver_lines(listings: tuple[Listing, ...]) -> dict[Driving, tuple[int, int]]:
    """By what the driver does, the listing's place and the line's number in its file: that of the
    statement after the one in which the driver enters that state (`DriverLog.enter`), so it holds
    for whatever source is shown.
    """
    lines: dict[Driving, tuple[int, int]] = {}
    for at, listing in enumerate(listings):
        if listing.role == "driver":
            for state, line in _entered(listing.text):
                lines.setdefault(state, (at, listing.line + line - 1))
    return lines


def _entered(text: str) -> Iterator[tuple[Driving, int]]:
    """Each state that is entered, and the line of the statement that follows."""
    try:
        tree = ast.parse(text[:MAX_PARSED])
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a recording may hold any text
        return
    for node in ast.walk(tree):
        for block in (getattr(node, "body", ()), getattr(node, "orelse", ())):
            if isinstance(block, list):
                for statement, following in pairwise(block):
                    for state in _states(statement):
                        yield state, _first(following).lineno


def _states(statement: ast.stmt) -> Iterator[Driving]:
    """The state that a plain statement enters."""
    if not isinstance(statement, ast.Expr):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Call(ast.Attribute(attr="enter"), [ast.Constant(state), *_]):
                yield from (each for each in BUSY if each == state)


def _first(statement: ast.stmt) -> ast.stmt:
    """The first statement within one that only surrounds it."""
    while isinstance(statement, ast.Try | ast.With):
        statement = statement.body[0]
    return statement
