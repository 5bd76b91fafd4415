"""With a cluster elsewhere, the CPUs of this machine stand for nothing that happens there."""

import re

import msgspec
import pytest
from textual.widgets import Input

from tests.fabricate import at
from tests.fabricate_sweeps import told_sweep
from tests.tui.staged import Staged, pi_race, plan, prose, settle, showing, watching, words
from tui.live import LiveSession
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.figures.gain import crowded, gain, lower_bound
from workloads.figures.reliability import unreliable_reason
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.machine import host
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.remaining import remaining_s
from workloads.sweeps.values import read

WORKERS = 12
"""Ray's workers on the cluster; this machine has two CPUs."""

OVER = 1000.0


def on_a_cluster(event: ev.AnyEvent) -> ev.AnyEvent:
    if isinstance(event, ev.RaceOpened):
        return msgspec.structs.replace(event, elsewhere=["ray"])
    if isinstance(event, ev.Finished) and event.lane == "ray":
        return msgspec.structs.replace(event, cpu_s=event.cpu_s / 2)
    if isinstance(event, ev.RunEnded) and event.lane == "ray":  # this machine was busy meanwhile
        return msgspec.structs.replace(event, machine_cpu_s=2 * event.wall_s, own_cpu_s=0.1)
    return event


RACE = [on_a_cluster(event) for event in pi_race(schedule="in-turn", workers=WORKERS)]


def test_figures_count_the_lanes_workers_and_not_this_machines_cpus() -> None:
    race = watching(RACE, OVER).race
    ray = race.lanes["ray"]
    gained, bound = gain(race, ray), lower_bound(race, ray)
    assert gained is not None
    assert bound is not None
    assert gained.efficiency == gained.speedup / WORKERS
    assert bound < race.lanes["serial"].tasks.seconds().sum() / 2
    report = race_report(race)
    assert report.lanes[1].workers == WORKERS
    assert report.efficiency["ray"] == gained.efficiency
    assert f"with {WORKERS} workers" in verdict(race)
    assert not crowded(race, ray)


def test_the_cause_of_unreliable_times_isnt_looked_for_on_this_machine() -> None:
    race = watching(RACE, OVER).race
    assert unreliable_reason(race) == (
        "Unreliable times: tasks had a core for only part of their time (Ray 50%)."
    )


@pytest.mark.parametrize("seconds", [9.0, 21.0, OVER])
async def test_the_screens_say_that_the_cpus_are_those_here(seconds: float) -> None:
    session = watching(RACE, seconds)
    async with showing(session, (160, 40)) as (app, pilot):
        for key in "1234":
            await pilot.press(key)
            await settle(pilot)
            text = words(app)
            assert "2 CPUs here" in text.splitlines()[0]
            assert len(re.findall(r"\b2 CPUs?\b", text)) == 1
            assert not re.search(r"\b2 workers", text)


async def test_before_a_race_too(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Staged()
    assert not session.elsewhere
    there = LiveSession(plan(), EngineOptions(address="10.1.2.3:6379"))
    assert there.cpus == f"{session_cpus()} here"
    here = LiveSession(plan(), EngineOptions(address="127.0.0.1:6379"))
    assert here.cpus == session_cpus()


def session_cpus() -> str:
    return LiveSession(plan(), EngineOptions()).cpus


def test_workers_elsewhere_dont_keep_this_machine_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "physical_cpus", lambda: 2)
    session = watching(RACE, 20.0)
    assert session.race.lanes["ray"].live
    assert not session.busy
    here = watching(pi_race(schedule="in-turn", workers=WORKERS), 20.0)
    assert here.race.lanes["ray"].live
    assert here.busy


def test_the_time_that_a_sweep_over_workers_still_takes_isnt_bounded_by_the_cores_here() -> None:
    sweep = read("workers", "1-8", plan())
    events = told_sweep(
        sweep,
        lambda lane, value: 12.0 if lane == "serial" else 12.0 / value,
        workers=lambda lane, value: value,
    )
    left = {}
    for there in (False, True):
        fold = SweepFold()
        for event in events:
            moved = event
            if isinstance(event, ev.RaceOpened):
                names = ["ray"] if there else []
                host_facts: dict[str, int | str] = {"logical_cpus": 2, "physical_cpus": 2}
                moved = msgspec.structs.replace(event, host=host_facts, elsewhere=names)
            if isinstance(event, ev.SweepAt) and event.value == 5:
                break
            fold.apply(moved)
        left[there] = remaining_s(fold, event.t)
    assert left[True] is not None
    assert left[True] == pytest.approx(4 * 12 + sum(12 / value for value in (5, 6, 7, 8)), rel=0.1)
    assert left[False] is not None
    assert left[True] < left[False]


async def test_the_sheet_of_sweeps_suggests_no_numbers_of_workers_there() -> None:
    session = Staged()
    session.elsewhere = True
    async with showing(session) as (app, pilot):
        await pilot.press("v", "down")
        await settle(pilot)
        assert app.screen.query_one(Input).value == ""
        assert "Workers must be 1 to 100 numbers of workers such as 1,2,4 or 1-8" in prose(app)
        await pilot.press("1", "-", "3")
        await settle(pilot)
        assert "3 races" in prose(app)


@pytest.mark.parametrize("there", [True, False])
async def test_the_log_says_that_lines_from_there_name_no_task(there: bool) -> None:
    events = RACE if there else pi_race(schedule="in-turn")
    session = watching(events, OVER)
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        assert "no task is named" not in words(app)
        line = ev.Logged(t=at(OVER), lane="ray", text="(f pid=12, ip=10.1.2.4) hello")
        session.apply(line)
        await settle(pilot)
        assert "ip=10.1.2.4) hello" in words(app)
        last = words(app).splitlines()[-2].strip()
        assert (last == "Workers on other machines print through Ray: no task is named.") == there
