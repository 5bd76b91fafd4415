"""The report of a race that is over: the JSON that a headless run prints."""

from typing import Any

import msgspec

from workloads.core.errors import plain
from workloads.figures.durations import DurationStats, durations
from workloads.figures.gain import (
    UNFINISHED,
    contended,
    gains,
    karp_flatt,
    lower_bound,
    without_speedup,
)
from workloads.figures.paired import speedup_interval
from workloads.figures.reliability import reliable, unreliable_reason
from workloads.figures.waterfall import Waterfall, waterfall
from workloads.figures.workers import ShownWorker, worker_list
from workloads.ledger.bounds import planned_tasks
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.ledger.tables import StoreUsage


class StoreReport(msgspec.Struct, frozen=True):
    """The puts of a lane into its object store, in bytes and seconds; `peak_bytes` is the most that
    the store held.

    `spilled_bytes` is the most that Ray had moved to disk for lack of room, None where that isn't
    measured.
    """

    puts: int
    put_bytes: int
    put_s: float
    load_s: float
    peak_bytes: int
    capacity_bytes: int
    spilled_bytes: int | None


MAX_ERRORS = 100
"""Failed tasks of a lane that its report names."""


class TaskError(msgspec.Struct, frozen=True):
    """A task that failed: its number, the exception's type and text, safe to show."""

    task: int
    error: str
    message: str


class ReportedIntervention(msgspec.Struct, frozen=True):
    """What a person did to the lane's run `at_s` seconds after its start: see events.Intervened."""

    at_s: float
    action: str
    task: int | None
    worker: int | None
    refused: str


class ReportedActor(msgspec.Struct, frozen=True):
    """An actor of the lane: its name, the workers on which it was created one after the other, and
    how many calls had returned each time when it restarted, empty.
    """

    actor: str
    workers: list[int]
    restarted_after: list[int]


class LaneReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lane's figures; times in seconds, None where the lane didn't get so far.

    `elapsed_s` is the real time of a run whose lane took turns with others: `wall_s` is on its own
    clock. `workers` is how many tasks run at once; `worker_list` are the processes or threads that
    did, on as many `nodes` of a cluster. `sent_bytes` of large tasks were pickled for their
    workers, in `pickle_s` seconds of the lane's process. `durations` are the statistics of the
    tasks that finished. `stages` are the seconds that all tasks together spent in each stage, where
    tasks have stages; `errors` are those of the first MAX_ERRORS tasks that failed, where any did.
    `held_s` is how long submission was held by hand, which `wall_s` includes; `interventions` are
    the first of all that a person did to the run. `actors` are those that tasks called.
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
    elapsed_s: float | None = None
    errors: list[TaskError] = []
    stages: dict[str, float] = {}
    object_store: StoreReport | None = None
    durations: DurationStats | None = None
    worker_list: list[ShownWorker] = []
    nodes: int = 0
    held_s: float | None = None
    sent_bytes: int = 0
    pickle_s: float | None = None
    interventions: list[ReportedIntervention] = []
    actors: list[ReportedActor] = []


class RaceReport(msgspec.Struct, frozen=True, kw_only=True):
    """A race and its result; the figures of definitions.py, by lane.

    `ideal_s` is the lower bound of the run time, from which `waterfall` leads to it step by step;
    `slower_tasks` splits the step of slower or faster tasks by what was measured. `same_answer` is
    True if all finished lanes computed the same (None with fewer than two, or where results
    couldn't be compared), `same_answer_reason` why that isn't so or isn't known. `beyond` has the
    measured reason, or "reason unknown", of each speedup that is more than the lane's workers can
    give; `no_speedup` says why a lane that finished has none. `reliable` is False for a lane whose
    tasks had a core for less than 90% of their time, and `unreliable_reason` says why.
    `speedup_interval` has the bounds of the speedup's 95% interval, where lanes alternated.
    `drain` is how lanes with ObjectRefs took results, `execution` how tasks were executed (the
    settings that aren't the usual ones).
    `suspended_s` are the seconds that the race stood still (ctrl+z), which its times include.
    `faults` were put into the tasks of every lane, empty for none.
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
    slower_tasks: dict[str, dict[str, float]] = {}
    reliable: dict[str, bool] = {}
    unreliable_reason: str = ""
    drain: str = "wait"
    execution: dict[str, Any] = {}
    speedup_interval: dict[str, tuple[float, float]] = {}
    faults: dict[str, int] = {}


def lane_report(race: Race, lane: Lane, planned: int) -> LaneReport:
    """The figures of one of the race's lanes; it has `planned` tasks if it never made its own."""
    status, answer = "cancelled", None
    times: tuple[float | None, ...] = (None, None, None)
    if lane.ended is not None:
        ended = lane.ended
        status, answer = ended.status, ended.answer
        times = ended.wall_s, ended.driver_cpu_s, ended.task_cpu_s
    elif lane.state in ("broken", "gone"):
        status = "failed"
    wall_s, driver_cpu_s, task_cpu_s = times
    return LaneReport(
        engine=lane.engine,
        status=status,
        tasks=lane.tasks.count or planned,
        done=lane.done,
        failed=lane.failed,
        retried=lane.retried,
        workers=lane.workers,
        wall_s=wall_s,
        startup_s=lane.startup_s or None,
        driver_cpu_s=driver_cpu_s,
        task_cpu_s=task_cpu_s,
        result=answer,
        reason=lane.reason,
        elapsed_s=lane.clock.elapsed_s,
        errors=task_errors(lane)[:MAX_ERRORS],
        stages=lane.tasks.stage_seconds(),
        object_store=_store_report(lane.store),
        durations=durations(race, lane),
        worker_list=worker_list(lane),
        nodes=lane.nodes.count,
        held_s=lane.interventions.held_s or None,
        sent_bytes=lane.sent.bytes,
        pickle_s=lane.sent.pickle_s or None,
        interventions=_interventions(lane)[:MAX_ERRORS],
        actors=_actors(lane),
    )


