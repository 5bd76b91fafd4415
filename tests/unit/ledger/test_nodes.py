"""The nodes of a lane, as its events tell of them."""

import math

from workloads.core import events as ev
from workloads.ledger.nodes import MAX_NODES, MAX_RESOURCES, NodeTable
from workloads.ledger.race import Race


def table(*events: ev.NodeEvent) -> NodeTable:
    nodes = NodeTable()
    for event in events:
        nodes.apply(event)
    return nodes


JOINED = ev.NodeJoined(
    t=1, node="aa", address="127.0.0.1", resources={"CPU": 1}, store_bytes=80, driver=True
)


def test_a_node_has_what_it_offers_and_what_is_held_of_it() -> None:
    nodes = table(
        JOINED,
        ev.NodeJoined(t=2, node="bb", resources={"CPU": 1, "camera": 2}),
        ev.NodeUsed(t=3, node="bb", held={"CPU": 0.5, "camera": 1}, store_used=7, spilled=3),
        ev.ClockMeasured(t=4, node="bb", ahead=-0.25, error_s=0.001),
        ev.TasksAsk(t=5, resources={"CPU": 0.5}, strategy="spread"),
    )
    first, second = nodes.rows.values()
    assert (first.number, first.driver, first.resources) == (0, True, {"CPU": 1})
    assert (second.held, second.store_used, second.spilled) == ({"CPU": 0.5, "camera": 1}, 7, 3)
    assert (second.ahead, second.error_s) == (-0.25, 0.001)
    assert (nodes.asks, nodes.strategy, nodes.count) == ({"CPU": 0.5}, "spread", 2)


def test_nothing_is_held_of_a_node_that_is_lost_until_it_comes_back() -> None:
    used = ev.NodeUsed(t=2, node="aa", held={"CPU": 1}, store_used=9)
    nodes = table(JOINED, used, ev.NodeLost(t=3, node="aa", reason="its raylet died"))
    row = nodes.rows["aa"]
    assert (row.alive, row.lost, row.held, row.store_used) == (False, "its raylet died", {}, 0)
    assert nodes.count == 0
    nodes.apply(JOINED)
    assert nodes.count == 1


def test_of_an_earlier_recording_the_workers_say_which_nodes_there_were() -> None:
    race = Race()
    for number, node in enumerate(("aa", "bb", "aa", "")):
        race.apply(ev.WorkerJoined(t=1, lane="ray", worker=number, pid=9, node=node))
    nodes = race.lane("ray").nodes
    assert [(row.number, row.recorded) for row in nodes.rows.values()] == [(0, False), (1, False)]


def test_a_lane_that_starts_again_has_new_nodes() -> None:
    race = Race()
    race.apply(ev.LaneOpened(t=1, lane="ray", engine="ray", pid=1))
    race.apply(ev.NodeJoined(t=2, lane="ray", node="aa"))
    assert race.lane("ray").nodes.count == 1
    race.apply(ev.LaneOpened(t=3, lane="ray", engine="ray", pid=2))
    assert not race.lane("ray").nodes.rows


def test_amounts_that_cant_be_true_are_left_out_and_nodes_are_bounded() -> None:
    amounts = {"CPU": math.inf, "GPU": -1.0, "disk": math.nan, "camera": 1.0}
    nodes = table(ev.NodeJoined(t=1, node="aa", resources=amounts))
    assert nodes.rows["aa"].resources == {"camera": 1.0}
    many = {f"r{number}": 1.0 for number in range(2 * MAX_RESOURCES)}
    nodes.apply(ev.NodeUsed(t=2, node="aa", held=many))
    assert len(nodes.rows["aa"].held) == MAX_RESOURCES
    for number in range(2 * MAX_NODES):
        nodes.apply(ev.NodeJoined(t=3, node=f"{number}"))
    assert len(nodes.rows) == MAX_NODES
    nodes.apply(ev.ClockMeasured(t=4, node="aa", ahead=math.inf, error_s=1))
    assert nodes.rows["aa"].ahead is None
