"""The timeline as text: lanes, axis, layout, and that no race and no size breaks it."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.drawing.time_axis import TimeAxis
from tui.drawing.time_window import TimeWindow
from tui.widgets.race.lane_view import LaneView, fit_window, window_of
from tui.widgets.race.layout import lay_out
from tui.widgets.race.timeline import draw_timeline
from workloads.core import events as ev
from workloads.core.draining import Drain, Driving
from workloads.ledger.race import Race

GO = 6.4
"""When the lanes of a fabricated race start, in seconds since it opened."""


def views_of(race: Race, now: float, **more: object) -> list[LaneView]:
    moment = at(now)
    return [
        LaneView(lane, lane.elapsed(moment), now=moment, running=lane.live, **more)  # type: ignore[arg-type]
        for lane in race.raced()
    ]


def drawn(
    views: list[LaneView],
    width: int = 120,
    height: int = 30,
    palette: Palette = DARK,
    ascii: bool = False,
) -> list[str]:
    lines = draw_timeline(views, window_of(views), Page(width, height, palette, ascii))
    assert len(lines) <= height
    for line in lines:
        assert sum(segment.cell_length for segment in line) == width
    return ["".join(segment.text for segment in line) for line in lines]


def test_a_race_shows_lanes_tasks_workers_and_numbers() -> None:
    lines = drawn(views_of(folded(fabricated_race(tasks=16, until=GO + 5.03)), GO + 5.03))
    text = "\n".join(lines)
    assert "0 s" in lines[0]
    assert lines[1].count("▼") == 1
    assert "SERIAL" in lines[2]
    assert "5.03 s" in lines[2]
    assert lines[2].rstrip().endswith("● running")
    assert not any("task" in line for line in lines)
    assert [line.split()[0] for line in lines if line.lstrip().startswith("w")] == [
        "w0",
        "w0",
        "w1",
    ]
    assert " R  RAY" in text


def test_the_count_says_what_has_finished() -> None:
    race = folded(fabricated_race(tasks=16, until=GO + 5.03))
    lines = drawn(views_of(race, GO + 5.03))
    for lane in race.raced():
        assert 0 < lane.done < 16
        assert f" {lane.done}/16 " in next(line for line in lines if lane.engine.upper() in line)


def test_the_ghost_line_stands_where_serial_was() -> None:
    race = folded(fabricated_race(tasks=16, until=GO + 5.03))
    lines = drawn(views_of(race, GO + 5.03))
    serial, ray = (next(line for line in lines if name in line) for name in ("SERIAL", "RAY"))
    assert "│S" in ray
    assert "│" not in serial
    bar = ray[4 + 8 : ray.index(f"{race.lane('ray').done}/16")]
    share = race.lane("serial").done / 16
    assert bar.index("│") == pytest.approx(share * len(bar), abs=2)


def test_failures_and_retries_are_counted_and_marked() -> None:
    lines = drawn(views_of(folded(fabricated_race(tasks=16, failures=[9], retries=[5])), 100))
    ray = next(line for line in lines if "RAY" in line)
    assert "✗1 ↻1" in ray
    assert "✔ finished, 1 failed" in ray
    assert any("✗9" in line for line in lines)
    assert any("↻5" in line for line in lines)
    assert any(line.startswith(" w0 ✗") and "the worker died: SIGKILL" in line for line in lines)


def test_a_ghost_counts_only_what_had_happened_by_then() -> None:
    race = folded(fabricated_race(tasks=16, failures=[9], retries=[5]))
    early, late = ([LaneView(race.lane("ray"), t, ghost=True)] for t in (0.1, 100.0))
    assert "↻" not in drawn(early)[2]
    assert " 0/16" in drawn(early)[2]
    assert "✗1 ↻1" in drawn(late)[2]
    assert "◌ ghost" in drawn(early)[2]


def test_a_ghost_has_room_for_its_whole_run_from_the_start() -> None:
    race = folded(fabricated_race(tasks=16))
    wide = [window_of([LaneView(race.lane("serial"), t, ghost=True)]) for t in (0.5, 6.0)]
    assert wide[0] == wide[1]
    assert wide[0].end > 12.6


def test_ghost_and_live_differ_in_more_than_the_word() -> None:
    race = folded(fabricated_race(tasks=16))
    live, ghost = (drawn([LaneView(race.lane("ray"), 3.0, ghost=g)])[4:] for g in (False, True))
    assert live != ghost


def test_before_the_race_the_start_up_grows_and_tasks_wait() -> None:
    lines = drawn(
        [
            LaneView(v.lane, 0, now=at(3.2), planned=48)
            for v in views_of(folded(fabricated_race(until=3.2)), 0)
        ]
    )
    text = "\n".join(lines)
    assert "import ray 1.00 s" in text
    assert "start Ray 2.20 s" in text
    assert "0/48" in next(line for line in lines if "RAY" in line)
    assert "░ starting" in text
    later = "\n".join(
        drawn(
            [
                LaneView(v.lane, 0, now=at(3.4))
                for v in views_of(folded(fabricated_race(until=3.2)), 0)
            ]
        )
    )
    assert "start Ray 2.40 s" in later


def test_a_warm_lane_waits_for_its_turn_off_the_axis() -> None:
    race = folded(fabricated_race(tasks=16, schedule="in-turn", until=GO + 1.2))
    views = views_of(race, GO + 1.2)
    assert window_of(views).end < 2
    text = "\n".join(drawn(views))
    assert "‖ waits" in text
    assert "ready (start-up 5.90 s), waiting for its turn" in text


def test_start_up_can_be_drawn_before_the_run() -> None:
    race = folded(fabricated_race(tasks=16))
    views = [LaneView(lane, 100.0, offset=lane.startup_s) for lane in race.raced()]
    assert window_of(views).end > 12.6
    assert sum("start-up 5.90 s" in line for line in drawn(views)) == 1


def test_a_broken_lane_says_why_and_no_markup_is_read() -> None:
    events = fabricated_race(until=3.0)
    events.append(
        ev.LaneFailed(t=at(3.0), lane="ray", reason="No [bold]port[/bold] is\x1b[2J free.")
    )
    lines = drawn(views_of(folded(events), 3.0))
    assert any("✗ No [bold]port[/bold] is[2J free." in line for line in lines)
    assert any("✗ failed" in line for line in lines)


def test_a_cancelled_lane_is_marked() -> None:
    text = "\n".join(drawn(views_of(folded(fabricated_race(tasks=24, cancel=3.3)), 100)))
    assert text.count("■ cancelled") == 2
    assert "·" in text


@pytest.mark.parametrize(
    "longest", [0, 0.3, 1, 1.01, 1.25, 7, 59, 3600, 1e6, float("nan"), float("inf")]
)
def test_the_window_holds_the_race_and_moves_in_steps(longest: float) -> None:
    end = fit_window(longest)
    assert end >= 1
    if longest < 1e9:
        assert longest <= end * (1 + 1e-9)
        assert end <= max(1, longest * 1.25 * (1 + 1e-9))
        assert fit_window(end) == pytest.approx(end)


def test_a_finished_race_fills_the_axis() -> None:
    views = views_of(folded(fabricated_race(tasks=16)), 100)
    longest = max(view.elapsed for view in views)
    assert longest < window_of(views).end < longest * 1.05


@pytest.mark.parametrize(
    ("window", "labels"),
    [
        ((0, 1), ["0.0 s", "0.1 s", "0.2 s"]),
        ((0, 12.6), ["0 s", "2 s", "4 s"]),
        ((5.5, 9), ["5.5 s", "6.0 s", "6.5 s"]),
        ((0, 600), ["0:00", "1:00", "2:00"]),
        ((0, 8000), ["0:00", "20:00", "40:00", "1:00:00"]),
    ],
)
def test_the_axis_has_round_steps(window: tuple[float, float], labels: list[str]) -> None:
    marks = TimeAxis(Page(100, 1, DARK), window).ticks()
    assert [label for _, label in marks][: len(labels)] == labels
    gaps = [b - a for (a, _), (b, _) in pairwise(marks)]
    assert min(gaps) >= 9


def test_what_gives_way_as_the_height_shrinks() -> None:
    wants = [1, 2]
    assert lay_out(wants, 30)[:3] == (2, 1, (1, 2))
    assert lay_out(wants, 30).tall == 3
    assert lay_out(wants, 8)[:3] == (2, 1, (1, 2))
    assert lay_out(wants, 7)[:3] == (2, 0, (1, 2))
    assert lay_out(wants, 6).rows == (1, 1)
    assert lay_out([1, 64], 30).rows[1] > 15
    assert lay_out([2], 9).tall == 2


@pytest.mark.parametrize("height", range(5, 30))
def test_the_last_lane_has_a_row_before_any_other(height: int) -> None:
    rows = lay_out([1, 2, 2, 2], height).rows
    assert rows[-1] == max(rows)
    assert rows[-1] > 0


def test_more_workers_than_lines_share_the_last_one() -> None:
    views = views_of(folded(fabricated_race(tasks=640, workers=64, seconds=100)), 100)
    lines = drawn(views, height=20)
    rows = [line for line in lines if line.lstrip().startswith("w")]
    more = 64 - (len(rows) - 1)
    assert f"{more} workers" in lines[-1]
    assert lines[-1].startswith(f" +{more}")
    every = drawn(views, height=90)
    assert sum(line.lstrip().startswith("w") for line in every) == 65


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
def test_no_size_breaks_it(ascii: bool, palette: Palette) -> None:
    events = fabricated_race(
        tasks=24, failures=[9], retries=[4], lanes=["serial", "threads", "processes", "ray"]
    )
    for now in (3.0, GO + 2, 100):
        race = folded([event for event in events if event.t <= at(now)])
        for offset in (0.0, 5.9):
            views = views_of(race, now, offset=offset, planned=24)
            for width in (1, 2, 5, 9, 20, 60, 200):
                for height in (1, 2, 3, 7, 12, 24, 60):
                    text = "".join(drawn(views, width, height, palette, ascii))
                    assert text.isascii() or not ascii


RACE = fabricated_race(tasks=12, workers=3, failures=[2], retries=[5], reports=2)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(RACE)),
    st.floats(-1, 20),
    st.booleans(),
    st.builds(Page, st.integers(1, 130), st.integers(1, 40), st.just(DARK)),
    st.tuples(st.floats(-2, 10), st.floats(0, 20)),
)
def test_any_prefix_of_a_race_can_be_drawn(
    count: int, t: float, ghost: bool, page: Page, place: tuple[float, float]
) -> None:
    race, (start, length) = folded(RACE[:count]), place
    views = [LaneView(lane, t, ghost=ghost, now=at(t), planned=12) for lane in race.raced()]
    if views:
        drawn(views, page.width, page.height)
    for line in draw_timeline(views, TimeWindow(start, start + length), page):
        assert sum(segment.cell_length for segment in line) == page.width


def test_what_was_drawn_before_makes_no_difference() -> None:
    """Rows are remembered from frame to frame; a replay that jumps about must look as one that
    doesn't.
    """
    race = folded(fabricated_race(tasks=24, failures=[9], retries=[4]))
    moments = [8.0, 0.5, 3.3, 3.31, 8.0, 100.0, 3.3]

    def at_moment(t: float, of: Race) -> list[object]:
        views = [LaneView(lane, t, ghost=True) for lane in of.raced()]
        return [
            list(line) for line in draw_timeline(views, TimeWindow(0.0, 13.0), Page(120, 30, DARK))
        ]

    for t in moments:
        fresh = folded(fabricated_race(tasks=24, failures=[9], retries=[4]))
        assert at_moment(t, race) == at_moment(t, fresh)


def test_late_events_of_another_clock_are_drawn() -> None:
    """A worker whose clock is behind finishes a task before the last event that is known."""
    events = fabricated_race(tasks=8, until=GO + 2.0)
    race = folded(events)

    def look() -> tuple[object, object]:
        views = views_of(race, GO + 2.0)[1:]
        lines = [
            list(line) for line in draw_timeline(views, TimeWindow(0.0, 5.0), Page(120, 8, DARK))
        ]
        return lines[2], lines[3:]

    lane = race.lane("ray")
    task = next(n for n in range(8) if lane.tasks.state[n] == 2)
    worker = int(lane.tasks.worker[task])
    first = look()
    start = at(GO + float(lane.tasks.start[task]))
    race.apply(
        ev.Finished(t=lane.last - 1000, lane="ray", task=task, worker=worker, start=start, cpu_s=1)
    )
    race.apply(ev.Started(t=lane.last, lane="ray", task=7, worker=worker))
    bar, rows = look()
    assert bar != first[0]
    assert rows != first[1]


def test_100_000_tasks_cost_what_16_do() -> None:
    """A ratio in one run, with room for a noisy machine: it fails when a loop over tasks
    creeps in.
    """

    def cost(tasks: int) -> float:
        race = folded(fabricated_race(tasks=tasks, reports=0, until=GO + 3))
        spent = []
        for step in range(15):
            views = [LaneView(lane, 3 + step * 0.01, running=True) for lane in race.raced()]
            begin = time.process_time()
            draw_timeline(views, TimeWindow(0.0, 5.0), Page(120, 24, DARK))
            spent.append(time.process_time() - begin)
        return sorted(spent)[len(spent) // 2]

    assert cost(100_000) < 5 * cost(16)


def with_bounds(ray: float, **others: float) -> list[str]:
    bounds = {"ray": ray, **others}
    lanes = ["serial", "threads", "ray"]
    race = folded(fabricated_race(tasks=8, schedule="in-turn", lanes=lanes[:: 2 - bool(others)]))
    views = [LaneView(lane, 1000.0, ideal=bounds.get(lane.engine)) for lane in race.raced()]
    lines = draw_timeline(views, TimeWindow(0.0, 10.0), Page(107, 16, DARK))
    return ["".join(segment.text for segment in line) for line in lines]


def test_the_lower_bound_is_marked_in_the_lanes_rows_and_named_on_the_axis() -> None:
    lines = with_bounds(2.0)
    assert "┊ lower bound 2.00 s" in lines[1]
    assert lines[1].index("┊") == 7 + 20
    rows = [y for y, line in enumerate(lines) if line.startswith(" w")]
    # A task's number may cover the mark in the middle of a row.
    marked = ["┊" in (lines[y - 1][7 + 20], lines[y][7 + 20]) for y in rows]
    assert marked == [False, True, True]


def test_a_lower_bound_beyond_the_window_has_no_mark() -> None:
    assert not any("┊" in line for line in with_bounds(50.0))


def test_a_late_lower_bound_is_named_at_its_left() -> None:
    assert " lower bound 9.90 s ┊" in with_bounds(9.9)[1]


@pytest.mark.parametrize("threads", [2.0, 2.3, 3.0, 4.0, 9.0])
def test_the_names_of_two_lower_bounds_never_overlap(threads: float) -> None:
    axis = with_bounds(2.0, threads=threads)[1]
    if threads == 2.0:
        assert "┊ TR lower bound 2.00 s" in axis or "┊ lower bound 2.00 s" in axis
        return
    assert axis.count("┊") == 2
    for letter, seconds in (("T", threads), ("R", 2.0)):
        assert axis.count(f" {letter} ") == 1
        whole = (f" {letter} lower bound {seconds:.2f} s ", f" {letter} {seconds:.2f} s ")
        assert any(name in axis for name in whole)


def test_a_start_up_that_failed_takes_no_more_time() -> None:
    events = fabricated_race(until=3.0)
    events.append(ev.LaneFailed(t=at(3.0), lane="ray", reason="No port is free."))
    early, late = (views_of(folded(events), seconds) for seconds in (3.0, 60.0))
    assert window_of(early) == window_of(late)
    assert drawn(early) == drawn(late)
    assert any("✗ start Ray 2.00 s" in line for line in drawn(late))


def test_a_reason_stands_once_and_not_where_it_is_stated_already() -> None:
    events = fabricated_race(until=3.0, lanes=["serial", "threads", "ray"])
    for name in ("threads", "ray"):
        events.append(ev.LaneFailed(t=at(3.0), lane=name, reason="No process can be started."))
    views = views_of(folded(events), 3.0)
    assert "\n".join(drawn(views)).count("No process can be started.") == 1
    page = Page(120, 30, DARK)
    lines = draw_timeline(views, window_of(views), page, "Ray: No process can be started. Sorry.")
    assert "can be" not in "".join(segment.text for line in lines for segment in line)


@pytest.mark.parametrize("width", [60, 64, 80, 120])
def test_a_lane_whose_tasks_failed_says_so_in_words_at_any_width(width: int) -> None:
    views = [LaneView(folded(fabricated_race(failures=[3, 4])).lane("ray"), 100.0)]
    assert "✔ finished, 2 failed" in drawn(views, width=width)[2]


def drained(drain: Drain, *changes: tuple[float, Driving, dict[str, float]]) -> Race:
    """A lane of Ray that is 3 s into its run of 16 tasks, none of which it knows to have ended."""
    seconds = GO
    events: list[ev.AnyEvent] = [
        event
        for event in fabricated_race(tasks=16, lanes=("ray",), until=GO)
        if not isinstance(event, (ev.Started, ev.RunStarted))
    ]
    events.append(ev.RunStarted(t=at(GO), lane="ray", run=1, tasks=16, workers=2, drain=drain))
    for lasted, doing, spent in changes:
        seconds += lasted
        events.append(
            ev.DriverChanged(
                t=at(seconds), lane="ray", doing=doing, tasks=16, cpu_s=0.0156, **spent
            )
        )
    return folded(events)


BLOCKED: tuple[tuple[float, Driving, dict[str, float]], ...] = (
    (0.0, "submitting", {}),
    (0.5, "getting", {"submitting_s": 0.5}),
)


def test_a_driver_that_is_blocked_says_so_where_its_workers_would_stand() -> None:
    for width, words in ((120, "state unknown to the driver"), (60, "state unknown")):
        lines = drawn(views_of(drained("get", *BLOCKED), GO + 3), width, 14)
        (driver,) = (line for line in lines if line.startswith("driver"))
        assert "ray.get of 16 tasks" in driver or width < 100
        assert "15.6 ms CPU" in driver
        assert any("blocked in ray.get: 16 tasks, " + words in line for line in lines)
        assert not any(line.startswith(" w") for line in lines)


def test_spans_that_were_filled_in_afterwards_are_marked() -> None:
    race = drained("get", *BLOCKED)
    for task in range(2):
        race.apply(
            ev.Finished(
                t=at(GO + 1), lane="ray", task=task, worker=task, start=at(GO + 0.5), cpu_s=0.1
            )
        )
    lines = drawn(views_of(race, GO + 3), 120, 14)
    assert [line.split()[0] for line in lines if line.startswith(" w")] == ["w0†", "w1†"]
    assert not any("blocked" in line for line in lines)
    lines = drawn(views_of(drained("wait", *BLOCKED), GO + 3), 120, 14)
    assert not any("†" in line or "blocked" in line for line in lines)


def test_a_driver_has_a_row_only_where_every_worker_has_one() -> None:
    race = drained("wait", *BLOCKED)
    assert not any(line.startswith("driver") for line in drawn(views_of(race, GO + 3), 120, 4))
    assert any(line.startswith("driver") for line in drawn(views_of(race, GO + 3), 120, 5))
