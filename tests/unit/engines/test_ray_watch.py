"""What is reported of Ray's nodes, look by look."""

from types import SimpleNamespace
from typing import Any

from workloads.core import events as ev
from workloads.engines.ray.watch import NodeWatch


class Ray:
    """Ray's answers about its nodes."""

    def __init__(self) -> None:
        self.table: dict[str, dict[str, Any]] = {}
        self.free: dict[str, dict[str, float]] = {}
        state = SimpleNamespace(available_resources_per_node=lambda: self.free)
        self._private = SimpleNamespace(state=state)

    def get_runtime_context(self) -> Any:
        return SimpleNamespace(get_node_id=lambda: "aa")

    def nodes(self) -> list[dict[str, Any]]:
        return list(self.table.values())

    def join(self, id: str, **resources: float) -> None:
        resources |= {"object_store_memory": 100.0, "node:10.0.0.1": 1.0, "raytasks_share": 9.0}
        self.table[id] = {
            "NodeID": id,
            "Alive": True,
            "NodeManagerAddress": "10.0.0.1",
            "Resources": resources,
        }
        self.free[id] = dict(resources)


def watched(ray: Ray, ended: dict[str, str] | None = None) -> tuple[NodeWatch, list[ev.AnyEvent]]:
    events: list[ev.AnyEvent] = []
    return NodeWatch(ray, events.append, None, lambda: ended or {}, False), events


def test_nodes_are_reported_once_the_drivers_first_without_rays_own_resources() -> None:
    ray = Ray()
    ray.join("bb", CPU=1.0, camera=2.0)
    ray.join("aa", CPU=2.0)
    watch, events = watched(ray)
    watch.look()
    watch.look()
    joined = [event for event in events if isinstance(event, ev.NodeJoined)]
    assert [(event.node, event.driver, event.resources) for event in joined] == [
        ("aa", True, {"CPU": 2.0}),
        ("bb", False, {"CPU": 1.0, "camera": 2.0}),
    ]
    assert joined[0].store_bytes == 100
    ray.join("cc", CPU=1.0)
    watch.look()
    assert isinstance(events[-2], ev.NodeJoined)


def test_what_is_held_is_reported_when_it_changes() -> None:
    ray = Ray()
    ray.join("aa", CPU=2.0, camera=1.0)
    watch, events = watched(ray)
    watch.look()
    ray.free["aa"] |= {"CPU": 1.5, "object_store_memory": 60.0}
    ray.free["aa"].pop("camera")
    watch.look()
    used = events[-1]
    assert isinstance(used, ev.NodeUsed)
    assert (used.held, used.store_used, used.spilled) == ({"CPU": 0.5, "camera": 1.0}, 40, None)
    count = len(events)
    watch.look()
    assert len(events) == count


def test_a_node_is_lost_once_by_rays_word_or_because_its_raylet_is_gone() -> None:
    ray = Ray()
    for id in ("aa", "bb", "cc"):
        ray.join(id, CPU=1.0)
    ended: dict[str, str] = {}
    events: list[ev.AnyEvent] = []
    watch = NodeWatch(ray, events.append, None, lambda: ended, False)
    watch.look()
    ended["bb"] = "its raylet died"
    ray.table["cc"] |= {"Alive": False, "DeathReasonMessage": "drained\x1b[2J"}
    watch.look()
    watch.look()
    lost = [event for event in events if isinstance(event, ev.NodeLost)]
    assert {event.node: event.reason for event in lost} == {
        "bb": "its raylet died",
        "cc": "drained[2J",
    }
    assert len(lost) == 2
