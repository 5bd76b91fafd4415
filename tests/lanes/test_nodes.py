"""A local Ray cluster of two nodes: who runs where, what is held, what can't be placed, and what
happens when a node or the head dies. One cluster for all of it: it takes seconds to start.
"""

import signal
from collections.abc import AsyncIterator

import msgspec
import psutil
import pytest
import pytest_asyncio

from tests.lanes.conftest import Races, gone, races_with, sleep_plan
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.engines.local_nodes import LocalNodes
from workloads.figures.report import race_report

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def two_nodes() -> AsyncIterator[Races]:
    async for made in races_with(EngineOptions(cpus=2, nodes=LocalNodes(2, 1, {"camera": 1}))):
        yield made


def held(races: Races) -> set[str]:
    """The nodes of which a CPU and the camera have been held at the same time."""
    return {
        event.node
        for event in races.of(ev.NodeUsed)
        if isinstance(event, ev.NodeUsed) and event.held.items() >= {"CPU": 1, "camera": 1}.items()
    }


async def test_tasks_are_spread_over_nodes_that_are_named_with_what_is_held(
    two_nodes: Races,
) -> None:
    races = two_nodes
    joined: list[ev.NodeJoined] = []
    races.coordinator.listen(lambda e: joined.append(e) if isinstance(e, ev.NodeJoined) else None)
    asks = {"camera": 1.0}
    going = races.begin(sleep_plan(4, 1.2, lanes=("ray",), resources=asks, strategy="spread"))
    await races.until(lambda: len(held(races)) == 2)
    assert await going == "finished"
    assert [node.driver for node in joined] == [True, False]
    assert not any(node.shared for node in joined)
    assert all(
        node.resources.items() >= {"CPU": 1.0, "GPU": 1.0, "camera": 1.0}.items() for node in joined
    )
    lane = races.lane("ray")
    assert {row.node for row in lane.rows.values() if row.count} == {node.node for node in joined}
    assert lane.nodes.asks == {"CPU": 1, **asks}
    assert [phase.total for phase in lane.phases if phase.name == "nodes"] == [2]
    report = msgspec.to_builtins(race_report(races.race))["lanes"][0]
    assert report["nodes"] == 2
    assert {worker["node"] for worker in report["worker_list"]} == lane.nodes.rows.keys()


async def test_half_a_cpu_lets_twice_as_many_run(two_nodes: Races) -> None:
    assert await two_nodes.run(sleep_plan(8, 0.2, lanes=("ray",), num_cpus=0.5)) == "finished"
    lane = two_nodes.lane("ray")
    assert lane.workers == 4
    assert {
        len([row for row in lane.rows.values() if row.node == id]) for id in lane.nodes.rows
    } == {2}


async def test_what_no_node_offers_is_named_at_once(two_nodes: Races) -> None:
    plan = sleep_plan(2, 0.1, lanes=("ray",), resources={"camera": 2.0})
    assert await two_nodes.run(plan) == "failed"
    assert two_nodes.lane("ray").reason == (
        "Each task asks for 1 CPU and 2 camera, which no node offers: 2 nodes have 1 CPU and "
        "1 camera."
    )


async def test_a_node_that_dies_is_named_and_its_tasks_run_elsewhere(two_nodes: Races) -> None:
    races = two_nodes
    going = races.begin(sleep_plan(6, 1.0, lanes=("ray",), strategy="spread"))
    lane = races.lane("ray")
    await races.until(lambda: lane.running == 2)
    raylets = [p for p in psutil.Process(lane.pid).children() if p.name() == "raylet"]
    max(raylets, key=psutil.Process.create_time).send_signal(signal.SIGKILL)
    assert await going == "finished"
    lost = [node for node in lane.nodes.rows.values() if not node.alive]
    assert [node.driver for node in lost] == [False]
    assert str(lost[0].lost).startswith("its raylet (process")
    assert lane.done == 6


async def test_the_head_that_dies_fails_the_lane_and_nothing_is_left(two_nodes: Races) -> None:
    races = two_nodes
    going = races.begin(sleep_plan(4, 30.0, lanes=("ray",)))
    await races.until(lambda: bool(races.lane("ray").running))
    processes = races.processes("ray")
    next(p for p in processes if p.name() == "gcs_server").send_signal(signal.SIGKILL)
    assert await going == "failed"
    assert "Ray's control service (GCS)" in races.lane("ray").reason
    assert "died" in races.lane("ray").reason
    await races.coordinator.close()
    assert not await gone(processes)
