"""The verdict on a sweep, and how far it is, in a few sentences."""

import math
from statistics import median

from workloads.core import events as ev
from workloads.core.engine_info import engine_info
from workloads.core.errors import plain
from workloads.core.wording import brief, lane_name, listed, more_than, plural
from workloads.figures import scaling
from workloads.figures.gain import UNFINISHED
from workloads.sweeps.break_even import break_evens, unreliable
from workloads.sweeps.fits import beaten, fits, unfitted
from workloads.sweeps.fold import SweepFold, SweepPoint
from workloads.sweeps.kinds import SERIAL_ONCE

MAX_DOUBTS = 3
"""Points of which a verdict says that nothing can be concluded."""

PI_SD = math.sqrt(math.pi * (4 - math.pi))
"""Standard deviation of one sample of π: 4 times a hit or miss of chance π/4 gives √(π(4 − π)) ≈
1.642. The mean of n samples errs by 1.642/√n: ten times the samples for half a digit.
"""


def progress(fold: SweepFold) -> str:
    """The progress of a sweep: `2 of 5 points measured; now 30 tasks`; empty before any."""
    opened = fold.opened
    if opened is None:
        return ""
    text = f"{len(fold.points)} of {len(opened.values)} points measured"
    if fold.calibrating:
        return f"{text}; first, what a task that does nothing costs"
    value = fold.at
    if value is None:
        measured = {point.value for point in fold.points}
        value = next((value for value in opened.values if value not in measured), None)
    if value is None or not fold.running:
        return text
    return f"{text}; now {_place(opened, value)}"


def _place(opened: ev.SweepOpened, value: int) -> str:
    """A value as text: `30 tasks`, `1 worker`, `run 3`."""
    if opened.sweep == "runs":
        return f"run {value}"
    unit = plain(opened.parameter, 40)
    if value == 1:
        unit = unit.removesuffix("s")
    return f"{value:,} {unit}"


def _at(opened: ev.SweepOpened, value: int) -> str:
    if opened.sweep == "runs":
        return f"in {_place(opened, value)}"
    return f"at {_place(opened, value)}"


def verdict(fold: SweepFold) -> str:
    """The result of the sweep in a few sentences; empty before any, and while it is running."""
    opened = fold.opened
    if opened is None or fold.running:
        return ""
    end = "The sweep is over"
    if len(fold.points) < len(opened.values):
        end = "The sweep ended early"
    summarise = SUMMARIES.get(opened.sweep, _best_speedups)
    sentences = [f"{end}: {summarise(fold) or _no_speedup(fold)}."]
    if opened.sweep in CONCLUSIONS:
        sentences += CONCLUSIONS[opened.sweep](fold)
    for point in fold.points:
        at = _at(opened, point.value)
        if point.same_answer is False:
            sentences.append(f"The lanes computed different answers {at}!")
        if point.reason:
            sentences.append(f"{at.capitalize()} – {point.reason}")
    return " ".join([*sentences, *_doubts(fold), plain(opened.note, 200)]).rstrip()


def _no_speedup(fold: SweepFold) -> str:
    if any(point.beyond for point in fold.points):
        return "no speedup is one to rely on"
    return "nothing could be compared"


def _doubts(fold: SweepFold) -> list[str]:
    """A sentence for each lane without a speedup at a point, and for each speedup that the workers
    can't give; MAX_DOUBTS at most.
    """
    opened, sentences = fold.opened, list[str]()
    if opened is None:
        return sentences
    for point in fold.points:
        at = _at(opened, point.value)
        for lane, why in point.no_speedup.items():
            if why != UNFINISHED:
                sentences.append(f"{_title(lane)} has no speedup {at}: {why}.")
        for lane, reason in point.beyond.items():
            more = more_than(point.workers.get(lane, 1))
            sentences.append(
                f"{point.speedup[lane]:.2f}× on {lane_name(lane)} {at} is {more} ({reason})."
            )
    rest = len(sentences) - MAX_DOUBTS
    if rest > 1:
        sentences[MAX_DOUBTS:] = [f"{rest} more speedups are missing or not to be relied on."]
    return sentences


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


def _speedups(fold: SweepFold) -> list[str]:
    """Each lane's greatest speedup, with its workers where these are swept."""
    return [
        f"{point.speedup[lane]:.2f}× on {lane_name(lane)}{_with_workers(fold, point, lane)}"
        for lane, point in _best(fold).items()
    ]


def _best_speedups(fold: SweepFold) -> str:
    best = _best(fold)
    if not best:
        return ""
    if len(best) > 1:
        return f"against serial, up to {listed(_speedups(fold))}"
    ((lane, point),) = best.items()
    verb = "was"
    if lane.endswith("s"):
        verb = "were"
    fast = f"up to {point.speedup[lane]:.2f}× as fast as serial"
    return f"{_title(lane)} {verb} {fast}{_with_workers(fold, point, lane)}"


def _title(lane: str) -> str:
    return plain(lane, 40).capitalize()


