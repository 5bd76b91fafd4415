"""A speedup, or why there is none: the same words everywhere; a measured reason for more than
workers can give.
"""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest

from tests.fabricate import at, folded, run_ended
from tests.tui.staged import plan, prose, settle, showing, watching
from tests.unit.figures.test_history import history
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.guide import sentence as guidance
from tui.keys import Keys
from tui.scores import score
from tui.session import Session
from tui.widgets.compare.waterfall import draw_waterfall
from tui.widgets.compare.waterfall_rows import LossView
from tui.widgets.race.scoreboard import draw_scoreboard
from workloads.core import events as ev
from workloads.figures.gain import (
    UNKNOWN,
    Gain,
    RunTotals,
    apart,
    compare,
    contended,
    gains,
    lower_bound,
    task_totals,
)
from workloads.figures.history import speedups
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.figures.waterfall import sentence, waterfall
from workloads.ledger.race import Race, same_tasks


@dataclass(frozen=True)
class Ran:
    """A lane's run: seconds and CPU seconds of each task, how long it took in all, its start-up,
    what failed.
    """

    tasks: Sequence[float]
    wall: float
    cpu: Sequence[float] | None = None
    workers: int = 1
    startup: float = 0.1
    failed: Sequence[int] = ()


def race_events(runs: dict[str, Ran], over: bool = True, **opened: Any) -> list[ev.AnyEvent]:
    """The lanes' runs one after the other; tasks of a lane start on whichever worker is free."""
    count = len(next(iter(runs.values())).tasks)
    events: list[ev.AnyEvent] = [
        ev.RaceOpened(
            t=at(0),
            workload="pi",
            params={"tasks": count, "samples": 1000, "kernel": "python"},
            seed=7,
            schedule="in-turn",
            lanes=list(runs),
            host={"physical_cpus": 2},
            **opened,
        )
    ]
    go = 1.0
    for name, run in runs.items():
        events += _lane_events(name, run, go)
        go += run.wall + 1
    return [*events, ev.RaceEnded(t=at(go), status="finished")] if over else events


def _lane_events(name: str, run: Ran, go: float) -> list[ev.AnyEvent]:
    count, free = len(run.tasks), [go] * run.workers
    events: list[ev.AnyEvent] = [
        ev.LaneOpened(t=at(0), lane=name, engine=name, pid=1),
        ev.LaneReady(
            t=at(0.5), lane=name, run=1, tasks=count, workers=run.workers, startup_s=run.startup
        ),
        ev.RunStarted(t=at(go), lane=name, run=1, tasks=count, workers=run.workers),
    ]
    cpus = run.tasks if run.cpu is None else run.cpu
    for task, (taken, cpu) in enumerate(zip(run.tasks, cpus, strict=True)):
        worker = free.index(min(free))
        begin, free[worker] = free[worker], free[worker] + taken
        more = {
            "t": at(begin + taken),
            "lane": name,
            "task": task,
            "worker": worker,
            "start": at(begin),
        }
        if task in run.failed:
            events.append(ev.Failed(error="ValueError", message="no", **more))  # type: ignore[arg-type]
        else:
            events.append(ev.Finished(cpu_s=cpu, **more))  # type: ignore[arg-type]
    ended = run_ended(
        t=at(go + run.wall),
        lane=name,
        status="failed" if run.failed else "finished",
        wall_s=run.wall,
        driver_cpu_s=0.1,
        task_cpu_s=sum(cpus),
        startup_s=run.startup,
        answer=1,
    )
    return [*events, ended]


def as_json(events: Sequence[ev.AnyEvent]) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(race_report(folded(events))))  # type: ignore[no-any-return]


def board(events: Sequence[ev.AnyEvent], startup: bool = False, seconds: float = 99.0) -> str:
    """What the scoreboard says, as one line."""
    session = watching(events, seconds)
    session.count_startup = startup
    lines = draw_scoreboard(score(session), Page(60, 30, DARK))
    return " ".join(" ".join("".join(segment.text for segment in line) for line in lines).split())


SERIAL = Ran([1.0] * 4, 4.0)
RAY = Ran([1.0] * 4, 2.1, workers=2, startup=6.0)


# -- no speedup ------------------------------------------------------------------------------------


