"""What a lane adds to its events of actors: numbers of calls, and when an actor was created."""

from dataclasses import replace

import pytest

from tui.cli.options import parse
from tui.cli.plans import plan_of
from workloads.builtin.actors import ACTORS
from workloads.core import events as ev
from workloads.core.engine_info import ENGINES
from workloads.core.errors import BadInput
from workloads.core.task import Task
from workloads.lanes.actor_watch import ActorWatch
from workloads.lanes.plan import check_actors

TASKS: list[Task] = list(ACTORS.make_tasks(ACTORS.complete({"tasks": 8}), 1, []))


def ran(task: int, worker: int) -> list[ev.AnyEvent]:
    return [
        ev.Submitted(t=task, task=task),
        ev.Started(t=task, task=task, worker=worker),
        ev.Finished(t=task + 1, task=task, worker=worker, start=task, cpu_s=0),
    ]


def told(*events: ev.AnyEvent) -> list[ev.AnyEvent]:
    watch = ActorWatch(TASKS)
    return [each for event in events for each in watch.told(event)]


def test_calls_are_numbered_and_tasks_are_not() -> None:
    events = told(*ran(0, 0), *ran(1, 1), *ran(2, 0), *ran(3, 1))
    submitted = [event for event in events if isinstance(event, ev.Submitted)]
    named = [(event.actor, event.call) for event in submitted]
    assert named == [("", 0), ("Counter", 1), ("", 0), ("Counter", 2)]


def test_an_actor_is_created_once_and_again_on_another_worker() -> None:
    events = told(*ran(1, 1), *ran(3, 1), *ran(5, 4), *ran(7, 4))
    created = [event for event in events if isinstance(event, ev.ActorStarted)]
    assert created == [
        ev.ActorStarted(t=1, actor="Counter", worker=1),
        ev.ActorStarted(t=5, actor="Counter", worker=4, restarts=1, calls=2),
    ]


def test_a_call_whose_start_is_not_told_shows_where_the_actor_was_created() -> None:
    (created, _) = told(ran(3, 2)[-1])
    assert created == ev.ActorStarted(t=3, actor="Counter", worker=2)


def test_an_engine_without_actors_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for engine in ENGINES:
        check_actors(ACTORS, engine)
    monkeypatch.setitem(ENGINES, "threads", replace(ENGINES["threads"], actor=()))
    check_actors(replace(ACTORS, actors=()), "threads")
    with pytest.raises(BadInput) as refused:
        plan_of(parse(["race", "actors", "--lanes", "serial,threads"]))
    assert str(refused.value) == (
        "The lane threads can't race actors: its tasks call the actor Counter, and that engine has "
        "no actors."
    )
