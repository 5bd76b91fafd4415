"""The waterfall of a lane's run time: the steps from the lower bound to it, for the Compare screen
and the report.

The account is of workers' time. p workers have p·wall seconds, which are either at work or idle;
each such second belongs to one step, and a step's seconds are that sum over p. So the steps add up
to the run time.
"""

from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workloads.core.engine_info import engine_info
from workloads.core.wording import decimals, more_than, plural, rounded, seconds_text, times
from workloads.figures import speedup
from workloads.figures.gain import UNKNOWN, computes, gain, suspended
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race, same_tasks
from workloads.ledger.tables import OVER, State

Floats = NDArray[np.float64]

EXACT = 1e-9
"""The share of the run time by which the sum may miss it: rounding."""

CLOCKS = 1e-4
"""The share of the run time by which a task may seem to end after it: a worker's clock isn't the
lane's.
"""

NAMED = 2
"""Steps that the sentence names; the rest is one figure."""

TASK_STEPS = ("slower tasks", "faster tasks")


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One step: its name, the seconds of run time that it adds (below 0: it saved them), what it is
    as text, and the measured causes with their seconds, which add up to the step's.
    """

    name: str
    seconds: float
    words: str
    causes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A lane's run time of `wall_s` seconds on `workers` workers: the lower bound, and the steps
    beyond it in order. The time of tasks that `failed` is part of it.

    `ideal_s` is the lower bound of serial's task times (speedup.lower_bound). The steps are "slower
    tasks" (or "faster tasks", below 0), "lost attempts", "dispatch gaps", "transfer" and "tail";
    "unexplained" only where the sum would be wrong without it. `beyond` is the reason where that is
    less time than the workers can explain (see gain.Gain), else empty. `startup_s` is beside the
    sum. `busy_share` is the share of the workers' time that they spent in tasks. The slowdowns are
    the median, least and most of each finished task's time over its own serial time, and the ratio
    of their sums.
    """

    lane: str
    steps: tuple[WaterfallStep, ...]
    wall_s: float
    ideal_s: float
    workers: int
    startup_s: float
    busy_share: float
    slowdown_median: float
    slowdown_least: float
    slowdown_most: float
    beyond: str = ""
    slowdown_mean: float = 1.0
    failed: int = 0

    @property
    def total(self) -> float:
        """Seconds of the lower bound and all steps: the run time."""
        return self.ideal_s + sum(step.seconds for step in self.steps)

    def end_s(self, startup: bool) -> float:
        """The seconds that an axis needs for the account, with start-up beside it if `startup`."""
        heights = accumulate((step.seconds for step in self.steps), initial=self.ideal_s)
        return max(*heights, self.wall_s) + self.startup_s * startup

    def printed(self) -> "Waterfall":
        """The account in the seconds that are printed: rounded so that they still add up, causes to
        their step.
        """
        places = decimals(self.wall_s)
        wall = round(self.wall_s, places)
        ideal, *parts = rounded(
            [self.ideal_s, *(step.seconds for step in self.steps)], wall, places
        )
        steps = []
        for step, part in zip(self.steps, parts, strict=True):
            amounts = rounded([amount for _, amount in step.causes], part, places)
            names = [name for name, _ in step.causes]
            causes = tuple(cause for cause in zip(names, amounts, strict=True) if cause[1])
            steps.append(replace(step, seconds=part, causes=causes))
        return replace(self, steps=tuple(steps), wall_s=wall, ideal_s=ideal)


def waterfall(race: Race, lane_name: str) -> Waterfall | None:
    """The account of that lane against serial; None unless every task finished on both, or failed
    on both.

    A worker's place that is idle before a start waits for that task ("dispatch gaps", or "transfer"
    up to the moment its input was stored); one that is idle after its last start waits for the end
    ("tail"). Starts and ends are matched in order of time: a place that has been free for longest
    takes the next task. Which place is taken changes no sum, and it makes one place of a lost
    worker and of the one that replaced it. Of a worker that never had a task, the idle time is
    therefore a gap while others still started tasks, as it could have taken them, and tail only
    after that. Idle time that the lower bound holds already, as whole tasks can't be shared evenly,
    is taken off the tail, then off gaps, transfer and lost attempts. What is stored is kept of the
    first 1000 tasks (lane.MAX_DETAILS); later transfers count as gaps.
    """
    serial, lane = race.serial, race.lanes.get(lane_name)
    if serial is None or lane is None or suspended(race) or not (_whole(serial) and _whole(lane)):
        return None
    alone, together = serial.tasks.seconds(), lane.tasks.seconds()
    ran = min(alone.sum(), together.sum()) > 0  # an image that can't be opened fails unsent
    if not same_tasks(serial, lane) or not ran or not lane.run_s:
        return None
    gained = gain(race, lane)
    beyond = ""
    if gained is not None:
        beyond = gained.beyond
    lost = _lost(lane)
    busy = (float(together.sum()) + float((lost[1] - lost[0]).sum())) / lane.workers
    finished = (lane.tasks.state == State.FINISHED) & (alone > 0)
    ratios = together[finished] / alone[finished]
    if not len(ratios):
        ratios = np.ones(1)
    return Waterfall(
        lane=lane.name,
        steps=_steps(race, lane, lost, beyond),
        wall_s=lane.run_s,
        ideal_s=speedup.lower_bound(alone, lane.workers),
        workers=lane.workers,
        startup_s=lane.startup_s,
        busy_share=busy / lane.run_s,
        slowdown_median=float(np.median(ratios)),
        slowdown_least=float(ratios.min()),
        slowdown_most=float(ratios.max()),
        beyond=beyond,
        slowdown_mean=float(together.sum() / alone.sum()),
        failed=lane.failed,
    )


