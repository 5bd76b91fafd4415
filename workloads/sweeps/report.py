"""The report of a sweep as JSON data, which a headless sweep prints."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from workloads.core.engine_info import compared_lanes
from workloads.core.execution import USUAL
from workloads.figures import scaling
from workloads.sweeps.break_even import break_evens
from workloads.sweeps.fits import fits, unfitted
from workloads.sweeps.fold import SweepFold, SweepPoint, repeated
from workloads.sweeps.kinds import BY_WORKERS

SINGULAR = {"batches": "batch", "weak": "workers", "grain": "tasks", "runs": "run"}
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
    core as long as they should.
    """
    opened, status = fold.opened, ""
    if fold.ended is not None:
        status = fold.ended.status
    if opened is None:
        return {"sweep": "", "status": status, "points": []}
    name = opened.sweep
    points = [_point(name, point, opened.lanes) for point in fold.points]
    data: dict[str, object] = {"sweep": name, "status": status, "points": points}
    if name == "workers":
        data["fit"] = {
            lane: {
                law: {**msgspec.to_builtins(fit), "words": scaling.describe(fit)}
                for law, fit in laws._asdict().items()
                if fit is not None
            }
            for lane, laws in fits(fold).items()
        }
        data["fit_missing"] = unfitted(fold)
    if name == "grain":
        data["overhead_s"] = {lane: overhead.seconds for lane, overhead in fold.overheads.items()}
        sizes = break_evens(fold)
        data["break_even"] = {lane: size.seconds for lane, size in sizes.items()}
        data["break_even_from"] = {lane: size.source for lane, size in sizes.items()}
        data["break_even_scatter"] = {
            lane: size.scatter for lane, size in sizes.items() if size.scatter
        }
    if name == "runs":
        data["repeated"] = {lane: asdict(gained) for lane, gained in repeated(fold).items()}
    if opened.drain != "wait":
        data["drain"] = opened.drain
    if opened.execution != USUAL:
        data["execution"] = msgspec.to_builtins(opened.execution)
    if opened.note:
        data["note"] = opened.note
    return data


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
