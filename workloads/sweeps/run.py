"""Sweeps: a race for each value of one parameter, and what is told of them when they are over.

A sweep is told in events like a race: SweepOpened, its races one after the other, SweepEnded. So it
is shown, recorded and replayed by the same means. `sweep_kinds` says what can be swept,
`sweep_fold` keeps what came of it.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, BinaryIO

import msgspec

from workloads.core import events as ev
from workloads.core.engine_info import engine_info, rivals_of
from workloads.core.errors import BadInput, plain
from workloads.core.wording import brief, lane_name, listed, more_than
from workloads.figures import scaling
from workloads.figures.gain import UNFINISHED
from workloads.lanes.coordinator import Coordinator
from workloads.ledger import recording
from workloads.machine import clock
from workloads.sweeps.calibration import RUNS, calibrate
from workloads.sweeps.fold import (
    SweepFold,
    SweepPoint,
    beaten,
    break_evens,
    fits,
    rivals,
    same,
    unfitted,
    unreliable,
)
from workloads.sweeps.kinds import MOST_POINTS, SERIAL_ONCE, Sweep, batches

__all__ = [
    "MOST_POINTS",
    "Sweep",
    "SweepFold",
    "SweepPoint",
    "batches",
    "continued",
    "progress",
    "report",
    "resumed",
    "run_sweep",
    "verdict",
]

SINGULAR = {"batches": "batch", "weak": "workers", "grain": "tasks", "runs": "run"}
"""What a point's value is called in the report, where that isn't the kind's name."""

TAIL = 1 << 20
"""Bytes that are read at once from the end of a recording."""

DOUBTS_MOST = 3
"""Points of which a verdict says that nothing can be concluded."""

PI_SD = math.sqrt(math.pi * (4 - math.pi))
"""Standard deviation of one sample of π: 4 times a hit or miss of chance π/4 gives √(π(4 − π)) ≈
1.642. The mean of n samples errs by 1.642/√n: ten times the samples for half a digit.
"""


# -- running ---------------------------------------------------------------------------------------


def opening(sweep: Sweep) -> ev.SweepOpened:
    """The event that begins the sweep."""
    plan = sweep.plan
    return ev.SweepOpened(
        t=clock.now(),
        sweep=sweep.name,
        parameter=sweep.parameter,
        values=list(sweep.values),
        lanes=list(plan.lanes),
        workload=plan.workload,
        params=dict(plan.params),
        seed=plan.seed,
        inputs=list(plan.inputs),
        resumes=sweep.missing is not None,
        note=sweep.note,
    )


async def run_sweep(coordinator: Coordinator, sweep: Sweep) -> ev.Status:
    """Race at each value that isn't measured: "finished" if every lane finished every race,
    "cancelled" as soon as one is cancelled.
    """
    coordinator.tell(opening(sweep))
    came: list[ev.Status] = []
    status: ev.Status = "failed"
    try:
        if sweep.calibrate:
            came.append(await calibrate(coordinator, sweep.plan, sweep.calibrate))
        for value in sweep.todo:
            if "cancelled" in came:
                break
            coordinator.tell(ev.SweepAt(t=clock.now(), value=value))
            came.append(await coordinator.race(sweep.at(value)))
        status = next((how for how in reversed(came) if how != "finished"), "finished")
    finally:
        coordinator.tell(ev.SweepEnded(t=clock.now(), status=status))
    return status


def resumed(sweep: Sweep, fold: SweepFold) -> Sweep:
    """The sweep without what `fold` has measured of it; the sweep itself if that is nothing of it,
    or all.
    """
    left = _left(sweep, fold)
    return left if left.todo else sweep


def _left(sweep: Sweep, fold: SweepFold) -> Sweep:
    if fold.opened is None or not same(fold.opened, opening(sweep)):
        return sweep
    done = {lane for lane, overhead in fold.overheads.items() if overhead.runs >= RUNS}
    uncalibrated = tuple(lane for lane in sweep.calibrate if lane not in done)
    return replace(sweep.without(fold.measured()), calibrate=uncalibrated)


