"""The progress of a sweep in words, and its values."""

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.kinds import KINDS, value_text


def progress(fold: SweepFold) -> str:
    """The progress of a sweep: `Sweep: 2 of 5 points done; measuring 30 tasks`; empty before
    any.
    """
    opened = fold.opened
    if opened is None:
        return ""
    text = f"Sweep: {len(fold.points)} of {len(opened.values)} points done"
    if fold.rounds > 1:
        done = sum(min(point.runs, fold.rounds) for point in fold.points)
        text = f"Sweep: {done} of {len(opened.values) * fold.rounds} races done"
    if opened.sweep == "runs":
        text = f"Repeat: {len(fold.points)} of {len(opened.values)} runs done"
    if fold.calibrating:
        return f"{text}; calibrating per-task overhead with no-op tasks"
    value = fold.at
    if value is None:
        measured = {point.value for point in fold.points}
        value = next((value for value in opened.values if value not in measured), None)
    if value is None or not fold.running:
        return text
    return f"{text}; measuring {place(opened, value)}"


def place(opened: ev.SweepOpened, value: int) -> str:
    """A value as text: `30 tasks`, `1 worker`, `run 3`."""
    if opened.sweep == "runs":
        return f"run {value}"
    unit = plain(opened.parameter, 40)
    if opened.sweep in KINDS and KINDS[opened.sweep].bytes:
        return value_text(opened.sweep, value)
    if value == 1:
        unit = unit.removesuffix("s")
    return f"{value:,} {unit}"
