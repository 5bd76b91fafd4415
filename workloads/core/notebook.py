"""A cell of a tutorial's notebook, and its times as a notebook prints them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NotebookCell:
    """The code that does what a race does, as it stands in a notebook: `serial`, and `distributed`
    with Ray. `prints(answer)` is what it prints of the race's answer.
    """

    serial: str
    distributed: str
    prints: Callable[[Any], str]


def times_text(cpu_s: float, system_s: float | None, wall_s: float) -> str:
    """The lines that IPython's `%%time` ends with: CPU seconds of the notebook's own process, of
    which `system_s` in the kernel (None: not measured), and seconds that passed.
    """
    parts = f"total: {_time(cpu_s)}"
    if system_s is not None:
        parts = f"user {_time(max(cpu_s - system_s, 0))}, sys: {_time(system_s)}, {parts}"
    return f"CPU times: {parts}\nWall time: {_time(wall_s)}"


def _time(seconds: float) -> str:
    """`15.6 ms`, `8.21 s`, `1min 17s`: three digits in the largest unit, as IPython writes it."""
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        text = f"{minutes}min {rest}s"
        if hours:
            text = f"{hours}h {text}"
        return text
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
