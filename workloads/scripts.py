"""The surroundings that a user's module finds in every process that loads it: those of `python module.py`.

It may read `sys.argv`, look for files beside `sys.path[0]`, import what lies in its folder, unpickle what was pickled
as `__main__.Something`, and start processes. Only its `if __name__ == "__main__"` isn't true.
"""

import sys
import sysconfig
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NamedTuple

_STANDARD = [p for p in (sysconfig.get_path("stdlib"), sysconfig.get_config_var("DESTSHARED")) if p]


class Script(NamedTuple):
    """A user's module: its name, the path of its file, and the folder where what it imports is looked for."""

    name: str
    path: str
    folder: str


class _Main(ModuleType):
    """Stands for `__main__`: it has whatever the user's module has. Without a spec, as a script has none: processes
    that the module starts load its file.
    """

    def __init__(self, script: Script) -> None:
        super().__init__("__main__")
        self.__dict__.update(_script=script, __file__=script.path)

    def __getattr__(self, name: str) -> Any:
        module = sys.modules.get(self.__dict__["_script"].name)
        if module is None or name.startswith("__"):
            raise AttributeError(f"module '__main__' has no attribute {name!r}")
        return getattr(module, name)


class StandardFirst:
    """Finds Python's own modules first: a random.py in the folder of a script must not take the place of one that a
    library is about to import.
    """

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of a module of the standard library, as finders have it."""
        if path is not None or name not in sys.stdlib_module_names:
            return None
        return PathFinder.find_spec(name, _STANDARD)


def become(script: Script) -> None:
    """Have this process look to that module, from now on, as if Python had been started with its file."""
    sys.argv = [script.path]
    # By its name: in Ray's workers this module comes by value, and classes with it.
    if not any(getattr(finder, "__name__", "") == StandardFirst.__name__ for finder in sys.meta_path):
        sys.meta_path.insert(sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0, StandardFirst)
    if sys.path[:1] != [script.folder]:
        sys.path[:] = [script.folder, *(folder for folder in sys.path if folder != script.folder)]
    if getattr(sys.modules.get("__main__"), "_script", None) != script:
        sys.modules["__main__"] = _Main(script)


def current() -> Script | None:
    """The module that `become` was called for last in this process."""
    known = getattr(sys.modules.get("__main__"), "_script", None)
    return None if known is None else Script(*known)
