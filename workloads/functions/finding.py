"""Finds what a name of a user's stands for, by importing it: only lanes, their workers and the
probe do that.

A name is `module:function`, with dots for what lies within (`module:Class.method`), or
`file.py:function`. A function that has no name in a module can be raced from Python: it comes as a
file that Ray's cloudpickle wrote.
"""

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import os
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from workloads.core.errors import BadInput, plain
from workloads.core.task import Workload
from workloads.functions import scripts
from workloads.functions.inputs import Call
from workloads.machine.places import settle

BY_VALUE = ".cloudpickle"
"""The suffix of a file that holds a function itself."""

STARTED_IN = settle()
"""The folder in which lanes look up relative names of files, whatever folder a function of
somebody's goes to.
"""

_PACKAGES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


class _Loading:
    """True if a user's module is being imported now, which must not begin a race."""

    now = 0


def loading() -> bool:
    """True if this process is importing a module for a race."""
    return _Loading.now > 0


def absolute(name: str, folder: str) -> str:
    """The same name, that of a file with its whole path: it is looked up in `folder`."""
    where, colon, attribute = name.rpartition(":")
    if not where.endswith((".py", BY_VALUE)):
        return name
    return f"{os.path.normpath(os.path.join(folder, where))}{colon}{attribute}"


def load_named(name: str) -> Any:
    """Load what a name stands for: a function or a Workload. Raises BadInput with the reason if it
    can't be raced.

    Imports the module: only for lanes, workers and the probe.
    """
    where, _, attribute = name.rpartition(":")
    if where.endswith(BY_VALUE):
        return unpickled(content(where))
    target: Any = _imported(where)
    for part in attribute.split("."):
        try:
            target = getattr(target, part)
        except AttributeError:
            raise BadInput(_no_such(where, target, part)) from None
    if isinstance(target, Workload):
        return target
    target = unwrapped(target)
    if reason := unfit(target, plain(attribute, 80)):
        raise BadInput(reason)
    return target


def _imported(where: str) -> ModuleType:
    _Loading.now += 1
    try:
        with scripts.loading(plain(where, 80)):
            if where.endswith(".py"):
                return _from_file(Path(STARTED_IN, where))
            return _by_name(where)
    except (BadInput, KeyboardInterrupt):
        raise
    except BaseException as error:  # importing somebody's module may do anything
        raise BadInput(f"{plain(where, 200)} can't be loaded: {_told(error, where)}") from error
    finally:
        _Loading.now -= 1


def _told(error: BaseException, where: str) -> str:
    """The exception with the line of the user's code that it came from, if it did."""
    if isinstance(error, SystemExit):
        return (
            f"it calls sys.exit({plain(error.code, 60)}) when it is imported; put that under "
            "if __name__ == “__main__”."
        )
    message = plain(error, 200)
    if isinstance(error, ModuleNotFoundError) and error.name == where.partition(".")[0]:
        message += f"; searched in {plain(STARTED_IN, 200)} and in Python's packages"
    theirs = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
        and Path(frame.filename).parent.name not in ("importlib", "workloads")
    ]
    at = (
        f" ({plain(Path(theirs[-1].filename).name, 80)}, line {theirs[-1].lineno})"
        if theirs
        else ""
    )
    return f"{type(error).__name__}: {message}{at}"


def _by_name(where: str) -> ModuleType:
    scripts.become(scripts.Script(where, where, STARTED_IN))  # until its file is known
    spec = None
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(where)
    if spec is not None and spec.has_location:
        scripts.become(scripts.Script(where, spec.origin or where, STARTED_IN))
    module = importlib.import_module(where)
    if other := _beside(where, module):
        print(
            f"{plain(where, 80)} is the module {_origin(module)}; the file in this folder is "
            f"./{other}."
        )
    return module


