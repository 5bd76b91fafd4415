"""The numbers on screens are those of `workloads.figures` and of the ledger, whatever happened in a
race.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pytest
from textual.widgets import Static

from tests.fabricate import at, fabricated_race
from tests.tui.staged import pi_race, plan, prose, replanned, settle, showing, watching, words
from tui.drawing.themes import lane_letter
from tui.replay import Replay
from tui.scores import score
from tui.session import Session
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.readout import PiReadout
from tui.widgets.pi.scatter import Scatter
from workloads.core import events as ev
from workloads.core.wording import brief, percent, seconds, seconds_text, times
from workloads.figures.gain import gain, gains, lower_bound
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.figures.waterfall import sentence, waterfall
from workloads.ledger.tables import State

OVER = 1000.0


def superlinear() -> list[ev.AnyEvent]:
    """Ray takes less time than its workers can explain."""
    return [
        msgspec.structs.replace(event, wall_s=2.0)
        if isinstance(event, ev.RunEnded) and event.lane == "ray"
        else event
        for event in pi_race(schedule="in-turn")
    ]


def on_a_cluster() -> list[ev.AnyEvent]:
    return [
        msgspec.structs.replace(event, elsewhere=["ray"])
        if isinstance(event, ev.RaceOpened)
        else event
        for event in pi_race(workers=4)
    ]


def over(events: Sequence[ev.AnyEvent]) -> Session:
    """A session that has seen a race to its end, and would run the same next."""
    session = watching(events, OVER)
    assert session.race.opened is not None
    return replanned(session)


def cancelled_late() -> list[ev.AnyEvent]:
    """The race is cancelled when all of its lanes have finished."""
    return [
        msgspec.structs.replace(event, status="cancelled")
        if isinstance(event, ev.RaceEnded)
        else event
        for event in pi_race(schedule="in-turn")
    ]


def replayed() -> Session:
    clock = [0]
    session = Replay(pi_race(schedule="in-turn"), lambda: clock[0])
    while not session.finished:
        clock[0] += 1_000_000_000
        session.feed()
    return session


def counted(events: Sequence[ev.AnyEvent]) -> Session:
    session = over(events)
    session.count_startup = True
    return session


def changed() -> Session:
    session = over(pi_race(schedule="in-turn"))
    session.plan = replace(plan(), params={**session.plan.params, "tasks": 32})
    return session


@cache
def large() -> Session:
    """A race of 100,000 tasks, whose events take seconds to be folded; tests only read it."""
    return over(fabricated_race(tasks=100_000, schedule="in-turn", reports=0))


RACES: dict[str, Callable[[], Session]] = {
    "finished": lambda: over(pi_race(schedule="in-turn")),
    "together": lambda: over(pi_race()),
    "failed": lambda: over(pi_race(schedule="in-turn", failures=[3])),
    "cancelled": lambda: over(pi_race(cancel=3.0)),
    "cancelled late": lambda: over(cancelled_late()),
    "retried": lambda: over(pi_race(schedule="in-turn", retries=[5])),
    "superlinear": lambda: over(superlinear()),
    "one task": lambda: over(pi_race(tasks=1, schedule="in-turn")),
    "100,000 tasks": large,
    "cluster": lambda: over(on_a_cluster()),
    "replay": replayed,
    "with start-up": lambda: counted(pi_race(schedule="in-turn")),
    "other settings": changed,
}


def lane_line(app_words: str, engine: str) -> str:
    return next(line for line in app_words.splitlines() if f" {engine.upper()} " in line)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", RACES)
async def test_the_screen_shows_the_figures(name: str, size: tuple[int, int]):
    session = RACES[name]()
    race, startup = session.race, session.count_startup
    async with showing(session, size) as (app, pilot):
        await settle(pilot)
        screen, text = words(app), prose(app)
        assert not re.search(r"\b(nan|inf|ghost|None)\b", screen)
        for lane in race.raced():
            line = lane_line(screen, lane.engine)
            assert f" {lane.done:,}/{lane.tasks.count:,} " in line
            assert lane.ended is not None
            took = lane.ended.wall_s + lane.startup_s * startup
            assert f" {seconds(took)} " in line
        ray, board = race.lane("ray"), score(session)
        gained, bound = gain(race, ray, startup), lower_bound(race, ray)
        assert board.speedup == (gained and gained.speedup)
        assert board.startup == startup
        if gained is None:
            assert "efficiency" not in text.partition("π ≈")[0]
        elif not (gained.beyond or board.stale) and gained.speedup >= 1:
            assert f"{percent(gained.efficiency)} efficiency" in text
        if gained is not None and not gained.beyond and bound is not None:
            at = bound + ray.startup_s * startup
            assert f"lower bound {seconds(at)}" in screen.splitlines()[2]
        assert ("last race" in text) == (name == "other settings")
        if name != "other settings":
            beginning = " ".join(verdict(race, startup).split())[:60]
            assert beginning in text


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", RACES)
async def test_compare_shows_the_figures(name: str, size: tuple[int, int]):
    session = RACES[name]()
    race, startup = session.race, session.count_startup
    report, gained = race_report(race), gains(race, startup)
    async with showing(session, size) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        screen, text = words(app), prose(app)
        assert not re.search(r"\b(nan|inf|None)\b", screen)
        for lane in race.raced():
            row = lane_line(screen, lane.engine)
            if lane.run_s is None or (lane.ended and lane.ended.status == "cancelled"):
                assert f"{lane.done:,}/{lane.tasks.count:,}" in row
                continue
            scale = max((other.run_s or 0) + other.startup_s * startup for other in race.raced())
            assert f" {seconds_text(lane.run_s + lane.startup_s * startup, scale)} " in row
            if lane.name in gained:
                mark = "!" * bool(gained[lane.name].beyond)
                assert f" {times(gained[lane.name].speedup)}{mark} " in row
                assert f" {percent(gained[lane.name].efficiency)}{mark} " in row
        fall = waterfall(race, "ray")
        assert (fall is None) == ("ray" not in report.waterfall)
        if fall is None:
            assert "WHERE THE TIME WENT" in screen
            assert "run time" not in screen
            return
        printed, rows = fall.printed(), screen.partition("WHERE THE TIME WENT")[2].splitlines()
        parts = [("lower bound", printed.ideal_s), ("run time", printed.wall_s)]
        parts += [(step.name, step.seconds) for step in printed.steps if step.seconds]
        for part, amount in parts:
            row = next(row for row in rows if row.startswith(f" {part} "))
            assert f"{seconds_text(amount, fall.wall_s)} " in row
        assert " ".join(sentence(fall).split())[:60] in text


async def test_all_times_in_a_frame_are_of_one_moment():
    session = watching(pi_race(schedule="in-turn"), 23.0)
    looks = itertools.count()
    session.clock = lambda: at(23.0 + 0.37 * next(looks))
    async with showing(session) as (app, pilot):
        for _ in range(3):
            await settle(pilot)
            screen = words(app)
            (elapsed,) = re.findall(r" (\d+\.\d\d s) .* running", lane_line(screen, "ray"))
            assert f"  {elapsed}  " in f"{screen.splitlines()[0]}  "
            *_, board = (line for line in screen.splitlines() if re.search(r" R  .*s$", line))
            assert board.endswith(f" {elapsed}")


async def test_a_long_summary_ends_in_an_ellipsis_and_enter_shows_all_of_it():
    session = over(pi_race(schedule="in-turn", lanes=("serial", "threads", "processes", "ray")))
    whole = verdict(session.race)
    assert whole.endswith("Every lane computed the same answer.")
    async with showing(session, (80, 24)) as (app, pilot):
        assert "…" in words(app).splitlines()[-2]
        assert whole not in prose(app)
        await pilot.press("enter")
        await settle(pilot)
        text = str(app.screen.query_one("#full-text", Static).content)
        assert text.startswith(whole)
        await pilot.press("enter")
        await settle(pilot)
        assert "…" in words(app).splitlines()[-2]


async def test_workers_have_the_numbers_of_the_report_on_every_screen():
    # The first of three workers has no part in this run.
    moved = []
    for event in pi_race(schedule="in-turn", workers=2):
        if isinstance(event, ev.LaneReady) and event.lane == "ray":
            joined = ev.WorkerJoined(t=event.t, lane="ray", worker=2, pid=4003)
            moved += [joined, msgspec.structs.replace(event, crew=[1, 2])]
        elif isinstance(event, ev.Started | ev.Finished) and event.lane == "ray":
            moved.append(msgspec.structs.replace(event, worker=event.worker + 1))
        else:
            moved.append(event)
    session = over(moved)
    report = race_report(session.race)
    assert [(each.number, each.pid) for each in report.lanes[1].worker_list] == [
        (0, 4002),
        (1, 4003),
    ]
    async with showing(session, (200, 60)) as (app, pilot):
        for key in "134":
            await pilot.press(key)
            await settle(pilot)
            assert re.search(r"\bw1\b", words(app)), key
            assert not re.search(r"\bw2\b", words(app)), key


async def test_on_a_projector_nothing_is_a_sliver_and_the_summary_moves_nothing():
    regions = []
    for moment in (23.0, OVER):
        async with showing(watching(pi_race(schedule="in-turn"), moment), (100, 30)) as (app, _):
            assert not app.screen.query_one(Convergence).size
            regions.append([app.screen.query_one(part).region for part in (Scatter, PiReadout)])
            assert app.screen.query_one("#verdict").region.height == 1
    assert regions[0] == regions[1]
    assert min(region.height for region in regions[0]) >= 12


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40)], ids=str)
async def test_every_worker_of_four_lanes_has_a_row(size: tuple[int, int]):
    lanes = ("serial", "threads", "processes", "ray")
    async with showing(over(pi_race(schedule="in-turn", lanes=lanes)), size) as (app, _pilot):
        screen = words(app).splitlines()
        assert sum(line.startswith((" w0", " w1")) for line in screen) == 7
        assert not any(line.startswith((" all", "  +")) for line in screen)


async def test_a_large_screen_has_no_empty_half():
    async with showing(over(pi_race(schedule="in-turn")), (200, 60)) as (app, _pilot):
        text = words(app)
        for title in ("WHERE THE TIME WENT", "TASK DURATIONS", "SLOWEST TASKS", "LOG"):
            assert title in text


async def test_a_workload_without_a_picture_shows_results_and_statistics():
    async with showing(over(fabricated_race(schedule="in-turn"))) as (app, pilot):
        text = words(app)
        for title in ("RESULTS", "TASK DURATIONS", "SLOWEST TASKS", "TASKS PER SECOND"):
            assert title in text
        await pilot.press("G")
        await settle(pilot)
        lanes = app.session.race.raced()
        longest = max(lanes, key=lambda lane: lane.tasks.durations.max())
        assert app.session.selected == longest.tasks.durations.argmax()


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (200, 60)], ids=str)
async def test_its_own_screen_shows_them_at_full_size(size: tuple[int, int]):
    session = over(fabricated_race(schedule="in-turn", failures=[3]))
    async with showing(session, size) as (app, pilot):
        await pilot.press("2")
        await settle(pilot)
        lines = words(app).splitlines()
        assert "no view of its own" not in prose(app)
        for title in ("RESULTS", "TASK DURATIONS"):
            assert title in lines[1]
        assert ("SLOWEST TASKS" in lines[1]) is (size[0] >= 100)
        shown = [line for line in lines[2:-1] if " R " in line[:6]]
        assert len(shown) >= min(16, size[1] - 4), "as many results as there is room for"
        assert any("✗" in line for line in shown)
        await pilot.press("f1")
        await settle(pilot)
        assert "Results" in prose(app)


@pytest.mark.parametrize("name", RACES)
async def test_the_tasks_screen_shows_the_ledger(name: str):
    session = RACES[name]()
    async with showing(session, (120, 40)) as (app, pilot):
        await pilot.press("3")
        await settle(pilot)
        screen, text = words(app), prose(app)
        lanes = {lane_letter(lane.engine): lane for lane in session.shown_lanes()}
        lines = [line.split() for line in screen.splitlines()[3:-2]]
        rows = [line for line in lines if line and line[0].isdigit()]
        letters = next(iter(lanes)) * (len(lanes) == 1)  # of one lane there is no such column
        rows = [[row[0], *letters, *row[1:]] for row in rows]
        assert len(rows) == min(sum(lane.tasks.count for lane in lanes.values()), 35)
        for number, letter, *row in rows:
            task, table = int(number), lanes[letter].tasks
            state = State(int(table.state[task]))
            assert STATE_WORDS.get(state, state.name.lower()) in " ".join(row)
            if state == State.FINISHED:
                waited = table.start[task] - table.submitted[task]
                known = [waited, table.end[task] - table.start[task]][bool(np.isnan(waited)) :]
                assert row[1] == "finished"
                assert row[2] == f"w{table.worker[task]}"
                assert row[3].removeprefix("↻") == str(table.attempt[task] + 1)
                assert " ".join(row[4:]).startswith(" ".join(brief(float(s)) for s in known))
        for state in State:
            if count := sum(int((lane.tasks.state == state).sum()) for lane in lanes.values()):
                assert f"{count:,} {STATE_WORDS.get(state, state.name.lower())}" in text


STATE_WORDS = {State.WAITING: "not started"}
"""How a state is called on screen where that isn't by its own name."""
