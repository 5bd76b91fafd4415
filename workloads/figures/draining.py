"""What a way of taking results cost a lane, of what was measured in the race."""

from dataclasses import dataclass

import numpy as np

from workloads.core.wording import lane_name, plural, seconds
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.ledger.tables import State


@dataclass(frozen=True)
class Held:
    """When the first result of a lane was `ready_s`, and when its driver had it: `in_hand_s`
    seconds into the run.
    """

    ready_s: float
    in_hand_s: float


def held(lane: Lane) -> Held | None:
    """How long the lane's first result lay ready; None where it isn't recorded when the driver had
    results, or none was ready before.
    """

    def find() -> Held | None:
        done = lane.tasks.state == State.FINISHED
        if not done.any() or not np.isfinite(lane.tasks.fetched[done]).any():
            return None
        found = Held(float(lane.tasks.end[done].min()), float(np.nanmin(lane.tasks.fetched[done])))
        if found.in_hand_s <= found.ready_s:
            return None
        return found

    return lane.tasks.kept("held", find)


def most_running(lane: Lane) -> int:
    """The most tasks of the lane that ran at the same time, of those that finished; 0 for none."""

    def count() -> int:
        done = lane.tasks.state == State.FINISHED
        starts, ends = np.sort(lane.tasks.start[done]), np.sort(lane.tasks.end[done])
        # At one moment, an end comes before a start.
        running = np.arange(1, len(starts) + 1) - np.searchsorted(ends, starts, side="right")
        return int(running.max(initial=0))

    return lane.tasks.kept("most running", count)


def drain_cost(lane: Lane) -> str:
    """A sentence on what the lane's way of taking results cost it; empty for `ray.wait`, which
    takes them as they come, and where that wasn't measured.
    """
    if lane.wall_s is None:
        return ""
    if lane.drain == "get-each" and lane.workers > 1 and (most := most_running(lane)) > 0:
        tasks = f"{most} {plural('task', most)}"
        return (
            f"{lane_name(lane.engine)} ran at most {tasks} at a time on {lane.workers} workers: "
            "ray.get in the submitting loop waits for each before the next."
        )
    first = held(lane)
    if lane.drain == "get" and first is not None:
        return (
            f"{lane_name(lane.engine)}'s first result was ready after {seconds(first.ready_s)}, "
            f"but one ray.get of all refs gave it to the driver after {seconds(first.in_hand_s)}."
        )
    return ""


def drain_costs(race: Race) -> list[str]:
    """Such a sentence for each lane of the race that has one."""
    return [text for lane in race.raced() if (text := drain_cost(lane))]
