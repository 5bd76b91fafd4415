"""Functions that break Python's clocks in the process that calls them, for the lanes to run."""

import time
from collections.abc import Generator
from typing import Any

NAMES = (
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "thread_time",
    "process_time",
)
GENUINE = {name: getattr(time, name) for name in NAMES}


def frozen(n: int) -> int:
    """Freeze all clocks at 0 and end naps at once, in every module that has taken them, as
    freezegun does; for good.
    """
    import sys

    fakes = {id(GENUINE[name]): (lambda: 0) for name in NAMES} | {id(SLEEP): lambda seconds: None}
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if id(value) in fakes and not (
                name in ("GENUINE", "SLEEP") and module.__name__ == __name__
            ):
                setattr(module, name, fakes[id(value)])
    _busy(2_000_000)
    return n


SLEEP = time.sleep


def backwards(n: int) -> int:
    """Set all clocks running backwards."""
    for name in NAMES:
        genuine = GENUINE[name]
        setattr(time, name, lambda genuine=genuine: -genuine())
    _busy(2_000_000)
    return n


def raising(n: int) -> int:
    """Have all clocks raise."""

    def broken() -> Any:
        raise ValueError("no clock here")

    for name in NAMES:
        setattr(time, name, broken)
    _busy(2_000_000)
    return n


def texts(n: int) -> Generator[tuple[int, int], None, int]:
    """Have all clocks give text, and report all the while."""
    for name in NAMES:
        setattr(time, name, lambda: "noon")
    for step in range(1, 5):
        _busy(500_000)
        yield step, 4
    return n


def _busy(rounds: int) -> None:
    for _ in range(rounds):
        pass
