"""The verdict on a sweep, in a few sentences."""

import math

from workloads.core import events as ev
from workloads.core.engine_info import baseline_of, engine_info
from workloads.core.errors import plain
from workloads.core.wording import (
    brief,
    error_text,
    lane_name,
    listed,
    more_than,
    percent,
    plural,
    times,
    times_range,
)
from workloads.figures import scaling
from workloads.figures.errors import expected_error
from workloads.figures.gain import UNFINISHED
from workloads.sweeps import crossing, weak
from workloads.sweeps.break_even import break_evens, unreliable
from workloads.sweeps.fits import fits, unfitted
from workloads.sweeps.fold import CLEAR, SweepFold, SweepPoint, repeated
from workloads.sweeps.kinds import BY_WORKERS
from workloads.sweeps.progress import place

MAX_DOUBTS = 3
"""Points of which a verdict says that nothing can be concluded."""

ALL_WORKERS = 1.005
"""The efficiency from which on it is printed as more than 100%."""


def _at(opened: ev.SweepOpened, value: int) -> str:
    if opened.sweep == "runs":
        return f"in {place(opened, value)}"
    return f"at {place(opened, value)}"


def verdict(fold: SweepFold, startup: bool = False) -> str:
    """The result of the sweep in a few sentences; empty before any, and while it is running. Only
    repeated runs count start-up, if `startup`.
    """
    opened = fold.opened
    if opened is None or fold.running:
        return ""
    name = "Sweep"
    if opened.sweep == "runs":
        name = "Repeat"
    sentences = [f"{name} complete."]
    if len(fold.points) < len(opened.values):
        sentences = [
            f"{name} ended early, after {len(fold.points)} of {len(opened.values)} points."
        ]
    sentences += crossing.sentences(fold)
    if opened.sweep == "runs":
        sentences += _median_speedups(fold, startup) or [_no_speedup(fold)]
    else:
        sentences += _best_speedups(fold) or [_no_speedup(fold)]
    sentences += _busy(fold)
    if opened.sweep in CONCLUSIONS:
        sentences += CONCLUSIONS[opened.sweep](fold)
    sentences += _above_all_workers(fold)
    for point in fold.points:
        at = _at(opened, point.value)
        if point.same_answer is False:
            sentences.append(f"The lanes computed different answers {at}!")
        if point.reason:
            sentences.append(f"{at.capitalize()}: {point.reason}")
    return " ".join([*sentences, *_doubts(fold), plain(opened.note, 200)]).rstrip()


def _no_speedup(fold: SweepFold) -> str:
    if any(point.beyond for point in fold.points):
        return "No reliable speedup was measured."
    if fold.opened and baseline_of(fold.opened.lanes) is None:
        return "Add the serial lane to measure speedups."
    if not fold.compared_lanes:
        return "Add another lane to compare with serial."
    return "No speedup was measured."


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
                sentences.append(f"No speedup for {lane_name(lane)} {at}: {why}.")
        for lane, reason in point.beyond.items():
            more = more_than(point.workers.get(lane, 1))
            gained = f"{times(point.speedup[lane])}"
            sentences.append(f"{gained} on {lane_name(lane)} {at} is {more} ({reason}).")
    rest = len(sentences) - MAX_DOUBTS
    if rest > 1:
        sentences[MAX_DOUBTS:] = [f"{rest} more speedups are missing or unreliable."]
    return sentences


def _best(fold: SweepFold) -> dict[str, SweepPoint]:
    """For each lane the point of its greatest speedup, of those that its workers can give: of the
    points at which times can be trusted, if there are any.
    """
    best: dict[str, SweepPoint] = {}
    for lane in fold.compared_lanes:
        points = [point for point in fold.points if point.sound(lane) is not None]
        trusted = [point for point in points if not point.doubtful(lane)]
        if points:
            best[lane] = max(trusted or points, key=lambda point: point.speedup[lane])
    return best


