"""The clocks of a race, whatever a task does to Python's own.

A task may freeze or replace `time.time`, `time.perf_counter` and their like, for good and in every
module (freezegun does). So the functions here come from a copy of the module `time` that nobody
else has. Moments are stamped by the monotonic clock, which no step of the wall clock moves, plus
one anchor: the wall clock's lead over it when the app started. The monotonic clock is common to all
processes of a host, so the app hands its anchor to its lanes and they to their workers; a process
on another host takes one of its own.
"""

import importlib.machinery
import importlib.util
import os
import platform
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

VARIABLE = "RAYTASKS_CLOCK"
"""The variable with the anchor for lanes: ns, a space, the host that it is for."""


class Clocks(NamedTuple):
    """`now` gives ns since the epoch, the others seconds; `sleep` takes seconds."""

    now: Callable[[], int]
    perf_counter: Callable[[], float]
    monotonic: Callable[[], float]
    thread_time: Callable[[], float]
    process_time: Callable[[], float]
    sleep: Callable[[float], None]


def clocks() -> Clocks:
    """The clocks of this process. Code that is sent to a Ray worker calls this: functions of `time`
    can't be sent along.
    """
    # Kept where there is a module in any worker: ours, by value, is none.
    kept = getattr(sys, "_raytasks_clocks", None)
    if kept is None or kept[0] != ANCHOR:
        kept = sys._raytasks_clocks = ANCHOR, _clocks(*ANCHOR)  # type: ignore[attr-defined]
    own: Clocks = kept[1]
    return own


def handed_on() -> dict[str, str]:
    """Variables for a lane's environment, so that its clock agrees with this process's."""
    return {VARIABLE: f"{ANCHOR[0]} {ANCHOR[1]}"}


def _clocks(anchor: int, host: str) -> Clocks:
    genuine = _genuine()
    monotonic_ns = genuine.monotonic_ns
    lead = anchor
    if host != this_host():
        lead = genuine.time_ns() - monotonic_ns()

    def now() -> int:
        return int(lead + monotonic_ns())

    return Clocks(
        now,
        genuine.perf_counter,
        genuine.monotonic,
        genuine.thread_time,
        genuine.process_time,
        genuine.sleep,
    )


def _genuine() -> Any:
    """A copy of the module `time` as the interpreter makes it, which no one has patched."""
    machinery = importlib.machinery
    spec = machinery.BuiltinImporter.find_spec("time") or machinery.PathFinder.find_spec("time")
    if spec is None or spec.loader is None or isinstance(spec.loader, machinery.SourceFileLoader):
        return time
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


def this_host() -> str:
    """A text that processes share whose monotonic clocks are one: the boot of a machine, and a time
    namespace in it.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id") as boot:
            return f"{boot.read().strip()}/{os.readlink('/proc/self/ns/time')}"
    except OSError:
        return platform.node()


def _anchor() -> tuple[int, str]:
    """The anchor of the app that started this process, on the same host; else one of its own."""
    lead, _, host = os.environ.get(VARIABLE, "").partition(" ")
    if lead.isascii() and lead.isdigit() and len(lead) < 20 and host == this_host():
        return int(lead), host
    genuine = _genuine()
    return genuine.time_ns() - genuine.monotonic_ns(), this_host()


ANCHOR = _anchor()

HOST = ANCHOR[1]
"""The host of this process: others have clocks of their own."""

now, perf_counter, monotonic, thread_time, process_time, sleep = clocks()
"""The clocks for code that isn't sent to Ray workers."""

GAP_S = 5.0


class Deadline:
    """A time limit of `within_s` seconds that is looked at about every second.

    Time in which this process was stopped (Ctrl+Z) doesn't count: of a longer gap between two
    looks, only GAP_S do.
    """

    def __init__(self, within_s: float) -> None:
        self._left = within_s
        self._looked = monotonic()

    def passed(self) -> bool:
        """True if the time is up."""
        last, self._looked = self._looked, monotonic()
        self._left -= min(self._looked - last, GAP_S)
        return self._left < 0
