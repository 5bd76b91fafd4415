"""The filter of the table of tasks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.core import events as ev
from workloads.ledger.lane import Lane
from workloads.ledger.rows import WorkerRow
from workloads.ledger.tables import State
from workloads.ledger.task_figures import LaneTasks
from workloads.ledger.task_filter import MOST_LETTERS, TOO_LONG, parse_filter

NOW = 10.0
"""Seconds into the run."""


LANES = ("serial", "ray")


def texts() -> LaneTasks:
    """Six tasks on Ray: two ended on worker 0, one failed on worker 3 in its second attempt, one
    runs since 8 s, one is submitted, one waits.
    """
    lane = Lane("ray")
    lane.apply(ev.LaneReady(t=0, lane="ray", run=1, tasks=6, workers=2, startup_s=0))
    lane.rows.update({0: WorkerRow(0, 4000, "", "C0FFEE"), 3: WorkerRow(3, 4003, "", "dead")})
    for node in ("C0FFEE", "dead"):
        lane.nodes.of(node)
    tasks = lane.tasks
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
    tasks.fetch(0, 1.004, 120_000, True)
    tasks.fetch(1, 3.002, 80, False)
    for task, ref in enumerate(("00ffb2" * 9 + "01", "00ff" * 14)):
        tasks.refer(task, bytes.fromhex(ref))
    outcomes = {0: '{"n": 1, "path":"a b"}', 1: "ran>9s, it says", 2: "OSError: No such file"}
    return LaneTasks(lane, outcomes, NOW)


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
        ("lane:ray", [0, 1, 2, 3, 4, 5]),
        ("Lane:R", [0, 1, 2, 3, 4, 5]),
        ("lane:ser", []),
        ("lane:s failed", []),
        ("node:c0f", [0, 1]),
        ("node:DEAD", [2]),
        ("node:1", [2]),
        ("node:2", []),
        ("ref:00ff", [0, 1]),
        ("ref:00FFb", [0]),
        ("ref:00ffb2", [0]),
        ("ref:0", [0, 1]),
        ("ref:f", []),
        ("ref:" + "00ff" * 15, []),
        ("queued>0.7s", [1, 2]),
        ("fetched>3ms", [0]),
        ("fetched>0", [0, 1]),
        ("size>100kB", [0]),
        ("size>=80", [0, 1]),
        ("size<1KiB", [1]),
        ('state:finished "n":', [0]),
    ],
)
def test_words_choose_tasks(words: str, listed: list[int]):
    found = parse_filter(words, LANES)
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
        ("lane:X", "“lane:X”: the lanes are serial, ray."),
        ("lane:", "“lane:”: the lanes are serial, ray."),
        ("node:", "“node:”: a node is a number or the start of its id, such as node:0."),
        ("ref:Xyz", "“ref:Xyz”: an ObjectRef is hexadecimal digits, such as ref:00ffb2."),
        ("size>2s", "“size>2s”: size is compared with a size such as 100kB or 2MB."),
        ("queued>\x1b[2J", "“queued>[2J”: queued is compared with a time such as 0.5s or 20ms."),
    ],
)
def test_a_word_that_says_nothing_is_named_and_left_out(words: str, error: str):
    found = parse_filter(f"state:failed {words}", LANES)
    assert found.errors == (error,)
    assert np.flatnonzero(found.matching(texts())).tolist() == [2]


def test_only_what_running_tasks_can_come_to_suit_moves():
    assert parse_filter("failed RAN>1s").moves
    assert not parse_filter("failed waited>1s cpu<9 running").moves


KEYS = "ran|cpu|attempt|worker|state|lane|node|ref|size|fetched"


@given(st.text(max_size=40) | st.from_regex(rf"({KEYS})[<>=:]{{1,2}}\S*"))
def test_any_text_is_a_filter(words: str):
    found = parse_filter(words, LANES)
    assert found.matching(texts()).shape == (6,)


def test_of_a_very_long_filter_the_beginning_counts_and_that_is_said():
    found = parse_filter("failed " * 2_000)
    assert len(found.terms) <= MOST_LETTERS
    assert found.errors == (TOO_LONG,)
    assert np.flatnonzero(found.matching(texts())).tolist() == [2]


def test_an_error_that_is_no_longer_among_the_newest_results_is_found_too():
    of = texts()
    of.lane.errors[3] = ev.Failed(t=1, task=3, error="OSError", message="Disk full")
    found = parse_filter('"disk FULL"').matching(of._replace(outcomes={}))
    assert np.flatnonzero(found).tolist() == [3]


def test_a_share_of_cpu_time_that_was_not_measured_suits_nothing():
    of = texts()
    of.tasks.finish(1, 0.0, 0)
    assert np.flatnonzero(parse_filter("cpu<90%").matching(of)).tolist() == []
    assert np.flatnonzero(parse_filter("cpu>=0%").matching(of)).tolist() == [0]
