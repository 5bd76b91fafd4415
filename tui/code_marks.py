"""The lines of a lane's source that are marked: where its driver is, and where a task failed."""

from typing import TYPE_CHECKING

from tui.widgets.code.layout import LaneSource
from tui.widgets.code.pane import Place
from tui.widgets.code.places import driver_lines, failed_at
from workloads.core.draining import Driving
from workloads.core.wording import plural

if TYPE_CHECKING:
    from tui.session import Session

STATES: dict[Driving, str] = {
    "submitting": "driver submits",
    "waiting": "driver waits for {}",
    "getting": "driver gets {}",
    "computing": "driver runs the tasks",
}
"""What a driver does, in words, with its tasks."""


def driver_at(session: "Session", name: str, source: LaneSource) -> tuple[str, Place | None]:
    """What the lane's driver does, in words, and the line that it is on; empty and None unless
    the lane runs.
    """
    lane = session.race.lane(name)
    doing = lane.driver.now
    if not lane.live or doing.state not in STATES:
        return "", None
    tasks = f"{doing.tasks:,} {plural('task', doing.tasks)}"
    place = driver_lines(source.listings).get(doing.state)
    return STATES[doing.state].format(tasks), place


def failed_in(
    session: "Session", name: str, task: int | None, source: LaneSource
) -> tuple[int, int] | None:
    """Where the task raised its exception, if that is in the source."""
    errors = session.race.lane(name).errors
    if task is None or task not in errors:
        return None
    return failed_at(source.listings, errors[task].traceback)
