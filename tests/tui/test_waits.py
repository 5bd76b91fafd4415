"""Every wait names what it waits for; in each of them space, x, r and the settings act or say why
not.
"""

import pytest

from tests.fabricate import START, at
from tests.tui.staged import Held, Staged, done, notices, pi_race, prose, settle, showing, words
from tui.replay import Replay
from workloads.core import events as ev

RACE = pi_race(schedule="in-turn")
OVER = 1000.0
WAIT = "The race waits for Ray. Press x to cancel."
FIRST = "The race waits for serial. Press x to cancel."
RUNNING = "A race is running. Press x to cancel."


class Cancelling(Staged):
    """A session whose race is to end early."""

    cancelling = True  # type: ignore[assignment]


def starting() -> Staged:
    """A race that was asked for before Ray is there; serial is."""
    return Staged(RACE, 3.0)


def preparing() -> Staged:
    """Ray's engine is up; its workers are warmed."""
    session = Staged(RACE, 3.0)
    session.apply(ev.PhaseBegan(t=at(3.0), lane="ray", name="workers"))
    session.apply(ev.EngineStarted(t=at(3.0), lane="ray"))
    return session


def prepared() -> Staged:
    """All lanes are prepared; none has been let run yet."""
    return Staged(RACE, 6.2)


def comparing() -> Staged:
    """All lanes have ended; the race hasn't."""
    return Staged(RACE[:-1], OVER)


WAITS = {
    "start": (
        starting,
        "Starting Ray (start Ray): 3.0 s. Press x to cancel.",
        WAIT,
        "x cancels",
        WAIT,
    ),
    "prepare": (preparing, "Waiting for Ray to prepare", WAIT, "x cancels", WAIT),
    "run": (prepared, "Waiting for serial to run", FIRST, "x cancels", FIRST),
    "compare": (comparing, "Comparing the results of the lanes.", "", "x cancels", RUNNING),
    "cancel": (
        lambda: Cancelling(RACE, 9.0),
        "Cancelling: waiting for serial to stop.",
        "",
        "Cancelling: waiting for serial to stop.",
        RUNNING,
    ),
}


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_wait_says_what_it_waits_for_and_its_keys_act_or_say_why_not(
    wait: str, size: tuple[int, int]
) -> None:
    make, sentence, space, cancel, change = WAITS[wait]
    session = make()
    async with showing(session, size) as (app, pilot):
        assert sentence in prose(app)
        await pilot.press("space")
        await done(app)
        assert notices(app) == [space] * bool(space)
        assert app.paused is not bool(space)
        if app.paused:
            await pilot.press("space")
            await done(app)
        notices(app).clear()
        app.clear_notifications()
        await pilot.press("x")
        await done(app)
        if cancel == "x cancels":
            assert session.asked == ["open", "cancel"]
            assert notices(app) == []
        else:
            assert session.asked == ["open"]
            assert notices(app) == [cancel]
        for key in "rsnewvb":
            notices(app).clear()
            app.clear_notifications()
            await pilot.press(key)
            await done(app)
            assert notices(app) == [change]
            assert len(app.screen_stack) == 1


@pytest.mark.parametrize(
    ("wait", "word"),
    [
        ("start", "STARTING RAY"),
        ("prepare", "PREPARING RAY"),
        ("run", "GETTING READY"),
        ("compare", "COMPARING"),
        ("cancel", "CANCELLING"),
    ],
)
async def test_every_screen_says_in_its_first_line_what_a_race_waits_for(
    wait: str, word: str
) -> None:
    async with showing(WAITS[wait][0](), (80, 24)) as (app, pilot):
        for key in "23471":
            await pilot.press(key)
            await settle(pilot)
            assert f"○ {word} " in words(app).splitlines()[0]


@pytest.mark.parametrize("screen", ["1", "4"])
async def test_a_lane_that_prepares_is_not_called_ready(screen: str) -> None:
    async with showing(preparing(), (120, 40)) as (app, pilot):
        await pilot.press(screen)
        await settle(pilot)
        lines = words(app).splitlines()
        assert any("RAY" in line and "░ preparing" in line for line in lines)


async def test_while_lanes_start_and_no_race_is_asked_for_all_keys_act() -> None:
    session = Staged([event for event in RACE if not isinstance(event, ev.RaceOpened)], 3.0)
    async with showing(session, (80, 24)) as (app, pilot):
        assert "STARTING RAY" in words(app)
        await pilot.press("s")
        await settle(pilot)
        assert len(app.screen_stack) == 2
        await pilot.press("escape", "space")
        await done(app)
        assert session.asked == ["open", "start"]


async def test_a_wait_says_how_long_it_usually_takes_once_that_was_measured() -> None:
    session = Staged()
    session.apply(
        ev.LaneReady(t=START - 5 * 10**9, lane="ray", run=1, tasks=1, workers=2, startup_s=4.0)
    )
    session.feed_to(RACE, 3.0)
    async with showing(session) as (app, _pilot):
        assert "Starting Ray (start Ray): 3.0 of about 4.0 s. Press x to cancel." in prose(app)
    async with showing(starting()) as (app, _pilot):
        assert "about" not in prose(app)


async def test_a_start_that_takes_long_is_counted_in_whole_seconds() -> None:
    session = Staged()
    session.apply(
        ev.LaneReady(t=START - 5 * 10**9, lane="ray", run=1, tasks=1, workers=2, startup_s=12.4)
    )
    session.feed_to(RACE, 3.0)
    async with showing(session) as (app, _pilot):
        assert "Starting Ray (start Ray): 3 of about 12 s." in prose(app)


async def test_a_replay_shows_its_position_and_its_length_and_cuts_the_start_up() -> None:
    clock = Held(0)
    replay = Replay(RACE, clock)
    length = (RACE[-1].t - RACE[0].t) / 1e9
    async with showing(replay, (80, 24)) as (app, pilot):
        assert f"↺ REPLAY 0.0/{length:.1f} s" in words(app)
        for step in (1, 2, 3, 4):  # 6.4 s of start-up, in phases of up to 3 s
            clock.seconds = step
            await settle(pilot)
        assert replay.live_lane() is not None
        await pilot.press("space")
        await settle(pilot)
        assert "‖ PAUSED " in words(app)
        assert "space Play" in words(app)
        await pilot.press("space")
        clock.seconds = OVER
        await settle(pilot)
        await settle(pilot)
        assert f"↺ REPLAY {length:.1f}/{length:.1f} s" in words(app)
        last = words(app).splitlines()[-1]
        assert "Pause" not in last
        assert "r Restart" in last


async def test_after_a_change_of_settings_the_sentence_speaks_of_the_next_race() -> None:
    session = Staged(RACE, OVER)
    async with showing(session, (120, 40)) as (app, pilot):
        assert "Next race:" not in prose(app)
        await pilot.press("N")
        await settle(pilot)
        assert "Next race: π by Monte Carlo: 32 tasks" in prose(app)
        assert "Press space to start." in prose(app)