def _from_file(path: Path) -> ModuleType:
    """The module that a file holds, under the name that its folder gives it: packages have an
    `__init__.py`.
    """
    path = path.resolve()
    if not path.is_file():
        raise BadInput(f"No such file: “{plain(path, 200)}”.")
    folder, parts = path.parent, [path.stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    name = ".".join(parts)
    scripts.become(scripts.Script(name, str(path), str(folder)))
    module = sys.modules.get(name)
    if module is not None and _is_from(module, path):
        return module
    spec = None
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(name)
    if spec is not None and spec.origin and Path(spec.origin).resolve() == path:
        return importlib.import_module(name)
    # Another module of that name comes first, such as Python's own random.py.
    name = f"_raced_{path.stem}"
    scripts.become(scripts.Script(name, str(path), str(folder)))
    if (module := sys.modules.get(name)) is not None and _is_from(module, path):
        return module
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{plain(path, 200)} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _is_from(module: ModuleType, path: Path) -> bool:
    return Path(getattr(module, "__file__", None) or "").resolve() == path


def is_installed(module: ModuleType) -> bool:
    """True if every Python of this installation finds the module: it is built in, or in a folder of
    packages.
    """
    file = getattr(module, "__file__", None)
    if file is None:
        return module.__name__ in sys.builtin_module_names
    return any(Path(file).is_relative_to(folder) for folder in _PACKAGES)


def _no_such(where: str, owner: Any, part: str) -> str:
    near = difflib.get_close_matches(
        part, [name for name in dir(owner) if not name.startswith("__")], 1
    )
    meant = f"; did you mean {plain(near[0], 60)}?" if near else "."
    if isinstance(owner, ModuleType) and (other := _beside(where, owner)):
        meant = (
            f": it is the module {_origin(owner)}; for the file in this folder, write "
            f"./{other}:{plain(part, 60)}."
        )
    return f"{plain(where, 120)} has no “{plain(part, 60)}”{meant}"


def _beside(where: str, module: ModuleType) -> str:
    """The file in the current folder that somebody may have meant by the name of another module; or
    empty.
    """
    name = f"{where.replace('.', '/')}.py"
    path = Path(STARTED_IN, name)
    return plain(name, 120) if path.is_file() and not _is_from(module, path.resolve()) else ""


def _origin(module: ModuleType) -> str:
    return plain(getattr(module, "__file__", None) or "built into Python", 200)


def unwrapped(target: Any) -> Any:
    """The function behind one that was made for Ray with `@ray.remote`: the lanes send it to Ray
    themselves.
    """
    if type(target).__module__.startswith("ray.") and hasattr(target, "_function"):
        return target._function
    return target


def unfit(target: Any, name: str) -> str:
    """Return a sentence about why that can't be called once per input; empty if it can."""
    if type(target).__module__.startswith("ray."):
        return f"{name} is a Ray actor or handle; race a function, which is called once per input."
    if inspect.iscoroutinefunction(target) or inspect.isasyncgenfunction(target):
        return (
            f"{name} is an async function, which a lane can't call; wrap it: def run(x): "
            f"return asyncio.run({name}(x))."
        )
    if isinstance(target, ModuleType) or not callable(target):
        return f"{name} is {_article(type(target).__name__)}, not a function."
    qualified = getattr(target, "__qualname__", "")
    if (
        inspect.isfunction(target)
        and "." in name
        and list(inspect.signature(target).parameters)[:1] == ["self"]
    ):
        return (
            f"{plain(qualified, 80)} is a method and needs an object; race a function that "
            "creates one and calls it."
        )
    return ""


def _article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {plain(word, 60)}"


def mismatch(target: Any, name: str, call: Call) -> str:
    """Return why the function can't take that call's arguments: `crunch() takes (n): missing a
    required argument: 'n'`; or empty.
    """
    try:
        signature = inspect.signature(target)
    except (ValueError, TypeError):  # many functions written in C have none
        return ""
    try:
        signature.bind(*call.args, **call.named)
    except TypeError as error:
        return f"{name}() takes {plain(signature, 120)}: {plain(error, 200)}"
    return ""


def content(path: str) -> bytes:
    """The bytes of a file; raises BadInput."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadInput(f"{plain(path, 200)} can't be read: {error.strerror}.") from None


def unpickled(value: bytes) -> Any:
    """The function that a pickle holds; raises BadInput."""
    import ray.cloudpickle

    try:
        return ray.cloudpickle.loads(value)
    except Exception as error:
        raise BadInput(
            f"The function can't be unpickled: {type(error).__name__}: {plain(error, 200)}"
        ) from error
