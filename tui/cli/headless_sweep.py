"""A sweep without a screen: its report as JSON, a table and a verdict."""

import asyncio
from functools import partial

from rich.console import Console
from rich.table import Table

from tui.cli.headless import Listener, figures_place, kept, watched
from tui.cli.headless_report import STATUS, formatted, last_words
from tui.outputs import places
from tui.outputs.ending import OutputWriter
from tui.outputs.streams import complain
from tui.outputs.wanted import Outputs
from tui.signals import Heeded
from workloads.core import events as ev
from workloads.core.engine_info import compared_lanes
from workloads.core.wording import brief, error_text, lane_name, seconds, times, times_range
from workloads.engines import EngineOptions
from workloads.ledger.race import Race
from workloads.ledger.recording import Recorder
from workloads.sweeps import run as sweep
from workloads.sweeps.crossing import crossings
from workloads.sweeps.fold import SweepFold, SweepPoint
from workloads.sweeps.kinds import Sweep, value_text
from workloads.sweeps.report import report
from workloads.sweeps.verdict import verdict

FIGURES = {"grain": {"task_s": "a task"}, "samples": {"error": "error"}}
"""The figures of a kind of sweep that its table has, and their headings."""


def run_sweep(
    swept: Sweep,
    options: EngineOptions,
    outputs: Outputs,
    resume: bool = False,
    any_seed: bool = False,
) -> int:
    """Race at each value of the sweep, report, print a table and a verdict; the exit status and
    BadInput as `headless.run`.

    To `resume`, what the recording holds is taken from there, with `any_seed` its seed, too, and
    the rest is appended to it.
    """
    race = Race()
    fold = SweepFold(race)
    figures = figures_place(outputs)
    record = outputs.record
    recorder: Recorder | None = None
    if record and resume and record.exists():
        swept, earlier = sweep.continued(swept, record, any_seed)
        for event in earlier:
            if not isinstance(event, ev.Logged):  # the log is this sweep's
                race.apply(event)
            fold.apply(event)
        recorder = sweep.Appender(record)
    elif record:
        recorder = Recorder(record)
    listeners: list[Listener] = [race.apply, fold.apply]
    if recorder:
        listeners.append(recorder)
    with Heeded() as heeded:
        work = partial(sweep.run_sweep, sweep=swept)
        with kept(None, recorder):
            _, status = asyncio.run(watched(work, options, (), lambda: (race, listeners), heeded))
        writer = OutputWriter(STATUS[status])
        writer.write(figures, formatted(report(fold)), status)
        if figures is None or figures.path != places.STDOUT:
            writer.attempt(lambda: _print_sweep(fold))
        writer.close(recorder)
        for line in last_words(race):
            complain(line, "")
    return writer.status


def _print_sweep(fold: SweepFold) -> None:
    Console().print(sweep_table(fold))
    print(verdict(fold), flush=True)


def sweep_table(fold: SweepFold) -> Table:
    """A row a point: the value, what is known of its tasks or answer, each lane's time, each
    speedup, and where several races were run at a value how lanes compare that may cross.
    """
    opened = fold.opened
    if opened is None:
        return Table("")
    lanes, compared = opened.lanes, compared_lanes(opened.lanes)
    figures = FIGURES.get(opened.sweep, {})
    pairs = [(each.lane, each.store) for each in crossings(fold)]
    heads = [f"{lane_name(lane)} vs serial" for lane in compared]
    heads += [f"{lane_name(lane)} ÷ {lane_name(store)}" for lane, store in pairs]
    names = [*figures.values(), *(lane_name(lane) for lane in lanes), *heads]
    table = Table(opened.parameter, *names)
    for column in table.columns:
        column.justify, column.overflow = "right", "fold"
    for point in fold.points:
        table.add_row(
            value_text(opened.sweep, point.value),
            *(_figure(point, name) for name in figures),
            *(_time(point, lane) for lane in lanes),
            *(_gain(point, lane) for lane in compared),
            *(_ratio(point, lane, store) for lane, store in pairs),
        )
    return table


def _figure(point: SweepPoint, name: str) -> str:
    if name not in point.figures:
        return "–"
    if name == "task_s":
        return brief(point.figures[name])
    return error_text(point.figures[name])


def _time(point: SweepPoint, lane: str) -> str:
    if lane not in point.seconds:
        return "–"
    return seconds(point.seconds[lane])


def _ratio(point: SweepPoint, lane: str, other: str) -> str:
    """How many times as long as the other the lane took, with the 95% interval."""
    found = point.ratio(lane, other)
    if found is None:
        return "–"
    value, low, high = found.ratio
    return f"{times(value)} ({times_range(low, high)})"


def _gain(point: SweepPoint, lane: str) -> str:
    """`1.92×`; marked where it is more than the workers can give, or times can't be trusted."""
    if lane not in point.speedup:
        return "–"
    return times(point.speedup[lane]) + point.mark(lane)
