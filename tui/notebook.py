"""The cell of a tutorial's notebook that does what a race does, with what it prints: the tasks' own
lines, and the times on this machine.
"""

from typing import TYPE_CHECKING

from tui.widgets.log import LogEntry
from workloads import catalog
from workloads.core.engine_info import engine_info
from workloads.core.errors import BadInput
from workloads.core.events import Listing
from workloads.core.notebook import NotebookCell, times_text

if TYPE_CHECKING:
    from tui.session import Session

MAX_PRINTED = 6
"""Lines of tasks that are shown; the log has all."""

CELL, OUTPUT = "cell", "output"
"""The roles of these listings."""


def notebook(session: "Session", name: str) -> tuple[Listing, ...]:
    """The cell for a lane, and its output as far as there is any; empty where the workload has no
    such cell, and for an engine that the tutorial doesn't use.
    """
    cell = _cell(session)
    engine = session.race.lane(name).engine
    info = engine_info(engine)
    if cell is None or not (info.is_baseline or info.has_refs):
        return ()
    code = cell.serial
    if info.has_refs:
        code = cell.distributed
    listings = [Listing("In the tutorial's notebook", CELL, text=code)]
    if printed := _printed(session, name, cell):
        listings.append(Listing("On this machine", OUTPUT, text="\n".join(printed)))
    return tuple(listings)


def _cell(session: "Session") -> NotebookCell | None:
    """The cell for the race that is shown, or for the next one before any."""
    shown = session.race.opened or session.plan
    try:
        workload = catalog.find(session.workload)
        return workload.notebook(workload.complete(shown.params))
    except (BadInput, KeyError):  # a recording may hold any parameters
        return None


def _printed(session: "Session", name: str, cell: NotebookCell) -> list[str]:
    """The lines of the lane's tasks, the answer, and the times once the run has ended."""
    lane, race = session.race.lane(name), session.race
    if race.opened is None:
        return []
    entries = [
        LogEntry.of(line, race)
        for line in race.log
        if line.lane == name and line.task >= 0 and line.t >= race.opened.t
    ]
    printed = [f"{entry.origin} {entry.words}".lstrip() for entry in entries[:MAX_PRINTED]]
    if len(entries) > MAX_PRINTED:
        printed.append(f"… {len(entries) - MAX_PRINTED:,} more lines in the log")
    ended = lane.ended
    if ended is not None and ended.answer is not None and lane.wall_s is not None:
        printed.append(cell.prints(ended.answer))
        printed += times_text(ended.driver_cpu_s, ended.driver_system_s, lane.wall_s).splitlines()
    return printed
