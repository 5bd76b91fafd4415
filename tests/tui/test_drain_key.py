"""The key and the settings that choose how tasks are run and their results taken."""

from textual.widgets import Input

from tests.tui.staged import Staged, prose, settle, showing
from workloads.core.execution import Execution


async def test_d_goes_through_the_ways_of_draining_and_says_why_it_cant():
    session = Staged()
    async with showing(session) as (app, pilot):
        for drain, said in (
            ("get", "drained by one ray.get. Press space"),
            ("get-each", "drained by ray.get in the loop. Press space"),
        ):
            await pilot.press("d")
            await settle(pilot)
            assert session.plan.drain == drain
            assert said in prose(app)
        await pilot.press("d")
        assert session.plan.drain == "wait"
        session.choose_lanes(("serial", "threads"))
        await pilot.press("d")
        await settle(pilot)
        assert session.plan.drain == "wait"
        assert "No lane of the race has ObjectRefs" in app.why_not("drain")


async def test_the_settings_have_the_order_of_tasks_whose_size_the_workload_says():
    session = Staged()
    async with showing(session) as (app, pilot):
        await pilot.press("s")
        await pilot.pause()
        app.screen.query_one("#field-order", Input).value = "longest-first"
        await pilot.press("enter")
        await settle(pilot)
        assert session.plan.execution == Execution("longest-first")
        assert "longest first" in prose(app)
