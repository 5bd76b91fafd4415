"""Hands the functions and inputs of a Python program over to lanes, which are other processes.

A function gets a name by which lanes find it, inputs become a file that lanes read.
"""

import ast
import json
import pickle
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workloads.core.errors import BadInput, plain
from workloads.functions import finding, inputs


def foreign_text(value: object) -> str:
    """The value's text for a sentence; its type's name where it has none."""
    try:
        return plain(value, 40)
    except Exception:  # its own __str__, or an int of more digits than Python turns into text
        return type(value).__name__


def named(target: Any, folder: Path) -> str:
    """A name by which lanes find the function; one that has none, such as a notebook's, is written
    to a file.
    """
    target = finding.unwrapped(target)
    called = plain(getattr(target, "__qualname__", type(target).__name__), 80)
    if reason := finding.unfit(target, called):
        raise BadInput(reason)
    where = getattr(target, "__module__", None)
    module = sys.modules.get(where or "")
    if module is not None and _at(module, called) is target:
        if where != "__main__" and finding.is_installed(module):
            return f"{where}:{called}"
        file = getattr(module, "__file__", None) or ""
        if (
            file.endswith(".py")
            and Path(file).is_file()
            and (where != "__main__" or _defines(Path(file), called))
        ):
            return f"{Path(file).resolve()}:{called}"
        if where != "__main__":
            return f"{where}:{called}"
    return _by_value(target, called, folder)


def _defines(script: Path, qualified: str) -> bool:
    """True if a script defines that when it is imported, not only under `if __name__ ==
    "__main__"`.
    """
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    try:
        body = ast.parse(script.read_bytes()).body
    except (OSError, SyntaxError, ValueError):  # it was changed since it was started
        return False
    return any(
        isinstance(part, defined) and part.name == qualified.partition(".")[0] for part in body
    )


def _at(module: Any, qualified: str) -> Any:
    part = module
    for name in qualified.split("."):
        part = getattr(part, name, None)
    return finding.unwrapped(part)


def _by_value(target: Any, called: str, folder: Path) -> str:
    import ray.cloudpickle

    path = folder / f"function{finding.BY_VALUE}"
    try:
        path.write_bytes(ray.cloudpickle.dumps(target))
    except Exception as error:  # it may hold on to anything
        raise BadInput(
            f"{called} isn't in a module and can't be sent by value: {type(error).__name__}: "
            f"{plain(error, 200)}"
        ) from error
    return f"{path}:{called}"


def sealed(given: Iterable[Any] | str, folder: Path) -> tuple[str, int]:
    """The inputs as a lane reads them: JSON where that gives back the very same values, else
    pickled.
    """
    if isinstance(given, str):
        return inputs.seal(given)
    if not isinstance(given, Iterable):
        raise BadInput(
            "inputs must be a list with one item per call, or a string as for --inputs; got "
            f"“{foreign_text(given)}”."
        )
    values = []
    for value in given:
        values.append(value)
        if len(values) > inputs.MOST:
            raise BadInput(f"More than {inputs.MOST:,} inputs; give each call more work.")
    if not values:
        raise BadInput("There are no inputs for the function.")
    for place, value in enumerate(values):
        if type(value) is tuple:
            values[place] = list(value)
    written, suffix = _as_json(values), ".json"
    if written is None:
        suffix = inputs.PICKLED
        try:
            written = pickle.dumps(values)
        except Exception as error:  # whatever objects there are
            raise BadInput(
                f"The inputs can't be sent to a lane: {type(error).__name__}: {plain(error, 200)}"
            ) from error
    path = folder / f"{inputs.GIVEN}{suffix}"
    path.write_bytes(written)
    return inputs.seal_source(str(path))


def _as_json(values: list[Any]) -> bytes | None:
    try:
        written = json.dumps(values, allow_nan=False)
        if json.loads(written) == values:
            return written.encode()
    except (TypeError, ValueError, RecursionError):
        pass
    return None
