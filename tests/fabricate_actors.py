"""Fabricated races of a counter: calls one after the other, and a restart where it is wanted."""

from tests.fabricate import at, run_ended
from workloads.core import events as ev

GO = 1.0
CALL_S = 0.5


def counter_race(
    *, calls: int, restart_after: int = 0, lane: str = "ray", until: int | None = None
) -> list[ev.AnyEvent]:
    """A race of one lane whose tasks are all calls, half a second each, submitted at its start.

    After `restart_after` calls (0: never) the counter restarts on another worker. Only the first
    `until` calls have returned, if that is given.
    """
    events: list[ev.AnyEvent] = [
        ev.RaceOpened(
            t=at(0),
            workload="actors",
            params={"tasks": calls, "every": 1},
            seed=1,
            schedule="together",
            lanes=[lane],
        ),
        ev.LaneOpened(t=at(0), lane=lane, engine=lane, pid=1),
        ev.LaneReady(t=at(0.5), lane=lane, run=1, tasks=calls, workers=2, startup_s=0.5),
        ev.RunStarted(t=at(GO), lane=lane, run=1, tasks=calls, workers=2),
    ]
    events += [
        ev.Submitted(t=at(GO), lane=lane, task=n, actor="Counter", call=n + 1) for n in range(calls)
    ]
    for n in range(calls if until is None else until):
        begin, again = GO + CALL_S * n, 0 < restart_after <= n
        if n in (0, restart_after):
            events.append(
                ev.ActorStarted(
                    t=at(begin),
                    lane=lane,
                    actor="Counter",
                    worker=int(again),
                    restarts=int(again),
                    calls=n,
                )
            )
        events.append(
            ev.Finished(
                t=at(begin + CALL_S),
                lane=lane,
                task=n,
                worker=int(again),
                start=at(begin),
                cpu_s=0.0,
                result={"total": n + 1 - restart_after * again},
            )
        )
    if until is None:
        end = GO + CALL_S * calls
        events.append(run_ended(t=at(end), lane=lane, wall_s=CALL_S * calls, answer={}))
        events.append(ev.RaceEnded(t=at(end), status="finished"))
    return events
