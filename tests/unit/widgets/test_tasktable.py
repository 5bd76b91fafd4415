"""The table of tasks and the details of one as text; which tasks are listed, in which order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded
from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.widgets.tasks.columns import Known, columns_for
from tui.widgets.tasks.details import draw_details
from tui.widgets.tasks.facts import DetailsView
from tui.widgets.tasks.pretty import pretty
from tui.widgets.tasks.rows import TasksView, draw_rows
from tui.widgets.tasks.table import scrolled
from workloads.core import events as ev
from workloads.ledger.outcomes import Outcomes
from workloads.ledger.tables import State, TaskTable
from workloads.ledger.task_figures import LaneTasks
from workloads.ledger.task_filter import STATES
from workloads.ledger.task_order import EVERYTHING, SORTS, Choice, Order, TaskList, ordered

TRACEBACK = (
    'Traceback (most recent call last):\n  File "f.py", line 3, in f\nValueError: fabricated\n'
)
GO = 6.4


def details_page(width: int, height: int, ascii: bool = False) -> Page:
    return Page(width, height, DARK, ascii, DARK.panel)


def race(tasks: int = 12, **more: Any) -> list[ev.AnyEvent]:
    """Events of a race whose tasks return an object or raise; task 3 fails, 5 is lost once."""
    events: list[ev.AnyEvent] = []
    for event in fabricated_race(
        tasks=tasks, failures=[3], retries=[5], seconds=tasks * 1.0, **more
    ):
        if isinstance(event, ev.Finished):
            event = msgspec.structs.replace(event, result={"n": event.task}, cpu_s=event.cpu_s / 2)
        elif isinstance(event, ev.Failed):
            event = msgspec.structs.replace(event, traceback=TRACEBACK)
        events.append(event)
    return events


EVENTS = race()


def seen(
    events: list[ev.AnyEvent], seconds: float = 1000.0, lanes: Sequence[str] = ("ray",)
) -> TaskList:
    """The tasks of some lanes by then, and what they came to."""
    past = [event for event in events if event.t <= at(seconds)]
    outcomes = Outcomes()
    for event in past:
        outcomes.apply(event)
    ledgers = [folded(past).lane(name) for name in lanes]
    return TaskList(
        tuple(
            LaneTasks(lane, outcomes.of(lane.name), lane.elapsed(at(seconds))) for lane in ledgers
        )
    )


def view(
    seconds: float = 1000.0,
    choice: Choice = EVERYTHING,
    selected: int | None = None,
    lanes: Sequence[str] = ("ray",),
    **more: Any,
) -> TasksView:
    tasks = seen(race(**more), seconds, lanes)
    rows = ordered(tasks, choice)
    return TasksView(tasks, rows, selected, frozenset(), ("serial", "ray"), choice)


def table_of(viewed: TasksView) -> TaskTable:
    """The table of the only lane."""
    (only,) = viewed.tasks.lanes
    return only.tasks


def plain_lines(lines: list[Line]) -> list[str]:
    return ["".join(segment.text for segment in line) for line in lines]


def rendered(
    viewed: TasksView, width: int = 80, height: int = 20, top: int = 0, ascii: bool = False
) -> list[str]:
    return plain_lines(draw_rows(viewed, top, Page(width, height, DARK, ascii)))


def inks(lines: list[Line], words: str) -> set[tuple[str | None, str | None]]:
    """In which inks and on which grounds the words are written."""
    styles = [
        segment.style
        for line in lines
        for segment in line
        if words in segment.text and segment.style
    ]
    colours = [
        [shade and shade.get_truecolor().hex for shade in (style.color, style.bgcolor)]
        for style in styles
    ]
    return {(ink, ground) for ink, ground in colours}


# -- the table -------------------------------------------------------------------------------------


def test_a_row_a_task_with_its_facts_under_their_heads():
    lines = rendered(view())
    assert lines[0].rstrip() == "  ALL LANES    S  SERIAL  ▌ R  RAY"
    assert lines[1].split() == [
        "task↑",
        "state",
        "worker",
        "↻",
        "queued",
        "ran",
        "CPU",
        "result",
        "or",
        "exception",
    ]
    assert lines[2].split() == [
        "0",
        "✔",
        "finished",
        "w0",
        "1",
        "4",
        "ms",
        "1.16",
        "s",
        "50%",
        '{"n":0}',
    ]
    assert "✗ failed" in lines[5]
    assert "  ValueError: fabrica…" in lines[5]
    assert " ↻2 " in lines[7]
    assert len(lines) == 14


def test_a_running_task_has_a_bar_and_those_after_it_wait():
    viewed = view(GO + 1.9)
    tasks = table_of(viewed)
    running = np.flatnonzero(tasks.state == State.RUNNING).tolist()
    assert len(running) == 2
    lines = rendered(viewed)
    for task in running:
        assert "● running" in lines[2 + task]
        assert f" {tasks.fraction[task]:.0%}" in lines[2 + task]
        done = round(tasks.fraction[task] * 12)
        assert f" {'▆' * done}{'─' * (12 - done)} " in lines[2 + task]
    assert lines[-1].split() == ["11", "○", "submitted"]


def test_a_task_that_was_lost_says_why_until_it_runs_again():
    events = race()
    lost = next(event.t for event in events if isinstance(event, ev.Retried))
    viewed = view((lost - at(0)) / 1e9)
    assert "↻ retrying" in rendered(viewed)[7]
    assert "the worker died: SIGKILL" in rendered(viewed, 120)[7]


def test_the_cpus_share_is_rounded_to_no_other_meaning():
    viewed = view()
    tasks = table_of(viewed)
    ran = tasks.end - tasks.start
    tasks.cpu[0], tasks.cpu[1] = 0.996 * ran[0], 0.00004 * ran[1]
    lines = rendered(viewed, 120)
    assert " 99.6% " in lines[2]
    assert " 0.004% " in lines[3]


OPTIONAL = ("node", "ObjectRef", "size", "fetched", "CPU", "queued")
"""The columns that give way, the first one first."""


@pytest.mark.parametrize("width", range(60, 160, 4))
def test_columns_give_way_one_after_the_other(width: int):
    known = Known(12, lanes=True, refs=True, nodes=True, fetches=True)
    heads = [column.head for column in columns_for(width, known).columns]
    missing = [name for name in OPTIONAL if name not in heads]
    assert tuple(missing) == OPTIONAL[: len(missing)]
    assert heads[:3] == ["task", "lane", "state"]
    assert columns_for(width, known).outcome >= 0


@pytest.mark.parametrize(
    ("lacking", "heads"),
    [
        ("lanes", {"lane"}),
        ("refs", {"ObjectRef"}),
        ("nodes", {"node"}),
        ("fetches", {"fetched", "size"}),
    ],
)
def test_a_column_in_which_nothing_could_stand_is_left_out(lacking: str, heads: set[str]):
    known = Known(12, lanes=True, refs=True, nodes=True, fetches=True)
    all_heads = {column.head for column in columns_for(300, known).columns}
    fewer = columns_for(300, known._replace(**{lacking: False}))
    assert all_heads - {column.head for column in fewer.columns} == heads


def test_the_tasks_of_all_lanes_stand_side_by_side():
    lines = rendered(view(lanes=("serial", "ray")), 120, 30)
    assert lines[0].startswith("▌ ALL LANES")
    assert [line.split()[:2] for line in lines[2:6]] == [
        ["0", "S"],
        ["0", "R"],
        ["1", "S"],
        ["1", "R"],
    ]


def test_the_selected_task_is_marked_on_its_lane_and_pointed_at_on_others():
    viewed = view(lanes=("serial", "ray"))
    place, twin = viewed.tasks.place("ray", 4), viewed.tasks.place("serial", 4)
    assert place is not None
    assert twin is not None
    lines = draw_rows(
        replace(viewed, selected=place, twins=frozenset([twin])), 0, Page(120, 30, DARK)
    )
    marked = [line for line in plain_lines(lines[2:]) if line.startswith("▌")]
    assert [line.split()[1:3] for line in marked] == [["4", "R"]]
    numbers = [line[1] for line in lines[2:] if line[1].text.strip() == "4"]
    assert inks([numbers], "4") == {(DARK.accent, DARK.panel), (DARK.accent, DARK.background)}


def test_when_a_result_was_fetched_and_its_size_stand_in_their_columns():
    viewed = view()
    tasks = table_of(viewed)
    tasks.fetch(0, float(tasks.end[0]) + 0.0034, 120_000, True)
    lines = rendered(viewed, 120)
    assert "3.4 ms" in lines[2]
    assert "120 kB" in lines[2]
    assert [text for text in ("3.4 ms", "120 kB") if text in lines[3]] == []


@given(
    width=st.integers(50, 220),
    height=st.integers(1, 30),
    top=st.integers(0, 40),
    seconds=st.floats(0, 40),
)
def test_every_line_has_its_width_and_no_line_is_too_many(
    width: int, height: int, top: int, seconds: float
):
    for ascii in (False, True):
        lines = rendered(view(seconds, selected=2), width, height, top, ascii)
        assert {len(line) for line in lines} == {width}
        assert len(lines) <= height
        assert not ascii or all(line.isascii() for line in lines)


@pytest.mark.parametrize("colors", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
def test_states_and_the_selection_have_their_colours(colors: Palette):
    lines = draw_rows(view(selected=4), 0, Page(120, 20, colors))
    assert inks(lines, "✗ failed") == {(colors.failed, colors.background)}
    assert inks(lines, "ValueError: fabricated") == {(colors.failed, colors.background)}
    assert inks(lines, "▌") == {(colors.accent, colors.background), (colors.accent, colors.panel)}
    assert inks(lines, '{"n":4}') == {(colors.text, colors.panel)}
    running = draw_rows(view(GO + 1.9), 0, Page(120, 20, colors))
    assert inks(running, "● running") == {(colors.ray, colors.background)}


def test_foreign_text_stays_on_its_line_and_loses_control_characters():
    evil = "\x1b[2J\x07\n[bold]界" * 30
    viewed = view()
    (of,) = viewed.tasks.lanes
    tasks = TaskList((of._replace(outcomes={0: evil, 3: evil}),))
    of.lane.rows[0].node = of.lane.rows[1].node = evil
    lines = rendered(replace(viewed, tasks=tasks), 200)
    assert all(char.isprintable() for line in lines for char in line)
    assert "[2J [bold]界" in lines[2]
    assert lines[2].rstrip().endswith("…")


def test_the_first_row_moves_no_more_than_it_must():
    assert scrolled(0, 10, 5, 100) == 0
    assert scrolled(0, 10, 15, 100) == 6
    assert scrolled(50, 10, 15, 100) == 15
    assert scrolled(95, 10, 99, 100) == 90
    assert scrolled(5, 10, 2, 4) == 0


def test_the_newest_is_the_last_that_was_begun():
    viewed = view(GO + 1.9)
    begun = max(np.flatnonzero(table_of(viewed).state >= State.RUNNING).tolist())
    assert viewed.rows[viewed.newest] == begun
    turned = view(GO + 1.9, Choice(reverse=True))
    assert turned.rows[turned.newest] == begun
    assert view(GO + 1.9, Choice("ran")).newest == 0
    assert view(2.0).newest == 0


def test_of_all_lanes_the_newest_is_that_of_the_one_that_runs():
    viewed = view(GO + 13.5, lanes=("serial", "ray"), schedule="in-turn")
    ray = viewed.tasks.lanes[1]
    begun = max(np.flatnonzero(ray.tasks.state >= State.RUNNING).tolist())
    assert viewed.tasks.at(int(viewed.rows[viewed.newest])) == (ray, begun)


# -- the order -------------------------------------------------------------------------------------


def listed(tasks: TaskList, *choice: Any, **more: Any) -> list[int]:
    """The places of the tasks that are chosen."""
    return ordered(tasks, Choice(*choice, **more)).tolist()


def test_tasks_are_sorted_as_asked():
    tasks = seen(race())
    table = tasks.lanes[0].tasks
    ran, queued = table.end - table.start, table.start - table.submitted
    assert listed(tasks) == list(range(12))
    assert listed(tasks, reverse=True) == list(range(12))[::-1]
    assert listed(tasks, "ran") == sorted(range(12), key=lambda n: -ran[n])
    assert listed(tasks, "queued") == sorted(range(12), key=lambda n: -queued[n])
    assert listed(tasks, "worker") == sorted(range(12), key=lambda n: table.worker[n])
    assert listed(tasks, "attempt")[0] == 5
    assert listed(tasks, "state") == [3, 0, 1, 2, *range(4, 12)]
    assert listed(tasks, "state", True) == [0, 1, 2, *range(4, 12), 3]


def test_tasks_of_all_lanes_are_sorted_together():
    tasks = seen(race(), lanes=("serial", "ray"))
    assert listed(tasks)[:4] == [0, 12, 1, 13]
    assert listed(tasks, "lane") == list(range(24))
    assert listed(tasks, "lane", True) == [*range(12, 24), *range(12)]
    seconds = np.concatenate([of.tasks.end - of.tasks.start for of in tasks.lanes])
    assert seconds[listed(tasks, "ran")].tolist() == sorted(seconds.tolist(), reverse=True)
    assert listed(tasks, words="lane:ray 0-1") == [12, 13]


def test_tasks_are_sorted_by_what_only_some_have():
    tasks = seen(race(), lanes=("serial", "ray"))
    ray = tasks.lanes[1]
    for worker, row in ray.lane.rows.items():
        row.node = ("dead", "beef", "cafe")[worker]
    first = [tasks.at(place)[1] for place in listed(tasks, "node")[:12]]
    assert [ray.node(int(ray.tasks.worker[task])) for task in first] == sorted(
        ray.node(int(ray.tasks.worker[task])) for task in range(12)
    )
    ray.tasks.refer(7, bytes.fromhex("ff" * 28))
    assert listed(tasks, "ref")[:11][-1] == 12 + 7  # task 0 has none
    assert listed(tasks, "ref", True)[0] == 12 + 7
    ray.tasks.fetch(2, float(ray.tasks.end[2]) + 1, 500, False)
    ray.tasks.fetch(3, float(ray.tasks.end[3]) + 2, 400, False)
    assert listed(tasks, "fetched")[:2] == [15, 14]
    assert listed(tasks, "size")[:2] == [14, 15]
    assert listed(tasks, "size", True)[:2] == [15, 14]
    assert listed(tasks, "result", True)[:1] == [9]
    assert listed(tasks, "result")[:2] == [3, 15]  # an exception, in both lanes


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", ["ran", "queued", "worker"])
def test_what_is_not_known_yet_comes_last_either_way(sort: str, reverse: bool):
    tasks = seen(race(), GO + 1.9)
    begun = np.isfinite(tasks.lanes[0].tasks.start[listed(tasks, sort, reverse)])
    assert begun.any()
    assert not np.diff(begun.astype(int)).max(initial=0) > 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", list(range(12))),
        ("failed", [3]),
        ("FAILED", [3]),
        ("fail", [3]),
        ("retried", [5]),
        ("w0", None),
        ("7", [7]),
        ("7-9", [7, 8, 9]),
        ("7..9", [7, 8, 9]),
        ("8–999999999", [8, 9, 10, 11]),
        ("9-7", []),
        ("999999999", []),
        ("valueerror", [3]),
        ('"n":1', [1, 10, 11]),
        ("failed 0-2", []),
        ('finished 5-20 "n":1', [10, 11]),
        ("nothing-like-it", []),
    ],
)
def test_words_choose_tasks(words: str, found: list[int] | None):
    tasks = seen(race())
    if found is None:
        found = np.flatnonzero(tasks.lanes[0].tasks.worker == 0).tolist()
    assert listed(tasks, words=words) == found


@given(
    words=st.text(max_size=20),
    sort=st.sampled_from(list(SORTS)),
    reverse=st.booleans(),
    seconds=st.floats(0, 40),
)
def test_whatever_is_asked_each_task_is_listed_once_at_most(
    words: str, sort: str, reverse: bool, seconds: float
):
    rows = listed(seen(EVENTS, seconds, ("serial", "ray")), sort, reverse, words)
    assert len(set(rows)) == len(rows)
    assert set(rows) <= set(range(24))
    if not words.strip():
        assert len(rows) in (0, 12, 24)


def test_the_order_is_worked_out_again_only_when_something_changed():
    order, tasks = Order(), seen(race(), GO + 1.9)
    (of,) = tasks.lanes
    lane, later = of.lane, TaskList((of._replace(t=of.t + 1),))
    for choice in (Choice(), Choice("queued"), Choice("state"), Choice(words="failed")):
        assert order.rows(tasks, choice) is order.rows(later, choice)
    first = order.rows(tasks, Choice("ran"))
    assert order.rows(tasks, Choice("ran")) is first
    assert order.rows(later, Choice("ran")) is not first
    state = order.rows(tasks, Choice("state"))
    running = int(np.flatnonzero(lane.tasks.state == State.RUNNING)[0])
    lane.apply(
        ev.Failed(
            t=at(GO + 2),
            lane="ray",
            task=running,
            error="E",
            message="",
            worker=0,
            start=at(GO + 1),
        )
    )
    assert running in order.rows(tasks, Choice("state"))[:2]
    assert order.rows(tasks, Choice("state")) is not state


def test_every_state_has_its_name():
    assert [
        STATES[word]
        for word in ("waiting", "submitted", "running", "finished", "retrying", "cancelled")
    ] == [
        State.WAITING,
        State.SUBMITTED,
        State.RUNNING,
        State.FINISHED,
        State.RETRYING,
        State.CANCELLED,
    ]


# -- the details -----------------------------------------------------------------------------------


def details(
    task: int | None,
    width: int = 46,
    height: int = 36,
    seconds: float = 1000.0,
    ascii: bool = False,
) -> str:
    (of,) = seen(race(), seconds).lanes
    lines = plain_lines(draw_details(DetailsView(of, task), details_page(width, height, ascii)))
    assert {len(line) for line in lines} == {width}
    return "\n".join(line.rstrip() for line in lines)


def test_a_finished_task_tells_its_times_and_what_it_returned():
    content = details(1)
    assert content.splitlines()[0].startswith(" R  task 1")
    assert content.splitlines()[0].endswith("✔ finished")
    for words in (
        "0.000 s     submitted",
        "0.004000 s  started on w1",
        "unknown     fetched by the lane",
        "50% of its time",
        "worker      w1, pid 4002",
        "RESULT\n" + '{"n": 1}',
        "id          " + "0" * 34,
        "✔ waiting   4 ms for its inputs",
        "○ freed     unknown.",
    ):
        assert words in content
    assert "attempt 1" not in content


def test_where_a_result_lay_is_said_if_it_is_known():
    (of,) = seen(race()).lanes
    for size, in_store, words in (
        (0, False, "After an unknown time, `ray.get` returned its result. Its size is unknown"),
        (183, False, "3.4 ms later, `ray.get` returned its result. 183 B inline in the driver's"),
        (120_000, True, "returned its result. 120 kB in the shared object store"),
    ):
        if size:
            of.tasks.fetch(1, float(of.tasks.end[1]) + 0.0034, size, in_store)
        lines = plain_lines(draw_details(DetailsView(of, 1), details_page(120, 50)))
        assert words in " ".join(" ".join(lines).split())


def test_a_task_whose_result_differs_or_was_not_compared_says_so():
    (of,) = seen(race(), 1000.0).lanes
    lane = of.lane
    lane.differences[1] = "['a'][0] is 1 on serial, \x1b[31m2 on ray"
    lane.not_compared[2] = "returned a function"

    def words(task: int) -> str:
        return " ".join(
            " ".join(plain_lines(draw_details(DetailsView(of, task), details_page(46, 36)))).split()
        )

    assert "compared differs: ['a'][0] is 1 on serial, [31m2 on ray" in words(1)
    assert "compared no: it returned a function" in words(2)
    assert "compared" not in words(4)


def test_a_failed_task_tells_its_exception_and_the_whole_traceback():
    content = details(3)
    assert content.splitlines()[1:5] == [
        "ERROR",
        "ValueError: fabricated",
        "Traceback (most recent call last):",
        '  File "f.py", line 3, in f',
    ]
    assert "✗ failed" in content


def test_every_attempt_of_a_task_that_was_lost_is_told():
    content = details(5, height=60)
    attempts = [line.split() for line in content.splitlines() if line.startswith("attempt")]
    assert [line[1] for line in attempts] == ["1", "2"]
    assert "lost:" in attempts[0]
    assert "finished" in attempts[1]
    assert attempts[0][2] != attempts[1][2]
    assert "worker died: SIGKILL" in " ".join(content.split())
    events = content[content.index("EVENTS") : content.index("OBJECTREF")]
    told = [line[12:].split(":")[0] for line in events.splitlines() if line[:1].isdigit()]
    assert told == [
        "attempt 1 submitted",
        "attempt 1 started on w0",
        "attempt 1 lost",
        "attempt 2 started on w1",
        "returned",
    ]
    assert "SIGKILL" not in details(0)


def test_an_attempt_of_which_nothing_is_kept_is_called_unknown():
    (of,) = seen(race()).lanes
    of.tasks.lost.clear()
    lines = plain_lines(draw_details(DetailsView(of, 5), details_page(60, 60)))
    assert any(line.startswith("unknown     attempt 1 isn't kept") for line in lines)


def test_the_life_of_an_objectref_says_what_is_now_and_what_is_to_come():
    def signs(task: int, seconds: float) -> list[str]:
        (of,) = seen(EVENTS, seconds).lanes
        lines = plain_lines(draw_details(DetailsView(of, task), details_page(120, 60)))
        names = ("created", "waiting", "running", "ready", "fetched", "freed")
        return [
            line[0] for line in lines if line[2:11].split()[:1] and line[2:11].split()[0] in names
        ]

    running = int(np.flatnonzero(seen(EVENTS, GO + 1.9).lanes[0].tasks.state == State.RUNNING)[0])
    assert signs(11, GO + 1.9) == ["✔", "●", "○", "○", "○", "○"]
    assert signs(running, GO + 1.9) == ["✔", "✔", "●", "○", "○", "○"]
    assert signs(1, 1000.0) == ["✔", "✔", "✔", "✔", "✔", "○"]


def test_what_is_not_known_yet_is_not_told():
    assert details(None).strip() == "No task has ended yet."
    assert details(99).strip() == "No task has ended yet."
    waiting = details(11, seconds=GO + 1.9)
    assert "○ submitted" in waiting
    assert [
        word for word in ("started", "ran ", "w0", "w1", "returned its r") if word in waiting
    ] == []
    assert "runs for" in details(2, seconds=GO + 1.9) + details(3, seconds=GO + 1.9) + details(
        4, seconds=GO + 1.9
    )


def test_results_that_were_not_kept_are_told_so():
    (of,) = seen(race()).lanes
    of = of._replace(outcomes={})
    for task, words in ((0, "The result is no longer stored."), (3, "ValueError: fabricated")):
        lines = plain_lines(draw_details(DetailsView(of, task), details_page(46, 36)))
        assert any(line.startswith(words) for line in lines)


def test_stages_and_what_was_stored_are_told():
    (of,) = seen(race()).lanes
    lane = of.lane
    zero = lane.zero or 0
    ended, lane.ended = lane.ended, None
    start = zero + round(float(lane.tasks.start[0]) * 1e9)
    for stage, after in (("decode", 100_000_000), ("[blur]\x1b", 350_000_000)):
        lane.apply(ev.Progressed(t=start + after, lane="ray", task=0, done=1, total=2, stage=stage))
    lane.apply(
        ev.Stored(
            t=start, lane="ray", task=0, ref="ab" * 28, bytes=36_000_000, load_s=0.11, put_s=0.02
        )
    )
    lane.ended = ended
    lines = plain_lines(draw_details(DetailsView(of, 0), details_page(60, 36)))
    content = "\n".join(line.rstrip() for line in lines)
    for words in (
        "STAGES\n0.100 s     decode\n0.250 s     [blur]",
        "INPUT\nsize        36 MB, created in 0.110 s, stored in 20 ms",
        "input of 36 MB put into the object store",
        "stage decode ended",
        "ObjectRef abab",
    ):
        assert words in content


def test_below_a_wide_table_the_outcome_stands_beside_the_facts():
    lines = details(3, 80, 10).splitlines()
    assert lines[1].startswith("worker")
    assert lines[1].rstrip().endswith("ERROR")
    assert lines[2].rstrip().endswith("ValueError: fabricated")


@given(width=st.integers(12, 120), height=st.integers(1, 50), task=st.sampled_from([0, 3, 5, 11]))
def test_details_fit_any_width(width: int, height: int, task: int):
    assert details(task, width, height, ascii=True).isascii()


def test_json_is_written_on_lines_as_short_as_can_be():
    assert pretty('{"a":1,"b":[1,2]}') == ['{"a": 1, "b": [1, 2]}']
    assert pretty('{"name":"a long name of a thing","parts":[1,2,3],"more":{"x":"y"}}') == [
        "{",
        '  "name": "a long name of a thing",',
        '  "parts": [1, 2, 3],',
        '  "more": {"x": "y"}',
        "}",
    ]
    assert pretty("[]") == ["[]"]
    assert pretty("ValueError: no JSON") == ["ValueError: no JSON"]
    assert pretty("[" * 100_000) == ["[" * 100_000]
