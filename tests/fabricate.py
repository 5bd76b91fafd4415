"""Fabricated races: the events of a race that never ran, for tests and demos of what is drawn.

Everything follows from the arguments: the same call gives the same events.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from workloads.core import events as ev
from workloads.core.faults import NO_FAULTS, Faults
from workloads.ledger.race import Race

START = 1_800_000_000_000_000_000
"""The moment (ns since the epoch) at which every fabricated race opens."""

PHASES: dict[str, tuple[tuple[str, float], ...]] = {
    "serial": (("workers", 0.05),),
    "threads": (("workers", 0.02),),
    "processes": (("workers", 0.4),),
    "ray": (("import", 1.0), ("init", 4.3), ("workers", 0.6)),
}


def at(seconds: float) -> int:
    """The ns since the epoch, `seconds` after a fabricated race opened."""
    return START + round(seconds * 1e9)


def folded(events: Sequence[ev.AnyEvent]) -> Race:
    """The ledger of these events."""
    race = Race()
    for event in events:
        race.apply(event)
    return race


def run_ended(
    *,
    t: int,
    wall_s: float,
    lane: str = "",
    run: int = 1,
    status: ev.Status = "finished",
    driver_cpu_s: float = 0.0,
    task_cpu_s: float = 0.0,
    startup_s: float = 0.0,
    **more: Any,
) -> ev.RunEnded:
    """The end of a lane's run, which used no CPU time and took none to start unless given."""
    return ev.RunEnded(
        t=t,
        lane=lane,
        run=run,
        status=status,
        wall_s=wall_s,
        driver_cpu_s=driver_cpu_s,
        task_cpu_s=task_cpu_s,
        startup_s=startup_s,
        **more,
    )


def fabricated_race(
    *,
    tasks: int = 16,
    workers: int = 2,
    lanes: Sequence[str] = ("serial", "ray"),
    seconds: float = 12.6,
    failures: Collection[int] = (),
    retries: Collection[int] = (),
    cancel: float | None = None,
    schedule: Literal["together", "in-turn"] = "together",
    reports: int = 4,
    until: float | None = None,
    seed: int = 0,
    faults: Faults = NO_FAULTS,
) -> list[ev.AnyEvent]:
    """The events of a race in order of their times.

    `seconds` is the sum of the tasks' durations; tasks in `failures` fail on every lane; the first
    attempt of those in `retries` is lost with its worker on every lane but serial; after `cancel`
    seconds of a run it is cancelled; `until` (seconds since the race opened) keeps only the events
    known by then. Each task reports `reports` times. `faults` are only said to have been injected.
    """
    rng = np.random.default_rng(seed)
    durations = rng.uniform(0.4, 1.6, max(tasks, 1))
    durations *= seconds / durations.sum()
    params: dict[str, int | float | str] = {"tasks": tasks}
    events: list[ev.AnyEvent] = [
        ev.RaceOpened(
            t=START,
            workload="sleep",
            params=params,
            seed=seed,
            schedule=schedule,
            lanes=list(lanes),
            faults=faults,
        )
    ]
    go = max(sum(length for _, length in PHASES[name]) for name in lanes) + 0.5
    for name in lanes:
        slots = 1 if name == "serial" else workers
        events += _start_up(name, slots, tasks)
        run, wall = _run(name, slots, go, durations[:tasks], failures, retries, reports, cancel)
        events += run
        if schedule == "in-turn":
            go += wall + 0.5
    # At one instant an end comes before a beginning, as a worker does one thing at a time.
    events.sort(key=lambda event: (event.t, isinstance(event, ev.Started)))
    if until is None:
        return [*events, ev.RaceEnded(t=events[-1].t, status="cancelled" if cancel else "finished")]
    return [event for event in events if event.t <= at(until)]


def intervened(
    events: Sequence[ev.AnyEvent], lane: str, *done: tuple[float, dict[str, Any]]
) -> list[ev.AnyEvent]:
    """The race with what a person did to the lane's run, each so many seconds after its start; no
    task minds.
    """
    zero = next(e.t for e in events if isinstance(e, ev.RunStarted) and e.lane == lane)
    added = [ev.Intervened(t=zero + round(s * 1e9), lane=lane, **what) for s, what in done]
    return sorted([*events, *added], key=lambda event: event.t)


HELD: tuple[tuple[float, dict[str, Any]], ...] = (
    (1.0, {"action": "hold"}),
    (3.5, {"action": "resume"}),
)
"""Submission held for 2.5 s."""


def alternating(events: Sequence[ev.AnyEvent], slices: Sequence[float]) -> list[ev.AnyEvent]:
    """A race that was fabricated "together", run in slices of so many seconds: each time is later
    by those in which the lane was stopped. The slices go to one lane after the other, and the last
    of them to all.
    """
    opened = events[0]
    assert isinstance(opened, ev.RaceOpened)
    zero = next(event.t for event in events if isinstance(event, ev.RunStarted))
    result: list[ev.AnyEvent] = [msgspec.structs.replace(opened, schedule="alternate")]
    begins: dict[str, list[int]] = {lane: [] for lane in opened.lanes}
    now = zero
    for number, seconds in enumerate(slices):
        lane = opened.lanes[number % len(opened.lanes)]
        begins[lane].append(now)
        result.append(ev.Sliced(t=now, lane=lane, runs=True))
        now += round(seconds * 1e9)
        result.append(ev.Sliced(t=now, lane=lane, runs=False))
    for lane in opened.lanes:
        begins[lane].append(now)
        result.append(ev.Sliced(t=now, lane=lane, runs=True))
    lengths = [round(seconds * 1e9) for seconds in slices]

    def real(lane: str, t: int) -> int:
        """The real time at which the own clock of the lane, or of the slowest, shows `t`."""
        if lane not in begins or t < zero:
            return t
        left = t - zero
        first = opened.lanes.index(lane)
        for begin, length in zip(begins[lane], lengths[first :: len(opened.lanes)], strict=False):
            if left <= length:
                return begin + left
            left -= length
        return begins[lane][-1] + left

    for event in events[1:]:
        times: dict[str, float] = {"t": real(event.lane or opened.lanes[0], event.t)}
        if isinstance(event, ev.Finished | ev.Failed):
            times["start"] = real(event.lane, event.start)
        if isinstance(event, ev.RunEnded):
            end = real(event.lane, zero + round(event.wall_s * 1e9))
            times["wall_s"] = (end - real(event.lane, zero)) / 1e9
        result.append(msgspec.structs.replace(event, **times))
    result.sort(key=lambda event: event.t)
    return result


