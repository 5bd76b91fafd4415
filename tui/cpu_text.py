"""The CPUs that lanes run on, as text for the header."""

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.machine import cpus, host


def cpu_text(opened: ev.RaceOpened | None) -> str:
    """The CPUs of the race's machine, and what limits them: `2 CPUs`, `1 CPU (…)`; before a race,
    those of this machine.
    """
    if opened is None or not isinstance(count := opened.host.get("logical_cpus"), int):
        return _counted(host.usable_cpus(), cpus.usable().limit)
    text = _counted(count, plain(opened.host.get("cpu_limit", ""), 80))
    if opened.elsewhere:
        text += " here"
    return text


def _counted(count: int, limit: str) -> str:
    text = f"{count:,} CPUs"
    if count == 1:
        text = "1 CPU"
    if limit:
        text += f" ({limit})"
    return text
