"""The surroundings that a user's module finds in every process that loads it: those of `python
module.py`.

It may read `sys.argv`, look for files beside `sys.path[0]`, import what lies in its folder,
unpickle what was pickled as `__main__.Something`, and start processes. Only its `if __name__ ==
"__main__"` isn't true.
"""

import multiprocessing
import os
import signal
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from multiprocessing import spawn
from types import ModuleType
from typing import Any, NamedTuple

from workloads.core.errors import BadInput

_STANDARD = [p for p in (sysconfig.get_path("stdlib"), sysconfig.get_config_var("DESTSHARED")) if p]

OURS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1)
"""Signals by which a process of a lane is told to end, or to break into a task; Ray takes SIGINT
for the latter.
"""


class Script(NamedTuple):
    """A user's module: its name, the path of its file, and the folder where what it imports is
    looked for.
    """

    name: str
    path: str
    folder: str


class _Main(ModuleType):
    """Stands for `__main__`: it has whatever the user's module has. Without a spec, as a script has
    none: processes that the module starts load its file.
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
    """Finds Python's own modules first: a random.py in the folder of a script must not take the
    place of one that a library is about to import.
    """

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of a module of the standard library, as finders have it."""
        if path is not None or name not in sys.stdlib_module_names:
            return None
        return PathFinder.find_spec(name, _STANDARD)


def become(script: Script) -> None:
    """Have this process look to that module, from now on, as if Python had been started with its
    file.
    """
    sys.argv = [script.path]
    # By its name: in Ray's workers this module comes by value, and classes with it.
    if not any(
        getattr(finder, "__name__", "") == StandardFirst.__name__ for finder in sys.meta_path
    ):
        sys.meta_path.insert(sys.meta_path.index(PathFinder), StandardFirst)
    if sys.path[:1] != [script.folder]:
        sys.path[:] = [script.folder, *(folder for folder in sys.path if folder != script.folder)]
    if getattr(sys.modules.get("__main__"), "_script", None) != script:
        sys.modules["__main__"] = _Main(script)
    if script.name not in sys.modules:
        # Its body may choose how processes start, which Python allows once: ours, or an earlier
        # module, may have.
        multiprocessing.set_start_method(None, force=True)


def _restore(folders: list[str]) -> None:
    """Have imports, from these folders too, and threads work again after a module that took away
    what they need.
    """
    if not callable(sys.excepthook):
        sys.excepthook = sys.__excepthook__
    if not callable(threading.excepthook):
        threading.excepthook = threading.__excepthook__
    if not isinstance(sys.path, list):
        sys.path = []
    sys.path.extend(folder for folder in folders if folder not in sys.path)
    for finder in (BuiltinImporter, FrozenImporter, PathFinder):
        if finder not in sys.meta_path:
            sys.meta_path.append(finder)


@contextmanager
def loading(script: str) -> Iterator[None]:
    """While a module is loaded, processes that would load it again, and start such processes in
    turn, are refused.

    Python refuses that in these processes, and whoever started them waits for ever. Those that are
    forked may start. What this process needs to be cancelled and ended is as before then, whatever
    the module did with signals.
    """
    get_data, home = spawn.get_preparation_data, os.getpid()
    folders = list(sys.path)
    handlers = {number: signal.getsignal(number) for number in OURS}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    def refuse(name: str) -> Any:
        raise BadInput(
            f"{script} starts processes when it is imported, which would import it again; start "
            "them in the function, "
            'under if __name__ == "__main__", or with multiprocessing.get_context("fork").'
        )

    spawn.get_preparation_data = refuse
    try:
        yield
    finally:
        if (
            os.getpid() != home
        ):  # the module forked, and the child came back here: two would run the race
            os._exit(0)
        spawn.get_preparation_data = get_data
        _restore(folders)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            if callable(handler) and signal.getsignal(number) is not handler:
                with suppress(ValueError):  # not in the main thread
                    signal.signal(number, handler)


def current() -> Script | None:
    """The module that `become` was called for last in this process."""
    script = getattr(sys.modules.get("__main__"), "_script", None)
    if script is None:
        return None
    return Script(*script)
