"""The part of the Ray engine that runs in Ray's workers: remote functions, shipped there by value.

Because they are pickled by value, a cluster that has never seen this package runs them all the
same.
"""

import os
import pickle
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from workloads.engines import WarmUp, streams
from workloads.engines.measure import RETURNED, Record, last_record, records, use_threads
from workloads.machine import forks
from workloads.machine.clock import clocks, this_host

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
                streams.join(log, task_id)
        ray._raytasks_place = here
    return here


def task_id() -> str:
    """Ray's id of the task that this thread runs, in hex: that of its ObjectRef begins with it. It
    is asked for when a task prints, as its number doesn't travel with it.
    """
    import ray

    if threading.current_thread() is not threading.main_thread():
        return ""
    return ray.get_runtime_context().get_task_id() or ""


def ping() -> tuple[str, int]:
    """The host of the process that runs this, and its clock (ns since the epoch)."""
    return this_host(), clocks().now()


WARMING = "raytasks-warm-up"


def warming_name(hold_s: float) -> str:
    """The name of a task that warms its worker up and stays there for so many seconds, so that
    another worker gets the next.

    A warm-up is recognised by its name and not by an argument: a function that takes any costs each
    of its tasks about 20 µs, in which Ray binds them.
    """
    return f"{WARMING} {hold_s}"


Begin = Callable[[], tuple[Place, bool]]
"""Begins a task: gives its place, and True if it is a warm-up, which has then been done."""

Demanded = Mapping[str, Any]
"""What a task asks of Ray: the arguments of `ray.remote`."""


def beginning(threads: int, log: str, warm_up: WarmUp) -> Begin:
    """The function that begins each task in a worker. No warm-up follows a task that isn't one, so
    a process has all this to do only once more after that.
    """
    here: Place | None = None

    def begin() -> tuple[Place, bool]:
        nonlocal here
        if here is not None:
            return here, False
        import ray

        use_threads(threads)
        name, _, hold_s = ray.get_runtime_context().get_task_name().partition(" ")
        if name == WARMING:
            warm_up()
            clocks().sleep(float(hold_s))
            return place(log), True
        here = place(log)
        return here, False

    return begin


def streaming(ray: Any, function: Callable[..., Any], begin: Begin, demand: Demanded) -> Any:
    """The function as a streaming-generator task: it yields its place with each record."""

    @ray.remote(num_returns="streaming", **demand)
    def run_task(*args: Any) -> Generator[tuple[Place, Record], None, None]:
        here, warmed = begin()
        if warmed:
            yield here, ()
            return
        for record in records(function, args):
            yield here, record

    return run_task


def whole(ray: Any, function: Callable[..., Any], begin: Begin, demand: Demanded) -> Any:
    """The function as an ordinary task: it returns its place and its last record, maybe packed."""

    @ray.remote(**demand)
    def run_task(*args: Any) -> tuple[Place, Record] | bytes:
        here, warmed = begin()
        if warmed:
            return here, ()
        return packed(here, last_record(function, args))

    return run_task


def without_arguments(
    ray: Any, function: Callable[..., Any], begin: Begin, demand: Demanded
) -> Any:
    """The same without parameters: Ray then neither binds arguments nor sends them."""

    @ray.remote(**demand)
    def run_task() -> tuple[Place, Record] | bytes:
        here, warmed = begin()
        if warmed:
            return here, ()
        return packed(here, last_record(function, ()))

    return run_task


Call = tuple[int, int, int]
"""A task of a batch: its number, the place of its function among those of the run, and how many of
the batch's arguments are its own. Arguments travel side by side, as Ray puts the values of
ObjectRefs in their places only there.
"""

Tagged = list[tuple[int, Record]]
"""Records of a batch's tasks, each with its task's number."""

CANCEL = (KeyboardInterrupt,)
"""Raised in the task of a batch that runs when Ray cancels the batch; it ends the whole call."""


def streaming_batch(
    ray: Any, functions: Sequence[Callable[..., Any]], begin: Begin, demand: Demanded
) -> Any:
    """Several tasks as one streaming-generator task, which yields the records of each in turn."""

    @ray.remote(num_returns="streaming", **demand)
    def run_batch(*args: Any) -> Generator[tuple[Place, Any], None, None]:
        here, warmed = begin()
        if warmed:
            yield here, ()
            return
        for number, function, own in each_call(functions, *args):
            for record in records(function, own, CANCEL):
                yield here, [(number, record)]

    return run_batch


def whole_batch(
    ray: Any, functions: Sequence[Callable[..., Any]], begin: Begin, demand: Demanded
) -> Any:
    """Several tasks as one ordinary task, which returns the last record of each, maybe packed."""

    @ray.remote(**demand)
    def run_batch(*args: Any) -> tuple[Place, Any] | bytes:
        here, warmed = begin()
        if warmed:
            return here, ()
        done = []
        for number, function, own in each_call(functions, *args):
            done.append((number, last_record(function, own, CANCEL)))
        return packed_batch(here, done)

    return run_batch


def each_call(
    functions: Sequence[Callable[..., Any]], calls: Sequence[Call], *args: Any
) -> Iterator[tuple[int, Callable[..., Any], tuple[Any, ...]]]:
    """The number, function and arguments of each task of a batch."""
    at = 0
    for number, place, count in calls:
        yield number, functions[place], args[at : at + count]
        at += count


_SCALARS = (type(None), bool, int, float, str)


def packed(where: Place, record: Record) -> tuple[Place, Record] | bytes:
    """What a task sends: its place and its record, pickled here if its result is a scalar.

    Ray passes bytes on as they are; anything else it pickles in Python, which takes longer than the
    shortest tasks. What may hold arrays, ObjectRefs or a user's classes is left to Ray.
    """
    if _is_scalar(record):
        return pickle.dumps((where, record), pickle.HIGHEST_PROTOCOL)
    return where, record


def packed_batch(where: Place, tagged: Tagged) -> tuple[Place, Tagged] | bytes:
    """What a batch sends, pickled here if the results of all its tasks are scalars."""
    if all(_is_scalar(record) for _, record in tagged):
        return pickle.dumps((where, tagged), pickle.HIGHEST_PROTOCOL)
    return where, tagged


def _is_scalar(record: Record) -> bool:
    return (
        record[0] == RETURNED
        and type(record[4]) in _SCALARS
        and (len(record) == 5 or all(type(value) in _SCALARS for value in record[5]))
    )


def unpacked(value: tuple[Place, Any] | bytes) -> tuple[Place, Any]:
    """The place and the record, or those of a batch, that a task sent."""
    if isinstance(value, bytes):
        packed: tuple[Place, Any] = pickle.loads(value)
        return packed
    return value
