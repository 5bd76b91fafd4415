"""The picture of tasks that read one array: the bytes copied and the time of a worker, by lane."""

from collections.abc import Sequence

import pytest

from tests.fabricate import at, run_ended
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.widgets.arrays.costs import EMPTY, CostsLane, draw_costs
from tui.widgets.arrays.fold import ArrayCosts, ArraysFold
from workloads.core import events as ev

SIZE = 64_000_000


def fold(*events: ev.AnyEvent) -> ArraysFold:
    made = ArraysFold()
    for event in (ev.RunStarted(t=at(0), run=1, tasks=4, workers=2), *events):
        made.apply(event)
    return made


def finished(task: int, start: float, end: float, writable: bool) -> ev.Finished:
    return ev.Finished(
        t=at(end), task=task, worker=0, start=at(start), cpu_s=0.1, result={"writable": writable}
    )


SENT = [
    event
    for task in range(4)
    for event in (
        ev.Submitted(t=at(task), task=task, sent_bytes=SIZE, pickle_s=0.25),
        finished(task, task + 0.5, task + 0.6, True),
    )
]
PUT = (
    ev.Stored(t=at(0.1), task=0, ref="", bytes=SIZE, load_s=0, put_s=0.04, readers=[(0, 3)]),
    finished(0, 0.2, 0.3, False),
    finished(1, 0.2, 0.3, False),
    run_ended(t=at(0.4), lane="ray", status="finished", wall_s=0.4),
)


def test_costs_are_those_of_what_had_happened_by_a_time():
    sent = fold(*SENT)
    assert sent.until(0.55) == ArrayCosts(0, 0.0, 2, 0.55, 1, SIZE, 0.25)
    later = sent.until(1.7)
    assert (later.done, later.calls, later.copied) == (2, 2, 2 * SIZE)
    assert later.worker_s == pytest.approx(1.7)
    assert later.computing_each_s == pytest.approx(0.1)
    over = fold(*PUT).until(100.0)
    assert (over.puts, over.copied, over.read_only, over.elapsed_s) == (1, SIZE, 2, 0.4)
    assert fold().until(1.0).worker_s is None


def test_a_new_run_begins_anew():
    again = fold(*SENT, ev.RunStarted(t=at(10), run=2, tasks=4, workers=3))
    assert again.until(5.0) == ArrayCosts(workers=3, elapsed_s=5.0)


def test_what_is_older_than_what_came_before_counts_from_then_on():
    made = fold(finished(0, 0.5, 2.0, True), finished(1, 0.5, 1.0, True))
    assert [made.until(t).done for t in (1.5, 2.0)] == [0, 2]


def drawn(lanes: Sequence[CostsLane], page: Page) -> list[str]:
    return ["".join(segment.text for segment in line) for line in draw_costs(lanes, page)]


LANES = (
    CostsLane("serial", fold(finished(0, 0.0, 0.1, True)).until(0.1)),
    CostsLane("processes", fold(*SENT).until(4.0)),
    CostsLane("ray", fold(*PUT).until(1.0)),
)


def test_each_lane_says_how_its_tasks_got_the_array_and_what_a_worker_did():
    text = drawn(LANES, Page(120, 12, DARK))
    assert text[1].rstrip().endswith("nothing: read where it is")
    assert text[2].rstrip().endswith("256 MB: pickled for 4 calls, 0.250 s each")
    assert text[3].rstrip().endswith("64 MB: put once in 40 ms; 2 tasks read it there")
    assert text[2].count("█") // 4 == text[3].count("█"), "four times the bytes"
    assert text[7].rstrip().endswith("2.00 s, of which 0.100 s computing")
    assert [row[2] for row in text[6:9]] == ["S", "P", "R"]
    assert text[7].count("░") > text[8].count("░")


def test_a_high_page_explains_the_bars_and_a_blank_race_says_what_will_be_here():
    assert any("read-only" in line for line in drawn(LANES, Page(120, 30, DARK)))
    assert drawn([CostsLane("ray", ArrayCosts())], Page(120, 5, DARK))[0].strip() == EMPTY


@pytest.mark.parametrize("size", [(60, 6), (24, 3), (200, 40), (0, 0), (4, 1)])
def test_no_line_is_wider_than_the_page_and_ascii_is_ascii(size: tuple[int, int]):
    page = Page(*size, DARK, ascii=True)
    lines = drawn(LANES, page)
    assert len(lines) <= page.height
    assert all(len(line) <= page.width and line.isascii() for line in lines)
