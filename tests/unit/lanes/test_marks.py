"""Lines of a lane's log get the numbers of their tasks, in the order in which they came."""

from workloads.core import events as ev
from workloads.lanes.log import LogLine
from workloads.lanes.marks import MAX_IDS, WAIT_S, TaskMarks

ID = "ab" * 24


def submitted(task: int, task_id: str) -> ev.Submitted:
    return ev.Submitted(t=1, task=task, ref=f"{task_id}01000000")


def test_a_number_is_a_task_and_no_mark_none() -> None:
    lines = [LogLine("a", "7"), LogLine("b")]
    assert TaskMarks().resolve(lines, 0.0) == [("a", 7, 0), ("b", -1, 0)]


def test_a_line_waits_for_the_event_that_names_its_task_and_others_behind_it() -> None:
    marks = TaskMarks()
    assert marks.resolve([LogLine("a", ID), LogLine("b", "7")], 0.0) == []
    assert marks.waiting
    marks.note(submitted(3, ID))
    assert marks.resolve([LogLine("c")], 0.1) == [("a", 3, 0), ("b", 7, 0), ("c", -1, 0)]
    assert not marks.waiting


def test_no_line_waits_for_long_or_for_ever() -> None:
    marks = TaskMarks()
    assert marks.resolve([LogLine("a", ID)], 0.0) == []
    assert marks.resolve([LogLine("b", ID)], WAIT_S) == [("a", -1, 0)]
    assert marks.resolve([LogLine("c", ID)], float("inf")) == [("b", -1, 0), ("c", -1, 0)]


def test_an_id_of_decimal_digits_is_no_number() -> None:
    marks = TaskMarks()
    marks.note(submitted(3, "1" * 48))
    assert marks.resolve([LogLine("a", "1" * 48)], 0.0) == [("a", 3, 0)]


def test_only_the_newest_ids_are_kept() -> None:
    marks = TaskMarks()
    for task in range(MAX_IDS + 1):
        marks.note(submitted(task, f"{task:048x}"))
    lines = [LogLine("old", f"{0:048x}"), LogLine("new", f"{MAX_IDS:048x}")]
    assert marks.resolve(lines, float("inf")) == [("old", -1, 0), ("new", MAX_IDS, 0)]
