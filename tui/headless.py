"""A race without a screen: progress on standard error where that is a terminal, the report as JSON."""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from workloads import events as ev
from workloads.coordinator import Coordinator, Plan
from workloads.engines import EngineOptions
from workloads.errors import BadInput, RaytasksError, plain
from workloads.ledger import Race
from workloads.recording import Recorder
from workloads.report import race_report, title, verdict

STATUS = {"finished": 0, "failed": 1, "cancelled": 130}


def run(plan: Plan, options: EngineOptions, json_to: str | None, record: Path | None) -> int:
    """Race and report; returns the exit status: 0 finished, 1 a lane failed, 130 interrupted.

    Raises BadInput before anything runs if a file can't be written.
    """
    recorder = Recorder(record) if record else None
    output = _writer(json_to)
    race = Race()
    console = Console(stderr=True)
    with _Bars(console) if console.is_terminal else nullcontext() as bars:
        listeners: list[Callable[[ev.AnyEvent], None]] = [race.apply]
        if recorder:
            listeners.append(recorder)
        if bars:
            listeners.append(lambda event: bars.show(race, event))
        status = asyncio.run(_race(plan, options, listeners))
    output(msgspec.json.format(msgspec.json.encode(race_report(race)), indent=2) + b"\n")
    if json_to != "-":
        print(verdict(race))
    if recorder:
        recorder.close()
    return STATUS[status]


async def _race(plan: Plan, options: EngineOptions, listeners: list[Callable[[ev.AnyEvent], None]]) -> ev.Status:
    coordinator = Coordinator(options, listeners)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, coordinator.cancel)
    try:
        return await coordinator.race(plan)
    finally:
        await coordinator.close()


def _writer(json_to: str | None) -> Callable[[bytes], Any]:
    if json_to is None:
        return lambda data: None
    if json_to == "-":
        return lambda data: (sys.stdout.buffer.write(data), sys.stdout.buffer.flush())
    path = Path(json_to)
    try:
        # Opened before the race: minutes of work must not end in a file that can't be written.
        path.open("ab").close()
    except OSError as error:
        raise BadInput(f"{plain(path)} can't be written: {error.strerror}.") from None

    def write(data: bytes) -> None:
        try:
            path.write_bytes(data)
        except OSError as error:
            raise RaytasksError(f"{plain(path)} can't be written: {error.strerror}.") from None

    return write


class _Bars(AbstractContextManager["_Bars"]):
    """A progress bar a lane."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"), console=console,
        )  # fmt: skip
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, race: Race, event: ev.AnyEvent) -> None:
        """Bring the bar of the event's lane up to date."""
        lane = race.lanes.get(event.lane)
        if lane is None or isinstance(event, ev.Progressed | ev.Logged | ev.Submitted):
            return
        if lane.name not in self._bars:
            self._bars[lane.name] = self._progress.add_task(title(lane), start=False, total=None, note="")
        bar = self._bars[lane.name]
        if isinstance(event, ev.RunStarted):
            self._progress.start_task(bar)
        if isinstance(event, ev.RunEnded):
            self._progress.stop_task(bar)
        self._progress.update(bar, completed=lane.done, total=lane.tasks.count or None, note=escape(_note(lane)))


def _note(lane: Any) -> str:
    if lane.state == "starting":
        return "".join(f"{phase.name} …" for phase in lane.phases if phase.end is None)
    extra = f"  {lane.retried} retried" if lane.retried else ""
    extra += f"  {lane.failed} failed" if lane.failed else ""
    state = lane.ended.status if lane.ended else lane.state
    return f"{state}{extra}  {plain(lane.reason)}"
