"""The key that chooses how Ray's results are taken."""

from tests.tui.staged import Staged, prose, settle, showing


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
