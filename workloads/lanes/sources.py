"""Reads the source of functions: in a lane's process that of what it runs, and in the app that of
what isn't loaded there.
"""

import ast
import functools
import importlib.util
import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import CodeType
from typing import Any

from workloads.core.errors import plain
from workloads.core.source_events import Listing
from workloads.machine import clock

MAX_LINES = 1000
"""Lines of a function that are read."""

_STARTED_NS = clock.now()
"""A file that was changed before has been loaded as it is."""


def read_function(function: Callable[..., Any], role: str) -> Listing:
    """The source of a function, or of the class of a callable object; where there is none, or it
    has changed since, the listing's note says why.
    """
    target = _underlying(function)
    name = plain(getattr(target, "__qualname__", type(target).__name__), 200)
    try:
        lines, line = inspect.getsourcelines(target)
        file = inspect.getsourcefile(target) or ""
        changed = _has_changed(target, file)
    except Exception:  # somebody's own object may raise anything when it is looked at
        return Listing(name, role, note=_why_none(target, name))
    if changed:
        why = f"{_shown(file)} has changed since {name} was loaded, so it isn't what runs. Quit "
        return Listing(name, role, _shown(file), note=f"{why}and start again to run it.")
    return _listing(name, role, file, line, lines)


def read_named(reference: str, role: str) -> Listing:
    """The source of `module:qualname` as it stands in the module's file; the module isn't
    imported, though the packages around it are.
    """
    module, _, name = reference.partition(":")
    spec = importlib.util.find_spec(module)
    file = (spec and spec.origin) or ""
    try:
        text = Path(file).read_text("utf-8")
        node = _definition(ast.parse(text), name.split("."))
    except (OSError, ValueError, SyntaxError, LookupError):
        return Listing(name, role, note=f"The source of {plain(reference, 200)} can't be read.")
    line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    lines = text.splitlines(keepends=True)[line - 1 : node.end_lineno]
    return _listing(name, role, file, line, lines)


def _listing(name: str, role: str, file: str, line: int, lines: list[str]) -> Listing:
    note = ""
    if len(lines) > MAX_LINES:
        note = f"The first {MAX_LINES:,} of {len(lines):,} lines."
    text = dedent("".join(lines[:MAX_LINES])).rstrip("\n")
    return Listing(name, role, _shown(file), line, text, note)


def _underlying(function: Any) -> Any:
    """The function that was wrapped, or bound with some arguments; of another callable object, its
    class.
    """
    target = inspect.unwrap(function)
    while isinstance(target, functools.partial):
        target = inspect.unwrap(target.func)
    if inspect.isroutine(target) or inspect.isclass(target):
        return target
    return type(target)


def _shown(file: str) -> str:
    """The file's path, from the package's folder on if it is one of this program's modules."""
    root = Path(__file__).parents[2]
    path = Path(file)
    if path.is_relative_to(root / "workloads"):
        path = path.relative_to(root)
    return plain(path, 1000)


def _why_none(target: Any, name: str) -> str:
    code = getattr(target, "__code__", None)
    if not isinstance(code, CodeType):
        return f"{name} has no Python source: it is built into Python, or compiled."
    file = plain(code.co_filename, 300)
    if file.startswith("<"):
        return f"{name} was defined in {file}, which is not a file: its source isn't stored."
    if not os.path.exists(code.co_filename):
        return f"The file that {name} was loaded from is gone: {file}."
    return f"The source of {name} can't be read from {file}."


def _has_changed(target: Any, file: str) -> bool:
    """True if the file holds another code by now than the function that was loaded from it."""
    code = getattr(target, "__code__", None)
    if not isinstance(code, CodeType) or os.stat(file).st_mtime_ns < _STARTED_NS:
        return False
    now = compile(Path(file).read_bytes(), code.co_filename, "exec", dont_inherit=True)
    return all(each != code for each in _codes(now))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code and all that are defined within it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definition(tree: ast.AST, path: list[str]) -> Definition:
    """The function or class of that qualified name; raises LookupError if there is none."""
    node = tree
    for name in path:
        if name != "<locals>":
            within = (each for each in ast.walk(node) if isinstance(each, Definition))
            found = [each for each in within if each.name == name]
            node = found[0]
    if not isinstance(node, Definition):
        raise LookupError(path)
    return node
