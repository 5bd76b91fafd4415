"""Takes the results of a run by `ray.get`: of all its refs, or of each as it is submitted.

`ray.get` blocks, and takes no streamed tasks. It is asked again every few tenths of a second, so
that a cancel and the end of one of Ray's processes are noticed meanwhile: Ray checks for neither.
"""

from collections.abc import Callable, Generator
from typing import Any

from workloads.core import events as ev
from workloads.engines.ray.fetching import Got, fetch
from workloads.engines.ray.flights import RayRun
from workloads.machine import clock

GET_S = 0.2
"""Seconds after which `ray.get` is asked again; more where that takes long, for very many refs."""

COST = 50
"""The time of a `ray.get` for each of asking again."""

MAX_GET_S = 0.5


def by_get(
    ray: Any, run: RayRun, check: Callable[[], None]
) -> Generator[ev.AnyEvent, None, list[tuple[Any, Got]] | None]:
    """Wait in `ray.get` for the results of all tasks in flight; returns them by their refs.

    Returns None once the run or a task of it is to end, and where a ref has an error in place of a
    value, such as that of a lost worker. `check` looks after Ray's own processes; raises what it
    raises.
    """
    refs, within_s = list(run.flights), GET_S
    while not run.stop.requested and run.stop.cancelled <= run.dropped:
        began = clock.monotonic()
        yield from run.driver.enter("getting", run.in_flight, lasting=run.submission.all_at_once)
        try:
            return list(zip(refs, fetch(ray, refs, within_s), strict=True))
        except ray.exceptions.GetTimeoutError:
            cost_s = clock.monotonic() - began - within_s
            within_s = min(max(GET_S, COST * cost_s), MAX_GET_S)
        except ray.exceptions.RayError:
            break
        check()
    return None