def _start_up(lane: str, slots: int, tasks: int) -> list[ev.AnyEvent]:
    events: list[ev.AnyEvent] = [ev.LaneOpened(t=at(0), lane=lane, engine=lane, pid=4000)]
    now = 0.0
    for phase, length in PHASES[lane]:
        events.append(ev.PhaseBegan(t=at(now), lane=lane, name=phase))
        now += length
        events.append(ev.PhaseEnded(t=at(now), lane=lane, name=phase))
    events += [ev.WorkerJoined(t=at(now), lane=lane, worker=n, pid=4001 + n) for n in range(slots)]
    return [
        *events,
        ev.LaneReady(t=at(now), lane=lane, run=1, tasks=tasks, workers=slots, startup_s=now),
    ]


def _run(
    lane: str,
    slots: int,
    go: float,
    durations: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    failures: Collection[int],
    retries: Collection[int],
    reports: int,
    cancel: float | None,
) -> tuple[list[ev.AnyEvent], float]:
    """The events of one lane's run from `go` seconds on, and its wall time in seconds."""
    tasks = len(durations)
    events: list[ev.AnyEvent] = [
        ev.RunStarted(t=at(go), lane=lane, run=1, tasks=tasks, workers=slots)
    ]
    if lane == "ray" and tasks <= 1000:
        events += [ev.Submitted(t=at(go), lane=lane, task=n, ref=f"{n:056x}") for n in range(tasks)]
    free = [(go, n) for n in range(slots)]
    queue = [(n, 0, go) for n in range(tasks)]
    over: set[int] = set()
    joined, cursor, wall = slots, 0, 0.0
    while cursor < len(queue):
        task, attempt, known = queue[cursor]
        cursor += 1
        begin, worker = min(free)
        free.remove((begin, worker))
        if cancel is not None and begin >= go + cancel:
            break
        begin = max(begin, known) + (0.004 if tasks <= 1000 else 0.0)
        length = float(durations[task]) * (1.0 if lane == "serial" else 1.03)
        end = begin + length
        lost = attempt == 0 and task in retries and lane != "serial"
        if lost:
            end = begin + length * 0.6
        stop = go + cancel if cancel is not None else end
        events.append(ev.Started(t=at(begin), lane=lane, task=task, worker=worker, attempt=attempt))
        for step in range(1, reports + 1):
            when = begin + length * step / (reports + 1)
            if when < min(end, stop):
                events.append(
                    ev.Progressed(
                        t=at(when),
                        lane=lane,
                        task=task,
                        done=step,
                        total=reports + 1,
                        attempt=attempt,
                    )
                )
        if end > stop:
            free.append((stop, worker))
            continue
        wall = max(wall, end - go)
        if lost:
            reason = "the worker died: SIGKILL"
            events.append(ev.WorkerLost(t=at(end), lane=lane, worker=worker, reason=reason))
            events.append(ev.Retried(t=at(end), lane=lane, task=task, attempt=1, reason=reason))
            events.append(
                ev.WorkerJoined(t=at(end + 0.3), lane=lane, worker=joined, pid=4001 + joined)
            )
            free.append((end + 0.3, joined))
            joined += 1
            queue.insert(cursor, (task, 1, end))
            continue
        over.add(task)
        events.append(_ending(lane, task, worker, attempt, begin, end, task in failures))
        free.append((end, worker))
    status: ev.Status = "failed" if failures else "finished"
    if cancel is not None and len(over) < tasks:
        status, wall = "cancelled", cancel
        events += [
            ev.Cancelled(t=at(go + cancel), lane=lane, task=n)
            for n in range(tasks)
            if n not in over
        ]
    cpu = float(durations.sum())
    ended = run_ended(
        t=at(go + wall) + 1000,
        lane=lane,
        status=status,
        wall_s=wall,
        driver_cpu_s=cpu if lane == "serial" else 0.12,
        task_cpu_s=cpu,
        startup_s=sum(length for _, length in PHASES[lane]),
        message="1 task failed." if status == "failed" else "",
    )
    return [*events, ended], wall


def _ending(
    lane: str, task: int, worker: int, attempt: int, begin: float, end: float, failed: bool
) -> ev.AnyEvent:
    if failed:
        return ev.Failed(
            t=at(end),
            lane=lane,
            task=task,
            worker=worker,
            start=at(begin),
            attempt=attempt,
            error="ValueError",
            message="fabricated",
        )
    return ev.Finished(
        t=at(end),
        lane=lane,
        task=task,
        worker=worker,
        start=at(begin),
        attempt=attempt,
        cpu_s=end - begin,
    )
