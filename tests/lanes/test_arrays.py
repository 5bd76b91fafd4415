"""One array that many tasks read, on real lanes: pickled for each call, or put once and read in
place.
"""

from itertools import accumulate
from typing import Any

import pytest

from tests.lanes.conftest import Races
from workloads.core import events as ev
from workloads.figures.report import race_report
from workloads.lanes.coordinator import Plan

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZE, TASKS, WORKERS = 300_000, 24, 2

PLAN = Plan(
    "arrays",
    {"tasks": TASKS, "size": SIZE, "rows": 50},
    7,
    ("serial", "threads", "processes", "ray"),
    "in-turn",
)


async def test_all_lanes_read_the_same_and_each_gets_the_array_in_its_own_way(races: Races) -> None:
    assert await races.run(PLAN) == "finished"
    assert races.race.same_answer() is True
    events = races.events

    def of(kind: type, lane: str) -> list[Any]:
        return [event for event in events if isinstance(event, kind) and event.lane == lane]

    (stored,) = of(ev.Stored, "ray")
    assert (stored.bytes, stored.task, stored.readers) == (SIZE, 0, [(0, TASKS - 1)])
    assert len(stored.ref) == 56
    assert events.index(stored) < events.index(of(ev.Submitted, "ray")[0])
    writable = {
        lane: {event.result["writable"] for event in of(ev.Finished, lane)} for lane in PLAN.lanes
    }
    assert writable == {"serial": {True}, "threads": {True}, "processes": {True}, "ray": {False}}
    sent = {lane: [event.sent_bytes for event in of(ev.Submitted, lane)] for lane in PLAN.lanes}
    assert all(SIZE < size < SIZE + 2000 for size in sent.pop("processes"))
    assert sent == dict.fromkeys(("serial", "threads", "ray"), [0] * TASKS)
    steps = [
        isinstance(event, ev.Submitted) - isinstance(event, ev.Finished)
        for event in events
        if event.lane == "processes"
    ]
    assert max(accumulate(steps)) <= 2 * WORKERS, "a worker holds what it was sent"
    shown = {lane: [each.name for each in races.race.listings[lane]] for lane in PLAN.lanes}
    assert "ObjectStore._put" in shown["ray"]
    assert all("read_rows" in names for names in shown.values())
    assert not any("ObjectStore._put" in shown[lane] for lane in ("serial", "processes"))
    reports = {lane.engine: lane for lane in race_report(races.race).lanes}
    assert TASKS * SIZE < reports["processes"].sent_bytes < TASKS * (SIZE + 2000)
    assert reports["processes"].pickle_s > 0
    assert reports["ray"].object_store is not None
    assert reports["ray"].object_store.puts == 1


async def test_a_race_of_one_ray_get_puts_it_once_too(races: Races) -> None:
    plan = Plan("arrays", PLAN.params, 7, ("ray",), drain="get")
    assert await races.run(plan) == "finished"
    assert [event.readers for event in races.of(ev.Stored)] == [[(0, TASKS - 1)]]
