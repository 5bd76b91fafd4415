"""Sweeps: a race for each value of one parameter.

A sweep is a series of events like a race: SweepOpened, its races one after the other, SweepEnded.
So it is shown, recorded and replayed by the same means.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from workloads.core import events as ev
from workloads.core.errors import BadInput, plain
from workloads.lanes.coordinator import Coordinator
from workloads.lanes.plan import settled
from workloads.ledger import recording
from workloads.machine import clock
from workloads.sweeps.calibration import RUNS, calibrate
from workloads.sweeps.fold import SweepFold, same
from workloads.sweeps.kinds import Sweep

TAIL = 1 << 20
"""Bytes that are read at once from the end of a recording."""


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
        drain=plan.drain,
        execution=plan.execution,
        repeats=sweep.repeats,
    )


async def run_sweep(coordinator: Coordinator, sweep: Sweep) -> ev.Status:
    """Race at each value that isn't measured: "finished" if every lane finished every race,
    "cancelled" as soon as one is cancelled.
    """
    plan, why = settled(sweep.plan, coordinator.options)
    if why:
        coordinator.tell(ev.Logged(t=clock.now(), text=why))
    sweep = replace(sweep, plan=plan)
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
    if not left.todo:
        return sweep
    return left


def _left(sweep: Sweep, fold: SweepFold) -> Sweep:
    if fold.opened is None or not same(fold.opened, opening(sweep)):
        return sweep
    done = {lane for lane, overhead in fold.overheads.items() if overhead.runs >= RUNS}
    uncalibrated = tuple(lane for lane in sweep.calibrate if lane not in done)
    return replace(sweep.without(fold.races), calibrate=uncalibrated)


def continued(sweep: Sweep, path: Path, any_seed: bool = False) -> tuple[Sweep, list[ev.AnyEvent]]:
    """The rest of the sweep that the recording `path` holds in part, and the events recorded.

    With `any_seed` it takes the recording's seed. A file that isn't there yet, or is empty as its
    sweep was killed at once, holds nothing of it. Raises BadInput if the last sweep recorded there
    is another.
    """
    events: list[ev.AnyEvent] = []
    if path.exists():
        events = recording.events(path)
    if not events:
        return sweep, []
    fold = SweepFold()
    for event in events:
        fold.apply(event)
    if any_seed and fold.opened:
        sweep = replace(sweep, plan=replace(sweep.plan, seed=fold.opened.seed))
    if fold.opened is None or not same(fold.opened, opening(sweep)):
        raise BadInput(
            f"{plain(path)} holds {_describe(fold.opened)}, not this sweep; choose another name "
            "for the recording."
        )
    return _left(sweep, fold), events


def _describe(opened: ev.SweepOpened | None) -> str:
    if opened is None:
        return "no sweep"
    return (
        f"another sweep ({plain(opened.sweep, 40)} of {plain(opened.workload, 60)}, seed "
        f"{opened.seed})"
    )


class Appender(recording.Recorder):
    """Appends the events of a resumed sweep to its recording, whose torn last line it drops."""

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
