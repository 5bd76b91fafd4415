"""Text that is selected with the mouse and copied with ctrl+c, and drawings, which have none."""

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from tests.tui.staged import at, notices, pi_race, settle, showing, watching, words
from tui.app import RaytasksApp
from tui.screens.log import LogText
from tui.widgets.race.timeline_panel import Timeline
from tui.widgets.tasks.details import TaskDetails
from workloads.core import events as ev

RACE = pi_race(schedule="in-turn")
OVER = 1000.0

LOGGED = [
    ev.Logged(t=at(1000.0 + number), lane="ray", text=f"line {number} of Ray, 日本")
    for number in range(300)
]


async def drag(
    pilot: Pilot[int], widget: type[Widget] | str, start: tuple[int, int], end: tuple[int, int]
) -> None:
    await pilot.mouse_down(widget, start)
    await pilot.hover(widget, end)
    await pilot.mouse_up(widget, end)
    await settle(pilot)


async def copied(app: RaytasksApp, pilot: Pilot[int]) -> str:
    await pilot.press("ctrl+c")
    await settle(pilot)
    assert notices(app) == []
    return app.clipboard


async def test_the_details_of_a_task_can_be_copied() -> None:
    async with showing(watching(RACE, OVER)) as (app, pilot):
        await pilot.press("3", "tab", "tab", "down", "enter")
        await settle(pilot)
        await drag(pilot, TaskDetails, (13, 6), (16, 8))
        text = await copied(app, pilot)
        assert text.splitlines() == [
            "submitted",
            "0.004000 s  started on w0",
            "0.940 s     retu",
        ]


@pytest.mark.parametrize("page", ["", "pageup"])
async def test_the_log_can_be_copied(page: str) -> None:
    async with showing(watching([*RACE, *LOGGED], 2000.0)) as (app, pilot):
        await pilot.press("7", *filter(None, [page]))
        await settle(pilot)
        await pilot.wait_for_scheduled_animations()
        first, second = words(app).splitlines()[1:3]
        assert "of Ray" in first
        await drag(pilot, LogText, (5, 0), (9, 1))
        text = await copied(app, pilot)
        assert text.splitlines() == [first[5:], second[1:10]]


async def test_the_verdict_can_be_copied() -> None:
    async with showing(watching(RACE, OVER)) as (app, pilot):
        await drag(pilot, "#verdict", (1, 0), (20, 0))
        assert (await copied(app, pilot)).startswith("Ray finished 16 task")


async def test_nothing_of_a_drawing_is_copied() -> None:
    async with showing(watching(RACE, OVER)) as (app, pilot):
        await drag(pilot, Timeline, (3, 2), (30, 8))
        assert not app.screen.get_selected_text()
        await pilot.mouse_down(Timeline, (3, 2))
        await pilot.hover("#verdict", (20, 0))
        await pilot.mouse_up("#verdict", (20, 0))
        await settle(pilot)
        text = app.screen.get_selected_text() or ""
        assert "Timeline" not in text
