"""Fabricated sweeps: the events of races that never ran, one after the other, for tests and demos."""

from collections.abc import Iterator, Sequence

import msgspec

from tests.fabricate import START, at, fabricated_race
from workloads import events as ev

PAUSE_S = 0.4
"""What a further race, whose lanes are up, takes from its opening to its start."""


def fabricated_sweep(
    values: Sequence[int] = (10, 20, 30), *, lanes: Sequence[str] = ("serial", "ray"), each_s: float = 0.5,
    failing: Sequence[int] = (),
) -> list[ev.AnyEvent]:  # fmt: skip
    """The events of a sweep over `values` tasks of `each_s` seconds; at those `failing` no lane has an answer."""
    opened = ev.SweepOpened(t=START, sweep="batches", parameter="tasks", values=list(values), lanes=list(lanes))
    events: list[ev.AnyEvent] = [opened]
    for number, value in enumerate(values):
        race = fabricated_race(
            tasks=value, seconds=value * each_s, lanes=lanes, schedule="in-turn", seed=value,
            failures=[0] if value in failing else (),
        )  # fmt: skip
        events += race if number == 0 else _moved(race, events[-1].t - START)
    status = "failed" if failing else "finished"
    return [*events, ev.SweepEnded(t=events[-1].t, status=status)]


def cancelled_at(events: Sequence[ev.AnyEvent], seconds: float) -> list[ev.AnyEvent]:
    """The sweep as it is recorded when it is cancelled then, in the midst of a lane's run."""
    kept = [event for event in events if event.t <= at(seconds)]
    lane = next(event.lane for event in reversed(kept) if isinstance(event, ev.RunStarted))
    end = ev.RunEnded(
        t=at(seconds), lane=lane, run=1, status="cancelled", wall_s=1.0, driver_cpu_s=0, task_cpu_s=0, startup_s=0
    )
    status: ev.Status = "cancelled"
    return [*kept, end, ev.RaceEnded(t=at(seconds), status=status), ev.SweepEnded(t=at(seconds), status=status)]


def _moved(race: Sequence[ev.AnyEvent], by: int) -> Iterator[ev.AnyEvent]:
    """The race `by` ns later, on lanes that are up: nothing starts up, and the runs begin at once."""
    go = next(event.t for event in race if isinstance(event, ev.RunStarted))
    runs = START + round(PAUSE_S * 1e9) + by - go
    for event in race:
        if isinstance(event, ev.RaceOpened):
            yield msgspec.structs.replace(event, t=event.t + by)
        elif isinstance(event, ev.LaneReady):
            yield msgspec.structs.replace(event, t=at(PAUSE_S / 2) + by)
        elif event.t >= go:
            changed = {"start": event.start + runs} if isinstance(event, ev.Finished | ev.Failed) else {}
            yield msgspec.structs.replace(event, t=event.t + runs, **changed)
