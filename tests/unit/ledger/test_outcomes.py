"""What is kept of results and exceptions: bounded text, of the newest tasks, of this race alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.core import events as ev
from workloads.ledger.outcomes import MAX_CHARACTERS, MAX_OUTCOMES, Outcomes, bounded_json


def finished(task: int, result: Any = None, lane: str = "ray") -> ev.Finished:
    return ev.Finished(t=1, lane=lane, task=task, worker=0, start=0, cpu_s=0.1, result=result)


def failed(task: int, error: str = "ValueError", message: str = "no\x1b[2J good\n") -> ev.Failed:
    return ev.Failed(t=1, lane="ray", task=task, error=error, message=message, traceback="…")


def told(*events: ev.AnyEvent) -> Outcomes:
    outcomes = Outcomes()
    for event in events:
        outcomes.apply(event)
    return outcomes


def test_results_and_exceptions_are_kept_by_lane_and_task():
    outcomes = told(
        finished(3, {"digits": [1, 2.5, None]}),
        failed(4),
        failed(5, message=""),
        finished(3, 7, "serial"),
    )
    assert outcomes.of("ray") == {
        3: '{"digits":[1,2.5,null]}',
        4: "ValueError: no[2J good ",
        5: "ValueError",
    }
    assert outcomes.of("serial") == {3: "7"}
    assert outcomes.of("threads") == {}


def test_a_new_run_clears_its_lane_and_a_new_race_all():
    run = ev.RunStarted(t=2, lane="ray", run=2, tasks=9, workers=1)
    outcomes = told(finished(3), finished(3, 7, "serial"), run)
    assert (outcomes.of("ray"), outcomes.of("serial")) == ({}, {3: "7"})
    outcomes.apply(
        ev.RaceOpened(t=3, workload="pi", params={}, seed=0, schedule="together", lanes=["ray"])
    )
    assert outcomes.of("serial") == {}


def test_the_newest_tasks_are_kept():
    outcomes = told(
        *(finished(task, task) for task in range(MAX_OUTCOMES)),
        finished(0, "again"),
        finished(MAX_OUTCOMES, "last"),
    )
    kept = outcomes.of("ray")
    assert len(kept) == MAX_OUTCOMES
    assert (kept[0], kept[MAX_OUTCOMES], 1 in kept, 2 in kept) == ('"again"', '"last"', False, True)


def test_long_texts_within_a_result_are_cut_to_their_beginning():
    picture = {"name": "IMG_1.jpg", "thumbnail": "iVBOR" * 4000, "mean": 12.5}
    assert json.loads(bounded_json(picture)) == {
        "name": "IMG_1.jpg",
        "thumbnail": "iVBOR" * 8 + "…",
        "mean": 12.5,
    }


@pytest.mark.parametrize(
    "result",
    [
        list(range(100_000)),
        {str(number): number for number in range(100_000)},
        [["é" * 400] * 3000],
        ["\0" * 499] * 100,
        10**4000,
        "x" * 100_000,
        {"k" * 100_000: 1},
    ],
    ids=["list", "object", "texts", "escapes", "number", "text", "name"],
)
def test_a_huge_result_takes_little_room_and_is_still_json(result: Any):
    text = bounded_json(result)
    assert len(text) < MAX_CHARACTERS + 1200
    assert "…" in str(json.loads(text))


def test_a_deep_result_ends_somewhere():
    deep: Any = "x" * 400
    for _ in range(400):
        deep = [deep]
    assert len(bounded_json(deep)) < 100


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@given(JSON)
def test_whatever_is_returned_becomes_json_and_short_results_stay_whole(result: Any):
    text = bounded_json(result)
    assert len(text) < MAX_CHARACTERS + 1200
    if len(text) < 400:
        assert json.loads(text) == result