def test_lanes_that_failed_other_tasks_have_no_speedup_anywhere() -> None:
    # As many failed on both, but not the same ones.
    events = race_events({"serial": replace(SERIAL, failed=[0]), "ray": replace(RAY, failed=[3])})
    told = as_json(events)
    assert told["speedup"] == told["efficiency"] == told["karp_flatt"] == told["ideal_s"] == {}
    assert told["no_speedup"] == {"ray": "different tasks failed than on serial"}
    assert "×" not in verdict(folded(events))
    assert "different tasks failed than on serial" in board(events)
    session = watching(events, 99.0)
    assert session.ideal(session.race.lanes["ray"]) is None
    runs = history(events).runs(history(events).key)
    assert speedups(runs, "ray") == []


def test_lanes_that_failed_the_same_tasks_have_one_and_say_how_many_finished() -> None:
    events = race_events({"serial": replace(SERIAL, failed=[1]), "ray": replace(RAY, failed=[1])})
    assert as_json(events)["no_speedup"] == {}
    assert verdict(folded(events)).startswith("Ray finished 3 of 4 tasks in 2.10 s: 1.90× ")


def test_no_speedup_is_projected_once_a_task_failed_on_one_side_only() -> None:
    serial = race_events({"serial": SERIAL, "ray": RAY})
    running = [
        event for event in serial if not (event.lane == "ray" and isinstance(event, ev.RunEnded))
    ][:-1]
    assert "projected" in board(running, seconds=7.6)
    failed = race_events({"serial": SERIAL, "ray": replace(RAY, failed=[0])})
    running = [
        event for event in failed if not (event.lane == "ray" and isinstance(event, ev.RunEnded))
    ][:-1]
    told = board(running, seconds=7.6)
    assert "projected" not in told
    assert "no speedup: different tasks failed than on serial" in told
    race = folded(running)
    assert apart(race.lanes["serial"], race.lanes["ray"])


@pytest.mark.parametrize("without", ["serial", "ray"])
def test_startup_that_one_side_didnt_measure_makes_no_speedup_with_startup(without: str) -> None:
    runs = {"serial": SERIAL, "ray": RAY}
    events = race_events({**runs, without: replace(runs[without], startup=0.0)})
    assert gains(folded(events))["ray"].speedup == pytest.approx(4 / 2.1)
    assert gains(folded(events), startup=True) == {}
    assert "Ray has no speedup: start-up was not measured on both sides." in verdict(
        folded(events), startup=True
    )
    assert "start-up was not measured on both sides" in board(events, startup=True)
    runs_of = history(events).runs(history(events).key)
    assert speedups(runs_of, "ray", startup=True) == []
    assert speedups(runs_of, "ray") == [pytest.approx(4 / 2.1)]


def test_the_sentence_counts_startup_as_the_scoreboard_does() -> None:
    events = race_events({"serial": SERIAL, "ray": RAY})
    session = watching(events, 99.0)
    session.plan = replace(plan("in-turn"), params=dict(session.race.opened.params), workload="pi")
    assert (
        "1.90× faster than serial with 2 workers (95% efficiency), excluding 6.00 s start-up."
    ) in guidance(session, 80, Keys())
    assert "start-up" not in board(events).replace("start-up 0.100 s 6.00 s", "")
    session.count_startup = True
    told = guidance(session, 80, Keys())
    assert (
        "Ray finished 4 tasks in 8.10 s including 6.00 s start-up: 1.98× slower than serial with "
        "2 workers (25% efficiency)."
    ) in told
    assert "excluding" not in told
    assert "SLOWDOWN" in board(events, startup=True)


def test_a_projection_counts_startup_as_the_scoreboard_will() -> None:
    events = race_events({"serial": SERIAL, "ray": RAY})
    running = [
        event for event in events if not (event.lane == "ray" and isinstance(event, ev.RunEnded))
    ][:-1]
    for startup, least, most in ((False, 1.5, 2.2), (True, 0.4, 0.6)):
        session = watching(running, 8.05)
        session.count_startup = startup
        projected = score(session).projected
        assert projected is not None
        assert least < projected[0] < most


