"""Runs one task and stamps what happened, in whatever process it runs; every engine uses this.

The records are plain tuples, so that a Ray worker that has never heard of this package can make
them.
"""

import contextlib
import os
import traceback
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from workloads.core import events as ev
from workloads.core.task import Comparison, Progress, Returned
from workloads.engines import Stop, streams
from workloads.machine.clock import clocks

BEGAN, REPORTED, RETURNED, RAISED, CANCELLED = 0, 1, 2, 3, 4

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

CANCELLED_BY_HAND = "TaskCancelled"
"""The error of a task that was cancelled while its run went on."""

_NO_COMPARISON = Comparison()


class Fetched(NamedTuple):
    """When a lane had a task's last record in hand (`at`, ns since the epoch; 0 where it never left
    the lane's thread), the bytes that travelled there for it (0: none, or not measured), and True
    if they lay in the object store.
    """

    at: int = 0
    result_bytes: int = 0
    in_store: bool = False

    def share(self, tasks: int) -> "Fetched":
        """The part of each of so many tasks whose records travelled together."""
        if tasks == 1:
            return self
        return self._replace(result_bytes=self.result_bytes // tasks)

    def seconds(self, end: int) -> float:
        """Seconds since the task's end (ns); 0 where it isn't recorded, or by clocks that
        disagree.
        """
        return max(self.at - end, 0) / 1e9


_IN_HAND = Fetched()

Record = tuple[Any, ...]
"""(BEGAN, start_ns) · (REPORTED, now_ns, done, total, partial, stage) · (RETURNED, start_ns,
end_ns, cpu_s, result [, comparison]), the last where the task returned a Returned: the values of
its Comparison · (RAISED, start_ns, end_ns, cpu_s, type, message, traceback), start_ns 0 where BEGAN
has it · (CANCELLED, now_ns), which only an engine makes
"""


def use_threads(threads: int) -> None:
    """Have a task compute with so many threads, in whatever lane it runs.

    Libraries look here when they are first loaded; a task of one that can change later looks here
    itself.
    """
    wanted = f"{threads}"
    if (
        os.environ.get(THREADS[-1]) != wanted
    ):  # a task can be shorter than the setting; nobody else sets the last
        os.environ.update(dict.fromkeys(THREADS, wanted))


def records(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    propagate: tuple[type[BaseException], ...] = (),
) -> Generator[Record, None, None]:
    """Call the task and yield its records: BEGAN, any REPORTED, then RETURNED or RAISED.

    `cpu_s` is the CPU time of the thread that ran it. Exceptions of the types `propagate` pass
    through: they are the engine's own way of ending a task.
    """
    clock = clocks()  # before the task's own code can freeze those of Python
    start, cpu = clock.now(), clock.thread_time()
    yield BEGAN, start
    record: Record
    task: Generator[Any, None, Any] | None = None
    home = os.getpid()
    while True:
        # No yield stands inside this try: a GeneratorExit that arrives there is the task's own.
        try:
            if task is None:
                outcome = function(*args)
                # By its type: an object may say anything of its class.
                ended = not issubclass(type(outcome), Generator)
                task = None if ended else outcome
                if not ended:
                    continue
            else:
                ended, outcome = _advance(task)
            if ended:
                end, spent = clock.now(), clock.thread_time() - cpu
                returned = _settled(outcome, (end - start) / 1e9)
        except propagate:
            _end_forked(home)
            raise
        except (
            BaseException
        ) as error:  # a task may raise anything, SystemExit too: it's the task that failed
            record = _raised(error, start, clock.thread_time() - cpu, home)
            break
        _end_forked(home)
        if ended:
            record = RETURNED, start, end, spent, *returned
            break
        yield REPORTED, clock.now(), *outcome
    streams.end_lines()
    yield record


def _raised(error: BaseException, start: int, spent: float, home: int) -> Record:
    """The record of a task that raised the error after `spent` seconds of CPU time."""
    _end_forked(home, error)
    now = clocks().now()
    return RAISED, start, now, spent, type_name(error), _text(error), trace(error)


def _end_forked(home: int, error: BaseException | None = None) -> None:
    """End this process unless it is `home`, the one that began the task: the task forked, and the
    child came back here.

    Two would report for one. It ends as a Python process of its own would, with a traceback or an
    exit status.
    """
    if os.getpid() == home:
        return
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        status = 1
        streams.end_lines()
        with contextlib.suppress(OSError):
            os.write(2, trace(error).encode())
    streams.end_lines()
    os._exit(status & 0xFF)


def _advance(task: Generator[Any, None, Any]) -> tuple[bool, Any]:
    """True with the result if the task has ended, else False with its next report if it hasn't."""
    try:
        report = next(task)
    except StopIteration as end:
        return True, end.value
    return False, Progress(*report)


def _settled(outcome: Any, seconds: float) -> tuple[Any, ...]:
    """The result; of a Returned, also its comparison, with the time that both took."""
    if type(outcome) is not Returned:
        return (outcome,)
    perf_counter = clocks().perf_counter
    began = perf_counter()
    result, comparison = outcome.settle(seconds)
    # A plain tuple: a Ray worker would send the class along, by value, with each result.
    return result, (*comparison[:2], perf_counter() - began)


def type_name(error: BaseException) -> str:
    """The name of the exception's class, bounded, whatever its metaclass says."""
    name: str = type.__dict__["__name__"].__get__(type(error))
    return clean(name[:100])


def _text(error: BaseException) -> str:
    try:
        # A subclass of str may have methods of its own: str's are called, which return plain text.
        return clean(str.__getitem__(str(error), slice(2000)))
    except BaseException as another:  # the exception's own __str__
        return f"its __str__ raised {type_name(another)}"


def trace(error: BaseException) -> str:
    """The end of the exception's traceback, as text that UTF-8 can hold."""
    try:
        lines = traceback.format_exception(error)
    except BaseException:  # it asks the exception for more than its text
        lines = traceback.format_tb(BaseException.__dict__["__traceback__"].__get__(error))
    return clean("".join(lines)[-8000:])


def clean(text: str) -> str:
    r"""The text with lone surrogates, which UTF-8 can't hold, written as escapes such as
    `\ud800`.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def interrupted(stop: Stop, task: int) -> Record:
    """The last record of a task that ended by TaskInterrupted: one that wasn't cancelled has raised
    it itself.
    """
    now = clocks().now()
    if stop.requested:
        return CANCELLED, now
    if stop.ends(task):
        return RAISED, 0, now, 0.0, CANCELLED_BY_HAND, "cancelled by hand", ""
    return RAISED, now, now, 0.0, "TaskInterrupted", "the task raised it", ""


def by_hand(task: int, worker: int = -1, attempt: int = 0) -> ev.Failed:
    """The end of a single task that was cancelled, on that worker (-1: on none). Ray lists such a
    task as failed too: who asks for its result gets an exception.
    """
    return ev.Failed(
        t=clocks().now(),
        task=task,
        worker=worker,
        attempt=attempt,
        error=CANCELLED_BY_HAND,
        message="cancelled by hand",
    )


def last_record(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    propagate: tuple[type[BaseException], ...] = (),
) -> Record:
    """Call the task and return only its RETURNED or RAISED record: for very many small tasks, whose
    reports nobody could read, and for engines that report none.

    Exceptions of the types `propagate` pass through, as in `records`.
    """
    clock = clocks()
    start, cpu = clock.now(), clock.thread_time()
    home = os.getpid()
    try:
        outcome = function(*args)
        ended = not issubclass(type(outcome), Generator)
        task = outcome
        while not ended:
            ended, outcome = _advance(task)
            _end_forked(home)
        end, spent = clock.now(), clock.thread_time() - cpu
        record = RETURNED, start, end, spent, *_settled(outcome, (end - start) / 1e9)
    except propagate:
        _end_forked(home)
        raise
    except BaseException as error:
        record = _raised(error, start, clock.thread_time() - cpu, home)
    else:
        _end_forked(home)
    streams.end_lines()
    return record


def record_to_event(
    number: int, worker: int, attempt: int, record: Record, fetched: Fetched = _IN_HAND
) -> ev.AnyEvent:
    """The event that a lane sends for a record.

    `number` is the task's, `worker` that of the worker that ran it, `attempt` counts from 0;
    `fetched` says how the last record of a task came to the lane.
    """
    kind, *rest = record
    if kind == BEGAN:
        return ev.Started(t=rest[0], task=number, worker=worker, attempt=attempt)
    if kind == REPORTED:
        now, done, total, partial, stage = rest
        return ev.Progressed(
            t=now,
            task=number,
            done=done,
            total=total,
            attempt=attempt,
            partial=partial,
            stage=stage,
        )
    if kind == RETURNED:
        start, end, cpu, result, *compared = rest
        digest, why_not, compare_s = next(iter(compared), _NO_COMPARISON)
        return ev.Finished(
            t=end,
            task=number,
            worker=worker,
            start=start,
            cpu_s=cpu,
            attempt=attempt,
            result=result,
            digest=digest,
            not_compared=why_not,
            compare_s=compare_s,
            fetch_s=fetched.seconds(end),
            result_bytes=fetched.result_bytes,
            in_store=fetched.in_store,
        )
    if kind == CANCELLED:
        return ev.Cancelled(t=rest[0], task=number)
    start, end, _, error, message, trace = rest
    return ev.Failed(
        t=end,
        task=number,
        worker=worker,
        start=start,
        attempt=attempt,
        error=error,
        message=message,
        traceback=trace,
        fetch_s=fetched.seconds(end),
        result_bytes=fetched.result_bytes,
        in_store=fetched.in_store,
    )
