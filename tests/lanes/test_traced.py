"""What the Code screen shows is what runs: a traced race executes the lines that are shown, in the
driver and in the workers, and the line that is marked for a state of the driver is the next one
that the driver executes.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

import pytest

from tests.lanes.conftest import Races
from tui.widgets.code.places import driver_lines
from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.core.engine_info import engine_info
from workloads.lanes.coordinator import Plan

Line = tuple[str, int]


def within(listing: ev.Listing, lines: Iterable[Line]) -> list[int]:
    """The numbers of the lines that lie in the listing, in order."""
    shown = range(listing.line, listing.line + listing.text.count("\n") + 1)
    return [number for file, number in lines if file.endswith(listing.file) and number in shown]


def text_of(listing: ev.Listing, number: int) -> str:
    return listing.text.splitlines()[number - listing.line]


@pytest.mark.parametrize("drain", ["wait", "get"])
@pytest.mark.asyncio(loop_scope="session")
async def test_the_lines_that_are_shown_run_in_the_driver_and_in_workers(
    races: Races, drain: Drain
) -> None:
    plan = Plan("tests.lanes.traced:TRACED", {"tasks": 20}, 1, schedule="in-turn", drain=drain)
    assert await races.run(plan) == "finished"
    for name in plan.lanes:
        ended, listings = races.lane(name).ended, races.race.listings[name]
        assert ended is not None
        ran = {role: [(file, line) for file, line in ended.answer[role]] for role in ended.answer}
        assert {each.role for each in listings} >= {"driver", "task"}
        for listing in listings:
            process = {"driver": "driver"}.get(listing.role, "worker")
            executed = {text_of(listing, n) for n in within(listing, ran[process])}
            decorated = {text_of(listing, n) for n in within(listing, ran["driver"])}
            if listing.name == "streaming" and drain == "get":
                continue  # ray.get takes no generators
            assert executed, listing.name
            for line in listing.text.splitlines():
                if "@ray.remote" in line:
                    assert line in decorated, listing.name
                elif any(call in line for call in ("ray.wait(", "ray.get(", ".remote(")):
                    assert line in executed, listing.name
        assert_marked(name, listings, ran["driver"], races)


def assert_marked(
    name: str, listings: tuple[ev.Listing, ...], ran: list[Line], races: Races
) -> None:
    """Each state that was told has its line, which runs right after the state was entered."""
    marked = driver_lines(listings)
    told = {each.doing for each in races.of(ev.DriverChanged) if each.lane == name} - {"idle"}
    assert told
    assert told <= marked.keys()
    for state in told:
        at, number = marked[state]
        numbers = within(listings[at], ran)
        numbers = [n for n in numbers if text_of(listings[at], n).strip() != "try:"]
        before = {text_of(listings[at], a) for a, b in pairwise(numbers) if b == number}
        assert any(re.search(rf'\.enter\("{state}"', line) for line in before), (name, state)
    calls = [text_of(listings[at], number) for at, number in marked.values()]
    if "ray.wait" in engine_info(name).calls and "waiting" in told:
        assert any("ray.wait(" in line for line in calls)
