"""Jumps to the next task that failed, and to the next slowest one."""

from typing import TYPE_CHECKING

from workloads.core.wording import lane_name
from workloads.figures.durations import slowest
from workloads.ledger.tables import State

if TYPE_CHECKING:
    from workloads.ledger.lane import Lane


def next_failed(lane: "Lane", selected: int | None) -> int | None:
    """The failed task that follows the selected one by number, from the last on the first; None if
    no task failed.
    """
    failed = (lane.tasks.state == State.FAILED).nonzero()[0]
    if not len(failed):
        return None
    if selected is not None and len(later := failed[failed > selected]):
        return int(later[0])
    return int(failed[0])


def next_slowest(lane: "Lane", selected: int | None) -> int | None:
    """The finished task that took the most time after the selected one, else the slowest of all;
    None before any has finished.
    """
    order = slowest(lane)
    if not len(order):
        return None
    at = (order == selected).nonzero()[0]
    if not len(at):
        return int(order[0])
    return int(order[(at[0] + 1) % len(order)])


JUMPS = {"next_failed": next_failed, "slowest": next_slowest}
"""The functions that find the task, by the actions of the keys."""


def why_no_jump(action: str, lane: "Lane | None") -> str:
    """The reason why there is no such task to jump to; empty if there is one."""
    if lane is None or JUMPS[action](lane, None) is not None:
        return ""
    if action == "next_failed":
        return f"No task has failed on {lane_name(lane.engine)}."
    return f"No task has finished on {lane_name(lane.engine)}."
