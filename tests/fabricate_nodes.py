"""Fabricated races on several nodes: what `fabricate` invents, placed on nodes with resources."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import msgspec

from tests.fabricate import at, fabricated_race
from workloads.core import events as ev

IDS = tuple(f"{number + 10:x}{'0' * 54}{number:x}" for number in range(64))


def on_nodes(
    events: Sequence[ev.AnyEvent], nodes: int, shared: bool = False, puts: int = 0
) -> list[ev.AnyEvent]:
    """The race with Ray's workers on so many nodes by turns, each of 1 CPU and 2 cameras, of which
    a task asks for one; the inputs of the first `puts` tasks were put before it ran.
    """
    placed: list[ev.AnyEvent] = []
    homes = cycle(IDS[:nodes])
    for event in events:
        if isinstance(event, ev.PhaseBegan) and event.lane == "ray" and event.name == "workers":
            placed += _nodes(event.t, nodes, shared)
        if isinstance(event, ev.WorkerJoined) and event.lane == "ray":
            event = msgspec.structs.replace(event, node=next(homes))
        if isinstance(event, ev.Submitted) and event.lane == "ray" and event.task < puts:
            placed.append(_put(event))
        placed.append(event)
    return placed


def _nodes(t: int, nodes: int, shared: bool) -> list[ev.AnyEvent]:
    resources = {"CPU": 1.0, "camera": 2.0, "memory": 8e9}
    joined: list[ev.AnyEvent] = [
        ev.NodeJoined(
            t=t,
            lane="ray",
            node=IDS[number],
            address="127.0.0.1",
            resources=resources,
            store_bytes=500_000_000,
            driver=number == 0,
            shared=shared,
        )
        for number in range(nodes)
    ]
    return [
        *joined,
        ev.TasksAsk(t=t, lane="ray", resources={"CPU": 1.0, "camera": 1.0}, strategy="spread"),
    ]


def _put(event: ev.Submitted) -> ev.Stored:
    return ev.Stored(
        t=event.t,
        lane="ray",
        task=event.task,
        ref=f"00{'f' * 38}01000000{event.task + 1:02x}e1f505",
        bytes=30_000_000,
        load_s=0.1,
        put_s=0.01,
    )


def nodes_race(nodes: int = 4, **more: Any) -> list[ev.AnyEvent]:
    """A race of ten tasks over four nodes, a worker on each."""
    puts, shared = more.pop("puts", 0), more.pop("shared", False)
    given = {"tasks": 10, "workers": nodes, "seconds": 10.0, **more}
    return on_nodes(fabricated_race(**given), nodes, shared, puts)


def lost_node(seconds: float, number: int) -> ev.NodeLost:
    """The node of that number is gone."""
    return ev.NodeLost(t=at(seconds), lane="ray", node=IDS[number], reason="its raylet died")
