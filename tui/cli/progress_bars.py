"""The progress bars of a headless run."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

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

from tui.phase_text import counted
from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.figures.verdict import title
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race


class ProgressBars(AbstractContextManager["ProgressBars"]):
    """One progress bar per lane, on a terminal; leaving it stops them."""

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

    def __enter__(self) -> "ProgressBars":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):  # the terminal is gone
            self._progress.stop()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Give the terminal's cursor back for a while."""
        self._show_cursor(True)
        yield
        self._show_cursor(False)

    def _show_cursor(self, show: bool) -> None:
        with suppress(OSError):  # the terminal is gone
            self._progress.console.show_cursor(show)

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


def _note(lane: Lane) -> str:
    phases = _phases(lane)
    if lane.state == "starting" or (lane.zero is None and phases):
        return phases
    parts = [lane.state]
    if lane.ended:
        parts = [lane.ended.status]
    if lane.retried:
        parts.append(f"{lane.retried} retried")
    if lane.failed:
        parts.append(f"{lane.failed} failed")
    return "  ".join([*parts, plain(lane.reason)])


def _phases(lane: Lane) -> str:
    """The parts of the start-up that have begun and not ended."""
    return "  ".join(f"{counted(phase)} …" for phase in lane.phases if phase.end is None)
