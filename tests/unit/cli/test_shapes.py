"""The command line's options for CPUs, clusters and their nodes."""

import pytest

from tui.cli import shapes
from tui.cli.options import parse
from tui.cli.plans import plan_of
from tui.cli.shapes import engine_options
from workloads.core.errors import BadInput
from workloads.core.execution import Execution
from workloads.engines import EngineOptions
from workloads.engines.local_nodes import ONE_NODE, LocalNodes
from workloads.lanes.plan import oversubscribed
from workloads.machine import host


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "check_room", lambda nodes, cpus: None)


def shaped(*options: str) -> EngineOptions:
    typed = parse(["race", "sleep", *options])
    return plan_of(typed).shaped(engine_options(typed))


def test_nodes_share_the_cpus() -> None:
    assert shaped("--nodes", "4") == EngineOptions(cpus=4, nodes=LocalNodes(4))
    assert shaped("--nodes", "2", "--cpus-per-node", "3").cpus == 6
    assert shaped("--cpus", "3") == EngineOptions(cpus=3, nodes=ONE_NODE)


def test_every_node_has_the_resources() -> None:
    given = shaped("--nodes", "2", "--node-gpus", "1", "--node-resources", "camera=2,disk=0.5")
    assert given.nodes == LocalNodes(2, 1, {"camera": 2, "disk": 0.5})
    assert shaped("--node-gpus", "2").nodes == LocalNodes(1, 2)


def test_a_preset_for_nodes_starts_them_and_spreads_the_tasks() -> None:
    assert shaped("--preset", "nodes") == EngineOptions(cpus=4, nodes=LocalNodes(4))
    assert plan_of(parse(["race", "sleep", "--preset", "nodes"])).strategy == "spread"
    for more in (["--cpus", "2"], ["--address", "auto"]):
        assert shaped("--preset", "nodes", *more).nodes == ONE_NODE
        assert plan_of(parse(["race", "sleep", "--preset", "nodes", *more])).strategy == "default"
    assert shaped("--preset", "nodes", "--nodes", "2").nodes.count == 2


def test_tasks_ask_for_gpus_and_other_resources() -> None:
    typed = parse(["race", "sleep", "--task-gpus", "0.5", "--task-resources", "camera=1"])
    assert plan_of(typed).resources == {"camera": 1, "GPU": 0.5}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--nodes", "0"], "--nodes must be a whole number from 1 to 64; got “0”."),
        (["--nodes", "65"], "--nodes must be a whole number from 1 to 64; got “65”."),
        (["--nodes", "two"], "--nodes must be a whole number from 1 to 64; got “two”."),
        (
            ["--nodes", "64", "--cpus-per-node", "17"],
            "--cpus-per-node must be a whole number from 1 to 16; got “17”.",
        ),
        (
            ["--cpus-per-node", "2"],
            "--cpus-per-node requires --nodes; without it, use --cpus.",
        ),
        (
            ["--nodes", "2", "--cpus", "2"],
            "--cpus can't be used with --nodes; use --cpus-per-node.",
        ),
        (
            ["--nodes", "2", "--address", "auto"],
            "--nodes applies to a local Ray instance; the cluster at --address already has its "
            "nodes and CPUs.",
        ),
        (["--node-resources", "GPU=1"], "--node-resources can't have GPU; use --node-gpus."),
        (
            ["--node-resources", "camera"],
            "--node-resources must be NAME=AMOUNT, separated by commas; got “camera”.",
        ),
    ],
)
def test_what_is_no_cluster_is_refused_in_a_sentence(options: list[str], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        shaped(*options)
    assert str(refused.value) == sentence


def test_gpus_are_whole_above_one() -> None:
    with pytest.raises(BadInput, match="--task-gpus must be a fraction of a GPU or a whole number"):
        plan_of(parse(["race", "sleep", "--task-gpus", "1.5"]))


def test_an_order_by_size_needs_sizes_that_are_known() -> None:
    chosen = plan_of(parse(["race", "sleep", "--order", "longest-first"])).execution
    assert chosen == Execution("longest-first")
    sized = ["--inputs", "range:3", "--order", "longest-first"]
    with pytest.raises(BadInput, match="math:sqrt doesn't say how large its tasks are"):
        plan_of(parse(["race", "math:sqrt", *sized]))
    with pytest.raises(BadInput, match="invalid choice"):
        parse(["race", "sleep", "--order", "random"])


def test_batches_need_a_lane_with_workers_and_threads_a_number() -> None:
    typed = parse(["race", "noop", "--batch", "100", "--threads-per-task", "2"])
    assert plan_of(typed).execution == Execution(batch=100, threads=2)
    for options, sentence in (
        (["--batch", "0"], "batch must be from 1 to 100,000; got 0."),
        (["--threads-per-task", "many"], "threads-per-task must be a whole number from 0 to"),
        (["--batch", "2", "--lanes", "serial"], "--batch 2: no lane of the race sends tasks to"),
    ):
        with pytest.raises(BadInput) as told:
            plan_of(parse(["race", "noop", *options]))
        assert str(told.value).startswith(sentence)


def test_more_threads_than_cpus_are_oversubscribed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "usable_cpus", lambda: 4)

    def said(threads: int, *options: str) -> str:
        typed = ["race", "noop", "--threads-per-task", str(threads), *options]
        return oversubscribed(plan_of(parse(typed)), EngineOptions())

    assert said(2) == "Oversubscribed: 4 concurrent tasks × 2 threads on 4 CPUs."
    assert said(4, "--lanes", "serial") == ""
    assert (
        said(5, "--lanes", "serial") == "Oversubscribed: 1 concurrent task × 5 threads on 4 CPUs."
    )
    assert said(2, "--task-cpus", "2") == ""
    assert said(0) == ""
    waits = plan_of(parse(["race", "sleep", "--threads-per-task", "9"]))
    assert oversubscribed(waits, EngineOptions()) == ""
