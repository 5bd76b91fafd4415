"""Whether a cluster grows, and the wait for a node that it adds."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from workloads.core import events as ev
from workloads.core.errors import EngineFailed
from workloads.engines import Stop
from workloads.engines.ray.autoscaler import can_grow, wait_for_node

NODE = "4d6f47b3"


def ray_with(kinds: dict[str, str] | None = None, groups: int | None = None) -> Any:
    """A Ray with what its monitor wrote, and with kinds of nodes in its configuration."""
    status = None
    if kinds is not None:
        status = json.dumps({"autoscaler_report": {"node_type_mapping": kinds}}).encode()
    config = None if groups is None else SimpleNamespace(node_group_configs=[None] * groups)
    gcs = SimpleNamespace(internal_kv_get=lambda key, namespace: status)
    worker = SimpleNamespace(global_worker=SimpleNamespace(gcs_client=gcs))
    state = SimpleNamespace(state=SimpleNamespace(get_cluster_config=lambda: config))
    return SimpleNamespace(_private=SimpleNamespace(state=state, worker=worker))


def test_a_cluster_grows_if_its_autoscaler_has_kinds_of_nodes_to_add() -> None:
    assert can_grow(ray_with({NODE: "ray.head.default"}))
    assert can_grow(ray_with(groups=1))
    # Every `ray start --head` writes this.
    assert not can_grow(ray_with({NODE: f"node_{NODE}"}))
    assert not can_grow(ray_with(groups=0))
    assert not can_grow(ray_with())
    assert not can_grow(SimpleNamespace())


class Growing:
    """A cluster that has the camera after so many looks."""

    def __init__(self, looks: int, stop: Stop | None = None) -> None:
        self.looks, self.stop, self.cancelled = looks, stop, 0
        self.ray = self
        self.demands: list[dict[str, Any]] = []

    def offers(self) -> list[dict[str, float]]:
        self.looks -= 1
        if self.looks < 0 and self.stop:
            self.stop.request()
        if self.looks < 0 and not self.stop:
            return [{"CPU": 1.0}, {"CPU": 1.0, "camera": 1.0}]
        return [{"CPU": 1.0}]

    def check(self) -> None:
        pass

    def remote(self, **demand: Any) -> Any:
        self.demands.append(demand)
        return lambda function: SimpleNamespace(remote=lambda: "ref")

    def wait(self, refs: list[str], timeout: float) -> tuple[list[str], list[str]]:
        return [], refs

    def cancel(self, ref: str) -> None:
        self.cancelled += 1


ASKED = {"CPU": 1.0, "camera": 1.0}
DEMAND = {"num_cpus": 1.0, "resources": {"camera": 1.0}}


def waited(cluster: Any, stop: Stop) -> list[ev.AnyEvent]:
    events: list[ev.AnyEvent] = []
    wait_for_node(cluster, ASKED, DEMAND, events.append, stop)
    return events


def test_a_task_waits_for_a_node_and_says_what_it_asks_for_and_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cluster = Growing(looks=3)
    began, ended = waited(cluster, Stop())
    assert isinstance(began, ev.PhaseBegan)
    assert isinstance(ended, ev.PhaseEnded)
    assert began.name == ended.name == "wait for a node with 1 CPU and 1 camera"
    assert capsys.readouterr().out.splitlines() == [
        "Each task asks for 1 camera, but Ray has 0. Waiting for a node."
    ]
    assert cluster.demands == [DEMAND]  # what makes the autoscaler add a node
    assert cluster.cancelled == 1


def test_the_wait_can_be_cancelled() -> None:
    stop = Stop()
    cluster = Growing(2, stop)
    waited(cluster, stop)
    assert stop.requested
    assert cluster.cancelled == 1


def test_a_cluster_that_breaks_ends_the_wait() -> None:
    cluster = Growing(looks=10**9)

    def check() -> None:
        raise EngineFailed("Ray's raylet died.")

    cluster.check = check  # type: ignore[method-assign]
    with pytest.raises(EngineFailed):
        waited(cluster, Stop())
