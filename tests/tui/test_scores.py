"""What the scoreboard is given while a race goes on: a bound, a projection with its bounds, then
the measurement.
"""

import asyncio

import msgspec
import pytest

from tests.fabricate import START
from tests.tui.staged import Staged, pi_race, settle, showing, watching, words
from tui.scores import score
from tui.sheets.lanes import LanesSheet
from workloads.core import events as ev

IN_TURN = pi_race(schedule="in-turn")
SERIAL, RAY = ((event.t - START) / 1e9 for event in IN_TURN if isinstance(event, ev.RunStarted))
OVER = 1000.0


def test_before_ray_ran_serials_tasks_bound_the_speedup():
    board = score(watching(IN_TURN, SERIAL + 5))
    assert (board.speedup, board.projected) == (None, None)
    assert board.note == "at most 2.00× with tasks like these"


def test_while_ray_runs_the_speedup_is_projected_and_the_measured_one_lies_within():
    measured = score(watching(IN_TURN, OVER))
    assert measured.speedup is not None
    assert measured.projected is None
    widths = []
    for seconds in (2.0, 4.0, 6.0):
        board = score(watching(IN_TURN, RAY + seconds))
        assert board.speedup is None
        assert board.projected is not None
        value, low, high = board.projected
        assert low <= measured.speedup <= high
        assert low <= value <= high
        widths.append(high - low)
    assert widths[2] < widths[0]


def test_after_an_earlier_run_it_is_projected_while_only_serial_has_begun():
    later = 100.0
    session = watching(IN_TURN, OVER)
    for event in IN_TURN:
        moved = msgspec.structs.replace(event, t=event.t + int(later * 1e9))
        if isinstance(moved, ev.LaneReady | ev.RunStarted | ev.RunEnded):
            moved = msgspec.structs.replace(moved, run=2)
        elif isinstance(moved, ev.Finished):
            moved = msgspec.structs.replace(moved, start=moved.start + int(later * 1e9))
        if moved.t <= START + int((later + SERIAL + 5) * 1e9):
            session.apply(moved)
    session.clock = lambda: START + int((later + SERIAL + 5) * 1e9)
    board = score(session)
    assert board.projected is not None
    measured = score(watching(IN_TURN, OVER)).speedup
    assert measured == pytest.approx(board.projected[0], rel=0.1)


def test_without_serial_there_is_no_speedup():
    board = score(watching(pi_race(lanes=("threads", "ray"), schedule="in-turn"), OVER))
    assert board.title == "ELAPSED"
    assert board.note == "No serial lane to compare with."
    assert [lane.speedup for lane in board.lanes] == [None, None]


def test_every_rival_has_its_speedup():
    board = score(
        watching(pi_race(lanes=("serial", "threads", "processes", "ray"), schedule="in-turn"), OVER)
    )
    assert board.title == "SPEEDUP  Ray vs serial"
    assert [lane.speedup is not None for lane in board.lanes] == [False, True, True, True]
    assert board.lanes[-1].speedup == board.speedup


# -- which lanes race ------------------------------------------------------------------------------


async def test_e_chooses_the_lanes_by_space():
    session = Staged()
    async with showing(session) as (app, pilot):
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, LanesSheet)
        await pilot.press("down", "space", "down", "space")  # threads join, processes join
        await pilot.press("down", "space", "enter")  # Ray goes
        await settle(pilot)
        assert session.plan.lanes == ("serial", "threads", "processes")
        assert session.asked[-1] == "open"
        assert "serial, threads and processes, in turn. Press space to start" in words(app).replace(
            "\n ", " "
        )


async def test_no_lane_at_all_is_told_and_not_taken():
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("space", "down", "down", "down", "space")
        await pilot.pause()
        assert "Choose at least one lane." in words(app)
        await pilot.press("enter")
        assert isinstance(app.screen, LanesSheet)
        await pilot.press("escape")
        await settle(pilot)
        assert session.plan.lanes == ("serial", "ray")


async def test_while_a_race_runs_the_lanes_stay():
    session = Staged(IN_TURN, SERIAL + 2)
    async with showing(session) as (app, pilot):
        await pilot.press("e")
        await asyncio.sleep(0)
        await settle(pilot)
        assert not isinstance(app.screen, LanesSheet)
