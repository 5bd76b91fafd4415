"""Sweeps: a race for each value of one parameter, and the fold that keeps what each came to.

A sweep is told in events like a race: SweepOpened, its races one after the other, SweepEnded. So it is shown,
recorded and replayed by the same means.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from workloads import catalog
from workloads import events as ev
from workloads.coordinator import Coordinator, Plan
from workloads.errors import BadInput, plain
from workloads.ledger import Race
from workloads.report import gains, title

MOST_POINTS = 100


@dataclass(frozen=True)
class Sweep:
    """What to sweep: `plan` with `parameter` set to each of `values` in turn; `name` is how it is called."""

    name: str
    parameter: str
    values: tuple[int, ...]
    plan: Plan

    def at(self, value: int) -> Plan:
        """The race at that value; always in turn, as its times are to be compared."""
        return replace(self.plan, params={**self.plan.params, self.parameter: value}, schedule="in-turn")


def batches(text: str, plan: Plan) -> Sweep:
    """The sweep over batches of tasks that a person typed: `10,20,30`.

    Raises BadInput for what is no list of numbers of tasks.
    """
    parameter = catalog.find(plan.workload).parameter("tasks")
    words = [word for word in text.split(",") if word.strip()]
    if not words or len(words) > MOST_POINTS:
        raise BadInput(f"Batches are 1 to {MOST_POINTS} numbers of tasks such as 10,20,30, not “{plain(text, 60)}”.")
    values = tuple(int(parameter.parse(word)) for word in words)
    if len(set(values)) < len(values):
        raise BadInput(f"Each batch can be swept once: “{plain(text, 60)}” names one twice.")
    return Sweep("batches", "tasks", values, plan)


class SweepPoint(msgspec.Struct, frozen=True):
    """What came of the race at `value`: each lane's seconds, those whose run got to an answer; its speedup over
    serial; why a lane has none.
    """

    value: int
    status: ev.Status
    seconds: dict[str, float]
    speedup: dict[str, float]
    startup: dict[str, float]
    same_answer: bool | None
    reason: str = ""


class SweepFold:
    """The fold of a sweep's events: the points measured so far, in the order they were."""

    def __init__(self) -> None:
        self.opened: ev.SweepOpened | None = None
        self.ended: ev.SweepEnded | None = None
        self.points: list[SweepPoint] = []
        self._race = Race()

    @property
    def running(self) -> bool:
        """Whether a sweep was opened and hasn't ended."""
        return self.opened is not None and self.ended is None

    def apply(self, event: ev.AnyEvent) -> None:
        """Take one event of the sweep or of a race in it; values that no sweep has (a recording may hold any JSON)
        are left out.
        """
        if isinstance(event, ev.SweepOpened):
            values = [value for value in event.values[:MOST_POINTS] if abs(value) < 1 << 53]
            self.opened, self.ended, self.points = msgspec.structs.replace(event, values=values), None, []
        elif isinstance(event, ev.SweepEnded):
            self.ended = event
        elif not isinstance(event, ev.Logged | ev.Progressed):
            self._race.apply(event)
        if isinstance(event, ev.RaceEnded) and self.running:
            self._measured(event)

    def _measured(self, event: ev.RaceEnded) -> None:
        race, swept = self._race, self.opened
        value = race.opened.params.get(swept.parameter) if race.opened and swept else None
        if event.status == "cancelled" or not isinstance(value, int) or not swept or value not in swept.values:
            return
        raced = race.raced()
        self.points.append(
            SweepPoint(
                value, event.status, {lane.name: lane.wall_s for lane in raced if lane.wall_s is not None}, gains(race),
                {lane.name: lane.startup_s for lane in raced}, race.same_answer(),
                " ".join(f"{title(lane)}: {plain(lane.reason)}" for lane in raced if lane.reason),
            )
        )  # fmt: skip


async def run_sweep(coordinator: Coordinator, sweep: Sweep) -> ev.Status:
    """Race at each value: "finished" if every lane finished every race, "cancelled" as soon as one is cancelled."""
    coordinator.tell(
        ev.SweepOpened(
            t=time.time_ns(), sweep=sweep.name, parameter=sweep.parameter, values=list(sweep.values),
            lanes=list(sweep.plan.lanes),
        )
    )  # fmt: skip
    came: list[ev.Status] = []
    status: ev.Status = "failed"
    try:
        for value in sweep.values:
            came.append(await coordinator.race(sweep.at(value)))
            if came[-1] == "cancelled":
                break
        status = next((how for how in reversed(came) if how != "finished"), "finished")
    finally:
        coordinator.tell(ev.SweepEnded(t=time.time_ns(), status=status))
    return status


def verdict(fold: SweepFold) -> str:
    """How the sweep came out, in a sentence or two; empty before any, and while it goes on."""
    opened = fold.opened
    if opened is None or fold.running:
        return ""
    best: dict[str, float] = {}
    for point in fold.points:
        best |= {lane: max(gained, best.get(lane, 0.0)) for lane, gained in point.speedup.items()}
    told = [
        f"{plain(lane, 40).capitalize()} was up to {gained:.2f}× as fast as serial" for lane, gained in best.items()
    ]
    how = "The sweep ended early" if len(fold.points) < len(opened.values) else "The sweep is over"
    sentences = [f"{how}: {' and '.join(told) or 'nothing could be compared'}."]
    for point in fold.points:
        at = f"at {point.value:,} {plain(opened.parameter, 40)}"
        if point.same_answer is False:
            sentences.append(f"The lanes computed different answers {at}!")
        if point.reason:
            sentences.append(f"{at.capitalize()} – {point.reason}")
    return " ".join(sentences)


def report(fold: SweepFold) -> dict[str, object]:
    """The sweep as JSON data: `{"sweep", "points": [{"batch", "serial_s", "ray_s", "speedup", …}, …]}`.

    `speedup` is that of the last lane that isn't serial; with more such lanes `speedups` has all of them.
    """
    opened = fold.opened
    name = opened.sweep if opened else ""
    key = {"batches": "batch"}.get(name, name)
    return {"sweep": name, "status": fold.ended.status if fold.ended else "", "points": [
        _point(key, point, opened.lanes if opened else ()) for point in fold.points
    ]}  # fmt: skip


def _point(key: str, point: SweepPoint, lanes: Sequence[str]) -> dict[str, object]:
    told: dict[str, object] = {key: point.value}
    told |= {f"{lane}_s": point.seconds.get(lane) for lane in lanes}
    rivals = [lane for lane in lanes if lane != "serial"]
    told["speedup"] = point.speedup.get(rivals[-1]) if rivals else None
    if len(rivals) > 1:
        told["speedups"] = point.speedup
    told["startup_s"] = point.startup
    told["same_answer"] = point.same_answer
    if point.reason:
        told["reason"] = point.reason
    return told
