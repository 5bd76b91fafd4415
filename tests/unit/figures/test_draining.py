"""What a way of taking results cost, of what was measured."""

import pytest

from tests.fabricate import at, folded, run_ended
from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.figures.draining import drain_cost, held, most_running
from workloads.figures.verdict import verdict
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race

SPANS = {
    "get": ((0, 1), (0, 2), (1, 2)),
    "get-each": ((0, 1), (1, 2), (2, 3)),
    "wait": ((0, 1), (0, 2), (1, 2)),
}


def raced(drain: Drain, fetch_s: float = 2.0) -> Race:
    spans = SPANS[drain]
    events: list[ev.AnyEvent] = [
        ev.RaceOpened(
            t=at(0),
            workload="sleep",
            params={"tasks": 3},
            seed=0,
            schedule="in-turn",
            lanes=["ray"],
            drain=drain,
        ),
        ev.LaneOpened(t=at(0), lane="ray", engine="ray", pid=1),
        ev.RunStarted(t=at(5), lane="ray", run=1, tasks=3, workers=2, drain=drain),
    ]
    for task, (start, end) in enumerate(spans):
        events.append(
            ev.Finished(
                t=at(5 + end),
                lane="ray",
                task=task,
                worker=task % 2,
                start=at(5 + start),
                cpu_s=0.0,
                fetch_s=fetch_s,
            )
        )
    events.append(run_ended(t=at(9), lane="ray", wall_s=4.0, answer=1))
    return folded([*events, ev.RaceEnded(t=at(9), status="finished")])


def lane(drain: Drain, **more: float) -> Lane:
    return raced(drain, **more).lanes["ray"]


@pytest.mark.parametrize(("drain", "most"), [("get", 2), ("get-each", 1)])
def test_the_most_that_ran_at_the_same_time_are_counted(drain: Drain, most: int) -> None:
    assert most_running(lane(drain)) == most


def test_one_get_says_how_long_the_first_result_lay_ready() -> None:
    first = held(lane("get"))
    assert first is not None
    assert (first.ready_s, first.in_hand_s) == (1.0, 3.0)
    assert drain_cost(lane("get")) == (
        "Ray's first result was ready after 1.00 s, but one ray.get of all refs gave it to the "
        "driver after 3.00 s."
    )


def test_a_get_for_each_task_says_that_tasks_ran_one_by_one() -> None:
    assert drain_cost(lane("get-each")) == (
        "Ray ran at most 1 task at a time on 2 workers: ray.get in the submitting loop waits for "
        "each before the next."
    )


def test_nothing_is_said_of_what_was_not_measured_nor_of_wait() -> None:
    assert drain_cost(lane("wait")) == ""
    assert drain_cost(lane("get", fetch_s=0.0)) == ""


def test_the_verdict_says_it() -> None:
    assert drain_cost(lane("get")) in verdict(raced("get"))
    assert "ray.get" not in verdict(raced("wait"))
