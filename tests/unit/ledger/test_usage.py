"""Who holds what of a lane's nodes, at a moment of the run."""

import numpy as np
import pytest

from tests.fabricate import at, folded
from tests.fabricate_nodes import IDS, lost_node, nodes_race
from workloads.core import events as ev
from workloads.ledger.lane import Lane
from workloads.ledger.usage import (
    held_inputs,
    nodes_of,
    resource_uses,
    tasks_at_work,
    worker_use,
)

GO = 6.4
"""When the fabricated race runs."""


def lane_at(seconds: float, *more: ev.AnyEvent, **race: object) -> Lane:
    """Ray's lane, so many seconds after its run started."""
    events = nodes_race(until=GO + seconds, **race)
    return folded([*events, *more]).lane("ray")


def test_workers_stand_with_their_nodes() -> None:
    lane = lane_at(1.0, nodes=2, workers=4)
    placed = [(node.number, [row.worker for row in rows]) for node, rows in nodes_of(lane)]
    assert placed == [(0, [0, 2]), (1, [1, 3])]


def test_workers_of_other_engines_are_on_a_node_without_an_id() -> None:
    race = folded(nodes_race(until=GO + 1.0, lanes=("serial", "ray")))
    [(node, rows)] = nodes_of(race.lane("serial"))
    assert (node.id, node.recorded, len(rows)) == ("", False, 1)


def test_running_tasks_hold_what_they_ask_for() -> None:
    lane = lane_at(0.2)
    for node, rows in nodes_of(lane):
        uses = {use.name: use for use in resource_uses(lane, node, rows)}
        assert uses.keys() == {"CPU", "camera"}
        assert (uses["CPU"].held, uses["CPU"].free) == (1.0, 0.0)
        assert (uses["camera"].held, uses["camera"].free) == (1.0, 1.0)


def test_what_others_of_a_shared_cluster_hold_is_theirs() -> None:
    used = ev.NodeUsed(t=at(GO + 0.1), lane="ray", node=IDS[0], held={"CPU": 1, "camera": 2})
    lane = lane_at(0.2, used, shared=True)
    node, rows = nodes_of(lane)[0]
    camera = next(use for use in resource_uses(lane, node, rows) if use.name == "camera")
    assert (camera.held, camera.others, camera.free) == (1.0, 1.0, 0.0)


def test_rays_count_stands_for_tasks_that_report_no_start_and_nothing_is_held_at_the_end() -> None:
    used = ev.NodeUsed(t=at(GO - 0.1), lane="ray", node=IDS[0], held={"CPU": 1, "memory": 4e9})
    lane = lane_at(-0.01, used)
    node, rows = nodes_of(lane)[0]
    counted = {use.name: use.held for use in resource_uses(lane, node, rows)}
    assert counted == {"CPU": 1.0, "camera": 0.0, "memory": 4e9}
    lane = folded([*nodes_race(), used]).lane("ray")
    node, rows = nodes_of(lane)[0]
    assert all(use.held == 0 for use in resource_uses(lane, node, rows))


def test_a_worker_runs_a_task_or_is_idle_or_is_lost_with_its_node() -> None:
    lane = lane_at(0.5)
    node, [row] = nodes_of(lane)[0]
    use = worker_use(lane, node, row, 0.5)
    assert (use.state, use.task, use.ran) == ("running", 0, 0)
    assert use.task_s == pytest.approx(use.busy_s)
    lane = folded(nodes_race()).lane("ray")
    node, [row] = nodes_of(lane)[0]
    use = worker_use(lane, node, row, lane.run_s or 0.0)
    assert (use.state, use.ran) == ("idle", row.count)
    assert 0 < use.task_s < use.busy_s <= (lane.run_s or 0.0)
    lane = lane_at(0.5, lost_node(GO + 0.4, 0))
    node, [row] = nodes_of(lane)[0]
    assert worker_use(lane, node, row, 0.5).state == "lost"


def test_the_tasks_at_work_add_up_to_the_time_at_work() -> None:
    lane = folded(nodes_race()).lane("ray")
    end = lane.run_s or 0.0
    edges = np.linspace(0, end, 33)
    total = 0.0
    for node, rows in nodes_of(lane):
        at_work = tasks_at_work(rows, edges, end)
        assert (at_work <= len(rows) + 1e-9).all()
        total += float((at_work * np.diff(edges)).sum())
        assert node.recorded
    assert total == pytest.approx(float(lane.tasks.durations.sum()))


def test_inputs_are_held_until_their_task_ends() -> None:
    assert held_inputs(lane_at(0.2, puts=3)) == [0, 1, 2]
    assert held_inputs(folded(nodes_race(puts=3)).lane("ray")) == []