def _with_workers(fold: SweepFold, point: SweepPoint, lane: str) -> str:
    """The workers that the lane had at the point; empty unless these are swept."""
    if fold.opened is None or fold.opened.sweep not in SERIAL_ONCE:
        return ""
    workers = point.workers.get(lane, point.value)
    return f" with {workers:,} {plural('worker', workers)}"


def _scaled_speedups(fold: SweepFold) -> str:
    """Scaled speedup (J. L. Gustafson, "Reevaluating Amdahl's law", CACM 31(5), 1988)."""
    speedups = _speedups(fold)
    if not speedups:
        return ""
    return (
        f"scaled speedup over serial up to {listed(speedups)}; the 28× on 48 cores in Ray's "
        "tutorial is of this kind, work that grows with the workers"
    )


def _laws(fold: SweepFold) -> list[str]:
    """The law that each lane's times follow, if it gained at all; which lane had fewer workers than
    asked for.
    """
    laws, losing = fits(fold), beaten(fold)
    sentences = []
    for lane, fitted in laws.items():
        if fitted.best is None or lane in losing:
            continue
        law = scaling.describe(fitted.best)
        if len(laws) > 1:
            law = f"{_title(lane)} – {law}"
        sentences.append(law)
    missing = {lane: why for lane, why in unfitted(fold).items() if lane not in losing}
    for why in dict.fromkeys(missing.values()):
        lanes = [lane_name(lane) for lane, its in missing.items() if its == why]
        sentences.append(f"No Amdahl fit for {listed(lanes)}: {why}.")
    for lane in fold.compared_lanes:
        workers = [point.workers[lane] for point in fold.points if lane in point.workers]
        most = max(workers, default=0)
        if 0 < most < max(point.value for point in fold.points):
            sentences.append(f"{_title(lane)} had {most:,} {plural('worker', most)} at most.")
    if losing:
        names = listed([lane_name(lane) for lane in losing])
        sentences.append(f"{names[:1].upper()}{names[1:]} never beat serial.")
    return sentences


def _task_sizes(fold: SweepFold) -> list[str]:
    """The least size of a task by lane, measured or calibrated; the lanes that no size helped."""
    sizes, sentences = break_evens(fold), []
    # The dearest first: that is the size to remember.
    dearest = sorted(sizes, key=lambda lane: -sizes[lane].seconds)
    for source, how in (("points", "From these points"), ("calibration", "By calibration")):
        least = [
            f"{brief(sizes[lane].seconds)} on {lane_name(lane)}"
            for lane in dearest
            if sizes[lane].source == source and not sizes[lane].at_most
        ]
        if least:
            sentences.append(
                f"{how}, a task should last at least {', '.join(least)}; below that serial wins."
            )
    for lane in dearest:
        if sizes[lane].at_most:
            sentences.append(
                f"{_title(lane)} won down to the smallest tasks measured, "
                f"{brief(sizes[lane].seconds)}."
            )
    for lane in unreliable(fold):
        why = ""
        several = any(point.workers.get(lane, 1) > 1 for point in fold.points)
        if several and engine_info(lane).shares_gil:
            why = " (Python's lock)"
        sentences.append(f"{_title(lane)} never reliably beat serial{why}.")
    return sentences


def _digits(fold: SweepFold) -> list[str]:
    """The error of π at the most samples, and the digits that the best speedup buys."""
    points = [point for point in fold.points if "error" in point.figures and point.value > 0]
    if not points:
        return []
    most = max(points, key=lambda point: point.value)
    text = (
        f"With {most.value:,} samples π is off by {most.figures['error']:.2g} "
        f"({PI_SD / math.sqrt(most.value):.2g} "
        "expected); a digit costs 100 times the samples"
    )
    sound = {lane: gained for lane, gained in most.speedup.items() if most.sound(lane) is not None}
    gained = max(sound.values(), default=0.0)
    if gained > 1:
        lane = max(sound, key=lambda name: sound[name])
        text += f", and {gained:.2f}× on {lane_name(lane)} buys {math.log10(gained) / 2:.2f} of one"
    return [f"{text}."]


def _median_speedups(fold: SweepFold) -> str:
    speedups, most = [], 0
    for lane in fold.compared_lanes:
        gained = [gain for point in fold.points if (gain := point.sound(lane)) is not None]
        if not gained:
            continue
        spread = ""
        if len(gained) > 1:
            spread = f" ({min(gained):.2f}–{max(gained):.2f}×)"
        speedups.append(f"{median(gained):.2f}×{spread} on {lane_name(lane)}")
        most = max(most, len(gained))
    if not speedups:
        return ""
    runs = "in one run"
    if most > 1:
        runs = f"in the median of {most} runs"
    return f"against serial, {runs} {listed(speedups)}"


SUMMARIES = {"runs": _median_speedups, "weak": _scaled_speedups}
"""The speedups in a sentence, of kinds of sweep that don't name each lane's best."""

CONCLUSIONS = {"workers": _laws, "grain": _task_sizes, "samples": _digits}
"""What else follows from a kind of sweep, in sentences."""
