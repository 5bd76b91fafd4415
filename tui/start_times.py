"""How long the engines usually take to start on this machine, kept from one session to the next."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from workloads.core import events as ev
from workloads.ledger.bounds import MAX_SECONDS
from workloads.machine.state import read_private, state_file, write_private

KEPT = 9
"""Start-ups that are kept of each engine, the newest last."""

MAX_ENGINES = 50


class StartTimes:
    """The start-ups of each engine in seconds, as the lanes measured them.

    `find_file` gives the file that they are kept in, or None where they aren't kept; it is asked
    when they are needed first. Another program may write the file at the same time, and it may
    hold anything: what isn't a time is left out, and a file that can't be written is done without.
    """

    def __init__(self, find_file: Callable[[], Path | None] = lambda: None) -> None:
        self._find_file = find_file
        self._seconds: dict[str, list[float]] | None = None

    def apply(self, event: ev.AnyEvent) -> None:
        """Take an event of any kind."""
        if not isinstance(event, ev.LaneReady) or event.warm or not _possible(event.startup_s):
            return
        file = self._find_file()
        seconds = _read(file) or self._seconds or {}  # with those that another program added
        seconds[event.lane] = [*seconds.get(event.lane, []), event.startup_s][-KEPT:]
        self._seconds = seconds
        if file is not None:
            with contextlib.suppress(OSError):
                write_private(file, msgspec.json.encode(seconds))

    def usual_s(self, engine: str) -> float | None:
        """The median of the engine's start-ups; None before the first."""
        if self._seconds is None:
            self._seconds = _read(self._find_file())
        times = self._seconds.get(engine)
        if not times:
            return None
        return median(times)


def kept_start_times() -> StartTimes:
    """Those in the user's state folder."""
    return StartTimes(lambda: state_file("start-times.json"))


def _read(file: Path | None) -> dict[str, list[float]]:
    """The start-ups that the file holds."""
    if file is None:
        return {}
    try:
        read = msgspec.json.decode(read_private(file))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    engines = list(read.items())[-MAX_ENGINES:]
    return {
        engine: [float(each) for each in times if _possible(each)][-KEPT:]
        for engine, times in engines
        if isinstance(times, list)
    }


def _possible(value: object) -> bool:
    """True if that can be the seconds of a start-up."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < value <= MAX_SECONDS  # type: ignore[operator]