def _clear(point: SweepPoint, lane: str) -> bool:
    """True if the lane's speedup at the point is no noise."""
    return point.speedup[lane] > CLEAR and not point.doubtful(lane)


LEAVE_OUT = {
    "workers": "The fits leave these points out.",
    "grain": "Break-even sizes leave these points out.",
}
"""What a sweep concludes without the points whose times can't be trusted."""


def _busy(fold: SweepFold) -> list[str]:
    """At how many points times can't be trusted, and what to do."""
    doubtful = [
        point for point in fold.points if any(point.doubtful(lane) for lane in point.speedup)
    ]
    if not doubtful:
        return []
    count, at, noun = len(fold.points), "At", "point"
    if fold.opened and fold.opened.sweep == "runs":
        at, noun = "In", "run"
    sentences = [
        f"{at} {len(doubtful)} of {count} {plural(noun, count)} tasks had a core for less than 90% "
        "of their time: repeat on an idle machine."
    ]
    if fold.opened and fold.opened.sweep in LEAVE_OUT:
        sentences.append(LEAVE_OUT[fold.opened.sweep])
    return sentences


def _best_speedups(fold: SweepFold) -> list[str]:
    """Each lane's greatest speedup, with its workers where these are swept; one that is within the
    noise isn't praised.
    """
    sentences, best = [], _best(fold)
    kind = "speedup"
    if fold.opened is not None and fold.opened.sweep == "weak":
        kind = "scaled speedup"
    clear = [
        f"{times(point.speedup[lane])} ({lane_name(lane)}{_with_workers(fold, point, lane)})"
        for lane, point in best.items()
        if _clear(point, lane)
    ]
    if clear:
        sentences.append(f"Best {kind} over serial: {listed(clear)}.")
    unclear = [
        f"{lane_name(lane)}{_gil(fold, lane)}, at most {times(point.speedup[lane])}"
        for lane, point in best.items()
        if not _clear(point, lane)
    ]
    if unclear:
        sentences.append(f"No clear {kind} over serial: {'; '.join(unclear)}.")
    return sentences


def _title(lane: str) -> str:
    return plain(lane, 40).capitalize()


def _gil(fold: SweepFold, lane: str) -> str:
    """The reason why Python code gains nothing on several workers of a lane, if that is it."""
    several = any(point.workers.get(lane, 1) > 1 for point in fold.points)
    computing = any(point.computes for point in fold.points)
    if several and computing and engine_info(lane).shares_gil:
        return " (GIL)"
    return ""


def _with_workers(fold: SweepFold, point: SweepPoint, lane: str) -> str:
    """The workers that the lane had at the point; empty unless these are swept."""
    if fold.opened is None or fold.opened.sweep not in BY_WORKERS:
        return ""
    workers = point.workers.get(lane, point.value)
    return f", {workers:,} {plural('worker', workers)}"


def _above_all_workers(fold: SweepFold) -> list[str]:
    """The meaning of each lane's greatest efficiency, where that is more than 100%."""
    sentences = []
    for lane in fold.compared_lanes:
        sound = [point for point in fold.points if point.sound(lane) is not None]
        points = [point for point in sound if not point.doubtful(lane)]
        most = max((point.efficiency(lane) or 0.0 for point in points), default=0.0)
        if most > ALL_WORKERS:
            sentences.append(
                f"{_title(lane)} reached {percent(most)} efficiency; above 100%, serial was slowed "
                "down or the workers' caches held more of the data."
            )
    return sentences


