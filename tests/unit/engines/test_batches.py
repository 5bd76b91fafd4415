"""Tasks that travel in batches: how many go together, and what a worker does with them."""

import itertools
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from workloads.builtin.noop import nothing
from workloads.core import events as ev
from workloads.core.task import Task
from workloads.engines import Stop
from workloads.engines.driver_log import DriverLog
from workloads.engines.measure import RAISED, RETURNED, Fetched
from workloads.engines.pool import Handfuls
from workloads.engines.ray import remote
from workloads.engines.ray.failing import again
from workloads.engines.ray.flights import Flight, RayRun, Turn
from workloads.engines.ray.submission import Submission

HERE = ("worker", 1, "node")


def turns(count: int, attempt: int = 0, args: Any = ()) -> list[Turn]:
    return [Turn(Task(number, nothing), attempt, args) for number in range(count)]


def run_of(waiting: list[Turn], batch: int, store: Any = None) -> RayRun:
    submission = Submission(len(waiting), 2)
    return RayRun(
        deque(waiting), submission, store, Stop(), DriverLog(), lambda task: None, batch=batch
    )


def numbers(call: list[Turn]) -> list[int]:
    return [turn.task.number for turn in call]


def test_a_handful_is_a_batch_whatever_tasks_take() -> None:
    handfuls = Handfuls(2, 5)
    assert handfuls.fixed
    assert [handfuls.handful(waiting) for waiting in (12, 7, 2, 0)] == [5, 5, 2, 1]
    handfuls.note(10.0)
    assert handfuls.handful(12) == 5
    assert not Handfuls(2).fixed


def test_a_call_has_as_many_tasks_as_a_batch_and_one_that_is_tried_again_goes_alone() -> None:
    run = run_of([*turns(1, attempt=1), *turns(7)], 3)
    calls = list(itertools.takewhile(bool, (run.next_call() for _ in range(9))))
    assert [numbers(call) for call in calls] == [[0], [0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize(
    ("loading", "full", "call"), [(1, False, []), (1, True, [0]), (0, False, [0])]
)
def test_a_batch_waits_for_its_inputs_while_the_store_has_room(
    loading: int, full: bool, call: list[int]
) -> None:
    run = run_of([], 2, SimpleNamespace(loading=loading, full=full))
    run.stored_turns.extend(turns(1))
    assert run.ahead == 0
    assert numbers(run.next_call()) == call


def test_tasks_of_a_lost_batch_are_tried_again_alone_but_for_those_that_were_cancelled() -> None:
    run = run_of([], 4)
    run.stop.begin(1)
    run.stop.cancel(1, 2)
    flight = Flight({turn.task.number: turn for turn in turns(4)}, True, worker=1)
    del flight.turns[0]  # it had ended before
    told = list(again(flight, run, "TaskCancelledError", "its batch ended early"))
    assert sorted((type(event), event.task) for event in told if isinstance(event, ev.Retried)) == [
        (ev.Retried, 1),
        (ev.Retried, 3),
    ]
    assert [event.task for event in told if isinstance(event, ev.Failed)] == [2]
    assert [numbers(run.next_call()) for _ in range(2)] == [[1], [3]]


def test_a_task_that_was_tried_often_enough_fails() -> None:
    run = run_of([], 1)
    (turn,) = turns(1, attempt=3)
    (failed,) = again(Flight({0: turn}), run, "OutOfMemoryError", "killed", ": memory had run out")
    assert isinstance(failed, ev.Failed)
    assert failed.message == "its worker died 4 times: memory had run out"


class Ray:
    """Stands in for Ray's module: a remote function is the function itself."""

    def remote(self, *functions: Any, **demand: Any) -> Any:
        return lambda function: function


def add(one: int, other: int) -> int:
    return one + other


def test_each_task_of_a_batch_has_a_record_of_its_own_and_one_that_raises_fails_alone() -> None:
    calls = [(7, 0, 2), (3, 1, 0), (5, 0, 1)]
    for make in (remote.whole_batch, remote.streaming_batch):
        made = make(Ray(), [add, nothing], lambda: (HERE, False), {})
        sent = made(calls, 1, 2, 3)
        if make is remote.whole_batch:
            tagged = remote.unpacked(sent)[1]
        else:
            tagged = [pair for _, pairs in sent for pair in pairs]
        ended = [(number, record[0]) for number, record in tagged if record[0] >= RETURNED]
        assert ended == [(7, RETURNED), (3, RETURNED), (5, RAISED)]
        assert next(record[4] for number, record in tagged if (number, record[0]) == (7, 2)) == 3


def test_results_that_are_numbers_are_packed_once_for_the_batch() -> None:
    made = remote.whole_batch(Ray(), [add], lambda: (HERE, False), {})
    sent = made([(0, 0, 2), (1, 0, 2)], 1, 2, 3, 4)
    assert isinstance(sent, bytes)
    place, tagged = remote.unpacked(sent)
    assert place == HERE
    assert [record[4] for _, record in tagged] == [3, 7]


def test_a_batch_says_how_large_what_it_sent_is_once() -> None:
    assert Fetched(1, 1000, True).share(1) == Fetched(1, 1000, True)
    assert Fetched(1, 1000, True).share(4) == Fetched(1, 250, True)