def continued(sweep: Sweep, path: Path, any_seed: bool = False) -> tuple[Sweep, list[ev.AnyEvent]]:
    """What is left of the sweep that the recording `path` holds in part, and the events recorded.

    With `any_seed` it takes the recording's seed. A file that isn't there yet, or is empty as its
    sweep was killed at once, holds nothing of it. Raises BadInput if the last sweep recorded there
    is another.
    """
    events = recording.events(path) if path.exists() else []
    if not events:
        return sweep, []
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    if any_seed and fold.opened:
        sweep = replace(sweep, plan=replace(sweep.plan, seed=fold.opened.seed))
    if fold.opened is None or not same(fold.opened, opening(sweep)):
        raise BadInput(
            f"{plain(path)} holds {_told(fold.opened)}, not this sweep; choose another name for "
            "the recording."
        )
    return _left(sweep, fold), events


def _told(opened: ev.SweepOpened | None) -> str:
    if opened is None:
        return "no sweep"
    return (
        f"another sweep ({plain(opened.sweep, 40)} of {plain(opened.workload, 60)}, seed "
        f"{opened.seed})"
    )


class Appender(recording.Recorder):
    """Appends the events of a sweep that goes on to its recording, whose torn last line
    it drops.
    """

    def __init__(self, path: Path) -> None:
        """Raises BadInput if the file can't be written."""
        self.path, self._broken = path, ""
        try:
            self._file = path.open("r+b")
            recording.hold(self._file, path)
            _end_line(self._file)
        except OSError as error:
            raise BadInput(
                f"The recording {plain(path)} can't be written: {error.strerror}."
            ) from None


def _end_line(file: BinaryIO) -> None:
    """Drop a torn last line, or end it if only its newline is missing; what is written next begins
    a line.
    """
    torn = b""
    at = file.seek(0, os.SEEK_END)
    while at and b"\n" not in torn:
        size = min(at, TAIL)
        at = file.seek(at - size)
        torn = file.read(size) + torn
    at += torn.rfind(b"\n") + 1
    torn = torn[torn.rfind(b"\n") + 1 :]
    file.seek(at + len(torn))
    if not torn:
        return
    try:
        ev.decode_event(torn)
        file.write(b"\n")
    except (msgspec.DecodeError, RecursionError):
        file.seek(file.truncate(at))


# -- what is told ----------------------------------------------------------------------------------


def progress(fold: SweepFold) -> str:
    """How far a sweep is: `2 of 5 points measured; now 30 tasks`; empty before any."""
    opened = fold.opened
    if opened is None:
        return ""
    told = f"{len(fold.points)} of {len(opened.values)} points measured"
    if fold.calibrating:
        return f"{told}; first, what a task that does nothing costs"
    measured = {point.value for point in fold.points}
    value = (
        fold.at
        if fold.at is not None
        else next((value for value in opened.values if value not in measured), None)
    )
    if value is None or not fold.running:
        return told
    return f"{told}; now {_place(opened, value)}"


def _place(opened: ev.SweepOpened, value: int) -> str:
    """A value in words: `30 tasks`, `1 worker`, `run 3`."""
    if opened.sweep == "runs":
        return f"run {value}"
    unit = plain(opened.parameter, 40)
    return f"{value:,} {unit.removesuffix('s') if value == 1 else unit}"


def _at(opened: ev.SweepOpened, value: int) -> str:
    return f"{'in' if opened.sweep == 'runs' else 'at'} {_place(opened, value)}"


def verdict(fold: SweepFold) -> str:
    """How the sweep came out, in a few sentences; empty before any, and while it goes on."""
    opened = fold.opened
    if opened is None or fold.running:
        return ""
    how = "The sweep ended early" if len(fold.points) < len(opened.values) else "The sweep is over"
    told = {"runs": _runs_words, "weak": _weak_words}.get(opened.sweep, _best_words)(fold)
    doubtful = any(point.beyond for point in fold.points)
    none = "no speedup is one to rely on" if doubtful else "nothing could be compared"
    sentences = [f"{how}: {told or none}."]
    more = {"workers": _laws_words, "grain": _grain_words, "samples": _samples_words}.get(
        opened.sweep
    )
    sentences += more(fold) if more else []
    for point in fold.points:
        at = _at(opened, point.value)
        if point.same_answer is False:
            sentences.append(f"The lanes computed different answers {at}!")
        if point.reason:
            sentences.append(f"{at.capitalize()} – {point.reason}")
    return " ".join([*sentences, *_doubts(fold), plain(opened.note, 200)]).rstrip()


