"""The report of a sweep as JSON data, which a headless sweep prints."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from workloads.core.engine_info import compared_lanes
from workloads.core.execution import USUAL
from workloads.figures import scaling
from workloads.figures.crossover import Crossover
from workloads.sweeps.break_even import break_evens
from workloads.sweeps.crossing import Crossing, crossings
from workloads.sweeps.fits import fits, unfitted
from workloads.sweeps.fold import SweepFold, SweepPoint, repeated
from workloads.sweeps.kinds import BY_WORKERS
from workloads.sweeps.weak import efficiencies

SINGULAR = {
    "batches": "batch",
    "weak": "workers",
    "grain": "tasks",
    "runs": "run",
    "sizes": "size",
}
"""What a point's value is called in the report, where that isn't the kind's name."""


def report(fold: SweepFold) -> dict[str, object]:
    """The sweep as JSON data: `{"sweep", "points": [{"batch", "serial_s", "ray_s", "speedup", …},
    …]}`.

    `speedup` is that of the last lane that isn't serial; with more such lanes `speedups` has all of
    them. A sweep over workers has the laws fitted to each lane as `fit`, why there is none as
    `fit_missing`; one over runs the median, the range and the quartiles of each lane's speedups as
    `repeated`; one over grain what a task costs each lane, `overhead_s`, and the size from which on
    it reliably beats serial, `break_even` (seconds both), which only lanes have that do.
    `break_even_from` says whether "points" showed it (at most the smallest size, if all won) or
    "calibration" did, `break_even_scatter` between which sizes a lane both won and lost. A point's
    `beyond` has the reason of each speedup that the lane's workers can't give, `no_speedup` why one
    has none, `schedule` how its lanes ran, `reliable` and `unreliable_reason` whether tasks had a
    core as long as they should. One over sizes has `crossover`, the size in bytes from which on a
    lane is faster than another, and as `crossover_missing` why two lanes have none; a point with
    several `races` has the `interval` of each lane's seconds.
    """
    opened, status = fold.opened, ""
    if fold.ended is not None:
        status = fold.ended.status
    if opened is None:
        return {"sweep": "", "status": status, "points": []}
    name = opened.sweep
    points = [_point(name, point, opened.lanes) for point in fold.points]
    data: dict[str, object] = {"sweep": name, "status": status, "points": points}
    if name == "weak":
        for told, point in zip(points, fold.points, strict=True):
            told["weak_efficiency"] = efficiencies(fold, point)
    if name in CONCLUSIONS:
        data |= CONCLUSIONS[name](fold)
    if opened.drain != "wait":
        data["drain"] = opened.drain
    if opened.execution != USUAL:
        data["execution"] = msgspec.to_builtins(opened.execution)
    if opened.note:
        data["note"] = opened.note
    return data


def _of_workers(fold: SweepFold) -> dict[str, object]:
    laws = {
        lane: {
            law: {**msgspec.to_builtins(fit), "words": scaling.describe(fit)}
            for law, fit in laws._asdict().items()
            if fit is not None
        }
        for lane, laws in fits(fold).items()
    }
    return {"fit": laws, "fit_missing": unfitted(fold)}


def _of_grain(fold: SweepFold) -> dict[str, object]:
    sizes = break_evens(fold)
    return {
        "overhead_s": {lane: overhead.seconds for lane, overhead in fold.overheads.items()},
        "break_even": {lane: size.seconds for lane, size in sizes.items()},
        "break_even_from": {lane: size.source for lane, size in sizes.items()},
        "break_even_scatter": {lane: size.scatter for lane, size in sizes.items() if size.scatter},
    }


def _of_sizes(fold: SweepFold) -> dict[str, object]:
    found = crossings(fold)
    return {
        "crossover": [_crossover(each, each.found) for each in found if each.found],
        "crossover_missing": {
            f"{each.store} and {each.lane}": each.why_none for each in found if not each.found
        },
    }


def _of_runs(fold: SweepFold) -> dict[str, object]:
    return {"repeated": {lane: asdict(gained) for lane, gained in repeated(fold).items()}}


CONCLUSIONS = {
    "workers": _of_workers,
    "grain": _of_grain,
    "sizes": _of_sizes,
    "runs": _of_runs,
}
"""What a kind of sweep tells beside its points."""


def _point(name: str, point: SweepPoint, lanes: Sequence[str]) -> dict[str, object]:
    data: dict[str, Any] = {SINGULAR.get(name, name): point.value, **point.figures}
    data |= {f"{lane}_s": point.seconds.get(lane) for lane in lanes}
    others = compared_lanes(lanes)
    data["speedup"] = None
    if others:
        data["speedup"] = point.speedup.get(others[-1])
    if len(others) > 1:
        data["speedups"] = point.speedup
    if name in BY_WORKERS:
        data["efficiency"] = {
            lane: point.efficiency(lane) for lane in others if lane in point.speedup
        }
    if point.runs > 1:
        bounds = {lane: point.interval(lane) for lane in lanes if lane in point.seconds}
        data["races"] = point.runs
        data["interval"] = {lane: its for lane, its in bounds.items() if its}
    data["startup_s"] = point.startup
    data["schedule"] = point.schedule
    data["same_answer"] = point.same_answer
    data["reliable"] = point.reliable
    if point.unreliable_reason:
        data["unreliable_reason"] = point.unreliable_reason
    if point.reason:
        data["reason"] = point.reason
    if point.beyond:
        data["beyond"] = point.beyond
    if point.no_speedup:
        data["no_speedup"] = point.no_speedup
    return data


def _crossover(crossing: Crossing, found: Crossover) -> dict[str, object]:
    return {
        "faster": crossing.faster,
        "slower": crossing.slower,
        "size": found.size,
        "between": [found.below, found.above],
    }