@pytest.mark.parametrize("wall", [0.0, -3.0, float("nan"), float("inf"), 1e308, 1e-308])
def test_impossible_times_make_no_speedup(wall: float) -> None:
    events = [
        msgspec.structs.replace(event, wall_s=wall)
        if isinstance(event, ev.RunEnded) and event.lane == "ray"
        else event
        for event in race_events({"serial": SERIAL, "ray": RAY})
    ]
    assert gains(folded(events)) == {}
    assert as_json(events)["speedup"] == {}


@pytest.mark.parametrize("startup", [-5.0, float("nan"), float("inf"), 1e308])
def test_an_impossible_startup_is_none_at_all(startup: float) -> None:
    changed = (ev.LaneReady, ev.RunEnded)
    events = [
        msgspec.structs.replace(event, startup_s=startup)
        if isinstance(event, changed) and event.lane == "ray"
        else event
        for event in race_events({"serial": SERIAL, "ray": RAY})
    ]
    assert verdict(folded(events)).startswith(
        "Ray finished 4 tasks in 2.10 s: 1.90× faster than serial with 2 workers (95% efficiency). "
    )
    assert gains(folded(events), startup=True) == {}


def test_without_any_finished_task_or_with_other_tasks_there_is_no_speedup() -> None:
    every = race_events(
        {"serial": replace(SERIAL, failed=range(4)), "ray": replace(RAY, failed=range(4))}
    )
    assert as_json(every)["no_speedup"] == {"ray": "every task failed"}
    fewer = [
        msgspec.structs.replace(event, tasks=3)
        if isinstance(event, ev.RunStarted | ev.LaneReady) and event.lane == "ray"
        else event
        for event in race_events({"serial": SERIAL, "ray": RAY})
    ]
    assert as_json(fewer)["no_speedup"] == {"ray": "its number of tasks differs from serial's"}


def test_no_serial_share_explains_a_lane_slower_than_serial() -> None:
    events = race_events({"serial": SERIAL, "ray": Ran([4.0] * 4, 8.0, workers=2)})
    assert as_json(events)["karp_flatt"] == {}
    assert "serial fraction" not in board(events)
    assert "300" not in board(events)


# -- more than workers can give --------------------------------------------------------------------

STOPPED = {
    "stopped within a task": (
        Ran([1.0, 13.0, 1.0, 1.0], 16.0, cpu=[1.0] * 4),
        "serial's tasks waited 12.00 s longer than Ray's without computing",
    ),
    "stopped between tasks": (Ran([1.0] * 4, 16.0), "serial spent 12.00 s between tasks"),
    "more work": (Ran([4.0] * 4, 16.0), "serial's tasks used 4.00× the CPU time of Ray's"),
}


@pytest.mark.parametrize(("serial", "reason"), STOPPED.values(), ids=STOPPED)
def test_more_than_workers_can_give_is_marked_with_the_measured_reason(
    serial: Ran, reason: str
) -> None:
    events = race_events({"serial": serial, "ray": RAY})
    told, race = as_json(events), folded(events)
    assert told["speedup"] == {"ray": pytest.approx(16 / 2.1)}
    assert told["beyond"] == {"ray": reason}
    assert told["karp_flatt"] == {}
    said = verdict(race)
    assert (
        f"7.62× faster than serial with 2 workers, more than 2 workers can give ({reason})" in said
    )
    assert "ideal" not in said
    shown = board(events)
    assert "more than 2 workers can give" in shown
    assert reason in shown
    assert "ideal" not in shown
    assert "serial fraction" not in shown
    session = watching(events, 99.0)
    assert session.ideal(session.race.lanes["ray"]) is None
    account = waterfall(race, "ray")
    assert account is not None
    assert f"The speedup is more than 2 workers can give ({reason})." in sentence(account)
    assert "less busy" not in sentence(account)


def side(**changes: Any) -> RunTotals:
    return replace(RunTotals("serial", 1, 10.0, 0.1, 4, 4, b"", 10.0, 2.5, 10.0), **changes)


RIVAL = side(engine="ray", workers=2, wall_s=5.0)


def test_a_reason_is_only_named_where_it_explains_most() -> None:
    assert compare(side(wall_s=20.0, taken=14.0, cpu=12.0), RIVAL) == Gain(
        4.0, 2, "serial spent 6.00 s between tasks"
    )
    assert compare(side(wall_s=20.0, taken=13.0, cpu=12.0), replace(RIVAL, wall_s=2.0)) == Gain(
        10.0, 2, UNKNOWN
    )


