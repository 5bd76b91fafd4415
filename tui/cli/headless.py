"""A race or a sweep without a screen: progress on standard error where that is a terminal, the
report as JSON.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from tui.outputs import places
from tui.outputs.ending import Ending, open_files
from tui.outputs.out import Results
from tui.outputs.places import Place
from tui.outputs.streams import complain
from tui.outputs.wanted import Outputs
from tui.phase_text import counted
from tui.signals import Heeded, heed_stop
from tui.suspending import stop_group
from workloads.core import events as ev
from workloads.core.engine_info import rivals_of
from workloads.core.errors import plain
from workloads.core.wording import brief, lane_name, seconds
from workloads.engines import EngineOptions
from workloads.figures.report import TaskError, race_report, task_errors, title, verdict
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.ledger.recording import Recorder
from workloads.ledger.tables import State
from workloads.sweeps import run as sweep
from workloads.sweeps.run import Sweep, SweepFold, SweepPoint

STATUS = {"finished": 0, "failed": 1, "cancelled": 130}

FAILURES_MOST = 20
"""Failed tasks that are told of one by one."""

LAST_WORDS = 20
"""Lines of a broken lane's log that are shown."""


def run(plan: Plan, options: EngineOptions, outputs: Outputs) -> int:
    """Race and report; returns the exit status: 0 finished, 1 a lane failed or a file couldn't be
    written, 130 interrupted.

    Raises BadInput before anything runs if a file can't be written.
    """
    race = Race()
    figures = _figures_place(outputs)
    results, recorder = open_files(outputs, complain)
    listeners = [results] if results else []
    with Heeded() as heeded:
        with _kept(results, recorder):
            status = _watched(
                lambda coordinator: coordinator.race(plan),
                options,
                race,
                recorder,
                listeners,
                heeded,
            )
        return _report_race(race, status, figures, results, recorder)


@contextmanager
def _kept(results: Results | None, recorder: Recorder | None) -> Iterator[None]:
    """After a fault of ours, too, the files have what there is, and where that is is said."""
    try:
        yield
    except BaseException:
        ending = Ending(1)
        if results:
            ending.take(results)
        ending.close(recorder)
        raise


def _report_race(
    race: Race,
    status: ev.Status,
    figures: Place | None,
    results: Results | None,
    recorder: Recorder | None,
) -> int:
    """Write and say what came of it, the files first; returns the exit status."""
    ending = Ending(STATUS[status])
    # Files before streams, which may be pipes that nobody reads.
    if results and results.place.stream is None:
        ending.take(results)
    ending.write(figures, _formatted(race_report(race)), status)
    if results and results.place.stream is not None:
        ending.take(results)
    # The verdict steps aside where figures or results have standard output to themselves.
    taken = [place for place in (figures, results.place if results else None) if place]
    if all(place.path != places.STDOUT for place in taken):
        ending.attempt(lambda: print(verdict(race), flush=True))
    elif results:
        complain(verdict(race), "")
    ending.close(recorder)
    for line in failures(race) + last_words(race):
        complain(line, "")
    return ending.status


def last_words(race: Race) -> list[str]:
    """The end of the log of each lane that broke: without a screen there is no other log."""
    lines = []
    for lane in race.raced():
        if lane.state in ("broken", "gone"):
            logged = [line.text for line in race.log if line.lane == lane.name][-LAST_WORDS:]
            head = f"The end of the {lane_name(lane.engine)} lane's log:"
            lines += [head, *(f"  {plain(text)}" for text in logged)] if logged else []
    return lines


def failures(race: Race) -> list[str]:
    """A line a failed task, told once where all lanes fail alike; of many tasks the first
    FAILURES_MOST.

    A last line then counts the others.
    """
    lanes = race.raced()
    told: dict[TaskError, list[str]] = {}
    for lane in lanes:
        for error in task_errors(lane):
            told.setdefault(error, []).append(lane.name)
    tasks = sorted({error.task for error in told})[:FAILURES_MOST]
    lines = []
    for error, where in sorted(told.items(), key=lambda item: item[0].task):
        if error.task in tasks:
            on = "" if len(where) == len(lanes) else f" on {', '.join(map(lane_name, where))}"
            lines.append(f"Task {error.task} failed{on}: {error.error}: {error.message}")
    failed = {
        int(task) for lane in lanes for task in np.flatnonzero(lane.tasks.state == State.FAILED)
    }
    if len(failed) > len(tasks):
        lines.append(f"and {len(failed) - len(tasks):,} more failed.")
    return lines


@dataclass(frozen=True)
class Resume:
    """A sweep is to be continued with what its recording holds; with `any_seed` by the seed that
    stands there.
    """

    any_seed: bool = False


def run_sweep(
    swept: Sweep, options: EngineOptions, outputs: Outputs, resume: Resume | None = None
) -> int:
    """Race at each value of the sweep, report, print a table and a verdict; the exit status and
    BadInput as `run`.

    To `resume`, what the recording holds is taken from there and the rest is appended to it.
    """
    race = Race()
    fold = SweepFold(race)
    figures = _figures_place(outputs)
    record = outputs.record
    recorder: Recorder | None = None
    if record and resume and record.exists():
        swept, earlier = sweep.continued(swept, record, resume.any_seed)
        for event in earlier:
            if not isinstance(event, ev.Logged):  # the log is this sweep's
                race.apply(event)
            fold.apply(event)
        recorder = sweep.Appender(record)
    elif record:
        recorder = Recorder(record)
    with Heeded() as heeded:
        work = partial(sweep.run_sweep, sweep=swept)
        with _kept(None, recorder):
            status = _watched(work, options, race, recorder, [fold.apply], heeded)
        ending = Ending(STATUS[status])
        ending.write(figures, _formatted(sweep.report(fold)), status)
        if figures is None or figures.path != places.STDOUT:
            ending.attempt(lambda: _print_sweep(fold))
        ending.close(recorder)
        for line in last_words(race):
            complain(line, "")
    return ending.status


