"""The source that a lane runs: that of its engine and that of the workload's tasks."""

import traceback
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pkgutil import resolve_name
from typing import Any

from workloads import catalog
from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.core.engine_info import EngineInfo, find_engine
from workloads.core.errors import plain
from workloads.core.task import Large, Params, Shared, Task, Workload
from workloads.lanes.plan import Plan
from workloads.lanes.sources import read_function, read_named
from workloads.machine import clock

MAX_LOOKED_AT = 1000
"""Tasks whose functions are looked at where the workload doesn't name them."""

MAX_FUNCTIONS = 4


def read_source(
    engine: str, drain: Drain, workload: Workload, params: Params, tasks: Sequence[Task]
) -> ev.SourceRead:
    """The source of what a run executes, as this process, the lane's, has loaded it. A workload or
    an engine that fails to name its functions is logged: its tasks run all the same.
    """
    listings: list[ev.Listing] = []
    try:
        for name, role in _own(find_engine(engine), drain, _stores(tasks)):
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


def planned(plan: Plan, lane: str) -> list[ev.Listing]:
    """The same before a race: the engine's from its files, the tasks' if the workload is built in.
    Nothing that only lanes import is loaded.
    """
    stores = not catalog.is_foreign(plan.workload) and catalog.find(plan.workload).stores
    own = _own(find_engine(lane), plan.drain_of(lane), stores)
    listings = [read_named(name, role) for name, role in own]
    if catalog.is_foreign(plan.workload):
        name = plain(plan.workload, 200)
        note = "Its source is read when a race loads it."
        listings.append(ev.Listing(name, "task", note=note))
    else:
        code = catalog.find(plan.workload).code
        if code is not None:
            listings += [read_function(function, "task") for function in code(plan.params)]
    return listings


def _stores(tasks: Sequence[Task]) -> bool:
    """True if tasks, of those that are looked at, have inputs for an object store."""
    return any(
        isinstance(argument, Large | Shared)
        for task in tasks[:MAX_LOOKED_AT]
        for argument in task.args
    )


def _own(engine: EngineInfo, drain: Drain, stores: bool) -> list[tuple[str, str]]:
    """The functions of an engine that are shown, each with its role; `stores`: tasks have inputs
    for its object store, if it has one.
    """
    driver = engine.driver
    if drain != "wait" and engine.driver_by_get:
        driver = engine.driver_by_get
    return [
        *((name, "driver") for name in driver),
        *((name, "driver") for name in engine.stores if stores),
        *((name, "worker") for name in engine.worker),
    ]
