"""The command line of sweeps: what may be typed for each kind, and what may not."""

from dataclasses import replace

import pytest

from tui.cli.entry import main
from tui.cli.options import parse
from tui.cli.plans import plan_of
from tui.cli.sweeps import sweep_of
from workloads.core.errors import BadInput
from workloads.lanes.plan import lanes_for
from workloads.machine import host
from workloads.sweeps.kinds import TUTORIAL_BATCHES, USUAL_GRAIN, Sweep


def asked(*arguments: str) -> Sweep:
    """The sweep that such a command asks for."""
    given = parse(["sweep", *arguments])
    return sweep_of(given, plan_of(given))


@pytest.mark.parametrize(
    ("arguments", "kind", "values"),
    [
        (["pi"], "batches", TUTORIAL_BATCHES),
        (["images"], "batches", TUTORIAL_BATCHES),
        (["pi", "--workers"], "workers", tuple(range(1, host.usable_cpus() + 1))),
        (["pi", "--workers", "4"], "workers", (4,)),
        (["pi", "--workers", "1-3", "--weak"], "weak", (1, 2, 3)),
        (["pi", "--weak"], "weak", tuple(range(1, host.usable_cpus() + 1))),
        (["pi", "--grain"], "grain", USUAL_GRAIN),
        (["sleep", "--grain", "1,10", "--seconds", "0.1"], "grain", (1, 10)),
        (["pi", "--samples", "1e4-1e5"], "samples", (10_000, 20_000, 50_000, 100_000)),
        (["pi", "--samples", "160,1600"], "samples", (160, 1600)),
        (["pi", "--runs", "2"], "runs", (1, 2)),
        (["sleep", "--workers", "1-2"], "workers", (1, 2)),
        (["arrays", "--sizes", "100k,1M"], "sizes", (100_000, 1_000_000)),
        (["arrays", "--sizes", "1M-2M", "--tasks", "9"], "sizes", (1_000_000, 2_000_000)),
        (["arrays"], "sizes", (100_000, 400_000, 1_000_000, 4_000_000, 16_000_000)),
        (["arrays", "--preset", "sizes", "--sizes", "2M"], "sizes", (2_000_000,)),
        (["pi", "--preset", "weak"], "weak", tuple(range(1, host.usable_cpus() + 1))),
        (["arrays", "--preset", "weak", "--workers", "1,2"], "workers", (1, 2)),
        (["images", "--workers", "1,2"], "workers", (1, 2)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_kind_is_asked_for_by_its_option(
    arguments: list[str], kind: str, values: tuple[int, ...]
):
    sweep = asked(*arguments)
    assert (sweep.name, sweep.values) == (kind, values)


def test_where_tasks_share_their_data_the_lane_that_pickles_it_races_too():
    assert asked("arrays").plan.lanes == ("serial", "processes", "ray")
    assert asked("pi").plan.lanes == ("serial", "ray")
    plan = asked("arrays").plan
    assert lanes_for(plan, "pi") == ("serial", "ray")
    assert lanes_for(asked("pi").plan, "arrays") == plan.lanes
    assert lanes_for(replace(plan, lanes=("ray",)), "pi") == ("ray",)


def test_sizes_are_raced_as_often_as_is_typed():
    assert asked("arrays", "--sizes", "1M").repeats == 5
    assert asked("arrays", "--sizes", "1M,2M", "--repeats", "3").todo == (1_000_000, 2_000_000) * 3


@pytest.mark.parametrize("option", ["--workers", "--weak"])
def test_the_cpus_of_a_cluster_elsewhere_arent_guessed_from_this_machines(option: str):
    with pytest.raises(BadInput, match=r"needs values with --address, such as --workers 1-8"):
        asked("pi", option, "--address", "10.1.2.3:6379")
    typed = asked("pi", "--workers", "1-3", "--weak", "--address", "10.1.2.3:6379")
    assert typed.values == (1, 2, 3)
    assert asked("pi", option, "--address", "127.0.0.1:6379").values[-1] == host.usable_cpus()
    alone = asked("pi", option, "--lanes", "serial,threads", "--address", "10.1.2.3:6379")
    assert alone.values[-1] == host.usable_cpus()


def test_one_number_sets_the_setting_of_that_name():
    sweep = asked("pi", "--samples", "2,000", "--runs", "2", "--tasks", "4")
    assert sweep.name == "runs"
    assert sweep.plan.params == {"tasks": 4, "samples": 2000, "kernel": "python"}
    sweep = asked("sleep", "--workers", "3", "--batches", "1,2")
    assert (sweep.name, sweep.plan.params["workers"]) == ("batches", 3)
    assert asked("pi", "--workers", "1,2", "--tasks", "32").at(1).params["tasks"] == 32


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["pi", "--workers", "1-2", "--runs", "3"],
            "A sweep varies one thing; got --workers and --runs.",
        ),
        (
            ["pi", "--batches", "1,2", "--weak"],
            "A sweep varies one thing; got --batches and --workers.",
        ),
        (
            ["pi", "--tasks", "10"],
            "--tasks can't be used with --batches, which sets the number of tasks",
        ),
        (
            ["arrays", "--workers", "1,2", "--repeats", "3"],
            "--repeats requires --sizes; --runs repeats a race.",
        ),
        (["arrays", "--repeats", "0"], "repeats must be from 1 to 100; got 0."),
        (["pi", "--workers", "x"], "workers must be a whole number from 1 to 1,024; got “x”."),
        (
            ["pi", "--samples", "x"],
            "samples must be a whole number from 1 to 10,000,000,000; got “x”.",
        ),
        (["pi", "--samples", "1e4-x"], "samples must be a whole number from 1 to"),
        (["sleep", "--workers", "99"], "workers must be from 1 to 64; got 99."),
        (
            ["pi", "--workers", "1-2", "--lanes", "serial"],
            "A sweep over workers needs a lane other than serial",
        ),
        (
            ["pi", "--resume"],
            "--resume requires --headless and the --record FILE of the interrupted sweep.",
        ),
        (["images", "--grain"], "unrecognized arguments: --grain"),
        (["sleep", "--samples", "1-2"], "--samples"),
        (["pi", "--runs"], "--runs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_nonsense_is_told_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["sweep", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_sweep_has_the_options_of_its_races():
    sweep = asked("pi", "--runs", "2", "--seed", "5", "--lanes", "serial,ray")
    assert sweep.plan == replace(sweep.plan, seed=5, lanes=("serial", "ray"))
