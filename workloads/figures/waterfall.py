"""The waterfall of a lane's time: the steps from the ideal to its wall time, for the Compare screen
and the report.

The account is of workers' time. p workers have p·wall seconds, which are either at work or idle;
each such second goes to one step, and a step's seconds are that sum over p. So the steps add up to
the wall time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workloads.core.engine_info import engine_info
from workloads.core.wording import more_than, seconds
from workloads.figures import speedup
from workloads.figures.gain import UNKNOWN, gain, suspended
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race
from workloads.ledger.tables import State

Floats = NDArray[np.float64]

EXACT = 1e-9
"""The share of the wall time by which the sum may miss it: rounding."""

CLOCKS = 1e-4
"""The share of the wall time by which a task may seem to end after it: a worker's clock isn't the
driver's.
"""

NOTICED = 0.005
"""The share of the wall time below which a step isn't worth a word."""


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One step: its name, the wall seconds that it adds (below 0: it saved them), and the cause as
    text.
    """

    name: str
    seconds: float
    words: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A lane's wall time of `wall_s` seconds on `workers` workers: the ideal, and the steps beyond
    it in order.

    `ideal_s` are the seconds that serial's tasks take if shared out evenly. The steps are "longest
    task" (with it, what no schedule can beat: speedup.ideal_time), "slower tasks" (or "faster
    tasks", below 0), "lost attempts", "dispatch gaps", "transfer" and "tail"; "unexplained" only
    where the sum would be wrong without it. `beyond` is the reason where that is less time than the
    workers can explain (see gain.Gain), else empty. `startup_s` is beside the sum. `busy_share` is
    the share of the workers' time that they spent in tasks. The slowdowns are the median, least and
    most of each task's time over its own serial time.
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

    @property
    def total(self) -> float:
        """Seconds of the ideal and all steps: the wall time."""
        return self.ideal_s + sum(step.seconds for step in self.steps)


def waterfall(race: Race, lane_name: str) -> Waterfall | None:
    """The account of that lane against serial; None unless every task finished on both.

    A worker's place that is idle before a start waits for that task ("dispatch gaps", or "transfer"
    up to the moment its input was stored); one that is idle after its last start waits for the end
    ("tail"). Starts and ends are matched in order of time: a place that has been free for longest
    takes the next task. Which place is taken changes no sum, and it makes one place of a lost
    worker and of the one that replaced it. Of a worker that never had a task, the idle time is
    therefore a gap while others still started tasks, as it could have taken them, and tail only
    after that. What is stored is kept of the first 1000 tasks (ledger.MAX_DETAILS); later
    transfers count as gaps.
    """
    serial, lane = race.serial, race.lanes.get(lane_name)
    if serial is None or lane is None or suspended(race) or not (_whole(serial) and _whole(lane)):
        return None
    alone, together = serial.tasks.durations, lane.tasks.durations
    if len(alone) != len(together) or not alone.sum() > 0 or not lane.wall_s:
        return None
    gained = gain(race, lane)
    beyond = ""
    if gained is not None:
        beyond = gained.beyond
    ideal = float(alone.sum()) / lane.workers
    steps = _steps(lane, alone, ideal, beyond)
    slower, lost = steps[1].seconds, steps[2].seconds
    ratios = together[alone > 0] / alone[alone > 0]
    return Waterfall(
        lane=lane.name,
        steps=steps,
        wall_s=lane.wall_s,
        ideal_s=ideal,
        workers=lane.workers,
        startup_s=lane.startup_s,
        busy_share=(ideal + slower + lost) / lane.wall_s,
        slowdown_median=float(np.median(ratios)),
        slowdown_least=float(ratios.min()),
        slowdown_most=float(ratios.max()),
        beyond=beyond,
    )


def _steps(lane: Lane, alone: Floats, ideal: float, beyond: str) -> tuple[WaterfallStep, ...]:
    """The steps from the `ideal` to the lane's wall time; `alone` are the seconds of the serial
    tasks.
    """
    workers, wall = lane.workers, lane.wall_s or 0.0
    lost_start, lost_end = _lost(lane)
    start = np.concatenate([lane.tasks.start, lost_start])
    end = np.concatenate([lane.tasks.end, lost_end])
    waits, awaited = _waits(start, end, _stored(lane, len(start)), workers)
    last = float(end.max())
    freed = np.sort(end)[-workers:]
    tail = (float((last - freed).sum()) + last * (workers - len(freed))) / workers
    longest = min(speedup.ideal_time(alone, workers) - ideal, tail)
    slower = float(lane.tasks.durations.sum()) / workers - ideal
    lost = float((lost_end - lost_start).sum()) / workers
    gaps = float((waits - awaited).sum()) / workers
    transfer = float(awaited.sum()) / workers
    if wall - last > -CLOCKS * wall:
        transfer += wall - last
    steps = [
        WaterfallStep("longest task", longest, "one task alone takes longer than an even share"),
        _task_step(lane, slower, beyond),
        WaterfallStep("lost attempts", lost, "work that was lost with its worker and done again"),
        WaterfallStep("dispatch gaps", gaps, "workers waited for the next task"),
        WaterfallStep(
            "transfer", transfer, "inputs on their way to workers, results on their way back"
        ),
        WaterfallStep(
            "tail", tail - longest, "workers had nothing left to do while the last tasks ran"
        ),
    ]
    rest = wall - ideal - sum(step.seconds for step in steps)
    if abs(rest) > EXACT * wall:
        why = "more tasks at once than workers, or clocks that disagree"
        steps.append(WaterfallStep("unexplained", rest, why))
    return tuple(steps)


def _task_step(lane: Lane, slower: float, beyond: str) -> WaterfallStep:
    """The step of tasks that took longer than on serial by that sum over the workers, or less."""
    if slower < 0:
        why = "more cache, or a machine less busy than in the serial run"
        if beyond not in ("", UNKNOWN):
            why = beyond
        elif lane.store.puts:
            why = "the driver had read and decoded their inputs"
        return WaterfallStep("faster tasks", slower, why)
    why = "shared cores and memory"
    if engine_info(lane.engine).shares_gil:
        why = "shared cores, memory and Python's lock"
    return WaterfallStep("slower tasks", slower, why)


def largest(account: Waterfall) -> WaterfallStep | None:
    """The step that costs most beyond the ideal; None if none costs anything."""
    costliest = max(account.steps, key=lambda step: step.seconds)
    if costliest.seconds <= 0:
        return None
    return costliest


def sentence(account: Waterfall) -> str:
    """The account as a sentence: the ideal, and the two steps that weigh most beside it."""
    wall, even = seconds(account.wall_s), seconds(account.ideal_s)
    text = f"Of {wall}, {even} are the ideal"
    if account.ideal_s > account.wall_s:
        text = f"{wall} is less than an even share of serial's work, {even}"
    weighty = sorted(account.steps, key=lambda step: -abs(step.seconds))[:2]
    parts = [
        _describe(account, step)
        for step in weighty
        if abs(step.seconds) >= NOTICED * account.wall_s
    ]
    text = f"{text}; {', '.join(parts) or 'nothing else took a noticeable part'}."
    if account.beyond:
        return f"The speedup is {more_than(account.workers)} ({account.beyond}). {text}"
    return text


def _describe(account: Waterfall, step: WaterfallStep) -> str:
    amount, why, name = seconds(abs(step.seconds)), step.words, step.name
    if name == "unexplained":
        return f"{amount} is unexplained ({why})"
    if name in ("slower tasks", "faster tasks"):
        ratio = f"on average {1 + step.seconds / account.ideal_s:.2f}× their serial time"
        why = ratio if why == account.beyond else f"{ratio}: {why}"
    verb = "costs"
    if name.endswith("s"):
        verb = "cost"
    if step.seconds < 0:
        verb = "saved"
    if name in ("longest task", "tail"):
        name = f"the {name}"
    return f"{name} {verb} {amount} ({why})"


def _whole(lane: Lane) -> bool:
    """True if the lane's run is over and every task finished, at a known time."""
    tasks = lane.tasks
    if lane.wall_s is None or not tasks.count:
        return False
    finished = (tasks.state == State.FINISHED) & np.isfinite(tasks.end - tasks.start)
    return bool(np.all(finished))


def _lost(lane: Lane) -> tuple[Floats, Floats]:
    """The starts and ends of the attempts that came to nothing, in seconds since the run's zero."""
    spans = [row.between(-np.inf, np.inf) for row in lane.rows.values()]
    bad = [cut.state != State.FINISHED for cut in spans]
    start = [cut.start[lost] for cut, lost in zip(spans, bad, strict=True)]
    end = [cut.end[lost] for cut, lost in zip(spans, bad, strict=True)]
    return np.concatenate([np.empty(0), *start]), np.concatenate([np.empty(0), *end])


def _stored(lane: Lane, count: int) -> Floats:
    """When each task's input was stored, in seconds since the run's zero; −∞ where it had none, for
    `count` starts.
    """
    when = np.full(count, -np.inf)
    for task, event in lane.stored.items():
        when[task] = (event.t - (lane.zero or 0)) / 1e9
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