def test_without_its_tasks_times_the_reason_is_unknown() -> None:
    none = {"taken": 0.0, "longest": 0.0, "cpu": 0.0}
    assert compare(side(wall_s=30.0, **none), replace(RIVAL, **none)) == Gain(6.0, 2, UNKNOWN)


def test_noise_is_not_more_than_workers_can_give() -> None:
    assert compare(side(wall_s=10.3), RIVAL) == Gain(pytest.approx(2.06), 2)
    assert (
        race_report(
            folded(race_events({"serial": Ran([1.0] * 4, 4.1), "ray": replace(RAY, wall=2.0)}))
        ).karp_flatt
        == {}
    )


def test_one_long_task_bounds_what_workers_can_give() -> None:
    # 3 s of work with one task of 2 s: two workers can't do it in 1.5 s, though that is 2×.
    found = compare(
        side(wall_s=3.0, taken=3.0, longest=2.0, cpu=3.0),
        replace(RIVAL, wall_s=1.5, taken=3.0, cpu=3.0),
    )
    assert isinstance(found, Gain)
    assert found.beyond


def test_more_tasks_at_once_than_workers_is_a_reason() -> None:
    found = compare(side(), replace(RIVAL, wall_s=2.5))
    assert found == Gain(4.0, 2, "Ray ran more concurrent tasks than it has workers")


def test_among_several_lanes_the_one_in_question_is_marked() -> None:
    events = race_events(
        {"serial": Ran([1.0] * 4, 16.0), "threads": replace(RAY, wall=9.0), "ray": RAY}
    )
    told = verdict(folded(events))
    assert (
        "Ray 2.10 s (7.62×, more than 2 workers can give (serial spent 12.00 s between tasks))"
        in told
    )
    assert "threads 9.00 s (1.78×)" in told


# -- very many tasks -------------------------------------------------------------------------------