def _doubts(fold: SweepFold) -> list[str]:
    """What can't be concluded: lanes without a speedup at a point, and speedups that workers can't
    give.
    """
    opened, told = fold.opened, list[str]()
    if opened is None:
        return told
    for point in fold.points:
        at = _at(opened, point.value)
        for lane, why in point.no_speedup.items():
            if why != UNFINISHED:
                told.append(f"{_title(lane)} has no speedup {at}: {why}.")
        for lane, reason in point.beyond.items():
            more = more_than(point.workers.get(lane, 1))
            told.append(
                f"{point.speedup[lane]:.2f}× on {lane_name(lane)} {at} is {more} ({reason})."
            )
    rest = len(told) - DOUBTS_MOST
    return (
        [*told[:DOUBTS_MOST], f"{rest} more speedups are missing or not to be relied on."]
        if rest > 1
        else told
    )


def _best(fold: SweepFold) -> dict[str, SweepPoint]:
    """For each lane the point of its greatest speedup, of those that its workers can give."""
    best: dict[str, SweepPoint] = {}
    for point in fold.points:
        for lane, gained in point.speedup.items():
            if point.sound(lane) is not None and (
                lane not in best or gained > best[lane].speedup[lane]
            ):
                best[lane] = point
    return best


def _gained(fold: SweepFold) -> list[str]:
    """Each lane's greatest speedup, with its workers where these are swept."""
    scaled = fold.opened is not None and fold.opened.sweep in SERIAL_ONCE
    return [
        f"{point.speedup[lane]:.2f}× on {lane_name(lane)}{_with(point, lane) if scaled else ''}"
        for lane, point in _best(fold).items()
    ]


def _best_words(fold: SweepFold) -> str:
    best, told = _best(fold), _gained(fold)
    if len(best) == 1:
        ((lane, point),) = best.items()
        verb = "were" if lane.endswith("s") else "was"
        with_ = _with(point, lane) if fold.opened and fold.opened.sweep in SERIAL_ONCE else ""
        return f"{_title(lane)} {verb} up to {point.speedup[lane]:.2f}× as fast as serial{with_}"
    return f"against serial, up to {listed(told)}" if told else ""


def _title(lane: str) -> str:
    return plain(lane, 40).capitalize()


def _with(point: SweepPoint, lane: str) -> str:
    workers = point.workers.get(lane, point.value)
    return f" with {workers:,} worker{'s' if workers != 1 else ''}"


def _weak_words(fold: SweepFold) -> str:
    """Scaled speedup (J. L. Gustafson, "Reevaluating Amdahl's law", CACM 31(5), 1988)."""
    told = _gained(fold)
    if not told:
        return ""
    return (
        f"scaled speedup over serial up to {listed(told)}; the 28× on 48 cores in Ray's tutorial "
        "is of this kind, "
        "work that grows with the workers"
    )


def _laws_words(fold: SweepFold) -> list[str]:
    """The law that each lane's times follow, if it gained at all; which lane had fewer workers than
    asked for.
    """
    told, found, losing = [], fits(fold), beaten(fold)
    for lane, laws in found.items():
        if laws.best is not None and lane not in losing:
            told.append(
                f"{f'{_title(lane)} – ' if len(found) > 1 else ''}{scaling.describe(laws.best)}"
            )
    missing = {lane: why for lane, why in unfitted(fold).items() if lane not in losing}
    for why in dict.fromkeys(missing.values()):
        lanes = [lane_name(lane) for lane, its in missing.items() if its == why]
        told.append(f"No Amdahl fit for {listed(lanes)}: {why}.")
    for lane in rivals(fold):
        had = max(
            (point.workers[lane] for point in fold.points if lane in point.workers), default=0
        )
        if 0 < had < max(point.value for point in fold.points):
            told.append(f"{_title(lane)} had {had:,} worker{'s' if had != 1 else ''} at most.")
    return told + _never_words(losing)


def _never_words(losing: Sequence[str]) -> list[str]:
    words = listed([lane_name(lane) for lane in losing])
    return [f"{words[:1].upper()}{words[1:]} never beat serial."] if words else []


def _grain_words(fold: SweepFold) -> list[str]:
    """The least size of a task on this machine, by lane and by how it is known; which lanes no size
    helped.
    """
    sizes, told = break_evens(fold), []
    # The dearest first: that is the size to remember.
    dearest = sorted(sizes, key=lambda lane: -sizes[lane].seconds)
    for source, how in (("points", "From these points"), ("calibration", "By calibration")):
        lanes = [
            lane for lane in dearest if sizes[lane].source == source and not sizes[lane].at_most
        ]
        if words := [f"{brief(sizes[lane].seconds)} on {lane_name(lane)}" for lane in lanes]:
            told.append(
                f"{how}, a task should last at least {', '.join(words)}; below that serial wins."
            )
    for lane in dearest:
        if sizes[lane].at_most:
            told.append(
                f"{_title(lane)} won down to the smallest tasks measured, "
                f"{brief(sizes[lane].seconds)}."
            )
    for lane in unreliable(fold):
        many = max((point.workers.get(lane, 1) for point in fold.points), default=1) > 1
        why = " (Python's lock)" if engine_info(lane).shares_gil and many else ""
        told.append(f"{_title(lane)} never reliably beat serial{why}.")
    return told


