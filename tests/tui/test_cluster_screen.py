"""The Cluster screen: what it shows while nodes work and in the end, and what its keys do."""

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from tests.fabricate_nodes import lost_node, nodes_race
from tests.tui.staged import Staged, prose, replanned, settle, showing, strips, words
from tests.tui.test_screens import SIZES
from tui.screens.cluster import ClusterScreen, looked_at
from tui.widgets.cluster.nodes import NodesPanel

RACE = nodes_race(lanes=("serial", "ray"), puts=10)
MIDWAY, OVER = 7.4, 1000.0
"""Moments of RACE: all nodes are at work; all is over."""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_look(size: tuple[int, int], screens: SnapshotAssertion):
    session = replanned(Staged(RACE, MIDWAY))
    async with showing(session, size) as (app, pilot):
        await pilot.press("5", "down", "down")
        await settle(pilot)
        assert words(app) == screens(name=f"midway-{size[0]}")
        session.apply(lost_node(8.0, 2))
        session.feed_to(RACE, OVER)
        await pilot.press("m")
        await settle(pilot)
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        assert words(app) == screens(name=f"over-{size[0]}")


async def test_a_worker_leads_to_its_task_on_that_lane():
    session = replanned(Staged(RACE, MIDWAY))
    async with showing(session) as (app, pilot):
        await pilot.press("5", "down", "enter")
        await settle(pilot)
        assert app.current_mode == "cluster"  # a node runs no task itself
        await pilot.press("down", "enter")
        await settle(pilot)
        assert app.current_mode == "tasks"
        assert session.selected is not None
        assert session.selected_lane == "ray"
        lane = session.race.lane("ray")
        assert lane.tasks.worker[session.selected] == 0


async def test_the_arrows_end_at_both_ends_and_a_click_selects():
    async with showing(replanned(Staged(RACE, MIDWAY))) as (app, pilot):
        await pilot.press("5", "up")
        screen = app.screen
        assert isinstance(screen, ClusterScreen)
        keys = screen._view.selectable()
        assert screen._cursor == keys[0]
        await pilot.press(*["down"] * (len(keys) + 2))
        assert screen._cursor == keys[-1]
        await pilot.click(NodesPanel, offset=(5, 2))
        assert screen._cursor == keys[0]


async def test_tab_shows_the_other_lanes_workers():
    async with showing(replanned(Staged(RACE, MIDWAY))) as (app, pilot):
        await pilot.press("5", "tab")
        await settle(pilot)
        assert "S Serial" in prose(app)
        assert "this machine" in prose(app)
        assert "This engine has no object store" in prose(app)
        await pilot.press("tab")
        await settle(pilot)
        assert "R Ray" in prose(app)


async def test_before_a_race_it_says_what_starts_and_which_keys_have_no_use():
    session = Staged()
    async with showing(session, (60, 16)) as (app, pilot):
        await pilot.press("5")
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, ClusterScreen)
        assert screen.why_not("move") == "There is no node or worker yet."
        assert "Press space to start" in screen.why_not("task")
        assert str(screen.query_one("#verdict", Static).content) == "Ray is starting."
        assert looked_at(session, "serial").name == "serial"
