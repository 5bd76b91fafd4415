"""Jumps to the next task that failed, and to the next slowest one, over the lanes that are looked
at. Tasks of the same number, and those that took as long, follow each other in the order of lanes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workloads.core.wording import lane_name, listed
from workloads.figures.durations import slowest
from workloads.ledger.tables import State

if TYPE_CHECKING:
    from workloads.ledger.lane import Lane

At = tuple[str, int]
"""A task: the name of its lane, and its number."""


def next_failed(lanes: "Sequence[Lane]", selected: At | None) -> At | None:
    """The failed task that follows the selected one by number, from the last on the first; None if
    no task failed.
    """
    names, first, after = [lane.name for lane in lanes], [], []
    for at, lane in enumerate(lanes):
        failed = (lane.tasks.state == State.FAILED).nonzero()[0]
        first += [(int(task), at) for task in failed[:1]]
        if selected is not None:
            later = failed >= selected[1]
            if at <= _place(names, selected):
                later = failed > selected[1]
            after += [(int(task), at) for task in failed[later][:1]]
    if not first:
        return None
    task, at = min(after or first)
    return names[at], task


def next_slowest(lanes: "Sequence[Lane]", selected: At | None) -> At | None:
    """The finished task that took the most time after the selected one, else the slowest of all;
    None before any has finished.
    """
    names, first, after = [lane.name for lane in lanes], [], []
    than = _seconds(lanes, selected)
    for at, lane in enumerate(lanes):
        order = slowest(lane)
        faster = lane.tasks.start[order] - lane.tasks.end[order]
        first += [(seconds, at, task) for seconds, task in zip(faster[:1], order[:1], strict=True)]
        if than is None or selected is None:
            continue
        before = faster < -than
        if at < _place(names, selected):
            before = faster <= -than
        place = int(before.sum())
        if lane.name == selected[0]:
            place = int((order == selected[1]).nonzero()[0][0]) + 1
        rest = slice(place, place + 1)
        after += [
            (seconds, at, task) for seconds, task in zip(faster[rest], order[rest], strict=True)
        ]
    if not first:
        return None
    _, at, task = min(after or first)
    return names[at], int(task)


def _place(names: Sequence[str], selected: At) -> int:
    """Where the lane of the selected task stands; behind all where it isn't among them."""
    if selected[0] in names:
        return names.index(selected[0])
    return len(names)


def _seconds(lanes: "Sequence[Lane]", selected: At | None) -> float | None:
    """The seconds that the selected task ran; None where it hasn't finished on one of the lanes."""
    for lane in lanes:
        if selected is not None and lane.name == selected[0] and selected[1] < lane.tasks.count:
            tasks, task = lane.tasks, selected[1]
            if tasks.state[task] == State.FINISHED:
                return float(tasks.end[task] - tasks.start[task])
    return None


JUMPS = {"next_failed": next_failed, "slowest": next_slowest}
"""The functions that find the task, by the actions of the keys."""


def why_no_jump(action: str, lanes: "Sequence[Lane]") -> str:
    """The reason why there is no such task to jump to; empty if there is one."""
    names = listed([lane_name(lane.engine) for lane in lanes], "or")
    if action == "next_failed" and not any(lane.failed for lane in lanes):
        return f"No task has failed on {names}."
    if action == "slowest" and not any(lane.done for lane in lanes):
        return f"No task has finished on {names}."
    return ""
