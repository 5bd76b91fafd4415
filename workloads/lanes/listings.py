"""The source that a lane runs: that of its engine and that of the workload's tasks."""

import traceback
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pkgutil import resolve_name
from typing import Any

from workloads import catalog
from workloads.core import events as ev
from workloads.core.engine_info import EngineInfo, find_engine
from workloads.core.sources import read_function, read_named
from workloads.core.task import Params, Task, Workload
from workloads.machine import clock

MAX_LOOKED_AT = 1000
"""Tasks whose functions are looked at where the workload doesn't name them."""

MAX_FUNCTIONS = 4


def read_source(
    engine: str, workload: Workload, params: Params, tasks: Sequence[Task]
) -> ev.SourceRead:
    """The source of what a run executes, as this process, the lane's, has loaded it. A workload or
    an engine that fails to name its functions is logged: its tasks run all the same.
    """
    listings: list[ev.Listing] = []
    try:
        for name, role in _own(find_engine(engine)):
            listings.append(read_function(resolve_name(name), role))
        functions: Iterable[Callable[..., Any]]
        if workload.code is None:
            functions = dict.fromkeys(task.function for task in tasks[:MAX_LOOKED_AT])
        else:
            functions = workload.code(params)
        listings += [read_function(each, "task") for each in islice(functions, MAX_FUNCTIONS)]
    except Exception:
        traceback.print_exc()
    return ev.SourceRead(t=clock.now(), listings=listings)


def planned(workload: str, params: Params, engine: str) -> list[ev.Listing]:
    """The same before a race: the engine's from its files, the tasks' if the workload is built in.
    Nothing that only lanes import is loaded.
    """
    listings = [read_named(name, role) for name, role in _own(find_engine(engine))]
    if not catalog.is_foreign(workload):
        code = catalog.find(workload).code
        if code is not None:
            listings += [read_function(function, "task") for function in code(params)]
    return listings


def _own(engine: EngineInfo) -> list[tuple[str, str]]:
    """The functions of an engine that are shown, each with its role."""
    return [
        *((name, "driver") for name in engine.driver),
        *((name, "worker") for name in engine.worker),
    ]
