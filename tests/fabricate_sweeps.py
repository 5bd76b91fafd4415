"""Fabricated sweeps: the events of races that never ran, one after the other, for tests
and demos.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tests.fabricate import START, at, fabricated_race, run_ended
from workloads.core import events as ev
from workloads.sweeps.kinds import Sweep
from workloads.sweeps.run import opening

PAUSE_S = 0.4
"""What a further race, whose lanes are up, takes from its opening to its start."""


def fabricated_sweep(
    values: Sequence[int] = (10, 20, 30),
    *,
    lanes: Sequence[str] = ("serial", "ray"),
    each_s: float = 0.5,
    failing: Sequence[int] = (),
) -> list[ev.AnyEvent]:
    """The events of a sweep over `values` tasks of `each_s` seconds; at those `failing` no lane has
    an answer.
    """
    opened = ev.SweepOpened(
        t=START, sweep="batches", parameter="tasks", values=list(values), lanes=list(lanes)
    )
    events: list[ev.AnyEvent] = [opened]
    for number, value in enumerate(values):
        race = fabricated_race(
            tasks=value,
            seconds=value * each_s,
            lanes=lanes,
            schedule="in-turn",
            seed=value,
            failures=[0] if value in failing else (),
        )
        events.append(ev.SweepAt(t=events[-1].t, value=value))
        events += race if number == 0 else _moved(race, events[-1].t - START)
    status = "failed" if failing else "finished"
    return [*events, ev.SweepEnded(t=events[-1].t, status=status)]


def told_sweep(
    sweep: Sweep,
    wall: Callable[[str, int], float],
    *,
    answer: Callable[[int], Any] = lambda value: None,
    overheads: Mapping[str, float] | None = None,
    workers: Callable[[str, int], int] = lambda lane, value: 2,
    failing: Sequence[tuple[str, int]] = (),
    task_s: float = 0.0,
    start_s: float = 0.0,
    calibrated: int = 3,
) -> list[ev.AnyEvent]:
    """The events of a sweep as `run_sweep` tells them, with only what its fold needs of each race.

    `wall(lane, value)` is how long a lane's run takes, `answer(value)` what it computes;
    `overheads` are the seconds that a task which does nothing takes on each lane; `failing` are
    lanes that have no answer at a value. Where `task_s` is given, each race tells of one task that
    takes that long, divided by the value.
    """
    clock = start_s
    events: list[ev.AnyEvent] = [msgspec.structs.replace(opening(sweep), t=at(clock))]
    for lane in sweep.calibrate if overheads else ():
        # A run too short to count comes first, as the number of tasks must be found.
        for tasks in (4, *[math.ceil(1 / overheads[lane])] * calibrated):
            plan = noop_race(lane, tasks)
            clock, told = _race(
                clock, plan, [(lane, overheads[lane] * tasks, "finished", tasks)], workers, 0
            )
            events += told
    for value in sweep.todo:
        plan = sweep.at(value)
        opened = ev.RaceOpened(
            t=0,
            workload=plan.workload,
            params=plan.params,
            seed=plan.seed,
            schedule="in-turn",
            lanes=list(plan.lanes),
        )
        events.append(ev.SweepAt(t=at(clock), value=value))
        runs = [
            (
                lane,
                wall(lane, value),
                "failed" if (lane, value) in failing else "finished",
                answer(value),
            )
            for lane in plan.lanes
        ]
        clock, told = _race(clock, opened, runs, workers, value, task_s / value)
        events += told
    return [*events, ev.SweepEnded(t=at(clock), status="failed" if failing else "finished")]


def noop_race(lane: str, tasks: int) -> ev.RaceOpened:
    """How a race of tasks that do nothing opens on one lane."""
    return ev.RaceOpened(
        t=0, workload="noop", params={"tasks": tasks}, seed=0, schedule="in-turn", lanes=[lane]
    )


def _race(
    clock: float,
    opened: ev.RaceOpened,
    runs: Sequence[tuple[str, float, str, Any]],
    workers: Callable[[str, int], int],
    value: int,
    task_s: float = 0.0,
) -> tuple[float, list[ev.AnyEvent]]:
    """The events of a race at the clock's time, and the time at its end."""
    told: list[ev.AnyEvent] = [msgspec.structs.replace(opened, t=at(clock))]
    tasks = int(opened.params.get("tasks", 1))
    for lane, wall, status, answer in runs:
        had = 1 if lane == "serial" else workers(lane, value)
        told.append(
            ev.LaneReady(t=at(clock), lane=lane, run=1, tasks=tasks, workers=had, startup_s=0.1)
        )
        told.append(ev.RunStarted(t=at(clock), lane=lane, run=1, tasks=tasks, workers=had))
        if task_s:
            told.append(
                ev.Finished(
                    t=at(clock + task_s), lane=lane, task=0, worker=0, start=at(clock), cpu_s=task_s
                )
            )
        clock += wall
        told.append(
            run_ended(
                t=at(clock),
                lane=lane,
                status=status,
                wall_s=wall,
                task_cpu_s=wall,
                startup_s=0.1,
                answer=answer if status == "finished" else None,
                message="" if status == "finished" else "1 task failed.",
            )
        )
    whole = all(status == "finished" for _, _, status, _ in runs)
    return clock, [*told, ev.RaceEnded(t=at(clock), status="finished" if whole else "failed")]


def cancelled_at(events: Sequence[ev.AnyEvent], seconds: float) -> list[ev.AnyEvent]:
    """The sweep as it is recorded when it is cancelled then, in the midst of a lane's run."""
    kept = [event for event in events if event.t <= at(seconds)]
    lane = next(event.lane for event in reversed(kept) if isinstance(event, ev.RunStarted))
    end = run_ended(t=at(seconds), lane=lane, status="cancelled", wall_s=1.0)
    status: ev.Status = "cancelled"
    return [
        *kept,
        end,
        ev.RaceEnded(t=at(seconds), status=status),
        ev.SweepEnded(t=at(seconds), status=status),
    ]


def _moved(race: Sequence[ev.AnyEvent], by: int) -> Iterator[ev.AnyEvent]:
    """The race `by` ns later, on lanes that are up: nothing starts up, and the runs begin
    at once.
    """
    go = next(event.t for event in race if isinstance(event, ev.RunStarted))
    runs = START + round(PAUSE_S * 1e9) + by - go
    for event in race:
        if isinstance(event, ev.RaceOpened):
            yield msgspec.structs.replace(event, t=event.t + by)
        elif isinstance(event, ev.LaneReady):
            yield msgspec.structs.replace(event, t=at(PAUSE_S / 2) + by)
        elif event.t >= go:
            changed = (
                {"start": event.start + runs} if isinstance(event, ev.Finished | ev.Failed) else {}
            )
            yield msgspec.structs.replace(event, t=event.t + runs, **changed)
