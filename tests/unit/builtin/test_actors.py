"""The counter beside stateless tasks: what its totals say of its state."""

from hypothesis import given
from hypothesis import strategies as st

from workloads.builtin.actors import ACTORS, COUNTER, Counter, combine, restarts, stateless_task
from workloads.engines.actors import PlainObjects
from workloads.engines.measure import last_record


def test_every_nth_task_is_a_call() -> None:
    tasks = ACTORS.make_tasks(ACTORS.complete({"tasks": 9, "every": 3}), 1, [])
    assert [task.number for task in tasks if task.actor is COUNTER] == [2, 5, 8]
    assert [task.number for task in tasks] == list(range(9))


def test_a_counter_keeps_its_total_and_a_new_one_begins_at_zero() -> None:
    counter = Counter()
    assert [counter.add(0.0)["total"] for _ in range(3)] == [1, 2, 3]
    assert Counter().add(0.0) == {"total": 1}


def test_a_task_needs_nothing_but_what_is_passed_to_it() -> None:
    assert last_record(stateless_task, (7, 0.0))[4] == 49


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_restarts_are_found_where_totals_fall_back(lives: list[int]) -> None:
    totals = [total for length in lives for total in range(1, length + 1)]
    ends = [sum(lives[: count + 1]) for count in range(len(lives) - 1)]
    assert restarts(totals) == ends
    answer = combine([{"total": total} for total in totals])
    assert (answer["calls"], answer["counted"]) == (len(totals), lives[-1])
    assert answer["restarted_after"] == ends


def test_the_answer_says_it_in_words_and_bears_failed_tasks() -> None:
    results = [0, {"total": 1}, 4, {"total": 2}, None, {"total": 1}]
    assert combine(results) == {
        "calls": 3,
        "counted": 1,
        "restarted_after": [2],
        "text": "counted 1 of 3: the actor restarted empty after call 2",
        "squares": 4,
    }
    assert combine([None])["text"] == "counted 0 of 0"


def test_objects_are_made_once_for_each_name_and_run() -> None:
    tasks = ACTORS.make_tasks(ACTORS.complete({"tasks": 4, "seconds": 0.0}), 1, [])
    for _ in range(2):
        objects = PlainObjects()
        calls = [objects.function_of(task)(*task.args) for task in tasks[1::2]]
        assert calls == [{"total": 1}, {"total": 2}]
    assert objects.function_of(tasks[0]) is stateless_task