class Untouchable:
    """A column of a table that must not be read."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError("the table was scanned again")

    __eq__ = __getitem__ = __len__ = __array__ = __getattribute__  # type: ignore[assignment]


def shown(session: Session) -> tuple[object, ...]:
    return score(session), [view.ideal for view in session.views()], guidance(session, 120, Keys())


@pytest.mark.parametrize("over", [True, False])
@pytest.mark.parametrize("failed", [(), (1, 2)])
def test_a_frame_scans_no_ended_lanes_table_again(over: bool, failed: Sequence[int]) -> None:
    # Of a million tasks each scan takes longer than a frame may.
    runs = {
        "serial": replace(SERIAL, failed=failed),
        "threads": replace(RAY, failed=failed),
        "ray": RAY,
    }
    events = race_events(runs, over, contended=True)
    if not over:
        events = [
            event
            for event in events
            if not (event.lane == "ray" and isinstance(event, ev.RunEnded))
        ]
    session = watching(events, 99.0 if over else 8.6)
    first = shown(session)
    for lane in session.race.raced():
        if lane.ended:
            lane.tasks.state = lane.tasks.cpu = lane.tasks.start = lane.tasks.end = Untouchable()  # type: ignore
    assert shown(session) == first


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_of_a_table_is_what_a_scan_would_find(seed: int) -> None:
    # In any order, some of them twice: tasks end again, fail after they finished, start after that.
    order = random.Random(seed)
    events = race_events({"serial": replace(SERIAL, failed=[1]), "ray": RAY}, contended=True)
    heads = [
        event for event in events if isinstance(event, ev.RaceOpened | ev.LaneOpened | ev.LaneReady)
    ]
    heads += [event for event in events if isinstance(event, ev.RunStarted)]
    of_tasks = [event for event in events if isinstance(event, ev.Finished | ev.Failed)]
    for task in range(4):
        for lane in ("serial", "ray"):
            of_tasks += [
                ev.Started(t=at(5.5), lane=lane, task=task, worker=0),
                ev.Submitted(t=at(5.4), lane=lane, task=task),
                ev.Failed(t=at(5.9), lane=lane, task=task, worker=0, error="E", message=""),
                ev.Retried(t=at(5.8), lane=lane, task=task, attempt=1, reason="lost"),
                ev.Cancelled(t=at(5.7), lane=lane, task=task),
            ]
    order.shuffle(of_tasks)
    ends = [event for event in events if isinstance(event, ev.RunEnded)]
    race, values = Race(), set()
    for event in [*heads, *of_tasks, *of_tasks[:9], *ends, *heads[1:], *of_tasks[:9], *ends]:
        race.apply(event)
        kept = _found(race)
        for lane in race.lanes.values():
            lane.tasks._kept.clear()
        assert kept == _found(race)
        values.add(kept)
    assert len(values) > 20


def _found(race: Race) -> str:
    serial, ray = race.lane("serial"), race.lane("ray")
    spent = [(RunTotals.of(lane), task_totals(lane), lane.tasks.failed) for lane in (serial, ray)]
    return repr((spent, apart(serial, ray), same_tasks(serial, ray), contended(race)))


# -- shared cores ----------------------------------------------------------------------------------


def test_lanes_whose_tasks_wait_do_not_share_cores() -> None:
    waits = {"serial": replace(SERIAL, cpu=[0.0] * 4), "ray": replace(RAY, cpu=[0.01] * 4)}
    for runs, shared in ((waits, False), ({"serial": SERIAL, "ray": RAY}, True)):
        events = race_events(runs, contended=True)
        assert contended(folded(events)) is shared
        assert as_json(events)["contended"] is shared
        assert ("≈" in verdict(folded(events))) is shared
        assert ("shared cores" in board(events)) is shared
    assert contended(
        folded(race_events(waits, contended=True)[:4])
    )  # as long as nothing is known of them


def test_the_steps_of_such_a_lane_have_no_shares_beyond_the_whole() -> None:
    race = folded(race_events({"serial": STOPPED["stopped within a task"][0], "ray": RAY}))
    lines = draw_waterfall(LossView("ray", waterfall(race, "ray"), 20.0), Page(120, 20, DARK))
    shares = [
        word
        for line in lines
        for word in "".join(s.text for s in line).split()
        if word.endswith("%")
    ]
    assert shares
    assert all(-100 <= float(share.rstrip("%").replace("−", "-")) <= 100 for share in shares)


def test_computing_tasks_that_got_little_of_a_crowded_machine_share_cores() -> None:
    squeezed = {"serial": replace(SERIAL, cpu=[0.12] * 4), "ray": replace(RAY, cpu=[0.1] * 4)}
    assert contended(folded(race_events(squeezed, contended=True)))


def test_the_reason_is_grammatical_for_every_lane() -> None:
    found = compare(side(wall_s=40.0, taken=40.0), replace(RIVAL, engine="processes"))
    assert found == Gain(
        8.0, 2, "serial's tasks waited 30.00 s longer than processes' without computing"
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_compare_screen_marks_it_and_says_why_there_is_none(
    size: tuple[int, int],
) -> None:
    events = race_events({"serial": STOPPED["stopped within a task"][0], "ray": RAY})
    async with showing(watching(events, 99.0), size) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        assert "7.62×! 381%!" in prose(app)
        assert "−285" not in prose(app)
    uneven = race_events({"serial": replace(SERIAL, startup=0.0), "ray": RAY})
    session = watching(uneven, 99.0)
    session.count_startup = True
    async with showing(session, size) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        assert "No speedup: start-up was not measured on both sides." in prose(app)
        assert not re.search(r"\d×", prose(app).split("WHERE")[0])


# -- the lower bound's cut-off, the split of slower tasks, workers ---------------------------------


@pytest.mark.parametrize(("wall", "bound"), [(8.0, 2.0), (8.1, None)])
def test_where_tasks_are_less_than_half_of_serials_time_there_is_no_lower_bound(
    wall: float, bound: float | None
) -> None:
    # Four tasks of 1 s each, on two workers.
    race = folded(race_events({"serial": replace(SERIAL, wall=wall), "ray": RAY}))
    assert lower_bound(race, race.lane("ray")) == bound
    assert race_report(race).ideal_s == ({} if bound is None else {"ray": bound})


def test_a_race_that_was_suspended_has_no_lower_bound() -> None:
    race = folded(race_events({"serial": SERIAL, "ray": RAY}))
    assert lower_bound(race, race.lane("ray")) == 2.0
    race.apply(ev.RaceSuspended(t=at(0.5), seconds=12.0))
    assert lower_bound(race, race.lane("ray")) is None


def test_slower_tasks_are_split_into_cpu_time_and_waiting() -> None:
    # Each of four tasks took 2.85 s for 1 s, of which 1.16 s of CPU time: 4 · 0.16 / 2 and
    # 4 · (1.85 − 0.16) / 2 seconds on two workers.
    slow = replace(RAY, tasks=[2.85] * 4, cpu=[1.16] * 4, wall=5.7)
    causes = race_report(folded(race_events({"serial": SERIAL, "ray": slow}))).slower_tasks["ray"]
    assert causes == {
        "more CPU time per task": pytest.approx(0.32, abs=1e-6),
        "waited for a core": pytest.approx(3.38, abs=1e-6),
        "failed tasks": 0,
        "filled idle time of the lower bound": 0,
    }
    assert str(causes["filled idle time of the lower bound"]) == "0.0"
    account = waterfall(folded(race_events({"serial": SERIAL, "ray": slow})), "ray")
    assert account is not None
    assert (
        "+3.70 s slower tasks (2.85× their serial time: +0.32 s more CPU time per task, "
        "+3.38 s waited for a core)" in sentence(account)
    )


def test_time_that_was_saved_is_no_more_cpu_time() -> None:
    slow = replace(SERIAL, tasks=[2.0] * 4, cpu=[1.0] * 4, wall=8.0)
    fast = replace(RAY, tasks=[1.5] * 4, cpu=[0.8] * 4, wall=3.0)
    account = waterfall(folded(race_events({"serial": slow, "ray": fast})), "ray")
    assert account is not None
    assert "−0.40 s CPU time per task, −0.60 s waiting for a core" in sentence(account)


def test_tasks_that_share_the_gil_wait_for_it() -> None:
    slow = replace(RAY, tasks=[2.0] * 4, cpu=[1.0] * 4, wall=4.0)
    causes = race_report(folded(race_events({"serial": SERIAL, "threads": slow}))).slower_tasks
    assert causes["threads"]["waited for the GIL or a core"] == pytest.approx(2.0)


def test_without_measured_cpu_time_there_is_no_cause() -> None:
    slow = replace(RAY, tasks=[2.0] * 4, cpu=[0.0] * 4, wall=4.0)
    runs = {"serial": replace(SERIAL, cpu=[0.0] * 4), "ray": slow}
    assert race_report(folded(race_events(runs))).slower_tasks == {}


def test_failed_tasks_have_their_part_of_the_split() -> None:
    serial = replace(SERIAL, tasks=[1.0, 1.0, 1.0, 1.0], failed=[3])
    slow = replace(RAY, tasks=[1.0, 1.0, 1.0, 3.0], cpu=[1.0] * 4, wall=4.0, failed=[3])
    causes = race_report(folded(race_events({"serial": serial, "ray": slow}))).slower_tasks["ray"]
    assert causes["failed tasks"] == pytest.approx(1.0)
    assert causes["more CPU time per task"] == pytest.approx(0)


def test_workers_are_numbered_without_gaps_and_named_by_process_and_node() -> None:
    events = race_events({"serial": SERIAL, "ray": RAY}, over=False)
    ready = next(i for i, e in enumerate(events) if isinstance(e, ev.LaneReady) and e.lane == "ray")
    events[ready:ready] = [
        ev.WorkerJoined(t=at(0.4), lane="ray", worker=n, pid=70 + n, node=f"node\x1b{n}")
        for n in range(3)
    ]
    # Worker 1 had a part in an earlier run only.
    events = [
        msgspec.structs.replace(event, crew=[0, 2])
        if isinstance(event, ev.LaneReady) and event.lane == "ray"
        else msgspec.structs.replace(event, worker=2 * event.worker)
        if isinstance(event, ev.Finished) and event.lane == "ray"
        else event
        for event in events
    ]
    lane = race_report(folded(events)).lanes[1]
    assert [(each.number, each.pid, each.node) for each in lane.worker_list] == [
        (0, 70, "node0"),
        (1, 72, "node2"),
    ]
    assert lane.workers == 2
