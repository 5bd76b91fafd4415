"""A race without a screen: progress on standard error where that is a terminal, the report as JSON.

`headless_sweep` does the same for sweeps.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import msgspec
import numpy as np
from rich.console import Console

from tui.outputs import places
from tui.outputs.ending import OutputWriter, open_files
from tui.outputs.out import Results
from tui.outputs.places import Place
from tui.outputs.streams import complain
from tui.outputs.wanted import Outputs
from tui.signals import Heeded, heed_stop
from tui.suspending import stop_group
from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.core.wording import lane_name
from workloads.engines import EngineOptions
from workloads.figures.report import TaskError, race_report, task_errors, verdict
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.ledger.recording import Recorder
from workloads.ledger.tables import State

Listener = Callable[[ev.AnyEvent], None]

STATUS = {"finished": 0, "failed": 1, "cancelled": 130}

FAILURES_MOST = 20
"""Failed tasks that have a line each."""

LAST_WORDS = 20
"""Lines of a broken lane's log that are shown."""


def run(plan: Plan, options: EngineOptions, outputs: Outputs) -> int:
    """Race and report; returns the exit status: 0 finished, 1 a lane failed or a file couldn't be
    written, 130 interrupted.

    Raises BadInput before anything runs if a file can't be written.
    """
    race = Race()
    figures = figures_place(outputs)
    results, recorder = open_files(outputs, complain)
    listeners: list[Listener] = [race.apply]
    listeners += [listener for listener in (results, recorder) if listener]
    with Heeded() as heeded:
        with kept(results, recorder):
            status = watched(
                lambda coordinator: coordinator.race(plan), options, race, listeners, heeded
            )
        return _report_race(race, status, figures, results, recorder)


@contextmanager
def kept(results: Results | None, recorder: Recorder | None) -> Iterator[None]:
    """After a fault of ours, too, the files have what there is, and where that is is said."""
    try:
        yield
    except BaseException:
        writer = OutputWriter(1)
        if results:
            writer.take(results)
        writer.close(recorder)
        raise


def _report_race(
    race: Race,
    status: ev.Status,
    figures: Place | None,
    results: Results | None,
    recorder: Recorder | None,
) -> int:
    """Write and say what came of it, the files first; returns the exit status."""
    writer = OutputWriter(STATUS[status])
    # Files before streams, which may be pipes that nobody reads.
    if results and results.place.stream is None:
        writer.take(results)
    writer.write(figures, formatted(race_report(race)), status)
    if results and results.place.stream is not None:
        writer.take(results)
    # The verdict steps aside where figures or results have standard output to themselves.
    taken = [place.path for place in (figures, results and results.place) if place]
    if places.STDOUT not in taken:
        writer.attempt(lambda: print(verdict(race), flush=True))
    elif results:
        complain(verdict(race), "")
    writer.close(recorder)
    for line in failures(race) + last_words(race):
        complain(line, "")
    return writer.status


def last_words(race: Race) -> list[str]:
    """The end of the log of each lane that broke: without a screen there is no other log."""
    lines = []
    for lane in race.raced():
        if lane.state in ("broken", "gone"):
            logged = [line.text for line in race.log if line.lane == lane.name][-LAST_WORDS:]
            if logged:
                lines.append(f"The end of the {lane_name(lane.engine)} lane's log:")
            lines += [f"  {plain(text)}" for text in logged]
    return lines


def failures(race: Race) -> list[str]:
    """One line per failed task, the same on all lanes or with the lanes' names; of many tasks the
    first FAILURES_MOST, and a last line that counts the others.
    """
    lanes = race.raced()
    lanes_by_error: dict[TaskError, list[str]] = {}
    for lane in lanes:
        for error in task_errors(lane):
            lanes_by_error.setdefault(error, []).append(lane.name)
    tasks = sorted({error.task for error in lanes_by_error})[:FAILURES_MOST]
    lines = []
    for error, where in sorted(lanes_by_error.items(), key=lambda item: item[0].task):
        if error.task in tasks:
            on = ""
            if len(where) < len(lanes):
                on = f" on {', '.join(map(lane_name, where))}"
            lines.append(f"Task {error.task} failed{on}: {error.error}: {error.message}")
    failed = {
        int(task) for lane in lanes for task in np.flatnonzero(lane.tasks.state == State.FAILED)
    }
    if len(failed) > len(tasks):
        lines.append(f"and {len(failed) - len(tasks):,} more failed.")
    return lines


def figures_place(outputs: Outputs) -> Place | None:
    """Where the figures go, if they are wanted. Raises BadInput if they can't be written."""
    if outputs.json is None:
        return None
    return places.find("--json", outputs.json)


def formatted(report: object) -> bytes:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def watched(
    work: Callable[[Coordinator], Coroutine[Any, Any, ev.Status]],
    options: EngineOptions,
    race: Race,
    listeners: list[Listener],
    heeded: Heeded,
) -> ev.Status:
    """Have a coordinator do the work, with progress bars where standard error is a terminal.
    `listeners` hear every event, the race's fold first.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        return asyncio.run(_done(work, options, listeners, heeded))
    from tui.cli.progress_bars import ProgressBars

    with ProgressBars(console) as bars:
        listeners.append(lambda event: bars.show(race, event))
        return asyncio.run(_done(work, options, listeners, heeded, bars.away))


async def _done(
    work: Callable[[Coordinator], Coroutine[Any, Any, ev.Status]],
    options: EngineOptions,
    listeners: list[Listener],
    heeded: Heeded,
    away: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> ev.Status:
    coordinator = Coordinator(options, listeners)
    heeded.call(lambda status: coordinator.cancel())
    heed_stop(lambda: _suspend(coordinator, away))
    try:
        return await work(coordinator)
    finally:
        await coordinator.close()
        heeded.settled()


def _suspend(coordinator: Coordinator, away: Callable[[], AbstractContextManager[None]]) -> None:
    """Stop the lanes, then this process, as ctrl+z wants it; go on when continued, also in the
    background.
    """
    coordinator.suspend()
    with away():
        stopped_s = stop_group()
    coordinator.resume(stopped_s)
