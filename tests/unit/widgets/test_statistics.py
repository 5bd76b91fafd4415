"""The panels of statistics as text: durations, the slowest tasks, throughput, results, the log."""

import msgspec
import pytest

from tests.fabricate import fabricated_race
from tests.tui.staged import watching
from tui.drawing.cells import LEVELS, Line
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.statistics import lane_durations, results_view, slowest_view
from tui.widgets.log import LogEntry
from tui.widgets.race.durations import draw_durations, scale_of
from tui.widgets.race.log_tail import draw_tail
from tui.widgets.race.results import ResultsView, TaskResult, draw_results
from tui.widgets.race.slowest import draw_slowest
from workloads.core import events as ev
from workloads.core.wording import brief
from workloads.figures.report import race_report
from workloads.ledger.race import Race

RACE = fabricated_race(tasks=40, workers=4, failures=[7])


def text_of(lines: list[Line], page: Page) -> str:
    assert len(lines) <= page.height
    assert all(sum(segment.cell_length for segment in line) == page.width for line in lines)
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def test_percentiles_are_those_of_the_report() -> None:
    session = watching(RACE, 1000.0)
    page = Page(60, 12, DARK)
    text = text_of(draw_durations(lane_durations(session), page), page)
    for lane in race_report(session.race).lanes:
        stats = lane.durations
        assert stats is not None
        assert stats.n == 39
        assert "TASK DURATIONS                        without failed tasks" in text
        row = next(line for line in text.splitlines() if f" {lane.engine[0].upper()} " in line)
        expected = [brief(value) for value in (stats.p50_s, stats.p90_s, stats.p99_s, stats.max_s)]
        assert row.split()[1:] == " ".join(expected).split()


@pytest.mark.parametrize("width", [14, 25, 26, 60])
@pytest.mark.parametrize("longest", [2.0, 200.0])
def test_histograms_are_those_of_the_report(width: int, longest: float) -> None:
    events = [
        msgspec.structs.replace(event, t=event.start + int(longest * 1e9))
        if isinstance(event, ev.Finished) and event.lane == "ray" and event.task == 1
        else event
        for event in RACE
    ]
    session = watching(events, 1000.0)
    stats = [lane.stats for lane in lane_durations(session)]
    report = race_report(session.race)
    assert stats == [lane.durations for lane in report.lanes]
    page = Page(width, 16, DARK)
    lines = text_of(draw_durations(lane_durations(session), page), page).splitlines()
    ray = next(line for line in lines if line.startswith(" R │"))
    assert stats[1] is not None
    assert scale_of(stats[1].histogram.edges_s).log == (longest == 200.0)
    assert ray.rstrip()[-1] in LEVELS, "the longest task is in the last column"


def test_the_slowest_tasks_come_first_and_the_selected_one_is_marked() -> None:
    session = watching(RACE, 1000.0)
    session.selected = 3
    view = slowest_view(session, "3")
    times = [task.seconds for task in view.slowest]
    assert times == sorted(times, reverse=True)
    lane = session.race.lane("ray")
    slowest = next(task for task in view.slowest if task.engine == "ray")
    assert slowest.seconds == pytest.approx(lane.tasks.durations.max())
    page = Page(40, 20, DARK)
    text = text_of(draw_slowest(view, page), page)
    assert f"task {view.slowest[0].task} " in text.splitlines()[1]
    assert "TASKS PER SECOND" in text


def test_throughput_adds_up_to_the_tasks() -> None:
    session = watching(RACE, 1000.0)
    report = race_report(session.race)
    drawn = slowest_view(session, "3").throughput
    for lane, reported in zip(drawn, report.lanes, strict=True):
        assert sum(lane.rates) * lane.end_s / len(lane.rates) == pytest.approx(39)
        assert reported.durations is not None
        assert lane.mean == reported.durations.throughput.mean_per_s


def test_the_newest_results_come_first_and_failed_ones_are_marked() -> None:
    view = results_view(watching(RACE, 1000.0))
    failed = [result.task for result in view.results if result.failed]
    assert failed == [7]
    page = Page(60, 50, DARK)
    text = text_of(draw_results(view, page), page)
    assert "✗ " in next(line for line in text.splitlines() if " 7 " in line)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
def test_no_size_breaks_them(palette: Palette, ascii: bool) -> None:
    tail = [LogEntry(0, "ray", "said \x1b[31mred", 12), LogEntry(0, "", "x" * 300)]
    results = ResultsView((TaskResult("ray", 99_999, "a\x07" * 80), TaskResult("ray", 1, "", True)))
    for seconds in (0.0, 8.0, 1000.0):
        session = watching(RACE, seconds)
        lanes = lane_durations(session)
        for width in (1, 2, 7, 20, 38, 60, 120):
            for height in (1, 2, 3, 6, 11, 30):
                page = Page(width, height, palette, ascii)
                for lines in (
                    draw_durations(lanes, page),
                    draw_slowest(slowest_view(session, "3"), page),
                    draw_results(results, page),
                    draw_results(results_view(session), page),
                    draw_tail(tail, page),
                ):
                    text = text_of(lines, page)
                    assert text.isascii() or not ascii
                    assert "\x1b" not in text


@pytest.mark.parametrize(("width", "text"), [(60, " R  task 7  said"), (38, " R  said")])
def test_the_tail_of_the_log_names_tasks_where_it_has_room(width: int, text: str) -> None:
    page = Page(width, 4, DARK)
    tail = [LogEntry(0, "ray", "Ray's own"), LogEntry(0, "ray", "said", 7)]
    assert text in text_of(draw_tail(tail, page), page)


def test_a_line_of_the_apps_own_makes_no_lane() -> None:
    race = Race()
    assert LogEntry.of(ev.Logged(t=1, lane="", text="2 CPUs"), race) == LogEntry(1, "", "2 CPUs")
    assert race.lanes == {}
