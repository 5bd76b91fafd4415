"""The words for lanes and measurements; the screens, the verdicts and the command line
share it.
"""

import signal
from collections.abc import Sequence

from workloads.core.engine_info import engine_info
from workloads.core.errors import plain


def seconds(value: float) -> str:
    """A duration for people: `0.012 s`, `5.2 s`, `12.6 s`, `2 min 05 s`."""
    if value < 0.1:
        return f"{value:.3f} s"
    if value < 10:
        return f"{value:.2f} s"
    if value < 120:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60):02d} s"


def brief(value: float) -> str:
    """A short time for people: `1.2 ms`, `0.15 ms`, `3.4 µs`, `2.50 s`."""
    if value >= 0.0995:
        return seconds(value)
    if value >= 1e-5:
        return f"{value * 1e3:.2g} ms"
    return f"{value * 1e6:.2g} µs"


def lane_name(engine: str) -> str:
    """The name of an engine in a sentence: “Ray”, “serial”, …."""
    return engine_info(engine).title or plain(engine, 40)


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def plural(noun: str, count: float) -> str:
    """The noun as it stands after that number: `task`, `tasks`."""
    if count == 1:
        return noun
    return f"{noun}s"


def more_than(workers: int) -> str:
    """Words for a speedup that so many workers can't give."""
    return f"more than {workers:,} {plural('worker', workers)} can give"


def exit_text(status: int) -> str:
    """Words for how a process ended: `was killed by SIGSEGV (segmentation fault)`, `exited with
    status 7`.

    `status` is its exit status, -n when signal n ended it.
    """
    if status >= 0:
        return f"exited with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"was killed by signal {-status}"
    meaning = (signal.strsignal(-status) or "").lower()
    if meaning in ("", "killed"):
        return f"was killed by {name}"
    return f"was killed by {name} ({meaning})"