def _actors(lane: Lane) -> list[ReportedActor]:
    return [
        ReportedActor(
            plain(name, 60), [life.worker for life in lives], lane.actors.restarted_after(name)
        )
        for name, lives in lane.actors.lives.items()
    ]


def _interventions(lane: Lane) -> list[ReportedIntervention]:
    reported = []
    for at_s, event in lane.interventions.events:
        task = event.task if event.task >= 0 else None
        worker = lane.number_of(event.worker) if event.worker >= 0 else None
        why = plain(event.refused, 200)
        reported.append(ReportedIntervention(at_s, plain(event.action, 40), task, worker, why))
    return reported


def task_errors(lane: Lane) -> list[TaskError]:
    """The errors that the lane's ledger keeps, in order of their tasks' numbers."""
    return [
        TaskError(task, plain(event.error, 100), plain(event.message, 500))
        for task, event in sorted(lane.errors.items())
    ]


def _store_report(store: StoreUsage) -> StoreReport | None:
    """None for a lane that put nothing into its store."""
    if not store.puts:
        return None
    return StoreReport(
        store.puts,
        store.put_bytes,
        store.put_s,
        store.load_s,
        store.peak,
        store.capacity,
        store.spilled,
    )


def race_report(race: Race) -> RaceReport:
    """The whole race; raises ValueError before it was opened."""
    opened = race.opened
    if opened is None:
        raise ValueError("no race was opened")
    gained = gains(race)
    planned = planned_tasks(opened.params)
    agreed = race.agreement()
    missing = without_speedup(race)
    accounts = {name: fall for name in [*gained, *missing] if (fall := waterfall(race, name))}
    return RaceReport(
        workload=opened.workload,
        params=opened.params,
        seed=opened.seed,
        schedule=opened.schedule,
        contended=contended(race),
        host=opened.host,
        lanes=[lane_report(race, lane, planned) for lane in race.raced()],
        speedup={name: gain.speedup for name, gain in gained.items()},
        efficiency={name: gain.efficiency for name, gain in gained.items()},
        karp_flatt={
            name: e for name, gain in gained.items() if (e := karp_flatt(race, gain)) is not None
        },
        ideal_s={
            name: bound
            for name in gained | accounts
            if (bound := lower_bound(race, race.lanes[name])) is not None
        },
        same_answer=agreed.same,
        same_answer_reason=agreed.reason,
        waterfall={name: _steps(account) for name, account in accounts.items()},
        beyond={name: gain.beyond for name, gain in gained.items() if gain.beyond},
        no_speedup={name: why for name, why in missing.items() if why != UNFINISHED},
        suspended_s=race.suspended_s,
        slower_tasks={name: causes for name, fall in accounts.items() if (causes := _causes(fall))},
        reliable=reliable(race),
        unreliable_reason=unreliable_reason(race),
        drain=opened.drain,
        execution=msgspec.to_builtins(opened.execution),
        speedup_interval={
            name: bounds
            for name, gain in gained.items()
            if (bounds := speedup_interval(race, race.lanes[name], gain)) is not None
        },
        faults=msgspec.to_builtins(opened.faults),
    )


def _steps(account: Waterfall) -> dict[str, float]:
    return {
        "ideal": account.ideal_s,
        **{step.name: step.seconds for step in account.steps},
        "wall": account.wall_s,
    }


def _causes(account: Waterfall) -> dict[str, float]:
    return {cause: seconds for step in account.steps for cause, seconds in step.causes}