def _steps(
    race: Race, lane: Lane, attempts: tuple[Floats, Floats], beyond: str
) -> tuple[WaterfallStep, ...]:
    """The steps from the lower bound of serial's tasks to the lane's run time; `attempts` are those
    that were lost.
    """
    assert race.serial is not None, "the account is against serial"
    alone, workers, wall = race.serial.tasks.seconds(), lane.workers, lane.run_s or 0.0
    bound = speedup.lower_bound(alone, workers)
    lost_start, lost_end = attempts
    ran = np.isfinite(lane.tasks.end - lane.tasks.start)
    start = np.concatenate([lane.tasks.start[ran], lost_start])
    end = np.concatenate([lane.tasks.end[ran], lost_end])
    stored = np.concatenate([_stored(lane)[ran], np.full(len(lost_start), -np.inf)])
    waits, awaited = _waits(start, end, stored, workers)
    last = float(end.max())
    freed = np.sort(end)[-workers:]
    idle = (float((last - freed).sum()) + last * (workers - len(freed))) / workers
    after = 0.0
    if wall - last > -CLOCKS * wall:
        after = wall - last
    # Idle time that no schedule of serial's tasks avoids is in the lower bound already.
    spare = bound - float(alone.sum()) / workers
    tail, spare = _take(idle, spare)
    gaps, spare = _take(float((waits - awaited).sum()) / workers, spare)
    transfer, spare = _take(float(awaited.sum()) / workers + after, spare)
    lost, spare = _take(float((lost_end - lost_start).sum()) / workers, spare)
    steps = [
        _task_step(race, lane, race.serial, spare, beyond),
        WaterfallStep("lost attempts", lost, "attempts repeated after a worker crash"),
        WaterfallStep("dispatch gaps", gaps, "workers waited for the next task"),
        WaterfallStep("transfer", transfer, "inputs sent to workers, results sent back"),
        WaterfallStep("tail", tail, "workers idle while the last tasks ran"),
    ]
    rest = wall - bound - sum(step.seconds for step in steps)
    if abs(rest) > EXACT * wall:
        why = "worker count exceeded, or clock skew between processes"
        steps.append(WaterfallStep("unexplained", rest, why))
    return tuple(steps)


def _take(idle: float, spare: float) -> tuple[float, float]:
    """The idle seconds without those to spare, and what is left to spare."""
    taken = max(min(idle, spare), 0.0)
    return idle - taken, spare - taken


def _task_step(race: Race, lane: Lane, serial: Lane, spare: float, beyond: str) -> WaterfallStep:
    """The step of tasks that took longer than on serial, by their sum over the workers, or less.

    `spare` are the seconds of the lower bound that this lane's tasks had no idle time for: those
    that bind it took less time here.
    """
    alone, together, workers = serial.tasks.seconds(), lane.tasks.seconds(), lane.workers
    whole = float((together - alone).sum()) / workers - spare
    causes = _causes(race, lane, serial, spare)
    if whole < 0:
        why = "tasks took less time than on serial"
        if beyond not in ("", UNKNOWN):
            why = beyond
        elif lane.store.puts:
            why = "their inputs were read and decoded before they started"
        return WaterfallStep("faster tasks", whole, why, causes)
    return WaterfallStep("slower tasks", whole, "tasks took longer than on serial", causes)


def _causes(race: Race, lane: Lane, serial: Lane, spare: float) -> tuple[tuple[str, float], ...]:
    """The seconds of the step of slower tasks by what was measured: the CPU time of the tasks that
    finished, the time that they had no core, failed tasks, and what filled idle time that the lower
    bound counts; empty where CPU time wasn't measured.
    """
    finished = (lane.tasks.state == State.FINISHED) & (serial.tasks.state == State.FINISHED)
    cpu, cpu_alone = (
        float(tasks.cpu[finished].sum(dtype=np.float64)) for tasks in (lane.tasks, serial.tasks)
    )
    if min(cpu, cpu_alone) <= 0:
        return ()
    longer = lane.tasks.seconds() - serial.tasks.seconds()
    more_cpu = (cpu - cpu_alone) / lane.workers
    waited = float(longer[finished].sum()) / lane.workers - more_cpu
    waiting = "waited for a core"
    if not computes(race):
        waiting = "waited longer"
    elif engine_info(lane.engine).shares_gil:
        waiting = "waited for the GIL or a core"
    return (
        ("more CPU time per task", more_cpu),
        (waiting, waited),
        ("failed tasks", float(longer[~finished].sum()) / lane.workers),
        ("filled idle time of the lower bound", 0.0 - spare),  # no −0.0
    )


