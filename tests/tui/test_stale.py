"""After a setting was changed, or after a sweep, no screen shows the figures of the last race as if
they were those of the settings beside them.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.tui.staged import Staged, pi_race, prose, replanned, settle, showing, swept
from tui.app import RaytasksApp
from tui.scores import score
from workloads.builtin.sleep import SLEEP

RACE = pi_race(schedule="in-turn")
OVER = 1000.0
SIZES = [(80, 24), (100, 30), (120, 40), (200, 60)]
MARK = "last race"

CHANGES: dict[str, Sequence[str]] = {
    "tasks": ["N"],
    "fewer tasks": ["n"],
    "samples": ["right_square_bracket"],
    "fewer samples": ["left_square_bracket"],
    "schedule": ["t"],
    "lanes": ["e", "down", "space", "enter"],
}


def finished() -> Staged:
    """A session after a race that it would run once more."""
    return replanned(Staged(RACE, OVER))


async def each_screen(app: RaytasksApp, pilot: Pilot[object]) -> AsyncIterator[tuple[str, str]]:
    """The key and the text of each screen that shows figures, one after the other."""
    for key in "1234":
        await pilot.press(key)
        await settle(pilot)
        yield key, prose(app)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_nothing_is_marked_while_the_settings_are_those_of_the_race(
    size: tuple[int, int],
) -> None:
    async with showing(finished(), size) as (app, pilot):
        async for key, text in each_screen(app, pilot):
            assert MARK not in text.lower(), key


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("change", CHANGES)
async def test_after_a_change_every_screen_says_that_it_shows_the_last_race(
    change: str, size: tuple[int, int]
) -> None:
    session = finished()
    async with showing(session, size) as (app, pilot):
        await pilot.press(*CHANGES[change])
        await settle(pilot)
        assert session.changed
        async for key, text in each_screen(app, pilot):
            assert MARK in text.lower(), key
        assert score(session).stale


async def test_so_it_does_for_workers_and_not_once_the_change_is_undone() -> None:
    session = finished()
    async with showing(session) as (app, pilot):
        session.plan = replace(session.plan, workers=7)
        async for key, text in each_screen(app, pilot):
            assert MARK in text.lower(), key
        session.plan = replace(session.plan, workers=None)
        for key in "1234":
            await pilot.press("N", "n", key)
            await settle(pilot)
            assert MARK not in prose(app).lower(), key


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_another_workload_clears_the_last_race(size: tuple[int, int]) -> None:
    session = finished()
    async with showing(session, size) as (app, pilot):
        await pilot.press("w", "down", "down", "enter")
        await settle(pilot)
        assert session.plan.workload == SLEEP.name
        async for key, text in each_screen(app, pilot):
            assert not re.search(r"efficiency with|✔|✗|faster|lower bound \d", text), key


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_after_a_sweep_the_screens_of_a_race_say_that_they_show_its_last_one(
    size: tuple[int, int],
) -> None:
    async with showing(swept(), size) as (app, pilot):
        async for key, text in each_screen(app, pilot):
            assert "last sweep" in text.lower(), key
            assert "settings changed" not in text, "nobody changed them"
            assert (MARK in text.lower()) is (key in "13"), key
            assert "without serial" not in text.lower(), key
