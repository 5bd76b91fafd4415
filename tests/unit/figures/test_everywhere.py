"""Whatever happened in a race: every place that shows a figure shows the same one, in its range."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fabricate import fabricated_race
from tests.tui.staged import HOST, replanned, watching
from tui.cli.headless_report import durations_text
from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.drawing.time_window import TimeWindow
from tui.scores import score
from tui.screens.compare_times import Waterfalls, bars_view, loss_view
from tui.session import Session
from tui.statistics import lane_durations, slowest_view
from tui.widgets.compare.lanebars import draw_lane_bars
from tui.widgets.compare.waterfall import draw_waterfall
from tui.widgets.compare.waterfall_rows import rows_of
from tui.widgets.race.durations import draw_durations
from tui.widgets.race.scoreboard import draw_scoreboard
from tui.widgets.race.slowest import draw_slowest
from tui.widgets.race.timeline import draw_timeline
from workloads.core import events as ev
from workloads.core.wording import brief, faster, is_slower, per_second, percent, seconds, times
from workloads.figures.gain import UNFINISHED, gains
from workloads.figures.history import speedups
from workloads.figures.reliability import core_share
from workloads.figures.report import LaneReport, RaceReport, race_report
from workloads.figures.verdict import verdict
from workloads.figures.waterfall import sentence
from workloads.sweeps.fold import SweepFold, repeated

LANES = ("serial", "threads", "processes", "ray")
OVER = 1e6
PAGE = Page(120, 40, DARK)
EVERY_TASK = list(range(100))


@st.composite
def races(draw: st.DrawFn) -> list[ev.AnyEvent]:
    """The events of a race of any kind: failed, cancelled, retried, one task, zero-time,
    superlinear, on a machine that is busy.
    """
    lanes = ("serial", *draw(st.lists(st.sampled_from(LANES[1:]), min_size=1, unique=True)))
    tasks = draw(st.sampled_from([1, 2, 3, 10, 16, 40]))
    some = st.sets(st.integers(0, tasks - 1), max_size=3)
    return changed(
        fabricated_race(
            tasks=tasks,
            workers=draw(st.sampled_from([1, 2, 4, 7])),
            lanes=lanes,
            seconds=draw(st.sampled_from([0.0, 1e-6, 0.004, 0.3, 12.6, 5000.0])),
            failures=draw(st.one_of(st.just(set()), st.just(EVERY_TASK), some)),
            retries=draw(some),
            cancel=draw(st.sampled_from([None, None, None, 0.5, 3.0])),
            schedule=draw(st.sampled_from(["in-turn", "together"])),
            reports=0,
            seed=draw(st.integers(0, 9)),
        ),
        faster=draw(st.sampled_from([1.0, 1.0, 0.996, 0.5, 0.05, 3.0])),
        busy=draw(st.sampled_from([1.0, 0.896, 0.27, 0.001])),
        answer=draw(st.booleans()),
    )


def changed(
    events: list[ev.AnyEvent], faster: float = 1.0, busy: float = 1.0, answer: bool = False
) -> list[ev.AnyEvent]:
    """The race with tasks that compute: other lanes than serial took `faster` times as long, and
    tasks had a core for `busy` of their time; with `answer` a lane whose tasks failed has one.
    """
    changed: list[ev.AnyEvent] = []
    for event in events:
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, workload="noop", host=HOST)
        if isinstance(event, ev.Finished):
            event = msgspec.structs.replace(event, cpu_s=(event.cpu_s or 0.0) * busy)
        if isinstance(event, ev.RunEnded):
            factor = 1.0 if event.lane == "serial" else faster
            done = event.status == "finished" or (answer and event.status == "failed")
            event = msgspec.structs.replace(
                event, wall_s=event.wall_s * factor, answer=1 if done else None
            )
        changed.append(event)
    return sorted(changed, key=_order)


def _order(event: ev.AnyEvent) -> tuple[int, int]:
    """At one instant a worker's last task ends, the next one starts, and ends if it takes no
    time.
    """
    if isinstance(event, ev.Started):
        return event.t, 1
    if isinstance(event, ev.Finished | ev.Failed) and event.start == event.t:
        return event.t, 2
    return event.t, 0


class Seen(NamedTuple):
    """A race, the session that shows it, and its report."""

    events: list[ev.AnyEvent]
    session: Session
    report: RaceReport

    @classmethod
    def of(cls, events: list[ev.AnyEvent]) -> "Seen":
        session = replanned(watching(events, OVER))
        return cls(events, session, race_report(session.race))


def text_of(lines: list[Line]) -> str:
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)


def numbers(data: Any, where: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a report and where it stands."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from numbers(value, f"{where}.{key}")
    elif isinstance(data, list):
        for value in data:
            yield from numbers(value, where)
    elif isinstance(data, float | int) and not isinstance(data, bool):
        yield where, float(data)


def check_every_number_of_the_report_is_finite_and_in_its_range(seen: Seen) -> None:
    session, report = seen.session, seen.report
    for where, value in numbers(msgspec.to_builtins(report)):
        assert math.isfinite(value), where
        assert value >= 0 or where.startswith((".waterfall", ".slower_tasks")), where
    for name in report.speedup:
        lane = session.race.lane(name)
        assert report.speedup[name] > 0
        assert report.efficiency[name] == report.speedup[name] / lane.workers
        if name not in report.beyond:
            assert report.efficiency[name] <= 1.1
    assert set(report.efficiency) == set(report.speedup) >= set(report.karp_flatt)
    assert all(0 <= share <= 1 for share in report.karp_flatt.values())
    assert not set(report.speedup) & set(report.no_speedup)
    for lane in session.race.raced():
        share = core_share(session.race, lane)
        assert share is None or 0 <= share <= 1
    assert not report.unreliable_reason == all(report.reliable.values()) != (not report.reliable)


def check_durations_are_in_order_and_every_task_is_counted_once(seen: Seen) -> None:
    session, report = seen.session, seen.report
    for lane in report.lanes:
        stats = lane.durations
        assert (stats is None) == (not lane.done)
        if stats is None:
            continue
        assert 0 <= stats.p50_s <= stats.p90_s <= stats.p99_s <= stats.max_s <= stats.total_s
        assert stats.n == lane.done == sum(stats.histogram.counts) == sum(stats.throughput.tasks)
        assert stats.slowest[0].seconds == stats.max_s
    drawn = [lane.stats for lane in lane_durations(session)]
    assert drawn == [lane.durations for lane in report.lanes]


def check_a_waterfall_adds_up_as_measured_and_as_printed(seen: Seen) -> None:
    session, report = seen.session, seen.report
    falls = Waterfalls()
    falls.bring_up_to_date(session.race)
    assert set(falls.by_lane) - {"serial"} == set(report.waterfall)
    for name, fall in falls.by_lane.items():
        assert fall.total == pytest.approx(fall.wall_s, rel=1e-9)
        assert fall.failed == session.race.lane(name).failed
        printed = fall.printed()
        assert printed.total == pytest.approx(printed.wall_s, abs=1e-9)
        if name in report.waterfall:
            steps = report.waterfall[name]
            assert steps["ideal"] == fall.ideal_s == report.ideal_s.get(name, fall.ideal_s)
            assert sum(steps.values()) == pytest.approx(2 * steps["wall"])
        index = [lane.name for lane in session.shown_lanes()].index(name)
        view = loss_view(
            session, bars_view(session, falls.by_lane.values(), index), falls.by_lane, index
        )
        rows = {row.name: row.seconds for row in rows_of(view, 20) if row.kind != "apart"}
        assert rows.pop("run time") == pytest.approx(printed.wall_s)
        assert sum(rows.values()) == pytest.approx(printed.wall_s)
        said = sentence(fall)
        assert ("failed task" in said.partition(":")[0]) == bool(fall.failed)


def check_every_place_shows_the_same_speedup(seen: Seen) -> None:
    session, report = seen.session, seen.report
    lanes, gained = session.shown_lanes(), report.speedup
    board, said = score(session), verdict(session.race)
    bars = bars_view(session, (), len(lanes) - 1)
    runs = session.history.runs(session.history.key)
    cancelled = session.race.ended is not None and session.race.ended.status == "cancelled"
    assert board.speedup == gained.get(lanes[-1].name)
    assert board.efficiency == report.efficiency.get(lanes[-1].name)
    compared = text_of(draw_lane_bars(bars, PAGE))
    for row, figures, lane in zip(board.lanes, bars.lanes, lanes, strict=True):
        ratio = gained.get(lane.name)
        assert row.speedup == ratio
        assert row.beyond == figures.beyond == (lane.name in report.beyond)
        if cancelled:
            continue
        assert speedups(runs, lane.name) == [ratio][: ratio is not None]
        if ratio is not None:
            assert figures.speedup is not None
            assert figures.speedup.median == ratio
            single = faster(ratio).removesuffix(" faster than serial")
            assert single in said or (len(gained) > 1 and f"({times(ratio)}" in said)
            assert times(ratio) in compared
            share = percent(report.efficiency[lane.name])
            assert share in compared
            if len(gained) == 1 and lane.name not in report.beyond:
                assert f"({share} efficiency)" in said
    if board.speedup is not None:
        drawn = text_of(draw_scoreboard(board, PAGE))
        alone = not is_slower(board.speedup) and not board.doubt
        assert not alone or f"{percent(board.efficiency or 0)} efficiency" in drawn


def check_a_repeated_race_and_a_point_of_a_sweep_have_the_races_figures(seen: Seen) -> None:
    events, report = seen.events, seen.report
    opened = next(event for event in events if isinstance(event, ev.RaceOpened))
    fold, runs = SweepFold(), [1, 2, 3][: 1 + 10**5 // len(events)]
    start = ev.SweepOpened(t=opened.t, sweep="runs", parameter="", values=runs, lanes=opened.lanes)
    fold.apply(start)
    for run in runs:
        fold.apply(ev.SweepAt(t=opened.t, value=run))
        for event in events:
            fold.apply(event)
    fold.apply(ev.SweepEnded(t=events[-1].t, status="finished"))
    for point in fold.points:
        assert point.speedup == report.speedup
        assert point.beyond == report.beyond
        assert point.reliable == report.reliable
        assert point.unreliable_reason == report.unreliable_reason
        assert {name: point.efficiency(name) for name in point.speedup} == report.efficiency
    for name, spread in repeated(fold).items():
        assert (spread.low, spread.median, spread.high) == (report.speedup[name],) * 3
        assert spread.count == len(runs)


def check_the_headless_text_and_the_panels_print_the_reports_durations(seen: Seen) -> None:
    session, report = seen.session, seen.report
    lines = durations_text(session.race)
    panel = text_of(draw_durations(lane_durations(session), PAGE)).splitlines()
    rates = text_of(draw_slowest(slowest_view(session, ""), PAGE))
    measured = [lane for lane in report.lanes if lane.durations]
    assert bool(lines) == bool(measured)
    for at, lane in enumerate(measured):
        figures, rate = printed_durations(lane)
        assert f"{'  '.join(figures.split('|'))}  {rate}" in re.sub(" {2,}", "  ", lines[3 + at])
        row = panel[2 + [each.engine for each in report.lanes].index(lane.engine)]
        assert figures == "|".join(re.split(" {2,}", row.strip())[1:])
        if rate != "0/s":
            assert rate in rates


def printed_durations(lane: LaneReport) -> tuple[str, str]:
    stats = lane.durations
    assert stats is not None
    figures = [brief(value) for value in (stats.p50_s, stats.p90_s, stats.p99_s, stats.max_s)]
    return "|".join(figures), per_second(stats.throughput.mean_per_s)


def check_no_place_prints_what_isnt_a_number(seen: Seen) -> None:
    session = seen.session
    falls = Waterfalls()
    falls.bring_up_to_date(session.race)
    said = [verdict(session.race), verdict(session.race, startup=True)]
    said += durations_text(session.race)
    for session.count_startup in (False, True):
        views = session.views()
        said.append(text_of(draw_timeline(views, TimeWindow(0.0, 100.0), PAGE)))
        said.append(text_of(draw_scoreboard(score(session), PAGE)))
        for at in range(len(views)):
            bars = bars_view(session, falls.by_lane.values(), at)
            said.append(text_of(draw_lane_bars(bars, PAGE)))
            said.append(text_of(draw_waterfall(loss_view(session, bars, falls.by_lane, at), PAGE)))
    for text in said:
        assert not re.search(r"\b1 tasks\b", text), text
        assert not re.search(r"\b(nan|inf|None)\b|e[+-]\d", text), text


def check_with_startup_every_place_shows_the_same_speedup(seen: Seen) -> None:
    session = seen.session
    session.count_startup = True
    gained = gains(session.race, startup=True)
    board, bars = score(session), bars_view(session, (), 0)
    session.count_startup = False
    said = verdict(session.race, startup=True)
    for row, figures, lane in zip(board.lanes, bars.lanes, session.shown_lanes(), strict=True):
        assert row.speedup == (gained[lane.name].speedup if lane.name in gained else None)
        if not said.startswith("Cancelled"):
            assert (figures.speedup and figures.speedup.median) == row.speedup
            assert row.beyond == figures.beyond
        if lane.run_s is not None and figures.wall is not None:
            assert figures.wall.median == lane.run_s + lane.startup_s
        if lane.name in gained and not said.startswith("Cancelled"):
            assert seconds((lane.wall_s or 0) + lane.startup_s) in said


def check_run_times_are_the_same_in_the_verdict_and_the_report(seen: Seen) -> None:
    session, report = seen.session, seen.report
    said = verdict(session.race)
    for lane in report.lanes * (not said.startswith("Cancelled")):
        if report.speedup and (lane.engine == "serial" or lane.engine in report.speedup):
            alone = lane.engine == "serial" and len(report.speedup) == 1
            assert alone or seconds(lane.wall_s or 0.0) in said
    missing = {name: why for name, why in report.no_speedup.items() if why != UNFINISHED}
    assert set(gains(session.race)) == set(report.speedup)
    assert not missing.keys() & report.speedup.keys()


CHECKS = [value for name, value in sorted(globals().items()) if name.startswith("check_")]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(races())
def test_whatever_happened_every_place_has_the_same_figures(events: list[ev.AnyEvent]) -> None:
    seen = Seen.of(events)
    for check in CHECKS:
        check(seen)


@pytest.fixture(scope="module")
def huge() -> Seen:
    """A race of 100,000 tasks."""
    return Seen.of(changed(fabricated_race(tasks=100_000, seconds=100.0, reports=0)))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_of_100_000_tasks_every_place_has_the_same_figures(
    check: Callable[[Seen], None], huge: Seen
) -> None:
    check(huge)
