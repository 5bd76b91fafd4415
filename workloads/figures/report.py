"""What a race says when it is over: the JSON that a headless run prints, and the verdict in a
sentence.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from workloads.core.errors import plain
from workloads.core.wording import lane_name, more_than, seconds
from workloads.figures import speedup
from workloads.figures.gain import UNFINISHED, Gain, contended, gains, suspended, why_none
from workloads.figures.waterfall import waterfall
from workloads.ledger.bounds import TASKS_AT_MOST
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race, same_tasks
from workloads.ledger.tables import Store


class StoreReport(msgspec.Struct, frozen=True):
    """What went into a lane's object store, in bytes and seconds; `peak_bytes` is the most that it
    held.

    `spilled_bytes` is the most that Ray had moved to disk for want of room, None where that isn't
    known.
    """

    puts: int
    put_bytes: int
    put_s: float
    load_s: float
    peak_bytes: int
    capacity_bytes: int
    spilled_bytes: int | None


ERRORS_MOST = 100
"""Failed tasks of a lane that its report tells."""


class TaskError(msgspec.Struct, frozen=True):
    """A task that failed: its number, the exception's type and text, safe to show."""

    task: int
    error: str
    message: str


class LaneReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lane's figures; times in seconds, None where the lane didn't get so far.

    `stages` are the seconds that all tasks together spent in each stage, where tasks have stages;
    `errors` are those of the first ERRORS_MOST tasks that failed, where any did.
    """

    engine: str
    status: str
    tasks: int
    done: int
    failed: int
    retried: int
    workers: int
    wall_s: float | None
    startup_s: float | None
    driver_cpu_s: float | None
    task_cpu_s: float | None
    result: Any
    reason: str = ""
    errors: list[TaskError] = []
    stages: dict[str, float] = {}
    object_store: StoreReport | None = None


class RaceReport(msgspec.Struct, frozen=True, kw_only=True):
    """A race and what came of it; `speedup` and `efficiency` against serial, a number a lane;
    `karp_flatt` is the serial fraction that would explain the speedup, `ideal_s` the least time in
    which the lane's workers could have done serial's tasks, `same_answer` whether all finished
    lanes computed the same (None with fewer than two, or where results couldn't be compared),
    `same_answer_reason` why that isn't so or isn't known; `waterfall` the seconds from a lane's
    ideal to its wall time, step by step. `beyond` has the measured reason, or "reason unknown", of
    each speedup that is more than the lane's workers can give; there is no `karp_flatt` of such a
    lane, nor of one slower than serial. `no_speedup` says why a lane that finished has none.
    `suspended_s` are the seconds that the race stood still (ctrl+z), which its times include.
    """

    workload: str
    params: dict[str, Any]
    seed: int
    schedule: str
    contended: bool
    host: dict[str, int | str]
    lanes: list[LaneReport]
    speedup: dict[str, float]
    efficiency: dict[str, float]
    karp_flatt: dict[str, float]
    ideal_s: dict[str, float]
    same_answer: bool | None
    same_answer_reason: str = ""
    waterfall: dict[str, dict[str, float]] = {}
    beyond: dict[str, str] = {}
    no_speedup: dict[str, str] = {}
    suspended_s: float = 0.0


def planned_tasks(params: Mapping[str, Any]) -> int:
    """How many tasks a race of these parameters has, as far as they say; 0 for none, and for more
    than any has.
    """
    tasks = params.get("tasks", 0)
    return tasks if isinstance(tasks, int) and 0 <= tasks <= TASKS_AT_MOST else 0


def lane_report(lane: Lane, planned: int) -> LaneReport:
    """The figures of one lane; `planned` tasks if it never knew its own."""
    ended = lane.ended
    status = (
        ended.status if ended else "failed" if lane.state in ("broken", "gone") else "cancelled"
    )
    return LaneReport(
        engine=lane.engine,
        status=status,
        tasks=lane.tasks.count or planned,
        done=lane.done,
        failed=lane.failed,
        retried=lane.retried,
        workers=lane.workers,
        wall_s=ended.wall_s if ended else None,
        startup_s=lane.startup_s or None,
        driver_cpu_s=ended.driver_cpu_s if ended else None,
        task_cpu_s=ended.task_cpu_s if ended else None,
        result=ended.answer if ended else None,
        reason=lane.reason,
        errors=task_errors(lane)[:ERRORS_MOST],
        stages=lane.stage_seconds(),
        object_store=_store_report(lane.store) if lane.store.puts else None,
    )


def task_errors(lane: Lane) -> list[TaskError]:
    """What the lane knows of its failed tasks, in order of their numbers."""
    return [
        TaskError(task, plain(event.error, 100), plain(event.message, 500))
        for task, event in sorted(lane.errors.items())
    ]


def _store_report(store: Store) -> StoreReport:
    return StoreReport(
        store.puts,
        store.put_bytes,
        store.put_s,
        store.load_s,
        store.peak,
        store.capacity,
        store.spilled,
    )


def ideal(race: Race, name: str) -> float | None:
    """The least seconds in which that lane's workers could run tasks as long as serial's were; None
    unless all those are known.
    """
    serial = race.serial
    # A recording may have lost some tasks.
    if serial is None or serial.done + serial.failed < serial.tasks.count:
        return None
    return speedup.ideal_time(serial.tasks.durations, race.lanes[name].workers)


def race_report(race: Race) -> RaceReport:
    """The whole race; raises ValueError before it was opened."""
    opened = race.opened
    if opened is None:
        raise ValueError("no race was opened")
    gained = gains(race)
    planned = planned_tasks(opened.params)
    agreed = race.agreement()
    return RaceReport(
        workload=opened.workload,
        params=opened.params,
        seed=opened.seed,
        schedule=opened.schedule,
        contended=contended(race),
        host=opened.host,
        lanes=[lane_report(lane, planned) for lane in race.raced()],
        speedup={name: known.speedup for name, known in gained.items()},
        efficiency={name: known.efficiency for name, known in gained.items()},
        karp_flatt={
            name: e for name, known in gained.items() if (e := serial_fraction(known)) is not None
        },
        ideal_s={name: least for name in gained if (least := ideal(race, name)) is not None},
        same_answer=agreed.same,
        same_answer_reason=agreed.reason,
        waterfall={name: steps for name in gained if (steps := _steps(race, name))},
        beyond={name: known.beyond for name, known in gained.items() if known.beyond},
        no_speedup={name: why for name, why in _why_none(race).items() if why != UNFINISHED},
        suspended_s=race.suspended_s,
    )


def serial_fraction(known: Gain) -> float | None:
    """The serial share (0…1) that explains the speedup; None for one worker, and where no share
    explains it: beyond what workers can give, and for a lane slower than serial.
    """
    fraction = None if known.beyond else speedup.karp_flatt(known.speedup, known.workers)
    return None if fraction is None or fraction > 1 else max(fraction, 0.0)


def _why_none(race: Race, startup: bool = False) -> dict[str, str]:
    return {lane.name: why for lane in race.raced() if (why := why_none(race, lane, startup))}


def _steps(race: Race, name: str) -> dict[str, float]:
    account = waterfall(race, name)
    if account is None:
        return {}
    return {
        "ideal": account.ideal_s,
        **{step.name: step.seconds for step in account.steps},
        "wall": account.wall_s,
    }


def verdict(race: Race, startup: bool = False) -> str:
    """One sentence on how the race came out, counting start-up if `startup`; empty while it goes
    on.
    """
    if race.ended is None or race.opened is None:
        return ""
    if race.ended.status == "cancelled":
        done = [
            f"{title(lane)} had done {lane.done} of {lane.tasks.count} tasks"
            for lane in race.raced()
        ]
        return f"Cancelled; {', '.join(done)}."
    for lane in race.raced():
        if lane.wall_s is None:
            return f"{title(lane)} didn't finish. {lane.reason}"
    gained = gains(race, startup)
    told = [_gains(race, gained, startup)] if len(gained) > 1 else []
    for lane in race.raced() if not told else ():
        if lane.name in gained:
            told.append(_gain(race, lane, gained[lane.name], startup))
        elif not gained:
            told.append(f"{title(lane)} {_finished(lane)} in {seconds(lane.wall_s or 0.0)}.")
    failed = max(
        race.raced(), key=lambda lane: lane.failed, default=None
    )  # a recording may name no lane
    if failed and failed.failed:
        told.append(f"{failed.failed} of {failed.tasks.count:,} failed: {failed.reason}")
    if why := suspended(race):
        told.append(f"{why.capitalize()}: its times say nothing.")
    else:
        told += [_apart(race.lanes[name], why) for name, why in _why_none(race, startup).items()]
    compared = _compared(race)
    # Whoever reads no further must not take the times for those of the same results.
    return " ".join([*compared, *told] if race.same_answer() is False else [*told, *compared])


def _compared(race: Race) -> list[str]:
    """Whether every lane computed the same, as a sentence; none where there is nothing to
    compare.
    """
    same, reason = race.agreement()
    if same:
        return ["Every lane computed the same answer."]
    if same is False:
        return [f"The lanes computed different answers: {reason}."]
    finished = [lane for lane in race.raced() if lane.ended and lane.wall_s is not None]
    if len(finished) < 2 or not all(same_tasks(finished[0], lane) for lane in finished):
        return []
    return [f"Results were not compared: {reason}."]


def _apart(lane: Lane, why: str) -> str:
    if why == speedup.OTHER_TASKS:
        return f"{title(lane)} failed other tasks than serial: their times can't be compared."
    return f"{title(lane)} has no speedup: {why}."


def _finished(lane: Lane) -> str:
    """`finished 16 tasks`, `finished 14 of 16 tasks`."""
    of = f"{lane.tasks.count - lane.failed:,} of " if lane.failed else ""
    return f"finished {of}{lane.tasks.count:,} task{'s' if lane.tasks.count != 1 else ''}"


def _gains(race: Race, gained: dict[str, Gain], startup: bool) -> str:
    """Several lanes in one sentence, the fastest first."""
    serial = race.serial
    assert serial is not None, "gains are over serial"
    shared = "≈ " if contended(race) else ""
    took = {lane.name: (lane.wall_s or 0.0) + lane.startup_s * startup for lane in race.raced()}
    lanes = sorted((race.lanes[name] for name in gained), key=lambda lane: took[lane.name])
    each = [
        f"{lane_name(lane.engine)} {seconds(took[lane.name])} "
        f"({shared}{gained[lane.name].speedup:.2f}×"
        f"{_beyond(gained[lane.name], ', ')})"
        for lane in lanes
    ]
    workers = {lane.workers for lane in lanes}
    on = f" on {min(workers)} workers" if len(workers) == 1 and min(workers) > 1 else ""
    told = (
        f"{serial.tasks.count:,} tasks{on}: {', '.join(each)}; serial {seconds(took[serial.name])}"
    )
    return (
        f"{told}{' (shared cores)' if shared else ''}, start-up {'' if startup else 'not '}counted."
    )


def _gain(race: Race, lane: Lane, gained: Gain, startup: bool) -> str:
    serial = race.serial
    assert serial is not None, "gains are over serial"
    shared = "≈ " if contended(race) else ""
    on = f"on {lane.workers} worker{'s' if lane.workers != 1 else ''}"
    took = (lane.wall_s or 0.0) + lane.startup_s * startup
    text = (
        f"{title(lane)} {_finished(lane)} in {seconds(took)}, {shared}{gained.speedup:.2f}× "
        f"serial {on}"
    )
    text += _beyond(gained, ": ") or f", {gained.efficiency:.0%} of the ideal"
    if shared:
        text += " (shared cores)"
    if startup:
        text += f"; with start-up: {seconds(lane.startup_s)}, serial {seconds(serial.startup_s)}"
    elif lane.startup_s:
        text += f"; start-up {seconds(lane.startup_s)} not counted"
    return text + "."


def _beyond(gained: Gain, before: str) -> str:
    """That the speedup is more than workers can give, and why; empty where it isn't."""
    return f"{before}{more_than(gained.workers)} ({gained.beyond})" if gained.beyond else ""


def title(lane: Lane) -> str:
    """The lane's name as a word: Serial, Ray."""
    return lane.engine.capitalize()
