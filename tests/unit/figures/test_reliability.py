"""Times that a busy machine makes worthless are said to be so, with the cause as measured."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.fabricate import folded
from tests.unit.figures.test_gain import RAY, SERIAL, Ran, race_events
from workloads.core import events as ev
from workloads.figures.reliability import core_share, reliable, unreliable_reason
from workloads.ledger.race import Race

SLOWED = replace(SERIAL, cpu=[0.27] * 4)


def raced(runs: dict[str, Ran], lane: str = "serial", cpus: int = 2, **measured: float) -> Race:
    """A race of these runs on so many CPUs; during the lane's run that was measured."""
    events = []
    for event in race_events(runs):
        if isinstance(event, ev.RunEnded) and event.lane == lane:
            event = msgspec.structs.replace(event, **measured)
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, host={"logical_cpus": cpus, "physical_cpus": 2})
        events.append(event)
    return folded(events)


def test_tasks_that_have_a_core_are_reliable():
    race = raced({"serial": SERIAL, "ray": RAY})
    assert reliable(race) == {"serial": True, "ray": True}
    assert unreliable_reason(race) == ""


@pytest.mark.parametrize(
    ("measured", "cause"),
    [
        ({"machine_cpu_s": 8.0, "own_cpu_s": 1.1}, ": other programs used 1.7 of 2 CPUs on this"),
        ({"machine_cpu_s": 1.2, "own_cpu_s": 1.1, "withheld_s": 2.9}, ": a quota or the hypervi"),
        ({"machine_cpu_s": 1.2, "own_cpu_s": 1.1, "io_wait_s": 2.9}, ": they were blocked by in"),
        ({"machine_cpu_s": 1.2, "own_cpu_s": 1.1}, ": they were blocked by input, output or lock"),
        ({}, "."),
    ],
)
def test_the_cause_is_the_largest_that_was_measured(measured: dict[str, Any], cause: str):
    race = raced({"serial": SLOWED, "ray": RAY}, **measured)
    assert reliable(race) == {"serial": False, "ray": True}
    said = unreliable_reason(race)
    assert said.startswith(
        f"Unreliable times: tasks had a core for only part of their time (serial 27%){cause}"
    )


def test_more_workers_than_cpus_are_a_cause():
    four = Ran([2.0] * 8, 4.0, cpu=[1.0] * 8, workers=4)
    race = raced({"serial": Ran([1.0] * 8, 8.0), "ray": four}, "ray")
    assert "(Ray 50%): 4 workers shared 2 CPUs." in unreliable_reason(race)


def test_a_share_just_below_the_bound_isnt_printed_as_the_bound():
    race = raced({"serial": replace(SERIAL, cpu=[0.896] * 4), "ray": RAY})
    assert not reliable(race)["serial"]
    assert "(serial 89.6%)" in unreliable_reason(race)


def test_tasks_that_wait_for_the_gil_are_judged_by_their_process():
    two = Ran([2.0] * 4, 4.0, cpu=[1.0] * 4, workers=2)
    race = raced({"serial": SERIAL, "threads": two}, "threads", driver_cpu_s=4.0)
    assert reliable(race)["threads"]
    race = raced({"serial": SERIAL, "threads": two}, "threads", driver_cpu_s=2.0)
    assert core_share(race, race.lanes["threads"]) == 0.5
    assert "threads 50%" in unreliable_reason(race)


def test_tasks_that_wait_by_nature_are_not_judged():
    race = raced({"serial": replace(SERIAL, cpu=[0.001] * 4), "ray": replace(RAY, cpu=[0.001] * 4)})
    assert reliable(race) == {"serial": True, "ray": True}


def test_other_programs_are_not_blamed_for_a_clusters_workers():
    # Workers of a Ray that runs already aren't descendants of this program.
    half = replace(RAY, cpu=[0.5] * 4, wall=2.1)
    race = raced({"serial": SERIAL, "ray": half}, "ray", machine_cpu_s=2.2, own_cpu_s=0.2)
    assert "other programs" not in unreliable_reason(race)