def _samples_words(fold: SweepFold) -> list[str]:
    known = [point for point in fold.points if "error" in point.figures and point.value > 0]
    if not known:
        return []
    most = max(known, key=lambda point: point.value)
    told = (
        f"With {most.value:,} samples π is off by {most.figures['error']:.2g} "
        f"({PI_SD / math.sqrt(most.value):.2g} "
        "expected); a digit costs 100 times the samples"
    )
    sound = {lane: gained for lane, gained in most.speedup.items() if most.sound(lane) is not None}
    gained = max(sound.values(), default=0.0)
    if gained > 1:
        lane = max(sound, key=lambda name: sound[name])
        told += f", and {gained:.2f}× on {lane_name(lane)} buys {math.log10(gained) / 2:.2f} of one"
    return [f"{told}."]


def _runs_words(fold: SweepFold) -> str:
    told, most = [], 0
    for lane in rivals(fold):
        gained = [known for point in fold.points if (known := point.sound(lane)) is not None]
        if gained:
            spread = f" ({min(gained):.2f}–{max(gained):.2f}×)" if len(gained) > 1 else ""
            told.append(f"{median(gained):.2f}×{spread} on {lane_name(lane)}")
            most = max(most, len(gained))
    runs = f"in the median of {most} runs" if most > 1 else "in one run"
    return f"against serial, {runs} {listed(told)}" if told else ""


def report(fold: SweepFold) -> dict[str, object]:
    """The sweep as JSON data: `{"sweep", "points": [{"batch", "serial_s", "ray_s", "speedup", …},
    …]}`.

    `speedup` is that of the last lane that isn't serial; with more such lanes `speedups` has all of
    them. A sweep over workers has the laws fitted to each lane as `fit`, why there is none as
    `fit_missing`; one over grain what a task costs each lane, `overhead_s`, and the size from which
    on it reliably beats serial, `break_even` (seconds both), which only lanes have that do;
    `break_even_from` says whether "points" showed it (at most the smallest size, if all won) or
    "calibration" did. A point's `beyond` has the reason of each speedup that the lane's workers
    can't give, `no_speedup` why one has none.
    """
    opened = fold.opened
    name = opened.sweep if opened else ""
    points = [_point(name, point, opened.lanes if opened else ()) for point in fold.points]
    told: dict[str, object] = {
        "sweep": name,
        "status": fold.ended.status if fold.ended else "",
        "points": points,
    }
    if name == "workers":
        told["fit"] = {
            lane: {
                law: {**msgspec.to_builtins(fit), "words": scaling.describe(fit)}
                for law, fit in laws._asdict().items()
                if fit is not None
            }
            for lane, laws in fits(fold).items()
        }
        told["fit_missing"] = unfitted(fold)
    if name == "grain":
        told["overhead_s"] = {lane: overhead.seconds for lane, overhead in fold.overheads.items()}
        sizes = break_evens(fold)
        told["break_even"] = {lane: size.seconds for lane, size in sizes.items()}
        told["break_even_from"] = {lane: size.source for lane, size in sizes.items()}
    if opened and opened.note:
        told["note"] = opened.note
    return told


def _point(name: str, point: SweepPoint, lanes: Sequence[str]) -> dict[str, object]:
    told: dict[str, Any] = {SINGULAR.get(name, name): point.value, **point.figures}
    told |= {f"{lane}_s": point.seconds.get(lane) for lane in lanes}
    others = rivals_of(lanes)
    told["speedup"] = point.speedup.get(others[-1]) if others else None
    if len(others) > 1:
        told["speedups"] = point.speedup
    if name in SERIAL_ONCE:
        told["efficiency"] = {
            lane: point.efficiency(lane) for lane in others if lane in point.speedup
        }
    told["startup_s"] = point.startup
    told["same_answer"] = point.same_answer
    if point.reason:
        told["reason"] = point.reason
    told |= {name: found for name in ("beyond", "no_speedup") if (found := getattr(point, name))}
    return told
