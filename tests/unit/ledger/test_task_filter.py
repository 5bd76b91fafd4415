"""The filter of the table of tasks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.ledger.tables import State, TaskTable
from workloads.ledger.task_filter import MOST_LETTERS, TaskTexts, parse_filter

NOW = 10.0
"""Seconds into the run."""


def texts() -> TaskTexts:
    """Six tasks: two ended on worker 0, one failed on worker 3 in its second attempt, one runs
    since 8 s, one is submitted, one waits.
    """
    tasks = TaskTable(6)
    ended = [
        (0, 0, 0.5, 1.0, State.FINISHED, 0),
        (1, 0, 1.0, 3.0, State.FINISHED, 0),
        (2, 3, 2.0, 2.02, State.FAILED, 1),
    ]
    for task, worker, start, end, state, attempt in ended:
        tasks.submit(task, 0.0)
        tasks.begin(task, start, worker, attempt)
        tasks.end_attempt(task, worker, start, end, state)
    tasks.finish(0, 0.5, 0)
    tasks.finish(1, 1.0, 0)
    tasks.submit(3, 7.5)
    tasks.begin(3, 8.0, 1, 0)
    tasks.submit(4, 9.0)
    outcomes = {0: '{"n": 1, "path":"a b"}', 1: "ran>9s, it says", 2: "OSError: No such file"}
    return TaskTexts(tasks, outcomes, NOW)


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("state:failed", [2]),
        ("State:FIN", [0, 1]),
        ("state:r", [3]),
        ("worker:3", [2]),
        ("worker:w3", [2]),
        ("task:2", [2]),
        ("task:1-3", [1, 2, 3]),
        ("attempt:2", [2]),
        ("attempt>1", [2]),
        ("attempt<=1", [0, 1, 3, 4, 5]),
        ("ran>1s", [1, 3]),
        ("ran>1", [1, 3]),
        ("ran>=2s", [1, 3]),
        ("ran<30ms", [2]),
        ("ran<30000µs", [2]),
        ("ran<.03", [2]),
        ("ran<0.01min", [0, 2]),
        ("ran>0.5s ran<3s", [1, 3]),
        ("waited>0.7s", [1, 2]),
        ("waited<=500ms", [0, 3]),
        ("cpu<90%", [1]),
        ("cpu>=100", [0]),
        ('"no such file"', [2]),
        ('"no such', [2]),
        ('"ran>9s"', [1]),
        ('"path":"a', [0]),
        ("oserror: file", [2]),
        ("lane:x", []),
        ('state:finished "n":', [0]),
    ],
)
def test_words_choose_tasks(words: str, listed: list[int]):
    found = parse_filter(words)
    assert found.errors == ()
    assert np.flatnonzero(found.matching(texts())).tolist() == listed


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            "state:Bad",
            "“state:Bad”: the states are waiting, submitted, running, finished, failed, retrying, "
            "cancelled.",
        ),
        ("worker:x", "“worker:x”: a worker is a number, such as worker:3."),
        ("task:x", "“task:x”: tasks are numbers, such as task:17 or task:10-20."),
        ("Ran>abc", "“Ran>abc”: ran is compared with a time such as 0.5s or 20ms."),
        ("ran>5%", "“ran>5%”: ran is compared with a time such as 0.5s or 20ms."),
        ("waited>", "“waited>”: waited is compared with a time such as 0.5s or 20ms."),
        ("cpu>9s", "“cpu>9s”: cpu is compared with a percentage such as 90%."),
        ("attempt:two", "“attempt:two”: attempt is compared with a number such as 2."),
    ],
)
def test_a_word_that_says_nothing_is_named_and_left_out(words: str, error: str):
    found = parse_filter(f"state:failed {words}")
    assert found.errors == (error,)
    assert np.flatnonzero(found.matching(texts())).tolist() == [2]


def test_only_what_running_tasks_can_come_to_suit_moves():
    assert parse_filter("failed RAN>1s").moves
    assert not parse_filter("failed waited>1s cpu<9 running").moves


@given(st.text(max_size=40) | st.from_regex(r"(ran|cpu|attempt|worker|state)[<>=:]{1,2}\S*"))
def test_any_text_is_a_filter(words: str):
    found = parse_filter(words)
    assert found.matching(texts()).shape == (6,)


def test_of_a_very_long_filter_the_beginning_counts():
    found = parse_filter("failed " * 2_000)
    assert len(found.terms) <= MOST_LETTERS
    assert np.flatnonzero(found.matching(texts())).tolist() == [2]
