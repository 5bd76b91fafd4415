"""The source that a lane runs: that of its engine and that of the workload's tasks."""

import traceback
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pkgutil import resolve_name
from typing import Any, NamedTuple

from workloads import catalog
from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.core.engine_info import find_engine
from workloads.core.errors import plain
from workloads.core.execution import USUAL, Execution
from workloads.core.task import Large, Params, Shared, Task, Workload
from workloads.lanes.plan import Plan
from workloads.lanes.sources import read_function, read_named
from workloads.machine import clock

MAX_LOOKED_AT = 1000
"""Tasks whose functions are looked at where the workload doesn't name them."""

MAX_FUNCTIONS = 4


def read_source(
    own: Sequence[tuple[str, str]], workload: Workload, params: Params, tasks: Sequence[Task]
) -> ev.SourceRead:
    """The source of what a run executes, as this process, the lane's, has loaded it. A workload or
    an engine that fails to name its functions is logged: its tasks run all the same.
    """
    listings: list[ev.Listing] = []
    try:
        for name, role in own:
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
    workload, shown = None, Shown()
    if not catalog.is_foreign(plan.workload):
        workload = catalog.find(plan.workload)
        shown = Shown(workload.stores, bool(workload.actors))
    own = engine_functions(lane, plan.drain_of(lane), shown._replace(execution=plan.execution))
    listings = [read_named(name, role) for name, role in own]
    if workload is None:
        name = plain(plan.workload, 200)
        note = "Its source is read when a race loads it."
        listings.append(ev.Listing(name, "task", note=note))
    elif workload.code is not None:
        listings += [read_function(function, "task") for function in workload.code(plan.params)]
    return listings


class Shown(NamedTuple):
    """What is shown of an engine besides: tasks have inputs for its object store (`stores`), if it
    has one, or call actors; `execution` is how they are executed.
    """

    stores: bool = False
    actors: bool = False
    execution: Execution = USUAL


def shown_of(workload: Workload, tasks: Sequence[Task], execution: Execution) -> Shown:
    """What is shown of an engine that runs these tasks."""
    return Shown(_stores(tasks), bool(workload.actors), execution)


def _stores(tasks: Sequence[Task]) -> bool:
    """True if tasks, of those that are looked at, have inputs for an object store."""
    return any(
        isinstance(argument, Large | Shared)
        for task in tasks[:MAX_LOOKED_AT]
        for argument in task.args
    )


NOTHING = Shown()


def engine_functions(name: str, drain: Drain, shown: Shown = NOTHING) -> list[tuple[str, str]]:
    """The functions of an engine that are shown, each with its role."""
    engine = find_engine(name)
    driver, worker = engine.driver, engine.worker
    if shown.execution.batch > 1 and engine.worker_by_batch:
        worker = engine.worker_by_batch
    if drain != "wait" and engine.driver_by_get:
        driver = engine.driver_by_get
    return [
        *((name, "driver") for name in driver),
        *((name, "driver") for name in engine.stores if shown.stores),
        *((name, "worker") for name in worker),
        *((name, "actor") for name in engine.actor if shown.actors),
    ]
