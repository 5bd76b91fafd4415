"""The fold of actors: which tasks are calls, and what was lost when one was created again."""

import pytest

from tests.fabricate import folded
from tests.fabricate_actors import counter_race
from workloads.core import events as ev
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.ledger.actors import MAX_LIVES


def test_calls_and_lives_are_kept() -> None:
    lane = folded(counter_race(calls=6, restart_after=4)).lane("ray")
    assert [lane.actors.call_text(task) for task in (0, 5)] == [
        "call 1 of Counter",
        "call 6 of Counter",
    ]
    assert lane.actors.restarted_after("Counter") == [4]
    assert lane.actors.restarted_after("another") == []
    assert [row.actor for row in lane.rows.values()] == ["Counter", "Counter"]


def test_a_restart_is_in_the_verdict_and_in_the_report() -> None:
    race = folded(counter_race(calls=6, restart_after=4))
    assert (
        "On Ray, the actor Counter restarted empty after call 4: its state was lost with its "
        "worker." in verdict(race)
    )
    (actor,) = race_report(race).lanes[0].actors
    assert (actor.actor, actor.workers, actor.restarted_after) == ("Counter", [0, 1], [4])


def test_an_actor_that_lived_on_is_not_spoken_of() -> None:
    assert "actor" not in verdict(folded(counter_race(calls=6)))


@pytest.mark.parametrize(
    "event",
    [
        ev.ActorStarted(t=0, lane="ray", actor="x", worker=10**9),
        ev.ActorStarted(t=0, lane="ray", actor="x", worker=-1),
        ev.ActorStarted(t=0, lane="ray", actor="x", worker=0, calls=-1),
        ev.ActorStarted(t=-(10**19), lane="ray", actor="x", worker=0),
    ],
)
def test_what_can_not_be_true_changes_nothing(event: ev.ActorStarted) -> None:
    events = counter_race(calls=2)
    at = next(n for n, each in enumerate(events) if isinstance(each, ev.ActorStarted))
    lane = folded([*events[:at], event, *events[at:]]).lane("ray")
    assert list(lane.actors.lives) == ["Counter"]


def test_memory_is_bounded() -> None:
    events = counter_race(calls=2)
    at = next(n for n, each in enumerate(events) if isinstance(each, ev.ActorStarted))
    many = [events[at]] * (MAX_LIVES + 10)
    named = [
        ev.ActorStarted(t=events[at].t, lane="ray", actor=f"a{n}", worker=0) for n in range(300)
    ]
    lane = folded([*events[:at], *many, *named, *events[at:]]).lane("ray")
    assert len(lane.actors.lives["Counter"]) == MAX_LIVES
    assert len(lane.actors.lives) < 100
