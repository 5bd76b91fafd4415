"""What a headless run says of the tasks that failed: a line each, once where all lanes
fail alike.
"""

from collections.abc import Mapping

from tests.fabricate import at, folded
from tests.unit.figures.test_gain import Ran, race_events
from tui.cli.headless_report import FAILURES_MOST, durations_text, failures
from workloads.core import events as ev
from workloads.ledger.race import Race


def raced(tasks: int, failed: Mapping[str, Mapping[int, str]]) -> Race:
    """A race in which tasks failed on the lanes with these messages."""
    events: list[ev.AnyEvent] = [
        ev.RaceOpened(
            t=at(0), workload="images", params={}, seed=7, schedule="in-turn", lanes=list(failed)
        )
    ]
    for lane, messages in failed.items():
        events.append(ev.RunStarted(t=at(1), lane=lane, run=1, tasks=tasks, workers=1))
        for task, message in messages.items():
            events.append(
                ev.Failed(t=at(2), lane=lane, task=task, error="ImageError", message=message)
            )
    return folded(events)


def test_where_nothing_failed_there_is_nothing_to_tell():
    assert failures(raced(3, {"serial": {}, "ray": {}})) == []


def test_every_failed_task_is_told_once_over_all_lanes():
    bad = {4: "b.gif is a GIF.", 1: "[red]a.jpg\x1b[31m\nis empty."}
    assert failures(raced(6, {"serial": bad, "ray": bad})) == [
        "Task 1 failed: ImageError: [red]a.jpg[31m is empty.",
        "Task 4 failed: ImageError: b.gif is a GIF.",
    ]


def test_what_not_every_lane_failed_is_told_with_the_lanes():
    told = failures(
        raced(6, {"serial": {2: "a", 3: "b"}, "threads": {2: "a"}, "ray": {2: "other", 0: "c"}})
    )
    assert told == [
        "Task 0 failed on Ray: ImageError: c",
        "Task 2 failed on serial, threads: ImageError: a",
        "Task 2 failed on Ray: ImageError: other",
        "Task 3 failed on serial: ImageError: b",
    ]


def test_of_very_many_the_first_are_told_and_the_others_counted():
    most = dict.fromkeys(range(1500), "no")
    told = failures(raced(2000, {"serial": most, "ray": {**most, 1999: "no"}}))
    assert len(told) == FAILURES_MOST + 1
    assert told[0] == "Task 0 failed: ImageError: no"
    assert told[-1] == f"and {1501 - FAILURES_MOST:,} more failed."


def test_durations_are_a_table_of_each_lanes_finished_tasks():
    runs = {"serial": Ran([1.0] * 9 + [3.0], 12.0), "ray": Ran([1.0, 2.0] * 5, 8.0, failed=[7])}
    lines = durations_text(folded(race_events(runs)))
    assert lines == [
        "",
        "Durations of finished tasks:",
        "          tasks     p50     p90     p99     max   rate  0 to 3.00 s",
        "serial       10  1.00 s  1.00 s  3.00 s  3.00 s  0.8/s  |      #            .|",
        "Ray     9 of 10  1.00 s  2.00 s  2.00 s  2.00 s  1.1/s  |      #      *      |",
        "Slowest on serial: 9 (3.00 s), 0 (1.00 s), 1 (1.00 s).",
        "Slowest on Ray: 1 (2.00 s), 3 (2.00 s), 5 (2.00 s).",
    ]


def test_durations_that_differ_much_are_drawn_on_a_log_scale():
    race = folded(race_events({"serial": Ran([0.01, 10.0], 10.1)}))
    assert durations_text(race)[2].endswith("10 ms to 10.00 s, log scale")


def test_without_a_finished_task_there_are_no_durations():
    assert durations_text(raced(3, {"serial": {}, "ray": {}})) == []
