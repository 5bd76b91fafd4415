"""The CPUs that lanes run on, as text for the header."""

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.machine import cpus, host


def cpu_text(opened: ev.RaceOpened | None, elsewhere: bool = False) -> str:
    """The CPUs of the race's machine, and what limits them: `2 CPUs`, `1 CPU (…)`; before a race,
    those of this machine. `2 CPUs here` where lanes run on others: as recorded, before a race if
    `elsewhere`.
    """
    if opened is None or not isinstance(count := opened.host.get("logical_cpus"), int):
        text = _counted(host.usable_cpus(), cpus.usable().limit)
    else:
        text = _counted(count, plain(opened.host.get("cpu_limit", ""), 80))
    if opened is not None:
        elsewhere = bool(opened.elsewhere)
    if elsewhere:
        text += " here"
    return text


def _counted(count: int, limit: str) -> str:
    text = f"{count:,} CPUs"
    if count == 1:
        text = "1 CPU"
    if limit:
        text += f" ({limit})"
    return text
