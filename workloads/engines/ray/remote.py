"""The part of the Ray engine that runs in Ray's workers: remote functions, shipped there by value.

Because they are pickled by value, a cluster that has never seen this package runs them all the
same.
"""

import os
from collections.abc import Callable, Generator
from typing import Any

from workloads.engines import WarmUp, streams
from workloads.engines.measure import Record, last_record, records, use_threads
from workloads.machine import forks
from workloads.machine.clock import clocks

Place = tuple[str, int, str]
"""The place where a record was made: (worker id, process id, node id); ids in hex."""


def place(log: str = "") -> Place:
    """The place where this code runs. Ray's own ids; asked once a process, as a task can be shorter
    than the asking.

    Then what the process prints is sent straight to `log`, if that is a path on this machine: by
    way of Ray's log monitor it would come late, or after the lane has ended, and slow the whole
    race if there is much of it.
    """
    import ray

    # On the module of Ray and not on ours, which by value doesn't exist as a module in the worker.
    here: Place | None = getattr(ray, "_raytasks_place", None)
    if here is None or here[1] != os.getpid():
        context = ray.get_runtime_context()
        here = (context.get_worker_id(), os.getpid(), context.get_node_id())
        if not hasattr(ray, "_raytasks_place"):
            forks.give_back_signals()
            if log:
                streams.join(log)
        ray._raytasks_place = here
    return here


Warming = tuple[WarmUp, float]
"""The work to do to be warm, and seconds to stay, so that another worker gets the next warm-up."""


def streaming(
    function: Callable[..., Any], num_cpus: float, log: str
) -> Callable[..., Generator[tuple[Place, Record], None, None]]:
    """The function as a streaming-generator task: it yields its place with each record."""

    def stream(
        *args: Any, warming: Warming | None = None
    ) -> Generator[tuple[Place, Record], None, None]:
        use_threads(num_cpus)
        if warming:
            _warm(*warming)
            yield place(log), ()
            return
        here = place(log)
        for record in records(function, args, ()):
            yield here, record

    return stream


def whole(
    function: Callable[..., Any], num_cpus: float, log: str
) -> Callable[..., tuple[Place, Record]]:
    """The function as an ordinary task with one ObjectRef: it returns its place and its last
    record.
    """

    def once(*args: Any, warming: Warming | None = None) -> tuple[Place, Record]:
        use_threads(num_cpus)
        if warming:
            _warm(*warming)
            return place(log), ()
        return place(log), last_record(function, args, ())

    return once


def _warm(warm_up: WarmUp, hold_s: float) -> None:
    warm_up()
    clocks().sleep(hold_s)