def _laws(fold: SweepFold) -> list[str]:
    """The law that the times of each lane follow that clearly gained; which lane had fewer workers
    than asked for.
    """
    best = _best(fold)
    gaining = [lane for lane in best if _clear(best[lane], lane)]
    sentences = []
    for lane, fitted in fits(fold).items():
        if fitted.best is not None and lane in gaining:
            sentences.append(scaling.describe(fitted.best, lane_name(lane)))
    missing = {lane: why for lane, why in unfitted(fold).items() if lane in gaining}
    for why in dict.fromkeys(missing.values()):
        lanes = [lane_name(lane) for lane, its in missing.items() if its == why]
        sentences.append(f"No Amdahl fit for {listed(lanes)}: {why}.")
    for lane in fold.compared_lanes:
        workers = [point.workers[lane] for point in fold.points if lane in point.workers]
        most = max(workers, default=0)
        if 0 < most < max(point.value for point in fold.points):
            sentences.append(
                f"{_title(lane)} ran at most {most:,} {plural('worker', most)}, fewer than "
                "requested."
            )
    return sentences


def _task_sizes(fold: SweepFold) -> list[str]:
    """The break-even task size by lane, measured or calibrated; the lanes that no size helped."""
    sizes, sentences = break_evens(fold), []
    # The dearest first: that is the size to remember.
    dearest = sorted(sizes, key=lambda lane: -sizes[lane].seconds)
    for source, how in (("points", "Measured"), ("calibration", "Calibrated")):
        exact = [
            f"{brief(sizes[lane].seconds)} on {lane_name(lane)}"
            for lane in dearest
            if sizes[lane][2:] == (source, False, None)
        ]
        if exact:
            sentences.append(
                f"{how} break-even task size: {listed(exact)}; below that, serial is faster."
            )
    for lane in dearest:
        size = sizes[lane]
        if size.scatter:
            low, high = map(brief, size.scatter)
            sentences.append(
                f"Break-even task size on {lane_name(lane)}: between {low} and {high}, where "
                "the speedups scatter around 1×; larger tasks pay off."
            )
        if size.at_most:
            sentences.append(
                f"{_title(lane)} was faster than serial at every size measured, down to "
                f"{brief(size.seconds)}."
            )
    doubtful = [f"{lane_name(lane)}{_gil(fold, lane)}" for lane in unreliable(fold)]
    if doubtful:
        sentences.append(f"Not consistently faster than serial at any size: {listed(doubtful)}.")
    return sentences


def _digits(fold: SweepFold) -> list[str]:
    """The error of π at the most samples, and the digits that the best speedup gains."""
    points = [point for point in fold.points if "error" in point.figures and point.value > 0]
    if not points:
        return []
    most = max(points, key=lambda point: point.value)
    text = (
        f"With {most.value:,} samples π is off by "
        f"{error_text(most.figures['error'])} ({error_text(expected_error(most.value))} expected). "
        "Each further digit takes 100 times the samples"
    )
    sound = {lane: gained for lane, gained in most.speedup.items() if most.sound(lane) is not None}
    gained = max(sound.values(), default=0.0)
    if gained > CLEAR:
        lane = max(sound, key=lambda name: sound[name])
        digits = math.log10(gained) / 2
        text += f"; {times(gained)} on {lane_name(lane)} gains {digits:.2f} digits in the same time"
    return [f"{text}."]


def _median_speedups(fold: SweepFold, startup: bool) -> list[str]:
    """Each lane's median speedup over the runs with its range, and which are no clear ones."""
    speedups, unclear, most = [], [], 0
    for lane, gained in repeated(fold, startup).items():
        spread = ""
        if gained.count > 1:
            spread = f", {times_range(gained.low, gained.high)}"
        speedups.append(f"{times(gained.median)} ({lane_name(lane)}{spread})")
        most = max(most, gained.count)
        if gained.low <= 1 <= gained.high:
            unclear.append(lane_name(lane))
    if not speedups:
        return []
    runs = "1 run"
    if most > 1:
        runs = f"median of {most} runs"
    if startup:
        runs += ", start-up included"
    sentences = [f"Speedup over serial, {runs}: {listed(speedups)}."]
    if unclear:
        sentences.append(f"No clear difference from serial: {listed(unclear)}.")
    return sentences


CONCLUSIONS = {
    "workers": _laws,
    "grain": _task_sizes,
    "samples": _digits,
    "weak": weak.sentences,
}
"""What else follows from a kind of sweep, in sentences."""