def largest(account: Waterfall) -> WaterfallStep | None:
    """The step that costs most beyond the lower bound; None if none costs anything."""
    costliest = max(account.steps, key=lambda step: step.seconds)
    if costliest.seconds <= 0:
        return None
    return costliest


def sentence(account: Waterfall) -> str:
    """The account as a sentence: the lower bound, the two steps that weigh most beside it, and the
    rest.
    """
    shown = account.printed()
    wall, bound = (seconds_text(value, account.wall_s) for value in (shown.wall_s, shown.ideal_s))
    run = f"Run time {wall}"
    if account.failed:
        run += f" with {account.failed:,} failed {plural('task', account.failed)}"
    text = f"{run}: {bound} lower bound"
    if shown.ideal_s > shown.wall_s:
        text = f"{run}, less than the lower bound of serial's tasks: {bound}"
    by_weight = sorted(shown.steps, key=lambda step: -abs(step.seconds))
    parts = [_describe(account, step) for step in by_weight[:NAMED] if step.seconds]
    rest = shown.wall_s - shown.ideal_s - sum(step.seconds for step in by_weight[:NAMED])
    if round(rest, decimals(account.wall_s)):
        parts.append(f"{_signed(account, rest)} other")
    text = f"{', '.join([text, *parts])}."
    if account.beyond:
        return f"The speedup is {more_than(account.workers)} ({account.beyond}). {text}"
    return text


def _signed(account: Waterfall, value: float) -> str:
    sign = "−" if value < 0 else "+"
    return f"{sign}{seconds_text(abs(value), account.wall_s)}"


def causes_text(account: Waterfall, step: WaterfallStep) -> str:
    """The causes of a step of the `printed` account, as `−0.07 s waiting for a core`, or none."""
    if len(step.causes) == 1 and step.causes[0][1] > 0:
        return step.causes[0][0]
    parts = []
    for name, amount in step.causes:
        if amount < 0:  # `−0.07 s more CPU time` would be less saved
            name = name.removeprefix("more ").replace("waited", "waiting")
        parts.append(f"{_signed(account, amount)} {name}")
    return ", ".join(parts)


def _describe(account: Waterfall, step: WaterfallStep) -> str:
    name, why = step.name, ""
    if name in TASK_STEPS:
        causes = causes_text(account, step)
        why = f"{times(account.slowdown_mean)} their serial time"
        if causes:
            why = f"{why}: {causes}"
        elif step.words not in ("", account.beyond) and step.seconds < 0:
            why = f"{why}: {step.words}"
    elif name == "unexplained":
        why = step.words
    elif name == "tail":
        name = "idle tail"
    text = f"{_signed(account, step.seconds)} {name}"
    if why:
        return f"{text} ({why})"
    return text


def _whole(lane: Lane) -> bool:
    """True if the lane's run is over and every task finished, its times recorded, or failed."""
    tasks = lane.tasks
    if lane.run_s is None or not tasks.count:
        return False
    timed = np.isfinite(tasks.end - tasks.start)
    return bool(np.all((tasks.state == State.FAILED) | (timed & (tasks.state == State.FINISHED))))


def _lost(lane: Lane) -> tuple[Floats, Floats]:
    """The starts and ends of the attempts that came to nothing, in seconds since the run's zero."""
    spans = [row.between(-np.inf, np.inf) for row in lane.rows.values()]
    bad = [~np.isin(cut.state, OVER) for cut in spans]
    start = [cut.start[lost] for cut, lost in zip(spans, bad, strict=True)]
    end = [cut.end[lost] for cut, lost in zip(spans, bad, strict=True)]
    return np.concatenate([np.empty(0), *start]), np.concatenate([np.empty(0), *end])


def _stored(lane: Lane) -> Floats:
    """When each task's input was stored, in seconds since the run's zero; −∞ where it had none."""
    when = np.full(lane.tasks.count, -np.inf)
    for event in [*lane.stored.values(), *lane.stored.shared]:
        for first, last in event.readers or [(event.task, event.task)]:
            when[first : last + 1] = (event.t - (lane.zero or 0)) / 1e9
    return when


def _waits(start: Floats, end: Floats, stored: Floats, workers: int) -> tuple[Floats, Floats]:
    """How long a place had been idle before each start, in order of the starts; and that part of it
    before `stored`.
    """
    order = np.argsort(start, kind="stable")
    begun, begin = np.zeros(len(start)), start[order]
    begun[workers:] = np.sort(end)[: max(len(end) - workers, 0)]
    waits = np.maximum(begin - begun, 0)
    return waits, np.clip(stored[order] - begun, 0, waits)
