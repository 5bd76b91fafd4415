"""What tasks ask of Ray's nodes, and how many the nodes let run at once."""

import pytest

from workloads.engines.ray.asked import amounts_text, at_once, unplaceable

FOUR = [{"CPU": 1.0, "camera": 2.0, "memory": 1e9}] * 4


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"CPU": 1.0}, 4),
        ({"CPU": 0.5}, 8),
        ({"CPU": 0.3}, 12),
        ({"CPU": 0.1}, 40),
        ({"CPU": 0.5, "camera": 2.0}, 4),
        ({"CPU": 2.0}, 0),
        ({"CPU": 1.0, "GPU": 1.0}, 0),
    ],
)
def test_a_task_runs_on_one_node_and_never_on_parts_of_several(
    asked: dict[str, float], count: int
) -> None:
    assert at_once(asked, FOUR) == count


def test_half_a_cpu_lets_twice_as_many_run() -> None:
    nodes = [{"CPU": 2.0}, {"CPU": 3.0}]
    assert at_once({"CPU": 0.5}, nodes) == 2 * at_once({"CPU": 1.0}, nodes)


def test_what_no_node_offers_is_named_with_what_there_is() -> None:
    assert unplaceable({"CPU": 1.0, "camera": 2.0}, FOUR) == ""
    assert unplaceable({"CPU": 2.0}, FOUR) == (
        "Each task asks for 2 CPU, which no node offers: 4 nodes have 1 CPU."
    )
    nodes = [{"CPU": 4.0}, {"CPU": 1.0, "GPU": 2.0}, {"CPU": 4.0}]
    assert unplaceable({"CPU": 2.0, "GPU": 1.0}, nodes) == (
        "Each task asks for 2 CPU and 1 GPU, which no node offers: 2 nodes have 4 CPU and no GPU "
        "and 1 node has 1 CPU and 2 GPU."
    )


def test_of_one_node_the_resource_is_named_that_is_missing() -> None:
    asked = {"CPU": 1.0, "camera\x1b[31m": 3.0}
    assert unplaceable(asked, [{"CPU": 2.0, "camera\x1b[31m": 2.0}]) == (
        "Each task asks for 3 camera[31m, but Ray has 2."
    )
    assert unplaceable(asked, []) == "Each task asks for 1 CPU, but Ray has 0."


def test_amounts_of_nothing_are_left_out() -> None:
    assert amounts_text({"CPU": 0.5, "GPU": 0, "camera": 1}) == "0.5 CPU and 1 camera"
