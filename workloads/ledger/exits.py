"""Why a lane's process is gone, as a sentence."""

from workloads.core import events as ev
from workloads.core.wording import exit_text, listed, plural

TASKS_NAMED = 5
"""Tasks that are named of those that a lane's process was running when it ended."""


def exit_reason(event: ev.LaneExited, starting: bool) -> str:
    """The sentence on a lane's process that is gone."""
    during = ""
    if event.tasks:
        numbers = [f"{task:,}" for task in event.tasks[:TASKS_NAMED]]
        more = len(event.tasks) - len(numbers)
        if more:
            numbers.append(f"{more:,} more")
        during = f" while it ran {plural('task', len(event.tasks))} {listed(numbers)}"
    elif starting:
        during = " while it started; the log may say why"
    return f"The lane's process {exit_text(event.status)}{during}."
