"""The tasks that screen 3 lists, the one of them that is selected, and the one that ended last."""

from typing import TYPE_CHECKING, NamedTuple

from workloads.ledger.tables import State
from workloads.ledger.task_figures import LaneTasks
from workloads.ledger.task_order import TaskList

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.ledger.lane import Lane


class Selected(NamedTuple):
    """The place of the selected task in a list, and those of the same task on other lanes."""

    place: int | None = None
    twins: frozenset[int] = frozenset()


def task_list(session: "Session", chosen: str) -> TaskList:
    """The tasks of all lanes, or of the `chosen` one; none before a race."""
    if session.race.opened is None:
        return TaskList()
    lanes = session.shown_lanes()
    return TaskList(
        tuple(
            LaneTasks(lane, session.outcomes.of(lane.name), lane.elapsed(session.now))
            for lane in [lane for lane in lanes if lane.name == chosen] or lanes
        )
    )


def selected_in(session: "Session", tasks: TaskList) -> Selected:
    """The selection. Where its lane isn't listed, the task is selected on one that is."""
    task = session.selected
    if task is None:
        return Selected()
    places = {name: place for name in tasks.names if (place := tasks.place(name, task)) is not None}
    lane = session.featured_lane(session.selected_lane)
    place = next(iter(places.values()), None)
    if lane is not None:
        place = places.get(lane.name, place)
    return Selected(place, frozenset(places.values()) - {place})


def newest_ended(tasks: TaskList) -> tuple[LaneTasks, int | None]:
    """The task that ended last, other than by being cancelled, on a lane that runs if any does;
    else on the last that has ended one.
    """
    ended = [(of, task) for of in tasks.lanes if (task := _newest_ended(of.lane)) is not None]
    live = [(of, task) for of, task in ended if of.lane.live]
    return next(reversed(live or ended), (tasks.lanes[-1], None))


def _newest_ended(lane: "Lane") -> int | None:
    state, end = lane.tasks.state, lane.tasks.end
    over = ((state == State.FINISHED) | (state == State.FAILED)).nonzero()[0]
    if not len(over):
        return None
    return int(over[end[over].argmax()])