def _print_sweep(fold: SweepFold) -> None:
    Console().print(_table(fold))
    print(sweep.verdict(fold), flush=True)


def _figures_place(outputs: Outputs) -> Place | None:
    return places.find("--json", outputs.json) if outputs.json else None


def _formatted(report: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def _table(fold: SweepFold) -> Table:
    """A row a point: the value, what is known of its tasks or answer, each lane's time, each
    speedup.
    """
    opened = fold.opened
    lanes = opened.lanes if opened else []
    rivals = rivals_of(lanes)
    figures = {"grain": {"task_s": "a task"}, "samples": {"error": "error"}}.get(
        opened.sweep if opened else "", {}
    )
    heads = [f"{lane_name(lane)} vs serial" for lane in rivals]
    names = [*figures.values(), *(lane_name(lane) for lane in lanes), *heads]
    table = Table(opened.parameter if opened else "", *names)
    for column in table.columns:
        column.justify = "right"
    for point in fold.points:
        known = [_figure(name, point.figures.get(name)) for name in figures]
        times = [seconds(point.seconds[lane]) if lane in point.seconds else "–" for lane in lanes]
        gained = [_gain(point, lane) for lane in rivals]
        table.add_row(f"{point.value:,}", *known, *times, *gained)
    return table


def _gain(point: SweepPoint, lane: str) -> str:
    """`1.92×`; marked where it is more than the workers can give."""
    if lane not in point.speedup:
        return "–"
    return f"{point.speedup[lane]:.2f}×{'!' if lane in point.beyond else ''}"


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return brief(value) if name == "task_s" else f"{value:.2g}"


def _watched(
    work: Callable[[Coordinator], Coroutine[Any, Any, ev.Status]],
    options: EngineOptions,
    race: Race,
    recorder: Recorder | None,
    listeners: Sequence[Callable[[ev.AnyEvent], None]],
    heeded: Heeded,
) -> ev.Status:
    """Have a coordinator do the work, with bars on a terminal and a recording if one is wanted."""
    console = Console(stderr=True)
    with _Bars(console) if console.is_terminal else nullcontext() as bars:
        heard = [race.apply, *listeners]
        if recorder:
            heard.append(recorder)
        if bars:
            heard.append(lambda event: bars.show(race, event))
        return asyncio.run(_done(work, options, heard, heeded, bars))


async def _done(
    work: Callable[[Coordinator], Coroutine[Any, Any, ev.Status]],
    options: EngineOptions,
    listeners: list[Callable[[ev.AnyEvent], None]],
    heeded: Heeded,
    bars: "_Bars | None",
) -> ev.Status:
    coordinator = Coordinator(options, listeners)
    heeded.call(lambda status: coordinator.cancel())
    heed_stop(lambda: _suspend(coordinator, bars))
    try:
        return await work(coordinator)
    finally:
        await coordinator.close()
        heeded.settled()


def _suspend(coordinator: Coordinator, bars: "_Bars | None") -> None:
    """Stop the lanes, then this process, as ctrl+z wants it; go on when continued, in whatever
    place.
    """
    coordinator.suspend()
    with bars.away() if bars else nullcontext():
        stopped_s = stop_group()
    coordinator.resume(stopped_s)


class _Bars(AbstractContextManager["_Bars"]):
    """A progress bar a lane."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):  # the terminal is gone
            self._progress.stop()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Give the terminal's cursor back for a while."""
        for shown in (True, False):
            with suppress(OSError):
                self._progress.console.show_cursor(shown)
            if shown:
                yield

    def show(self, race: Race, event: ev.AnyEvent) -> None:
        """Bring the bar of the event's lane up to date."""
        lane = race.lanes.get(event.lane)
        if lane is None or isinstance(event, ev.Progressed | ev.Logged | ev.Submitted):
            return
        if lane.name not in self._bars:
            self._bars[lane.name] = self._progress.add_task(
                title(lane), start=False, total=None, note=""
            )
        bar = self._bars[lane.name]
        if isinstance(event, ev.PhaseProgressed):
            self._progress.update(
                bar, completed=event.done, total=event.total, note=escape(_note(lane))
            )
            return
        if isinstance(event, ev.RunStarted):
            self._progress.reset(bar)
        if isinstance(event, ev.RunEnded):
            self._progress.stop_task(bar)
        self._progress.update(
            bar, completed=lane.done, total=lane.tasks.count or None, note=escape(_note(lane))
        )


def _note(lane: Any) -> str:
    if lane.state == "starting":
        return _phase(lane)
    if lane.zero is None and (phase := _phase(lane)):
        return phase
    extra = f"  {lane.retried} retried" if lane.retried else ""
    extra += f"  {lane.failed} failed" if lane.failed else ""
    state = lane.ended.status if lane.ended else lane.state
    return f"{state}{extra}  {plain(lane.reason)}"


def _phase(lane: Any) -> str:
    """The parts of the start-up that go on."""
    return "  ".join(f"{counted(phase)} …" for phase in lane.phases if phase.end is None)
